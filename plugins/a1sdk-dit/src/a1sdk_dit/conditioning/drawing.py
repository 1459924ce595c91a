"""Draws control pictures: the face as thin coloured lines on black, as the model was trained on."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.conditioning.topology import FRAME, REFERENCE, Marker, Style, edges

Picture = npt.NDArray[np.uint8]


def draw_frame(landmarks: npt.NDArray[Any], height: int, width: int) -> Picture:
    """Return the control picture that moves the face to `landmarks`.

    Args:
        landmarks: [478, 2 or more], pixels of the picture; (0, 0) is the first pixel's corner.
        height: of the picture, in pixels.
        width: of the picture, in pixels.

    Returns:
        uint8 RGB [height, width, 3].
    """
    return draw(landmarks, height, width, FRAME)


def draw_reference(landmarks: npt.NDArray[Any], height: int, width: int) -> Picture:
    """Return the control picture of the portrait's own face; arguments as for `draw_frame`."""
    return draw(landmarks, height, width, REFERENCE)


def draw(landmarks: npt.NDArray[Any], height: int, width: int, style: Style) -> Picture:
    """Return a control picture in a style; arguments as for `draw_frame`.

    Lines are one pixel wide and hard-edged, from pixel to pixel; those with an end outside the
    picture are left out. The model is sensitive to both.
    """
    picture = np.zeros((height, width, 3), np.uint8)
    places = np.asarray(landmarks, np.float64)[:, :2]
    inside = np.all((places >= 0) & (places <= (width, height)), axis=1)
    pixels = np.minimum(np.floor(np.where(inside[:, None], places, 0)), (width - 1, height - 1))
    points = [(int(x), int(y)) for x, y in pixels]
    for start, end, color in edges(style):
        if inside[start] and inside[end]:
            cv2.line(picture, points[start], points[end], color, 1)
    for marker in style.markers:
        if inside[marker.point]:
            _mark(picture, points[marker.point], marker)
    return picture


def _mark(picture: Picture, point: tuple[int, int], marker: Marker) -> None:
    left, top = (max(0, at - marker.before) for at in point)
    right, bottom = (at + marker.after for at in point)
    picture[top:bottom, left:right] = marker.color
