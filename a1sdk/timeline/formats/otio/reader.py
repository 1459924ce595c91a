"""Cuts from OpenTimelineIO, by its JSON as it is written.

The JSON is walked directly. opentimelineio would refuse whole files for an object it does not
know, would let adapters, hooks and linkers of the site alter what is read, and forgets where in
the file an object was written, which the hand-back needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from a1sdk.errors import DecodeError
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.formats.otio.dialects import Convention, convention_of, is_time_effect
from a1sdk.timeline.formats.otio.document import (
    active_of,
    cut_rate,
    cut_start,
    document_of,
    item_rates,
    kind_of,
)
from a1sdk.timeline.formats.otio.media import (
    counted,
    media_of,
    media_start,
    ranged,
    rate_of,
    seconds,
)
from a1sdk.timeline.formats.otio.parts import Part, is_part, placed_marker
from a1sdk.timeline.formats.otio.rescue import Node, parse, rescue, schema
from a1sdk.timeline.formats.retime import Frames, Retime, frames_of
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.formats.transitions import joined
from a1sdk.timeline.model import (
    Clip,
    Cut,
    Gap,
    Item,
    Marker,
    Nest,
    Problem,
    Severity,
    Span,
    Track,
    TrackKind,
    Transition,
    track_label,
)
from a1sdk.timeline.numbers import MAX_FRAME_RATE, exact_seconds, settled, timecode


def read(path: Path, rate: Fraction | None) -> Cut:
    """Read an `.otio` file, or a clip, track or stack saved as one.

    Raises:
        DecodeError: it is no JSON, holds no cut, a rate or time in it is no number, or a limit of
            `a1sdk.timeline.formats.otio.rescue` is passed.
    """
    return cut_of(parse(read_bytes(path)), path, rate=rate)


def cut_of(root: Node, path: Path, *, rate: Fraction | None = None) -> Cut:
    """Return the cut in a parsed document, which is put into this version's form (`rescue`).

    Args:
        root: the document.
        path: the file it was read from.
        rate: frames per second of the cut, where the file does not say or says it wrong.

    Raises:
        DecodeError: as of `read`.
    """
    found = list(rescue(root))
    document = document_of(root)
    convention = convention_of(document.timeline)
    own_rate, issue = cut_rate(document, convention, rate)
    found += [*document.problems, *([issue] if issue else [])]
    start, issues = cut_start(document)
    reader = _Reader(convention, own_rate, start, [*found, *issues])
    tracks, markers = reader.stack(document.stack, document.pointer, alone=document.alone)
    return Cut(
        path=path,
        dialect=convention.dialect,
        name=text(document.timeline.get("name")),
        rate=own_rate,
        start=reader.start,
        tracks=tracks,
        markers=markers,
        problems=tuple(reader.problems),
        metadata=document.timeline["metadata"],
    )


@dataclass
class _Reader:
    """Turns nodes into items; times are in seconds of the composition around them."""

    convention: Convention
    rate: Fraction
    start: Fraction
    problems: list[Problem] = field(default_factory=list)

    def stack(
        self, node: Node, pointer: str, path: str = "", *, alone: bool = False
    ) -> tuple[tuple[Track, ...], tuple[Marker, ...]]:
        """Return the tracks of a stack and its markers, in the stack's own time."""
        tracks: list[Track] = []
        markers = [self._marker(marker, Fraction(0), None) for marker in node["markers"]]
        counts = {"video": 0, "audio": 0}
        for index, child in enumerate(node["children"]):
            own = pointer if alone else f"{pointer}/children/{index}"
            kind = kind_of(child)
            counts[kind] += 1
            track, notes = self._track(child, own, path, kind, counts[kind])
            tracks.append(track)
            markers += notes
        if not path and is_part(node):
            part = self._part(node, tracks, path, Fraction(0))
            tracks = [part.of(track) for track in tracks]
            markers = [part.placed(marker) for marker in markers]
        return tuple(tracks), tuple(markers)

    def _track(
        self, node: Node, pointer: str, path: str, kind: TrackKind, number: int
    ) -> tuple[Track, list[Marker]]:
        """Return a child of a stack as a track; what is no track is alone on one."""
        is_track = schema(node)[0] == "Track"
        name = self.convention.track_name(node) if is_track else ""
        label = f"{path}{name or track_label(kind, number)}/"
        children = node["children"] if is_track else [node]
        track = Track(
            name=name,
            kind=kind,
            number=number,
            items=self._items(children, pointer, label, lone=not is_track),
            enabled=self.convention.enabled(node) if is_track else True,
            metadata=node["metadata"] if is_track else {},
            origin=pointer,
        )
        if not path and kind == "video":
            self._check_grid(track, label)
        markers = [self._marker(m, Fraction(0), None) for m in node["markers"]] if is_track else []
        if not is_track or not is_part(node):
            return track, markers
        part = self._part(node, [track], path, Fraction(0))
        return part.of(track), [part.placed(marker) for marker in markers]

    def _items(self, nodes: list[Node], pointer: str, path: str, *, lone: bool) -> tuple[Item, ...]:
        items: list[Item] = []
        at = Fraction(0)
        for index, node in enumerate(nodes):
            own = pointer if lone else f"{pointer}/children/{index}"
            try:
                item = self._item(node, own, path, at)
            except DecodeError as error:
                if error.path or " @ " in str(error):
                    raise
                raise DecodeError(f"{error} ({self._where(node, path, at)})") from error
            items.append(item)
            if not isinstance(item, Transition):
                at = item.span.stop
        return joined(items, lambda item, message: self._overlong(item, path, message))

    def _item(self, node: Node, pointer: str, path: str, at: Fraction) -> Item:
        common: dict[str, Any] = {
            "name": node["name"],
            "enabled": self.convention.enabled(node),
            "metadata": node["metadata"],
            "origin": pointer,
            "effects": _effects(node),
        }
        kind = schema(node)[0]
        if kind == "Transition":
            before, after = (
                self._positive(seconds(node[key]), node, path, at)
                for key in ("in_offset", "out_offset")
            )
            span = Span(at - before, at + after)
            return Transition(span=span, cut=at, kind=node["transition_type"], **common)
        if kind == "Clip":
            return self._clip(node, path, at, common)
        if kind == "Gap":
            window = ranged(node, "source_range")
            span = Span(at, settled(at + self._length(node, window, path, at)))
            return Gap(span=span, markers=self._markers(node, span, Retime(), window), **common)
        return self._nest(node, pointer, path, at, common)

    def _clip(self, node: Node, path: str, at: Fraction, common: dict[str, Any]) -> Clip:
        reference = active_of(node)
        media = media_of(reference, self.convention)
        window = ranged(node, "source_range") or ranged(reference, "available_range")
        if media.kind == "missing":
            self._report("A1-MEDIA-MISSING", "warning", "It has no media.", node, path, at)
        rate = media.rate or _own_rate(window) or self.rate
        frames = frames_of(self.rate, rate)
        retime = self._retime(node, frames, path, at)
        duration = self.convention.duration(self._length(node, window, path, at), retime)
        first = media_start(window[0], reference, media) if window else media.start
        span = Span(at, settled(at + duration))
        return Clip(
            span=span,
            media=media,
            alternatives={
                key: media_of(other, self.convention)
                for key, other in node["media_references"].items()
                if other is not reference
            },
            source=retime.source(first, duration, frames),
            markers=self._markers(node, span, retime, window),
            **common,
        )

    def _nest(
        self, node: Node, pointer: str, path: str, at: Fraction, common: dict[str, Any]
    ) -> Nest:
        inside = f"{path}{node['name'] or 'nest'}/"
        if schema(node)[0] == "Track":
            whole = {**node, "source_range": None, "effects": []}
            track, notes = self._track(whole, pointer, inside, kind_of(node), 1)
            tracks: tuple[Track, ...] = (replace(track, enabled=True),)
            markers: tuple[Marker, ...] = tuple(notes)
        else:
            tracks, markers = self.stack(node, pointer, inside)
        part = self._part(node, tracks, path, at)
        return Nest(
            span=part.span,
            source=part.source,
            rate=part.rate,
            tracks=tracks,
            markers=tuple(part.placed(marker) for marker in markers),
            **common,
        )

    def _part(self, node: Node, tracks: Sequence[Track], path: str, at: Fraction) -> Part:
        """Return which part of a composition is played when, and how fast."""
        window = ranged(node, "source_range")
        length = max((t.items[-1].span.stop for t in tracks if t.items), default=Fraction(0))
        if window is not None:
            length = self._length(node, window, path, at)
        rate = next((rate for rate in item_rates(node) if rate <= MAX_FRAME_RATE), self.rate)
        frames = frames_of(self.rate, rate)
        retime = self._retime(node, frames, path, at)
        span = Span(at, settled(at + self.convention.duration(length, retime)))
        first = seconds(window[0]) if window else Fraction(0)
        return Part(span, first, retime, retime.source(first, span.duration, frames), rate)

    def _retime(self, node: Node, frames: Frames, path: str, at: Fraction) -> Retime:
        """Return what an item's time effects amount to; what cannot be followed is reported."""
        retime = self.convention.retime(node, frames)
        for code, severity, message in retime.issues:
            self._report(code, severity, message, node, path, at)
        return retime

    def _length(
        self, node: Node, window: tuple[Node, Node] | None, path: str, at: Fraction
    ) -> Fraction:
        """Return how long a range is; what has none, or less than none, is reported and empty."""
        if window is None and schema(node)[0] == "Clip":
            message = "It has neither a range nor media with one."
            self._report("A1-OTIO-INCOMPLETE", "error", message, node, path, at)
        length = seconds(window[1]) if window is not None else Fraction(0)
        return self._positive(length, node, path, at)

    def _positive(self, length: Fraction, node: Node, path: str, at: Fraction) -> Fraction:
        if length >= 0:
            return length
        message = "It lasts less than no time."
        self._report("A1-TIME-NEGATIVE", "error", message, node, path, at)
        return Fraction(0)

    def _markers(
        self, node: Node, span: Span, retime: Retime, window: tuple[Node, Node] | None
    ) -> tuple[Marker, ...]:
        """Return an item's markers, which lie in the time of its range, in its parent's time."""
        if not node["markers"]:
            return ()
        start = seconds(window[0]) if window else Fraction(0)
        found = []
        for node_marker in node["markers"]:
            marker = self._marker(node_marker, start, window)
            found.append(placed_marker(marker, span, retime, start, span.duration))
        return tuple(found)

    def _marker(self, node: Node, start: Fraction, window: tuple[Node, Node] | None) -> Marker:
        """Return a marker in its owner's own time; `start` is that of the owner's range."""
        marked = ranged(node, "marked_range")
        at = _beside(marked[0], window, start) if marked else start
        lasts = seconds(marked[1]) if marked else Fraction(0)
        if self.convention.marked_from_start(at, start):
            at += start
        return Marker(
            name=node["name"],
            comment=self.convention.note(node),
            span=Span(at, at + max(lasts, Fraction(0))),
            color=text(node.get("color")),
            metadata=node["metadata"],
        )

    def _check_grid(self, track: Track, label: str) -> None:
        """Report items that start or stop between frames, once for the track."""
        off = [item for item in track.items if _off_grid(item, self.rate)]
        if off:
            at = timecode(self.start + off[0].span.start, self.rate)
            message = f"{len(off)} items start or end between two frames at {self.rate} fps."
            where = f"{label}{off[0].name} @ {at}"
            self.problems.append(Problem("A1-TIME-FRACTIONAL", "warning", message, where))

    def _overlong(self, item: Item, path: str, message: str) -> None:
        at = timecode(self.start + item.span.start, self.rate)
        where = f"{path}{item.name or 'transition'} @ {at}"
        self.problems.append(Problem("A1-TIME-OVERLONG-TRANSITION", "warning", message, where))

    def _report(
        self, code: str, severity: Severity, message: str, node: Node, path: str, at: Fraction
    ) -> None:
        self.problems.append(Problem(code, severity, message, self._where(node, path, at)))

    def _where(self, node: Node, path: str, at: Fraction) -> str:
        return f"{path}{node['name'] or schema(node)[0]} @ {timecode(self.start + at, self.rate)}"


def _beside(time: Node, window: tuple[Node, Node] | None, start: Fraction) -> Fraction:
    """Return a time, exact beside the start of a range that counts at the same rate."""
    if window is None or window[0].get("rate") != time.get("rate"):
        return seconds(time)
    (value, rate), (first, _) = counted(time), counted(window[0])
    if first > 0 < value:
        return start + exact_seconds(value - first, rate)
    return seconds(time)


def _effects(node: Node) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (effect["effect_name"] or effect["name"], effect["metadata"])
        for effect in node["effects"]
        if effect["enabled"] and not is_time_effect(effect)
    )


def _own_rate(window: tuple[Node, Node] | None) -> Fraction | None:
    return rate_of(window[0]) if window else None


def _off_grid(item: Item, rate: Fraction) -> bool:
    return any(
        edge.numerator * rate.numerator % (edge.denominator * rate.denominator)
        for edge in (item.span.start, item.span.stop)
    )
