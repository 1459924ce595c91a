"""FCP 7 XML: what Premiere, Resolve, Hiero, Kdenlive and Final Cut Pro 7 itself export.

Frames of `start` and `end` are the sequence's, those of `in`, `out` and markers the item's own.
An item's origin is the path of its element: `root.find(origin)` gives it back.
After: Apple, "Final Cut Pro XML Interchange Format".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcp7.document import addresses, facts, flag, number, rate
from a1sdk.timeline.formats.fcp7.edges import TICKS, Edges, edges, transition
from a1sdk.timeline.formats.fcp7.media import Files, generated, start_timecode
from a1sdk.timeline.formats.fcp7.retime import UNTOUCHED, Retime, retime
from a1sdk.timeline.formats.xml_document import parse, text
from a1sdk.timeline.model import (
    Clip,
    Cut,
    Item,
    Marker,
    Media,
    Nest,
    Problem,
    Severity,
    Span,
    Track,
    TrackKind,
    Transition,
    track_label,
)
from a1sdk.timeline.numbers import timecode
from a1sdk.timing import DROP_FRAME_RATES

MAX_NESTING = 32
MAX_ITEMS = 1_000_000

_KEPT = (
    "masterclipid", "link", "sourcetrack", "labels", "logginginfo", "comments", "subclipinfo",
    "compositemode", "alphatype",
)  # fmt: skip


def read(path: Path, rate: Fraction | None) -> Cut:
    """Read the sequence of an FCP 7 XML; of several, the first that no other one contains.

    Args:
        path: the file.
        rate: frames per second of the cut in place of what the file says.

    Raises:
        DecodeError: no XML, no sequence in it, a sequence inside itself, or numbers that are none.
    """
    root = parse(path)
    if root.tag != "xmeml":
        raise DecodeError(
            f"The file is a fragment of FCP 7 XML: its root is <{root.tag}>, not <xmeml>.",
            hint="export the whole sequence",
        )
    return _Document(path, root).cut(rate)


@dataclass(frozen=True)
class _Inside:
    """What the items of a track have in common.

    Attributes:
        rate: the sequence's frames per second.
        start: seconds of the cut's timecode at the sequence's first frame; of a nested one, 0.
        drop_frame: whether its timecode is.
        nesting: ids of the sequences that it lies in.
        kind: the track's.
        track: its name in messages.
    """

    rate: Fraction
    start: Fraction
    drop_frame: bool
    nesting: tuple[str, ...]
    kind: TrackKind = "video"
    track: str = ""

    def where(self, name: str, span: Span) -> str:
        """Return where an item is, for people."""
        label = timecode(self.start + span.start, self.rate, drop_frame=self.drop_frame)
        return f"{self.track}/{name:.80} @ {label}"


class _Document:
    def __init__(self, path: Path, root: Element) -> None:
        self._path = path
        self._root = root
        self._origins = addresses(root)
        self._files = Files(root)
        self._problems: list[Problem] = []
        self._sequences: dict[str, Element] = {}
        for element in root.iter("sequence"):
            if len(element):
                self._sequences.setdefault(element.get("id", ""), element)
        self._tracks: dict[tuple[Element, TrackKind], tuple[tuple[Track, ...], int]] = {}

    def cut(self, given: Fraction | None) -> Cut:
        """Return the cut, its frames counted at `given`, else at the sequence's rate."""
        sequence = self._outermost()
        written = _rate(sequence)
        own = given or written
        start = start_timecode(sequence, written) * written / own
        counted = text(sequence, "timecode/displayformat").upper()
        drop_frame = counted == "DF" and own in DROP_FRAME_RATES
        inside = _Inside(own, start, drop_frame, (sequence.get("id", ""),))
        video = self._of_kind(sequence, replace(inside, kind="video"))[0]
        audio = self._of_kind(sequence, replace(inside, kind="audio"))[0]
        if not video and not audio:
            self._problem("A1-FCP7-EMPTY", "warning", "The sequence has no tracks.")
        return Cut(
            path=self._path,
            dialect="fcp7",
            name=text(sequence, "name"),
            rate=own,
            start=start,
            drop_frame=drop_frame,
            tracks=(*video, *audio),
            markers=_markers(sequence, own, Fraction(0)),
            problems=tuple(self._problems),
            metadata={"program": self._program(), "origin": self._origins[sequence]}
            | facts(sequence, "uuid", "labels", "logginginfo", "comments"),
        )

    def _outermost(self) -> Element:
        named = [one for item in self._root.iter("clipitem") for one in item.findall("sequence")]
        inner = set(named) | {self._sequences.get(one.get("id", "")) for one in named}
        whole = [one for one in self._root.iter("sequence") if len(one)]
        outer = [one for one in whole if one not in inner] or whole[:1]
        if not outer:
            raise DecodeError(
                "The file has no sequence.",
                hint="select the sequence, not a clip, and export it again",
            )
        if len(outer) > 1:
            names = ", ".join(f"{text(one, 'name')!r:.80}" for one in outer[:5])
            message = f"The file has {len(outer)} sequences ({names}); the first one was read."
            self._problem("A1-FCP7-SEQUENCES", "warning", message)
        return outer[0]

    def _program(self) -> str:
        """Return who wrote the file, where it tells."""
        if next(self._root.iter("pproTicksIn"), None) is not None:
            return "premiere"
        if any(key.startswith(("MZ.", "TL.")) for one in self._origins for key in one.keys()):
            return "premiere"
        items = list(self._root.iter("clipitem"))
        files = [item.find("file") for item in items]
        named = all(f is not None and f.get("id") == f.findtext("name") for f in files)
        return "hiero" if items and named and not any(item.get("id") for item in items) else ""

    def _of_kind(self, sequence: Element, inside: _Inside) -> tuple[tuple[Track, ...], int]:
        """Return a sequence's tracks of one kind, and how many items are in and below them."""
        key = sequence, inside.kind
        if key not in self._tracks:
            self._tracks[key] = self._read_tracks(sequence, inside)
        return self._tracks[key]

    def _read_tracks(self, sequence: Element, inside: _Inside) -> tuple[tuple[Track, ...], int]:
        tracks: list[Track] = []
        total = repeated = number = 0
        for element in sequence.findall(f"media/{inside.kind}/track"):
            channel = element.get("currentExplodedTrackIndex", "0") != "0"
            number += not channel
            track, count = self._track(element, number, inside)
            if channel and tracks and _repeats(track, tracks[-1]):
                repeated += bool(track.items)
                continue
            tracks.append(track)
            total += count
            if total > MAX_ITEMS:
                raise DecodeError(f"The cut has over {MAX_ITEMS} items, nested ones included.")
        if repeated:
            message = f"{repeated} audio tracks are second channels; they are read with the first."
            self._problem("A1-FCP7-CHANNELS", "note", message)
        return tuple(tracks), total

    def _track(self, element: Element, number: int, inside: _Inside) -> tuple[Track, int]:
        inside = replace(inside, track=track_label(inside.kind, number))
        elements = [e for e in element if e.tag in ("clipitem", "generatoritem", "transitionitem")]
        items: list[Item] = []
        total = 0
        for at, each in enumerate(elements):
            if each.tag == "transitionitem":
                items.append(self._transition(each, inside))
                continue
            try:
                item, count = self._item(_Entry(each, edges(elements, at, inside.rate), inside))
            except DecodeError as error:
                raise DecodeError(f"{inside.track}/{text(each, 'name'):.80}: {error}") from error
            items.append(item)
            total += count
        self._overlaps(items, inside)
        channel = facts(element, "locked", "outputchannelindex") | dict(element.attrib)
        return Track(
            name=element.get("MZ.TrackName") or text(element, "name"),
            kind=inside.kind,
            number=number,
            items=tuple(items),
            enabled=flag(element, "enabled", default=True),
            metadata=channel,
            origin=self._origins[element],
        ), total

    def _transition(self, element: Element, inside: _Inside) -> Transition:
        span, cut = transition(element, inside.rate)
        return Transition(
            name=text(element, "effect/name"),
            span=span,
            cut=cut,
            kind=text(element, "effect/effectid") or text(element, "effect/name"),
            metadata=facts(element, "alignment", "effect"),
            origin=self._origins[element],
        )

    def _item(self, entry: _Entry) -> tuple[Clip | Nest, int]:
        if entry.at.problem is not None:
            self._odd(entry, "A1-FCP7-EDGE", entry.at.problem)
        named = entry.element.find("sequence")
        if named is not None:
            return self._nest(entry, named)
        media = self._media(entry)
        frames, start = self._frames(entry, media.duration)
        subclip = (number(entry.element, "subclipinfo/startoffset") or Fraction(0)) / entry.rate
        clip = Clip(
            media=media,
            source=frames.source(start, media.start + subclip, 1 / (media.rate or entry.rate)),
            in_offset=entry.at.in_offset,
            out_offset=entry.at.out_offset,
            markers=_markers(entry.element, entry.rate, entry.at.span.start - start),
            **self._common(entry),
        )
        return clip, 1

    def _common(self, entry: _Entry) -> dict[str, Any]:
        return {
            "name": entry.name,
            "span": entry.at.span,
            "enabled": flag(entry.element, "enabled", default=True),
            "effects": _effects(entry.element),
            "metadata": {"id": entry.element.get("id", "")} | facts(entry.element, *_KEPT),
            "origin": self._origins[entry.element],
        }

    def _media(self, entry: _Entry) -> Media:
        if entry.element.tag == "generatoritem":
            return generated(entry.element)
        media = self._files.of(entry.element)
        if media is None:
            self._odd(entry, "A1-MEDIA-MISSING", "names no file that the document defines")
            return Media(name=entry.name)
        return media

    def _frames(self, entry: _Entry, duration: Fraction | None) -> tuple[Retime, Fraction]:
        """Return which media it shows when, and seconds of the clip as it plays at its start."""
        frames = retime(entry.element, entry.rate, duration)
        if frames.problem is not None:
            self._odd(entry, *frames.problem)
        start, problem = _first(entry.element, entry.rate, frames)
        if problem is not None:
            self._odd(entry, "A1-FCP7-TICKS", problem)
        return frames, start + entry.at.late

    def _nest(self, entry: _Entry, named: Element) -> tuple[Nest, int]:
        sequence = named if len(named) else self._sequences.get(named.get("id", ""))
        if sequence is None:
            raise DecodeError(f"It is sequence {named.get('id')!r:.80}, which the file lacks.")
        identity, nesting = sequence.get("id", ""), entry.inside.nesting
        if (identity and identity in nesting) or len(nesting) > MAX_NESTING:
            raise DecodeError(f"It lies in itself, or over {MAX_NESTING} sequences deep.")
        own = _rate(sequence)
        inside = _Inside(own, Fraction(0), False, (*nesting, identity), entry.inside.kind)
        tracks, count = self._of_kind(sequence, inside)
        frames, start = self._frames(entry, None)
        by = entry.at.span.start - start
        markers = list(_markers(entry.element, entry.rate, by))
        markers += [one for one in _markers(sequence, own, by) if one not in markers]
        nest = Nest(
            source=frames.source(start, Fraction(0), 1 / own),
            rate=own,
            tracks=tracks,
            markers=tuple(markers),
            **self._common(entry),
        )
        return nest, 1 + count

    def _overlaps(self, items: list[Item], inside: _Inside) -> None:
        solid = [item for item in items if not isinstance(item, Transition)]
        severity: Severity = "error" if inside.kind == "video" else "warning"
        for before, after in pairwise(solid):
            if after.span.start < before.span.stop:
                message = f"{after.name!r:.80} starts before {before.name!r:.80} on its track ends."
                where = inside.where(after.name, after.span)
                self._problem("A1-TIME-OVERLAP", severity, message, where)

    def _odd(self, entry: _Entry, code: str, what: str) -> None:
        severity: Severity = "error" if code == "A1-RETIME-UNSUPPORTED" else "warning"
        self._problem(code, severity, f"{entry.name!r:.80} {what}.", entry.where)

    def _problem(self, code: str, severity: Severity, message: str, where: str = "") -> None:
        self._problems.append(Problem(code, severity, message, where))


