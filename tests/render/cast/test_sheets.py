"""Cast sheets: what they say, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from blocks import beside

from a1sdk.errors import (
    CapabilityError,
    ConfigError,
    ContractError,
    NoFaceError,
)
from a1sdk.media import write_still
from a1sdk.render.animate import make_job
from a1sdk.render.cast.sheet import load_sheet
from a1sdk.render.job import LayerStack, MotionLayer, RenderJob
from a1sdk.render.jobfile import load_job
from a1sdk.render.plan import make_plan


def test_layers_of_several_faces_have_names_of_their_own():
    def layers(*names: str) -> list[dict]:
        return [{"use": "blocks/film", "name": name} for name in names]

    fields = {"portrait": "p.png", "output": "o.mkv", "motion": layers("", "")}
    fields["cast"] = [{"face": str(n), "motion": layers("", "film-2", "mine")} for n in (1, 2)]
    job = RenderJob.model_validate(fields)
    assert [[layer.name for layer in one.motion] for one in job.members] == [
        ["film", "film-2"],
        ["film-3", "film-2-2", "mine"],
        ["film-4", "film-2-3", "mine-2"],
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parts": [{"who": "Pink"}]}, "'Pink' is nobody of the people"),
        ({"parts": [{"who": "Red", "by": "Pink"}]}, "'Pink' is nobody of the people"),
        ({"parts": [{"who": "Red"}, {"who": "Red"}]}, "'Red' has two parts"),
        ({"people": []}, "people"),
        ({"people": [{"name": "largest", "pictures": ["a.png"]}]}, "nobody's name"),
        ({"people": [{"name": "3", "pictures": ["a.png"]}]}, "people.0.name"),
        ({"people": [{"name": "A", "pictures": ["a.png"]}] * 2}, "two people are called 'A'"),
        ({"people": [{"name": "A", "pictures": []}]}, r"people\.A\.pictures"),
        ({"threshold": 1.5}, "threshold"),
        ({"persons": []}, "persons"),
        ({"schema_version": "a1.job/1"}, "schema_version"),
    ],
)
def test_wrong_sheets_are_refused(sheet, change, message):
    with pytest.raises(ConfigError, match=message):
        load_sheet(sheet(**change))


def test_paths_of_a_sheet_and_of_a_job_start_from_their_folders(
    sheet, registry, portrait, driver, tmp_path
):
    loaded = load_sheet(sheet(("Red", "Green")), registry)
    assert loaded.people[0].pictures == (tmp_path / "Red.png",)
    film = driver(beside)
    job = make_job(portrait, film, tmp_path / "film.mkv", registry=registry, cast=loaded)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "job.json").write_text(job.model_dump_json())
    assert load_job(tmp_path / "deep" / "job.json", registry) == job
    assert job.people == ("Red", "Green") and job.driven_by == (film,)


def test_names_that_nobody_has_are_refused(registry, portrait, driver, tmp_path, sheet):
    film = driver(beside)
    with pytest.raises(ConfigError, match="'Ann' is nobody of the roster"):
        make_job(portrait, film, tmp_path / "film.mkv", registry=registry, face="Ann")
    with pytest.raises(ConfigError, match="together with a cast sheet"):
        asked = {"face": "1", "cast": sheet(("Red", ""))}
        make_job(portrait, film, tmp_path / "film.mkv", registry=registry, **asked)


def test_a_face_of_the_film_is_not_chosen_beside_a_sheet(registry, portrait, driver, sheet):
    stack = LayerStack(
        layers=(MotionLayer(use="blocks/film", options={"path": str(driver(beside)), "face": "1"}),)
    )
    layers = portrait.with_name("layers.json")
    layers.write_text(stack.model_dump_json())
    asked = {"layers": layers, "cast": sheet(("Red", ""))}
    with pytest.raises(ConfigError, match="chooses a face of its film, and a cast sheet"):
        make_job(portrait, None, portrait.with_name("film.mkv"), registry=registry, **asked)


def test_a_layer_that_shows_nobody_names_nobody(registry, portrait, driver, tmp_path, sheet):
    job = make_job(
        portrait,
        {"use": "blocks/voice", "options": {"path": driver(beside)}, "who": "Red"},
        tmp_path / "film.mkv",
        registry=registry,
        renderer="blocks/blocks",
        tracker="blocks/finder",
        cast=sheet(("Red", "")),
    )
    with pytest.raises(ConfigError, match="looks at no faces"):
        make_plan(job, registry)


def test_a_driver_without_faces_is_played_by_nobody_else(registry, portrait, driver, sheet):
    voice = {"use": "blocks/voice", "options": {"path": driver(beside)}}
    with pytest.raises(ConfigError, match="'Red' is played by 'Green', and the driver shows no"):
        make_job(portrait, voice, "film.mkv", registry=registry, cast=sheet(("Red", "Green")))


def test_who_tells_people_apart_has_to_be_able_to(perform, driver, sheet):
    with pytest.raises(CapabilityError, match="'blocks/blind' does not tell people apart"):
        perform(driver(beside), cast=sheet(("Red", ""), encoder={"use": "blocks/blind"}))
    with pytest.raises(ContractError, match="no vector of length 1"):
        perform(driver(beside), cast=sheet(("Red", ""), encoder={"use": "blocks/raw"}))


def test_pictures_of_people_show_faces(perform, driver, sheet, tmp_path):
    path = sheet(("Red", ""))
    write_still(tmp_path / "Green.png", np.full((48, 64, 3), 200, np.uint8))
    with pytest.raises(NoFaceError, match="a picture of 'Green'"):
        perform(driver(beside), cast=path)
    (tmp_path / "Green.png").unlink()
    with pytest.raises(Exception, match="does not exist"):
        perform(driver(beside), cast=path)
