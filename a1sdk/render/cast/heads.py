"""Where a head is in a picture, by the landmarks of its face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

    Doubles = npt.NDArray[np.float64]

_FOREHEAD, _CHIN, _CHEEKS = 10, 152, (234, 454)
_TALL, _WIDE = 0.68, 0.56
"""Half a head with its hair, upwards and across, in sizes of its face."""

_CROWN = 0.17
"""How far the middle of the head is above that of the face, in sizes of the face."""


class Head:
    """A head, upright or tilted: an ellipse, and in it a smaller one that is the face.

    Attributes:
        size: of the face, in pixels: from the forehead to the chin, or from cheek to cheek.
    """

    def __init__(self, landmarks: Floats) -> None:
        """Take landmarks [478, 3], pixels."""
        points = np.asarray(landmarks[:, :2], np.float64)
        up = points[_FOREHEAD] - points[_CHIN]
        height, width = np.hypot(*up), np.hypot(*np.subtract(*points[list(_CHEEKS)]))
        self.size = max(float(height), float(width), 1.0)
        up = up / height if height > 0 else np.array([0.0, -1.0])
        axes = np.array([[-up[1], up[0]], up])
        middle = (points[_FOREHEAD] + points[_CHIN]) / 2 + _CROWN * self.size * up
        self._head = middle, axes / (self.size * np.array([[_WIDE], [_TALL]]))
        placed = points @ axes.T
        low, high = placed.min(0), placed.max(0)
        half = np.maximum((high - low) / 2, 0.5)
        self._face = (low + high) / 2 @ axes, axes / half[:, None]

    def distance(self, x: Floats, y: Floats) -> Floats:
        """Return how far places are from the middle of the head; 1 at its outline.

        Args:
            x: across, pixels.
            y: downwards, pixels; of a shape that goes with that of `x`.
        """
        return _distance(*self._head, x, y)

    def face(self, x: Floats, y: Floats) -> Floats:
        """Return how far places are from the middle of the face; 1 at its outline."""
        return _distance(*self._face, x, y)


def _distance(middle: Doubles, axes: Doubles, x: Floats, y: Floats) -> Floats:
    (a, b), (c, d) = axes.astype(np.float32)
    across, down = x - np.float32(middle[0]), y - np.float32(middle[1])
    return np.asarray(np.hypot(a * across + b * down, c * across + d * down), np.float32)
