"""Where in a take each instant of the film comes from: offsets, speed, and retiming by points."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
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

Point = tuple[Fraction, Fraction]
"""A time in the film and the time of the take that is shown then, both in seconds."""

_RATIO = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12}|/[0-9]{1,12})?", re.ASCII)


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
    """Which time of a take is shown at each time of the film, without a jump.

    Either the take begins at `offset` and runs at `speed`, to its end; or `points` say which time
    is shown when. Between two points time runs evenly; it freezes where both show the same time,
    and runs backwards where the later one shows an earlier time. By points the take is there from
    the first to the last of them: where they show a time before the take begins, its first frame
    is held, and after it has ended its last.
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
        description="Pairs of a time in the film, ascending, and the time of the take shown then,"
        " which may descend.",
    )

    @model_validator(mode="after")
    def _sound(self) -> TimeMap:
        if self.speed <= 0:
            raise ValueError(f"the speed is {self.speed}; to freeze or to play back, use points")
        if self.points is None:
            return self
        if self.offset != 0 or self.speed != 1:
            raise ValueError("points say all; leave out offset and speed")
        if len(self.points) < 2:
            raise ValueError("two points or more say how time runs")
        for (now, _), (later, _) in pairwise(self.points):
            if later <= now:
                raise ValueError(f"point at {later} s does not come after the one at {now} s")
        return self

    @property
    def is_identity(self) -> bool:
        """Whether every time is shown at that same time."""
        return self.points is None and self.offset == 0 and self.speed == 1

    @property
    def goes_back(self) -> bool:
        """Whether the take runs backwards somewhere, so that a stream cannot follow."""
        return any(later[1] < now[1] for now, later in pairwise(self.points or ()))

    def source_time(self, time: Fraction) -> Fraction:
        """Return the time of the take that is shown at a time of the film, both in seconds.

        Before the first point and after the last, it is that point's. It may lie before the take
        begins or after it has ended; the first or last frame is shown then.
        """
        if self.points is None:
            return (time - self.offset) * self.speed
        place = bisect_right(self.points, time, key=_film)
        if place in (0, len(self.points)):
            return self.points[min(place, len(self.points) - 1)][1]
        (start, first), (end, last) = self.points[place - 1 : place + 1]
        return first + (last - first) * (time - start) / (end - start)

    def span(self, duration: Fraction | None) -> Span:
        """Return the seconds of the film in which a take of some duration is there.

        By points, that is from the first to the last, whatever the duration.
        """
        if self.points is not None:
            return Span(self.points[0][0], self.points[-1][0])
        return Span(self.offset, None if duration is None else self.offset + duration / self.speed)

    def running(self, duration: Fraction | None) -> Span | None:
        """Return the seconds of the film in which a take of some duration runs at its own speed.

        It does not run before it begins and after it has ended, nor by points while one time of it
        is held at either end. None of a take that is shown at another speed, or stands still.
        """
        if self.points is None:
            return self.span(duration) if self.speed == 1 else None
        first, last = 0, len(self.points) - 1
        while first < last and self.points[first + 1][1] == self.points[first][1]:
            first += 1
        while first < last and self.points[last - 1][1] == self.points[last][1]:
            last -= 1
        begins, *others = {time - shown for time, shown in self.points[first : last + 1]}
        if others or first == last:
            return None
        start, end = max(self.points[first][0], begins), self.points[last][0]
        if duration is not None:
            end = min(end, begins + duration)
        return Span(start, max(start, end))

    def reach(self, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
        """Return the lowest and highest time of the take shown between two times of the film."""
        turns = (shown for time, shown in self.points or () if start < time < end)
        shown = [self.source_time(start), self.source_time(end), *turns]
        return min(shown), max(shown)

    def labels(self, labels: Iterable[Label], duration: Fraction | None = None) -> list[Label]:
        """Return labels of a take where they are in the film, cut to what is there of them.

        A label is there while a time from its start up to its end is shown. Played backwards it
        is mirrored; shown twice it is there twice, or once where the two touch, as they do where
        time turns round within it. They come in the order of their start in the film.
        """
        known = list(labels)
        start, end = self.span(duration)
        runs = list(_runs(self._way(max((label.end for label in known), default=Fraction(0)))))
        moved = []
        for label in known:
            instant = label.start == label.end
            for stretch in _joined(_while_shown(run, label.start, label.end) for run in runs):
                first = max(stretch[0], start, Fraction(0))
                last = stretch[1] if end is None else min(stretch[1], end)
                if first < last or (instant and first == last):
                    moved.append(replace(label, start=first, end=first if instant else last))
        return sorted(moved, key=lambda label: label.start)

    def _way(self, source: Fraction) -> Sequence[Point]:
        """The points, or two that say the same up to beyond a time of the take."""
        if self.points is not None:
            return self.points
        beyond = source + 1
        return (self.offset, Fraction(0)), (self.offset + beyond / self.speed, beyond)


REAL_TIME = TimeMap()
"""Every time of the take at that time of the film."""


def _runs(points: Sequence[Point]) -> Iterator[tuple[Sequence[Point], bool]]:
    """Yield the longest stretches in one direction, and whether that is backwards.

    Those that go back are turned round in the film's time, so that the take ascends in all.
    """
    start, back = 0, False
    for place in range(1, len(points)):
        step = points[place][1] - points[place - 1][1]
        if (step > 0 and back) or (step < 0 and not back):
            if place - 1 > start:
                yield _ascending(points[start:place], back), back
            start, back = place - 1, not back
    yield _ascending(points[start:], back), back


def _ascending(points: Sequence[Point], back: bool) -> Sequence[Point]:
    return [(-time, shown) for time, shown in reversed(points)] if back else points


def _while_shown(
    run: tuple[Sequence[Point], bool], start: Fraction, end: Fraction
) -> tuple[Fraction, Fraction] | None:
    """When a run shows times of the take from `start` up to `end`, or the instant that both are."""
    points, back = run
    if start > points[-1][1] or end < points[0][1]:
        return None
    first = _reached(points, start, bisect_left)
    last = _reached(points, end, bisect_left if start < end else bisect_right)
    if start < end and first == last:
        return None
    return (-last, -first) if back else (first, last)


def _reached(points: Sequence[Point], source: Fraction, bisect: Callable[..., int]) -> Fraction:
    """When ascending points reach a time of the take, or by `bisect_right` leave it."""
    place = bisect(points, source, key=_take)
    if place in (0, len(points)):
        return points[min(place, len(points) - 1)][0]
    (start, first), (end, last) = points[place - 1 : place + 1]
    return start + (end - start) * (source - first) / (last - first)


def _joined(
    stretches: Iterable[tuple[Fraction, Fraction] | None],
) -> list[tuple[Fraction, Fraction]]:
    """Stretches in order of time, those that touch as one."""
    joined: list[tuple[Fraction, Fraction]] = []
    for first, last in filter(None, stretches):
        if joined and joined[-1][1] == first:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _film(point: Point) -> Fraction:
    return point[0]


def _take(point: Point) -> Fraction:
    return point[1]
