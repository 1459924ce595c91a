"""Few keys for many samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from a1sdk_keyframes.curve import cubic, slopes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]


def reduced(
    times: Doubles, samples: Doubles, tolerance: float, kept: Iterable[int] = ()
) -> list[int]:
    """Return which samples to key, so that the smooth curve through them is near all of them.

    Starts from the ends, and adds the worst sample of every piece until none is too far off, as
    Douglas and Peucker 1973 do with lines. A sample that is keyed is met exactly.

    Args:
        times: [T], ascending.
        samples: [T].
        tolerance: how far the curve may be from any sample.
        kept: samples to key in any case.

    Returns:
        Their numbers, ascending; only the first where the samples stay within the tolerance of it.
    """
    keys = np.unique([0, len(samples) - 1, *kept])
    if np.abs(samples - samples[0]).max() <= tolerance:
        return [0]
    while True:
        off = np.abs(_through(times[keys], samples[keys], times) - samples)
        wrong = np.flatnonzero(off > tolerance)
        if not len(wrong):
            return [int(key) for key in keys]
        wrong = wrong[np.argsort(off[wrong])]
        pieces = np.searchsorted(keys, wrong)
        worst = dict(zip(pieces.tolist(), wrong.tolist(), strict=True))  # the last, and largest
        keys = np.union1d(keys, [*worst.values()])


def _through(at: Doubles, values: Doubles, times: Doubles) -> Doubles:
    """The smooth curve through keys, at many times."""
    piece = np.clip(np.searchsorted(at, times, "right") - 1, 0, len(at) - 2)
    widths, rates = np.diff(at)[piece], slopes(at, values)
    u = (times - at[piece]) / widths
    leaving, arriving = rates[piece] * widths, rates[piece + 1] * widths
    return cubic(u, values[piece], values[piece + 1], leaving, arriving)
