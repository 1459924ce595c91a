"""Cuts from AAF, as Media Composer and the programs that write for it export them.

The mobs are read as they stand, and nothing of the site takes part. What each object means is
Avid's edit protocol: a slot is a track, its components follow each other, a nested scope is a pile
of tracks, an operation group an effect, a selector a clip that is switched off or a choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.aaf import items
from a1sdk.timeline.formats.aaf.file import (
    comments,
    components,
    count,
    kind_of,
    many,
    media_kind,
    name_of,
    opened,
    rate_of,
    value,
)
from a1sdk.timeline.formats.aaf.markers import (
    Note,
    Place,
    attached,
    notes_of,
    once_each,
    source_markers,
)
from a1sdk.timeline.formats.aaf.media import Link, composed, slot_of, source_of, timecode_of
from a1sdk.timeline.formats.aaf.retime import Curves
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
    SourceMap,
    Span,
    Track,
    TrackKind,
    track_label,
)
from a1sdk.timeline.numbers import MAX_FRAME_RATE, timecode
from a1sdk.timing import DROP_FRAME_RATES

MAX_ITEMS = 50_000
"""Components that are read, those of a nested sequence each time it is used."""
MAX_DEPTH = 64
"""How deep components may lie in each other."""

_KINDS: dict[str, TrackKind] = {"Picture": "video", "Sound": "audio", "SoundMasterTrack": "audio"}
_CLOCKS = ("Timecode", "EdgeCode", "Pulldown")


def read(path: Path, rate: Fraction | None) -> Cut:
    """Read an `.aaf` file: its one top-level sequence, or the first of several.

    An item's `origin` is its place in the file: `mob/slot/component/...`, counted from 0.

    Raises:
        DecodeError: the file is damaged, holds no sequence, or passes a limit of this module.
        ResourceError: pyaaf2 is not installed.
    """
    with opened(path) as file:
        mob, problems = _sequence(many(file.content, "Mobs"))
        own_rate = rate or _rate(mob, problems)
        start, drop = timecode_of(mob) or (Fraction(0), False)
        reader = _Reader(own_rate, start, problems)
        tracks, markers = reader.composition(mob, "")
        return Cut(
            path=path,
            dialect="aaf",
            name=name_of(mob),
            rate=own_rate,
            start=start,
            drop_frame=drop and own_rate in DROP_FRAME_RATES,
            tracks=tracks,
            markers=markers,
            problems=tuple(problems),
            metadata={"AAF": comments(mob)},
        )


def _sequence(mobs: Sequence[Any]) -> tuple[Any, list[Problem]]:
    """Return the composition that is the cut."""
    found = [mob for mob in mobs if kind_of(mob) == "CompositionMob"]
    top = [mob for mob in found if value(mob, "UsageCode") == "Usage_TopLevel"]
    top = top or [mob for mob in found if not value(mob, "UsageCode")]
    if not top:
        raise DecodeError("It holds no sequence.", hint="export the sequence, not its clips")
    if len(top) == 1:
        return top[0], []
    message = f"Of {len(top)} sequences in the file, the first is read: {name_of(top[0])!r:.60}."
    return top[0], [Problem("A1-AAF-SEQUENCES", "warning", message)]


def _rate(mob: Any, problems: list[Problem]) -> Fraction:
    """Return the rate of the picture; of the timecode or the sound where there is none."""
    slots = [slot for slot in many(mob, "Slots") if kind_of(slot) == "TimelineMobSlot"]
    for wanted in ("Picture", "Timecode", "Sound"):
        for slot in slots:
            if media_kind(value(slot, "Segment")) == wanted and rate_of(slot) <= MAX_FRAME_RATE:
                return rate_of(slot)
    message = "Nothing in the file says its frame rate; 24 was taken."
    problems.append(Problem("A1-TIME-NO-RATE", "warning", message))
    return Fraction(24)


@dataclass(frozen=True)
class _Place:
    """Where a component is: its slot's edit units per second, the tracks it is in, its origin."""

    rate: Fraction
    kind: TrackKind
    label: str
    origin: str
    depth: int = 0

    def inside(self, index: int, name: str = "") -> _Place:
        label = f"{self.label}{name}/" if name else self.label
        origin = f"{self.origin}/{index}"
        return replace(self, label=label, origin=origin, depth=self.depth + 1)


