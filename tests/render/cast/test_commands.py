"""Casting on the command line."""

from __future__ import annotations

import json

from blocks import COUNT, MODULE, TWICE, beside, near, steps

from a1sdk import cli
from a1sdk.media import open_video, probe
from a1sdk.motion.clip import MotionClip


def test_the_command_line_takes_a_sheet(world, site, driver, sheet, portrait, monkeypatch, capsys):
    site.add_metadata("a1-blocks", f"[a1sdk.plugins.v1]\nblocks = {MODULE}\n")
    monkeypatch.setenv("A1_PLUGINS", "blocks,a1-blocks")
    path = sheet(("Red", "Green"), ("Blue", "Red"))
    film = portrait.with_name("film.mkv")
    use = ["--renderer", "blocks/blocks", "--tracker", "blocks/finder"]
    inputs = [str(portrait), str(driver(beside)), "--cast", str(path), *use]
    assert cli.run(["animate", *inputs, "-o", str(film), "-q"]) == 0
    with open_video(film) as reader:
        last = [frame.pixels for frame in reader.frames()][-1]
    assert abs(int(last[24, 24].mean()) - 118) <= 3 and abs(int(last[24, 136].mean()) - 89) <= 3
    assert cli.run(["plan", *inputs]) == 0
    said = capsys.readouterr().out
    assert "faces: Red, Blue" in said and "recognized by: blocks/colors" in said
    assert cli.run(["animate", *inputs, "--face", "0", "-o", str(film)]) == 2
    assert "together with a cast sheet" in capsys.readouterr().err


def test_the_command_line_needs_no_driver_where_all_have_motions_of_their_own(
    world, site, driver, sheet, portrait, monkeypatch, capsys
):
    site.add_metadata("a1-blocks", f"[a1sdk.plugins.v1]\nblocks = {MODULE}\n")
    monkeypatch.setenv("A1_PLUGINS", "blocks,a1-blocks")
    own = {"use": "blocks/film", "options": {"path": driver(beside).name}, "who": "Green"}
    film = portrait.with_name("film.mkv")
    use = ["--renderer", "blocks/blocks", "--tracker", "blocks/finder", "-o", str(film), "-q"]
    path = sheet(parts=[{"who": "Blue", "motion": [own]}])
    assert cli.run(["animate", str(portrait), "--cast", str(path), *use]) == 0
    with open_video(film) as reader:
        assert near(
            [round(float(one.pixels[18:30, 134:138].mean())) - 60 for one in reader.frames()], TWICE
        )
    path = sheet(("Red", "Green"))
    assert cli.run(["animate", str(portrait), "--cast", str(path), *use]) == 2
    assert "There is nobody to perform" in capsys.readouterr().err


def test_the_command_line_keeps_shows_and_plots_the_motion_of_a_person(
    world, site, driver, sheet, monkeypatch, tmp_path, capsys
):
    site.add_metadata("a1-blocks", f"[a1sdk.plugins.v1]\nblocks = {MODULE}\n")
    monkeypatch.setenv("A1_PLUGINS", "blocks,a1-blocks")
    film, take = driver(beside), tmp_path / "green.a1motion"
    use = ["--source", "blocks/film", "--tracker", "blocks/finder", "-q"]
    named = [str(film), "--cast", str(sheet()), "--who", "Green", *use]
    assert cli.run(["motion", "extract", *named, "-o", str(take)]) == 0
    assert near(steps(MotionClip.load(take)), TWICE)
    capsys.readouterr()
    assert cli.run(["motion", "info", str(take), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"]["who"] == "Green"
    shown = tmp_path / "shown.mkv"
    assert cli.run(["motion", "show", *named, "--size", "64x64", "-o", str(shown)]) == 0
    assert probe(shown).video.count == COUNT
    assert cli.run(["motion", "plot", *named, "-o", str(tmp_path / "plot.png")]) == 0
    assert cli.run(["motion", "plot", *named, "-o", str(tmp_path / "Red.png")]) == 2
    assert "is one of the inputs" in capsys.readouterr().err
    assert cli.run(["motion", "extract", str(film), "--who", "Green", *use, "-o", str(take)]) == 2
    assert "hint: name one with --cast" in capsys.readouterr().err
