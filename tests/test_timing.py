"""Rates, counts and timecode are exact."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import ConfigError
from a1sdk.timing import FrameRange, Timecode, as_rate, as_time, frame_count

NTSC = [Fraction(base * 1000, 1001) for base in (24, 30, 48, 60, 120)]
DROP = [Fraction(30000, 1001), Fraction(60000, 1001)]
WHOLE = [Fraction(rate) for rate in (12, 15, 24, 25, 30, 48, 50, 60, 120)]
rates = st.sampled_from(NTSC + WHOLE)


@pytest.mark.parametrize(
    ("given_as", "meant"),
    [
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        (23.976024627685547, Fraction(24000, 1001)),  # as Hiero writes it
        (29.97, Fraction(30000, 1001)),
        (Fraction(2997, 100), Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (Fraction(19001, 317), Fraction(60000, 1001)),  # Matroska's milliseconds
        ("24000/1001", Fraction(24000, 1001)),
        (25, Fraction(25)),
        (25.0, Fraction(25)),
        (24.9999, Fraction(25)),
        ("25", Fraction(25)),
        (12.5, Fraction(25, 2)),
        (Fraction(1, 5), Fraction(1, 5)),
        (1000, Fraction(1000)),
        ("14.985", Fraction(15000, 1001)),
    ],
)
def test_decimals_are_snapped(given_as, meant):
    assert as_rate(given_as) == meant


@pytest.mark.parametrize(
    "nonsense",
    [0, -25, 1001, "", "fast", "25/0", float("nan"), float("inf"), "1e99", "-0", None, [25], {}],
)
def test_what_is_no_rate_is_refused(nonsense):
    with pytest.raises(ConfigError):
        as_rate(nonsense)


@pytest.mark.parametrize(
    ("given_as", "meant"),
    [
        (2, Fraction(2)),
        (Fraction(1, 3), Fraction(1, 3)),
        ("1.5", Fraction(3, 2)),
        ("1.5s", Fraction(3, 2)),
        (" 1.5 s ", Fraction(3, 2)),
        ("1500ms", Fraction(3, 2)),
        ("1/3 ms", Fraction(1, 3000)),
        ("-0.04", Fraction(-1, 25)),
        ("+3/2s", Fraction(3, 2)),
    ],
)
def test_times_are_exact(given_as, meant):
    assert as_time(given_as) == meant


@pytest.mark.parametrize(
    "nonsense",
    [
        *("", "s", "soon", "1e3", "1/0", "1//2", "1.5m", "0x10", "٣", "1" * 10, "00:01", "1,5"),
        *(True, None, [1], {}, b"1", float("nan"), float("inf")),
    ],
)
def test_what_is_no_time_is_refused(nonsense):
    with pytest.raises(ConfigError, match="no exact time") as raised:
        as_time(nonsense)
    assert raised.value.hint


def test_a_float_is_refused_with_the_text_to_write_instead():
    with pytest.raises(ConfigError) as raised:
        as_time(0.1)
    assert raised.value.hint == 'write it as text: "0.1"'


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6))
def test_times_survive_being_written(time):
    assert as_time(str(time)) == as_time(f"{time}s") == as_time(time) == time


def test_a_rate_that_would_take_for_ever_to_compute_is_refused_at_once():
    with pytest.raises(ConfigError, match="is not a number"):
        as_rate("1e999999999")


@given(rates)
def test_standard_rates_stay_as_they_are(rate):
    assert as_rate(rate) == rate
    assert as_rate(str(rate)) == rate
    assert as_rate(round(float(rate), 3)) == rate


@given(st.fractions(Fraction(1, 100), 1000))
def test_snapping_moves_a_rate_by_at_most_its_tolerance(rate):
    snapped = as_rate(rate)
    assert abs(snapped - rate) <= Fraction(2, 10_000) * snapped
    assert as_rate(snapped) == snapped


@given(st.integers(0, 10**7), rates)
def test_whole_frames_are_counted_exactly(count, rate):
    assert frame_count(count / rate, rate) == count


@given(st.fractions(0, 10**5), rates)
def test_a_count_is_within_half_a_frame(duration, rate):
    count = frame_count(duration, rate)
    assert -Fraction(1, 2) < count - duration * rate <= Fraction(1, 2)


def test_half_a_frame_is_kept():
    assert frame_count(Fraction(1, 50), Fraction(25)) == 1


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers(-2000, 3000))
def test_ranges_hold_their_start_and_not_their_stop(start, length, frame):
    span = FrameRange(start, start + length)
    assert len(span) == length
    assert (frame in span) == (frame in range(start, start + length))


def test_a_range_cannot_end_before_it_starts():
    with pytest.raises(ConfigError, match=r"5\.\.4"):
        FrameRange(5, 4)


def test_ranges_sort_by_start():
    assert sorted([FrameRange(3, 9), FrameRange(1, 2)])[0] == FrameRange(1, 2)


@pytest.mark.parametrize(
    ("text", "rate", "frame"),
    [
        ("01:00:00:00", Fraction(24), 86400),
        ("01:00:00:00", Fraction(24000, 1001), 86400),
        ("01:00:00:00", Fraction(30000, 1001), 108000),
        ("01:00:00;00", Fraction(30000, 1001), 107892),  # SMPTE 12M: 108 labels an hour less
        ("00:01:00;02", Fraction(30000, 1001), 1800),
        ("00:00:59;29", Fraction(30000, 1001), 1799),
        ("00:10:00;00", Fraction(30000, 1001), 17982),
        ("00:01:00;04", Fraction(60000, 1001), 3600),
        ("00:00:01:119", Fraction(120), 239),
        ("00:00:00:12", Fraction(25, 2), 12),
    ],
)
def test_timecode_known_values(text, rate, frame):
    assert Timecode.parse(text, rate).frame == frame


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("00:01:00;00", Fraction(30000, 1001)),  # dropped
        ("00:01:00;03", Fraction(60000, 1001)),
        ("00:00:00:24", Fraction(24)),
        ("00:60:00:00", Fraction(24)),
        ("1:00:00:00", Fraction(24)),
        ("00:00:00;00", Fraction(25)),  # no drop-frame at 25
        ("", Fraction(24)),
        ("01:00:00", Fraction(24)),
    ],
)
def test_labels_that_do_not_exist_are_refused(text, rate):
    with pytest.raises(ConfigError):
        Timecode.parse(text, rate)


@given(st.data(), rates)
def test_timecode_round_trips(data, rate):
    day = 24 * 3600 * Timecode(0, rate).base
    code = Timecode(data.draw(st.integers(0, day - 1)), rate)
    if rate <= 100:  # two digits of frames
        assert Timecode.parse(str(code), rate) == code


@given(st.integers(0, 24 * 107892 - 1))
def test_drop_frame_round_trips_and_never_prints_a_dropped_label(frame):
    code = Timecode(frame, Fraction(30000, 1001), drop_frame=True)
    text = str(code)
    assert Timecode.parse(text, code.rate) == code
    minutes, seconds, frames = int(text[3:5]), int(text[6:8]), int(text[9:11])
    assert not (frames < 2 and seconds == 0 and minutes % 10)


@given(st.integers(0, 24 * 215784 - 1))
def test_drop_frame_at_twice_the_rate_drops_four(frame):
    code = Timecode(frame, Fraction(60000, 1001), drop_frame=True)
    assert Timecode.parse(str(code), code.rate) == code


@given(st.integers(0, 10**6), st.integers(0, 10**4), rates)
def test_adding_frames(frame, more, rate):
    assert Timecode(frame, rate) + more == Timecode(frame + more, rate)


def test_drop_frame_keeps_to_the_clock():
    """After an hour of drop-frame timecode, an hour has passed to within a frame."""
    rate = Fraction(30000, 1001)
    hour = Timecode.parse("01:00:00;00", rate).frame / rate
    assert abs(hour - 3600) < 1 / rate


def test_timecode_that_cannot_be():
    with pytest.raises(ConfigError, match="negative"):
        Timecode(-1, Fraction(24))
    with pytest.raises(ConfigError, match="Drop-frame"):
        Timecode(0, Fraction(24), drop_frame=True)