@dataclass(frozen=True)
class _Entry:
    """An item to be read."""

    element: Element
    at: Edges
    inside: _Inside

    @property
    def name(self) -> str:
        return text(self.element, "name")

    @property
    def rate(self) -> Fraction:
        """Frames per second that its own times are counted in; by default the sequence's."""
        return rate(self.element) or self.inside.rate

    @property
    def where(self) -> str:
        return self.inside.where(self.name, self.at.span)


def _rate(sequence: Element) -> Fraction:
    own = rate(sequence)
    if own is None:
        raise DecodeError(f"Sequence {text(sequence, 'name')!r:.80} has no frame rate.")
    return own


def _first(element: Element, own: Fraction, frames: Retime) -> tuple[Fraction, str | None]:
    """Return seconds of the clip as it plays at its `in`, and what is odd about it.

    Premiere rounds `in` to frames, and at audio transitions writes another frame; it goes by its
    ticks of the media, which are exact.
    """
    first = max(number(element, "in") or Fraction(0), Fraction(0)) / own
    ticks = number(element, "pproTicksIn")
    if ticks is None or frames != UNTOUCHED:
        return first, None
    exact = ticks / TICKS
    if abs(exact - first) < 1 / own:
        return exact, None
    return exact, "starts at another frame in `in` than in `pproTicksIn`, which was taken"


