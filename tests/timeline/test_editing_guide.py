"""What the editor's guide tells editors to type is understood."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import click
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from a1sdk.cli import cli
from a1sdk.timeline.conform import Flavour
from a1sdk.timeline.shots.binding import role_of
from a1sdk.timeline.shots.grammar import read_note
from a1sdk.timeline.shots.sidecar import read_sidecar

Pixels = NDArray[np.uint8]

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "editing").glob("*.md"))
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", page.read_text("utf-8"), re.M | re.S)
    return [str(block) for block in found]


def parsed(line: str) -> tuple[str, dict[str, Any]]:
    """Return which command a line is, and its options, as click understands them."""
    names = ["a1"]
    _, *arguments = shlex.split(line)
    command: click.Command = cli
    while isinstance(command, click.Group):
        names.append(arguments.pop(0))
        found = command.get_command(click.Context(command), names[-1])
        assert found is not None, line
        command = found
    return " ".join(names), command.make_context(names[-1], arguments).params


@pages
def test_every_command_line_of_a_page_is_one(page: Path) -> None:
    lines = [line.strip() for block in blocks(page, "sh") for line in block.splitlines()]
    commands = [parsed(line) for line in lines if line.startswith("a1 ")]
    assert {path for path, _ in commands} == {"a1 timeline inspect", "a1 timeline render"}
    for _, options in commands:
        assert options["cut"] or options["lists"]
        assert all(role_of(track) for track in options["lists"])
    others = {line.split()[0] for line in lines} - {"a1"}
    assert others <= {"pip"}


def test_a_line_that_is_no_command_is_found_out() -> None:
    with pytest.raises(click.NoSuchOption):
        parsed("a1 timeline render cut.otio -o shots --for-resolve")
    with pytest.raises(click.BadParameter):
        parsed("a1 timeline render cut.otio -o shots --for vegas")


@pages
def test_every_option_that_a_page_speaks_of_is_one(page: Path) -> None:
    group = cli.get_command(click.Context(cli), "timeline")
    assert isinstance(group, click.Group)
    known = {
        name
        for command in group.commands.values()
        for option in command.params
        for name in (*option.opts, *option.secondary_opts)
    }
    named = re.findall(r"(?<![\w-])--[a-z][a-z-]*", page.read_text("utf-8"))
    assert set(named) <= known


@pages
def test_every_note_and_sidecar_of_a_page_is_understood(page: Path) -> None:
    notes = [line for block in blocks(page, "text") for line in block.splitlines()]
    for line in notes:
        note = read_note(line.removeprefix("* "))
        assert note is not None
        assert (note.shot, note.drive, note.expr, note.gap) == (
            "sh010",
            "perf_anna_tk3",
            0.8,
            "hold",
        )
    for text in blocks(page, "json"):
        assert all(
            role_of(f"A1 {role}") for role in read_sidecar(text.encode(), "").tracks.values()
        )
    names = re.findall(r"`(A1 (?!sh)[A-Z ]+)`", page.read_text("utf-8"))
    assert all(role_of(name) for name in names)
    assert notes or page.stem == "README"
    assert names or page.stem == "avid"  # whose tracks are named in the sidecar


@pages
def test_every_picture_link_and_flavour_of_a_page_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    assert all((page.parent / link).is_file() for link in links)
    assert any(link.endswith(".png") for link in links)
    assert set(re.findall(r"_a1\.(\w+)\.otio", text)) <= set(get_args(Flavour))


def test_the_guide_leads_to_every_page() -> None:
    text = (DOCS / "editing/README.md").read_text("utf-8")
    linked = set(re.findall(r"\(([\w-]+\.md)\)", text))
    assert linked == {page.name for page in PAGES} - {"README.md"}


def test_the_pictures_are_what_the_tool_draws(tmp_path: Path) -> None:
    tool = DOCS.parent / "tools/draw_tracks.py"
    subprocess.run([sys.executable, str(tool), str(tmp_path)], check=True)
    drawn = {path.name: pixels(path) for path in tmp_path.iterdir()}
    kept = {path.name: pixels(path) for path in (DOCS / "images").glob("editing-*.png")}
    assert drawn.keys() == kept.keys()
    for name, picture in drawn.items():
        assert picture.shape == kept[name].shape
        difference = np.abs(picture.astype(int) - kept[name])
        assert difference.mean() < 1, name  # of 255; fonts may be drawn a little otherwise


def pixels(path: Path) -> Pixels:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
