"""Which media an item of an FCP 7 XML shows when: its speed, its time remap, its stills.

A clip's `in`, its duration and its markers count frames of the clip as it plays, after its time
remap. The remap's graph says which media frame each of them is: `when` the one, `value` the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcp7.document import flag, number
from a1sdk.timeline.formats.xml_document import text
from a1sdk.timeline.model import SourceMap

_FACTOR_BELOW = 10  # a speed without bounds is one of Hiero's factors up to here, else a percentage

_REVERSED = (
    "A1-RETIME-REVERSED",
    "is reversed, and nothing in the file says which frame comes first",
)

Point = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Retime:
    """A clip's time remap, in seconds from the first frame on.

    Attributes:
        points: (time of the clip as it plays, time of the media); linear between and beyond.
        problem: code and sentence of what could not be read with certainty.
    """

    points: tuple[Point, ...]
    problem: tuple[str, str] | None = None

    def source(self, at: Fraction, start: Fraction, frame: Fraction) -> SourceMap:
        """Return the map of an item that begins `at` in the clip.

        Args:
            at: seconds of the clip as it plays, at the item's start.
            start: seconds on the media's own clock of its first frame.
            frame: seconds of one media frame. Played backwards, an edge between two frames is
                where the earlier one appears.
        """
        falling = [after < before for (_, before), (_, after) in pairwise(self.points)]
        backwards = [*falling, *falling[-1:]] if falling else [False]
        points = zip(self.points, backwards, strict=True)
        return SourceMap(
            tuple((when - at, start + value - frame * back) for (when, value), back in points)
        )


UNTOUCHED = Retime(((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))))


def retime(clip: Element, rate: Fraction, media_duration: Fraction | None) -> Retime:
    """Return the time remap of a clip item whose frames are counted at `rate`.

    Raises:
        DecodeError: its graph has keyframes that do not ascend, or numbers that are none.
    """
    if flag(clip, "stillframe", default=False):
        shown = number(clip, "stillframeoffset")
        return Retime(((Fraction(0), (_in(clip) if shown is None else shown) / rate),))
    effect = _remap(clip)
    if effect is None:
        return UNTOUCHED
    graph = _parameter(effect, "graphdict")
    keys = [] if graph is None else graph.findall("keyframe")
    if len(keys) >= 2:
        return _graph(effect, keys, rate)
    return _constant(clip, effect, rate, media_duration)


def _remap(clip: Element) -> Element | None:
    for filtered in clip.findall("filter"):
        effect = filtered.find("effect")
        if effect is None or text(effect, "effectid").lower() != "timeremap":
            continue
        if flag(filtered, "enabled", default=True):
            return effect
    return None


def _graph(effect: Element, keys: list[Element], rate: Fraction) -> Retime:
    points = tuple(_key(key, rate) for key in keys)
    if any(after[0] <= before[0] for before, after in pairwise(points)):
        raise DecodeError("A speed graph has keyframes that do not follow one another in time.")
    varies = _parameter(effect, "variablespeed")
    if varies is None or not number(varies, "value"):
        marked = [n for n, key in enumerate(keys) if _edge(key)]
        first, last = (marked[0], marked[-1]) if len(marked) >= 2 else (0, -1)
        points = (points[first], points[last])
    elif any(_curved(key) for key in keys):
        problem = "A1-RETIME-UNSUPPORTED", "has a speed ramp with curves"
        return Retime(points[:2], problem)
    if len({value for _, value in points}) == 1:
        points = points[:1]
    return Retime(points)


def _key(key: Element, rate: Fraction) -> Point:
    when, value = number(key, "when"), number(key, "value")
    if when is None or value is None:
        raise DecodeError("A speed graph has a keyframe without a time or a value.")
    return when / rate, value / rate


def _edge(key: Element) -> bool:
    """Whether the item starts or ends at the key; what lies beyond is rounded."""
    return flag(key, "speedkfin", default=False) or flag(key, "speedkfout", default=False)


def _curved(key: Element) -> bool:
    handles = ("inbez/horiz", "inbez/vert", "outbez/horiz", "outbez/vert")
    return any(number(key, handle) for handle in handles)


def _constant(
    clip: Element, effect: Element, rate: Fraction, media_duration: Fraction | None
) -> Retime:
    written = _parameter(effect, "speed")
    value = None if written is None else number(written, "value")
    if written is None or value is None:
        return Retime(UNTOUCHED.points, ("A1-RETIME-UNSUPPORTED", "has a time remap without speed"))
    if value == 0:
        return Retime(((Fraction(0), _in(clip) / rate),))
    duration = (number(clip, "duration") or Fraction(0)) / rate
    shown = _shown(clip)
    total = media_duration / duration if media_duration and duration > 0 else None
    speed, problem = _speed(written, value, (shown, total))
    reverse = _parameter(effect, "reverse")
    if speed < 0 or (reverse is not None and flag(reverse, "value", default=False)):
        top = duration * abs(speed) if duration > 0 else media_duration or Fraction(0)
        return Retime(((Fraction(0), top), (Fraction(1), top - abs(speed))), _REVERSED)
    first = _in(clip) / rate if shown is not None and _near(shown, speed) else Fraction(0)
    return Retime(((first, first), (first + 1, first + speed)), problem)


def _in(clip: Element) -> Fraction:
    return max(number(clip, "in") or Fraction(0), Fraction(0))


def _shown(clip: Element) -> Fraction | None:
    """Return how much longer `in` to `out` is than the item; None where they are equal or unknown.

    The programs that write `in` and `out` in retimed frames make them equal; many an exporter's
    `in` and `out` are frames of the media.
    """
    start, stop = number(clip, "start"), number(clip, "end")
    first, last = number(clip, "in"), number(clip, "out")
    if start is None or stop is None or first is None or last is None:
        return None
    if min(start, stop, first, last) < 0 or stop <= start or abs(last - first - stop + start) <= 1:
        return None
    return (last - first) / (stop - start)


def _near(ratio: Fraction, factor: Fraction) -> bool:
    return abs(ratio - abs(factor)) <= abs(factor) / 50


def _speed(
    written: Element, value: Fraction, ratios: tuple[Fraction | None, ...]
) -> tuple[Fraction, tuple[str, str] | None]:
    """Return the factor: Final Cut and Premiere write percent and its bounds, Hiero a factor."""
    percent = value / 100
    if written.find("valuemax") is not None or abs(value) > _FACTOR_BELOW:
        return percent, None
    for ratio in ratios:
        for factor in (value, percent):
            if ratio is not None and _near(ratio, factor):
                return factor, None
    return value, ("A1-FCP7-SPEED-UNIT", f"has a speed of {float(value):g}, taken for a factor")


def _parameter(effect: Element, name: str) -> Element | None:
    return next((p for p in effect.findall("parameter") if text(p, "parameterid") == name), None)
