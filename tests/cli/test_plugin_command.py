from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from a1sdk import cli

if TYPE_CHECKING:
    from conftest import Site

EXAMPLE = Path(__file__).parents[2] / "examples" / "smallest_plugin"
GOOD = """
    from a1sdk import plugin as a1

    @a1.hookimpl
    def a1_register_motion_sources():
        return [a1.MotionSourceSpec(name="csv", summary="Reads tables.", factory="x:Y",
                                    options="a1_good:Options", inputs=(".csv",))]

    def __getattr__(name):
        from pydantic import BaseModel, Field, create_model
        if name == "Options":
            return create_model(name, path=(str, Field(description="Table to read.")))
        raise AttributeError(name)
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(arguments)
    return code, capsys.readouterr().out


def test_list_imports_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.add("good", GOOD)
    site.add("broken", "raise SystemExit")
    site.add("future", "", group="a1sdk.plugins.v2")
    code, text = run(capsys, "plugin", "list")
    assert code == 0
    assert [line.split()[::3] for line in text.splitlines() if "a1-" in line][:2] == [
        ["broken", "available"],
        ["future", "incompatible"],
    ]
    assert "hint: upgrade a1sdk" in text
    assert not site.modules & set(sys.modules)


def test_list_components_says_what_each_is_and_takes(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("good", GOOD)
    site.add("broken", "raise SystemExit")
    code, text = run(capsys, "plugin", "list", "--components")
    assert code == 0
    assert "good/csv (motion source, reads .csv)" in text
    assert "path [required]  Table to read." in text
    assert "could not be imported: SystemExit" in text


WRITER = """
    from a1sdk import plugin as a1

    @a1.hookimpl
    def a1_register_motion_writers():
        return [a1.MotionWriterSpec(name="table", summary="Writes tables.", factory="x:Y",
                                    outputs=(".csv", ".tsv"))]
"""


def test_list_says_what_writers_write(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.add("writes", WRITER)
    _, text = run(capsys, "plugin", "list", "--components")
    assert "writes/table (motion writer, writes .csv, .tsv)" in text
    _, text = run(capsys, "plugin", "list", "--json", "--components")
    assert json.loads(text)[0]["components"][0]["outputs"] == [".csv", ".tsv"]


def test_list_as_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.add("good", GOOD)
    _, text = run(capsys, "plugin", "list", "--json", "--components")
    (record,) = json.loads(text)
    assert record["state"] == "loaded"
    assert record["components"][0]["ref"] == "good/csv"
    assert record["components"][0]["options"]["path"]["description"] == "Table to read."


def test_nothing_installed_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("A1_PLUGINS", "none-such")
    assert run(capsys, "plugin", "list") == (0, "No plugins are installed.\n")


def test_a_new_plugin_is_the_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = run(capsys, "plugin", "new", "wave", "--into", str(tmp_path / "new"))
    assert code == 0
    made, kept = (_texts(folder) for folder in (tmp_path / "new", EXAMPLE))
    assert made == kept


def _texts(folder: Path) -> dict[str, str]:
    found = {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".pytest_cache"} & set(path.parts)
    }
    assert found
    return found


def test_the_smallest_source_has_25_lines() -> None:
    text = (EXAMPLE / "src" / "a1sdk_wave" / "__init__.py").read_text("utf-8")
    assert len(text.splitlines()) <= 25


@pytest.mark.parametrize("name", ["Wave", "9lives", "a_b", "a--b", "../x", ""])
def test_names_that_cannot_be_packages_are_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = run(capsys, "plugin", "new", name, "--into", str(tmp_path / "new"))
    assert code == 2
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run(capsys, "plugin", "new", "wave", "--into", str(tmp_path))[0] == 4
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def new_plugin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, dict[str, str]]:
    """A generated plugin, and an environment in which it is installed and no other is."""
    root = tmp_path / "new"
    assert cli.run(["plugin", "new", "head-nod", "--into", str(root)]) == 0
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    points = project["entry-points"]["a1sdk.plugins.v1"].items()
    about = root / "src" / "a1sdk_head_nod-0.1.0.dist-info"
    about.mkdir()
    lines = ("Metadata-Version: 2.4", f"Name: {project['name']}", "Version: 0")
    text = "\n".join((*lines, f"License-Expression: {project['license']}"))
    (about / "METADATA").write_text(f"{text}\n", encoding="utf-8")
    lines = "\n".join(f"{name} = {target}" for name, target in points)
    (about / "entry_points.txt").write_text(f"[a1sdk.plugins.v1]\n{lines}\n")
    return root, {**os.environ, "PYTHONPATH": str(root / "src"), "A1_PLUGINS": "head-nod"}


def test_a_new_plugin_passes_its_own_tests(new_plugin: tuple[Path, dict[str, str]]) -> None:
    root, environment = new_plugin
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout and "passed" in done.stdout


def test_check_passes_a_good_plugin(new_plugin: tuple[Path, dict[str, str]]) -> None:
    _, environment = new_plugin
    command = [sys.executable, "-m", "a1sdk", "plugin", "check", "head-nod", "-v"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "head-nod/nod: 23 passed, 0 failed, 4 skipped" in done.stdout
    assert "    passed rotations_are_rotations" in done.stdout


SHORT = (
    GOOD
    + """
    class Short(a1.MotionSource):
        def probe(self):
            from fractions import Fraction
            return a1.StreamInfo(Fraction(24), 9)
        def stream(self, ctx):
            from a1sdk.testing import performance
            yield from ctx.track(performance(8))

    @a1.hookimpl
    def a1_register_motion_sources():
        return [a1.MotionSourceSpec(name="csv", summary="Reads.", factory=lambda o: Short(),
                                    options="a1_short:Options")]
