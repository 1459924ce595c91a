from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.gaps import Gap, GapLog, fill_gaps
from a1sdk.motion.mix import resting
from a1sdk.motion.rotation import euler, from_euler
from a1sdk.testing import Counted
from a1sdk.timing import FrameRange

RATE = Fraction(25)  # interpolates up to 13 frames, eases in 10
POLICIES = st.sampled_from(["hold", "interpolate", "neutral"])
# runs of (has a face, how many frames)
RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=6)


def _face(yaw: float = 0.0, lift: float = 0.0) -> FaceMotion:
    expression = np.full((478, 3), lift, np.float32)
    rotation = from_euler(yaw, 0, 0).astype(np.float32)
    return replace(resting(), expression=expression, rotation=rotation, confidence=0.9)


def _stream(*faces: FaceMotion | None) -> list[MotionFrame]:
    return [MotionFrame(pts, face) for pts, face in enumerate(faces)]


def _lift(frame: MotionFrame) -> float:
    assert frame.face is not None
    return float(frame.face.expression[0, 0])


@given(RUNS, POLICIES)
def test_every_frame_has_a_face_and_seen_ones_are_untouched(
    runs: list[tuple[bool, int]], policy: str
) -> None:
    frames = _stream(*(_face(lift=0.1) if seen else None for seen, n in runs for _ in range(n)))
    log = GapLog()
    filled = list(fill_gaps(frames, policy, RATE, log))  # type: ignore[arg-type]
    assert [frame.pts for frame in filled] == [frame.pts for frame in frames]
    lost = {number for gap in log.gaps for number in range(gap.frames.start, gap.frames.stop)}
    assert lost == {frame.pts for frame in frames if frame.face is None}
    assert log.frames == len(lost)
    for before, after in zip(frames, filled, strict=True):
        assert after.face is not None
        if before.face is not None:
            assert after is before
        else:
            assert after.face.confidence == 0
            assert -1e-6 <= _lift(after) <= 0.1 + 1e-6


def test_a_short_gap_is_bridged_evenly() -> None:
    log = GapLog()
    frames = _stream(_face(0, 0.0), None, None, None, _face(20, 0.4))
    filled = list(fill_gaps(frames, "interpolate", RATE, log))
    assert [_lift(frame) for frame in filled] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    yaws = [euler(frame.face.rotation).yaw for frame in filled if frame.face]
    assert yaws == pytest.approx([0, 5, 10, 15, 20], abs=1e-3)
    assert log.gaps == [Gap(FrameRange(1, 4), "interpolated")]


@pytest.mark.parametrize("policy", ["interpolate", "neutral"])
def test_a_long_gap_eases_to_neutral_and_back(policy: str) -> None:
    log = GapLog()
    frames = _stream(_face(0, 0.4), *[None] * 60, _face(0, 0.4))
    filled = list(fill_gaps(frames, policy, RATE, log))  # type: ignore[arg-type]
    lifts = np.array([_lift(frame) for frame in filled])
    assert (lifts[11:-11] == 0).all()
    assert (np.diff(lifts[:12]) < 0).all()
    assert np.allclose(lifts, lifts[::-1], atol=1e-6)
    assert np.abs(np.diff(lifts)).max() < 0.07, "no jump anywhere"
    assert log.gaps == [Gap(FrameRange(1, 61), "eased to neutral")]


@given(st.integers(1, 80), POLICIES)
def test_nothing_jumps_whatever_the_length(length: int, policy: str) -> None:
    frames = _stream(_face(0, 0.2), *[None] * length, _face(0, 0.2))
    lifts = [_lift(frame) for frame in fill_gaps(frames, policy, RATE)]  # type: ignore[arg-type]
    assert np.abs(np.diff(lifts)).max() < 0.06


def test_hold_repeats_the_last_face() -> None:
    frames = _stream(_face(0, 0.1), _face(0, 0.3), *[None] * 50, _face(0, 0.5))
    lifts = [_lift(frame) for frame in fill_gaps(frames, "hold", RATE)]
    assert lifts[1:-1] == pytest.approx([0.3] * 51)


def test_ends_of_the_stream() -> None:
    short = _stream(*[None] * 5, _face(0, 0.3), *[None] * 5)
    lifts = [_lift(frame) for frame in fill_gaps(short, "interpolate", RATE)]
    assert lifts == pytest.approx([0.3] * 11)
    long = _stream(*[None] * 40, _face(0, 0.3), *[None] * 40)
    lifts = [_lift(frame) for frame in fill_gaps(long, "interpolate", RATE)]
    assert lifts[0] == lifts[-1] == 0
    assert lifts[40] == pytest.approx(0.3)
    assert np.abs(np.diff(lifts)).max() < 0.06


def test_no_face_at_all_rests() -> None:
    filled = list(fill_gaps(_stream(*[None] * 30), "interpolate", RATE))
    assert all(_lift(frame) == 0 for frame in filled)


def test_fail_names_frame_and_timecode() -> None:
    frames = _stream(*[_face()] * 60, None)
    with pytest.raises(NoFaceError, match=r"frame 60 \(00:00:02:10\)") as caught:
        list(fill_gaps(frames, "fail", RATE))
    assert caught.value.hint


def test_unknown_policy_is_refused() -> None:
    with pytest.raises(ConfigError, match="'guess'"):
        list(fill_gaps([], "guess", RATE))  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["hold", "interpolate", "neutral"])
def test_lookahead_is_bounded(policy: str) -> None:
    frames = Counted(_stream(_face(), *[None] * 500, _face()))
    filled = fill_gaps(frames, policy, RATE)  # type: ignore[arg-type]
    for number, _ in enumerate(filled):
        assert frames.pulled <= number + 1 + 20
