"""A face brought to where recognition networks were taught to see it.

Points are eyes, tip of the nose and corners of the mouth, [5, 2], what is left in the picture
first. In this module a pixel's centre has whole coordinates, as the detector and OpenCV count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_insightface.pictures import Image

    Doubles = npt.NDArray[np.float64]

_TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Where the points go in a crop of 112 by 112: ArcFace's own, see `aligned`."""

_RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
_LEFT_EYE = (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398)
_POINTS = (_RIGHT_EYE, _LEFT_EYE, (1, 4), (61,), (291,))
"""Landmarks whose middles the five points are."""


def five_points(shape: npt.NDArray[np.floating]) -> Doubles:
    """Return the five points of 478 landmarks [478, n], as float64 [5, n]."""
    return np.stack([shape[list(group)].astype(np.float64).mean(0) for group in _POINTS])


def aligned(picture: Image, points: Doubles, side: int) -> Image:
    """Return the face, uint8 [side, side, 3], at the place of ArcFace's training pictures.

    Source: Deng et al. 2019, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition",
    whose template insightface keeps in `utils.face_align`; sides that are no multiple of 112 have
    a margin of 8 pixels in 128 to the left and the right, as there.
    """
    scale, margin = (side / 112, 0.0) if side % 112 == 0 else (side / 128, 8.0)
    return warped(picture, similarity(points, (_TEMPLATE + np.array([margin, 0])) * scale), side)


def framing(points: Doubles, side: int, face: int) -> tuple[Doubles, Doubles]:
    """Return how to bring a face, as large as in a crop of side `face`, to the middle of a frame.

    Returns:
        The transform [2, 3] to a frame of side `side`, and where the points should be there.
    """
    target = _TEMPLATE * (face / 112) + (side - face) / 2
    return similarity(points, target), target


def warped(picture: Image, transform: Doubles, side: int) -> Image:
    """Return a part of a picture, uint8 [side, side, 3], black where the picture ends."""
    part = cv2.warpAffine(picture, transform, (side, side), borderValue=0.0)
    return np.asarray(part, np.uint8)


def similarity(source: Doubles, target: Doubles) -> Doubles:
    """Return the turn, scale and shift, [2, 3], that bring points [n, 2] nearest to others.

    Method: Umeyama 1991, "Least-squares estimation of transformation parameters between two point
    patterns", for two dimensions, where it is a division of complex numbers.
    """
    source_mean, target_mean = source.mean(0), target.mean(0)
    start = (source - source_mean) @ (1, 1j)
    end = (target - target_mean) @ (1, 1j)
    factor = np.vdot(start, end) / np.vdot(start, start).real
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, target_mean - turn @ source_mean])
