"""Shots that say who performs in them, in a world where people are blocks of one colour."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from a1sdk.cli import run
from a1sdk.media import open_writer, read_still, write_still
from a1sdk.render.cast.sheet import load_sheet
from a1sdk.timeline.rendering.report import CutReport

NAME = "a1_blocks"
FAKES = {"renderer": "blocks/blocks", "tracker": "blocks/finder"}


@pytest.fixture
def blocks(studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The plugin `blocks`, and no other; anna.png shows Red and Blue, perf.mkv Red and Green."""
    about = tmp_path / "site" / f"{NAME}-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text(f"[a1sdk.plugins.v1]\nblocks = {NAME}\n")
    source = Path(__file__).parents[2] / "render" / "cast_plugin.py"
    shutil.copy(source, about.parent / f"{NAME}.py")
    monkeypatch.setenv("A1_PLUGINS", "blocks")
    module = __import__(NAME)
    picture = np.full((48, 160, 3), 200, np.uint8)
    module.block(picture, "Red", 8)
    module.block(picture, "Blue", 120)
    write_still(studio.folder / "anna.png", picture)
    with open_writer(studio.folder / "perf.mkv", rate=Fraction(25), width=160, height=48) as film:
        for number in range(20):
            picture = np.full((48, 160, 3), 200, np.uint8)
            module.block(picture, "Red", 8, module.DARK + number)
            module.block(picture, "Green", 110, module.DARK + 2 * number)
            film.write(picture)
    yield module
    sys.modules.pop(NAME, None)


@pytest.fixture
def sheet(studio, blocks: ModuleType) -> Path:
    """Red and Blue are played by each other's neighbours: Red by Green, Blue by Red."""
    people = []
    for name in blocks.COLORS:
        picture = np.full((48, 64, 3), 200, np.uint8)
        blocks.block(picture, name, 20, bright=180)
        write_still(studio.folder / f"{name}.png", picture)
        people.append({"name": name, "pictures": [f"{name}.png"]})
    parts = [{"who": "Red", "by": "Green"}, {"who": "Blue", "by": "Red"}]
    path = studio.folder / "cast.json"
    path.write_text(json.dumps({"schema_version": "a1.cast/1", "people": people, "parts": parts}))
    return path


def moved(report: CutReport) -> list[tuple[int, int]]:
    """How far Red and Blue have moved in the last frame of each shot; -40 where they rest."""
    found = []
    for shot in report.shots:
        assert shot.media is not None, shot.error
        last = read_still(max(shot.media.parent.glob("*.png"))).pixels
        red, blue = (round(float(last[18:30, x - 2 : x + 2].mean())) - 60 for x in (24, 136))
        found.append((red, blue))
    return found


@pytest.mark.parametrize(
    ("who", "wanted"),
    [("who=all", (38, 19)), ("who=blue", (-40, 19)), ('who="blue, RED"', (38, 19))],
)
def test_those_who_are_named_perform(studio, cut: Callable[..., Path], sheet, who, wanted):
    path = cut(who, sh010=("perf.mkv", 0, 20))
    report = studio.render(path, delivered={**FAKES, "cast": load_sheet(sheet)})
    (found,) = moved(report)
    assert np.abs(np.subtract(found, wanted)).max() <= 3


def test_shots_that_name_nobody_are_as_before(studio, cut, sheet):
    path = cut(sh010=("perf.mkv", 0, 20))
    report = studio.render(path, delivered={**FAKES, "cast": load_sheet(sheet)})
    (found,) = moved(report)
    assert found[0] > 10 and found[1] == -40  # the largest face of each


def test_a_sheet_that_changes_renders_its_shots_again(studio, cut, sheet):
    path = cut("who=all", sh010=("perf.mkv", 0, 20))

    def outcome() -> str:
        people = load_sheet(sheet)
        return studio.render(path, delivered={**FAKES, "cast": people}).shots[0].outcome

    assert [outcome(), outcome()] == ["rendered", "kept"]
    sheet.write_text(sheet.read_text().replace('"by": "Green"', '"by": "Red"'))
    assert [outcome(), outcome()] == ["rendered", "kept"]


@pytest.mark.parametrize(
    ("who", "given", "message"),
    [("who=red", False, "there is no cast sheet"), ("who=pink", True, "nobody of the cast")],
)
def test_names_that_mean_nobody_fail_their_shot(studio, cut, sheet, who, given, message):
    path = cut(who, sh010=("perf.mkv", 0, 20))
    cast = {"cast": load_sheet(sheet)} if given else {}
    (shot,) = studio.render(path, delivered={**FAKES, **cast}).shots
    assert shot.outcome == "failed" and message in shot.error


def test_the_command_line_takes_a_sheet(studio, cut, sheet, capsys):
    path = cut("who=all", sh010=("perf.mkv", 0, 20))
    options = ["--renderer", FAKES["renderer"], "--tracker", FAKES["tracker"], "--no-qc"]
    arguments = ["timeline", "render", path, "-o", studio.out, "--cast", sheet, *options, "-q"]
    assert run([str(one) for one in arguments]) == 0, capsys.readouterr()


def test_the_encoder_of_a_sheet_is_among_the_licences_of_a_cut(studio, cut, sheet, capsys):
    path = cut("who=all", sh010=("perf.mkv", 0, 20))
    asked = ["licences", path, "--renderer", FAKES["renderer"], "--tracker", FAKES["tracker"]]
    assert run([str(one) for one in (*asked, "--cast", sheet)]) == 0
    assert "  blocks/colors, Apache-2.0, commercial use allowed\n" in capsys.readouterr().out
    assert run([str(one) for one in asked]) == 0
    told = capsys.readouterr()
    assert "blocks/colors" not in told.out and "sh010 is left out" in told.err
