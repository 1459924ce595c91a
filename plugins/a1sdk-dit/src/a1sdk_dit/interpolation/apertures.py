"""Mouth and eyes in a picture between two: what is behind lips and lids comes from where it shows.

A closed mouth that is warped open shows stretched lips, an open eye that is warped shut a squeezed
iris. The inside of each is therefore taken from the picture in which it is more open, and eyeballs
do not bend with the lids: they turn behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from a1sdk_dit.interpolation.mesh import Single, cubic
from a1sdk_dit.interpolation.protocol import Bytes
from a1sdk_dit.interpolation.surroundings import smoothstep

LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
"""Inner edge of the lips, clockwise in the picture from its left corner."""


class EyePoints(NamedTuple):
    """Landmarks of an eye."""

    lids: tuple[int, ...]
    """Edge of the lids, clockwise in the picture from its left corner."""
    corners: tuple[int, int]
    """Left and right in the picture."""
    iris: tuple[int, ...]
    """Centre, then four on the rim."""


EYES = (
    EyePoints(
        (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
        (33, 133),
        (468, 469, 470, 471, 472),
    ),
    EyePoints(
        (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382),
        (362, 263),
        (473, 474, 475, 476, 477),
    ),
)

SKULL = (2, 97, 326)
"""Base of the nose: it moves with the upper teeth."""

CHIN = (152, 148, 377, 199, 200)
"""It moves with the lower teeth."""

_BETWEEN_TEETH = (0.4, 0.9)  # share of the opening's height over which one becomes the other
_CLOSED = 0.01  # area of an opening, in squares of the eye distance, that counts as none
_GAZE = 0.007  # what irises are unsure by against the corners of the eye, in eye distances
_MARGIN = 3
_SOFT = 0.7  # pixels


def wiener(moves: Single, jitter: float) -> Single:
    """Return moves [..., 2], hardly less where they are large, and little where not above `jitter`.

    The gain is a Wiener filter's for the signal's energy taken as the move's own.
    """
    energy = (moves * moves).sum(-1, keepdims=True)
    return np.asarray(moves * (energy / (energy + np.float32(jitter**2))), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Instant:
    """Landmarks before, at and after an instant, float32 [478, 2], and the way between in time."""

    a: Single
    t: Single
    b: Single
    weight: float
    unit: float

    def trust(self, outline: tuple[int, ...]) -> float:
        """Return how much of an opening comes from `b`: much if it is more open there than in `a`.

        Areas count squared: of two pictures equally far in time, one where the opening is twice
        as wide gives nearly four fifths.
        """
        area_a, area_b = (
            (cv2.contourArea(points[list(outline)]) / self.unit**2 + _CLOSED) ** 2
            for points in (self.a, self.b)
        )
        toward = self.weight * area_b
        return float(toward / (toward + (1 - self.weight) * area_a))


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The part of a picture that an outline encloses, and a little around it."""

    rows: slice
    columns: slice
    inside: Single

    @classmethod
    def of(cls, outline: Single, height: int, width: int) -> Opening | None:
        """Find the part; None where it is outside the picture."""
        left, top = np.maximum(np.floor(outline.min(0)).astype(int) - _MARGIN, 0)
        right, bottom = np.minimum(np.ceil(outline.max(0)).astype(int) + _MARGIN, (width, height))
        if right <= left or bottom <= top:
            return None
        mask = np.zeros((bottom - top, right - left), np.uint8)
        fine = np.round((outline - (left, top) - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fine], (255,), cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), _SOFT)
        inside = np.asarray(soft, np.float32)[..., None]
        return cls(slice(top, bottom), slice(left, right), inside)

    def put(self, picture: Bytes, content: Single) -> None:
        """Draw content [rows, columns, 3] into the opening."""
        part = picture[self.rows, self.columns]
        part[:] = np.rint(part + (content - part) * self.inside)

    def places(self) -> Single:
        """Return the middles of its pixels, [rows, columns, 2]."""
        x = np.arange(self.columns.start, self.columns.stop) + 0.5
        y = np.arange(self.rows.start, self.rows.stop) + 0.5
        return np.stack(np.meshgrid(x, y), -1).astype(np.float32)


