"""What Resolve, Premiere and Hiero mean where they differ from OTIO's own documentation."""

from __future__ import annotations

import math
from fractions import Fraction as F
from typing import Any

import pytest

from a1sdk.timeline.model import Clip, Cut

Json = Any

RESOLVE = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}
PREMIERE = {"PremierePro_OTIO": {"MetadataVersion": 1}}
HIERO = {"hiero_project": "x"}


def only(cut: Cut) -> Clip:
    [clip] = [item for item in cut.tracks[0].items if isinstance(item, Clip)]
    return clip


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


@pytest.mark.parametrize(
    ("metadata", "dialect"),
    [
        ({}, "otio"),
        ({"fcp_xml": {}}, "otio"),
        (RESOLVE, "resolve-otio"),
        (PREMIERE, "premiere-otio"),
        (HIERO, "hiero-otio"),
        ({"foundry.timeline.framerate": "24.00"}, "hiero-otio"),
        ({"clip.properties.x": 1}, "hiero-otio"),
    ],
)
@pytest.mark.parametrize("place", ["timeline", "stack", "track", "clip", "media", "marker"])
def test_dialects_are_known_by_their_metadata_wherever_it_is(
    otio: Json, metadata: Json, dialect: str, place: str
) -> None:
    def about(name: str) -> Json:
        return {"metadata": metadata} if name == place else {}

    clip = otio.clip(
        media=otio.media(**about("media")), markers=[otio.marker(1, **about("marker"))],
        **about("clip"),
    )  # fmt: skip
    stack = otio.stack(otio.track(clip, **about("track")), **about("stack"))
    assert otio.read(otio.timeline(tracks=stack, **about("timeline"))).dialect == dialect


def test_resolve_notes_where_offline_media_is(otio: Json) -> None:
    about = {"Resolve_OTIO": {"Media Url": "D:\\m\\a.wav"}}
    media = otio.object("MissingReference.1", name="a", metadata=about)
    cut = otio.read(otio.timeline(otio.track(otio.clip(media=media))))
    assert (only(cut).media.kind, only(cut).media.url) == ("file", "D:\\m\\a.wav")
    assert not cut.problems


@pytest.mark.parametrize("about", [{"Media Url": 5}, {"Media Url": ""}, {}, "text"])
def test_resolve_may_not_note_it(otio: Json, about: Json) -> None:
    media = otio.object("MissingReference.1", metadata={"Resolve_OTIO": about})
    cut = otio.read(otio.timeline(otio.track(otio.clip(media=media))))
    assert (only(cut).media.kind, codes(cut)) == ("missing", ["A1-MEDIA-MISSING"])


def test_media_of_others_does_not_go_by_resolves_notes(otio: Json) -> None:
    media = otio.object("MissingReference.1", metadata={"Other": {"Media Url": "/m/a.wav"}})
    assert only(otio.read(otio.clip(media=media))).media.url is None


@pytest.mark.parametrize(
    ("marker", "note"),
    [
        ({"comment": "own", "metadata": {"Resolve_OTIO": {"Note": "theirs"}}}, "own"),
        ({"metadata": {"Resolve_OTIO": {"Note": "A1 drive=x"}}}, "A1 drive=x"),
        ({"metadata": {"fcp_xml": {"comment": "fcp"}}}, "fcp"),
        ({"metadata": {"AAF": {"Comment": "avid"}}}, "avid"),
        ({"metadata": {"cmx_3600": {"comment": "edl"}}}, "edl"),
        ({"metadata": {"note": "plain"}}, "plain"),
        ({"metadata": {"Resolve_OTIO": "odd", "note": 7}}, ""),
        ({"metadata": {**HIERO, "json_metadata": '{"a": 1}'}}, '{"a": 1}'),
    ],
)
def test_notes_are_found_wherever_a_program_keeps_them(otio: Json, marker: Json, note: str) -> None:
    [found] = only(otio.read(otio.clip(markers=[otio.marker(3, **marker)]))).markers
    assert found.comment == note


def ramp(keys: Json) -> Json:
    return {
        "OTIO_SCHEMA": "TimeEffect.1", "name": "", "effect_name": "Speed",
        "metadata": {"Resolve_OTIO": {"Key Frames": keys}},
    }  # fmt: skip


def test_resolves_straight_ramps_are_followed(otio: Json) -> None:
    keys = [[0, 0], [1, 2], [3, 2.5, 0, 0]]
    clip = only(otio.read(otio.clip(240, 72, effects=[ramp(keys)], metadata=RESOLVE)))
    times = (F(0), F(1, 2), F(1), F(2), F(3), F(5))
    assert [clip.source(at) - 10 for at in times] == [0, 1, 2, F(9, 4), F(5, 2), 3]
    assert clip.source.speed is None


