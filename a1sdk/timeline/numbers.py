"""From the decimals and labels of cut files to exact rates and times, once, at the door."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.timing import DROP_FRAME_RATES, MAX_RATE, Timecode, as_rate

Factor = TypeVar("Factor", float, Fraction)

MAX_TICKS = 10**12
"""Highest rate a time may be counted in, per second; Premiere's ticks are 254 016 000 000."""

MAX_SECONDS = 10**9
"""Farthest time a file can name, some thirty years; what lies beyond is a mistake or a trap."""

MAX_FACTOR = 10**6
"""Highest speed a file can ask for; one over it is the lowest."""

MAX_FRAME_RATE = 240
"""Most frames a cut or its pictures have per second; what counts faster is sound."""

_MIN_RATE = Fraction(1, 10**6)
_FLICKS = 705_600_000  # a second's; frames and samples of all common rates are whole ones
_LONG = 10**15  # largest denominator of a time that sums of common rates have
_WHOLE = 1e-6  # frames; what a file's own arithmetic leaves beside a whole number
_FINEST = 10**6  # largest denominator of a time that is not on its own rate's grid


@lru_cache(maxsize=1024)
def exact_rate(value: float | Fraction) -> Fraction:
    """Return the exact rate that a file's number means, in frames, samples or ticks per second.

    Numbers within 2e-4 of an NTSC or a whole frame rate mean that rate (`a1sdk.timing.as_rate`).

    Raises:
        DecodeError: `value` is zero, negative, infinite, beyond all use or no number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        raise DecodeError(f"Rate {value!r:.40} is not a number.")
    if not _MIN_RATE <= value <= MAX_TICKS:  # not a number is neither
        raise DecodeError(f"Rate {value!r:.40} is not above zero and finite.")
    if value <= MAX_RATE:
        return as_rate(value)
    return Fraction(value).limit_denominator(1001)


def exact_seconds(value: float | Fraction, rate: Fraction | float) -> Fraction:
    """Return `value`, counted at `rate` per second, in seconds.

    A count within 1e-6 of a whole one is whole, on the grid of the exact rate. Any other has come
    from seconds that were multiplied by the rate as it is written, so it is divided by just that:
    give `rate` as the file has it. The result is then the nearest time with a denominator of at
    most a million.

    Raises:
        DecodeError: either is no finite number, `rate` is not above zero, or the time is more than
            `MAX_SECONDS` away from zero.
    """
    exact = exact_rate(rate)
    if not isinstance(value, (float, int, Fraction)):
        raise DecodeError(f"Time {value!r:.40} is not a number.")
    limit = MAX_SECONDS * rate
    if not -limit <= value <= limit:  # not a number is neither
        raise DecodeError(f"Time {value!r:.40} is not finite, or is years away.")
    whole = round(value)
    if value == whole or (isinstance(value, float) and abs(value - whole) <= _WHOLE):
        return Fraction(whole * exact.denominator, exact.numerator)
    if isinstance(value, Fraction):
        return value / exact
    return (Fraction(value) / Fraction(rate)).limit_denominator(_FINEST)


def settled(time: Fraction) -> Fraction:
    """Return a sum of times, which is kept from growing longer with each that is added to it.

    Times that are whole frames and samples of common rates stay exact. Sums of thousands of others
    come to the nearest 1/705 600 000 s, before they take longer to add up than to read.
    """
    return time if time.denominator <= _LONG else Fraction(round(time * _FLICKS), _FLICKS)


def exact_factor(value: float) -> Fraction:
    """Return the speed that a file's number means: 0.7 where it says -0.699999988079071 too.

    Raises:
        DecodeError: it is not a number, or not 0 nor between one over `MAX_FACTOR` and that.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DecodeError(f"Speed {value!r:.40} is not a number.")
    playable(value)
    short = Fraction(value).limit_denominator(1000)
    if abs(short - Fraction(value)) <= abs(short) * Fraction(1, 10**6):
        return short  # single precision, or percents
    return Fraction(str(value))


def playable(speed: Factor) -> Factor:
    """Return a speed, which is 0 or between one over `MAX_FACTOR` and that, either way.

    Raises:
        DecodeError: it is not.
    """
    if speed and not Fraction(1, MAX_FACTOR) <= abs(speed) <= MAX_FACTOR:  # or is no number
        raise DecodeError(f"Speed {speed!r:.40} is beyond what can be played.")
    return speed


def timecode_seconds(text: str, rate: Fraction) -> Fraction:
    """Return the seconds from 00:00:00:00 to the frame named `HH:MM:SS:FF` (`;FF`: drop-frame).

    Raises:
        DecodeError: the text is no timecode, or names a frame that does not exist at `rate`.
    """
    try:
        return Timecode.parse(text, rate).frame / rate
    except ConfigError as error:
        raise DecodeError(str(error), hint=error.hint) from None


def timecode(seconds: Fraction, rate: Fraction, *, drop_frame: bool = False) -> str:
    """Return the label of the frame that is shown at `seconds`, for messages; `-` before zero."""
    frame = math.floor(seconds * rate)
    sign = "-" if frame < 0 else ""
    counted = drop_frame and rate in DROP_FRAME_RATES
    return sign + str(Timecode(abs(frame), rate, counted))
