"""Holds the model's colours to the portrait's."""

from __future__ import annotations

from fractions import Fraction
from math import exp
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.framing.resampling import Floats, Picture, reduced, smoothstep
from a1sdk_dit.framing.window import Window

_REDUCED = 8
"""Pixels of the model's picture that are averaged before they are compared."""

_SETTLING = 0.5
"""Seconds in which the correction follows a change by two thirds."""

_MOVED = 6.0
"""Difference in levels that counts half, as likely a movement."""

_GAIN, _OFFSET = 0.1, 8.0
"""Usual deviations of gain and offset: they share out what one shade alone cannot tell apart."""

_EVIDENCE = 20.0 / 6.0**2
"""Weight of all compared pixels against what is usual: 20 that are off by 6 levels each."""

_PERSON = 0.03
"""How much of the person counts: enough where all else is of one shade, such as black."""

_MOST_GAIN, _MOST_OFFSET = 0.25, 24.0
_POINTS = 200

_SEAM = (0.15, 0.3)
"""Distances from the window's side up to which pixels are on the seam, and from which they are not,
in its heights."""


class Deviation(NamedTuple):
    """How far the colours of one picture are off where it should equal the portrait.

    Attributes:
        frame: number of the picture.
        before: as the model drew it, in levels of 0..255.
        after: as it was corrected.
    """

    frame: int
    before: float
    after: float


def still_area(window: Window, landmarks: npt.NDArray[Any]) -> Floats:
    """Return how much each pixel of the model's picture counts as one that should stay.

    That is the portrait's picture without the person, above all along the window's seam; and where
    the seam runs across the body, the body as well. The rest of the person counts very little.

    Args:
        window: of the face.
        landmarks: of the face at rest, [478, 2 or more], pixels of the portrait.

    Returns:
        float32 [height, width], 0..1.
    """
    width, height = window.model
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    left, top, right, bottom = (np.inf if not inner else 0.0 for inner in window.inner)
    across, up, down = np.minimum(x + left, width - x + right), y + top, height - y + bottom
    apart = smoothstep(0.9, 1.1, window.from_person(landmarks))
    apart *= 0.1 + 0.9 * _near(np.minimum(across[None], up[:, None]), height)
    still = np.maximum(np.maximum(apart, _near(down, height)[:, None]), _PERSON)
    return np.asarray(still * (window.outside() == 0), np.float32)


def _near(away: npt.NDArray[Any], height: int) -> Floats:
    """Return how near to a seam pixels are, 0..1, given how far they are from it."""
    return np.asarray(1.0 - smoothstep(*_SEAM, away / height), np.float32)


class ColourAnchor:
    """Gain and offset of each channel that keep a film's colours where the portrait's are.

    Both are fitted to what should stay as it is, robustly, so that what moves there does not
    count; they are limited, and follow slowly, so that nothing flickers. Where nothing
    counts the colours are left alone.

    Args:
        reference: the model's picture of the portrait.
        still: how much its pixels count, float32 [height, width]; see `still_area`.
        rate: pictures per second.
    """

    def __init__(self, reference: Picture, still: Floats, rate: Fraction) -> None:
        self._weights = reduced(still, _REDUCED).ravel()
        self._reference = _colors(reference)
        self._follow = 1.0 - exp(-1.0 / (float(rate) * _SETTLING))
        self._correction: Floats | None = None
        self._frame = 0
        self._every = 1
        self._curve: list[Deviation] = []

    def __call__(self, picture: Picture) -> Picture:
        """Return the film's next picture in the portrait's colours."""
        frame, self._frame = self._frame, self._frame + 1
        if not self._weights.any():
            return picture
        seen = _colors(picture)
        fitted, weights = _fit(seen, self._reference, self._weights)
        held = fitted if self._correction is None else self._correction
        gain, offset = self._correction = held + (fitted - held) * self._follow
        if frame % self._every == 0:
            off = (self._reference - colors for colors in (seen, seen * gain + offset))
            self._note(frame, *(float(np.abs(_mean(rest, weights)).mean()) for rest in off))
        levels = np.arange(256, dtype=np.float32)[:, None] * gain + offset
        table = np.rint(np.clip(levels, 0, 255)).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table[None]), np.uint8)

    def curve(self) -> list[Deviation]:
        """Return how far colours were off over the film, at evenly spaced pictures."""
        return list(self._curve)

    def _note(self, frame: int, before: float, after: float) -> None:
        self._curve.append(Deviation(frame, before, after))
        if len(self._curve) > _POINTS:
            self._curve, self._every = self._curve[::2], 2 * self._every


def _colors(picture: Picture) -> Floats:
    """Return the colours of a picture, averaged in squares: [n, 3]."""
    return reduced(picture, _REDUCED).reshape(-1, 3).astype(np.float32)


def _mean(values: Floats, weights: Floats) -> Floats:
    return np.asarray(weights @ values / weights.sum(), np.float32)


def _fit(seen: Floats, wanted: Floats, still: Floats) -> tuple[Floats, Floats]:
    """Fit gain and offset that turn what is seen into what is wanted.

    Iteratively reweighted least squares with Cauchy's weights, and normal priors on both.

    Args:
        seen: [n, 3], levels.
        wanted: [n, 3], levels.
        still: how much each counts, [n].

    Returns:
        Gains and offsets, [2, 3]; and the weights that were left, [n].
    """
    weights = still
    change = np.zeros((2, 3), np.float32)
    change[1] = _median(wanted - seen, still)
    for _ in range(4):
        rest = wanted - seen - (seen * change[0] + change[1])
        weights = still / (1.0 + (rest * rest).mean(1) / _MOVED**2)
        change = _solved(seen, wanted - seen, weights)
    limits, none = np.array([[[_MOST_GAIN], [_MOST_OFFSET]], [[1.0], [0.0]]], np.float32)
    return none + np.clip(change, -limits, limits), weights


def _solved(seen: Floats, rest: Floats, weights: Floats) -> Floats:
    """Return the likeliest change of gain and offset, [2, 3], given what is left to explain."""
    a = _mean(seen * seen, weights) * _EVIDENCE + 1.0 / _GAIN**2
    b = _mean(seen, weights) * _EVIDENCE
    c = _EVIDENCE + 1.0 / _OFFSET**2
    p = _mean(seen * rest, weights) * _EVIDENCE
    q = _mean(rest, weights) * _EVIDENCE
    return np.asarray(np.stack([c * p - b * q, a * q - b * p]) / (a * c - b * b), np.float32)


def _median(values: Floats, weights: Floats) -> Floats:
    """Return the weighted median of each column of values [n, 3]."""
    order = np.argsort(values, 0)
    reached = np.cumsum(weights[order], 0)
    first = np.argmax(reached >= reached[-1] / 2, 0)
    at = np.take_along_axis(order, first[None], 0)
    return np.asarray(np.take_along_axis(values, at, 0)[0], np.float32)