@pytest.mark.parametrize(
    "keys",
    [None, [], [[0, 0]], [[0, 0], [1, 2, 0.1]], [[0, 0], [0, 1]], [[1, 0], [0, 1]], [[0], [1]],
     [[0, 0], [1, "x"]], [[0, 0], [1, math.nan]], [[0, 0], 5], "keys"],
)  # fmt: skip
def test_resolves_curved_or_broken_ramps_are_reported(otio: Json, keys: Json) -> None:
    cut = otio.read(otio.timeline(otio.track(otio.clip(effects=[ramp(keys)], metadata=RESOLVE))))
    assert codes(cut) == ["A1-RETIME-UNSUPPORTED"]
    assert only(cut).source.speed == 1


@pytest.mark.parametrize(
    ("factor", "frames", "severity"), [(2, 12, "warning"), (0.5, 48, "warning"), (-1, 24, "error")]
)
def test_premieres_retimed_ranges_are_as_long_as_their_media(
    otio: Json, factor: float, frames: int, severity: str
) -> None:
    clip = otio.clip(100, 24, effects=[otio.speed(factor)], metadata=PREMIERE)
    cut = otio.read(otio.timeline(otio.track(clip, otio.clip())))
    found, after = cut.tracks[0].items
    [problem] = cut.problems
    assert (problem.code, problem.severity) == ("A1-OTIO-RETIME-AMBIGUOUS", severity)
    assert found.span.duration * 24 == frames and after.span.start == found.span.stop


@pytest.mark.parametrize("effect", ["none", "full", "freeze"])
def test_premieres_other_ranges_are_plain(otio: Json, effect: str) -> None:
    effects = {"none": [], "full": [otio.speed(1)], "freeze": [otio.freeze()]}[effect]
    cut = otio.read(otio.clip(100, 24, effects=effects, metadata=PREMIERE))
    assert only(cut).span.duration == 1
    assert not cut.problems


def test_premiere_notes_its_rate_on_the_stack(otio: Json) -> None:
    about = {"PremierePro_OTIO": {"VideoFrameRate": 29.97}}
    stack = otio.stack(otio.track(otio.clip()), metadata=about)
    assert otio.read(otio.timeline(tracks=stack)).rate == F(30000, 1001)


def test_hiero_notes_its_rate_with_two_decimals(otio: Json) -> None:
    about = {"foundry.timeline.framerate": "23.98"}
    cut = otio.read(otio.timeline(otio.track(otio.clip()), metadata=about))
    assert (cut.rate, cut.dialect) == (F(24000, 1001), "hiero-otio")


def warp(lookup: Json, **more: Any) -> Json:
    return {
        "OTIO_SCHEMA": "TimeEffect.1", "name": "", "effect_name": "TimeWarp",
        "metadata": {"lookup": lookup}, **more,
    }  # fmt: skip


def test_hieros_time_warps_say_how_much_later_each_frame_is(otio: Json) -> None:
    lookup = [-2, 0, 0.5, 7]
    clip = only(otio.read(otio.clip(100, 4, effects=[warp(lookup)], metadata=HIERO)))
    assert [clip.source(F(n, 24)) * 24 for n in range(4)] == [98, 101, F(205, 2), 110]


def test_hieros_time_warps_apply_from_the_last_to_the_first(otio: Json) -> None:
    outer, inner = [1, 1, 1, 1], [0, 10, 20, 30]
    effects = [warp(inner), otio.speed(2), warp(outer)]
    clip = only(otio.read(otio.clip(100, 4, effects=effects, metadata=HIERO)))
    # frame 1: one later is 2, at double speed 4; the inner table ends at 3, so 30 more
    assert [clip.source(F(n, 24)) * 24 for n in range(2)] == [100 + 2 + 20, 100 + 4 + 30]


@pytest.mark.parametrize("lookup", [None, [], ["a"], [math.nan, 1], [10**400], {"0": 1}])
def test_hieros_time_warps_without_a_table_are_reported(otio: Json, lookup: Json) -> None:
    effects = [warp(lookup)]
    cut = otio.read(otio.timeline(otio.track(otio.clip(effects=effects, metadata=HIERO))))
    assert codes(cut) == ["A1-RETIME-UNSUPPORTED"]


def test_hieros_time_warps_that_are_off_do_nothing(otio: Json) -> None:
    effects = [warp([5, 5], enabled=False)]
    assert only(otio.read(otio.clip(effects=effects, metadata=HIERO))).source.speed == 1


def test_hieros_tags_of_a_whole_item_say_zero(otio: Json) -> None:
    markers = [otio.marker(0), otio.marker(105)]
    whole, one = only(otio.read(otio.clip(100, metadata=HIERO, markers=markers))).markers
    assert (whole.span.start, one.span.start * 24) == (0, 5)
