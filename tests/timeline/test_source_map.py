"""Maps from an item's time to its media's."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.timeline.model import SourceMap, Span

TIMES = st.fractions(-50, 50, max_denominator=24)
POINTS = st.dictionaries(TIMES, TIMES, min_size=2, max_size=6).map(
    lambda d: tuple(sorted(d.items()))
)


@given(TIMES, TIMES, TIMES)
def test_a_linear_map_is_one_line(start: F, speed: F, at: F) -> None:
    found = SourceMap.linear(start, speed)
    assert found(at) == start + speed * at
    assert found.speed == speed


@given(POINTS, TIMES)
def test_between_points_and_beyond_them_a_map_is_linear(
    points: tuple[tuple[F, F], ...], at: F
) -> None:
    pairs = list(pairwise(points))
    inside = [pair for pair in pairs if pair[0][0] <= at <= pair[1][0]]
    (t0, s0), (t1, s1) = inside[0] if inside else pairs[0] if at < points[0][0] else pairs[-1]
    weight = (at - t0) / (t1 - t0)
    assert SourceMap(points)(at) == s0 * (1 - weight) + s1 * weight


@given(POINTS)
def test_a_map_has_a_speed_only_if_it_is_the_same_everywhere(
    points: tuple[tuple[F, F], ...],
) -> None:
    found = SourceMap(points)
    steps = [found(at + 1) - found(at) for at, _ in points] + [
        found(points[0][0]) - found(points[0][0] - 1)
    ]
    speed = found.speed
    if speed is not None:
        assert all(step == speed for step in steps)
    else:
        (t0, s0), (t1, s1) = points[0], points[-1]
        chord = (s1 - s0) / (t1 - t0)
        assert any(s != s0 + (t - t0) * chord for t, s in points)


def test_one_point_is_a_freeze() -> None:
    found = SourceMap(((F(3), F(7)),))
    assert (found.speed, found(F(-9)), found(F(9))) == (0, 7, 7)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [((0, 5), (3, 9), (3, 5)), ((0, 5), (5, 9), None), ((0, 9), (2, 3), (2, 3))],
)
def test_spans_have_what_both_have(
    one: tuple[int, int], other: tuple[int, int], both: tuple[int, int] | None
) -> None:
    found = Span(F(one[0]), F(one[1])).within(Span(F(other[0]), F(other[1])))
    assert found == (None if both is None else Span(F(both[0]), F(both[1])))


def test_a_span_has_its_start_and_not_its_stop() -> None:
    span = Span(F(1), F(2)).moved(F(1))
    assert (F(2) in span, F(3) in span, span.duration) == (True, False, 1)
