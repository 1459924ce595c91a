from __future__ import annotations

import numpy as np
import pytest

from a1sdk.errors import NoFaceError
from a1sdk.motion.blendshapes import INDEX, displacement, reference_face, resting_scores
from a1sdk.motion.neutral import (
    Neutral,
    estimate_neutral,
    eye_apertures,
    mouth_opening,
    plausible,
)
from a1sdk.motion.pose import CAMERA_DISTANCE
from a1sdk.motion.rotation import euler, from_euler


def _scores(**values: float) -> np.ndarray:
    scores = np.zeros(52, np.float32)
    for name, value in values.items():
        scores[INDEX[name]] = value
    return scores


def _talking(photograph, count=120, scored=False):  # type: ignore[no-untyped-def]
    """A head that nods and talks, blinks now and then, and rests with the mouth closed."""
    seen = []
    for number in range(count):
        opening = max(0.0, np.sin(number / 3)) * 0.8
        blink = 0.9 if number % 40 < 3 else 0.0
        scores = _scores(jawOpen=opening, eyeBlinkLeft=blink, eyeBlinkRight=blink)
        shape = reference_face() + displacement(scores)
        seen.append(
            photograph(
                shape,
                angles=(5 * np.sin(number / 20), 3 * np.sin(number / 9), 1.0),
                noise=0.002,
                seed=number,
                blendshapes=scores + resting_scores() if scored else None,
            )
        )
    return seen


@pytest.mark.parametrize("scored", [False, True])
def test_neutral_is_found_among_talking(photograph, scored) -> None:  # type: ignore[no-untyped-def]
    neutral = estimate_neutral(_talking(photograph, scored=scored))
    reference = reference_face()
    assert np.abs(neutral.shape - reference).max() < 0.02
    assert mouth_opening(neutral.shape) == pytest.approx(mouth_opening(reference), abs=0.004)
    assert eye_apertures(neutral.shape) == pytest.approx(eye_apertures(reference), rel=0.08)
    assert np.abs(euler(neutral.pose.rotation)).max() < 3


def test_eyes_that_are_mostly_shut_are_not_neutral(photograph) -> None:  # type: ignore[no-untyped-def]
    shut = reference_face() + displacement(_scores(eyeBlinkLeft=0.9, eyeBlinkRight=0.9))
    seen = [photograph(shut, seed=n, noise=0.001) for n in range(60)]
    seen += [photograph(seed=n, noise=0.001) for n in range(60, 100)]
    opened = eye_apertures(estimate_neutral(seen).shape)
    assert opened == pytest.approx(eye_apertures(reference_face()), rel=0.1)


def test_one_frame_is_taken_as_it_is(photograph) -> None:  # type: ignore[no-untyped-def]
    face = photograph(angles=(10, 0, 0))
    one = estimate_neutral([face])
    assert np.allclose(one.pose.project(one.shape), face.landmarks, atol=1e-3)


def test_no_face_no_neutral() -> None:
    with pytest.raises(NoFaceError):
        estimate_neutral([])


def test_motion_is_what_moved(photograph) -> None:  # type: ignore[no-untyped-def]
    neutral = Neutral.of(photograph(angles=(8, -4, 2), scale=100))
    scores = _scores(mouthPucker=0.7)
    shape = reference_face() + displacement(scores)
    turn = from_euler(8, -4, 2) @ from_euler(12, 5, -6)
    seen = photograph(shape, angles=euler(turn), scale=80, at=(306.0, 190.0, 0.0))
    motion = neutral.motion(seen)
    assert np.allclose(euler(motion.rotation), (12, 5, -6), atol=0.1)
    assert np.allclose(motion.translation[:2], (0.5, -0.5), atol=0.01)
    assert motion.translation[2] == pytest.approx(CAMERA_DISTANCE * 0.25, abs=0.02)
    assert np.abs(motion.expression - displacement(scores)).max() < 0.01
    assert motion.neutral is neutral.array


def test_the_same_picture_is_no_motion(photograph) -> None:  # type: ignore[no-untyped-def]
    face = photograph(angles=(20, 10, 5))
    motion = Neutral.of(face).motion(face)
    assert np.abs(motion.expression).max() < 1e-5
    assert np.abs(motion.rotation - np.eye(3)).max() < 1e-6
    assert np.abs(motion.translation).max() < 1e-5


def test_absolute_head_is_measured_from_the_camera(photograph) -> None:  # type: ignore[no-untyped-def]
    neutral = Neutral.of(photograph(angles=(15, 0, 0)))
    motion = neutral.motion(photograph(angles=(-10, 5, 0)), head="absolute")
    assert np.allclose(euler(motion.rotation), (-10, 5, 0), atol=0.1)


def test_a_face_beyond_belief_is_not_plausible(photograph) -> None:  # type: ignore[no-untyped-def]
    neutral = Neutral.of(photograph())
    assert plausible(neutral.motion(photograph(angles=(40, 20, 10), noise=0.02)))
    assert not plausible(neutral.motion(photograph(noise=0.3)))
