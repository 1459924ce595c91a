"""Pictures between two others, guided by landmarks that are known at the instant between.

Both pictures are warped to where the face is at that instant and blended. A flow from the pictures
alone has to guess that, and guesses a straight way: here a blink or a lip closure that happens
between two pictures is drawn.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.interpolation.apertures import Instant, draw_eyes, draw_mouth, wiener
from a1sdk_dit.interpolation.blend import mixed
from a1sdk_dit.interpolation.matching import Gray, Residual, benefit
from a1sdk_dit.interpolation.mesh import OUTER_CORNERS, FaceMesh, Plane, Single, cubic
from a1sdk_dit.interpolation.protocol import Bytes, Floats
from a1sdk_dit.interpolation.surroundings import Field, Head, extended

COARSER = 2
"""Pixels of the picture per place at which displacements are known."""

JITTER = 0.004
"""What landmarks are unsure by, in eye distances: departures from the straight way in time that
are not larger are mostly noise."""

NEARER = 1.5
"""Exponent by which the picture nearer in time counts more than by a cross-fade's weight."""


def nearer(weight: float) -> float:
    """Return a weight moved towards the nearer end: mixed less, pictures stay sharper."""
    on, back = weight**NEARER, (1 - weight) ** NEARER
    return float(on / (on + back))


class LandmarkWarp:
    """An `InBetween` that warps both pictures to the landmarks at the instant, and blends them.

    The movement between the two pictures is that of the landmarks within the face, and continued
    around it, where it applies only as far as it makes the two pictures agree: what stands still
    behind the head is left as it is, and where the pictures are equal, so is the result. What the
    two warped pictures still disagree in (clothes, hair, a hand) is followed by optical flow. The
    inside of mouth and eyes comes from the picture in which they are more open.
    """

    def __init__(self, neutral: Floats) -> None:
        """Take the portrait's landmarks [478, 3], from any side; they say what is next to what."""
        self._mesh = FaceMesh(neutral)
        self._residual = Residual()
        self._plane = Plane.over(1, 1, 1)
        self._pixels = self._plane

    def __call__(
        self,
        a: Bytes,
        b: Bytes,
        points_a: Floats,
        points_b: Floats,
        points_t: Floats,
        weight: float,
    ) -> Bytes:
        """Return the picture in between, see `InBetween`."""
        self._fit(a)
        instant = _instant(points_a, points_b, points_t, weight)
        field = self._field(instant, points_t)
        small = self._small(a), self._small(b)
        to_a, to_b = self._displacements(small, field, np.float32(weight))
        from_a, from_b = self._warped(a, to_a), self._warped(b, to_b)
        picture = mixed(from_a, from_b, nearer(weight))
        draw_mouth(picture, a, b, instant)
        draw_eyes(picture, a, b, instant)
        return picture

    def _fit(self, picture: Bytes) -> None:
        height, width = picture.shape[:2]
        if (self._pixels.width, self._pixels.height) != (width, height):
            self._pixels = Plane.over(width, height, 1)
            self._plane = Plane.over(width, height, COARSER)

    def _small(self, picture: Bytes) -> Gray:
        return np.asarray(cv2.cvtColor(self._plane.shrink(picture), cv2.COLOR_RGB2GRAY))

    def _field(self, instant: Instant, points_t: Floats) -> Field:
        """Return the movement from `a` to `b`, and how far the way between leads past the instant.

        Returns:
            Displacements in steps, [height, width, 4]: two for each.
        """
        way = instant.a + (instant.b - instant.a) * np.float32(instant.weight)
        moves = np.concatenate([instant.b - instant.a, way - instant.t], 1)
        moves /= np.tile(self._plane.step, 2)
        seen = np.concatenate([instant.t, points_t[:, 2:]], 1)
        spread, face = self._mesh.spread(self._plane, seen, moves)
        head = Head(instant.t, instant.unit)
        return extended(self._plane, head, moves, spread, face)

    def _displacements(
        self, small: tuple[Gray, Gray], field: Field, weight: np.float32
    ) -> tuple[Single, Single]:
        """Return how far from each place its content is in `a` and in `b`, in steps."""
        plane = self._plane
        way, past = field.moves[..., :2], field.moves[..., 2:]
        met = plane.fetch(small[0], -weight * way), plane.fetch(small[1], (1 - weight) * way)
        useful = benefit(small, met)[..., None]
        way = way * useful
        past = past * np.maximum(useful, field.near)
        to_a, to_b = past - weight * way, past + (1 - weight) * way
        warped = plane.fetch(small[0], to_a), plane.fetch(small[1], to_b)
        left = self._residual.between(plane, *warped)
        back, on = -weight * left, (1 - weight) * left
        return back + plane.fetch(to_a, back), on + plane.fetch(to_b, on)

    def _warped(self, picture: Bytes, displacement: Single) -> Bytes:
        """Return a picture displaced; what is around all that moves is left as it is."""
        rows, columns = np.nonzero((displacement[..., 0] != 0) | (displacement[..., 1] != 0))
        if not len(rows):
            return picture
        across, down = self._plane.step.tolist()
        part = _extent(rows, down), _extent(columns, across)
        x, y = self._pixels.displaced(displacement, (across, down))
        warped = picture.copy()
        warped[part] = cubic(picture, x[part], y[part])
        return warped


def _extent(numbers: npt.NDArray[np.intp], step: float) -> slice:
    """Return the rows or columns of a picture that places of these numbers have a share in."""
    return slice(max(0, int((numbers.min() - 1) * step)), int((numbers.max() + 2) * step) + 1)


def _instant(points_a: Floats, points_b: Floats, points_t: Floats, weight: float) -> Instant:
    """Return the landmarks in the picture, those at the instant freed of jitter."""
    a, b, t = (np.asarray(each[:, :2], np.float32) for each in (points_a, points_b, points_t))
    right, left = points_t[list(OUTER_CORNERS)]
    unit = max(float(np.linalg.norm(left - right)), 1e-3)
    way = a + (b - a) * np.float32(weight)
    return Instant(a, way + wiener(t - way, JITTER * unit), b, weight, unit)
