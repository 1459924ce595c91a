"""Items of an AAF put in place: cut off by transitions, moved, retimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from a1sdk.timeline.formats.aaf.file import (
    comments,
    components,
    count,
    kind_of,
    many,
    name_of,
    value,
)
from a1sdk.timeline.formats.retime import Frames, Retime
from a1sdk.timeline.model import (
    Clip,
    Gap,
    Item,
    Marker,
    Nest,
    SourceMap,
    Span,
    Track,
    TrackKind,
    Transition,
)

_NOTHING = ("Filler", "ScopeReference")


def empty(segment: Any) -> bool:
    """Whether a segment shows nothing of its own: filler, or the tracks below."""
    return all(kind_of(part) in _NOTHING for part in components(segment))


def effect_name(group: Any) -> str:
    """Return what an effect is called."""
    return name_of(value(group, "Operation"))


def warps(group: Any) -> bool:
    """Whether an effect changes which time of its input is shown."""
    return bool(value(value(group, "Operation"), "IsTimeWarp"))


def whole(layer: Any) -> Any:
    """Return the sequence under an effect on a whole track; None where it is none."""
    if kind_of(layer) != "OperationGroup" or warps(layer):
        return None
    inputs = [segment for segment in many(layer, "InputSegments") if not empty(segment)]
    alone = len(inputs) == 1 and kind_of(inputs[0]) in ("Sequence", "OperationGroup")
    return inputs[0] if alone else None


def transition(part: Any, at: int, rate: Fraction, origin: str) -> Transition:
    """Return a transition that starts `at` edit units after its track does."""
    group = value(part, "OperationGroup")
    return Transition(
        name="",
        kind=effect_name(group),
        span=Span(at / rate, (at + max(count(part, "Length"), 0)) / rate),
        cut=(at + cut_point(part)) / rate,
        metadata={"AAF": comments(part)},
        origin=origin,
    )


def nest(
    layers: Sequence[tuple[Item, ...]], name: str, kind: TrackKind, rate: Fraction, origin: str
) -> Nest:
    """Return layers of items as a sequence that starts at 0, the lowest layer first."""
    stop = max((items[-1].span.stop for items in layers if items), default=Fraction(0))
    return Nest(
        name=name,
        span=Span(Fraction(0), stop),
        source=SourceMap.linear(Fraction(0)),
        rate=rate,
        tracks=tuple(
            Track(name="", kind=kind, number=number, items=items, origin=origin)
            for number, items in enumerate(layers, 1)
        ),
        origin=origin,
    )


def head_and_tail(parts: Sequence[Any], index: int) -> tuple[int, int]:
    """Return the edit units of a part, at both ends, that lie beyond the cuts of transitions.

    AAF lets the neighbours of a transition overlap by its length; its cut point is from its start.
    """
    before = parts[index - 1] if index else None
    after = parts[index + 1] if index + 1 < len(parts) else None
    head = cut_point(before) if kind_of(before) == "Transition" else 0
    tail = count(after, "Length") - cut_point(after) if kind_of(after) == "Transition" else 0
    return head, tail


def cut_point(transition: Any) -> int:
    """Return where a transition's cut is, in edit units after its start."""
    return min(max(count(transition, "CutPoint"), 0), max(count(transition, "Length"), 0))


def placed(item: Item, span: Span) -> Item:
    """Return an item that lies at `span`, beginning with the same time of its media."""
    by = span.start - item.span.start
    markers = tuple(replace(marker, span=marker.span.moved(by)) for marker in item.markers)
    return replace(item, span=span, markers=markers)


def shortened(item: Item, head: Fraction, tail: Fraction) -> Item:
    """Return an item without `head` seconds at its start and `tail` at its end."""
    start = item.span.start + head
    span = Span(start, max(start, item.span.stop - tail))
    if head and isinstance(item, (Clip, Nest)):
        return replace(item, span=span, source=_later(item.source, head))
    return replace(item, span=span)


def retimed(item: Item, retime: Retime, span: Span, frame: Fraction) -> Item:
    """Return an item as a time warp shows it.

    Args:
        item: what it shows, steadily.
        retime: what the time warp does.
        span: when the warp is.
        frame: seconds of a frame of the item.
    """
    if not isinstance(item, (Clip, Nest)):
        return replace(item, span=span)
    warp = retime.source(Fraction(0), span.duration, Frames(frame, frame))
    points = tuple((at, item.source(shown)) for at, shown in warp.points)
    markers = tuple(_warped(marker, item.span.start, retime, span) for marker in item.markers)
    return replace(item, span=span, source=SourceMap(points), markers=markers)


def steady(item: Item) -> bool:
    """Whether a time warp can be laid over an item: it plays at one speed, or shows nothing."""
    return isinstance(item, Gap) or (isinstance(item, (Clip, Nest)) and item.source.speed != 0)


def _later(source: SourceMap, by: Fraction) -> SourceMap:
    if len(source.points) == 1:
        return source
    return SourceMap(tuple((at - by, shown) for at, shown in source.points))


def _warped(marker: Marker, start: Fraction, retime: Retime, span: Span) -> Marker:
    """Return a marker where the time warp shows it, at its distance from the start in a ramp."""
    speed = Fraction(1) if retime.table or retime.speed <= 0 else retime.speed
    after, until = ((at - start) / speed for at in (marker.span.start, marker.span.stop))
    return replace(marker, span=Span(span.start + after, span.start + until))
