"""When an item of an FCPXML shows what: its local time, its rate conform, its time map.

An item's `start`, its markers and the offsets of what is connected to it are in its local time,
which its time map has changed already. Between a local second and one of the timeline lies the
pace: Final Cut Pro plays media of some rates as if they were of another, so that frames meet.
After: Apple, "FCPXML Reference", timeMap and conform-rate; paces that it leaves open were taken
from where connected clips lie in Final Cut Pro's own exports.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcpxml.document import off, seconds
from a1sdk.timeline.model import SourceMap, Span
from a1sdk.timeline.numbers import exact_rate, playable

Point = tuple[Fraction, Fraction]
Points = tuple[Point, ...]

MAX_POINTS = 20_000
"""Most points of a map of time that others lie in."""

_SHARP = Fraction(1, 10**6)  # seconds before a corner where its frame is still the earlier one's
_N = Fraction(1000, 1001)
_CONFORMED = (  # media's rate, timelines' rates, and the rate it plays at there
    (24 * _N, (24, 48, 30, 60, 30 * _N, 60 * _N), Fraction(24)),
    (24 * _N, (25, 50), Fraction(25)),
    (Fraction(24), (24 * _N, 48 * _N), 24 * _N),
    (Fraction(24), (25, 50), Fraction(25)),
    (Fraction(25), (24 * _N,), 24 * _N),
    (Fraction(25), (24,), Fraction(24)),
    (30 * _N, (30, 60), Fraction(30)),
    (Fraction(30), (30 * _N, 60 * _N), 30 * _N),
    (Fraction(50), (24 * _N,), 48 * _N),
    (Fraction(50), (24,), Fraction(48)),
    (60 * _N, (30, 60), Fraction(60)),
    (Fraction(60), (30 * _N, 60 * _N), 60 * _N),
)
_CURVED = "A1-RETIME-UNSUPPORTED", "has a speed ramp with curves"


@dataclass(frozen=True)
class Timing:
    """How an item lies in its timeline.

    Attributes:
        span: when, in the timeline's seconds.
        start: local time at the span's start.
        pace: seconds of the timeline that a local second takes.
        points: (seconds after the span's start, time of what it plays); linear between and beyond.
        problem: code and sentence of what could not be read with certainty.
    """

    span: Span
    start: Fraction
    pace: Fraction
    points: Points
    problem: tuple[str, str] | None = None

    def at(self, local: Fraction) -> Fraction:
        """Return the timeline's time of a local time."""
        return self.span.start + (local - self.start) * self.pace


def timing(
    element: Element, span: Span, start: Fraction, timeline: Fraction, media: Fraction | None
) -> Timing:
    """Return how an item lies in its timeline.

    Args:
        element: the item.
        span: when, in the timeline's seconds.
        start: local time at the span's start.
        timeline: frames per second of the timeline.
        media: frames per second of what it plays, where that is known.

    Raises:
        DecodeError: its time map does not ascend, or a number is none.
    """
    pace, problem = _pace(element, timeline, media)
    mapped = element.find("timeMap")
    keys = [] if mapped is None else mapped.findall("timept")
    if len(keys) == 1:
        problem = "A1-RETIME-UNSUPPORTED", "has a time map of one point"
    if len(keys) < 2:
        points = (Fraction(0), start), (Fraction(1), start + 1 / pace)
        return Timing(span, start, pace, points, problem)
    shown = Span(start, start + span.duration / pace)
    mapping, curved = _mapping(keys, shown)
    mapped_points = tuple(((time - start) * pace, value) for time, value in mapping)
    return Timing(span, start, pace, mapped_points, _CURVED if curved else problem)


def _pace(
    element: Element, timeline: Fraction, media: Fraction | None
) -> tuple[Fraction, tuple[str, str] | None]:
    conform = element.find("conform-rate")
    if conform is None or off(conform, "scaleEnabled"):
        return Fraction(1), None
    written = conform.get("srcFrameRate")
    source = media if written is None else _written_rate(written)
    if source is None or source == timeline:
        return Fraction(1), None
    for own, timelines, played in _CONFORMED:
        if own == source and timeline in timelines:
            return own / played, None
    what = f"conforms {float(source):.5g} to {float(timeline):.5g} frames per second"
    return Fraction(1), ("A1-FCPXML-CONFORM", f"{what}, which no program is known to do")


def _written_rate(written: str) -> Fraction:
    try:
        return exact_rate(float(written))
    except ValueError:
        raise DecodeError(f"The source frame rate {written!r:.40} is not a number.") from None


def _mapping(keys: Sequence[Element], shown: Span) -> tuple[Points, bool]:
    """Return the time map's points, and whether it is curved within what is shown.

    Then the points are those of the line at the start.
    """
    points = tuple(map(_key, keys))
    steps = list(pairwise(points))
    if any(after[0] <= before[0] for before, after in steps):
        raise DecodeError("A time map has points that do not follow one another in time.")
    speeds = [playable((v1 - v0) / (t1 - t0)) for (t0, v0), (t1, v1) in steps]
    bends = [n for n in range(1, len(speeds)) if speeds[n] != speeds[n - 1]]
    if any(_curve(keys, points, n).within(shown) for n in bends):
        first = max(
            (n for n, (time, _) in enumerate(points[:-1]) if time <= shown.start), default=0
        )
        return points[first : first + 2], True
    straight = [points[0], *(points[n] for n in bends), points[-1]]
    return (tuple(straight) if any(speeds) else points[:1]), False


def _key(key: Element) -> Point:
    time, value = seconds(key, "time"), seconds(key, "value")
    if time is None or value is None:
        raise DecodeError("A time map has a point without a time or a value.")
    return time, value


def _curve(keys: Sequence[Element], points: Points, at: int) -> Span:
    """Return the times around a point between which the speed changes little by little."""
    time, kind = points[at][0], keys[at].get("interp", "smooth2")
    if kind == "smooth":  # what versions before 10.1 wrote; from one point to the next
        return Span(points[at - 1][0], points[at + 1][0])
    if kind == "linear":
        return Span(time, time)
    before, after = seconds(keys[at], "inTime"), seconds(keys[at], "outTime")
    return Span(time - (before or 0), time + (after or 0))


def composed(outer: Points, inner: Points) -> Points:
    """Return what is shown when of something that lies in something else.

    Args:
        outer: (time, time of what is inside).
        inner: (time of what is inside, time of what it plays).

    Raises:
        DecodeError: they have too many points between them.
    """
    first, second = SourceMap(outer), SourceMap(inner)
    if len(outer) == 1 or len(inner) == 1:
        return ((outer[0][0], second(first(outer[0][0]))),)
    times = {time for time, _ in outer}
    inside = [time for time, _ in inner]
    for n, line in enumerate(pairwise(outer)):
        times.update(_crossings(line, inside, begins=n == 0, ends=n == len(outer) - 2))
        if len(times) > MAX_POINTS:
            raise DecodeError(f"Its time maps have over {MAX_POINTS} points in each other.")
    ends = {min(times) - 1, max(times) + 1}
    return _straight([(time, second(first(time))) for time in sorted(times | ends)])


def _crossings(
    line: tuple[Point, Point], inside: Sequence[Fraction], *, begins: bool, ends: bool
) -> Iterator[Fraction]:
    """Yield when a line passes the times of what is inside.

    Before the first line and after the last, it goes on without end.
    """
    (t0, s0), (t1, s1) = line
    if s0 == s1:
        return
    low_open, high_open = (begins, ends) if s0 < s1 else (ends, begins)
    low = 0 if low_open else bisect_left(inside, min(s0, s1))
    high = len(inside) if high_open else bisect_right(inside, max(s0, s1))
    for time in inside[low:high]:
        yield t0 + (time - s0) * (t1 - t0) / (s1 - s0)


def _straight(points: Sequence[Point]) -> Points:
    """Return the points without those that lie on a line between others."""
    kept = [points[0]]
    for here, after in pairwise(points[1:]):
        if _slope(kept[-1], here) != _slope(here, after):
            kept.append(here)
    still = len(kept) == 1 and not _slope(kept[0], points[-1])
    return tuple(kept) if still else (*kept, points[-1])


def _slope(before: Point, after: Point) -> Fraction:
    return (after[1] - before[1]) / (after[0] - before[0])


def source(points: Points, frame: Fraction) -> SourceMap:
    """Return the map of an item that plays media whose frames last `frame` seconds.

    Played backwards, an edge between two frames is where the earlier one appears.
    """
    if len(points) == 1:
        return SourceMap.linear(points[0][1], Fraction(0))
    steps = list(pairwise(points))
    if len(steps) == 1:
        (at, value), speed = points[0], _slope(*points)
        return SourceMap.linear(value - at * speed - frame * (speed < 0), speed)
    shifts = [frame if after[1] < before[1] else Fraction(0) for before, after in steps]
    found = [(points[0][0], points[0][1] - shifts[0])]
    for n, (before, after) in enumerate(steps):
        shift = shifts[n]
        following = shifts[n + 1] if n + 1 < len(shifts) else shift
        if following != shift:
            early = min(_SHARP, (after[0] - before[0]) / 2)
            found.append((after[0] - early, after[1] - early * _slope(before, after) - shift))
        found.append((after[0], after[1] - following))
    return SourceMap(tuple(found))
