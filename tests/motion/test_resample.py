from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import mix, resting
from a1sdk.motion.resample import resample, to_grid
from a1sdk.motion.rotation import euler, from_euler
from a1sdk.motion.timemap import TimeMap
from a1sdk.testing import Counted
from a1sdk.timing import frame_count

RATES = st.sampled_from(
    [Fraction(12), Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001),
     Fraction(30), Fraction(50), Fraction(60000, 1001), Fraction(120)]
)  # fmt: skip


def _at(time: Fraction | float) -> FaceMotion:
    """Motion that grows steadily with time."""
    value = float(time)
    return replace(
        resting(),
        expression=np.full((478, 3), value / 100, np.float32),
        rotation=from_euler(value, 0, 0).astype(np.float32),
        translation=np.array([value, 0, -value], np.float32),
    )


def _steady(count: int, rate: Fraction) -> list[MotionFrame]:
    return [MotionFrame(number, _at(number / rate)) for number in range(count)]


@given(st.integers(0, 120), RATES, RATES)
def test_count_and_times_are_exact(count: int, source: Fraction, target: Fraction) -> None:
    frames = list(resample(_steady(count, source), source, target))
    assert len(frames) == frame_count(count / source, target)
    assert [frame.pts for frame in frames] == list(range(len(frames)))
    last = Fraction(max(0, count - 1)) / source
    for frame in frames:
        assert frame.face is not None
        time = min(frame.pts / target, last)
        assert frame.face.translation[0] == pytest.approx(float(time), abs=1e-4)
        assert frame.face.expression[5, 1] == pytest.approx(float(time) / 100, abs=1e-5)
        assert euler(frame.face.rotation).yaw == pytest.approx(float(time), abs=1e-2)


def test_equal_rates_pass_through() -> None:
    frames = _steady(5, Fraction(25))
    assert all(a is b for a, b in zip(resample(frames, Fraction(25), Fraction(25)), frames,
                                      strict=True))  # fmt: skip


def test_frames_on_the_grid_are_not_touched() -> None:
    frames = _steady(7, Fraction(25))
    doubled = list(resample(frames, Fraction(25), Fraction(50)))
    assert all(doubled[2 * number].face is frames[number].face for number in range(7))


@given(st.lists(st.booleans(), min_size=2, max_size=40), RATES)
def test_gaps_stay_where_they_are(seen: list[bool], target: Fraction) -> None:
    source = Fraction(25)
    frames = [
        MotionFrame(number, _at(number / source) if there else None)
        for number, there in enumerate(seen)
    ]
    for frame in resample(frames, source, target):
        position = frame.pts * source / target
        before = min(int(position), len(seen) - 1)
        after = min(before + 1, len(seen) - 1)
        if seen[before] and seen[after]:
            assert frame.face is not None
        elif not seen[before] and not seen[after]:
            assert frame.face is None
        else:
            nearer = before if position - before < Fraction(1, 2) else after
            assert (frame.face is not None) == seen[nearer]


@given(RATES, RATES)
def test_little_is_held_back(source: Fraction, target: Fraction) -> None:
    frames = Counted(_steady(200, source))
    for frame in resample(frames, source, target):
        assert frames.pulled <= (frame.pts + 1) * source / target + 2


@given(st.lists(st.integers(1, 9), min_size=1, max_size=60), st.integers(0, 99))
def test_uneven_times_are_kept(steps: list[int], duration: int) -> None:
    """Pictures of a film with variable rate, in hundredths of a second."""
    times = [Fraction(sum(steps[:number]), 100) for number in range(len(steps))]
    total = times[-1] + Fraction(duration, 100)
    samples = [(time, _at(time)) for time in times]
    grid = list(to_grid(samples, Fraction(30), last=Fraction(1, 30), duration=total))
    assert len(grid) == frame_count(total, Fraction(30))
    for frame in grid:
        assert frame.face is not None
        expected = min(Fraction(frame.pts, 30), times[-1])
        assert frame.face.translation[0] == pytest.approx(float(expected), abs=1e-5)


def test_mix_keeps_what_both_have() -> None:
    scored = replace(_at(1), blendshapes=np.ones(52, np.float32), neutral=np.ones((478, 3)))
    assert mix(scored, _at(2), 0.5).blendshapes is None
    assert mix(scored, _at(2), 0.5).neutral is scored.neutral
    both = mix(scored, replace(_at(2), blendshapes=np.zeros(52, np.float32)), 0.25)
    assert both.blendshapes is not None
    assert both.blendshapes == pytest.approx(0.75)
    assert mix(scored, _at(2), 0.0) is scored


OFFSETS = st.integers(-2 * 24000, 3 * 24000).map(lambda ticks: Fraction(ticks, 24000))
SPEEDS = st.fractions(Fraction(1, 5), 5, max_denominator=100)


@given(st.integers(0, 60), RATES, RATES, OFFSETS, SPEEDS)
def test_retimed_counts_and_times_are_exact(
    count: int, source: Fraction, target: Fraction, offset: Fraction, speed: Fraction
) -> None:
    time = TimeMap(offset=offset, speed=speed)
    frames = list(resample(_steady(count, source), source, target, time=time))
    first = max(0, frame_count(offset, target))
    stop = max(first, frame_count(offset + count / source / speed, target))
    assert [frame.pts for frame in frames] == (list(range(first, stop)) if count else [])
    last = Fraction(max(0, count - 1)) / source
    for frame in frames:
        assert frame.face is not None
        shown = min(last, max(Fraction(0), (frame.pts / target - offset) * speed))
        assert frame.face.translation[0] == pytest.approx(float(shown), abs=1e-4)


@given(st.integers(1, 40), RATES, OFFSETS, SPEEDS)
def test_takes_that_follow_each_other_do_so_in_frames(
    count: int, target: Fraction, offset: Fraction, speed: Fraction
) -> None:
    source = Fraction(25)
    first = TimeMap(offset=offset, speed=speed)
    end = first.span(count / source).end
    assert end is not None
    second = TimeMap(offset=end)
    numbers = [
        frame.pts
        for time in (first, second)
        for frame in resample(_steady(count, source), source, target, time=time)
    ]
    start = max(0, frame_count(offset, target))
    assert numbers == list(range(start, start + len(numbers)))


def test_offsets_of_whole_frames_touch_no_face() -> None:
    frames = _steady(7, Fraction(25))
    later = list(resample(frames, Fraction(25), Fraction(25), time=TimeMap(offset=Fraction(1, 5))))
    assert [frame.pts for frame in later] == list(range(5, 12))
    assert all(a.face is b.face for a, b in zip(later, frames, strict=True))


def test_points_freeze_and_cut() -> None:
    rate = Fraction(25)
    time = TimeMap.model_validate({"points": [[0, "2/25"], ["2/25", "4/25"], [2, "4/25"]]})
    frames = Counted(_steady(20, rate))
    got = list(resample(frames, rate, rate, time=time))
    assert [frame.pts for frame in got] == list(range(50))
    shown = [2, 3, *[4] * 48]
    for frame, number in zip(got, shown, strict=True):
        assert frame.face is not None
        assert frame.face.translation[0] == pytest.approx(number / 25)


def test_a_long_freeze_is_not_kept_in_memory() -> None:
    rate = Fraction(25)
    time = TimeMap.model_validate({"points": [[0, 0], ["1/50", "1/50"], [100, "1/50"]]})
    frames = Counted(_steady(3, rate))
    got = resample(frames, rate, rate, time=time)
    first = next(got)
    assert first.pts == 0
    assert frames.pulled == 2  # the freeze lies between the first frames; no third one is asked for
    assert len(list(got)) == 2499
