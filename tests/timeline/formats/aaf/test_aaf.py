"""What each object of an AAF means, in files written for the test."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from a1sdk.timeline.formats.aaf.retime import MOST_FRAMES
from a1sdk.timeline.model import Clip, Cut, Gap, Item, Nest, Transition
from a1sdk.timeline.walk import placed

FILM, PAL = Fraction(24000, 1001), Fraction(25)
Read = Callable[..., Cut]


def frames(item: Item, rate: Fraction = PAL) -> tuple[Fraction, Fraction]:
    return item.span.start * rate, item.span.stop * rate


def shown(item: Item, *at: float, rate: Fraction = PAL) -> list[float]:
    """The media's frame numbers, so many frames of the cut after the item's start."""
    assert isinstance(item, (Clip, Nest))
    return [round(float(item.source(Fraction(n) / rate) * rate), 6) for n in at]


def items(cut: Cut, track: int = 0) -> tuple[Item, ...]:
    return cut.tracks[track].items


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def test_clips_follow_each_other_on_the_clock_of_their_media(read: Read) -> None:
    def build(make: Any) -> None:
        a, b = make.media("a", timecode=90000), make.media("b")
        parts = make.sequence(make.play(a, 10, 50), make.filler(5), make.play(b, 0, 20))
        make.slot(make.cut, parts)
        make.slot(make.cut, make.clock(25 * 3600, 25))

    cut = read(build)
    assert (cut.dialect, cut.rate, cut.start, cut.name) == ("aaf", 25, 3600, "cut")
    a, gap, b = items(cut)
    assert [frames(item) for item in (a, gap, b)] == [(0, 50), (50, 55), (55, 75)]
    assert (type(gap), shown(a, 0, 1), shown(b, 0)) == (Gap, [90010, 90011], [0])
    assert isinstance(a, Clip)
    assert (a.name, a.media.url, a.media.rate) == ("a", "file:///m/a.mov", 25)
    assert (a.media.start, a.media.duration) == (3600, 40)
    assert codes(cut) == []


def test_drop_frame_timecode_counts_frames(read: Read) -> None:
    rate = Fraction(30000, 1001)

    def build(make: Any) -> None:
        make.slot(make.cut, make.sequence(make.play(make.media("a"), 0, 50)))
        make.slot(make.cut, make.clock(107892, 30, drop=True))

    cut = read(build, rate)
    assert (cut.rate, cut.drop_frame, cut.start) == (rate, True, 107892 / rate)


def test_tracks_are_piled_in_a_scope_and_keep_their_names(read: Read) -> None:
    def build(make: Any) -> None:
        low, high = make.sequence(make.filler(30)), make.sequence(make.play(make.media("a"), 0, 30))
        make.slot(make.cut, make.pile(low, high))
        high["UserComments"].append(make.make.TaggedValue("_TRACK_NAME", "A1 PORTRAIT"))
        make.slot(make.cut, make.sequence(make.play(make.media("b"), 0, 30)), "Top")

    tracks = read(build).tracks
    assert [(t.kind, t.number, t.name) for t in tracks] == [
        ("video", 1, ""),
        ("video", 2, "A1 PORTRAIT"),
        ("video", 3, "Top"),
    ]


def test_a_transition_overlaps_its_neighbours(read: Read) -> None:
    def build(make: Any) -> None:
        a, b = make.media("a"), make.media("b")
        parts = make.play(a, 100, 24), make.dissolve(8, 3), make.play(b, 200, 14)
        make.slot(make.cut, make.sequence(*parts))

    a, transition, b = items(read(build))
    assert isinstance(transition, Transition)
    assert (frames(transition), transition.cut * 25) == ((16, 24), 19)
    assert transition.kind == "Dissolve"
    assert (frames(a), frames(b)) == ((0, 19), (19, 30))
    assert isinstance(a, Clip)
    assert isinstance(b, Clip)
    assert (shown(a, 0, 19), shown(b, -3, 0)) == ([100, 119], [200, 203])
    assert (a.out_offset * 25, b.in_offset * 25) == (5, 3)


def test_a_sequence_in_a_sequence_is_a_nest_of_the_track_that_is_played(read: Read) -> None:
    def build(make: Any) -> None:
        inner = make.composition("inner")
        make.slot(inner, make.sequence(make.filler(40)))
        make.slot(inner, make.sequence(make.filler(10), make.play(make.media("a"), 500, 90)))
        make.marker(inner, 2, 20, "inside")
        parts = make.filler(7), make.play(inner, 15, 30, slot=2)
        make.slot(make.cut, make.sequence(*parts))

    cut = read(build)
    (clip,) = placed(cut)
    assert [edge * 25 for edge in (clip.span.start, clip.span.stop)] == [7, 37]
    assert clip.source(Fraction(0)) * 25 == 505
    nest = items(cut)[1]
    assert isinstance(nest, Nest)
    assert [len(track.items) for track in nest.tracks] == [2]
    (marker,) = nest.tracks[0].items[1].markers
    assert (marker.name, marker.span.start * 25) == ("inside", 20)


def test_a_subclip_is_a_clip_of_its_media(read: Read) -> None:
    def build(make: Any) -> None:
        part = make.composition("subclip", "Usage_SubClip")
        make.slot(part, make.play(make.media("a", timecode=1000), 50, 100))
        make.slot(make.cut, make.sequence(make.play(part, 7, 30)))

    (clip,) = items(read(build))
    assert (type(clip), clip.name, shown(clip, 0)) == (Clip, "subclip", [1057])


def test_what_is_switched_off_stays_and_is_off(read: Read) -> None:
    def build(make: Any) -> None:
        muted = make.make.Selector("picture", 30)
        muted["Selected"].value = make.below(30)
        muted["Alternates"].value = [make.play(make.media("a"), 3, 30)]
        chosen = make.make.Selector("picture", 20)
        chosen["Selected"].value = make.play(make.media("b"), 0, 20)
        chosen["Alternates"].value = [make.play(make.media("c"), 0, 20)]
        make.slot(make.cut, make.sequence(muted, chosen))

    muted, chosen = items(read(build))
    assert (muted.name, muted.enabled, frames(muted), shown(muted, 0)) == ("a", False, (0, 30), [3])
    assert (chosen.name, chosen.enabled, frames(chosen)) == ("b", True, (30, 50))
    assert chosen.metadata["AAF_Alternates"] == ["c"]


def test_effects_are_noted_on_what_they_change(read: Read) -> None:
    def build(make: Any) -> None:
        clip = make.play(make.media("a"), 0, 20)
        over = make.effect("Blend", 20, make.sequence(make.below(20)), make.sequence(clip))
        empty = make.effect("Burn-In", 20, make.below(20))
        two = [make.sequence(make.play(make.media(n), 0, 20)) for n in "bc"]
        both = make.effect("Title", 20, *two)
        make.slot(make.cut, make.sequence(over, empty, both))

    clip, empty, both = items(read(build))
    assert [type(item) for item in (clip, empty, both)] == [Clip, Gap, Nest]
    assert [item.effects[0][0] for item in (clip, empty, both)] == ["Blend", "Burn-In", "Title"]
    assert isinstance(both, Nest)
    assert [[item.name for item in track.items] for track in both.tracks] == [["b"], ["c"]]


LINE = "LinearInterp"


@pytest.mark.parametrize(
    ("length", "taken", "parameters", "expected"),
    [
        (50, 100, {"SpeedRatio": Fraction(1, 2)}, [100, 102, 140]),
        (50, 25, {"SpeedRatio": Fraction(50, 25)}, [100, 100.5, 110]),
        (50, 1, {"SpeedRatio": Fraction(50)}, [100, 100, 100]),
        (50, 50, {"SpeedRatio": Fraction(-1)}, [149, 148, 129]),
        (50, 75, {"PARAM_SPEED_OFFSET_MAP_U": (LINE, [(0, 0), (50, 75)])}, [100, 101.5, 130]),
        (50, 50, {"PARAM_SPEED_OFFSET_MAP_U": (LINE, [(0, 30), (10, 30), (50, 50)])},
         [130, 130, 135]),
        (50, 50, {"PARAM_OFFSET_MAP_U": (LINE, [(0, 0), (10, 0), (50, 80)])}, [100, 100, 120]),
        (50, 50, {"PARAM_SPEED_MAP_U": ("ConstantInterp", [(0, 2)])}, [100, 102, 140]),
    ],
)  # fmt: skip
def test_a_time_warp_shows_what_its_curve_says(
    read: Read, length: int, taken: int, parameters: dict[str, Any], expected: list[float]
) -> None:
    def build(make: Any) -> None:
        inner = make.sequence(make.play(make.media("a"), 100, taken))
        make.slot(make.cut, make.sequence(make.warp(length, inner, **parameters)))

    cut = read(build)
    (clip,) = items(cut)
    assert (type(clip), frames(clip)) == (Clip, (0, length))
    assert shown(clip, 0, 1, 20) == expected
    reversed_ = parameters.get("SpeedRatio") == -1
    assert codes(cut) == (["A1-RETIME-REVERSED"] if reversed_ else [])


def test_a_curve_of_position_is_followed_between_its_keys(read: Read) -> None:
    def build(make: Any) -> None:
        curve = ("CubicInterpolator", [(0, 0), (20, 10), (50, 50)])
        inner = make.play(make.media("a"), 0, 50)
        make.slot(make.cut, make.sequence(make.warp(50, inner, PARAM_OFFSET_MAP_U=curve)))

    (clip,) = items(read(build))
    assert shown(clip, 0, 20, 50) == [0, 10, 50]
    assert 0 < shown(clip, 10)[0] < 5  # it starts slowly
    assert isinstance(clip, Clip)
    assert len(clip.source.points) == 101


def test_a_time_warp_without_a_curve_is_reported_and_plays_at_full_speed(read: Read) -> None:
    def build(make: Any) -> None:
        inner = make.play(make.media("a"), 7, 50)
        make.slot(make.cut, make.sequence(make.warp(50, inner)))

    cut = read(build)
    assert codes(cut) == ["A1-RETIME-UNSUPPORTED"]
    assert shown(items(cut)[0], 0, 1) == [7, 8]


def test_curves_that_take_too_long_are_reported(read: Read) -> None:
    def build(make: Any) -> None:
        curve = ("LinearInterp", [(0, 0), (MOST_FRAMES + 1, 1)])
        clip = make.play(make.media("a"), 0, MOST_FRAMES + 1)
        warp = make.warp(MOST_FRAMES + 1, clip, PARAM_SPEED_MAP_U=curve)
        make.slot(make.cut, make.sequence(warp))

    assert codes(read(build)) == ["A1-RETIME-UNSUPPORTED"]


def test_media_of_nearly_the_rate_is_played_frame_for_frame(read: Read) -> None:
    def build(make: Any) -> None:
        media = make.media("a", rate=Fraction(24))
        make.slot(make.cut, make.sequence(make.play(media, 600, 240)))

    cut = read(build, FILM)
    (clip,) = items(cut)
    assert isinstance(clip, Clip)
    assert [clip.source(n / FILM) * 24 for n in (0, 1, 239)] == [600, 601, 839]
    assert codes(cut) == ["A1-AAF-NEAR-RATE"]


def test_markers_lie_on_the_item_of_their_track_or_on_the_cut(read: Read) -> None:
    def build(make: Any) -> None:
        a = make.media("a")
        make.marker(a, 1, 12, "of the media")
        make.marker(a, 1, 99, "of another part")
        parts = make.sequence(make.filler(10), make.play(a, 10, 20))
        make.slot(make.cut, parts)
        make.marker(make.cut, 1, 15, "A1 shot=sh010")
        make.marker(make.cut, 1, 15, "of no track", track=3)
        make.marker(make.cut, 1, 300, "beyond the end")

    cut = read(build)
    found = [(m.name, m.span.start * 25) for item in items(cut) for m in item.markers]
    assert found == [("of the media", 12), ("A1 shot=sh010", 15)]
    assert [m.comment for m in cut.markers] == ["of no track", "beyond the end"]


def test_missing_media_is_reported(read: Read) -> None:
    def build(make: Any) -> None:
        gone = make.media("gone")
        make.slot(make.cut, make.sequence(make.play(gone, 5, 20), make.play(None, 0, 5)))
        make.file.content.mobs.pop(gone.mob_id)

    cut = read(build)
    assert codes(cut) == ["A1-MEDIA-MISSING"] * 2
    assert [frames(item) for item in items(cut)] == [(0, 20), (20, 25)]
    assert shown(items(cut)[0], 0) == [5]
