"""Which frames the released scripts take, in which order, and how they fill in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import NamedTuple, TypeVar

import numpy as np

from a1sdk.plugin import ConfigError

NATIVE = 12
"""Frames per second that the model draws."""

_CONTROLS = 48
"""Driving frames of one window."""

_T = TypeVar("_T")


def frame_table(count: int, rate: Fraction) -> list[int]:
    """Return which frames of a driving video the scripts take, 12 a second.

    They count in floating point and round down, so that some frames come a little early and some
    twice.

    Args:
        count: frames of the video.
        rate: its frames per second.
    """
    every, speed = 1.0 / NATIVE, float(rate)
    return [
        min(int(number * every * speed), count - 1) for number in range(ceil(count / speed / every))
    ]


def control_list(table: Sequence[int]) -> list[int]:
    """Return the 48 driving frames of one window: the first one twice, the last repeated.

    Args:
        table: frames that are taken, of which those beyond the 47th are left out.

    Raises:
        ConfigError: there are none.
    """
    if not table:
        raise ConfigError("A window of the released scripts needs a driving frame; there is none.")
    controls = [table[0], *table][:_CONTROLS]
    return controls + [controls[-1]] * (_CONTROLS - len(controls))


class Insertion(NamedTuple):
    """A picture that is made between two others.

    Attributes:
        number: of the picture, from 1; the first of the two that were there is 0.
        after: number of the picture before it that it is made of.
        before: number of the picture after it that it is made of.
        weight: how far it is from the one to the other, 0..1.
    """

    number: int
    after: int
    before: int
    weight: float


def interpolation_order(between: int) -> list[Insertion]:
    """Return in which order the scripts fill a gap with pictures, and from which neighbours.

    The next one is always the one nearest to the middle of a gap that is left, as a share of the
    gap; single precision decides where two are as near.

    Args:
        between: pictures to fill in.
    """
    last = between + 1
    step = np.float32(1.0 / last)
    places = [
        np.float32(n) * step if 2 * n <= last else np.float32(1.0) - np.float32(last - n) * step
        for n in range(last + 1)
    ]
    done, missing = [0, last], list(range(1, last))
    order: list[Insertion] = []
    while missing:
        gaps = [(n, a, b, _weight(places, n, a, b)) for a, b in pairwise(done) for n in missing]
        chosen = Insertion(*min(gaps, key=lambda gap: abs(gap[3] - 0.5)))
        order.append(chosen)
        missing.remove(chosen.number)
        done = sorted([*done, chosen.number])
    return order


def _weight(places: Sequence[np.float32], number: int, after: int, before: int) -> float:
    return float((places[number] - places[after]) / (places[before] - places[after]))


def retimed(
    pictures: Sequence[_T], rate: Fraction, fill: Callable[[_T, _T, float], _T]
) -> list[_T]:
    """Bring pictures from 12 a second to another rate, as the scripts do.

    Gaps are filled up to the next multiple of 12, and of those pictures the ones at or before each
    instant are taken. The film gets up to a twelfth of a second shorter.

    Args:
        pictures: at 12 a second.
        rate: wanted, frames per second.
        fill: makes a picture between two, a share 0..1 of the way.
    """
    times = ceil(rate / NATIVE)
    order, filled = interpolation_order(times - 1), list(pictures[:1])
    for first, second in pairwise(pictures):
        made = {0: first, times: second}
        for step in order:
            made[step.number] = fill(made[step.after], made[step.before], step.weight)
        filled += [made[number] for number in range(1, times + 1)]
    speed = Fraction(NATIVE * times) / rate
    taken = (int(number * speed) for number in range(ceil(len(filled) / speed)))
    return [filled[number] for number in taken]
