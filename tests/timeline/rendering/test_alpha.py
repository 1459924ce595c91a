"""Portraits that are transparent: they stay so, and a contact sheet shows it."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from a1sdk.media import open_writer, read_still, write_still
from a1sdk.timeline.rendering.report import CutReport
from a1sdk.timeline.rendering.sheet import cut_sheet

SIZE = 96


def veiled(value: int) -> np.ndarray:
    """A grey picture whose left half is transparent, over magenta."""
    pixels = np.full((SIZE, SIZE, 4), (value, value, value, 255), np.uint8)
    pixels[:, : SIZE // 2] = (255, 0, 255, 0)
    return pixels


@pytest.fixture
def film(studio):
    """A film with alpha in the studio; picture n is of grey 10 n."""
    path = studio.folder / "plate.mov"
    with open_writer(
        path, rate=Fraction(25), width=SIZE, height=SIZE, alpha=True, codec="prores-4444"
    ) as writer:
        for number in range(20):
            writer.write(veiled(10 * number))
    return path


def test_the_picture_of_a_film_keeps_its_alpha(studio, driver, cut, film):
    driver()
    path = cut("still=5", sh010=("perf.mkv", 10, 12))
    path.write_text(path.read_text().replace("anna.png", film.name))
    run = studio.prepare(path, delivered={"codec": None})
    made = run._run.maker.job(run.shots.shots[0])
    picture = read_still(made.job.portrait).pixels
    assert picture[SIZE // 2, 4, 3] == 0
    assert np.abs(picture[SIZE // 2, -4].astype(int) - (50, 50, 50, 255)).max() <= 2
    assert made.alpha and made.codec.name == "prores-4444"


def test_a_codec_without_alpha_is_told(studio, driver, cut, film):
    driver()
    path = cut("still=5", sh010=("perf.mkv", 10, 12))
    path.write_text(path.read_text().replace("anna.png", film.name))
    run = studio.prepare(path, delivered={"codec": "h264"})
    made = run._run.maker.job(run.shots.shots[0])
    assert [one.code for one in made.problems] == ["A1-PORTRAIT-ALPHA"]
    assert not made.alpha and "h264" in made.problems[0].message


@pytest.mark.parametrize("form", ["film", "pictures"])
def test_sheets_show_what_is_transparent(studio, driver, cut, film, form):
    driver()
    report = studio.render(cut(sh010=("perf.mkv", 0, 12)))
    media = report.shots[0].media
    if form == "film":
        media = film
    else:
        for path in media.parent.glob("*.png"):
            write_still(path, veiled(100))
    facts = json.loads(report.model_dump_json())
    facts["shots"][0]["media"] = str(media)
    sheet = studio.folder / "sheet.png"
    cut_sheet(CutReport.model_validate(facts), sheet)
    colors = read_still(sheet).pixels.reshape(-1, 3).astype(int)
    assert not (np.abs(colors - (255, 0, 255)).max(axis=1) < 40).any()
    assert all((colors == grey).all(axis=1).sum() > 100 for grey in (153, 204))
