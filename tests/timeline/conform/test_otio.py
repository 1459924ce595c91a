"""OTIO is handed back with nothing changed but the relinked clips."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import opentimelineio as otio
import pytest

from a1sdk.timeline.conform import conform
from a1sdk.timeline.conform.otio_nodes import time_node
from a1sdk.timeline.formats.otio.media import seconds as otio_seconds
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.shots import find_shots
from a1sdk.timeline.walk import placed

F = Fraction


def time(value: float, rate: float = 24.0) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def span(start: float, duration: float, rate: float = 24.0) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start, rate),
        "duration": time(duration, rate),
    }


def still(name: str) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": "",
        "available_range": span(0, 1),
        "target_url": f"/stills/{name}",
    }


def clip(name: str, frames: int, **more: Any) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {"vendor": {"big": 12345678901234567890, "tiny": 1e-7}},
        "name": name,
        "source_range": span(100, frames),
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": still(f"{name}.png")},
        "active_media_reference_key": "DEFAULT_MEDIA",
        **more,
    }


def timeline(*children: dict[str, Any]) -> dict[str, Any]:
    common = {"metadata": {}, "source_range": None, "effects": [], "markers": [], "enabled": True}
    track = {"OTIO_SCHEMA": "Track.1", "name": "A1 PORTRAIT", "kind": "Video"} | common
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks"} | common
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"unknown": {"OTIO_SCHEMA": "Strange.7", "x": [1.10, 2e5]}},
        "name": "cut",
        "global_start_time": time(86400),
        "tracks": stack | {"children": [track | {"children": list(children)}]},
    }


def marker(at: float) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {},
        "name": "A1",
        "color": "RED",
        "comment": "shot=x",
        "marked_range": span(at, 2),
    }


def warp(speed: float) -> dict[str, Any]:
    effect = {"OTIO_SCHEMA": "LinearTimeWarp.1", "metadata": {}, "name": "", "effect_name": ""}
    return effect | {"time_scalar": speed}


def children(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["tracks"]["children"][0]["children"]


def test_the_master_keeps_the_still_beside_the_render(shooting: Any) -> None:
    cut = shooting.cut("cut.otio", json.dumps(timeline(clip("a", 24), clip("b", 48)), indent=4))
    done = shooting.conform(cut, "b")
    assert [path.name for path in done.files] == ["cut.a1.otio", "cut_a1.otio"]
    first, second = children(done.files[0])
    assert first == clip("a", 24)
    assert second["active_media_reference_key"] == "DEFAULT_MEDIA"
    assert second["media_references"]["a1_source"] == still("b.png")
    assert second["source_range"] == span(86424, 48)
    assert second["metadata"] == clip("b", 48)["metadata"] | {
        "a1sdk": {"schema_version": "a1.shot/1", "id": "0000000000000001", "shot": "sh010"}
    }
    assert second["media_references"]["DEFAULT_MEDIA"] == {
        "OTIO_SCHEMA": "ExternalReference.1",
        "available_image_bounds": None,
        "available_range": span(86416, 64),
        "enabled": True,
        "name": "sh010.mov",
        "target_url": "file:///renders/d%C3%ADa%201/sh010.mov",
        "metadata": {
            "a1sdk": {
                "schema_version": "a1.render/1",
                "shot": "0000000000000001",
                "name": "sh010",
                "head": 8,
                "tail": 8,
                "codec": "prores4444",
                "sha256": "0" * 64,
            }
        },
    }


def test_a_master_handed_back_again_keeps_the_first_still(shooting: Any) -> None:
    cut = shooting.cut("cut.otio", json.dumps(timeline(clip("a", 24))))
    master = shooting.conform(cut).files[0]
    again = shooting.conform(read_cut(master)).files[0]
    assert children(again)[0]["media_references"]["a1_source"] == still("a.png")


def test_pictures_are_a_sequence(shooting: Any) -> None:
    cut = shooting.cut("cut.otio", json.dumps(timeline(clip("a", 24))))
    done = shooting.conform(cut, pictures=True)
    media = children(done.files[1])[0]["media_references"]["DEFAULT_MEDIA"]
    assert media["OTIO_SCHEMA"] == "ImageSequenceReference.1"
    assert media["target_url_base"] == "file:///renders/d%C3%ADa%201/"
    assert (media["name_prefix"], media["name_suffix"]) == ("sh010.", ".exr")
    assert (media["start_frame"], media["frame_zero_padding"]) == (1001, 4)
    made = otio.adapters.read_from_file(str(done.files[1]), adapter_name="otio_json")
    shown = next(iter(made.find_clips()))
    assert shown.media_reference.target_url_for_image_number(0).endswith("/sh010.1001.exr")


def test_every_byte_outside_of_the_clip_is_kept(shooting: Any) -> None:
    text = json.dumps(timeline(clip("a", 24), clip("b", 48), clip("c", 9)), indent=2)
    text = text.replace("86400.0", "8.64e4").replace('"name": "c"', '"name" :   "c"')
    cut = shooting.cut("cut.otio", text.replace("\n", "\r\n"))
    after = shooting.conform(cut, "b").files[1].read_bytes().decode()
    before = cut.path.read_bytes().decode()
    head = before[: before.index('"name": "b"')].rpartition('"OTIO_SCHEMA": "Clip.2"')[0]
    assert after.startswith(head)
    assert after.endswith(before[before.index('"name" :   "c"') :])


def test_markers_stay_where_they_are_in_the_cut(shooting: Any) -> None:
    odd = {"OTIO_SCHEMA": "Strange.1"}
    markers = [odd, marker(103), marker(110)]
    cut = shooting.cut("cut.otio", json.dumps(timeline(clip("a", 24, markers=markers))))
    for path in shooting.conform(cut).files:
        after = children(path)[0]["markers"]
        assert after[0] == odd
        assert [one["marked_range"] for one in after[1:]] == [span(86403, 2), span(86410, 2)]


def test_speeds_are_baked_into_the_render_and_others_kept(shooting: Any) -> None:
    blur = {"OTIO_SCHEMA": "Effect.1", "metadata": {}, "name": "", "effect_name": "blur"}
    effects = [warp(2.0), blur, warp(0.5)]
    cut = shooting.cut(
        "cut.otio",
        json.dumps(timeline(clip("a", 24, effects=effects, markers=[marker(104)]), clip("b", 9))),
    )
    after = children(shooting.conform(cut, "a").files[1])
    assert after[0]["effects"] == [blur]
    assert after[0]["markers"][0]["marked_range"]["start_time"] == time(86404)
    assert after[1] == clip("b", 9)


def test_the_rate_is_written_as_the_document_writes_it(shooting: Any) -> None:
    rate = 23.976
    document = timeline(clip("a", 24, source_range=span(0, 24, rate)))
    document["global_start_time"] = time(86400, rate)
    cut = shooting.cut("cut.otio", json.dumps(document))
    assert cut.rate == F(24000, 1001)
    done = shooting.conform(cut)
    after = children(done.files[1])[0]
    assert after["source_range"] == span(86400, 24, rate)
    one = next(placed(read_cut(done.files[1])))
    assert one.source(F(0)) == 86400 / F(24000, 1001)


def test_clips_of_the_first_version_are_relinked_too(shooting: Any) -> None:
    old = clip("a", 24) | {"OTIO_SCHEMA": "Clip.1", "media_reference": still("a.png")}
    del old["media_references"], old["active_media_reference_key"]
    cut = shooting.cut("cut.otio", json.dumps(timeline(old, clip("b", 9))))
    master, copy = (children(path)[0] for path in shooting.conform(cut, "a").files)
    assert copy["OTIO_SCHEMA"] == "Clip.1"
    assert copy["media_reference"]["target_url"].endswith("/sh010.mov")
    assert "media_references" not in copy
    assert master["OTIO_SCHEMA"] == "Clip.2"
    assert master["media_references"]["a1_source"] == still("a.png")


def test_only_the_active_reference_is_replaced_in_the_copy(shooting: Any) -> None:
    references = {"DEFAULT_MEDIA": still("a.png"), "proxy": still("p.png")}
    one = clip("a", 24, media_references=references, active_media_reference_key="proxy")
    cut = shooting.cut("cut.otio", json.dumps(timeline(one)))
    master, copy = (children(path)[0] for path in shooting.conform(cut).files)
    assert copy["active_media_reference_key"] == "proxy"
    assert copy["media_references"] == {"DEFAULT_MEDIA": still("a.png"), "proxy": ANY}
    assert copy["media_references"]["proxy"]["name"] == "sh010.mov"
    assert set(master["media_references"]) == {"DEFAULT_MEDIA", "a1_source", "a1_default"}
    assert master["media_references"]["a1_source"] == still("p.png")
    assert master["media_references"]["a1_default"] == still("a.png")


def nested(start: float, duration: float, *inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    inside = timeline(*inner)["tracks"]
    return inside | {"name": "nest", "source_range": span(start, duration), **more}


def test_a_clip_in_a_nest_is_relinked_in_it(shooting: Any) -> None:
    cut = shooting.cut(
        "cut.otio", json.dumps(timeline(clip("x", 10), nested(0, 24, clip("a", 24))))
    )
    done = shooting.conform(cut, "a")
    assert not done.problems
    shown = [one for one in placed(read_cut(done.files[1])) if one.clip.name == "a"]
    assert [one.source(F(0)) for one in shown] == [F(86410, 24)]


@pytest.mark.parametrize(
    ("nest", "why"),
    [
        (nested(20, 24, clip("a", 64)), "longer by 12 frames"),
        (nested(0, 24, clip("a", 48), effects=[warp(2.0)]), "retimed"),
    ],
)
def test_a_clip_that_cannot_be_relinked_is_left_and_told(
    shooting: Any, nest: dict[str, Any], why: str
) -> None:
    cut = shooting.cut("cut.otio", json.dumps(timeline(clip("x", 10), nest)))
    done = shooting.conform(cut, "a")
    assert [(one.code, one.severity) for one in done.problems] == [("A1-CONFORM-NEST", "warning")]
    assert why in done.problems[0].message
    assert not done.relinked
    assert done.files[1].read_bytes() == cut.path.read_bytes()


def test_a_clip_cut_off_within_its_handles_is_relinked(shooting: Any) -> None:
    cut = shooting.cut("cut.otio", json.dumps(timeline(nested(4, 24, clip("a", 32)))))
    done = shooting.conform(cut)
    assert not done.problems
    assert len(done.relinked) == 2


def test_a_shot_is_known_again_in_the_master(shooting: Any) -> None:
    own = {"a1sdk": {"schema_version": "a1.shot/1", "expr": 0.5}}
    clips = clip("a", 24), clip("b", 48, metadata=own)
    found = find_shots(shooting.cut("cut.otio", json.dumps(timeline(*clips))))
    done = conform(found, shooting.rendered(found), shooting.folder / "out")
    again = find_shots(read_cut(done.files[0]))
    assert [(one.id, one.name) for one in again] == [(one.id, one.name) for one in found]
    assert [one.binding.get("expr") for one in again] == [None, 0.5]


@pytest.mark.parametrize(
    "seconds", [F(1203679297332463, 10601367776400), F(86399 * 10**13 + 7, 10**13)]
)
def test_times_that_floating_point_has_made_odd_are_written_as_readers_take_them(
    seconds: Fraction,
) -> None:
    """As markers between two frames of a retimed clip have them, after a round or two."""
    written = time_node(seconds, F(24))
    assert otio_seconds(written) - seconds == pytest.approx(0, abs=1e-9)
