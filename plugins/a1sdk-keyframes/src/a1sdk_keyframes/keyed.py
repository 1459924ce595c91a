"""Channels of a file as curves, and loops as maps of time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_keyframes.curve import Bezier, Cubic, Curve, Hold, Linear, Piece, slopes

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_keyframes.model import ChannelKeys, Handle, Key, Loop

    Doubles = npt.NDArray[np.float64]


def local_time(loop: Loop | None, time: Fraction) -> Fraction:
    """Return the time before repetition that plays at `time`."""
    if loop is None or time < loop.stop:
        return time
    length = loop.stop - loop.start
    passes = (time - loop.start) // length
    if loop.count is not None:
        passes = min(passes, loop.count - 1)
    return time - passes * length


def looped_end(loop: Loop | None, end: Fraction) -> Fraction | None:
    """Return when something that ends at `end` ends with its loop; None for never."""
    if loop is None:
        return end
    if loop.count is None:
        return None
    return max(end, loop.stop) + (loop.count - 1) * (loop.stop - loop.start)


@dataclass(frozen=True, slots=True)
class KeyedChannel:
    """The curve of a channel, with its loop."""

    curve: Curve
    loop: Loop | None

    @classmethod
    def of(cls, channel: ChannelKeys) -> KeyedChannel:
        """Fit pieces between the keys of a channel."""
        times = [float(key.at) for key in channel.keys]
        arriving, leaving = _tangents(channel)
        pieces = [
            _piece(one, two, float(leaving[n]), float(arriving[n + 1]))
            for n, (one, two) in enumerate(zip(channel.keys, channel.keys[1:], strict=False))
        ]
        return cls(Curve(times, [key.value for key in channel.keys], pieces), channel.loop)

    def __call__(self, time: Fraction) -> float:
        """Return the value at a time."""
        return self.curve(float(local_time(self.loop, time)))


def _piece(one: Key, two: Key, leaving: float, arriving: float) -> Piece:
    """The curve between two keys, given its slopes at both, per second."""
    if one.interpolation == "hold":
        return Hold(one.value)
    if one.interpolation == "linear":
        return Linear(one.value, two.value)
    width = float(two.at - one.at)
    if one.interpolation == "smooth":
        return Cubic(one.value, two.value, leaving * width, arriving * width)
    after, rise = _handle(one.handle_out, width, leaving)
    before, fall = _handle(two.handle_in, width, -arriving)
    values = (one.value, one.value + rise, two.value + fall, two.value)
    return Bezier((after / width, 1 - before / width), values)


def _handle(given: Handle | None, width: float, slope: float) -> tuple[float, float]:
    """A handle's distance from its key in time and value."""
    return (width / 3, slope * width / 3) if given is None else (float(given[0]), given[1])


def _tangents(channel: ChannelKeys) -> tuple[Doubles, Doubles]:
    """The slopes with which the curve arrives at each key and leaves it, per second."""
    keys = channel.keys
    times = np.array([float(key.at) for key in keys])
    values = np.array([key.value for key in keys])
    held = np.array([key.interpolation == "hold" for key in keys[:-1]], bool)
    arriving = slopes(times, values, held)
    leaving = arriving.copy()
    ring = _ring(channel)
    if ring is not None:
        first, last, slope = *ring, _ring_slope(times, values, held, *ring)
        leaving[first] = arriving[last] = slope
    for n, key in enumerate(keys):
        arriving[n] = arriving[n] if key.slope_in is None else key.slope_in
        leaving[n] = leaving[n] if key.slope_out is None else key.slope_out
    return arriving, leaving


def _ring(channel: ChannelKeys) -> tuple[int, int] | None:
    """The keys where a loop goes back to, and from, if that joins without a jump."""
    if channel.loop is None:
        return None
    number = {key.at: n for n, key in enumerate(channel.keys)}
    first, last = number.get(channel.loop.start), number.get(channel.loop.stop)
    if first is None or last is None:
        return None
    seamless = channel.keys[first].value == channel.keys[last].value
    return (first, last) if seamless and last - first > 1 else None


def _ring_slope(
    times: Doubles, values: Doubles, held: npt.NDArray[np.bool_], first: int, last: int
) -> float:
    """The smooth slope where a loop closes: its neighbours are the last key and the second."""
    before, after = times[last - 1] - times[last], times[first + 1] - times[first]
    around = np.array([before, 0.0, after])
    through = values[[last - 1, first, first + 1]]
    return float(slopes(around, through, held[[last - 1, first]])[1])
