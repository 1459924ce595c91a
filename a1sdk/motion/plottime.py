"""The axis that all parts of a plot share: frames, seconds, and how many of either fit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.timing import FrameRange

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#8a4f9e"
INK, PALE = "#222222", "#c8c8c8"

MOST_COLUMNS = 2400
"""Columns of what is drawn as a picture: longer performances are drawn by their peaks."""

_MINUTES = 120  # seconds from which on time is written in minutes
_CLOSE = 30  # seconds up to which hundredths are written with them


@dataclass(frozen=True)
class TimeAxis:
    """Frames from left to right, of which some are shown.

    Attributes:
        shown: the frames that are shown.
        rate: frames per second.
        points: how wide they are drawn, in points of type.
    """

    shown: FrameRange
    rate: Fraction
    points: float

    @property
    def frames(self) -> Any:
        """The shown frames' numbers."""
        return np.arange(self.shown.start, self.shown.stop)

    @property
    def start(self) -> Fraction:
        """Seconds of the first frame shown."""
        return self.shown.start / self.rate

    @property
    def duration(self) -> Fraction:
        """Seconds of what is shown."""
        return len(self.shown) / self.rate

    @property
    def linewidth(self) -> float:
        """Width of a curve that stays readable, in points."""
        return 1.1 if len(self.shown) < 3000 else 0.6

    def place(self, seconds: Fraction) -> float:
        """Return where a time is on the axis."""
        return float(seconds * self.rate)

    def room(self, start: Fraction, end: Fraction) -> float:
        """Return how wide a stretch of time is, in points of type."""
        return float((end - start) * self.rate) / max(1, len(self.shown)) * self.points

    def peaks(self, table: Any) -> tuple[Any, tuple[float, float]]:
        """Return values [rows, shown] in as many columns as can be seen, and where they lie."""
        step = max(1, -(-table.shape[1] // MOST_COLUMNS))
        padded = np.pad(table, ((0, 0), (0, -table.shape[1] % step)), constant_values=np.nan)
        peaks = np.fmax.reduce(padded.reshape(len(table), -1, step), axis=2)
        left = self.shown.start - 0.5
        return peaks, (left, left + padded.shape[1])

    def write_seconds(self, graph: Axes) -> None:
        """Write seconds, or minutes, above a graph."""
        speed = float(self.rate)

        def to_seconds(frame: Any) -> Any:
            return frame / speed

        def to_frames(second: Any) -> Any:
            return second * speed

        above = 1.02 if graph.get_legend() is None else 1.12  # of a legend
        seconds = graph.secondary_xaxis(above, functions=(to_seconds, to_frames))
        seconds.spines["top"].set_visible(False)
        seconds.tick_params(labelsize=8, length=0)
        if self.shown.stop < _MINUTES * speed:
            seconds.xaxis.set_major_formatter("{x:g} s")
            return
        from matplotlib.ticker import MaxNLocator

        if self.duration < _CLOSE:
            seconds.xaxis.set_major_formatter(_hundredths)
            return
        seconds.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1.2, 1.5, 3, 6, 10]))
        seconds.xaxis.set_major_formatter(_minutes)


def _minutes(second: float, _: float) -> str:
    minutes, rest = divmod(round(second), 60)
    return f"{minutes}:{rest:02d} min"


def _hundredths(second: float, _: float) -> str:
    minutes, rest = divmod(round(second * 100), 6000)
    return f"{minutes}:{rest / 100:05.2f}"
