"""Cuts from OpenTimelineIO: its JSON as it is written, or objects that an adapter has made.

The JSON is walked directly. opentimelineio would refuse whole files for an object it does not
know, would let adapters, hooks and linkers of the site alter what is read, and forgets where in
the file an object was written, which the hand-back needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from a1sdk.errors import A1Error, DecodeError
from a1sdk.timeline.model import (
    Clip,
    Cut,
    Gap,
    Item,
    Marker,
    Nest,
    Problem,
    Severity,
    SourceMap,
    Span,
    Track,
    Transition,
)
from a1sdk.timeline.numbers import exact_rate, exact_seconds, timecode
from a1sdk.timeline.otio_dialects import Convention, Frames, Retime, convention_of
from a1sdk.timeline.otio_media import media_of, media_start, ranged, seconds
from a1sdk.timeline.otio_transitions import joined
from a1sdk.timeline.rescue import Node, parse, rescue, schema, text
from a1sdk.timing import as_rate

_FASTEST = 240  # frames per second; what counts faster is sound
_TIME_EFFECTS = ("TimeEffect", "LinearTimeWarp", "FreezeFrame")


def read(path: Path, rate: Fraction | None) -> Cut:
    """Read an `.otio` file, or a clip, track or stack saved as one.

    Raises:
        DecodeError: it is no JSON, holds no cut, a rate or time in it is no number, or a limit of
            `a1sdk.timeline.rescue` is passed.
    """
    return cut_of(parse(path.read_bytes()), path, rate=rate)


def from_otio(
    timeline: Any, path: Path, convention: Convention, *, rate: Fraction | None = None
) -> Cut:
    """Return the cut that an adapter has read as opentimelineio's objects.

    Args:
        timeline: what the adapter returned.
        path: the file it read.
        convention: what the format, through this adapter, means; its `dialect` is the cut's.
        rate: frames per second of the cut, where the file does not say.

    Returns:
        The cut; the `origin` of an item is its JSON pointer in `timeline.to_json_string()`.
    """
    return cut_of(parse(timeline.to_json_string().encode()), path, convention, rate)


def cut_of(
    root: Node, path: Path, convention: Convention | None = None, rate: Fraction | None = None
) -> Cut:
    """Return the cut in a parsed document, which is put into this version's form (`rescue`)."""
    found = list(rescue(root))
    timeline, stack, pointer = _timeline(root, found)
    convention = convention or convention_of(timeline)
    own_rate, issue = _rate(timeline, stack, convention, rate)
    found += [issue] if issue else []
    start = timeline.get("global_start_time")
    reader = _Reader(
        convention, own_rate, seconds(start) if isinstance(start, dict) else Fraction(0), found
    )
    tracks, markers = reader.stack(stack, pointer, "", 0)
    return Cut(
        path=path,
        dialect=convention.dialect,
        name=text(timeline.get("name")),
        rate=own_rate,
        start=reader.start,
        tracks=tracks,
        markers=markers,
        problems=tuple(reader.problems),
        metadata=timeline["metadata"],
    )


def _timeline(root: Node, found: list[Problem]) -> tuple[Node, Node, str]:
    """Return the timeline, its stack, and where that is written."""
    kind, pointer = schema(root)[0], ""
    if kind == "SerializableCollection":
        timelines = [
            (n, child) for n, child in enumerate(root["children"]) if schema(child)[0] == "Timeline"
        ]
        if not timelines:
            raise DecodeError("It is a collection without a timeline.")
        if len(timelines) > 1:
            message = f"Of {len(timelines)} timelines in the file, the first is read."
            found.append(Problem("A1-OTIO-COLLECTION", "warning", message))
        index, root = timelines[0]
        kind, pointer = "Timeline", f"/children/{index}"
    if kind == "Timeline":
        return root, root["tracks"], f"{pointer}/tracks"
    timeline = {"OTIO_SCHEMA": "Timeline.1", "name": root["name"], "metadata": root["metadata"]}
    if kind == "Stack":
        stack = root
    else:
        stack = {"OTIO_SCHEMA": "Stack.1", "name": "", "metadata": {}, "markers": [], "effects": []}
        stack |= {"children": [root], "enabled": True, "lone": True}
    return timeline | {"tracks": stack}, stack, pointer


def _rate(
    timeline: Node, stack: Node, convention: Convention, given: Fraction | None
) -> tuple[Fraction, Problem | None]:
    """Return the cut's rate: as given, as stated, of its start, or of its first picture."""
    if given is not None:
        return given, None
    stated = _stated(timeline, convention)
    if stated is not None:
        return stated, None
    rates = [found for found in _item_rates(stack, "Video") if found <= _FASTEST]
    if len(set(rates)) > 1:
        message = f"Its items count at {', '.join(str(r) for r in sorted(set(rates)))} fps."
        return rates[0], Problem("A1-TIME-MIXED-RATES", "warning", message)
    if rates:
        return rates[0], None
    sound = [found for found in _item_rates(stack, "") if found <= _FASTEST]
    if sound:
        return sound[0], None
    message = "Nothing in the file says its frame rate; 24 was taken."
    return Fraction(24), Problem("A1-TIME-NO-RATE", "warning", message)