def _markers(element: Element, own: Fraction, by: Fraction) -> tuple[Marker, ...]:
    return tuple(_marker(each, own, by) for each in element.findall("marker"))


def _marker(element: Element, own: Fraction, by: Fraction) -> Marker:
    start = (number(element, "in") or Fraction(0)) / own
    stop = (number(element, "out") or Fraction(-1)) / own
    return Marker(
        name=text(element, "name"),
        comment=text(element, "comment"),
        span=Span(start, max(start, stop)).moved(by),
        color=text(element, "pproColor"),
    )


def _effects(element: Element) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the filters that are switched on, but for time remaps."""
    found = []
    for filtered in element.findall("filter"):
        effect = filtered.find("effect")
        if effect is None or not flag(filtered, "enabled", default=True):
            continue
        if text(effect, "effectid").lower() != "timeremap":
            name = text(effect, "name") or text(effect, "effectid")
            found.append((name, facts(effect, "effectid", "parameter")))
    return tuple(found)


def _repeats(track: Track, first: Track) -> bool:
    """Whether a channel's track holds nothing that its stereo track's first channel does not."""

    def played(item: Item) -> object:
        if isinstance(item, Clip):
            return item.span, item.source, item.media.url, item.media.name, item.enabled
        return item.span, item.name, item.enabled

    known = {played(item) for item in first.items}
    return all(played(item) in known for item in track.items)
