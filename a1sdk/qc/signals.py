"""Signals over time: correlation in a window, lag, the jitter of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

_FEWEST = 6  # frames that a correlation is made of
_TINY = 1e-12

JITTER = np.array([-1.0, 3.0, -3.0, 1.0]) / np.sqrt(20.0)
"""Weights of four frames whose sum, for noise independent from frame to frame, deviates as the
noise does, and is nothing for what moves evenly: a third difference."""


def windowed_sums(values: Doubles, reach: int) -> Doubles:
    """Return the sum over the frames up to `reach` before and after each, of [T]."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    frames = np.arange(len(values))
    low, high = np.maximum(frames - reach, 0), np.minimum(frames + reach + 1, len(values))
    return np.asarray(total[high] - total[low])


def windowed_median(values: Doubles, window: int) -> Doubles:
    """Return the median of the `window` known values around each known one; [T].

    At the ends it is of as many as there are.
    """
    known = np.flatnonzero(np.isfinite(values))
    found = np.full(len(values), np.nan)
    if len(known):
        ends = np.full(window // 2, np.nan)
        padded = np.concatenate([ends, values[known], ends])
        found[known] = np.nanmedian(sliding_window_view(padded, window), axis=1)
    return found


def windowed_correlation(
    asked: Doubles, seen: Doubles, rate: Fraction, *, least: float, seconds: float = 1.0
) -> Doubles:
    """Return Pearson's correlation of two signals [T] around each frame, -1..1.

    Args:
        asked: what was asked for.
        seen: what was seen; not a number where it was not.
        rate: frames per second.
        least: standard deviation that `asked` has to have within the window.
        seconds: length of the window.
    """
    known = np.isfinite(asked) & np.isfinite(seen)
    reach = max(1, round(seconds * float(rate) / 2))
    first, second = (np.where(known, side, 0.0) for side in (asked, seen))
    count = np.maximum(windowed_sums(known.astype(float), reach), 1.0)
    means = [windowed_sums(side, reach) / count for side in (first, second)]
    shared = windowed_sums(first * second, reach) / count - means[0] * means[1]
    spread = [
        np.sqrt(np.maximum(windowed_sums(side * side, reach) / count - mean**2, 0.0))
        for side, mean in zip((first, second), means, strict=True)
    ]
    found = shared / np.maximum(spread[0] * spread[1], _TINY)
    usable = known & (count >= _FEWEST) & (spread[0] >= least)
    return np.where(usable, np.clip(found, -1.0, 1.0), np.nan)


def lag(first: Doubles, second: Doubles, reach: int) -> tuple[float, float]:
    """Return by how many frames `second` is late, and the correlation there; parabolic between.

    Not a number, and 0, where nothing moves or too little is known.

    Args:
        first: [T], not a number where unknown.
        second: [T], the same.
        reach: frames that are looked at on either side.
    """
    curve = np.array([_correlation(first, second, step) for step in range(-reach, reach + 1)])
    if not np.isfinite(curve).any():
        return float("nan"), 0.0
    top = int(np.nanargmax(curve))
    between = 0.0
    if 0 < top < len(curve) - 1 and np.isfinite(curve[top - 1 : top + 2]).all():
        left, middle, right = curve[top - 1 : top + 2]
        bent = left - 2 * middle + right
        between = 0.5 * (left - right) / bent if abs(bent) > _TINY else 0.0
    return float(top - reach + between), float(curve[top])


def _correlation(first: Doubles, second: Doubles, step: int) -> float:
    """Return the correlation of `first` with `second` as it is `step` frames later."""
    count = len(first) - abs(step)
    early, late = first[max(0, -step) :][:count], second[max(0, step) :][:count]
    known = np.isfinite(early) & np.isfinite(late)
    if known.sum() < _FEWEST:
        return float("nan")
    pair = early[known] - early[known].mean(), late[known] - late[known].mean()
    size = float(np.sqrt((pair[0] @ pair[0]) * (pair[1] @ pair[1])))
    return float(pair[0] @ pair[1]) / size if size > _TINY else float("nan")


def rounded(value: float | None) -> float | None:
    """Return a value as it is written, with four digits; None of what is no finite number.

    What is nearer to zero than a millionth is rounding error.
    """
    if value is None or not np.isfinite(value):
        return None
    return 0.0 if abs(value) < 1e-6 else float(f"{value:.4g}")
