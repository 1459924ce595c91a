from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from a1sdk.components.data import Label
from a1sdk.motion.timemap import REAL_TIME, TimeMap


def _ticks(least: int, most: int) -> st.SearchStrategy[Fraction]:
    """Times that can be written: of them, frames at 24000/1001 fps."""
    return st.integers(least * 24000, most * 24000).map(lambda ticks: Fraction(ticks, 24000))


TIMES = _ticks(0, 20)
STEPS = _ticks(0, 5).map(lambda step: step + Fraction(1, 24000))
MOVES = st.one_of(st.just(Fraction(0)), _ticks(0, 5))
SPEEDS = st.fractions(Fraction(1, 50), 50, max_denominator=1001)


@st.composite
def maps(draw: st.DrawFn, back: bool = True) -> TimeMap:
    if draw(st.booleans()):
        offset = draw(_ticks(-5, 20))
        return TimeMap(offset=offset, speed=draw(SPEEDS))
    count = draw(st.integers(1, 5))
    film = accumulate([draw(_ticks(-5, 20)), *(draw(STEPS) for _ in range(count))])
    moves = [draw(MOVES) * (draw(st.sampled_from([1, -1])) if back else 1) for _ in range(count)]
    take = accumulate([draw(_ticks(-5, 20)), *moves])
    return TimeMap(points=tuple(zip(film, take, strict=True)))


@given(maps(back=False), TIMES, TIMES)
def test_time_goes_back_only_where_points_descend(
    time: TimeMap, one: Fraction, other: Fraction
) -> None:
    early, late = sorted((one, other))
    assert not time.goes_back
    assert time.source_time(early) <= time.source_time(late)


@given(maps(), TIMES, TIMES)
def test_time_never_jumps(time: TimeMap, one: Fraction, other: Fraction) -> None:
    points = time.points or ((Fraction(0), Fraction(0)), (Fraction(1), time.speed))
    steepest = max(
        abs((shown - before) / (later - now)) for (now, before), (later, shown) in pairwise(points)
    )
    moved = abs(time.source_time(one) - time.source_time(other))
    assert moved <= steepest * abs(one - other)


@given(maps(), TIMES, TIMES, TIMES)
def test_a_stretch_of_the_film_reaches_as_far_as_it_shows(
    time: TimeMap, one: Fraction, other: Fraction, between: Fraction
) -> None:
    start, end = sorted((one, other))
    low, high = time.reach(start, end)
    assert low <= time.source_time(min(max(between, start), end)) <= high
    turns = [when for when, _ in time.points or () if start < when < end]
    reached = [time.source_time(when) for when in (start, end, *turns)]
    assert (low, high) == (min(reached), max(reached))


@given(maps(), TIMES)
def test_a_take_is_there_while_there_is_any_of_it(time: TimeMap, duration: Fraction) -> None:
    start, end = time.span(duration)
    if time.points is not None:
        assert (start, end) == (time.points[0][0], time.points[-1][0])
        return
    assert end is not None
    assert (time.source_time(start), time.source_time(end)) == (0, duration)


@given(maps())
def test_written_and_read(time: TimeMap) -> None:
    assert TimeMap.model_validate_json(time.model_dump_json()) == time
    brief = time.model_dump_json(exclude_defaults=True)
    assert TimeMap.model_validate_json(brief) == time


@given(TIMES)
def test_real_time_is_the_identity(time: Fraction) -> None:
    assert REAL_TIME.is_identity
    assert REAL_TIME.source_time(time) == time
    assert REAL_TIME.span(time) == (0, time)
    assert REAL_TIME.span(None) == (0, None)


def test_offset_and_speed() -> None:
    time = TimeMap.model_validate({"offset": "1/2", "speed": "2"})
    assert time.source_time(Fraction(3, 2)) == 2
    assert time.span(Fraction(4)) == (Fraction(1, 2), Fraction(5, 2))


def test_points_hold_and_run() -> None:
    time = TimeMap.model_validate({"points": [["1", "0"], [2, "1/2"], [3, "1/2"], [4, 2]]})
    shown = [time.source_time(Fraction(n, 2)) for n in range(2, 9)]
    assert shown == [0, Fraction(1, 4), Fraction(1, 2), Fraction(1, 2), Fraction(1, 2),
                     Fraction(5, 4), 2]  # fmt: skip
    assert time.span(None) == (1, 4)
    assert time.span(Fraction(1, 2)) == (1, 4)  # what has ended is held


def test_points_turn_round_and_show_what_lies_beyond_the_take() -> None:
    time = TimeMap.model_validate({"points": [[0, "-1/2"], [1, "1/2"], [2, "1/2"], [4, "-3/2"]]})
    shown = [time.source_time(Fraction(n, 2)) * 2 for n in range(9)]
    assert shown == [-1, 0, 1, 1, 1, 0, -1, -2, -3]
    assert time.goes_back
    assert time.reach(Fraction(1, 2), Fraction(3)) == (Fraction(-1, 2), Fraction(1, 2))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"speed": -1}, "to play back, use points"),
        ({"speed": 0}, "use points"),
        ({"speed": "1/0"}, "divided by 0"),
        ({"speed": 1.5}, "as text"),
        ({"offset": 0.5}, "no exact time"),
        ({"points": [[0, 0]]}, "two points"),
        ({"points": [[0, 0], [0, 1]]}, "does not come after"),
        ({"points": [[0, 0], [1, 1]], "speed": 2}, "leave out offset"),
        ({"reverse": True}, "reverse"),
    ],
)
def test_impossible_maps_are_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TimeMap.model_validate(fields)


