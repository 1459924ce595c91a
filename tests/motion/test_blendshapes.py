from __future__ import annotations

import numpy as np
import pytest

from a1sdk.components.data import BLENDSHAPES, LANDMARKS
from a1sdk.motion.blendshapes import (
    BLENDSHAPE_NAMES,
    INDEX,
    UNSEEN,
    basis,
    displacement,
    from_mediapipe,
    mirror_indices,
    reference_face,
    resting_scores,
)
from a1sdk.motion.landmarks import (
    BROWS,
    EYES,
    LEFT_EYE_OUTER,
    LIDS,
    LIPS,
    LOWER_LIP,
    NOSE_BASE,
    RIGHT_EYE_OUTER,
    STABLE,
    UPPER_LIP,
    flat,
)
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
    for name, index in INDEX.items():
        other = name.replace("Left", "Right") if name.endswith("Left") else name
        other = name.replace("Right", "Left") if name.endswith("Right") else other
        mirrored = basis()[index][mirror] * [-1, 1, 1]
        assert np.abs(mirrored - basis()[INDEX[other]]).max() < 1e-3
    assert np.abs(reference_face()[mirror] * [-1, 1, 1] - reference_face()).max() < 1e-5


def test_shapes_do_what_they_say() -> None:
    face = reference_face()
    assert mouth_opening(face + displacement(_one("jawOpen"))) > mouth_opening(face) + 0.1
    shut = eye_apertures(face + displacement(_one("eyeBlinkRight")))
    assert abs(shut[0]) < 0.002 and shut[1] == pytest.approx(eye_apertures(face)[1])
    smiling = face + displacement(_one("mouthSmileLeft") + _one("mouthSmileRight"))
    assert smiling[291, 0] - smiling[61, 0] > face[291, 0] - face[61, 0] + 0.08
    assert smiling[291, 1] < face[291, 1]


def test_a_shape_moves_its_own_part_of_the_face() -> None:
    moved = {name: np.abs(basis()[INDEX[name]]).max(axis=1) for name in BLENDSHAPE_NAMES}
    upper = [*LIDS, *EYES, *flat(BROWS)]
    elsewhere = {
        ("mouth", "jaw", "cheekPuff"): upper,
        ("eye", "cheekSquint"): [*LIPS, *flat(BROWS)],
        ("brow",): [*LIPS, *LIDS, *EYES],
        ("noseSneer",): upper,
    }
    for beginnings, points in elsewhere.items():
        for name in (n for n in BLENDSHAPE_NAMES if n.startswith(beginnings)):
            assert moved[name][points].max() == 0, name
    assert all(shape[[*STABLE, *NOSE_BASE]].max() == 0 for shape in moved.values())


def test_what_cannot_be_shown_is_said() -> None:
    still = {name for name in BLENDSHAPE_NAMES if not basis()[INDEX[name]].any()}
    assert still == UNSEEN == {"tongueOut"}


def test_a_closed_mouth_on_an_open_jaw_is_closed() -> None:
    shape = reference_face() + displacement(_one("jawOpen") + _one("mouthClose"))
    gap = shape[list(LOWER_LIP[0]), 1] - shape[list(UPPER_LIP[0]), 1]
    assert np.abs(gap).max() < 0.01
    assert (shape - reference_face())[152, 1] > 0.2  # the chin stays down


def test_resting_scores_are_what_a_tracker_sees_in_a_calm_face() -> None:
    rest = resting_scores()
    assert rest[INDEX["eyeSquintLeft"]] == pytest.approx(0.4, abs=0.2)
    assert rest[INDEX["jawOpen"]] < 0.1


def test_the_data_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        basis()[0, 0, 0] = 1
