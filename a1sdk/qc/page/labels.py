"""How frames, times, values and sizes are written on the page."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from a1sdk.errors import ConfigError
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from a1sdk.qc.model import QcResult

SEVERITIES = {"pass": "Pass", "warn": "Warning", "fail": "Fail"}


@dataclass(frozen=True)
class FrameLabels:
    """Timecodes of the frames of a film; counted from zero where it has none of its own."""

    start: Timecode
    own: bool

    @classmethod
    def of(cls, result: QcResult) -> FrameLabels:
        """Return the labels of the film that was inspected."""
        try:
            return cls(Timecode.parse(result.timecode or "", result.rate), own=True)
        except ConfigError:
            return cls(Timecode(0, result.rate), own=False)

    def at(self, frame: int) -> str:
        """Return the timecode of a frame."""
        return str(self.start + frame)

    def range(self, first: int, last: int) -> str:
        """Return the timecodes of a range of frames, both included."""
        return self.at(first) if first == last else f"{self.at(first)} – {self.at(last)}"  # noqa: RUF001

    def place(self, first: int, last: int, count: int) -> str:
        """Return the timecodes of a range; a word where it is all `count` frames of the film."""
        return "throughout" if (first, last) == (0, count - 1) else self.range(first, last)


def frames(first: int, last: int) -> str:
    """Return a range of frames, both included."""
    return str(first) if first == last else f"{first} – {last}"  # noqa: RUF001


def counted(count: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def value(number: float | None, unit: str = "") -> str:
    """Return a number with four digits and its unit."""
    return "–" if number is None else f"{number:.4g} {unit}".strip()  # noqa: RUF001


def limits(warn: float | None, fail: float | None) -> str:
    """Return limits in words; empty where there are none."""
    named = [("warn", warn), ("fail", fail)]
    known = [f"{name} {number:.4g}" for name, number in named if number is not None]
    return " · ".join(known)


def rate(frames_per_second: Fraction) -> str:
    """Return a frame rate, and the exact fraction where a decimal does not say it."""
    if frames_per_second.denominator == 1:
        return f"{frames_per_second} fps"
    return f"{float(frames_per_second):.3f} fps ({frames_per_second})"


def size(count: int) -> str:
    """Return a number of bytes."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count} B"


def seconds(number: float) -> str:
    """Return a time that work took."""
    minutes, rest = divmod(number, 60)
    return f"{number:.2f} s" if minutes < 1 else f"{minutes:.0f} min {rest:.0f} s"
