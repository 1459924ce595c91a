"""The story of an FCPXML: storylines, what is connected to them, and clips that hold timelines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcpxml.document import STORY, lane, seconds
from a1sdk.timeline.formats.fcpxml.items import clip, gap, nest, transition
from a1sdk.timeline.formats.fcpxml.lanes import Laid, Lane, Row
from a1sdk.timeline.formats.fcpxml.parts import Medium, belongs, connected, contents, medium
from a1sdk.timeline.formats.fcpxml.timeline import BOTH, Document, Entry, Inside, Placing, Timeline
from a1sdk.timeline.formats.transitions import joined
from a1sdk.timeline.model import Item, Media, Span, TrackKind
from a1sdk.timeline.numbers import settled

_ENABLED: Mapping[str, frozenset[TrackKind]] = {
    "video": frozenset({"video"}),
    "audio": frozenset({"audio"}),
    "none": frozenset(),
}
Angles = tuple[tuple[Element, frozenset[TrackKind]], ...]

_NESTS = ("ref-clip", "mc-clip", "sync-clip")


class Story:
    """Lays the storylines of a document out on timelines."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._resources = document.resources
        self._read: dict[tuple[Element, frozenset[TrackKind], Angles], tuple[Inside, int]] = {}

    def line(
        self, elements: Iterable[Element], zero: Fraction, at: Lane, timeline: Timeline
    ) -> None:
        """Lay a storyline's elements one after another, and all that is connected to them.

        Args:
            elements: clips, gaps and transitions.
            zero: the timeline's time where their offsets are 0.
            at: the storyline's lane.
            timeline: where it is laid.

        Raises:
            DecodeError: a time is none, or something lies in itself, too deep, or too often.
        """
        laid: list[Laid | Element] = []
        end = zero
        for element in elements:
            if element.tag == "transition":
                laid.append(element)
            elif element.tag == "caption":
                self._document.captions += 1
            elif element.tag in STORY:
                offset = seconds(element, "offset")
                start = end if offset is None else zero + offset
                one = self._item(element, start, at, timeline)
                laid.append(one)
                end = settled(one.item.span.stop)
        timeline.rows.append(Row(at, self._joined(laid, zero, at, timeline)))

    def sequence(self, sequence: Element, timeline: Timeline) -> None:
        """Lay out a sequence, whose time begins at its start timecode."""
        start = seconds(sequence, "tcStart") or Fraction(0)
        for spine in sequence.findall("spine"):
            offsets = (seconds(one, "offset") for one in spine if one.tag in STORY)
            first = next(offsets, None)
            if first is not None and first < start:
                message = "Items lie before the start timecode; they are counted from the first."
                self._document.problem("A1-FCPXML-OFFSET", "warning", message)
                start = first
            self.line(spine, -start, (), timeline)

    def _joined(
        self, laid: Sequence[Laid | Element], zero: Fraction, at: Lane, timeline: Timeline
    ) -> Sequence[Laid]:
        """Return a storyline with its transitions, and with the handles that those need."""
        solid = [one for one in laid if isinstance(one, Laid)]
        self._overlaps([one.item for one in solid], at, timeline)
        if not solid:
            return solid
        found: list[Laid] = []
        passed = 0
        for one in laid:
            if isinstance(one, Laid):
                found.append(one)
                passed += 1
            else:
                before = solid[passed - 1].item.span.stop if passed else None
                after = solid[passed].item.span.start if passed < len(solid) else None
                found.append(transition(self._document, one, zero, before, after))

        def overlong(item: Item, message: str) -> None:
            where = timeline.where(item.name, at, item.span)
            self._document.problem("A1-TIME-OVERLONG-TRANSITION", "warning", message, where)

        items = joined([one.item for one in found], overlong)
        return [one._replace(item=item) for one, item in zip(found, items, strict=True)]

    def _overlaps(self, items: Sequence[Item], at: Lane, timeline: Timeline) -> None:
        for before, after in pairwise(items):
            if after.span.start < before.span.stop:
                message = f"{after.name!r:.60} starts before {before.name!r:.60} has ended."
                where = timeline.where(after.name, at, after.span)
                self._document.problem("A1-TIME-OVERLAP", "error", message, where)

    def _item(self, element: Element, start: Fraction, at: Lane, timeline: Timeline) -> Laid:
        """Return what an element is, and lay what is connected to it."""
        timeline.counted()
        if element.tag == "audition":
            return self._audition(element, start, at, timeline)
        kinds = timeline.kinds & _ENABLED.get(element.get("srcEnable", ""), BOTH)
        placing = Placing(element, start, kinds, at, timeline)
        try:
            laid, entry = self._made(placing)
        except DecodeError as error:
            raise DecodeError(f"{element.get('name', '')!r:.40}: {error}") from error
        self._connected(entry)
        return laid

    def _audition(self, element: Element, start: Fraction, at: Lane, timeline: Timeline) -> Laid:
        """Return the clip that is chosen of several: the first."""
        clips = [one for one in element if one.tag in STORY]
        if not clips:
            raise DecodeError("An audition has no clips.")
        return self._item(clips[0], start, at, timeline)

    def _made(self, placing: Placing) -> tuple[Laid, Entry]:
        if placing.element.tag == "gap":
            entry = placing.entry(Fraction(0), None)
            return gap(self._document, entry), entry
        only = self._medium(placing)
        if only is None:
            inside = self._inside(placing)
            entry = placing.entry(inside.first, inside.duration or None, inside.rate)
            return nest(self._document, entry, inside), entry
        media = next(iter(self._resources.media(only.element).values()), Media())
        if only.element is placing.element:
            entry = placing.entry(media.start, media.duration, media.rate)
        else:
            entry = placing.entry(Fraction(0), None, media.rate)
        return clip(self._document, entry, only), entry

    def _medium(self, placing: Placing) -> Medium | None:
        if placing.element.tag in _NESTS:
            return None
        return medium(placing.element, placing.timeline.rate, self._resources)

    def _connected(self, entry: Entry) -> None:
        """Lay what is connected to an item."""
        element, when, timeline = entry.element, entry.timing, entry.timeline
        for child in connected(element):
            if child.tag == "caption":
                self._document.captions += 1
            elif element.tag not in ("video", "audio") or not belongs(
                child, element.get("ref"), self._resources
            ):
                at = (*entry.lane, lane(child) or 0)
                offset = seconds(child, "offset")
                start = when.span.start if offset is None else when.at(offset)
                if child.tag == "spine":
                    self.line(child, start, at, timeline)
                else:
                    laid = self._item(child, start, at, timeline)
                    timeline.rows.append(Row(at, [laid]))

    def _inside(self, placing: Placing) -> Inside:
        """Return the timeline inside a clip; what several clips refer to is read once."""
        element = placing.element
        if element.tag not in ("ref-clip", "mc-clip"):
            return self._contained(placing)
        media = self._resources.find("media", element.get("ref"))
        tag = "sequence" if element.tag == "ref-clip" else "multicam"
        body = None if media is None else media.find(tag)
        if body is None:
            raise DecodeError(f"It is {tag} {element.get('ref')!r:.40}, which the document lacks.")
        angles = self._angles(placing, body)
        inner = placing.timeline.inner(body, self._resources.rate(body), placing.kinds)
        key = body, placing.kinds, angles
        if key not in self._read:
            start = seconds(body, "tcStart") or Fraction(0)
            self.sequence(body, inner)
            for angle, kinds in angles:
                inner.kinds = kinds
                self.line(angle, -start, (), inner)
            self._read[key] = Inside.of(body, inner, start, first=start), inner.count
        inside, count = self._read[key]
        placing.timeline.counted(count)
        return inside

    def _angles(self, placing: Placing, body: Element) -> Angles:
        """Return the angles that a multicam clip shows and plays."""
        angles = {one.get("angleID", ""): one for one in body.findall("mc-angle")}
        wanted: dict[Element, frozenset[TrackKind]] = {}
        sources = placing.element.findall("mc-source")
        for one in sources:
            angle = angles.get(one.get("angleID", ""))
            if angle is not None:
                kinds = _ENABLED.get(one.get("srcEnable", ""), BOTH) & placing.kinds
                wanted[angle] = wanted.get(angle, frozenset()) | kinds
        if angles and not wanted:
            first = next(iter(angles.values()))
            wanted[first] = placing.kinds
            name, span = placing.element.get("name", ""), Span(placing.start, placing.start)
            message = f"{name!r:.60} names no angle; {first.get('name', '')!r:.60} was taken."
            where = placing.timeline.where(name, placing.lane, span)
            self._document.problem("A1-FCPXML-ANGLE", "warning", message, where)
        return tuple(wanted.items())

    def _contained(self, placing: Placing) -> Inside:
        """Return the timeline of a clip that has its items in it."""
        element, parts = placing.element, contents(placing.element)
        start = min((seconds(one, "offset") or Fraction(0) for one in parts), default=Fraction(0))
        inner = placing.timeline.inner(element, self._resources.rate(element), placing.kinds)
        self.line([one for one in parts if one.tag != "spine"], -start, (), inner)
        for spine in parts:
            if spine.tag == "spine":
                self.line(spine, (seconds(spine, "offset") or Fraction(0)) - start, (), inner)
        placing.timeline.counted(inner.count)
        return Inside.of(element, inner, start, first=Fraction(0))
