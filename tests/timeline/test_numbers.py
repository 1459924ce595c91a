"""Exact rates, times and speeds of the decimals that files hold."""

from __future__ import annotations

import math
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import DecodeError
from a1sdk.timeline.numbers import (
    MAX_FACTOR,
    MAX_SECONDS,
    exact_factor,
    exact_rate,
    exact_seconds,
    playable,
    settled,
    timecode,
    timecode_seconds,
)

NTSC = F(24000, 1001)
RATES = (23.976, 23.98, 23.976024627685547, 24, 25.0, 29.97, 59.94, 119.88, 48000, 254016000000)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (23.976, NTSC), (23.976024627685547, NTSC), (29.97, F(30000, 1001)), (25.0, F(25)),
        (48000.0, F(48000)), (44100, F(44100)), (254016000000, F(254016000000)), (1.0, F(1)),
        (F(24000, 1001), NTSC), (47952.047952, F(48000000, 1001)),
    ],
)  # fmt: skip
def test_rates(value: float, exact: F) -> None:
    assert exact_rate(value) == exact


@pytest.mark.parametrize(
    "value", [0, -24, math.nan, math.inf, -math.inf, 1e13, 10**400, 1e-9, 5e-324, "24", None]
)
def test_rates_that_are_none(value: Any) -> None:
    with pytest.raises(DecodeError, match="Rate"):
        exact_rate(value)


@given(st.integers(-(10**6), 10**6), st.sampled_from(RATES))
def test_whole_counts_are_on_the_grid_of_the_exact_rate(count: int, rate: float) -> None:
    for value in (count, float(count), F(count)):
        assert exact_seconds(value, rate) * exact_rate(rate) == count


@given(st.integers(-(10**6), 10**6), st.floats(-1e-7, 1e-7))
def test_what_arithmetic_leaves_beside_a_whole_count_is_dropped(count: int, dust: float) -> None:
    assert exact_seconds(count + dust, 24) * 24 == count


@given(st.integers(-(10**5), 10**5), st.integers(1, 999), st.sampled_from((23.976, 24, 30.0)))
def test_seconds_times_a_rate_as_written_come_back(whole: int, part: int, rate: float) -> None:
    seconds = whole + F(part, 1000)
    assert exact_seconds(float(seconds) * rate, rate) == pytest.approx(float(seconds), abs=1e-6)


def test_a_count_that_single_precision_has_converted_comes_back() -> None:
    assert exact_seconds(29.970030784606934, 23.976024627685547) == F(5, 4)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, 10**400, "1", None, []])
def test_times_that_are_none(value: Any) -> None:
    with pytest.raises(DecodeError, match="Time"):
        exact_seconds(value, 24)


@pytest.mark.parametrize("rate", [1, 24, 23.976, 48000])
def test_times_reach_some_thirty_years(rate: float) -> None:
    assert exact_seconds(float(MAX_SECONDS * rate), rate) > 0
    with pytest.raises(DecodeError, match="years away"):
        exact_seconds(-MAX_SECONDS * rate - 1, rate)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (0, 0), (1.0, 1), (-1, -1), (0.7, F(7, 10)), (-0.699999988079071, F(-7, 10)),
        (0.333333333, F(1, 3)), (1.0416666666666667, F(25, 24)), (5.00012, F("5.00012")),
        (1e-5, F(1, 10**5)), (0.0001, F(1, 10**4)),
    ],
)  # fmt: skip
def test_speeds(value: float, exact: F) -> None:
    assert exact_factor(value) == exact


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e7, -1e7, 1e-7, 10**400, "1", None, True])
def test_speeds_that_are_none(value: Any) -> None:
    with pytest.raises(DecodeError, match="Speed"):
        exact_factor(value)


def test_speeds_have_bounds_either_way() -> None:
    for speed in (F(0), F(MAX_FACTOR), F(-1, MAX_FACTOR)):
        assert playable(speed) == speed
    with pytest.raises(DecodeError):
        playable(F(1, MAX_FACTOR + 1))


@given(st.lists(st.builds(F, st.integers(0, 10**6), st.integers(1, 10**6)), max_size=60))
def test_sums_stay_short_and_true(times: list[F]) -> None:
    short, exact = F(0), F(0)
    for time in times:
        short, exact = settled(short + time), exact + time
        assert short.denominator <= 10**15
    assert abs(short - exact) <= F(len(times), 10**9)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(RATES[:9])), max_size=60))
def test_sums_of_frames_and_samples_stay_exact(times: list[tuple[int, float]]) -> None:
    found, exact = F(0), F(0)
    for count, rate in times:
        time = exact_seconds(count, rate)
        found, exact = settled(found + time), exact + time
    assert found == exact


def test_timecodes() -> None:
    assert timecode(F(3600), F(25)) == "01:00:00:00"
    assert timecode(F(-1, 25), F(25)) == "-00:00:00:01"
    assert timecode(F(107892 * 1001, 30000), F(30000, 1001), drop_frame=True) == "01:00:00;00"
    assert timecode(F(1), F(25), drop_frame=True) == "00:00:01:00"  # there is none at 25
    assert timecode_seconds("01:00:00:10", F(25)) == F(90010, 25)
    with pytest.raises(DecodeError, match=":30"):
        timecode_seconds("01:00:00:30", F(25))
