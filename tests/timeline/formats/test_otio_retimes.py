"""Which frame of the media is shown when: every number below is worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut

Json = Any


def shown(clip: Clip, rate: int = 24, media: int = 24) -> list[int]:
    """The frame of the media, by its own clock, in every frame of the cut."""
    frames = range(int(clip.span.duration * rate))
    return [math.floor(clip.source(frame * clip.span.duration / len(frames)) * media)
            for frame in frames]  # fmt: skip


def only(cut: Cut) -> Clip:
    [clip] = cut.tracks[0].items
    assert isinstance(clip, Clip)
    return clip


@pytest.mark.parametrize(
    ("factor", "frames"),
    [
        (1, [100, 101, 102, 103, 104, 105]),
        (2, [100, 102, 104, 106, 108, 110]),
        (0.5, [100, 100, 101, 101, 102, 102]),
        (-1, [105, 104, 103, 102, 101, 100]),
        (-0.5, [102, 102, 101, 101, 100, 100]),
        (-2, [111, 109, 107, 105, 103, 101]),
        (0, [100] * 6),
    ],
)
def test_speeds(otio: Json, factor: float, frames: list[int]) -> None:
    clip = only(otio.read(otio.clip(100, 6, effects=[otio.speed(factor)])))
    assert shown(clip) == frames
    assert clip.span.duration * 24 == 6


def test_a_freeze_shows_its_first_frame(otio: Json) -> None:
    clip = only(otio.read(otio.clip(100, 6, effects=[otio.freeze()])))
    assert shown(clip) == [100] * 6
    assert clip.source.speed == 0


def test_a_freeze_wins_over_what_it_says_its_speed_is(otio: Json) -> None:
    odd = otio.freeze() | {"time_scalar": 3.0}
    assert only(otio.read(otio.clip(100, 6, effects=[odd]))).source.speed == 0


def test_speeds_multiply(otio: Json) -> None:
    effects = [otio.speed(2), otio.speed(-0.5), otio.speed(3)]
    assert only(otio.read(otio.clip(100, 2, effects=effects))).source.speed == -3


def test_speeds_that_are_switched_off_do_nothing(otio: Json) -> None:
    effects = [otio.speed(2, enabled=False), otio.speed(3)]
    assert only(otio.read(otio.clip(effects=effects))).source.speed == 3


def test_a_speed_of_single_precision_means_its_decimal(otio: Json) -> None:
    clip = only(otio.read(otio.clip(effects=[otio.speed(-0.699999988079071)])))
    assert str(clip.source.speed) == "-7/10"


def test_a_time_effect_of_unknown_kind_is_reported(otio: Json) -> None:
    ramp = otio.object("TimeEffect.1", effect_name="Ramp")
    cut = otio.read(otio.timeline(otio.track(otio.clip(effects=[ramp], name="a"))))
    [problem] = cut.problems
    assert (problem.code, problem.severity) == ("A1-RETIME-UNSUPPORTED", "error")
    assert "Ramp" in problem.message and problem.where == "V1/a @ 00:00:00:00"
    assert only(cut).source.speed == 1


@pytest.mark.parametrize("factor", [1e7, -1e9, 1e-9, math.nan, math.inf, "2", None, True])
def test_speeds_beyond_all_use_are_refused(otio: Json, factor: Any) -> None:
    with pytest.raises(DecodeError, match=r"Speed .* \(V1/c @ 00:00:00:00\)"):
        otio.read(otio.timeline(otio.track(otio.clip(effects=[otio.speed(factor)]))))


def test_speeds_beyond_all_use_are_refused_when_multiplied(otio: Json) -> None:
    with pytest.raises(DecodeError, match="beyond what can be played"):
        otio.read(otio.clip(effects=[otio.speed(1e4), otio.speed(1e4)]))


def test_time_effects_are_limited(otio: Json) -> None:
    assert only(otio.read(otio.clip(effects=[otio.speed(1)] * 16)))
    with pytest.raises(DecodeError, match="17 time effects"):
        otio.read(otio.clip(effects=[otio.speed(1)] * 17))


def test_media_at_another_rate_keeps_its_speed_in_seconds(otio: Json) -> None:
    media = otio.media(0, 300, 30)
    cut = otio.read(otio.timeline(otio.track(otio.clip(60, 25, rate=25, media=media))), 25)
    clip = only(cut)
    assert clip.span.duration == 1
    assert shown(clip, 25, 30)[:7] == [72, 73, 74, 75, 76, 78, 79]  # 60/25 s is frame 72
    assert clip.source.speed == 1


def test_reversed_media_at_another_rate_starts_with_its_last_frame(otio: Json) -> None:
    media = otio.media(0, 300, 30)
    effects = [otio.speed(-1)]
    clip = only(otio.read(otio.clip(0, 25, rate=25, media=media, effects=effects), 25))
    found = shown(clip, 25, 30)
    assert (found[0], found[-1]) == (29, 0)


def test_nested_sequences_have_speeds_too(otio: Json) -> None:
    inner = otio.stack(
        otio.track(otio.clip(100, 48)), effects=[otio.speed(2)], source_range=otio.range(6, 12)
    )
    cut = otio.read(otio.timeline(otio.track(otio.gap(5), inner)))
    nest = cut.tracks[0].items[1]
    assert nest.source.speed == 2 and nest.source(nest.span.duration * 0) * 24 == 6
    assert (nest.span.start * 24, nest.span.stop * 24) == (5, 17)


def test_a_track_on_a_track_has_its_speed_once(otio: Json) -> None:
    inner = otio.track(otio.clip(100, 48), effects=[otio.speed(2)])
    [nest] = otio.items(inner)
    assert nest.source.speed == 2
    [clip] = nest.tracks[0].items
    assert isinstance(clip, Clip) and clip.span.duration == 2


@pytest.mark.parametrize("owner", ["track", "stack"])
def test_tracks_and_stacks_of_the_cut_have_speeds_too(otio: Json, owner: str) -> None:
    effects = [otio.speed(2)]
    track = otio.track(otio.clip(100, 48), **({"effects": effects} if owner == "track" else {}))
    stack = otio.stack(track, **({"effects": effects} if owner == "stack" else {}))
    cut = otio.read(otio.timeline(tracks=stack))
    [nest] = cut.tracks[0].items
    assert nest.source.speed == 2
    assert nest.tracks[0].items[0].span.duration == 2
