"""What readers of an FCPXML share: the document, and the timelines that are being laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcpxml.document import length, seconds
from a1sdk.timeline.formats.fcpxml.lanes import Lane, Row, tracks
from a1sdk.timeline.formats.fcpxml.media import Resources
from a1sdk.timeline.formats.fcpxml.retime import Timing, timing
from a1sdk.timeline.model import Problem, Severity, Span, Track, TrackKind
from a1sdk.timeline.numbers import timecode

MAX_NESTING = 32
MAX_ITEMS = 1_000_000
BOTH: frozenset[TrackKind] = frozenset({"video", "audio"})


@dataclass
class Document:
    """A document, and what reading it has found.

    Attributes:
        resources: what it refers to.
        origins: the path of every part of the story.
        problems: what is not as it should be.
        captions: how many captions were met, which are left out.
    """

    resources: Resources
    origins: Mapping[Element, str]
    problems: list[Problem] = field(default_factory=list)
    captions: int = 0

    def problem(self, code: str, severity: Severity, message: str, where: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(code, severity, message, where))


@dataclass
class Timeline:
    """A sequence, or the inside of a clip, as it is being laid out.

    Attributes:
        rate: frames per second.
        kinds: whether pictures, sound or both are taken of it.
        start: seconds of the cut's timecode at its start; of a nested one, 0.
        drop_frame: whether its timecode is.
        nesting: the elements that it lies in.
        rows: what is laid so far.
        count: items so far, nested ones included.
    """

    rate: Fraction
    kinds: frozenset[TrackKind] = BOTH
    start: Fraction = Fraction(0)
    drop_frame: bool = False
    nesting: tuple[Element, ...] = ()
    rows: list[Row] = field(default_factory=list)
    count: int = 0

    def inner(
        self, element: Element, rate: Fraction | None, kinds: frozenset[TrackKind]
    ) -> Timeline:
        """Return an empty timeline for what is inside a clip.

        Raises:
            DecodeError: it lies in itself, or too deep.
        """
        if element in self.nesting or len(self.nesting) >= MAX_NESTING:
            raise DecodeError(f"It lies in itself, or over {MAX_NESTING} clips deep.")
        return Timeline(rate or self.rate, kinds, nesting=(*self.nesting, element))

    def counted(self, more: int = 1) -> None:
        """Count items.

        Raises:
            DecodeError: there are too many.
        """
        self.count += more
        if self.count > MAX_ITEMS:
            raise DecodeError(f"The cut has over {MAX_ITEMS} items, nested ones included.")

    def where(self, name: str, at: Lane, span: Span) -> str:
        """Return where an item is, for people."""
        label = timecode(self.start + span.start, self.rate, drop_frame=self.drop_frame)
        return f"lane {'/'.join(map(str, at)) or 0}/{name} @ {label}"


class Inside(NamedTuple):
    """The timeline inside a clip.

    Attributes:
        tracks: its tracks, whose time begins at `start`.
        rate: frames per second.
        start: its first local time.
        duration: seconds that the document says, else those that its items take.
        first: local time at which a clip of it starts that does not say.
    """

    tracks: tuple[Track, ...]
    rate: Fraction
    start: Fraction
    duration: Fraction
    first: Fraction

    @classmethod
    def of(cls, element: Element, laid: Timeline, start: Fraction, *, first: Fraction) -> Inside:
        """Return what was laid of an element."""
        found = tracks(laid.rows)
        stops = [item.span.stop for track in found for item in track.items]
        duration = length(element) or max(stops, default=Fraction(0))
        return cls(found, laid.rate, start, duration, first)


class Entry(NamedTuple):
    """An item to be read.

    Attributes:
        element: the item.
        timing: when it shows what.
        kinds: whether its pictures, its sound or both are wanted.
        lane: where it goes.
        timeline: what it goes to.
    """

    element: Element
    timing: Timing
    kinds: frozenset[TrackKind]
    lane: Lane
    timeline: Timeline

    @property
    def name(self) -> str:
        """What the editor calls it."""
        return self.element.get("name", "")

    @property
    def where(self) -> str:
        """Where it is, for people."""
        return self.timeline.where(self.name, self.lane, self.timing.span)


class Placing(NamedTuple):
    """An item that has been reached in its storyline, before it is known how it lies there.

    Attributes:
        element: the item.
        start: when it starts, in its timeline's time.
        kinds: whether its pictures, its sound or both are wanted.
        lane: where it goes.
        timeline: what it goes to.
    """

    element: Element
    start: Fraction
    kinds: frozenset[TrackKind]
    lane: Lane
    timeline: Timeline

    def entry(
        self, first: Fraction, duration: Fraction | None, media: Fraction | None = None
    ) -> Entry:
        """Return how the item lies in its timeline.

        Args:
            first: local time of its start, where the document does not say.
            duration: its length, where the document does not say.
            media: frames per second of what it plays, where that is known.

        Raises:
            DecodeError: it has no length, or a time of it is none.
        """
        lasts = length(self.element)
        lasts = duration if lasts is None else lasts
        if lasts is None:
            raise DecodeError(f"<{self.element.tag}> has no duration.")
        local = seconds(self.element, "start")
        span = Span(self.start, self.start + lasts)
        begins = first if local is None else local
        found = timing(self.element, span, begins, self.timeline.rate, media)
        return Entry(self.element, found, self.kinds, self.lane, self.timeline)
