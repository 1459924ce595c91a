"""The plugin guide works as it stands: its files are written, its commands are run."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

import a1sdk.plugin
import a1sdk.testing
from a1sdk.components.hookspecs import Hooks
from a1sdk.components.registry import Registry
from a1sdk.errors import A1Error
from a1sdk.render.context import HostContext

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "plugin-guide.md").read_text("utf-8")
EXAMPLE = ROOT / "examples" / "smallest_plugin"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {"a1": ["-m", "a1sdk"], "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"]}


def blocks() -> list[tuple[str, str, str]]:
    """Language, file name and text of every code block."""
    return BLOCK.findall(GUIDE)


def environment_of(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root / "src")}


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if name == "pyproject.toml":
        _install(root, tomllib.loads(text)["project"])


def _install(root: Path, project: dict[str, object]) -> None:
    """Write what `pip install -e` writes, from the guide's own pyproject.toml."""
    points = project["entry-points"]["a1sdk.plugins.v1"]  # type: ignore[index]
    folder = (
        root / "src" / f"{str(project['name']).replace('-', '_')}-{project['version']}.dist-info"
    )
    folder.mkdir(parents=True)
    about = f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
    about += f"License-Expression: {project['license']}\n"
    (folder / "METADATA").write_text(about, encoding="utf-8")
    lines = "".join(f"{name} = {target}\n" for name, target in points.items())
    (folder / "entry_points.txt").write_text(f"[a1sdk.plugins.v1]\n{lines}", encoding="utf-8")


def run(root: Path, command: str) -> str:
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, *PROGRAMS[program], *arguments],
        cwd=root,
        env=environment_of(root) | {"A1_PLUGINS": "wave"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_guide_leads_from_nothing_to_a_working_plugin(tmp_path: Path) -> None:
    outputs = []
    for language, name, text in blocks():
        if name:
            write(tmp_path, name, text)
        elif language == "sh":
            outputs += [run(tmp_path, line) for line in text.splitlines()]
    listed, shown, tested, checked, options, set_, retested, all_checked, all_tested = outputs
    assert listed.split() == ["wave", "a1sdk-wave", "0.1.0", "available"]
    assert "wave/nod (motion source)" in shown
    assert "23 passed, 4 skipped" in tested and "23 passed, 4 skipped" in retested
    assert "wave/nod: 23 passed, 0 failed, 4 skipped" in checked
    assert "degrees [10]  How far the head goes up and down." in options
    assert "wave/nod: 23 passed, 0 failed, 4 skipped" in set_
    assert "wave/nod: 26 passed, 0 failed, 1 skipped" in all_checked
    assert "wave/angles: 23 passed, 0 failed, 0 skipped" in all_checked
    assert "49 passed, 1 skipped" in all_tested


def test_the_spec_of_a_large_renderer_says_what_the_guide_says_of_it() -> None:
    (text,) = (text for language, name, text in blocks() if language == "python" and not name)
    spec = eval(text, {"a1": a1sdk.plugin, "Fraction": Fraction})
    assert spec.reach(Fraction(25)) == 50
    assert spec.segment_at(Fraction(25)) / Fraction(25) == 2


def test_the_guide_says_how_many_checks_there_are() -> None:
    checks = [name for name in dir(a1sdk.testing.MotionSourceContract) if name.startswith("test_")]
    assert f"the {len(checks)} checks" in GUIDE


def test_the_guide_shows_what_a1_plugin_new_writes() -> None:
    first = {name: text for _, name, text in reversed(blocks()) if name}
    for name in ("pyproject.toml", "src/a1sdk_wave/__init__.py", "tests/test_contract.py"):
        assert first[name] == (EXAMPLE / name).read_text("utf-8")


def test_the_guide_makes_a_portrait_nod(tmp_path: Path) -> None:
    _need_face_models()
    shown: set[str] = set()
    for _, name, text in blocks():
        if name and name not in shown:
            write(tmp_path, name, text)
            shown.add(name)
    portrait = ROOT / "examples" / "media" / "portrait.png"
    done = subprocess.run(
        [sys.executable, "nod.py", str(portrait), "nod.mp4"],
        cwd=tmp_path,
        env=environment_of(tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "48 frames at 24\n", done.stderr
    assert (tmp_path / "nod.mp4").stat().st_size > 10_000


def _need_face_models() -> None:
    try:
        Registry().resolve("renderer", "warp/mesh")
        chosen = Registry().choose("face_tracker", "facemesh/landmarks")
        with HostContext() as context:
            tracker = chosen.build()
            tracker.setup(context.lend(chosen.spec))
            tracker.close()
    except A1Error as error:
        pytest.skip(f"needs a tracker and a renderer: {error}")


@pytest.mark.parametrize("hook", [name for name in vars(Hooks) if name.startswith("a1_")])
def test_every_hook_is_documented_with_its_exact_arguments(hook: str) -> None:
    signature = inspect.signature(getattr(Hooks, hook))
    arguments = [
        str(parameter) for name, parameter in signature.parameters.items() if name != "self"
    ]
    text = f"{hook}({', '.join(arguments)}) -> {signature.return_annotation}"
    assert f"`{text.replace(chr(39), '')}`" in GUIDE


@pytest.mark.parametrize(
    "contract", [name for name in a1sdk.testing.__all__ if name.endswith("Contract")][1:]
)
def test_every_contract_is_documented_with_its_attributes(contract: str) -> None:
    assert f"`{contract}`" in GUIDE
    mine = getattr(a1sdk.testing, contract)
    names = {name for cls in mine.__mro__ for name in getattr(cls, "__annotations__", {})}
    assert not [name for name in names - {"kind"} if f"`{name}`" not in GUIDE]
