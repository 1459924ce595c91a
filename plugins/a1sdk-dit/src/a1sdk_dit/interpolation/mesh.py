"""The face's landmarks as a net of triangles, and what they carry spread over the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk.plugin import BLENDSHAPE_NAMES, BLENDSHAPES, from_coefficients
from a1sdk_dit.interpolation.protocol import Bytes, Floats

Single = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

SKIN = 468
"""Landmarks of the skin; those of the irises follow."""

OUTER_CORNERS = (33, 263)
FOREHEAD, CHIN = 10, 152

_APART = {"jawOpen": 0.6, "eyeWideLeft": 1.0, "eyeWideRight": 1.0}
_FINE = 4  # bits of a pixel's fraction, for cv2's polygons
_THIN = 0.5  # twice the area, in pixels, that a triangle is taken to have at least


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A grid of places over a picture, coarser than its pixels.

    Attributes:
        width: places across.
        height: places down.
        step: pixels from place to place, across and down, float32 [2].
        places: float32 [height, width, 2], pixels from the corner of the first one.
        numbers: their columns and their rows in the grid, each float32 [height, width].
    """

    width: int
    height: int
    step: Single
    places: Single
    numbers: tuple[Single, Single]

    @classmethod
    def over(cls, width: int, height: int, coarser: int) -> Plane:
        """Lay a grid over a picture, `coarser` pixels from place to place or a little less."""
        columns, rows = -(-width // coarser), -(-height // coarser)
        x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
        step = np.array([width / columns, height / rows], np.float32)
        return cls(columns, rows, step, (np.stack([x, y], -1) + np.float32(0.5)) * step, (x, y))

    def shrink(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return an image with as many pixels as the grid has places, by means of areas."""
        size = (self.width, self.height)
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))

    def stretch(self, image: Single) -> Single:
        """Return values known at fewer or at more places at those of the grid, linearly."""
        size = (self.width, self.height)
        if image.shape[1::-1] == size:
            return image
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def fetch(self, image: npt.NDArray[Any], displacement: Single) -> npt.NDArray[Any]:
        """Return what an image of the grid's size has at displaced places (in steps), linearly."""
        x, y = self.displaced(displacement, (1.0, 1.0))
        return _looked_up(image, x, y, cv2.INTER_LINEAR)

    def displaced(self, displacement: Single, scale: tuple[float, float]) -> tuple[Single, Single]:
        """Return columns and rows of places after a displacement, times `scale` across and down.

        Two maps, because OpenCV 5.0 looks bytes up at wrong places by one map of two channels.
        """
        x, y = (
            cv2.scaleAdd(self.stretch(np.asarray(move, np.float32)), times, number)
            for move, times, number in zip(
                cv2.split(displacement), scale, self.numbers, strict=True
            )
        )
        return np.asarray(x, np.float32), np.asarray(y, np.float32)


def cubic(picture: Bytes, x: Single, y: Single) -> Bytes:
    """Return what a picture has at columns `x` and rows `y`, by cubic interpolation."""
    return np.asarray(_looked_up(picture, x, y, cv2.INTER_CUBIC), np.uint8)


def _looked_up(image: npt.NDArray[Any], x: Single, y: Single, how: int) -> npt.NDArray[Any]:
    return np.asarray(cv2.remap(image, x, y, how, borderMode=cv2.BORDER_REPLICATE))


def laid_out(landmarks: Floats) -> Single:
    """Lay landmarks [478, 3] out flat, [478, 2]: seen from the front, lips and lids apart.

    Lips that touch would be crossed by triangles, and the mouth be torn once it opens.
    """
    points = np.asarray(landmarks, np.float32)
    right, left = points[list(OUTER_CORNERS)]
    across = (left - right) / max(float(np.linalg.norm(left - right)), 1e-6)
    down = points[CHIN] - points[FOREHEAD]
    down -= across * (across @ down)
    down /= max(float(np.linalg.norm(down)), 1e-6)
    seen = (points - points.mean(0)) @ np.stack([across, down], 1)
    shapes = np.zeros(BLENDSHAPES, np.float32)
    for name, amount in _APART.items():
        shapes[BLENDSHAPE_NAMES.index(name)] = amount
    apart = from_coefficients(shapes).expression[:, :2]
    return np.asarray(seen / np.linalg.norm(left - right) + apart, np.float32) * 100


def triangulate(points: Single) -> Ints:
    """Return the Delaunay triangles of points [n, 2], as indices [triangles, 3]."""
    low, high = np.floor(points.min(0)) - 8, np.ceil(points.max(0)) + 8
    left, top, width, height = (int(each) for each in (*low, *(high - low)))
    plane = cv2.Subdiv2D((left, top, width, height))
    names: dict[tuple[float, float], int] = {}
    for index, (x, y) in enumerate(points.tolist()):
        names.setdefault((x, y), index)
        plane.insert((x, y))
    corners = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2).tolist()
    found = [[names.get((x, y), -1) for x, y in corner] for corner in corners]
    triangles = np.asarray(found, np.intp).reshape(-1, 3)
    return triangles[(triangles >= 0).all(1)]


class FaceMesh:
    """Triangles between the landmarks of the skin."""

    def __init__(self, neutral: Floats) -> None:
        """Take the net from a face at rest, landmarks [478, 3], seen from any side."""
        self.triangles = triangulate(laid_out(neutral)[:SKIN])

    def spread(self, plane: Plane, points: Floats, values: Single) -> tuple[Single, Single]:
        """Spread values of landmarks over the face, linearly within each triangle.

        Args:
            plane: where to.
            points: the landmarks, [478, 2 or 3]; where the face covers itself, z (away from the
                camera) tells what is in front.
            values: of the landmarks, [478, k].

        Returns:
            The values [height, width, k], 0 outside the face, and where the face is [height,
            width], 1 or 0.
        """
        covering = self._covering(plane, points)
        rows, columns = np.nonzero(covering >= 0)
        which = covering[rows, columns]
        place = plane.places[rows, columns]
        base, along, down = self._slopes(np.asarray(points[:, :2], np.float32), values)
        spread = np.zeros((plane.height, plane.width, values.shape[1]), np.float32)
        spread[rows, columns] = (
            base[which] + along[which] * place[:, :1] + down[which] * place[:, 1:]
        )
        return spread, (covering >= 0).astype(np.float32)

    def _covering(self, plane: Plane, points: Floats) -> npt.NDArray[np.int32]:
        """Return the foremost triangle at each place, -1 outside the face."""
        corners = points[self.triangles]
        covering = np.full((plane.height, plane.width), -1, np.int32)
        flat = np.round((corners[..., :2] / plane.step - 0.5) * (1 << _FINE)).astype(np.int32)
        numbers = np.arange(len(flat))
        if points.shape[1] > 2:
            numbers = np.argsort(-corners[..., 2].mean(1), kind="stable")
        for number in numbers.tolist():
            cv2.fillConvexPoly(covering, flat[number], number, cv2.LINE_8, _FINE)
        return covering

    def _slopes(self, points: Single, values: Single) -> tuple[Single, Single, Single]:
        """Return each triangle's value at (0, 0) and its growth along x and y, [triangles, k]."""
        first, second, third = (points[self.triangles[:, k]] for k in range(3))
        u, v = second - first, third - first
        area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        area = np.where(np.abs(area) < _THIN, np.copysign(_THIN, area), area)[:, None]
        start, *ends = (values[self.triangles[:, k]] for k in range(3))
        by_u, by_v = (end - start for end in ends)
        along = (by_u * v[:, 1:] - by_v * u[:, 1:]) / area
        down = (by_v * u[:, :1] - by_u * v[:, :1]) / area
        return start - along * first[:, :1] - down * first[:, 1:], along, down
