from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.motion.blendshapes import INDEX, displacement, reference_face
from a1sdk.motion.carry import Carry
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.landmarks import LOWER_LIDS, UPPER_LIDS
from a1sdk.motion.mix import resting
from a1sdk.motion.neutral import eye_apertures, mouth_opening


def _motion(neutral: np.ndarray | None = None, **values: float) -> FaceMotion:
    scores = np.zeros(52, np.float32)
    for name, value in values.items():
        scores[INDEX[name]] = value
    return replace(resting(), expression=displacement(scores), neutral=neutral)


def _wide_eyed() -> np.ndarray:
    """A face with eyes half as wide open again, and a narrow mouth."""
    face = reference_face().copy()
    for top, bottom in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        middle = (face[list(top), 1] + face[list(bottom), 1]) / 2
        for lid in (list(top), list(bottom)):
            face[lid, 1] = middle + 1.5 * (face[lid, 1] - middle)
    mouth = face[:, 1] > 0.4
    face[mouth, 0] *= 0.85
    return face


@given(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3))
def test_between_equal_faces_motion_is_left_alone(direction: list[float]) -> None:
    face = _wide_eyed()
    expression = np.full((478, 3), direction, np.float32)
    motion = replace(resting(), expression=expression, neutral=face)
    assert Carry()(motion, face) is motion
    assert Carry()(motion, face.copy()) is motion
    on_reference = replace(motion, neutral=None)
    assert Carry()(on_reference, None) is on_reference
    assert Carry()(on_reference, reference_face()) is on_reference


@pytest.mark.parametrize("closing", [0.9, 1.0])
def test_a_blink_stays_a_blink(closing: float) -> None:
    face = _wide_eyed()
    blink = np.zeros((478, 3), np.float32)
    for top, bottom in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        height = reference_face()[list(bottom), 1] - reference_face()[list(top), 1]
        blink[list(top), 1] = closing * height
    motion = replace(resting(), expression=blink)
    assert eye_apertures(face + blink).min() > 0.3 * eye_apertures(face).min()
    carried = Carry()(motion, face)
    assert eye_apertures(face + carried.expression) == pytest.approx(0.0, abs=1e-3)
    assert carried.neutral is face


def test_a_mouth_opens_in_proportion() -> None:
    face = _wide_eyed()
    motion = _motion(jawOpen=0.7)
    there = Carry()(motion, face)
    opened = mouth_opening(reference_face() + motion.expression) - mouth_opening(reference_face())
    carried = mouth_opening(face + there.expression) - mouth_opening(face)
    assert carried / opened == pytest.approx(0.85, abs=0.02)


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1))
def test_lids_and_lips_do_not_cross(blink: float, closing: float) -> None:
    face = _wide_eyed()
    motion = _motion(eyeBlinkLeft=blink, eyeBlinkRight=1.0, mouthClose=closing, jawOpen=0.1)
    shape = face + Carry()(motion, face).expression
    assert eye_apertures(shape).min() > -1e-3
    assert mouth_opening(shape) > min(0.0, float(mouth_opening(face))) - 1e-3


def test_one_carries_streams_whose_faces_change() -> None:
    """After a cut the subject is another; so may be the face that it is carried onto."""
    carry, wide, motion = Carry(), _wide_eyed(), _motion(eyeBlinkLeft=1.0, jawOpen=0.5)
    once = Carry()(motion, wide).expression
    again = [carry(motion, wide), carry(motion, 1.1 * wide), carry(motion, wide)]
    assert (again[0].expression == once).all()
    assert not (again[1].expression == once).all()
    assert (again[2].expression == once).all()
