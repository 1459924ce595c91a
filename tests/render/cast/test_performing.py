"""Who performs what, from end to end."""

from __future__ import annotations

import json

import pytest
from blocks import COUNT, ONCE, STILL, TWICE, beside, moves, near

from a1sdk.errors import (
    ConfigError,
    NoFaceError,
)
from a1sdk.render.context import HostContext
from a1sdk.render.job import RenderJob
from a1sdk.render.pipeline import render


def test_each_face_gets_the_motion_of_its_performer(perform, driver, sheet):
    report = perform(driver(beside), cast=sheet(("Red", "Green"), ("Blue", "Red")))
    found = moves(report)
    assert near(found["Red"], TWICE) and near(found["Blue"], ONCE)
    assert (report.frames, report.faces_in_portrait, report.warnings) == (COUNT, 2, [])
    assert [layer.name for layer in report.layers] == ["driver", "driver-2"]
    assert "blocks/colors" in [one.ref for one in report.components]
    assert {one.path.name for one in report.inputs} >= {"Red.png", "Green.png", "Blue.png"}


def test_a_sheet_that_is_swapped_swaps_the_motion(perform, driver, sheet):
    found = moves(perform(driver(beside), cast=sheet(("Red", "Red"), ("Blue", "Green"))))
    assert near(found["Red"], ONCE) and near(found["Blue"], TWICE)


def test_people_play_themselves_where_no_part_says_otherwise(perform, driver, sheet):
    report = perform(driver(beside), cast=sheet(("Red", "")))
    found = moves(report)
    assert near(found["Red"], ONCE) and near(found["Blue"], STILL)
    assert report.warnings == []  # Blue is known, and has no part


def test_faces_that_are_nobodys_are_reported(perform, driver, sheet):
    alone = {"people": [{"name": "Red", "pictures": ["Red.png"]}]}
    report = perform(driver(beside), cast=sheet(**alone))
    assert near(moves(report)["Blue"], STILL)
    assert report.warnings == [
        "The face at 136,24 in 'portrait.png' matched nobody, and stays as it is."
    ]


def test_people_are_followed_where_they_cross(perform, driver, sheet):
    def crossing(name: str, number: int) -> int | None:
        return 4 * number if name == "Red" else 120 - 4 * number

    def without_overlap(name: str, number: int) -> int | None:
        if 10 <= number < 20 and name == "Red":
            return None  # behind Green
        return crossing(name, number)

    report = perform(driver(without_overlap), cast=sheet(("Red", "Green"), ("Blue", "Red")))
    found = moves(report)
    assert near(found["Red"], TWICE)
    assert near(found["Blue"][:10], ONCE[:10]) and near(found["Blue"][20:], ONCE[20:])
    assert [(gap.layer, gap.first, gap.last) for gap in report.gaps] == [("driver-2", 10, 19)]
    assert report.warnings == ["The face of 'Red' was lost in 10 frames; they were filled in."]


def test_people_are_found_again_after_a_cut(perform, driver, sheet):
    def cut(name: str, number: int) -> int | None:
        return 8 if (name == "Red") == (number < 15) else 110

    film = driver(cut, light=lambda number: 200 if number < 15 else 120)
    found = moves(perform(film, cast=sheet(("Red", "Green"), ("Blue", "Red"))))
    assert near(found["Red"], TWICE) and near(found["Blue"], ONCE)


def test_who_is_not_in_the_portrait_is_reported_and_left_out(perform, driver, sheet):
    report = perform(driver(beside), cast=sheet(("Green", "Green"), ("Blue", "Red")))
    found = moves(report)
    assert near(found["Red"], STILL) and near(found["Blue"], ONCE)
    assert report.warnings == [
        "'Green' is not in 'portrait.png': the likest face comes to 0.00, and 0.90 is needed."
    ]


def test_nobody_is_guessed(perform, driver, sheet):
    with pytest.raises(NoFaceError, match="'Green' is not in 'portrait"):
        perform(driver(beside), cast=sheet(("Green", "Red")))


def test_a_performer_who_is_not_in_the_film_is_an_error(perform, driver, sheet):
    with pytest.raises(NoFaceError, match="is that of 'Blue': the likest comes to 0"):
        perform(driver(beside), cast=sheet(("Red", "Blue")))


def test_faces_of_one_picture_are_chosen_by_place_too(registry, portrait, driver, tmp_path):
    def film(count: int) -> dict:
        options = {"path": str(driver(beside, count))}
        return {"use": "blocks/film", "options": options}

    fields = {
        "portrait": portrait,
        "output": tmp_path / "film.mkv",
        "motion": [film(20)],
        "face": "0",
        "cast": [{"face": "136,24", "motion": [film(COUNT)]}],
        "renderer": {"use": "blocks/blocks"},
        "tracker": {"use": "blocks/finder"},
    }
    with HostContext() as context:
        report = render(RenderJob.model_validate(fields), registry=registry, context=context)
    found = moves(report)
    assert report.frames == COUNT  # as long as the longest
    assert near(found["Blue"], ONCE) and near(found["Red"][:20], ONCE[:20])
    fields["cast"] = [{"face": "24,24", "motion": [film(COUNT)]}]
    with pytest.raises(ConfigError, match="'0' and '24,24' are the same face"):
        with HostContext() as context:
            render(RenderJob.model_validate(fields), registry=registry, context=context)


def test_a_part_has_a_motion_of_its_own(perform, driver, sheet, registry):
    path = sheet()
    content = json.loads(path.read_text())
    film = driver(beside)
    own = {"use": "blocks/film", "options": {"path": film.name}, "who": "Green"}
    content["parts"] = [{"who": "Blue", "motion": [own]}]
    path.write_text(json.dumps(content))
    assert near(moves(perform(None, cast=path))["Blue"], TWICE)
