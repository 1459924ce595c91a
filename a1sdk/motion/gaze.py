"""Where the eyes look: angles, the coefficients that turn eyes by them, and back.

Angles are of the eyes in the head, in degrees, to the right of the picture and up; 0 is neutral.
"""

from __future__ import annotations

from math import radians, sin
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.motion.landmarks import (
    IRISES,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
)

if TYPE_CHECKING:
    from a1sdk.motion.frame import FaceMotion

LEVER = 0.1125
"""Face units from the point that an eye turns about to its iris: 10 mm, of the 89 mm between the
outer corners of the eyes. An eyeball has a radius of 12 mm; its iris lies within the cornea."""

FULL_GAZE = (40.0, 33.0)
"""Degrees sideways, and up or down, at which the `eyeLook` coefficients are 1: as far as eyes go.
The blendshapes move the iris by 6.4 mm sideways and 5.4 mm up and down."""

_IRIS_CENTERS = [iris[0] for iris in IRISES]
_EYE_CORNERS = [RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER]

_RIGHT = ("eyeLookOutLeft", "eyeLookInRight")
_LEFT = ("eyeLookInLeft", "eyeLookOutRight")
_UP = ("eyeLookUpLeft", "eyeLookUpRight")
_DOWN = ("eyeLookDownLeft", "eyeLookDownRight")


def gaze(face: FaceMotion) -> tuple[float, float]:
    """Return where the eyes look, in degrees: to the right of the picture, and up; 0 is neutral.

    It is read from how far the irises move between the corners of the eyes, both eyes together,
    for eyes of usual size; so it is relative to the head.
    """
    moved = face.expression[_IRIS_CENTERS, :2].mean(0) - face.expression[_EYE_CORNERS, :2].mean(0)
    right, down = np.degrees(np.arcsin(np.clip(moved / LEVER, -1, 1)))
    return float(right), float(-down)


def gaze_shapes(right: float, up: float) -> dict[str, float]:
    """Return the eight `eyeLook` coefficients, 0..1, of both eyes turned alike.

    An iris moves by the sine of the angle. Lids go with it by themselves: they are part of the
    shapes that look up and down.

    Args:
        right: degrees to the right of the picture, the subject's left; at most `FULL_GAZE`.
        up: degrees up; at most `FULL_GAZE`.
    """
    turned = dict.fromkeys((*_RIGHT, *_LEFT, *_UP, *_DOWN), 0.0)
    ways = ((right, FULL_GAZE[0], _RIGHT, _LEFT), (up, FULL_GAZE[1], _UP, _DOWN))
    for angle, full, there, back in ways:
        share = sin(radians(min(abs(angle), full))) / sin(radians(full))
        turned |= dict.fromkeys(there if angle > 0 else back, share)
    return turned
