"""How the released scripts fit and crop pictures, and where they put pupils."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from a1sdk.plugin import ConfigError
from a1sdk_dit.conditioning.topology import LEFT_LIDS, LEFT_PUPIL, RIGHT_LIDS, RIGHT_PUPIL

Floats = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]

_CROP = 224
"""Side of the picture from which the scripts' expression network reads."""

_EYES = ((RIGHT_PUPIL, RIGHT_LIDS[:-1]), (LEFT_PUPIL, LEFT_LIDS[:-1]))
_CORNERS = ((RIGHT_PUPIL, 33, 133), (LEFT_PUPIL, 362, 263))


def fit_picture(pixels: Picture, height: int, width: int) -> Picture:
    """Return a picture at the model's size: cut at its sides, or with black bars beside it.

    Args:
        pixels: RGB [h, w, 3].
        height: of the model's picture.
        width: of the model's picture.
    """
    tall, wide = pixels.shape[:2]
    wanted = tall / height * width
    if wide > wanted:
        start = int((wide - int(wanted)) / 2)
        pixels = pixels[:, start : start + int(wanted)]
    else:
        bar = int((wanted - wide) / 2)
        pixels = np.pad(pixels, ((0, 0), (bar, bar), (0, 0)))
    fitted = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.array(fitted)


def face_crop(
    box: tuple[float, float, float, float], height: int, width: int
) -> tuple[int, int, int, int]:
    """Return the square about a face in which the scripts look at it and draw it.

    Args:
        box: left, top, right, bottom of the face as detected, in pixels.
        height: of the picture.
        width: of the picture.

    Returns:
        Left, top, width and height in pixels; a square but where the picture is too low for one.
    """
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    x1, x2 = max(0, int(left - wide / 2)), min(width - 1, int(right + wide / 2))
    out = ((x2 - x1) - tall) / 2
    y1, y2 = max(0, int(top - out)), min(height, int(bottom + out))
    if x2 - x1 > y2 - y1:
        surplus = int(((x2 - x1) - (y2 - y1)) / 2)
        x1, x2 = x1 + surplus, x2 - surplus
    return x1, y1, x2 - x1, y2 - y1


def tracking_crop(landmarks: npt.NDArray[Any]) -> Floats:
    """Return the similarity from a picture to the 224 x 224 crop of the expression network.

    Args:
        landmarks: [478, 2 or more], pixels.

    Returns:
        float64 [3, 3], of points as columns (x, y, 1).
    """
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    size = int(1.4 * float((high - low).sum()) / 2)
    scale = (_CROP - 1) / size
    left, top = ((low + high) / 2 - size / 2) * scale
    return np.array([[scale, 0.0, -left], [0.0, scale, -top], [0.0, 0.0, 1.0]])


def from_camera(points: npt.NDArray[Any], crop: npt.NDArray[Any]) -> Floats:
    """Return projected points of the head model as pixels of the picture.

    Args:
        points: [n, 2 or more], -1..1 across the crop.
        crop: [3, 3], see `tracking_crop`.
    """
    pixels = (np.asarray(points, np.float64)[:, :2] + 1) / 2 * _CROP
    back = np.linalg.inv(crop)
    return np.asarray(pixels @ back[:2, :2].T + back[:2, 2])


def carried_pupils(driver: npt.NDArray[Any], drawn: npt.NDArray[Any]) -> Floats:
    """Return where the scripts draw pupils: the driver's, carried along with the eyes' outlines.

    Args:
        driver: landmarks of the driving face, [478, 2 or more].
        drawn: landmarks as drawn, [478, 2 or more].

    Returns:
        Right and left pupil, [2, 2].

    Raises:
        ConfigError: the outline of an eye is no outline.
    """
    found = np.empty((2, 2))
    for row, (pupil, lids) in enumerate(_EYES):
        here, there = (np.asarray(points)[list(lids), :2] for points in (driver, drawn))
        affine, _ = cv2.estimateAffine2D(here.astype(np.float64), there.astype(np.float64))
        if affine is None:
            raise ConfigError("The points of an eye lie on one line, so that no pupil fits in.")
        found[row] = affine[:, :2] @ driver[pupil, :2] + affine[:, 2]
    return found


def pupil_places(landmarks: npt.NDArray[Any]) -> Floats:
    """Return where pupils are in their eyes, right and left, [2, 2].

    Measured from the middle between the eye's corners, along the line from corner to corner and
    across it (downwards), in half lengths of that line.

    Args:
        landmarks: [478, 2 or more].
    """
    found = np.empty((2, 2))
    for row, (pupil, start, end) in enumerate(_CORNERS):
        first, second, place = (
            np.asarray(landmarks[n, :2], np.float64) for n in (start, end, pupil)
        )
        x, y = half = (second - first) / 2
        away = place - (first + second) / 2
        found[row] = np.array([away @ half, away @ (-y, x)]) / (half @ half)
    return found
