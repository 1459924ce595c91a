"""The part of the portrait that the model sees: a rectangle round the face, fixed for the shot."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.framing.resampling import Floats, Picture, Pixels, resampled, resized, smoothstep

if TYPE_CHECKING:
    from a1sdk_dit.model.geometry import Geometry

_SOFTENING = ((0.016, 0.02), (0.06, 0.08), (0.2, 0.25))
"""Radii of the blurs of what is made up beyond the picture's edge, each with the distance from the
edge at which it is full; both in heights of the model's picture."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the portrait, and the model's picture of it.

    It has the model's proportions to the nearest pixel, and reaches beyond the portrait only where
    that is narrower or lower than it.

    Attributes:
        left: pixels of the portrait left of it; negative where it reaches beyond.
        top: pixels of the portrait above it; negative where it reaches beyond.
        width: in pixels of the portrait.
        height: in pixels of the portrait.
        portrait: width and height of the portrait.
        model: width and height of the model's picture.
    """

    left: int
    top: int
    width: int
    height: int
    portrait: tuple[int, int]
    model: tuple[int, int]

    @classmethod
    def around(
        cls,
        portrait: tuple[int, int],
        landmarks: npt.NDArray[Any],
        geometry: Geometry,
        face_share: float,
    ) -> Window:
        """Return the window of a face.

        Args:
            portrait: width and height of the portrait.
            landmarks: of the face at rest, [478, 2 or more], pixels of the portrait.
            geometry: sizes of the model.
            face_share: height of the face in the window's. The face gets larger than that where
                the window would otherwise have nothing but made-up surroundings on all sides.
        """
        low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
        proportion = geometry.width / geometry.height
        whole = max(portrait[1], ceil(portrait[0] / proportion))
        height = min(whole, max(2, round(float((high - low).max()) / face_share)))
        width = round(height * proportion)
        if height == whole:
            width = max(width, portrait[0])
        middle = (low + high) / 2
        left = _placed(float(middle[0]), width, portrait[0])
        top = _placed(float(middle[1]), height, portrait[1])
        model = geometry.width, geometry.height
        return cls(left, top, width, height, portrait, model)

    @property
    def seen(self) -> tuple[slice, slice]:
        """Rows and columns of the portrait that lie in the window."""
        right, bottom = self.left + self.width, self.top + self.height
        return (
            slice(max(0, self.top), min(self.portrait[1], bottom)),
            slice(max(0, self.left), min(self.portrait[0], right)),
        )

    @property
    def beyond(self) -> tuple[int, int, int, int]:
        """Pixels by which it reaches beyond the portrait: left, top, right, bottom."""
        right = self.left + self.width - self.portrait[0]
        bottom = self.top + self.height - self.portrait[1]
        return max(0, -self.left), max(0, -self.top), max(0, right), max(0, bottom)

    @property
    def inner(self) -> tuple[bool, bool, bool, bool]:
        """Which of its sides lie inside the portrait: left, top, right, bottom."""
        right, bottom = self.left + self.width, self.top + self.height
        return self.left > 0, self.top > 0, right < self.portrait[0], bottom < self.portrait[1]

    def to_model(self, landmarks: npt.NDArray[Any]) -> Floats:
        """Return landmarks [478, 2 or 3] of the portrait in pixels of the model's picture."""
        scale = np.array([self.model[0] / self.width, self.model[1] / self.height], np.float64)
        placed = np.array(landmarks, np.float64)
        placed[:, :2] = (placed[:, :2] - (self.left, self.top)) * scale
        placed[:, 2:] *= scale[0]
        return placed.astype(np.float32)

    def take(self, pixels: Pixels) -> Picture:
        """Return the model's picture of a portrait of 8 or 16 bits.

        Beyond the portrait's edges the edge goes on, the farther the more blurred.
        """
        left, top, right, bottom = self.beyond
        part = pixels[self.seen]
        if any(self.beyond):
            part = cv2.copyMakeBorder(part, top, bottom, left, right, cv2.BORDER_REPLICATE)
        picture = resampled(np.ascontiguousarray(part), *self.model)
        return self._softened(picture) if any(self.beyond) else picture

    def spread(self, values: npt.NDArray[Any], larger: int) -> npt.NDArray[Any]:
        """Return values of the model's picture for the portrait's pixels that the window sees.

        Args:
            values: of any size and dtype OpenCV resizes, over the whole window.
            larger: OpenCV's filter for where they get more.
        """
        left, top, _, _ = self.beyond
        rows, columns = self.seen
        across, down = columns.stop - columns.start, rows.stop - rows.start
        wide = resized(values, self.width, len(values), larger)[:, left : left + across]
        return resized(wide, across, self.height, larger)[top : top + down]

    def from_person(self, landmarks: npt.NDArray[Any]) -> Floats:
        """Return how far each pixel of the model's picture is from the middle of the person.

        Args:
            landmarks: of the face at rest, [478, 2 or more], pixels of the portrait.

        Returns:
            float32 [height, width]; 1 on an outline that holds the head with its hair, half an
            ellipse, and below it the shoulders, a column that widens.
        """
        face = self.to_model(landmarks)[:, :2]
        low, high = face.min(0), face.max(0)
        x, y = ((low + high) / 2).tolist()
        size = float((high - low).max())
        across, down = (np.arange(n, dtype=np.float32) + 0.5 for n in self.model)
        above, below = np.maximum(y - down, 0) / size, np.maximum(down - y, 0) / size
        half = size * (0.85 + 0.75 * smoothstep(0.4, 1.2, below))
        away = np.hypot((across - x)[None] / half[:, None], above[:, None])
        return np.asarray(away, np.float32)

    def from_sides(self, reach: float) -> Floats:
        """Return a soft edge along the sides that lie inside the portrait.

        Args:
            reach: width of the edge, in heights of the window.

        Returns:
            float32 [height, width] of the model's picture, 0 at those sides .. 1.
        """
        left, top, right, bottom = self.inner
        x = _rise(self.model[0], reach * self.model[1], left, right)
        y = _rise(self.model[1], reach * self.model[1], top, bottom)
        return x[None, :] * y[:, None]

    def outside(self) -> Floats:
        """Return how far each pixel of the model's picture is from the portrait in it.

        float32 [height, width], in pixels of the model's picture; 0 inside.
        """
        left, top, right, bottom = self.beyond
        x = _distance(self.model[0], left / self.width, right / self.width)
        y = _distance(self.model[1], top / self.height, bottom / self.height)
        return np.asarray(np.hypot(x[None, :], y[:, None]), np.float32)

    def _softened(self, picture: Picture) -> Picture:
        away = self.outside()
        soft = picture.astype(np.float32)
        for radius, full in _SOFTENING:
            width = 2 * max(1, round(radius * self.model[1])) + 1
            blurred = cv2.stackBlur(soft, (width, width))
            share = smoothstep(0.0, full * self.model[1], away)
            soft += (blurred - soft) * share[..., None]
        return np.rint(soft).astype(np.uint8)


def _placed(middle: float, length: int, available: int) -> int:
    """Return where a length starts so that it lies about `middle` and within what is available."""
    rest = available - length
    return round(min(max(middle - length / 2, min(0, rest)), max(0, rest)))


def _distance(length: int, before: float, after: float) -> Floats:
    """Return how far pixels are from what lies between two margins, given in shares of all."""
    place = np.arange(length, dtype=np.float32) + 0.5
    out = np.maximum(before * length - place, place - (1 - after) * length)
    return np.asarray(np.maximum(out, 0.0), np.float32)


def _rise(length: int, reach: float, before: bool, after: bool) -> Floats:
    place = np.arange(length, dtype=np.float32) + 0.5
    rise = smoothstep(0.0, max(reach, 1e-3), place)
    one = np.ones(length, np.float32)
    return (rise if before else one) * (rise[::-1] if after else one)
