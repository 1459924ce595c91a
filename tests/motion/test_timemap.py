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
def maps(draw: st.DrawFn) -> TimeMap:
    if draw(st.booleans()):
        offset = draw(_ticks(-5, 20))
        return TimeMap(offset=offset, speed=draw(SPEEDS))
    count = draw(st.integers(1, 5))
    film = accumulate([draw(TIMES), *(draw(STEPS) for _ in range(count))])
    take = accumulate([draw(TIMES), *(draw(MOVES) for _ in range(count))])
    return TimeMap(points=tuple(zip(film, take, strict=True)))


@given(maps(), TIMES, TIMES)
def test_time_never_goes_back(time: TimeMap, one: Fraction, other: Fraction) -> None:
    early, late = sorted((one, other))
    assert time.source_time(early) <= time.source_time(late)
    assert time.first_shown(early) <= time.first_shown(late)


@given(maps(), TIMES)
def test_a_time_is_shown_when_the_inverse_says(time: TimeMap, source: Fraction) -> None:
    when = time.first_shown(source)
    if time.points is None or time.points[0][1] <= source <= time.points[-1][1]:
        assert time.source_time(when) == source
        assert time.source_time(when - Fraction(1, 10**6)) < source or (
            time.points is not None and when == time.points[0][0]
        )


@given(maps(), TIMES)
def test_a_take_is_there_while_there_is_any_of_it(time: TimeMap, duration: Fraction) -> None:
    start, end = time.span(duration)
    assert end is not None
    assert start <= end
    if start < end:
        assert 0 <= time.source_time(start)
        assert time.source_time(end) <= duration
        later = end + Fraction(1, 10**6)
        ended = time.points is not None and end == time.points[-1][0]
        assert ended or time.source_time(later) > duration


@given(maps())
def test_written_and_read(time: TimeMap) -> None:
    assert TimeMap.model_validate_json(time.model_dump_json()) == time
    brief = time.model_dump_json(exclude_defaults=True)
    assert TimeMap.model_validate_json(brief) == time


@given(TIMES)
def test_real_time_is_the_identity(time: Fraction) -> None:
    assert REAL_TIME.is_identity
    assert REAL_TIME.source_time(time) == REAL_TIME.first_shown(time) == time
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
    assert time.span(Fraction(1, 2)) == (1, 3)  # frozen on the last instant, it is still there
    assert time.span(Fraction(5, 4)) == (1, Fraction(7, 2))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"speed": -1}, "forward only"),
        ({"speed": 0}, "use points"),
        ({"speed": "1/0"}, "divided by 0"),
        ({"speed": 1.5}, "as text"),
        ({"offset": 0.5}, "no exact time"),
        ({"points": [[0, 0]]}, "two points"),
        ({"points": [[0, 0], [0, 1]]}, "does not come after"),
        ({"points": [[0, 1], [1, 0]]}, "goes back.*forward only"),
        ({"points": [[0, -1], [1, 0]]}, "before the take begins"),
        ({"points": [[0, 0], [1, 1]], "speed": 2}, "leave out offset"),
        ({"reverse": True}, "reverse"),
    ],
)
def test_impossible_maps_are_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TimeMap.model_validate(fields)


def _label(start: float, end: float, text: str = "a") -> Label:
    return Label("words", Fraction(str(start)), Fraction(str(end)), text)


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


@given(maps(), st.lists(st.tuples(TIMES, TIMES), max_size=8))
def test_labels_keep_their_order(time: TimeMap, ends: list[tuple[Fraction, Fraction]]) -> None:
    labels = sorted(
        (Label("words", min(pair), max(pair), "x") for pair in ends), key=lambda one: one.start
    )
    moved = time.labels(labels, Fraction(10))
    span = time.span(Fraction(10))
    assert all(first.start <= second.start for first, second in pairwise(moved))
    for label in moved:
        assert max(0, span.start) <= label.start <= label.end
        assert span.end is not None
        assert label.end <= span.end
