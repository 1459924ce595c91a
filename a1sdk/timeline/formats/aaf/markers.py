"""Markers of an AAF: on event slots beside the tracks, each naming the track that it is on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from a1sdk.timeline.formats.aaf.file import (
    comments,
    components,
    count,
    kind_of,
    many,
    name_of,
    rate_of,
    value,
)
from a1sdk.timeline.formats.aaf.media import Link
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.model import Marker, Metadata, Span, Track, Transition

Place = tuple[int, int]
"""A slot's number and, of its layers, the number of the track."""


@dataclass(frozen=True)
class Note:
    """A marker of a mob, in the mob's own time.

    Attributes:
        places: the tracks that it is on.
        marker: the marker.
    """

    places: frozenset[Place]
    marker: Marker


def notes_of(mob: Any) -> tuple[Note, ...]:
    """Return the markers of a mob, in the order they are written."""
    return tuple(
        _note(event, count(slot, "PhysicalTrackNumber"), rate_of(slot))
        for slot in many(mob, "Slots")
        if kind_of(slot) == "EventMobSlot"
        for event in components(value(slot, "Segment"))
        if "Marker" in kind_of(event)
    )


def attached(
    tracks: Sequence[Track], places: Mapping[Place, int], notes: Iterable[Note]
) -> tuple[tuple[Track, ...], tuple[Marker, ...]]:
    """Put the markers of a composition on the items they are at.

    Args:
        tracks: its tracks.
        places: which of them a place is.
        notes: its markers.

    Returns:
        The tracks, and the markers that are on none of them, or beyond its end.
    """
    found: dict[tuple[int, int], list[Marker]] = defaultdict(list)
    rest = []
    for note in notes:
        index = next((places[place] for place in sorted(note.places) if place in places), None)
        item = None if index is None else _item_at(tracks[index], note.marker.span.start)
        if index is None or item is None:
            rest.append(note.marker)
        else:
            found[index, item].append(note.marker)
    return tuple(_with(track, index, found) for index, track in enumerate(tracks)), tuple(rest)


def source_markers(link: Link, notes: Iterable[Note], span: Span) -> list[Marker]:
    """Return the markers of a clip's media that the clip, which lies at `span`, shows."""
    slot = count(link.slot, "SlotID")
    by = span.start - link.at
    moved = (
        replace(note.marker, span=note.marker.span.moved(by))
        for note in notes
        if any(place[0] == slot for place in note.places)
    )
    return [marker for marker in moved if marker.span.start in span]


def _item_at(track: Track, time: Fraction) -> int | None:
    items = enumerate(track.items)
    return next((n for n, i in items if time in i.span and not isinstance(i, Transition)), None)


def _with(track: Track, index: int, found: Mapping[tuple[int, int], list[Marker]]) -> Track:
    if not any(where[0] == index for where in found):
        return track
    items = (
        replace(item, markers=tuple(once_each((*item.markers, *found.get((index, n), ())))))
        for n, item in enumerate(track.items)
    )
    return replace(track, items=tuple(items))


def once_each(markers: Iterable[Marker]) -> Iterable[Marker]:
    """Return markers once each: a marker of the media may have been copied into the sequence."""
    return {(marker.name, marker.span): marker for marker in markers}.values()


def _note(event: Any, number: int, rate: Fraction) -> Note:
    at = Fraction(count(event, "Position")) / rate
    lasts = max(count(event, "Length"), 1) / rate
    words = name_of(event, "Comment")
    slots = value(event, "DescribedSlots") or ()
    facts = {tag.name: tag.value for tag in many(event, "CommentMarkerAttributeList")}
    said: Metadata = {"AAF": {**comments(event), **_plain(facts), "User": _user(event)}}
    return Note(
        places=frozenset((int(slot), number) for slot in slots),
        marker=Marker(
            name=words,
            comment=words,
            span=Span(at, at + lasts),
            color=text(facts.get("_ATN_CRM_COLOR")) or _color(value(event, "CommentMarkerColor")),
            metadata=said,
        ),
    )


def _user(event: Any) -> str:
    """Return who wrote a marker; Avid spells the property in two ways."""
    keys = ("CommentMarkerUser", "CommentMarkerUSer")
    return next(filter(None, (name_of(event, key) for key in keys)), "")


def _plain(facts: Mapping[Any, Any]) -> dict[str, Any]:
    return {text(key): found for key, found in facts.items() if isinstance(found, (str, int))}


def _color(parts: Any) -> str:
    """Return a colour of three sixteen-bit parts as `#rrggbb`; empty for none."""
    if not isinstance(parts, dict):
        return ""
    return "#" + "".join(
        f"{int(parts.get(key, 0)) >> 8 & 255:02x}" for key in ("red", "green", "blue")
    )