def draw_mouth(picture: Bytes, a: Bytes, b: Bytes, instant: Instant) -> None:
    """Draw the inside of the mouth anew, from the two pictures as they are."""
    opening = Opening.of(instant.t[list(LIPS)], *picture.shape[:2])
    if opening is None:
        return
    mouth = _Mouth(instant.t)
    share = np.float32(instant.trust(LIPS))
    places = opening.places()
    from_a, from_b = (
        cubic(each, *mouth.origins(places, points)).astype(np.float32)
        for each, points in ((a, instant.a), (b, instant.b))
    )
    opening.put(picture, from_a + (from_b - from_a) * share)


class _Mouth:
    """The inside of a mouth: what is above moves with the skull, what is below with the chin."""

    def __init__(self, points: Single) -> None:
        """Take the landmarks [478, 2] at the instant."""
        self._points = points
        left, right = points[[LIPS[0], LIPS[10]]]
        along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-3)
        self._axes = np.stack([along, (-along[1], along[0])]).astype(np.float32)
        self._edges = self._curves(points)

    def origins(self, places: Single, points: Single) -> tuple[Single, Single]:
        """Return columns and rows where a picture has what is to be at places [..., 2].

        They are between the lips as the picture has them.

        Args:
            places: pixels from the corner of the first one.
            points: landmarks in that picture, [478, 2].
        """
        along, down = np.moveaxis(places @ self._axes.T, -1, 0)
        upper, lower = (np.interp(along, *edge) for edge in self._edges)
        depth = np.clip((down - upper) / np.maximum(lower - upper, 1e-3), 0, 1)
        skull, chin = ((points - self._points)[list(each)].mean(0) for each in (SKULL, CHIN))
        share = smoothstep(*_BETWEEN_TEETH, depth)[..., None]
        move = (skull + (chin - skull) * share) @ self._axes.T
        edges = self._curves(points)
        above, below = np.minimum(down - upper, 0), np.maximum(down - lower, 0)
        upper, lower = (np.interp(along + move[..., 0], *edge) for edge in edges)
        lower = np.maximum(upper, lower)
        down = np.clip(down + move[..., 1], upper + above, lower + below)
        found = np.stack([along + move[..., 0], down], -1) @ self._axes - 0.5
        return found[..., 0].astype(np.float32), found[..., 1].astype(np.float32)

    def _curves(self, points: Single) -> tuple[tuple[Single, Single], tuple[Single, Single]]:
        """Return the edges of the upper and the lower lip, along and down the mouth."""
        ring = points[[*LIPS, LIPS[0]]] @ self._axes.T
        upper, lower = ring[:11].T, ring[:9:-1].T
        return (
            (np.maximum.accumulate(upper[0]), upper[1]),
            (np.maximum.accumulate(lower[0]), lower[1]),
        )


def draw_eyes(picture: Bytes, a: Bytes, b: Bytes, instant: Instant) -> None:
    """Draw the eyeballs anew, from the two pictures as they are."""
    for eye in EYES:
        opening = Opening.of(instant.t[list(eye.lids)], *picture.shape[:2])
        if opening is None:
            continue
        from_a, from_b = _balls(opening, eye, a, b, instant)
        opening.put(picture, from_a + (from_b - from_a) * np.float32(instant.trust(eye.lids)))


def _balls(
    opening: Opening, eye: EyePoints, a: Bytes, b: Bytes, instant: Instant
) -> Iterator[Single]:
    """Yield an eyeball as the two pictures have it, turned to where it looks at the instant."""
    iris = instant.t[list(eye.iris)]
    left, right = instant.t[list(eye.corners)]
    width = max(float(np.linalg.norm(right - left)), 1e-3)
    along = (right - left) / width
    middle = float(np.clip((iris[0] - left) @ along, 0, width))
    radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
    knots = np.array([0, max(middle - radius, 0), min(middle + radius, width), width])
    places = opening.places()
    at = (places - left) @ along
    for picture, points in ((a, instant.a), (b, instant.b)):
        first, ball, last = (points - instant.t)[[eye.corners[0], eye.iris[0], eye.corners[1]]]
        carried = first + (last - first) * np.float32(middle / width)
        ball = carried + wiener(ball - carried, _GAZE * instant.unit)
        moves = np.stack([first, ball, ball, last])
        x, y = (places[..., k] - 0.5 + np.interp(at, knots, moves[:, k]) for k in range(2))
        yield cubic(picture, x.astype(np.float32), y.astype(np.float32)).astype(np.float32)
