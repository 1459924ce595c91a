"""Markers lie in their owner's own time in the file, and in its parent's time in the model."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest

from a1sdk.timeline.model import Cut, Item

Json = Any


def at(item: Item | Cut) -> list[tuple[F, F]]:
    """Start and stop of each marker, in frames at 24."""
    return [(marker.span.start * 24, marker.span.stop * 24) for marker in item.markers]


def test_a_clips_markers_are_on_its_medias_clock(otio: Json) -> None:
    markers = [otio.marker(100), otio.marker(112, 3), otio.marker(90), otio.marker(200)]
    _, clip = otio.items(otio.gap(10), otio.clip(100, 24, markers=markers))
    assert at(clip) == [(10, 11), (22, 25), (0, 1), (110, 111)]


@pytest.mark.parametrize(
    ("factor", "found"),
    [
        (2, [(10, F(21, 2)), (15, F(31, 2)), (22, F(45, 2))]),
        (0.5, [(10, 12), (30, 32), (58, 60)]),
        (-1, [(33, 34), (23, 24), (9, 10)]),
        (-2, [(F(67, 2), 34), (F(57, 2), 29), (F(43, 2), 22)]),
        (0, [(10, 11), (20, 21), (34, 35)]),
    ],
)
def test_markers_of_a_retimed_clip_are_where_their_frame_is_shown(
    otio: Json, factor: float, found: list[tuple[F, F]]
) -> None:
    markers = [otio.marker(100), otio.marker(110), otio.marker(124)]
    _, clip = otio.items(
        otio.gap(10), otio.clip(100, 24, markers=markers, effects=[otio.speed(factor)])
    )
    assert at(clip) == found


def test_a_marker_of_a_reversed_clip_is_on_the_frame_that_shows_it(otio: Json) -> None:
    markers = [otio.marker(frame) for frame in range(100, 124)]
    [clip] = otio.items(otio.clip(100, 24, markers=markers, effects=[otio.speed(-1)]))
    for frame, marker in enumerate(clip.markers, 100):
        assert clip.source(marker.span.start - clip.span.start) * 24 == frame


def test_markers_count_beside_their_range_when_both_count_alike(otio: Json) -> None:
    rate = 23.976024627685547
    marker = otio.marker(0) | {"marked_range": otio.range(1937913.9905694576, 1, rate)}
    clip = otio.clip(1937905.9905694576, 82, rate=rate, markers=[marker])
    [found] = otio.items(clip)
    assert found.markers[0].span.start == F(8 * 1001, 24000)


def test_markers_of_gaps_count_from_their_range(otio: Json) -> None:
    gap = otio.gap(24, source_range=otio.range(5, 24), markers=[otio.marker(8)])
    assert at(otio.items(otio.gap(10), gap)[1]) == [(13, 14)]


def test_markers_of_the_cut_are_those_of_its_stack_and_tracks(otio: Json) -> None:
    track = otio.track(otio.clip(), markers=[otio.marker(7, comment="on a track")])
    stack = otio.stack(track, markers=[otio.marker(5)])
    cut = otio.read(otio.timeline(tracks=stack))
    assert at(cut) == [(5, 6), (7, 8)]
    assert cut.markers[1].comment == "on a track"


def test_markers_move_with_the_range_of_their_track_and_stack(otio: Json) -> None:
    track = otio.track(otio.clip(), markers=[otio.marker(7)], source_range=otio.range(4, 9))
    stack = otio.stack(track, markers=[otio.marker(5)], source_range=otio.range(1, 9))
    assert at(otio.read(otio.timeline(tracks=stack))) == [(4, 5), (2, 3)]


@pytest.mark.parametrize(
    ("factor", "found"), [(1, [(13, 14), (15, 16)]), (2, [(F(23, 2), 12), (F(25, 2), 13)])]
)
def test_markers_of_a_nest_lie_where_their_frame_is_shown(
    otio: Json, factor: float, found: list[tuple[F, F]]
) -> None:
    track = otio.track(otio.clip(0, 90), markers=[otio.marker(7)])
    nest = otio.stack(
        track,
        markers=[otio.marker(5)],
        source_range=otio.range(2, 30),
        effects=[otio.speed(factor)],
    )
    assert at(otio.items(otio.gap(10), nest)[1]) == found


def test_clips_in_a_nest_keep_their_markers_in_its_time(otio: Json) -> None:
    track = otio.track(otio.gap(6), otio.clip(100, 24, markers=[otio.marker(103)]))
    _, nest = otio.items(otio.gap(10), otio.stack(track))
    assert at(nest.tracks[0].items[1]) == [(9, 10)]


def test_a_marker_without_a_range_is_at_the_start(otio: Json) -> None:
    marker = otio.marker(5)
    del marker["marked_range"]
    _, clip = otio.items(otio.gap(3), otio.clip(100, 24, markers=[marker]))
    assert at(clip) == [(3, 3)]


def test_a_marker_lasts_no_less_than_no_time(otio: Json) -> None:
    [clip] = otio.items(otio.clip(100, 24, markers=[otio.marker(105, -3)]))
    assert at(clip) == [(5, 5)]


def test_a_marker_keeps_its_name_colour_and_metadata(otio: Json) -> None:
    marker = otio.marker(100, name="A1 sh010", color="#ff8800", metadata={"k": 1})
    [found] = otio.items(otio.clip(100, markers=[marker]))[0].markers
    assert (found.name, found.color, found.metadata) == ("A1 sh010", "#ff8800", {"k": 1})