@dataclass
class _Reader:
    """Turns components into items; times are in seconds of what is around them."""

    rate: Fraction
    start: Fraction
    problems: list[Problem]
    count: int = 0
    open: list[str] = field(default_factory=list)
    curves: Curves = field(default_factory=Curves)
    near: set[Fraction | None] = field(default_factory=set)
    notes: dict[str, tuple[Note, ...]] = field(default_factory=dict)

    def composition(
        self, mob: Any, label: str, only: int | None = None
    ) -> tuple[tuple[Track, ...], tuple[Marker, ...]]:
        """Return the tracks of a sequence, or of one of its slots, and its own markers."""
        tracks: list[Track] = []
        places: dict[Place, int] = {}
        with self._entered(mob) as name:
            for slot in many(mob, "Slots"):
                if only in (None, count(slot, "SlotID")):
                    for place, track in self._slot(slot, label, name, tracks):
                        places[place] = len(tracks)
                        tracks.append(track)
        found = self._notes(mob)
        if only is not None:
            found = tuple(note for note in found if any(p[0] == only for p in note.places))
        return attached(tracks, places, found)

    @contextmanager
    def _entered(self, mob: Any) -> Iterator[str]:
        name = str(value(mob, "MobID"))
        if name in self.open:
            raise DecodeError(f"Sequence {name_of(mob)!r:.60} lies within itself.")
        self.open.append(name)
        yield name
        self.open.pop()

    def _notes(self, mob: Any) -> tuple[Note, ...]:
        name = str(value(mob, "MobID"))
        if name not in self.notes:
            self.notes[name] = notes_of(mob)
        return self.notes[name]

    def _slot(
        self, slot: Any, label: str, mob: str, before: Sequence[Track]
    ) -> Iterator[tuple[Place, Track]]:
        """Yield the tracks of a slot, the lowest first, and what markers call them."""
        segment = value(slot, "Segment")
        carried = media_kind(segment)
        kind = _KINDS.get(carried)
        if kind_of(slot) != "TimelineMobSlot" or kind is None:
            self._left_out(slot, segment, carried)
            return
        if carried == "SoundMasterTrack" and items.empty(segment):
            return
        piled = kind_of(segment) == "NestedScope"
        layers = many(segment, "Slots") if piled else [segment]
        number = count(slot, "PhysicalTrackNumber") or 1
        above = max((track.number for track in before if track.kind == kind), default=0)
        origin = f"{mob}/{count(slot, 'SlotID')}"
        for index, layer in enumerate(layers):
            own = name_of(slot, "SlotName") if len(layers) == 1 else ""
            place = _Place(rate_of(slot), kind, label, f"{origin}/{index}" if piled else origin)
            found = self._track(layer, own, max(number, above + 1) + index, place)
            yield (count(slot, "SlotID"), number + index), found

    def _left_out(self, slot: Any, segment: Any, carried: str) -> None:
        """Note what is neither picture nor sound, nor a clock, nor empty, nor markers."""
        markers = kind_of(slot) == "EventMobSlot"
        clock = all(kind_of(part) in _CLOCKS for part in components(segment))
        if not (markers or clock or items.empty(segment)):
            message = f"Its track of {carried or 'unknown'} data is left out."
            self.problems.append(Problem("A1-AAF-DATA", "note", message))

    def _track(self, layer: Any, name: str, number: int, place: _Place) -> Track:
        name = str(comments(layer).get("_TRACK_NAME") or "") or name
        label = f"{place.label}{name or track_label(place.kind, number)}/"
        effects = []
        while (inner := items.whole(layer)) is not None:
            effects.append(items.effect_name(layer))
            layer = inner
        return Track(
            name=name,
            kind=place.kind,
            number=number,
            items=self._items(components(layer), replace(place, label=label)),
            metadata={"AAF": {**comments(layer), "Effects": effects}},
            origin=place.origin,
        )

    def _items(self, parts: Sequence[Any], place: _Place) -> tuple[Item, ...]:
        """Return components that follow each other, from 0 on."""
        found: list[Item] = []
        at = 0
        for index, part in enumerate(parts):
            here = place.inside(index)
            length = self._length(part, at, here)
            if kind_of(part) == "Transition":
                at -= length
                found.append(items.transition(part, at, place.rate, here.origin))
                continue
            head, tail = items.head_and_tail(parts, index)
            item = self._item(part, at, length, here)
            found.append(items.shortened(item, head / place.rate, tail / place.rate))
            at += length
        return joined(found, lambda item, message: self._overlong(item, place, message))

    def _length(self, part: Any, at: int, place: _Place) -> int:
        length = value(part, "Length")
        if length is not None and length >= 0:
            return int(length)
        message = "It has no length." if length is None else "It lasts less than no time."
        self._report("A1-TIME-NEGATIVE", "error", message, at, place)
        return 0

    def _item(self, part: Any, at: int, length: int, place: _Place) -> Item:
        """Return a component as an item that lies `at` edit units after its track's start."""
        self.count += 1
        if self.count > MAX_ITEMS:
            raise DecodeError(f"It has more than {MAX_ITEMS} items.")
        if place.depth > MAX_DEPTH:
            raise DecodeError(f"Its components are nested more than {MAX_DEPTH} deep.")
        kind = kind_of(part)
        span = Span(at / place.rate, (at + length) / place.rate)
        if kind == "SourceClip":
            return self._source(part, at, span, place)
        if kind == "OperationGroup":
            return self._effect(part, at, span, place)
        if kind == "Selector":
            return self._selector(part, at, length, place)
        if kind in ("Sequence", "NestedScope"):
            return items.placed(self._group([part], "", place), span)
        choices = many(part, "Choices")
        if choices:
            return self._item(choices[0], at, length, place.inside(0))
        if kind not in ("Filler", "ScopeReference"):
            message = f"A {kind} is not understood; it is read as a gap."
            self._report("A1-AAF-UNKNOWN", "warning", message, at, place)
        return Gap(name="", span=span, origin=place.origin)

    def _source(self, part: Any, at: int, span: Span, place: _Place) -> Item:
        """Return a source clip: media, or a sequence."""
        inner = composed(part)
        if inner is not None:
            return self._composed(part, inner, span, place)
        source = source_of(part, place.rate)
        if source.media.kind == "missing":
            message = f"{source.name or 'A clip'} has no media."
            self._report("A1-MEDIA-MISSING", "warning", message, at, place)
        if source.shown.speed != 1 and source.media.rate not in self.near:
            self.near.add(source.media.rate)
            message = f"Media counts {source.media.rate} frames a second, and its track"
            message += f" {place.rate}; it is read frame for frame."
            self._report("A1-AAF-NEAR-RATE", "note", message, at, place)
        return Clip(
            name=source.name,
            span=span,
            media=source.media,
            alternatives=source.alternatives,
            source=source.shown,
            markers=tuple(once_each(self._shown(source.links, span))),
            metadata={"AAF": {**source.metadata, **comments(part)}},
            origin=place.origin,
        )

    def _shown(self, links: Sequence[Link], span: Span) -> Iterator[Marker]:
        for link in links:
            yield from source_markers(link, self._notes(link.mob), span)

    def _composed(self, part: Any, mob: Any, span: Span, place: _Place) -> Item:
        name, number = name_of(mob), count(part, "SourceMobSlotID")
        slot = slot_of(mob, number)
        tracks, markers = self.composition(mob, f"{place.label}{name or 'nest'}/", number)
        first = count(part, "StartTime") / place.rate
        return Nest(
            name=name,
            span=span,
            source=SourceMap.linear(first),
            rate=rate_of(slot) if slot is not None else place.rate,
            tracks=tracks,
            markers=tuple(
                replace(marker, span=marker.span.moved(span.start - first)) for marker in markers
            ),
            metadata={"AAF": comments(mob)},
            origin=place.origin,
        )

    def _effect(self, part: Any, at: int, span: Span, place: _Place) -> Item:
        """Return what an effect shows; a time warp changes its speed, all others are noted."""
        name = items.effect_name(part)
        inputs = [found for found in many(part, "InputSegments") if not items.empty(found)]
        item: Item = Gap(name="", span=span, origin=place.origin)
        if inputs:
            item = self._group(inputs, name, place)
        if items.warps(part):
            return self._warped(part, item, at, span, place)
        effects = (*item.effects, (name, {"AAF": comments(part)}))
        return replace(items.placed(item, span), effects=effects)

    def _warped(self, part: Any, item: Item, at: int, span: Span, place: _Place) -> Item:
        if not items.steady(item):
            item = items.nest([(item,)], item.name, place.kind, place.rate, place.origin)
        length, taken = (round(s.duration * place.rate) for s in (span, item.span))
        retime = self.curves.retime(part, items.effect_name(part), length, taken, place.rate)
        for code, severity, message in retime.issues:
            self._report(code, severity, message, at, place)
        return items.retimed(item, retime, span, 1 / place.rate)

    def _group(self, segments: Sequence[Any], name: str, place: _Place) -> Item:
        """Return segments that lie over each other, from 0 on: one alone as it is, else a nest."""
        piles = [self._pile(segment, place.inside(n)) for n, segment in enumerate(segments)]
        layers = [layer for pile in piles for layer in pile]
        if len(layers) == 1 and len(layers[0]) == 1:
            return layers[0][0]
        return items.nest(layers, name, place.kind, place.rate, place.origin)

    def _pile(self, segment: Any, place: _Place) -> list[tuple[Item, ...]]:
        if kind_of(segment) != "NestedScope":
            return [self._items(components(segment), place)]
        layers = enumerate(many(segment, "Slots"))
        return [self._items(components(layer), place.inside(n)) for n, layer in layers]

    def _selector(self, part: Any, at: int, length: int, place: _Place) -> Item:
        """Return the selected choice; where that is nothing, the other one, switched off."""
        chosen, others = value(part, "Selected"), many(part, "Alternates")
        off = chosen is None or items.empty(chosen)
        if off and others:
            chosen, *others = others
        if chosen is None:
            return Gap(name="", span=Span(at / place.rate, (at + length) / place.rate))
        item = self._item(chosen, at, length, place.inside(0))
        names = [name_of(getattr(other, "mob", None)) or kind_of(other) for other in others]
        metadata = {**item.metadata, "AAF_Alternates": names} if names else item.metadata
        return replace(item, enabled=item.enabled and not off, metadata=metadata)

    def _overlong(self, item: Item, place: _Place, message: str) -> None:
        at = round(item.span.start * place.rate)
        self._report("A1-TIME-OVERLONG-TRANSITION", "warning", message, at, place)

    def _report(self, code: str, severity: Severity, message: str, at: int, place: _Place) -> None:
        where = f"{place.label}{timecode(self.start + at / place.rate, self.rate)}"
        self.problems.append(Problem(code, severity, message, where))
