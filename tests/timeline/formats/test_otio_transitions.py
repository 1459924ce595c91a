"""Transitions, and what they show of the clips beside them."""

from __future__ import annotations

import time
from typing import Any

from a1sdk.timeline.model import Clip, Cut, Transition

Json = Any


def offsets(cut: Cut) -> list[tuple[int, int]]:
    """Frames that transitions show before and after each clip."""
    clips = [item for item in cut.tracks[0].items if isinstance(item, Clip)]
    return [(int(clip.in_offset * 24), int(clip.out_offset * 24)) for clip in clips]


def spans(cut: Cut) -> list[tuple[int, int, int]]:
    """Start, cut and stop of each transition, in frames."""
    found = [item for item in cut.tracks[0].items if isinstance(item, Transition)]
    return [(int(t.span.start * 24), int(t.cut * 24), int(t.span.stop * 24)) for t in found]


def read(otio: Json, *items: Json) -> Cut:
    cut = otio.read(otio.timeline(otio.track(*items)))
    assert isinstance(cut, Cut)
    return cut


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def test_a_dissolve_shows_each_clip_beyond_the_cut(otio: Json) -> None:
    cut = read(otio, otio.clip(100, 24), otio.transition(5, 8), otio.clip(200, 24))
    first, transition, second = cut.tracks[0].items
    assert (first.span.stop, second.span.start) == (1, 1)  # it takes no time of its own
    assert spans(cut) == [(19, 24, 32)]
    assert offsets(cut) == [(0, 8), (5, 0)]
    assert transition.kind == "SMPTE_Dissolve"
    assert not cut.problems


def test_a_clip_may_have_a_dissolve_on_both_sides(otio: Json) -> None:
    items = (otio.clip(), otio.transition(2, 3), otio.clip(), otio.transition(4, 5), otio.clip())
    assert offsets(read(otio, *items)) == [(0, 3), (2, 5), (4, 0)]


def test_fades_at_the_ends_show_nothing_beyond(otio: Json) -> None:
    cut = read(otio, otio.transition(0, 6), otio.clip(), otio.transition(6, 0))
    assert spans(cut) == [(0, 0, 6), (18, 24, 24)]
    assert offsets(cut) == [(0, 0)]
    assert not cut.problems


def test_a_dissolve_reaches_over_no_edge_of_the_track(otio: Json) -> None:
    cut = read(otio, otio.transition(4, 6), otio.clip(), otio.transition(6, 4))
    assert spans(cut) == [(0, 0, 6), (18, 24, 24)]
    assert offsets(cut) == [(0, 0)]
    assert codes(cut) == ["A1-TIME-OVERLONG-TRANSITION"] * 2


def test_a_dissolve_is_no_longer_than_what_is_beside_it(otio: Json) -> None:
    cut = read(otio, otio.clip(0, 10), otio.transition(30, 40), otio.clip(0, 20))
    assert spans(cut) == [(0, 10, 30)]
    assert offsets(cut) == [(0, 20), (10, 0)]
    [problem] = cut.problems
    assert (problem.code, problem.where) == (
        "A1-TIME-OVERLONG-TRANSITION", "V1/transition @ -00:00:00:20",
    )  # fmt: skip


def test_a_dissolve_with_a_gap_shows_the_clip_over_it(otio: Json) -> None:
    cut = read(otio, otio.gap(24), otio.transition(5, 8), otio.clip(200, 24))
    assert offsets(cut) == [(5, 0)]


def test_of_adjacent_dissolves_the_longer_counts(otio: Json) -> None:
    two = otio.transition(2, 9), otio.transition(5, 3)
    cut = read(otio, otio.clip(), *two, otio.clip())
    assert offsets(cut) == [(0, 9), (5, 0)]
    assert spans(cut) == [(22, 24, 33), (19, 24, 27)]


def test_offsets_below_zero_are_none_and_reported(otio: Json) -> None:
    cut = read(otio, otio.clip(), otio.transition(-5, 8), otio.clip())
    assert spans(cut) == [(24, 24, 32)]
    assert codes(cut) == ["A1-TIME-NEGATIVE"]


def test_a_dissolve_without_offsets_is_a_cut(otio: Json) -> None:
    bare = otio.object("Transition.1")
    cut = read(otio, otio.clip(), bare, otio.clip())
    assert spans(cut) == [(24, 24, 24)]
    assert codes(cut) == ["A1-OTIO-INCOMPLETE"] * 2


def test_dissolves_of_a_retimed_clip_count_in_frames_of_the_cut(otio: Json) -> None:
    cut = read(otio, otio.clip(), otio.transition(5, 8), otio.clip(effects=[otio.speed(2)]))
    assert offsets(cut) == [(0, 8), (5, 0)]


def test_many_dissolves_at_one_place_take_no_longer_than_others(otio: Json) -> None:
    track = otio.track(otio.clip(), *[otio.transition(0, 0)] * 20_000, otio.clip())
    begin = time.process_time()
    assert len(otio.read(otio.timeline(track)).tracks[0].items) == 20_002
    assert time.process_time() - begin < 8  # looking past all of them from each takes 25
