from __future__ import annotations

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation
from a1sdk.motion.blendshapes import (
    BLENDSHAPE_NAMES,
    INDEX,
    displacement,
    reference_face,
    resting_scores,
)
from a1sdk.motion.landmarks import LIPS, LOWER_LIP
from a1sdk.motion.neutral import mouth_opening
from a1sdk.motion.pose import own_pose
from a1sdk.motion.relax import lips_together, own_coefficients, relaxed

NOT_LIPS = sorted(set(range(478)) - set(LIPS))
NAMES = ("mouthSmileLeft", "mouthSmileRight", "jawOpen")


def scores(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in BLENDSHAPE_NAMES], np.float32)


def portrait(expression: np.ndarray, *, measured: bool) -> tuple[FaceObservation, np.ndarray]:
    """A face with an expression, tracked with blendshapes or without, and its shape."""
    points = (180.0 * (reference_face() + displacement(expression)) + 300.0).astype(np.float32)
    found = np.clip(resting_scores() + expression, 0, 1) if measured else None
    face = FaceObservation(points, 1.0, blendshapes=found)
    return face, own_pose(points).unproject(points)


LAUGH = scores(
    mouthSmileLeft=0.9,
    mouthSmileRight=0.9,
    jawOpen=0.3,
    mouthUpperUpLeft=0.5,
    mouthUpperUpRight=0.5,
)


@pytest.mark.parametrize("measured", [True, False])
def test_a_laugh_is_taken_off_and_its_lips_meet(measured: bool) -> None:
    face, shape = portrait(LAUGH, measured=measured)
    calm = relaxed(face, shape)
    assert mouth_opening(shape) > 0.12
    assert mouth_opening(calm) < 0.01
    width, rest = (np.ptp(points[[61, 291], 0]) for points in (calm, reference_face()))
    assert width == pytest.approx(rest, rel=0.06)


@pytest.mark.parametrize("measured", [True, False])
def test_a_face_at_rest_stays_as_it_is(measured: bool) -> None:
    face, shape = portrait(scores(), measured=measured)
    assert np.abs(relaxed(face, shape) - shape).max() < 1e-3


def test_a_smile_is_read_from_a_shape() -> None:
    found = own_coefficients(*portrait(LAUGH, measured=False))
    assert found[[INDEX[name] for name in NAMES]] == pytest.approx([0.9, 0.9, 0.3], abs=0.2)
    others = [number for name, number in INDEX.items() if name not in NAMES]
    assert not found[others].any()


def test_a_face_built_with_a_slight_smile_is_at_rest() -> None:
    built = scores(mouthSmileLeft=0.3, mouthSmileRight=0.3)
    assert not own_coefficients(*portrait(built, measured=False)).any()


@pytest.mark.parametrize(("parted", "left"), [(0.01, 0.01), (0.06, 0.0)])
def test_lips_that_speak_rest_together(parted: float, left: float) -> None:
    shape = reference_face().astype(float)
    together = mouth_opening(shape)
    for row in LOWER_LIP:
        shape[list(row), 1] += parted - together
    assert mouth_opening(lips_together(shape)) == pytest.approx(left, abs=1e-6)
    assert np.array_equal(lips_together(shape)[NOT_LIPS], shape[NOT_LIPS])