def _stated(timeline: Node, convention: Convention) -> Fraction | None:
    ours = timeline["metadata"].get("a1sdk")
    value = ours.get("rate") if isinstance(ours, dict) else None
    if isinstance(value, list) and len(value) == 2:
        value = "/".join(str(part) for part in value)
    start = timeline.get("global_start_time")
    candidates = [value, convention.rate(timeline)]
    candidates.append(start.get("rate") if isinstance(start, dict) else None)
    for candidate in candidates:
        try:
            found = as_rate(candidate) if candidate else None
        except A1Error:
            continue
        if found is not None and found <= _FASTEST:
            return found
    return None


def _item_rates(node: Node, kind: str) -> Iterator[Fraction]:
    """Yield the rates that clips count in, those of one kind of track, or of all."""
    for child in node["children"]:
        name = schema(child)[0]
        if name in ("Track", "Stack"):
            if name == "Stack" or not kind or child["kind"] in (kind, ""):
                yield from _item_rates(child, kind)
        elif name == "Clip":
            found = ranged(child, "source_range") or ranged(_active(child), "available_range")
            if found is not None:
                yield exact_rate(found[1].get("rate", 0))


def _active(clip: Node) -> Node:
    reference: Node = clip["media_references"][clip["active_media_reference_key"]]
    return reference


@dataclass
class _Reader:
    """Turns nodes into items; times are in seconds of the composition around them."""

    convention: Convention
    rate: Fraction
    start: Fraction
    problems: list[Problem] = field(default_factory=list)

    def stack(
        self, node: Node, pointer: str, path: str, at: Fraction | int
    ) -> tuple[tuple[Track, ...], tuple[Marker, ...]]:
        """Return the tracks of a stack and its markers, in the stack's own time."""
        tracks: list[Track] = []
        markers = [self._marker(marker, Fraction(0), None) for marker in node["markers"]]
        counts = {"video": 0, "audio": 0}
        for index, child in enumerate(node["children"]):
            own = pointer if node.get("lone") else f"{pointer}/children/{index}"
            kind = _kind(child)
            counts[kind] += 1
            track, notes = self._track(child, own, path, kind, counts[kind])
            tracks.append(track)
            markers += notes
        window = ranged(node, "source_range")
        if window is not None and not path:
            tracks = [self._windowed(track, window) for track in tracks]
            markers = [_moved(marker, -seconds(window[0])) for marker in markers]
        return tuple(tracks), tuple(markers)

    def _track(
        self, node: Node, pointer: str, path: str, kind: Literal["video", "audio"], number: int
    ) -> tuple[Track, list[Marker]]:
        """Return a child of a stack as a track; what is no track is alone on one."""
        is_track = schema(node)[0] == "Track"
        name = self.convention.track_name(node) if is_track else ""
        label = f"{path}{name or f'{kind[0].upper()}{number}'}/"
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
        window = ranged(node, "source_range") if is_track else None
        markers = [self._marker(m, Fraction(0), None) for m in node["markers"]] if is_track else []
        if window is None:
            return track, markers
        by = -seconds(window[0])
        return self._windowed(track, window), [_moved(marker, by) for marker in markers]

    def _windowed(self, track: Track, window: tuple[Node, Node]) -> Track:
        """Return a track that shows a part of `track`, as a sequence on a track of its name."""
        nest = Nest(
            name=track.name,
            span=Span(Fraction(0), max(seconds(window[1]), Fraction(0))),
            source=SourceMap.linear(seconds(window[0])),
            rate=self.rate,
            tracks=(replace(track, enabled=True),),
            origin=track.origin,
        )
        return replace(track, items=(nest,))

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
            span = Span(at - seconds(node["in_offset"]), at + seconds(node["out_offset"]))
            return Transition(span=span, cut=at, kind=node["transition_type"], **common)
        if kind == "Clip":
            return self._clip(node, path, at, common)
        if kind == "Gap":
            span = Span(at, at + self._length(node, ranged(node, "source_range"), path, at))
            return Gap(span=span, markers=self._markers(node, span, Retime(), None), **common)
        return self._nest(node, pointer, path, at, common)

    def _clip(self, node: Node, path: str, at: Fraction, common: dict[str, Any]) -> Clip:
        reference = _active(node)
        media = media_of(reference, self.convention)
        window = ranged(node, "source_range") or ranged(reference, "available_range")
        if media.kind == "missing":
            self._report("A1-MEDIA-MISSING", "warning", "It has no media.", node, path, at)
        rate = media.rate or _own_rate(window) or self.rate
        retime = self.convention.retime(node, Frames(1 / self.rate, 1 / rate))
        self._report_all(retime, node, path, at)
        duration = self.convention.duration(self._length(node, window, path, at), retime)
        first = media_start(window[0], reference, media) if window else media.start
        span = Span(at, at + duration)
        return Clip(
            span=span,
            media=media,
            alternatives={
                key: media_of(other, self.convention)
                for key, other in node["media_references"].items()
                if other is not reference
            },
            source=retime.source(first, duration, 1 / rate),
            markers=self._markers(node, span, retime, window),
            **common,
        )

    def _nest(
        self, node: Node, pointer: str, path: str, at: Fraction, common: dict[str, Any]
    ) -> Nest:
        inside = f"{path}{node['name'] or 'nest'}/"
        if schema(node)[0] == "Track":
            track, notes = self._track({**node, "source_range": None}, pointer, inside, "video", 1)
            tracks: tuple[Track, ...] = (replace(track, kind=_kind(node), enabled=True),)
            markers: tuple[Marker, ...] = tuple(notes)
        else:
            tracks, markers = self.stack(node, pointer, inside, at)
        window = ranged(node, "source_range")
        first = seconds(window[0]) if window else Fraction(0)
        whole = max((t.items[-1].span.stop for t in tracks if t.items), default=Fraction(0))
        duration = self._length(node, window, path, at) if window else whole
        rate = next((r for r in _item_rates(node, "") if r <= _FASTEST), self.rate)
        retime = self.convention.retime(node, Frames(1 / self.rate, 1 / rate))
        self._report_all(retime, node, path, at)
        duration = self.convention.duration(duration, retime)
        span = Span(at, at + duration)
        placed = (_placed_marker(m, span, retime, first, duration) for m in markers)
        return Nest(
            span=span,
            source=retime.source(first, duration, 1 / rate),
            rate=rate,
            tracks=tracks,
            markers=tuple(placed),
            **common,
        )

    def _length(
        self, node: Node, window: tuple[Node, Node] | None, path: str, at: Fraction
    ) -> Fraction:
        """Return how long a range is; what has none, or less than none, is reported and empty."""
        length = seconds(window[1]) if window is not None else Fraction(0)
        if length < 0:
            message = "It lasts less than no time."
            self._report("A1-TIME-NEGATIVE", "error", message, node, path, at)
            return Fraction(0)
        if window is None and schema(node)[0] == "Clip":
            message = "It has neither a range nor media with one."
            self._report("A1-OTIO-INCOMPLETE", "error", message, node, path, at)
        return length

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
            found.append(_placed_marker(marker, span, retime, start, span.duration))
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

    def _report_all(self, retime: Retime, node: Node, path: str, at: Fraction) -> None:
        for code, severity, message in retime.issues:
            self._report(code, severity, message, node, path, at)

    def _report(
        self, code: str, severity: Severity, message: str, node: Node, path: str, at: Fraction
    ) -> None:
        self.problems.append(Problem(code, severity, message, self._where(node, path, at)))

    def _where(self, node: Node, path: str, at: Fraction) -> str:
        return f"{path}{node['name'] or schema(node)[0]} @ {timecode(self.start + at, self.rate)}"


