"""The motion of one person of a film."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from blocks import COUNT, ONCE, TWICE, beside, near, steps

from a1sdk.errors import (
    ConfigError,
    DecodeError,
    NoFaceError,
)
from a1sdk.motion.clip import MotionClip
from a1sdk.render.cast.sheet import load_sheet
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import LayerStack, MotionLayer


@pytest.fixture
def extract(registry, tmp_path) -> Callable[..., MotionClip]:
    """Keep the motion of layers that are given by their fields."""

    def run(*layers: dict, **options) -> MotionClip:
        stack = LayerStack.model_validate({"layers": layers}).layers
        output = tmp_path / "take.a1motion"
        options = {"tracker": "blocks/finder", **options}
        with HostContext() as context:
            extract_motion(stack, output, registry=registry, context=context, **options)
        return MotionClip.load(output)

    return run


def test_the_motion_of_a_person_is_kept(extract, driver, sheet):
    film = driver(beside)
    layer = {"use": "blocks/film", "options": {"path": film}}
    green = extract(layer, cast=sheet(), who="Green")
    assert near(steps(green), TWICE)
    assert green.header.source["who"] == "Green" and green.header.source["driver"] == film.name
    assert near(steps(extract({**layer, "who": "Red"}, cast=load_sheet(sheet()))), ONCE)
    both = {**layer, "who": "Red"}, {**layer, "regions": {"head": 1}, "name": "top"}
    mixed = extract(*both, cast=load_sheet(sheet()).model_dump(), who="Green")
    assert near(steps(mixed), TWICE) and mixed.header.source["who"] == "Red, Green"
    assert "who" not in extract(layer).header.source


def test_where_a_person_is_not_seen_there_is_a_gap(extract, driver, sheet):
    film = driver(
        lambda name, number: None if name == "Green" and number >= 20 else beside(name, 0)
    )
    layer = {"use": "blocks/film", "options": {"path": film}}
    clip = extract(layer, cast=sheet(), who="Green")
    assert near(steps(clip)[:20], TWICE[:20]) and steps(clip)[20:] == [-1] * (COUNT - 20)


def test_motion_is_kept_of_people_who_are_known_only(extract, driver, sheet, tmp_path):
    layer = {"use": "blocks/film", "options": {"path": driver(beside)}}
    with pytest.raises(ConfigError, match="'film' names 'Red', and no cast sheet says who that is"):
        extract({**layer, "who": "Red"})
    with pytest.raises(ConfigError, match="'Red' is to perform, and no cast sheet says"):
        extract(layer, who="Red")
    with pytest.raises(ConfigError, match="'Rod' is nobody of the cast sheet") as error:
        extract(layer, cast=sheet(), who="Rod")
    assert error.value.hint == "did you mean 'Red'?"
    with pytest.raises(ConfigError, match="no layer looks at a film's faces"):
        extract({**layer, "use": "blocks/voice"}, cast=sheet(), who="Red")
    with pytest.raises(ConfigError, match="nobody of it is named") as error:
        extract(layer, cast=sheet())
    assert "people: Red, Green, Blue" in error.value.hint
    with pytest.raises(NoFaceError, match="'Blue'"):
        extract(layer, cast=sheet(), who="Blue")
    (tmp_path / "Green.png").unlink()
    with pytest.raises(DecodeError, match="does not exist"):
        extract(layer, cast=load_sheet(tmp_path / "cast.json"), who="Red")


def test_pictures_of_people_are_not_overwritten(registry, driver, sheet, tmp_path):
    stack = [MotionLayer(use="blocks/film", options={"path": driver(beside)})]
    path = sheet()
    content = json.loads(path.read_text())
    content["people"][0]["pictures"] = ["red.a1motion"]
    path.write_text(json.dumps(content))
    (tmp_path / "Red.png").rename(tmp_path / "red.a1motion")
    before = (tmp_path / "red.a1motion").read_bytes()
    with HostContext() as context, pytest.raises(ConfigError, match="one of the inputs"):
        extract_motion(
            stack,
            tmp_path / "red.a1motion",
            registry=registry,
            context=context,
            cast=path,
            who="Red",
            tracker="blocks/finder",
        )
    assert (tmp_path / "red.a1motion").read_bytes() == before