"""
)


def test_check_fails_a_bad_plugin_and_advises(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("short", SHORT)
    code, text = run(capsys, "plugin", "check", "short", "--set", "csv.path=x")
    assert code == 3
    assert "short/csv: 22 passed, 1 failed, 4 skipped" in text
    assert "FAILED count_is_as_announced: AssertionError: assert 8 == 9" in text
    assert "Count exactly in `probe`, or return `count=None`." in text


def test_check_says_which_options_it_needs(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.add("short", SHORT)
    code, text = run(capsys, "plugin", "check", "short")
    assert code == 0
    assert text == (
        "short/csv: not checked. Option 'motion_source.options.path' is missing."
        " Give it with --set csv.NAME=VALUE\n"
    )


def test_check_says_where_in_the_plugin_it_went_wrong(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("short", SHORT.replace("yield from", "assert ctx is None\n            yield from"))
    _, text = run(capsys, "plugin", "check", "short", "--set", "csv.path=x")
    (line,) = {line for line in text.splitlines() if "FAILED shows_a_face" in line} or {""}
    assert line.startswith("    FAILED shows_a_face: AssertionError") and "a1_short" in line
    assert "FAILED announces_exact_time" not in text


def test_check_of_what_cannot_be_built_says_so_once(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("typo", GOOD.replace("x:Y", "a1_typo:Sorce").replace("a1_good", "a1_typo"))
    assert cli.run(["plugin", "check", "typo", "--set", "csv.path=x"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("'a1_typo:Sorce', of 'typo/csv', could not be imported") == 1


@pytest.mark.parametrize(
    ("setting", "code"), [("csv.pat=x", 2), ("other.path=x", 2), ("path=x", 2), ("csv.path", 2)]
)
def test_check_refuses_wrong_settings(
    site: Site, setting: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("short", SHORT)
    assert run(capsys, "plugin", "check", "short", "--set", setting)[0] == code


def test_check_of_a_broken_or_missing_plugin(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("broken", "import a_module_that_is_not_there")
    assert cli.run(["plugin", "check", "broken"]) == 3
    assert "a_module_that_is_not_there" in capsys.readouterr().err
    assert cli.run(["plugin", "check", "brokn"]) == 3
    assert "hint: did you mean 'broken'?" in capsys.readouterr().err


def test_check_without_pytest_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "a1sdk.cli.contracts", raising=False)
    monkeypatch.delattr(cli, "contracts", raising=False)
    monkeypatch.setitem(sys.modules, "pytest", None)
    assert cli.run(["plugin", "check", "any"]) == 4
    assert "hint: pip install 'a1sdk[testing]'" in capsys.readouterr().err