def _placed_marker(
    marker: Marker, span: Span, retime: Retime, first: Fraction, duration: Fraction
) -> Marker:
    """Return a marker of an item's own time at the time of its parent at which it is shown.

    `first` is where the item's range starts in its own time. A frozen or ramped item has no one
    place for it; there it keeps its distance from the start.
    """
    speed = Fraction(1) if retime.table or not retime.speed else retime.speed
    after, until = ((t - first) / speed for t in (marker.span.start, marker.span.stop))
    if speed < 0:
        after, until = duration + until, duration + after
    return replace(marker, span=Span(span.start + after, span.start + until))


def _moved(marker: Marker, by: Fraction) -> Marker:
    return replace(marker, span=marker.span.moved(by))


def _beside(time: Node, window: tuple[Node, Node] | None, start: Fraction) -> Fraction:
    """Return a time, exact beside the start of a range that counts at the same rate."""
    if window is None or window[0].get("rate") != time.get("rate"):
        return seconds(time)
    value, first = time.get("value"), window[0].get("value")
    if isinstance(value, (int, float)) and isinstance(first, (int, float)) and first > 0 < value:
        return start + exact_seconds(float(Fraction(value) - Fraction(first)), time["rate"])
    return seconds(time)


def _effects(node: Node) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (effect["effect_name"] or effect["name"], effect["metadata"])
        for effect in node["effects"]
        if effect["enabled"] and schema(effect)[0] not in _TIME_EFFECTS
    )


def _kind(node: Node) -> Literal["video", "audio"]:
    """Return what a track holds; a stack holds what its first track does."""
    if schema(node)[0] == "Stack":
        return _kind(node["children"][0]) if node["children"] else "video"
    return "audio" if text(node.get("kind")).lower().startswith("audio") else "video"


def _own_rate(window: tuple[Node, Node] | None) -> Fraction | None:
    return exact_rate(window[0].get("rate", 0)) if window else None


def _off_grid(item: Item, rate: Fraction) -> bool:
    return any((edge * rate).denominator != 1 for edge in (item.span.start, item.span.stop))
