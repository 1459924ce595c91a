"""What the distributions of this repository have to agree on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import a1sdk

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


def read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


CORE = read(ROOT)


def pinned() -> dict[str, str]:
    """Return the versions that make installs, by normalized name."""
    lines = (ROOT / "constraints-dev.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normalized(name): version for name, version in pairs}


def normalized(requirement: str) -> str:
    """Return the name in a requirement as PEP 503 compares names."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(project: dict[str, Any]) -> list[str]:
    extras = project.get("optional-dependencies", {})
    listed = [*project["dependencies"], *(name for extra in extras.values() for name in extra)]
    return [requirement for requirement in listed if normalized(requirement) != "a1sdk"]


def test_version_in_the_code_is_that_of_the_package() -> None:
    assert CORE["project"]["version"] == a1sdk.__version__


@pytest.mark.parametrize("folder", [ROOT, *PLUGINS], ids=lambda path: path.name)
def test_every_direct_requirement_is_pinned_for_make(folder: Path) -> None:
    missing = [
        name for name in requirements(read(folder)["project"]) if normalized(name) not in pinned()
    ]
    assert missing == []


def test_what_make_installs_by_itself_is_pinned_too() -> None:
    (alone,) = re.findall(r"^ALONE +:= (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {normalized(name) for name in alone.split()} <= set(pinned())


@pytest.mark.parametrize("folder", [ROOT, *PLUGINS], ids=lambda path: path.name)
def test_requirements_are_ranges_and_not_pins(folder: Path) -> None:
    for requirement in requirements(read(folder)["project"]):
        assert ">=" in requirement
        assert "==" not in requirement


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_plugins_are_packaged_alike(folder: Path) -> None:
    data = read(folder)
    project, name = data["project"], folder.name
    module = name.replace("-", "_")
    assert project["name"] == name
    for field in ("version", "requires-python", "license"):
        assert project[field] == CORE["project"][field]
    assert data["build-system"] == CORE["build-system"]
    core = [re.sub(r"\[.*]", "", name) for name in project["dependencies"]]  # extras aside
    assert "a1sdk>=0.1,<0.2" in core
    assert data["tool"]["uv"]["sources"] == {"a1sdk": {"workspace": True}}
    assert project["entry-points"] == {"a1sdk.plugins.v1": {name.removeprefix("a1sdk-"): module}}
    assert data["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [f"src/{module}"]


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_plugins_carry_their_licence_types_and_readme(folder: Path) -> None:
    module = folder / "src" / folder.name.replace("-", "_")
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {folder.name}\n")
    assert (module / "py.typed").is_file()


def test_import_contracts_cover_every_plugin_and_format() -> None:
    modules = [folder.name.replace("-", "_") for folder in PLUGINS]
    linter = CORE["tool"]["importlinter"]
    assert linter["root_packages"] == ["a1sdk", *modules]
    _, core, plugins, formats, independent = linter["contracts"]
    assert set(modules) <= set(core["forbidden_modules"])
    assert plugins["source_modules"] == modules
    inner = {path.stem for path in (ROOT / "a1sdk").iterdir() if not path.name.startswith("_")}
    inner -= {"plugin", "py"}  # what authors import, and py.typed
    assert {f"a1sdk.{name}" for name in inner} == set(plugins["forbidden_modules"])
    assert independent["modules"] == modules
    readers = sorted((ROOT / "a1sdk/timeline/formats").glob("*/reader.py"))
    assert formats["modules"] == [f"a1sdk.timeline.formats.{path.parent.name}" for path in readers]


def test_no_extra_names_a_plugin() -> None:
    """An extra that names an unpublished plugin installs whatever a stranger registers."""
    plugins = {normalized(folder.name) for folder in PLUGINS}
    named = {normalized(name) for name in requirements(CORE["project"])}
    assert not named & plugins
