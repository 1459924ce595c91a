"""Where in a take each instant of the film comes from: offsets, speed, and retiming by points."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from a1sdk.components.fields import Time

if TYPE_CHECKING:
    from a1sdk.components.data import Label

_RATIO = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12}|/[0-9]{1,12})?", re.ASCII)
_FORWARD = "motion is streamed, so time goes forward only"


class Span(NamedTuple):
    """Seconds from `start` to `end`; an end of None is never reached."""

    start: Fraction
    end: Fraction | None


def _ratio(value: Any) -> Fraction:
    known = isinstance(value, (int, Fraction)) and not isinstance(value, bool)
    if not known and not (isinstance(value, str) and _RATIO.fullmatch(value.strip())):
        raise ValueError("write it as text: 2, 1/2 or 0.5")
    try:
        return Fraction(value)
    except ZeroDivisionError as error:
        raise ValueError("nothing can be divided by 0") from error


Ratio = Annotated[
    Fraction,
    BeforeValidator(_ratio),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["1/2", "1001/1000", 2]}),
]
"""An exact factor, written as `"2"`, `"1/2"` or `"0.5"`."""


class TimeMap(BaseModel):
    """Which time of a take is shown at each time of the film; continuous and never backwards.

    Either the take begins at `offset` and runs at `speed`, to its end; or `points` say which time
    is shown when. Between two points time runs evenly; it freezes where both show the same time.
    The take is there from the first point to the last, and ends earlier where it runs out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    offset: Time = Field(
        default=Fraction(0), description="Seconds of the film at which the take begins."
    )
    speed: Ratio = Field(
        default=Fraction(1), description="Seconds of the take that pass in a second of the film."
    )
    points: tuple[tuple[Time, Time], ...] | None = Field(
        default=None,
        description="Pairs of a time in the film, ascending, and the time of the take shown then.",
    )

    @model_validator(mode="after")
    def _forward(self) -> TimeMap:
        if self.speed <= 0:
            raise ValueError(f"the speed is {self.speed}: {_FORWARD}; to freeze, use points")
        if self.points is None:
            return self
        if self.offset != 0 or self.speed != 1:
            raise ValueError("points say all; leave out offset and speed")
        if len(self.points) < 2:
            raise ValueError("two points or more say how time runs")
        if self.points[0][1] < 0:
            raise ValueError("the first point shows a time before the take begins")
        for (now, shown), (later, shown_later) in pairwise(self.points):
            if later <= now:
                raise ValueError(f"point at {later} s does not come after the one at {now} s")
            if shown_later < shown:
                raise ValueError(f"point at {later} s goes back in the take: {_FORWARD}")
        return self

    @property
    def is_identity(self) -> bool:
        """Whether every time is shown at that same time."""
        return self.points is None and self.offset == 0 and self.speed == 1

    def source_time(self, time: Fraction) -> Fraction:
        """Return the time of the take that is shown at a time of the film, both in seconds.

        Before the first point and after the last, it is that point's.
        """
        if self.points is None:
            return (time - self.offset) * self.speed
        place = bisect_right(self.points, time, key=_film)
        if place in (0, len(self.points)):
            return self.points[min(place, len(self.points) - 1)][1]
        (start, first), (end, last) = self.points[place - 1 : place + 1]
        return first + (last - first) * (time - start) / (end - start)

    def first_shown(self, source: Fraction) -> Fraction:
        """Return when a time of the take is reached first: the inverse, where it is unique.

        Times before the first point's are reached with that point, times after the last one's
        are taken for that.
        """
        if self.points is None:
            return self.offset + source / self.speed
        place = bisect_left(self.points, source, key=_take)
        if place in (0, len(self.points)):
            return self.points[min(place, len(self.points) - 1)][0]
        return self._between(place, source)

    def span(self, duration: Fraction | None) -> Span:
        """Return the seconds of the film in which a take of some duration is there."""
        if self.points is None:
            end = None if duration is None else self.offset + duration / self.speed
            return Span(self.offset, end)
        start = self.points[0][0]
        place = len(self.points)
        if duration is not None:
            place = bisect_right(self.points, duration, key=_take)
        if place == len(self.points):
            return Span(start, self.points[-1][0])
        return Span(start, start if place == 0 else self._between(place, duration or Fraction(0)))

    def labels(self, labels: Iterable[Label], duration: Fraction | None = None) -> list[Label]:
        """Return labels of a take where they are in the film, cut to what is there of them."""
        start, end = self.span(duration)
        moved = []
        for label in labels:
            first = max(start, self.first_shown(label.start), Fraction(0))
            last = self.first_shown(label.end)
            last = last if end is None else min(end, last)
            instant = first == last and self.source_time(first) == label.start == label.end
            if first < last or instant:
                moved.append(replace(label, start=first, end=last))
        return moved

    def _between(self, place: int, source: Fraction) -> Fraction:
        """When a time of the take is shown between the points at `place - 1` and `place`."""
        assert self.points is not None
        (start, first), (end, last) = self.points[place - 1 : place + 1]
        return start + (end - start) * (source - first) / (last - first)


REAL_TIME = TimeMap()
"""Every time of the take at that time of the film."""


def _film(point: tuple[Fraction, Fraction]) -> Fraction:
    return point[0]


def _take(point: tuple[Fraction, Fraction]) -> Fraction:
    return point[1]
