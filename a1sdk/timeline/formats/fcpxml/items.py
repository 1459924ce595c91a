"""The items of an FCPXML as the model has them: clips, nests, gaps and transitions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from a1sdk.timeline.formats.fcpxml.document import length, off, seconds
from a1sdk.timeline.formats.fcpxml.lanes import Laid, track_name
from a1sdk.timeline.formats.fcpxml.parts import Medium, about, effects, markers, roles
from a1sdk.timeline.formats.fcpxml.retime import Timing, composed, source
from a1sdk.timeline.formats.fcpxml.timeline import Document, Entry, Inside
from a1sdk.timeline.model import (
    Clip,
    Gap,
    Media,
    Nest,
    Severity,
    SourceMap,
    Span,
    TrackKind,
    Transition,
)

_TRANSITION_START = Fraction(3600)  # local time of every transition's start, for its markers


def gap(document: Document, entry: Entry) -> Laid:
    """Return nothing, for as long as an item takes."""
    return Laid(Gap(**_common(document, entry, None)), None)


def clip(document: Document, entry: Entry, only: Medium) -> Laid:
    """Return an item that plays one medium; a gap where nothing of it is wanted."""
    kind = _kind(only.kinds & entry.kinds)
    if kind is None:
        return gap(document, entry)
    known = dict(document.resources.media(only.element))
    media = known.pop(next(iter(known)), None) if known else None
    if media is None or media.kind == "missing":
        _odd(document, entry, "A1-MEDIA-MISSING", "names no media that the document defines")
    media = media or Media(name=entry.name)
    points = entry.timing.points
    if only.points is not None:
        points = composed(points, only.points)
    frame = 1 / (media.rate or entry.timeline.rate) if kind == "video" else Fraction(0)
    made = Clip(
        media=media,
        alternatives=known,
        source=source(points, frame),
        **_common(document, entry, only.element),
    )
    return Laid(made, kind, track_name(roles(entry.element, only.element, kind)))


def nest(document: Document, entry: Entry, inside: Inside) -> Laid:
    """Return an item with a timeline inside; a gap where nothing of it is wanted."""
    kinds: set[TrackKind] = {track.kind for track in inside.tracks}
    kind = _kind(kinds or entry.kinds)
    if kind is None:
        return gap(document, entry)
    points = tuple((time, value - inside.start) for time, value in entry.timing.points)
    made = Nest(
        source=SourceMap(points),
        rate=inside.rate,
        tracks=inside.tracks,
        **_common(document, entry, None),
    )
    return Laid(made, kind, track_name(roles(entry.element, None, kind)))


def transition(
    document: Document,
    element: Element,
    zero: Fraction,
    before: Fraction | None,
    after: Fraction | None,
) -> Laid:
    """Return a transition.

    Args:
        document: what it is in.
        element: the transition.
        zero: the timeline's time where offsets are 0.
        before: when the item before it ends; None where there is none.
        after: when the item after it starts; None where there is none. One of them is there.
    """
    lasts = length(element) or Fraction(0)
    cut = (after if before is None else before) or Fraction(0)
    offset = seconds(element, "offset")
    start = cut - lasts / 2 if offset is None else zero + offset
    span = Span(start, start + lasts)
    filtered = element.find("filter-video")
    kind = element.get("name", "") if filtered is None else filtered.get("name", "")
    made = Transition(
        name=element.get("name", ""),
        span=span,
        cut=min(max(cut, span.start), span.stop),
        kind=kind,
        markers=markers(element, Timing(span, _TRANSITION_START, Fraction(1), ())),
        effects=effects(element, document.resources),
        metadata=about(element, None),
        origin=document.origins[element],
    )
    return Laid(made, None)


def _kind(kinds: frozenset[TrackKind] | set[TrackKind]) -> TrackKind | None:
    if not kinds:
        return None
    return "video" if "video" in kinds else "audio"


def _common(document: Document, entry: Entry, inner: Element | None) -> dict[str, Any]:
    """Return what every item has; a clip's one medium may be an element of its own."""
    if entry.timing.problem is not None:
        _odd(document, entry, *entry.timing.problem)
    element = entry.element
    inside = None if inner is element else inner
    return {
        "name": entry.name,
        "span": entry.timing.span,
        "enabled": not off(element) and not (inside is not None and off(inside)),
        "markers": markers(element, entry.timing),
        "effects": effects(element, document.resources),
        "metadata": about(element, inside),
        "origin": document.origins[element],
    }


def _odd(document: Document, entry: Entry, code: str, what: str) -> None:
    severity: Severity = "error" if code == "A1-RETIME-UNSUPPORTED" else "warning"
    document.problem(code, severity, f"{entry.name!r:.60} {what}.", entry.where)
