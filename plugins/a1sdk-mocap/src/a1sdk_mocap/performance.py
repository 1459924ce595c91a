"""A take as motion, frame by frame."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import (
    ConfigError,
    FaceMotion,
    MotionFrame,
    StreamInfo,
    frame_count,
    from_coefficients,
    neck_swing,
    to_grid,
)
from a1sdk_mocap.clock import FASTEST, SLOWEST, expect_ascending, grid_of
from a1sdk_mocap.head import flipped, from_rest, look

if TYPE_CHECKING:
    from a1sdk_mocap.clock import Grid
    from a1sdk_mocap.options import TakeOptions
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Doubles, Take

    Timed = tuple[Fraction, FaceMotion | None]

FURTHEST = 1000.0
"""Face units that a head may go: 90 metres."""

logger = logging.getLogger(__name__)

HOLE = Fraction(1, 4)
"""Seconds without rows up to which motion is interpolated; longer ones are gaps."""


class TakePerformance:
    """The motion of a take, by the options.

    Raises:
        DecodeError: its times do not go forward, it has none and no rate, or its head is out of
            sight.
        ConfigError: nothing of it is between `start` and `end`.
    """

    def __init__(self, take: Take, options: TakeOptions, sample: Sample) -> None:
        self._options = options
        _expect_in_sight(take, sample)
        self._take = _cut(_timed(take, options, sample), options)
        self._grid = self._find_grid(sample)
        self.notes = (*take.notes, *self._notes())
        logger.info("%s: %s", sample.path.name, "; ".join(self.notes))

    @property
    def rate(self) -> Fraction:
        """Frames per second that are yielded."""
        return self._options.rate or self._grid.rate

    @property
    def info(self) -> StreamInfo:
        """Describe the motion."""
        return StreamInfo(
            rate=self.rate,
            count=frame_count(self._duration, self.rate),
            start=self._times[0],
            head="absolute" if self._options.head == "absolute" else "relative",
            duration=self._duration,
        )

    def frames(self) -> Iterator[MotionFrame]:
        """Yield all frames; those of whole takes at their own rate are the rows themselves."""
        if self._is_whole and self.rate == self._grid.rate:
            return (MotionFrame(number, self._face(number)) for number in range(len(self._take)))
        return to_grid(
            self._samples(), self.rate, last=1 / self._grid.rate, duration=self._duration
        )

    @property
    def _times(self) -> Sequence[Fraction]:
        return self._take.times or ()  # `_timed` sees to it that there are as many as rows

    @property
    def _is_whole(self) -> bool:
        indices = self._grid.indices
        return indices is not None and int(indices[-1]) == len(indices) - 1

    @cached_property
    def _places(self) -> list[Fraction]:
        """Seconds of the rows after the first."""
        if self._grid.indices is not None:
            return [int(index) / self._grid.rate for index in self._grid.indices]
        return [time - self._times[0] for time in self._times]

    @property
    def _duration(self) -> Fraction:
        return self._places[-1] + 1 / self._grid.rate

    def _find_grid(self, sample: Sample) -> Grid:
        expect_ascending(self._times, sample)
        grid = grid_of(self._times, self._options.row_rate or self._take.rate)
        if grid.rate > FASTEST:
            logger.warning(
                "%s: its times say %s rows a second, which no camera records; if they mean nothing,"
                " give `row_rate`.",
                sample.path.name,
                grid.rate,
            )
        return grid

    def _notes(self) -> Iterator[str]:
        rows, rate = len(self._take), self._grid.rate
        yield f"{rows} rows at {float(rate):.6g} a second, {self._take.format}"
        if self._grid.indices is None:
            yield "rows are not evenly spaced: motion between them is interpolated"
        elif not self._is_whole:
            yield f"{int(self._grid.indices[-1]) + 1 - rows} rows are missing"
        if gaps := rows - int(self._take.present.sum()):
            yield f"{gaps} rows without a face"

    def _samples(self) -> Iterator[Timed]:
        """Yield rows at their times, and the ends of holes as gaps."""
        step = 1 / self._grid.rate
        before = self._places[0]
        for number, place in enumerate(self._places):
            if place - before > HOLE + step:
                yield before + step, None
                yield place - step, None
            yield place, self._face(number)
            before = place

    def _face(self, number: int) -> FaceMotion | None:
        take = self._take
        if not take.present[number]:
            return None
        rotation = np.eye(3) if self._rotations is None else self._rotations[number]
        values = take.coefficients[number]
        if take.neutral_scores is not None:
            values = np.maximum(values - take.neutral_scores, 0)
        values = np.clip(values * self._options.gain, 0, 1)
        if take.gaze is not None:
            look(values, rotation.T @ take.gaze[number])
        return from_coefficients(
            values,
            rotation=rotation,
            translation=(
                neck_swing(rotation) if self._moves is None else self._moves[number]
            ).tolist(),
            confidence=1.0 if take.confidence is None else float(take.confidence[number]),
        )

    @cached_property
    def _rotations(self) -> Doubles | None:
        take, options = self._take, self._options
        if take.rotations is None or options.head == "off":
            return None
        turned = flipped(take.rotations, options.flip)
        if options.head == "absolute":
            return turned
        return from_rest(turned, take.present, take.rest)

    @cached_property
    def _moves(self) -> Doubles | None:
        return None if self._options.head == "off" else self._take.translations


def _expect_in_sight(take: Take, sample: Sample) -> None:
    """Check how far the head goes; numbers that mean no way at all are in damaged files."""
    if take.translations is None:
        return
    moves = np.where(take.present[:, None], np.abs(take.translations), 0.0).max(axis=1)
    row = int(np.argmax(np.nan_to_num(moves, nan=np.inf)))
    if not moves[row] <= FURTHEST:
        sample.refuse(f"has a head {moves[row]:.4g} face units from its place, in row {row + 1}")


def _timed(take: Take, options: TakeOptions, sample: Sample) -> Take:
    """Return the take with a time for every row."""
    if options.row_rate is None and take.times is not None:
        return take
    rate = options.row_rate or take.rate
    if rate is None:
        sample.refuse("does not say its rate", hint="give `row_rate`, in rows per second")
    if rate < SLOWEST:
        sample.refuse(f"says a rate of {float(rate):.4g}, which is none", hint="give `row_rate`")
    return replace(take, times=[number / rate for number in range(len(take))], rate=rate)


def _cut(take: Take, options: TakeOptions) -> Take:
    """Return what is from `start` to `end`."""
    if (options.start is None and options.end is None) or take.times is None:
        return take
    first = take.times[0]
    start, end = options.start or Fraction(0), options.end
    kept = [
        number
        for number, time in enumerate(take.times)
        if start <= time - first and (end is None or time - first < end)
    ]
    if not kept or not take.present[kept].any():
        length = float(take.times[-1] - first)
        raise ConfigError(
            f"{str(options.path)!r} has no face between `start` and `end`.",
            hint=f"it lasts {length:.3f} s",
        )
    return take.part(slice(kept[0], kept[-1] + 1))
