"""What moves with a face beside it: hair and ears with the head, skin near the face with that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.interpolation.mesh import CHIN, OUTER_CORNERS, Plane, Single

STABLE = (
    10, 338, 297, 332, 284, 109, 67, 103, 54, 21, 251, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 33,
    133, 362, 263, 127, 356, 162, 389, 234, 454, 139, 368, 71, 301, 116, 345, 93, 323,
)  # fmt: skip
"""Landmarks that expressions hardly move: forehead, bridge of the nose, eye corners, temples."""

_NEAR = 0.4  # how far the edge of the face takes its surroundings along, in eye distances
_FARTHEST = 1e4  # places; from a face outside the picture every place is farther
_CLOSE = 0.15  # within which what is beside the face is taken to bend with it at any time
_AVERAGED = 0.12  # over which part of the edge, likewise


def smoothstep(low: float, high: float, values: npt.NDArray[Any] | float) -> npt.NDArray[Any]:
    """Return 0 below `low`, 1 above `high`, and a smooth rise between."""
    share = np.clip((np.asarray(values) - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Where the head is in a picture.

    Attributes:
        points: its landmarks, float32 [478, 2], pixels.
        unit: distance between the outer eye corners in space, pixels.
    """

    points: Single
    unit: float

    def place(self, places: Single) -> Single:
        """Return places [..., 2] in units along and down the face, from between the eyes."""
        right, left = self.points[list(OUTER_CORNERS)]
        across = (left - right) / max(float(np.linalg.norm(left - right)), 1e-3)
        axes = np.stack([across, (-across[1], across[0])], 1)
        return np.asarray((places - (right + left) / 2) @ axes / self.unit, np.float32)

    def attachment(self, places: Single, outside: Single) -> Single:
        """Return how firmly places move with the head: 1 on it, 0 on shoulders and far away.

        Args:
            places: [..., 2], pixels.
            outside: how far each is outside the face, in units.
        """
        x, y = np.moveaxis(self.place(places), -1, 0)
        chin = float(self.place(self.points[CHIN])[1])
        side = smoothstep(0.45, 1.15, np.abs(x))
        start = chin + 0.05 - 0.65 * side
        neck = 1 - smoothstep(0, 1, (y - start) / (1.15 - 0.3 * side))
        far = 1 - smoothstep(1.7, 2.6, np.hypot(x, np.minimum(y, 0) * 0.8))
        return np.asarray(np.maximum(neck * far, 1 - smoothstep(0, 0.3, outside)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Displacements of a whole picture.

    Attributes:
        moves: float32 [height, width, k], pairs of x and y.
        near: which places are of the face or close to it, [height, width, 1], 0..1.
    """

    moves: Single
    near: Single


def extended(plane: Plane, head: Head, moves: Single, spread: Single, face: Single) -> Field:
    """Return displacements of the whole picture that continue those of the face.

    What is attached to the head follows it as a whole (affinely); beside the face comes what the
    nearest skin does beyond that, less and less.

    Args:
        plane: where.
        head: its place.
        moves: displacements of the landmarks, float32 [478, k], pairs of x and y.
        spread: the same over the face, [height, width, k].
        face: where that is, [height, width], 1 or 0.
    """
    coarse = Plane.over(plane.width, plane.height, 2)
    places = np.asarray(coarse.places * plane.step, np.float32)
    inside = coarse.shrink(face)
    step = 2 * float(plane.step.mean()) / head.unit
    far = cv2.distanceTransform((inside < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    outside = np.asarray(np.minimum(far, _FARTHEST) * step, np.float32)
    whole = _fitted(head.points[list(STABLE)], moves[list(STABLE)], places)
    skin = _averaged(coarse.shrink(spread) - whole * inside[..., None], inside, _AVERAGED / step)
    fading = np.where(outside < 1, np.exp(-((outside / _NEAR) ** 2)), 0).astype(np.float32)
    attached = head.attachment(places, outside)
    beside = plane.stretch(whole * attached[..., None] + skin * fading[..., None])
    core = plane.stretch(np.asarray(cv2.GaussianBlur(inside, (0, 0), 1.5), np.float32))
    share = face * smoothstep(0.7, 1, core)
    near = np.maximum(face, plane.stretch(1 - smoothstep(0, _CLOSE, outside)))
    return Field(beside + (spread - beside) * share[..., None], near[..., None])


def _fitted(points: Single, moves: Single, places: Single) -> Single:
    """Return what moves of points become at other places, affinely, by least squares."""
    known = np.linalg.lstsq(_affine(points), moves, rcond=None)[0]
    return np.asarray(_affine(places) @ known.astype(np.float32))


def _averaged(values: Single, weights: Single, width: float) -> Single:
    """Return the local mean of values [height, width, k] that are 0 where the weights are."""
    share = np.asarray(cv2.GaussianBlur(weights, (0, 0), width), np.float32)[..., None]
    return np.asarray(cv2.GaussianBlur(values, (0, 0), width) / (share + np.float32(1e-4)))


def _affine(places: Single) -> Single:
    """Return places [..., 2] with a 1 appended."""
    return np.concatenate([places, np.ones_like(places[..., :1])], -1)
