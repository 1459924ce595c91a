"""Look at some pixels of a picture, spread evenly, in place of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Levels = npt.NDArray[np.uint8]
    Pixels = Levels | npt.NDArray[np.uint16]

GRID = 32
"""Cells along each side of a picture, whose means are compared."""

_PER_CELL = 4  # pixels looked at along each side of a cell
_POINTS = GRID * _PER_CELL


def spread(pixels: Pixels, box: tuple[int, int, int, int] | None = None) -> Levels:
    """Return pixels spread evenly over a picture, or a box in it, uint8 [n, n, channels].

    Args:
        pixels: the picture, of 8 or 16 bits.
        box: top, bottom, left and right; the whole picture if None.
    """
    top, bottom, left, right = box or (0, pixels.shape[0], 0, pixels.shape[1])
    step = (np.arange(_POINTS) + 0.5) / _POINTS
    rows = (top + step * (bottom - top)).astype(np.intp)
    columns = (left + step * (right - left)).astype(np.intp)
    points = pixels[rows].take(columns, axis=1)
    return np.asarray(points if points.dtype == np.uint8 else (points >> 8).astype(np.uint8))


def cell_levels(points: Levels) -> npt.NDArray[np.float64]:
    """Return the mean levels of each of GRID x GRID cells of spread pixels, 0..255."""
    wide = points.astype(np.uint16)
    tall = sum(wide[step::_PER_CELL] for step in range(_PER_CELL))  # a tenth of the time of `sum`
    whole = sum(np.asarray(tall)[:, step::_PER_CELL] for step in range(_PER_CELL))
    return np.asarray(np.asarray(whole) / _PER_CELL**2)
