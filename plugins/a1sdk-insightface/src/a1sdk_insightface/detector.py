"""SCRFD: faces in a picture, each with a box, five points and a score.

Source: Guo et al. 2021, "Sample and Computation Redistribution for Efficient Face Detection".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_insightface.alignment import framing, warped

if TYPE_CHECKING:
    from a1sdk_insightface.alignment import Doubles
    from a1sdk_insightface.packs import Network
    from a1sdk_insightface.pictures import Image

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""

_LEAST_SIDE = 8  # pixels; there is no room for a face in less
_LONGEST = 100  # sides of a picture to each other, from which on the search sees lines

_FRAME, _FACE_IN_FRAME = 256, 112
"""Pixels a side of what a look takes in, and of ArcFace's crop in the middle of it."""

_SAME_FACE = 0.15
"""Mean distance of points, in sides of the crop, up to which they are the face that is meant; the
eyes are 0.31 apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face.

    Attributes:
        box: where it is.
        points: float64 [5, 2], as in `alignment`.
        score: how sure the network is, 0..1.
    """

    box: Box
    points: Doubles
    score: float


class Detector:
    """Finds faces in pictures, and looks again where a face is known to be."""

    def __init__(self, network: Network, min_score: float) -> None:
        """Take over a network.

        Args:
            network: a SCRFD detector.
            min_score: score below which it is no face.
        """
        self._model = network.model
        self._min_score = min_score

    def find(self, picture: Image, sizes: tuple[int, ...]) -> list[Detection]:
        """Return the faces of a picture, blue first, the surest first.

        Args:
            picture: of any size.
            sizes: pixels a side to which it is reduced; large faces are found at small sizes, and
                small ones at large. Networks of a fixed size keep to that.
        """
        shorter, longer = sorted(picture.shape[:2])
        if shorter < _LEAST_SIDE or longer > _LONGEST * shorter:
            return []
        squares = [(size, size) for size in sizes]
        rows, points = self._model.detect(picture, squares, det_thresh=self._min_score)
        return [
            Detection(tuple(row[:4].tolist()), five.astype(np.float64), min(1.0, row[4].item()))
            for row, five in zip(rows, points, strict=True)
        ]

    def look(self, picture: Image, near: Doubles) -> Doubles | None:
        """Return the five points of the face that has them near others, or None if it sees none.

        It is shown the face upright and at one size, and looks twice, the second time by what it
        saw first: so its points depend little on how exact `near` is.
        """
        first = self._look_once(picture, near)
        second = None if first is None else self._look_once(picture, first)
        return first if second is None else second

    def _look_once(self, picture: Image, near: Doubles) -> Doubles | None:
        transform, target = framing(near, _FRAME, _FACE_IN_FRAME)
        seen = [one.points for one in self.find(warped(picture, transform, _FRAME), (_FRAME,))]
        if not seen:
            return None
        off = [float(np.linalg.norm(points - target, axis=1).mean()) for points in seen]
        nearest = int(np.argmin(off))
        if off[nearest] > _SAME_FACE * _FACE_IN_FRAME:
            return None
        points: Doubles = (seen[nearest] - transform[:, 2]) @ np.linalg.inv(transform[:, :2]).T
        return points


def overlap(one: Box, other: Box) -> float:
    """Return how much of two boxes together is in both: intersection over union, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (_area(one) + _area(other) - both)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
