from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import INDEX, displacement, reference_face
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import resting
from a1sdk.motion.neutral import eye_apertures, mouth_opening
from a1sdk.motion.rotation import euler, from_euler
from a1sdk.motion.smoothing import smooth
from a1sdk.testing import Counted

RATE = Fraction(25)
JITTER = 0.0008  # face units, what trackers show on steady footage


def _faces(count: int, jitter: float = JITTER, blinks: bool = True) -> list[FaceMotion]:
    """A still face that blinks (3 frames) every second and says `ba` (lips meet for a frame)."""
    random = np.random.default_rng(1)
    made = []
    for number in range(count):
        scores = np.zeros(52, np.float32)
        if blinks:
            phase = number % 25
            shut = {10: 0.6, 11: 1.0, 12: 0.5}.get(phase, 0.0)
            scores[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = shut
            scores[INDEX["jawOpen"]] = {17: 0.15, 19: 0.2, 20: 0.3, 21: 0.2}.get(phase, 0.0)
        noise = jitter * random.standard_normal((478, 3))
        angles = 100 * jitter * random.standard_normal(3)
        made.append(
            replace(
                resting(),
                expression=(displacement(scores) + noise).astype(np.float32),
                rotation=from_euler(*angles).astype(np.float32),
                translation=(2 * jitter * random.standard_normal(3)).astype(np.float32),
                blendshapes=scores,
                confidence=0.8,
            )
        )
    return made


def _smoothed(faces: list[FaceMotion | None], strength: float = 1.0) -> list[MotionFrame]:
    frames = [MotionFrame(pts, face) for pts, face in enumerate(faces)]
    return list(smooth(frames, RATE, strength))


def _expressions(frames: list[MotionFrame]) -> np.ndarray:
    return np.stack([frame.face.expression for frame in frames if frame.face])


def _roughness(values: np.ndarray) -> float:
    return float(np.square(np.diff(values, 2, axis=0)).mean())


def test_jitter_of_a_still_face_goes() -> None:
    faces = _faces(100, blinks=False)
    frames = _smoothed([*faces])
    before = np.stack([face.expression for face in faces])
    assert _roughness(_expressions(frames)) < 0.25 * _roughness(before)
    angles = np.array([euler(face.rotation) for face in faces])
    calmer = np.array([euler(frame.face.rotation) for frame in frames if frame.face])
    assert _roughness(calmer) < 0.25 * _roughness(angles)


def test_blinks_and_lip_closures_stay() -> None:
    clean, shaky = _faces(100, jitter=0.0), _faces(100)
    expected = reference_face() + np.stack([face.expression for face in clean])
    got = reference_face() + _expressions(_smoothed([*shaky]))
    openness = eye_apertures(got) / eye_apertures(reference_face())
    for blink in range(11, 100, 25):
        assert (1 - openness[blink]).min() > 0.97
    for open_mouth in range(20, 100, 25):
        assert mouth_opening(got)[open_mouth] > 0.97 * mouth_opening(expected)[open_mouth]
        met = open_mouth - 2
        assert mouth_opening(got)[met] < mouth_opening(expected)[met] + 0.003


def test_nothing_lags() -> None:
    ramp = [
        replace(resting(), expression=np.full((478, 3), 0.01 * n, np.float32)) for n in range(40)
    ]
    got = _expressions(_smoothed([*ramp]))
    assert np.abs(got - np.stack([face.expression for face in ramp])).max() < 1e-6


def test_windows_end_at_gaps() -> None:
    left, right = _faces(20, blinks=False), _faces(20, blinks=False)
    together = _smoothed([*left, None, *right])
    apart = [*_smoothed([*left]), MotionFrame(20, None), *_smoothed([*right])]
    assert [frame.pts for frame in together] == list(range(41))
    for one, other in zip(together, apart, strict=True):
        assert (one.face is None) == (other.face is None)
        if one.face is not None and other.face is not None:
            assert np.allclose(one.face.expression, other.face.expression, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_short_streams_keep_their_frames(count: int) -> None:
    frames = _smoothed([*_faces(count)])
    assert [frame.pts for frame in frames] == list(range(count))
    assert all(frame.face and frame.face.confidence == pytest.approx(0.8) for frame in frames)


def test_strength_zero_is_off() -> None:
    faces = _faces(10)
    assert all(
        frame.face is face for frame, face in zip(_smoothed([*faces], 0.0), faces, strict=True)
    )


def test_more_strength_is_calmer() -> None:
    faces = _faces(60, jitter=2 * JITTER, blinks=False)
    rough = [_roughness(_expressions(_smoothed([*faces], strength))) for strength in (0.5, 1, 2)]
    assert rough[0] > rough[1] > rough[2]


@pytest.mark.parametrize("strength", [-1, 4.1, float("nan")])
def test_impossible_strength_is_refused(strength: float) -> None:
    with pytest.raises(ConfigError, match="strength"):
        smooth([], RATE, strength)


@pytest.mark.parametrize("rate", [Fraction(12), Fraction(25), Fraction(240)])
def test_lookahead_is_bounded(rate: Fraction) -> None:
    frames = Counted(MotionFrame(pts, face) for pts, face in enumerate(_faces(80)))
    for frame in smooth(frames, rate):
        assert frames.pulled <= frame.pts + 1 + 15


def test_rotations_stay_rotations() -> None:
    for frame in _smoothed([*_faces(30, jitter=0.01)]):
        assert frame.face is not None
        rotation = frame.face.rotation.astype(float)
        assert np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-5
