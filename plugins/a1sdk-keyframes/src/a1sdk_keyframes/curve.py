"""Curves through keys: hold, linear, smooth (cubic Hermite) and bezier, as functions of time.

Times in here are float64, each rounded once from an exact one, so that equal times stay equal and
a curve has exactly the value of a key at that key's time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

N = TypeVar("N", float, npt.NDArray[np.float64])

_BEZIER_STEPS = 64
_BEZIER_PRECISION = 1e-13


class Piece(Protocol):
    """A curve between two keys."""

    def __call__(self, u: float) -> float:
        """Return the value at `u`, which runs from 0 at the first key to 1 at the second."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keeps the first key's value up to the second."""

    value: float

    def __call__(self, u: float) -> float:
        """Return the first key's value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight line."""

    first: float
    second: float

    def __call__(self, u: float) -> float:
        """Return the value at `u`."""
        return self.first + (self.second - self.first) * u


def cubic(u: N, first: N, second: N, leaving: N, arriving: N) -> N:
    """Return the cubic Hermite polynomial at `u` in 0..1.

    Args:
        u: where, 0 at the first key and 1 at the second.
        first: value of the first key.
        second: value of the second key.
        leaving: slope at the first key, times the time between the keys.
        arriving: slope at the second key, times the time between the keys.
    """
    rise = second - first
    bend = 3 * rise - 2 * leaving - arriving
    twist = leaving + arriving - 2 * rise
    return first + u * (leaving + u * (bend + u * twist))


@dataclass(frozen=True, slots=True)
class Cubic:
    """A cubic Hermite piece; see `cubic`."""

    first: float
    second: float
    leaving: float
    arriving: float

    def __call__(self, u: float) -> float:
        """Return the value at `u`."""
        return cubic(u, self.first, self.second, self.leaving, self.arriving)


@dataclass(frozen=True, slots=True)
class Bezier:
    """A cubic Bezier curve in time and value.

    Attributes:
        times: of the two handles, in 0..1, so that time never runs backwards.
        values: of the first key, both handles, and the second key.
    """

    times: tuple[float, float]
    values: tuple[float, float, float, float]

    def __call__(self, u: float) -> float:
        """Return the value where the curve's time is `u`."""
        s = self._parameter(u)
        return _bernstein(s, *self.values)

    def _parameter(self, u: float) -> float:
        """Solve time(s) = u: Newton's steps, halving where they leave the bracket."""
        one, two = self.times
        low, high, s = 0.0, 1.0, u
        for _ in range(_BEZIER_STEPS):
            error = _bernstein(s, 0.0, one, two, 1.0) - u
            if abs(error) < _BEZIER_PRECISION:
                break
            low, high = (low, s) if error > 0 else (s, high)
            slope = 3 * ((1 - s) ** 2 * one + 2 * (1 - s) * s * (two - one) + s * s * (1 - two))
            step = s - error / slope if slope > 0 else low
            s = step if low < step < high else (low + high) / 2
        return s


def _bernstein(s: float, a: float, b: float, c: float, d: float) -> float:
    r = 1 - s
    return r * r * r * a + 3 * r * s * (r * b + s * c) + s * s * s * d


def slopes(
    times: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    held: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.float64]:
    """Return the slope at each key, float64 [K], with which smooth pieces never overshoot.

    Flat at the ends and where a curve turns; elsewhere the weighted harmonic mean of the slopes
    to both neighbours (Fritsch and Butland 1984), which meets the condition of Fritsch and
    Carlson 1980 for monotone pieces.

    Args:
        times: [K], ascending.
        values: [K].
        held: [K - 1], whether the curve stays at the first value between two keys.
    """
    widths = np.diff(times)
    secants = np.diff(values) / widths
    if held is not None:
        secants[held] = 0.0
    found = np.zeros(len(values))
    before, after = secants[:-1], secants[1:]
    same = before * after > 0
    near, far = widths[1:][same], widths[:-1][same]
    weight = (near + 2 * far) / (3 * (near + far))
    one, two = before[same], after[same]
    found[1:-1][same] = one * two / (weight * two + (1 - weight) * one)
    return found


class Curve:
    """A channel over time: before the first key and after the last it keeps their values."""

    def __init__(
        self, times: Sequence[float], values: Sequence[float], pieces: Sequence[Piece]
    ) -> None:
        """Join `pieces`, one fewer than keys, between keys at ascending `times`."""
        self._times, self._values, self._pieces = list(times), list(values), list(pieces)

    @classmethod
    def smooth(cls, times: Sequence[float], values: Sequence[float]) -> Curve:
        """Return the smooth curve through keys."""
        rates = slopes(np.array(times, float), np.array(values, float)).tolist()
        pieces = []
        for n, width in enumerate(np.diff(times).tolist()):
            ends = (rates[n] * width, rates[n + 1] * width)
            pieces.append(Cubic(values[n], values[n + 1], *ends))
        return cls(times, values, pieces)

    @property
    def end(self) -> float:
        """Seconds of the last key."""
        return self._times[-1]

    def __call__(self, seconds: float) -> float:
        """Return the value at a time."""
        n = bisect_right(self._times, seconds) - 1
        if n < 0:
            return self._values[0]
        if n >= len(self._pieces):
            return self._values[-1]
        start = self._times[n]
        return self._pieces[n]((seconds - start) / (self._times[n + 1] - start))
