from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from a1sdk_keyframes.curve import Bezier, Cubic, Curve, Hold, Linear, slopes
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=12)
GAPS = st.lists(st.floats(1e-3, 1e3), min_size=11, max_size=11)
SHARES = st.floats(0, 1)


def bernstein(s: float, a: float, b: float, c: float, d: float) -> float:
    return (1 - s) ** 3 * a + 3 * (1 - s) ** 2 * s * b + 3 * (1 - s) * s**2 * c + s**3 * d


@pytest.mark.parametrize("u", [0.0, 0.25, 0.5, 1.0])
def test_hold_and_linear(u: float) -> None:
    assert Hold(0.3)(u) == 0.3
    assert Linear(1.0, 3.0)(u) == 1 + 2 * u


@pytest.mark.parametrize("u", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_cubic_is_the_hermite_polynomial(u: float) -> None:
    h00, h10 = 2 * u**3 - 3 * u**2 + 1, u**3 - 2 * u**2 + u
    h01, h11 = -2 * u**3 + 3 * u**2, u**3 - u**2
    expected = 2.0 * h00 + 0.7 * h10 + 5.0 * h01 - 1.3 * h11
    assert Cubic(2.0, 5.0, 0.7, -1.3)(u) == pytest.approx(expected, abs=1e-12)


def test_two_smooth_keys_ease_in_and_out() -> None:
    curve = Curve.smooth([0.0, 2.0], [0.0, 1.0])
    assert [curve(t) for t in (0.5, 1.0, 1.5)] == [0.15625, 0.5, 0.84375]  # 3u^2 - 2u^3


@given(st.floats(0, 1), SHARES, SHARES, st.floats(-2, 2), st.floats(-2, 2))
def test_bezier_meets_its_closed_form(
    s: float, one: float, two: float, rise: float, fall: float
) -> None:
    curve = Bezier((one, two), (0.0, rise, fall, 1.0))
    time = bernstein(s, 0.0, one, two, 1.0)
    solved = curve._parameter(time)
    assert bernstein(solved, 0.0, one, two, 1.0) == pytest.approx(time, abs=1e-9)


@pytest.mark.parametrize("s", [0.05, 0.3, 0.5, 0.8])
def test_bezier_value_at_a_known_parameter(s: float) -> None:
    curve = Bezier((0.2, 0.9), (1.0, 4.0, -2.0, 3.0))
    time = bernstein(s, 0.0, 0.2, 0.9, 1.0)
    assert curve(time) == pytest.approx(bernstein(s, 1.0, 4.0, -2.0, 3.0), abs=1e-9)


def test_bezier_with_handles_a_third_of_the_way_is_the_cubic() -> None:
    one, two, leaving, arriving = 0.2, 0.9, 1.5, -0.6
    bezier = Bezier((1 / 3, 2 / 3), (one, one + leaving / 3, two - arriving / 3, two))
    cubic = Cubic(one, two, leaving, arriving)
    for u in np.linspace(0, 1, 11).tolist():
        assert bezier(u) == pytest.approx(cubic(u), abs=1e-10)


@given(st.lists(SHARES, min_size=2, max_size=30), SHARES, SHARES)
def test_time_in_a_bezier_never_runs_backwards(at: list[float], one: float, two: float) -> None:
    rising = Bezier((one, two), (0.0, 1 / 3, 2 / 3, 1.0))  # its value is its parameter
    found = [rising(u) for u in sorted(at)]
    assert all(b >= a - 1e-9 for a, b in pairwise(found))


@given(VALUES, GAPS)
def test_smooth_curves_meet_their_keys_and_never_overshoot(
    values: list[float], gaps: list[float]
) -> None:
    times = np.cumsum([0.0, *gaps])[: len(values)].tolist()
    curve = Curve.smooth(times, values)
    for n, (start, stop) in enumerate(pairwise(times)):
        assert curve(start) == values[n]
        low, high = sorted(values[n : n + 2])
        slack = 1e-9 * max(abs(low), abs(high), 1.0)
        found = [curve(t) for t in np.linspace(start, stop, 17).tolist()]
        assert min(found) >= low - slack and max(found) <= high + slack
        ordered = found if values[n + 1] >= values[n] else found[::-1]
        assert all(b >= a - slack for a, b in pairwise(ordered))


def test_slopes_are_flat_at_ends_turns_and_holds() -> None:
    times, values = np.arange(5.0), np.array([0.0, 1.0, 3.0, 2.0, 2.5])
    found = slopes(times, values)
    assert found[[0, 2, 3, 4]].tolist() == [0, 0, 0, 0]
    assert found[1] == pytest.approx(2 / (1 / 1 + 1 / 2))  # the harmonic mean of even spacing
    held = np.array([False, True, False, False])
    assert slopes(times, values, held)[1] == 0


def test_a_curve_keeps_its_ends() -> None:
    curve = Curve([1.0, 2.0], [0.25, 0.5], [Linear(0.25, 0.5)])
    assert [curve(t) for t in (-5.0, 1.0, 2.0, 9.0)] == [0.25, 0.25, 0.5, 0.5]
