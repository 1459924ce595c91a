"""What of an OTIO document is the cut: its timeline, its stack, where that is written, its rate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from a1sdk.errors import A1Error, DecodeError
from a1sdk.timeline.formats.otio.dialects import Convention
from a1sdk.timeline.formats.otio.media import ranged, rate_of, seconds
from a1sdk.timeline.formats.otio.rescue import Node, schema
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.model import Problem, TrackKind
from a1sdk.timeline.numbers import MAX_FRAME_RATE
from a1sdk.timing import as_rate


@dataclass(frozen=True, slots=True)
class Document:
    """A cut as it is written.

    Attributes:
        timeline: the timeline; made up around a clip, track or stack that was saved by itself.
        stack: its stack.
        pointer: the JSON pointer of the stack, or of the one object that a made-up stack holds.
        problems: what was chosen among several.
        alone: whether that is so.
    """

    timeline: Node
    stack: Node
    pointer: str
    problems: tuple[Problem, ...] = ()
    alone: bool = False


def document_of(root: Node) -> Document:
    """Return the cut in a rescued document; of several timelines in a collection, the first.

    Raises:
        DecodeError: it is a collection without a timeline.
    """
    if schema(root)[0] == "SerializableCollection":
        return _first(root)
    if schema(root)[0] == "Timeline":
        return Document(root, root["tracks"], "/tracks")
    timeline = {"OTIO_SCHEMA": "Timeline.1", "name": root["name"], "metadata": root["metadata"]}
    if schema(root)[0] == "Stack":
        return Document(timeline | {"tracks": root}, root, "")
    stack: Node = {"OTIO_SCHEMA": "Stack.1", "name": "", "enabled": True, "children": [root]}
    stack |= {"metadata": {}, "markers": [], "effects": []}
    return Document(timeline | {"tracks": stack}, stack, "", alone=True)


def _first(collection: Node) -> Document:
    children = collection["children"]
    timelines = [n for n, child in enumerate(children) if schema(child)[0] == "Timeline"]
    if not timelines:
        raise DecodeError("It is a collection without a timeline.")
    problems: tuple[Problem, ...] = ()
    if len(timelines) > 1:
        message = f"Of {len(timelines)} timelines in the file, the first is read."
        problems = (Problem("A1-OTIO-COLLECTION", "warning", message),)
    timeline = children[timelines[0]]
    return Document(timeline, timeline["tracks"], f"/children/{timelines[0]}/tracks", problems)


def cut_start(document: Document) -> tuple[Fraction, tuple[Problem, ...]]:
    """Return the cut's start timecode in seconds.

    The EDL adapter of opentimelineio leaves that out, and lets tracks start at minus the record
    time of their first event, which by the letter shows nothing of them. Such tracks are put where
    they were recorded.
    """
    start = document.timeline.get("global_start_time")
    stated = seconds(start) if isinstance(start, dict) else Fraction(0)
    tracks = [track for track in document.stack["children"] if _recorded(track)]
    if not tracks:
        return stated, ()
    if not isinstance(start, dict):
        stated = min(-seconds(track["source_range"]["start_time"]) for track in tracks)
    for track in tracks:
        _align(track, stated)
    message = "Its tracks start at minus their record time, as the EDL adapter writes them."
    return stated, (Problem("A1-OTIO-RECORD-TIME", "note", message),)


def _recorded(track: Node) -> bool:
    """Return whether a track's range ends before the track begins."""
    window = ranged(track, "source_range")
    if window is None or schema(track)[0] != "Track" or not track["children"]:
        return False
    first, length = seconds(window[0]), seconds(window[1])
    return length > 0 and first + length <= 0


def _align(track: Node, start: Fraction) -> None:
    """Let a track's range start `start` after its record time, and end where it did."""
    window = track["source_range"]
    first, length = seconds(window["start_time"]), seconds(window["duration"])
    rate = rate_of(window["start_time"])
    for key, time in (("start_time", first + start), ("duration", length - first - start)):
        window[key] = {"value": float(time * rate), "rate": window["start_time"]["rate"]}


def cut_rate(
    document: Document, convention: Convention, given: Fraction | None
) -> tuple[Fraction, Problem | None]:
    """Return the cut's rate: as given, as stated, of its start, or of its first picture."""
    stated = given or _stated(document.timeline, convention)
    if stated is not None:
        return stated, None
    rates = [found for found in item_rates(document.stack, "video") if found <= MAX_FRAME_RATE]
    if len(set(rates)) > 1:
        some = ", ".join(str(rate) for rate in sorted(set(rates))[:8])
        message = f"Its items count at {some} fps."
        return rates[0], Problem("A1-TIME-MIXED-RATES", "warning", message)
    rates += [found for found in item_rates(document.stack) if found <= MAX_FRAME_RATE]
    if rates:
        return rates[0], None
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
        if found is not None and found <= MAX_FRAME_RATE:
            return found
    return None


def item_rates(node: Node, kind: TrackKind | None = None) -> Iterator[Fraction]:
    """Yield the rates that clips in a composition count in, on one kind of track or on all."""
    for child in node["children"]:
        name = schema(child)[0]
        if name == "Stack" or (name == "Track" and kind in (None, kind_of(child))):
            yield from item_rates(child, kind)
        elif name == "Clip":
            found = ranged(child, "source_range") or ranged(active_of(child), "available_range")
            with suppress(DecodeError):  # the clip's turn will come, and it is told where it lies
                if found is not None:
                    yield rate_of(found[1])


def kind_of(node: Node) -> TrackKind:
    """Return what a track holds; a stack holds what its first track does."""
    if schema(node)[0] == "Stack":
        return kind_of(node["children"][0]) if node["children"] else "video"
    return "audio" if text(node.get("kind")).lower().startswith("audio") else "video"


def active_of(clip: Node) -> Node:
    """Return the media reference that a clip plays."""
    reference: Node = clip["media_references"][clip["active_media_reference_key"]]
    return reference
