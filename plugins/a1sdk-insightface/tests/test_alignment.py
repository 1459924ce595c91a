from __future__ import annotations

import warnings

import numpy as np
import pytest
from a1sdk_insightface.alignment import aligned, five_points, framing, similarity, warped

from a1sdk.testing import neutral_shape

FACE = np.array([[300.0, 210], [372, 221], [334, 262], [301, 300], [361, 309]])


@pytest.mark.parametrize("side", [112, 224, 128])
def test_crop_is_that_of_the_library(side: int) -> None:
    from insightface.utils import face_align

    picture = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # scikit-image's, of a name that will go
        expected = face_align.norm_crop(picture, FACE.astype(np.float32), side)
    assert np.abs(aligned(picture, FACE, side).astype(int) - expected).mean() < 0.5


def test_similarity_takes_points_where_they_belong() -> None:
    angle, scale, shift = 0.7, 1.8, np.array([12.0, -5.0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(FACE, FACE @ turn.T + shift)
    assert np.allclose(found, np.column_stack([turn, shift]))


def test_a_frame_holds_the_crop_in_its_middle() -> None:
    transform, target = framing(FACE, 256, 112)
    placed = FACE @ transform[:, :2].T + transform[:, 2]
    assert np.abs(placed - target).max() < 8  # a made-up face is not the template
    assert np.allclose(placed.mean(0), target.mean(0))
    picture = np.zeros((480, 640, 3), np.uint8)
    x, y = FACE[2].astype(int)
    picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    frame = warped(picture, transform, 256)
    center = np.argwhere(frame[..., 0] > 128).mean(0)[::-1]
    assert np.abs(center - placed[2]).max() < 1


def test_five_points_are_eyes_nose_and_mouth() -> None:
    right, left, nose, corner, other = five_points(neutral_shape())[:, :2]
    assert right[0] < nose[0] < left[0] and corner[0] < nose[0] < other[0]
    assert right[1] == pytest.approx(left[1], abs=0.01) and right[1] < nose[1] < corner[1]
