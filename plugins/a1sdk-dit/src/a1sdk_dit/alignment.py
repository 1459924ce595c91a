"""The face of a portrait, upright and at a fixed place: what SigLIP was shown in training.

The picture is turned, scaled and shifted so that eyes, nose and mouth come to lie as in the FFHQ
dataset (Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial
Networks"), at 512 by 512 pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.plugin import FaceObservation, Portrait

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]
    Image = npt.NDArray[np.uint8]

SIDE = 512
"""Height and width of the aligned face in pixels."""

TEMPLATE = np.array(
    [[192.98, 239.95], [318.90, 240.19], [256.63, 314.02], [201.26, 371.41], [313.09, 371.15]]
)
"""Where the five points go, x and y; a pixel's centre has whole coordinates."""

BORDER = (135, 133, 132)
"""RGB of what lies outside the portrait."""

_RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
_LEFT_EYE = (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398)
_NOSE_TIP = (1, 4)  # the template's lies between them, on frontal portraits
_RIGHT_CORNER, _LEFT_CORNER = (61,), (291,)
_POINTS = (_RIGHT_EYE, _LEFT_EYE, _NOSE_TIP, _RIGHT_CORNER, _LEFT_CORNER)


def aligned_face(portrait: Portrait) -> Image:
    """Return the portrait's face, uint8 [512, 512, 3]."""
    picture = _rgb(portrait.pixels)
    transform = similarity(five_points(portrait.face), TEMPLATE)
    shrink = int(1 / np.hypot(*transform[0, :2]))
    if shrink > 1:  # a large face: warping takes four pixels of many, so average them before
        height, width = picture.shape[:2]
        size = max(width // shrink, 1), max(height // shrink, 1)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        points = (five_points(portrait.face) + 0.5) * (np.array(size) / (width, height)) - 0.5
        transform = similarity(points, TEMPLATE)
    warped = cv2.warpAffine(
        picture, transform, (SIDE, SIDE), borderMode=cv2.BORDER_CONSTANT, borderValue=BORDER
    )
    return np.asarray(warped, np.uint8)


def five_points(face: FaceObservation) -> Doubles:
    """Return eyes, nose tip and mouth corners, [5, 2]; what is left in the picture comes first.

    Eyes are the middles of their contours, so that gaze does not move them. A pixel's centre has
    whole coordinates here, as OpenCV counts.
    """
    landmarks = face.landmarks[:, :2].astype(np.float64)
    return np.stack([landmarks[list(group)].mean(0) for group in _POINTS]) - 0.5


def similarity(source: Doubles, target: Doubles) -> Doubles:
    """Return the turn, scale and shift, [2, 3], that bring points nearest to others.

    The released scripts take the median of fits to two points at a time (OpenCV's LMEDS), which
    guards against outliers that a detector may have, and these landmarks have not.

    Method: Umeyama 1991, "Least-squares estimation of transformation parameters between two point
    patterns", for two dimensions, where it is a division of complex numbers.

    Args:
        source: [n, 2].
        target: [n, 2].
    """
    source_mean, target_mean = source.mean(0), target.mean(0)
    start = (source - source_mean) @ (1, 1j)
    end = (target - target_mean) @ (1, 1j)
    factor = np.vdot(start, end) / np.vdot(start, start).real
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, target_mean - turn @ source_mean])


def _rgb(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> Image:
    """Return a picture's colours at 8 bits, what is transparent in front of the border's colour."""
    if pixels.dtype == np.uint8 and pixels.shape[2] == 3:
        return np.asarray(pixels, np.uint8)
    full = np.iinfo(pixels.dtype).max
    values = pixels.astype(np.float32) * np.float32(255 / full)
    color = values[..., :3]
    if values.shape[2] == 4:
        alpha = values[..., 3:] / 255
        color = color * alpha + np.array(BORDER, np.float32) * (1 - alpha)
    rounded: Image = np.rint(color).astype(np.uint8)
    return rounded
