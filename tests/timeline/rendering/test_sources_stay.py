"""A render takes the place of nothing but renders, wherever it goes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from a1sdk.media import read_still

FILM = {"codec": "ffv1"}  # whose films are .mkv, as the drivers are


def failures(report) -> dict[str, str]:
    return {one.shot.name: one.error for one in report.shots if one.outcome == "failed"}


def contents(studio) -> dict[str, bytes]:
    found = (path for path in studio.folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in found}


@pytest.mark.parametrize("name", ["perf", "PERF", "plate", "other"])
def test_media_of_the_cut_stays_when_a_shot_is_called_the_same(studio, driver, cut, name):
    """`other.mkv` drives another shot, and `plate.mkv` is a moving portrait."""
    for film in ("perf.mkv", "plate.mkv", "other.mkv"):
        driver(film)
    path = cut("still=0", **{name: ("perf.mkv", 10, 12), "sh020": ("other.mkv", 10, 12)})
    path.write_text(path.read_text().replace("anna.png", "plate.mkv"))
    before = contents(studio)
    studio = replace(studio, out=studio.folder)
    report = studio.render(path, delivered=FILM)
    assert failures(report).keys() == {name}
    assert "take the place of a file that the cut plays" in failures(report)[name]
    assert contents(studio).items() >= before.items()


def test_numbered_pictures_of_the_cut_stay(studio, driver, cut):
    driver()
    folder = studio.folder / "sh010"
    folder.mkdir()
    shutil.copy(studio.folder / "anna.png", folder / "sh010.0001.png")
    path = cut(sh010=("perf.mkv", 10, 12))
    path.write_text(path.read_text().replace("anna.png", "sh010/sh010.0001.png"))
    before = contents(studio)
    studio = replace(studio, out=studio.folder)
    assert failures(studio.render(path)).keys() == {"sh010"}
    assert contents(studio).items() >= before.items()


def test_a_file_that_nobody_knows_stays(studio, driver, cut):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    studio.out.mkdir()
    found = studio.out / "sh010.mkv"
    found.write_text("a day's work")
    report = studio.render(path, delivered=FILM)
    assert "there already" in failures(report)["sh010"]
    assert found.read_text() == "a day's work"
    found.unlink()
    assert not failures(studio.render(path, delivered=FILM))
    for record in (studio.out / ".a1").glob("*.json"):
        record.unlink()
    assert not failures(studio.render(path, delivered=FILM))  # it has a report beside it


def test_a_moving_portrait_is_counted_by_its_timecode(studio, driver, cut):
    """The cut says nothing of the plate, and its source times are the plate's timecode."""
    driver()
    driver("plate.mov", count=50, timecode="10:00:00:00")
    path = cut("still=7", sh010=("perf.mkv", 10, 12))
    hour = 10 * 3600 * 25
    text = path.read_text().replace("anna.png", "plate.mov")
    begin = text.index("A1 PORTRAIT")
    portrait = text[begin:].replace('"value": 0}', f'"value": {hour + 3}}}')
    path.write_text(text[:begin] + portrait.replace('"available_range"', '"no_range"'))
    run = studio.prepare(path)
    made = run._run.maker.job(run.shots.shots[0])
    assert studio.counting.number_of(read_still(made.job.portrait).pixels) == 10


def test_a_picture_beyond_a_moving_portrait_is_an_error(studio, driver, cut):
    driver()
    driver("plate.mkv", count=50)
    path = cut("still=60", sh010=("perf.mkv", 10, 12))
    path.write_text(path.read_text().replace("anna.png", "plate.mkv"))
    assert "lasts 2.000 s, from 2.400 s on" in failures(studio.render(path))["sh010"]
