"""OTIO for Resolve and Premiere has what is told of their habits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from a1sdk.timeline.conform.flavours import flavoured


def span(start: float, duration: float) -> dict[str, Any]:
    times = {"start_time": start, "duration": duration}
    return {
        key: {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": value}
        for key, value in times.items()
    } | {"OTIO_SCHEMA": "TimeRange.1"}


def effect(schema: str, **more: Any) -> dict[str, Any]:
    return {"OTIO_SCHEMA": schema, "name": "", "effect_name": "", "metadata": {}, **more}


CURVES = effect("Effect.1", metadata={"a1sdk": {"schema_version": "a1.curves/1", "keys": {}}})
BLUR = effect("Effect.1", effect_name="blur", metadata={"a1sdk": {"schema_version": "x"}})
IDLE = effect("LinearTimeWarp.1", time_scalar=1.0)
TWICE = effect("LinearTimeWarp.1", time_scalar=2.0)


def clip(**more: Any) -> dict[str, Any]:
    still = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "available_range": span(0, 1),
        "target_url": "file:///stills/a%20b.png",
        "metadata": {"effects": [CURVES]},
    }
    marker = {"OTIO_SCHEMA": "Marker.2", "comment": "shot=x", "metadata": {"k": 1}}
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": "a",
        "source_range": span(0, 48),
        "effects": [CURVES, BLUR, IDLE, TWICE],
        "markers": [marker],
        "media_references": {"DEFAULT_MEDIA": still},
        "active_media_reference_key": "DEFAULT_MEDIA",
        **more,
    }


def made(flavour: Any, **more: Any) -> Any:
    data = json.dumps({"OTIO_SCHEMA": "Track.1", "children": [clip(**more)]}).encode()
    return json.loads(flavoured(data, flavour))["children"][0]


def test_our_effects_are_left_out_and_no_others() -> None:
    assert made("resolve")["effects"] == [BLUR, IDLE, TWICE]
    assert made("premiere")["effects"] == [BLUR, TWICE]  # a speed of 1 makes it drop motion


def test_metadata_is_not_looked_into() -> None:
    for flavour in ("resolve", "premiere"):
        media = made(flavour)["media_references"]["DEFAULT_MEDIA"]
        assert media["metadata"] == {"effects": [CURVES]}


def test_resolve_has_plain_paths_and_notes_where_it_keeps_them() -> None:
    found = made("resolve")
    assert found["media_references"]["DEFAULT_MEDIA"]["target_url"] == "/stills/a b.png"
    assert found["markers"][0]["metadata"] == {"k": 1, "Resolve_OTIO": {"Note": "shot=x"}}
    assert made("premiere")["markers"][0]["metadata"] == {"k": 1}


def test_stills_for_premiere_are_available_for_as_long_as_they_are_shown() -> None:
    def available(flavour: str) -> Any:
        return made(flavour)["media_references"]["DEFAULT_MEDIA"]["available_range"]

    assert available("premiere") == span(0, 48)
    assert available("resolve") == span(0, 1)


@pytest.mark.parametrize(
    ("flavour", "url"),
    [
        ("resolve", "/pics/a #.[0101-0148].exr"),
        ("premiere", "file:///pics/a%20%23.0101.exr"),
    ],
)
@pytest.mark.parametrize("first", [0, 101])
def test_pictures_are_one_file_and_counted_on_their_clock(
    flavour: str, url: str, first: int
) -> None:
    pictures = {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        "name": "pics",
        "available_range": span(101, 48),
        "target_url_base": "file:///pics",
        "name_prefix": "a #.",
        "name_suffix": ".exr",
        "start_frame": 101,
        "frame_step": 1,
        "rate": 24,
        "frame_zero_padding": 4,
    }
    references = {"DEFAULT_MEDIA": pictures, "other": None}
    found = made(flavour, media_references=references, source_range=span(first, 24))
    media = found["media_references"]["DEFAULT_MEDIA"]
    assert (media["OTIO_SCHEMA"], media["target_url"]) == ("ExternalReference.1", url)
    assert media["name"] == "pics"
    assert media["available_range"] == span(101, 48)
    assert found["source_range"] == span(101, 24)  # some count it from the first picture


def test_clips_of_the_first_version_are_seen_to() -> None:
    old = clip()["media_references"]["DEFAULT_MEDIA"]
    found = made("resolve", media_references=None, media_reference=old)
    assert found["media_reference"]["target_url"] == "/stills/a b.png"