def _label(start: float, end: float, text: str = "a") -> Label:
    return Label("words", Fraction(str(start)), Fraction(str(end)), text)


@pytest.mark.parametrize(
    ("points", "duration", "span"),
    [
        ([(1, 4), (3, 6)], None, (1, 3)),
        ([(1, 4), (2, 5), (3, 6)], 5, (1, 2)),
        ([(1, -2), (6, 3)], 10, (3, 6)),
        ([(0, 4), (1, 4), (2, 4), (3, 5), (4, 5)], None, (2, 3)),
        ([(0, 8), (1, 9)], 5, (0, 0)),
        ([(0, 4), (1, 5), (2, 5), (3, 6)], None, None),
        ([(0, 4), (1, 5), (2, 7)], None, None),
        ([(0, 4), (1, 3)], None, None),
        ([(0, 4), (1, 4)], None, None),
    ],
)
def test_a_take_runs_at_its_own_speed_or_is_retimed(
    points: list[tuple[int, int]], duration: int | None, span: tuple[int, int] | None
) -> None:
    """What is held at either end, or lies beyond the take, does not run."""
    lasts = None if duration is None else Fraction(duration)
    assert TimeMap.model_validate({"points": points}).running(lasts) == span


def test_a_take_with_an_offset_runs_to_its_end() -> None:
    late = TimeMap(offset=Fraction(2))
    assert late.running(Fraction(3)) == (2, 5) and late.running(None) == (2, None)
    assert TimeMap(speed=Fraction(2)).running(Fraction(3)) is None


def test_labels_move_with_the_take() -> None:
    time = TimeMap(offset=Fraction(-1), speed=Fraction(2))
    labels = [_label(0, 1), _label(1, 3, "b"), _label(3, 4, "c"), _label(3, 3, "d")]
    assert time.labels(labels, Fraction(7, 2)) == [
        _label(0, 0.5, "b"),
        _label(0.5, 0.75, "c"),
        _label(0.5, 0.5, "d"),
    ]


def test_labels_stretch_over_a_freeze_and_end_with_the_points() -> None:
    time = TimeMap.model_validate({"points": [[0, 1], [1, 2], [2, 2], [3, 3]]})
    labels = [_label(0, 1), _label(0.5, 0.5), _label(1.5, 2.5, "b"), _label(2.9, 9, "c")]
    assert time.labels(labels) == [_label(0.5, 2.5, "b"), _label(2.9, 3, "c")]


def test_labels_of_what_is_played_backwards_are_mirrored() -> None:
    time = TimeMap.model_validate({"points": [[1, 3], [3, 1]]})
    labels = [_label(0, 1.5), _label(1.5, 2.5, "b"), _label(2, 2, "!"), _label(2.5, 9, "c")]
    assert time.labels(labels) == [
        _label(1, 1.5, "c"),
        _label(1.5, 2.5, "b"),
        _label(2, 2, "!"),
        _label(2.5, 3),
    ]


def test_a_label_that_is_shown_again_is_there_again() -> None:
    time = TimeMap.model_validate({"points": [[0, 0], [2, 2], [3, 2], [5, 0]]})
    labels = [_label(0, 1), _label(1, 2, "b"), _label(2, 2, "!"), _label(2, 3, "c")]
    assert time.labels(labels) == [
        _label(0, 1),
        _label(1, 2, "b"),
        _label(2, 2, "!"),  # once, though it is seen throughout the freeze
        _label(2, 3, "c"),
        _label(3, 4, "b"),
        _label(4, 5),
    ]
    turned = TimeMap.model_validate({"points": [[0, 0], [2, 2], [4, 0]]})
    assert turned.labels([_label(1, 3)]) == [_label(1, 3)]


def test_labels_of_an_instant_wait_for_a_freeze_to_begin_whichever_way_it_is_reached() -> None:
    down = TimeMap.model_validate({"points": [[0, 3], [1, 2], [2, 2], [3, 1]]})
    assert down.labels([_label(2, 2)]) == [_label(1, 1)]


LABELS = st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=5).map(
    lambda ends: [Label("words", min(pair), max(pair), "x") for pair in ends]
)


@given(maps(), LABELS, st.lists(TIMES, min_size=1, max_size=30))
def test_a_label_is_there_exactly_while_its_time_is_shown(
    time: TimeMap, labels: list[Label], instants: list[Fraction]
) -> None:
    duration = Fraction(20)
    start, end = time.span(duration)
    assert end is not None
    for label in labels:
        moved = time.labels([label], duration)
        edges = {edge for one in moved for edge in (one.start, one.end)}
        assert all(one.end < two.start for one, two in pairwise(moved))
        for instant in set(instants) - edges - {start, end, Fraction(0)}:
            shown = label.start <= time.source_time(instant) < label.end
            there = max(start, 0) < instant < end
            assert any(one.start < instant < one.end for one in moved) == (shown and there)


@given(maps(), LABELS)
def test_labels_come_in_order_and_within_the_layer(time: TimeMap, labels: list[Label]) -> None:
    moved = time.labels(labels, Fraction(10))
    span = time.span(Fraction(10))
    assert all(first.start <= second.start for first, second in pairwise(moved))
    for label in moved:
        assert max(0, span.start) <= label.start <= label.end
        assert span.end is not None
        assert label.end <= span.end
