"""Exact time: rates and durations are fractions, positions are integers or fractions.

Nothing in the SDK stores a rate or a time as a float. Decimals that come from outside (23.976,
29.97, 59.94, 119.88) are snapped to n*1000/1001 by `as_rate`, once, at the door.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from a1sdk.errors import ConfigError

MAX_RATE = Fraction(1000)

DROP_FRAME_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
"""Frames per second at which drop-frame timecode exists."""

_SNAP_TOLERANCE = Fraction(2, 10_000)  # relative; 23.98 is 1.7e-4 away from 24000/1001
_NTSC_BASES = (12, 15, 18, 24, 30, 48, 60, 72, 90, 96, 120, 240)
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,18}(\.[0-9]{0,18}|/[0-9]{1,18})?\s*", re.ASCII)
_TIME = re.compile(r"\s*([+-]?[0-9]{1,9}(?:\.[0-9]{0,12}|/[0-9]{1,12})?)\s*(s|ms)?\s*", re.ASCII)
_TIMECODE = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)([:;])(\d{2,3})")


def as_rate(value: Fraction | int | float | str) -> Fraction:
    """Return the exact frame rate that `value` means, in frames per second.

    Accepts fractions, integers, `"24000/1001"` and decimals; decimals within 2e-4 of an NTSC
    rate become that rate.

    Raises:
        ConfigError: `value` is no number, or not in 0 < rate <= 1000.
    """
    try:
        exact = _exact(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise ConfigError(
            f"Frame rate {value!r:.80} is not a number.", hint="write it as 25 or 24000/1001"
        ) from None
    if not 0 < exact <= MAX_RATE:
        raise ConfigError(
            f"Frame rate {value!r:.80} is not between 0 and {MAX_RATE}.",
            hint="write frames per second, as 25 or 24000/1001",
        )
    return exact if exact.denominator == 1 or exact.denominator % 1001 == 0 else _snap(exact)


def _exact(value: Fraction | int | float | str) -> Fraction:
    if isinstance(value, float):
        return Fraction(str(value))
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError  # Fraction reads exponents too, and "1e999999999" for as long as it takes
    return Fraction(value)


def _snap(rate: Fraction) -> Fraction:
    candidates = [Fraction(base * 1000, 1001) for base in _NTSC_BASES]
    candidates.append(Fraction(round(rate)))  # 25.0001 and the like
    best = min(candidates, key=lambda candidate: abs(candidate - rate))
    return best if best > 0 and abs(best - rate) <= _SNAP_TOLERANCE * best else rate


def as_time(value: Fraction | int | str) -> Fraction:
    """Return the exact time in seconds that `value` means.

    Accepts fractions, integers, and text: `"1.5"`, `"1.5s"`, `"3/2"`, `"1500ms"`. Floats are
    refused, because they cannot say 1/3.

    Raises:
        ConfigError: `value` is none of these.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is not None:
            return Fraction(match[1]) / (1000 if match[2] == "ms" else 1)
        if isinstance(value, (Fraction, int)) and not isinstance(value, bool):
            return Fraction(value)
    except ZeroDivisionError:
        pass
    example = f'text: "{value}"' if isinstance(value, float) else '"1.5s" or "3/2"'
    raise ConfigError(f"{value!r:.80} is no exact time in seconds.", hint=f"write it as {example}")


def frame_count(duration: Fraction, rate: Fraction) -> int:
    """Return how many frames a `duration` in seconds has at `rate`: round(duration x rate).

    Halves round up, so that no duration above zero loses its last half frame.
    """
    return int(duration * rate + Fraction(1, 2))


@dataclass(frozen=True, slots=True, order=True)
class FrameRange:
    """Frames `start` to `stop`, the latter excluded, on a grid that the context names."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if self.stop < self.start:
            raise ConfigError(f"Frame range {self.start}..{self.stop} ends before it starts.")

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, frame: int) -> bool:
        return self.start <= frame < self.stop


@dataclass(frozen=True, slots=True)
class Timecode:
    """SMPTE 12M label of a frame: a frame number since 00:00:00:00 and how it is counted."""

    frame: int
    rate: Fraction
    drop_frame: bool = False

    def __post_init__(self) -> None:
        if self.frame < 0:
            raise ConfigError(f"Timecode cannot be negative ({self.frame} frames).")
        if self.drop_frame and self.rate not in DROP_FRAME_RATES:
            raise ConfigError(f"Drop-frame timecode does not exist at {self.rate} fps.")

    @property
    def base(self) -> int:
        """Frames counted in one timecode second."""
        return -(-self.rate.numerator // self.rate.denominator)

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> Timecode:
        """Read `HH:MM:SS:FF`, or `HH:MM:SS;FF` for drop-frame.

        Raises:
            ConfigError: the text is no timecode, or names a frame that does not exist.
        """
        match = _TIMECODE.fullmatch(text.strip())
        if match is None:
            raise ConfigError(f"{text!r} is not a timecode.", hint="write it as 01:00:00:00")
        hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
        zero = cls(0, rate, drop_frame=match[4] == ";")
        dropped = zero._dropped_per_minute
        if frames >= zero.base or (frames < dropped and seconds == 0 and minutes % 10):
            raise ConfigError(f"Timecode {text!r} names a frame that does not exist at {rate} fps.")
        total_minutes = hours * 60 + minutes
        number = (total_minutes * 60 + seconds) * zero.base + frames
        number -= dropped * (total_minutes - total_minutes // 10)
        return cls(number, rate, zero.drop_frame)

    @property
    def _dropped_per_minute(self) -> int:
        return self.base // 15 if self.drop_frame else 0

    def __add__(self, frames: int) -> Timecode:
        return Timecode(self.frame + frames, self.rate, self.drop_frame)

    def __str__(self) -> str:
        number = self.frame
        if self.drop_frame:
            number += self._labels_skipped(number)
        seconds, frames = divmod(number, self.base)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drop_frame else ":"
        return f"{hours % 24:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"

    def _labels_skipped(self, number: int) -> int:
        """Labels that drop-frame counting left out before frame `number`."""
        dropped = self._dropped_per_minute
        per_minute = self.base * 60 - dropped
        per_ten = per_minute * 10 + dropped
        tens, rest = divmod(number, per_ten)
        full_minutes = max(0, (rest - dropped) // per_minute) if rest >= dropped else 0
        return dropped * (9 * tens + full_minutes)
