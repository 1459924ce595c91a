"""When rows were recorded: rates derived from times, and times from time codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import ConfigError, Timecode, as_rate

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_mocap.sample import Sample

FASTEST = 240
"""Rows per second beyond which times are doubted: no face is recorded faster."""

SLOWEST = Fraction(1, 1000)
"""Rows per second, one in a quarter of an hour, below which a stated rate is none."""

_NTSC = Fraction(1000, 1001)
_STANDARD = [Fraction(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)]
_STANDARD += [rate * _NTSC for rate in _STANDARD if rate in (24, 30, 48, 60, 120)]
_NEAR = 0.01  # relative: standard rates so near to the measured one are tried
_OFF = 0.25  # frames: how far a row may be from its place in the grid
_HIGHEST = 1000
_DAY = 24 * 60 * 60
_TEN_YEARS = 3660 * _DAY
_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{1,3})(?:[.,](\d{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where rows are in time: at frame `indices[n]` of `rate`, or between frames if None."""

    rate: Fraction
    indices: npt.NDArray[np.int64] | None


def grid_of(times: Sequence[Fraction], stated: Fraction | None = None) -> Grid:
    """Return the grid that rows at ascending times are on.

    The rate is the stated one if the times agree with it, else the standard rate nearest to the
    measured one that all times keep to within a quarter of a frame, else the measured one to
    a thousandth. Where rows keep to none, they are between frames.
    """
    if len(times) < 2:
        return Grid(stated or _STANDARD[7], np.zeros(len(times), np.int64))
    since = np.array([float(time - times[0]) for time in times])
    steps = np.diff(since)
    guess = np.concatenate([[0], np.rint(steps / np.median(steps)).cumsum()])
    measured = 1 / _slope(guess, since)
    for rate in _candidates(measured, stated):
        indices = _on_grid(since * float(rate))
        if indices is not None:
            return Grid(rate, indices)
    return Grid(as_rate(_rounded(min(measured, _HIGHEST))), None)


def _slope(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Seconds a frame, by least squares."""
    x, y = x - x.mean(), y - y.mean()
    return max(float(x @ y) / max(float(x @ x), 1e-12), 1 / _HIGHEST)


def _rounded(rate: float) -> Fraction:
    return max(Fraction(round(rate * 1000), 1000), SLOWEST)


def _candidates(measured: float, stated: Fraction | None) -> list[Fraction]:
    near = [rate for rate in _STANDARD if abs(float(rate) - measured) <= _NEAR * measured]
    near.sort(key=lambda rate: abs(float(rate) - measured))
    return ([stated] if stated is not None else []) + [*near, _rounded(measured)]


def _on_grid(places: npt.NDArray[np.float64]) -> npt.NDArray[np.int64] | None:
    """Return the frames nearest to the rows, if each is near to one of its own."""
    middle = float(np.median(places - np.rint(places)))
    nearest = np.rint(places - middle)
    if np.abs(places - middle - nearest).max() > _OFF or (np.diff(nearest) < 1).any():
        return None
    return np.asarray(nearest - nearest[0], np.int64)


def decimal_seconds(value: Any, sample: Sample) -> Fraction:
    """Return the exact seconds that a decimal number, or its text, means.

    Raises:
        DecodeError: it is no number, or one beyond ten years.
    """
    try:
        number = float(value.replace(",", ".")) if isinstance(value, str) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = nan
    if not abs(number) < _TEN_YEARS:
        sample.refuse(f"has {value!r:.40} where a time in seconds is due")
    return Fraction(repr(number))


def seconds_of(timecodes: Sequence[str], sample: Sample) -> list[Fraction]:
    """Return the times of day, in seconds, of time codes `HH:MM:SS:FF`, with or without `.fff`.

    Frames are counted 60 to the second where a fraction follows them, as Live Link Face writes
    them. Otherwise they are counted by the smallest usual base that has the highest number
    there is. `HH:MM:SS;FF` is drop-frame: 30000/1001 or 60000/1001. A fraction is one of a frame,
    or, where that is what all rows agree with, milliseconds of the second. Midnight may pass.

    Raises:
        DecodeError: one is no time code.
    """
    parts = [_parts(text, row, sample) for row, text in enumerate(timecodes, start=2)]
    base = _base(parts)
    if any(part[4] is not None for part in parts) and _in_milliseconds(parts, base):
        times = [part[0] + Fraction(int(part[4] or "0"), 1000) for part in parts]
    else:
        times = [_seconds(part, base, sample) for part in parts]
    return _past_midnight(times)


_Parts = tuple[int, str, int, str, str | None]
"""Whole seconds, `:` or `;`, frames, `HH:MM:SS`, and the digits of the fraction."""


def _parts(text: str, row: int, sample: Sample) -> _Parts:
    match = _TIMECODE.fullmatch(text.strip())
    if match is None or int(match[2]) > 59 or int(match[3]) > 59:
        sample.refuse(f"has {text!r:.40} in row {row}, which is no time code HH:MM:SS:FF")
    hours, minutes, seconds = int(match[1]), match[2], match[3]
    whole = (hours * 60 + int(minutes)) * 60 + int(seconds)
    return whole, match[4], int(match[5]), f"{hours:02}:{minutes}:{seconds}", match[6]


def _base(parts: Sequence[_Parts]) -> int:
    """Frames counted in a second."""
    highest = max(part[2] for part in parts)
    if any(part[1] == ";" for part in parts):
        return 30 if highest < 30 else 60
    passed = parts[-1][0] != parts[0][0]
    if any(part[4] is not None for part in parts) or not passed:
        return 60 if highest < 60 else 120
    return next((base for base in (24, 25, 30, 48, 50, 60, 120) if highest < base), 1000)


def _in_milliseconds(parts: Sequence[_Parts], base: int) -> bool:
    """Whether the three digits after the frames are milliseconds of the second."""
    if not all(part[4] is not None and len(part[4]) == 3 for part in parts):
        return False
    off = [abs(int(part[4] or 0) * base / 1000 - part[2]) for part in parts]
    return max(off) <= 1.5 and any(part[2] > 1 for part in parts)


def _seconds(part: _Parts, base: int, sample: Sample) -> Fraction:
    whole, mark, frames, clock, digits = part
    rest = Fraction(int(digits), 10 ** len(digits)) if digits else Fraction(0)
    if mark == ":":
        return whole + (frames + rest) / base
    rate = base * _NTSC
    try:
        return (Timecode.parse(f"{clock};{frames:02}", rate).frame + rest) / rate
    except ConfigError as error:
        sample.refuse(f"has a time code that does not exist: {str(error).rstrip('.')}")


def _past_midnight(times: list[Fraction]) -> list[Fraction]:
    days = 0
    passed = [times[0]]
    for before, time in pairwise(times):
        days += before - time > _DAY / 2
        passed.append(time + days * _DAY)
    return passed


def expect_ascending(times: Sequence[Fraction], sample: Sample) -> None:
    """Check that each row is later than the one before.

    Raises:
        DecodeError: one is not; the message names it.
    """
    for row, (before, time) in enumerate(pairwise(times)):
        if time <= before:
            sample.refuse(
                f"does not go forward in time: row {row + 1} after the first is at"
                f" {float(time):.4f} s, the one before it at {float(before):.4f} s",
                hint="sort the rows, or give `row_rate` where the times mean nothing",
            )
