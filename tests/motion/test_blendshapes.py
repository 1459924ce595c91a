from __future__ import annotations

import numpy as np
import pytest

from a1sdk.components.data import BLENDSHAPES, LANDMARKS
from a1sdk.motion.blendshapes import (
    BLENDSHAPE_NAMES,
    INDEX,
    basis,
    displacement,
    from_mediapipe,
    mirror_indices,
    reference_face,
    resting_scores,
)
from a1sdk.motion.landmarks import LEFT_EYE_OUTER, LIPS, RIGHT_EYE_OUTER
from a1sdk.motion.neutral import eye_apertures, mouth_opening


def _one(name: str, value: float = 1.0) -> np.ndarray:
    scores = np.zeros(BLENDSHAPES, np.float32)
    scores[INDEX[name]] = value
    return scores


def test_names_are_arkits_in_mediapipes_order() -> None:
    assert len(BLENDSHAPE_NAMES) == len(set(BLENDSHAPE_NAMES)) == BLENDSHAPES
    assert list(BLENDSHAPE_NAMES[:-1]) == sorted(BLENDSHAPE_NAMES[:-1])
    assert BLENDSHAPE_NAMES[-1] == "tongueOut"


def test_mediapipes_scores_are_reordered() -> None:
    scores = from_mediapipe(np.arange(52, dtype=np.float32))
    assert scores[INDEX["browDownLeft"]] == 1
    assert scores[INDEX["noseSneerRight"]] == 51
    assert scores[INDEX["tongueOut"]] == 0


def test_basis_is_bounded_and_symmetric() -> None:
    assert basis().shape == (BLENDSHAPES, LANDMARKS, 3)
    assert np.linalg.norm(basis(), axis=-1).max() <= 0.401
    mirror = mirror_indices()
    assert (mirror[mirror] == np.arange(LANDMARKS)).all()
    assert mirror[RIGHT_EYE_OUTER] == LEFT_EYE_OUTER
    left, right = basis()[INDEX["mouthSmileLeft"]], basis()[INDEX["mouthSmileRight"]]
    assert np.abs(left[mirror] * [-1, 1, 1] - right).max() < 2e-3
    assert np.abs(reference_face()[mirror] * [-1, 1, 1] - reference_face()).max() < 1e-5


def test_shapes_do_what_they_say() -> None:
    face = reference_face()
    assert mouth_opening(face + displacement(_one("jawOpen"))) > mouth_opening(face) + 0.1
    shut = eye_apertures(face + displacement(_one("eyeBlinkRight")))
    assert abs(shut[0]) < 0.002 and shut[1] == pytest.approx(eye_apertures(face)[1])
    smiling = face + displacement(_one("mouthSmileLeft") + _one("mouthSmileRight"))
    assert smiling[291, 0] - smiling[61, 0] > face[291, 0] - face[61, 0] + 0.08
    assert smiling[291, 1] < face[291, 1]


def test_eyes_do_not_move_the_mouth() -> None:
    blink = displacement(_one("eyeBlinkLeft"))
    assert np.abs(blink[list(LIPS)]).max() == 0


def test_resting_scores_are_what_a_tracker_sees_in_a_calm_face() -> None:
    rest = resting_scores()
    assert rest[INDEX["eyeSquintLeft"]] == pytest.approx(0.4, abs=0.2)
    assert rest[INDEX["jawOpen"]] < 0.1


def test_the_data_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        basis()[0, 0, 0] = 1
