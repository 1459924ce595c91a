"""A cut as every reader gives it: tracks of items with exact spans, whatever file it came from.

All times are `Fraction` seconds. An item lies in the time of its parent: a track of a cut starts at
0, the cut's own timecode apart; the time of a nested sequence starts at 0 of that sequence. What is
absolute, `a1sdk.timeline.walk` works out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from a1sdk.timeline.filenames import base_name
from a1sdk.timeline.numbers import timecode

Dialect = Literal[
    "otio", "resolve-otio", "premiere-otio", "hiero-otio", "otioz", "otiod",
    "edl", "fcp7", "fcpxml", "aaf", "kdenlive",
]  # fmt: skip
"""Which program's meaning a file has, as far as it tells."""

MediaKind = Literal["file", "sequence", "generator", "missing"]
Severity = Literal["note", "warning", "error"]
TrackKind = Literal["video", "audio"]
Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Time from `start` to `stop`, the latter excluded, in seconds."""

    start: Fraction
    stop: Fraction

    @property
    def duration(self) -> Fraction:
        """Seconds from start to stop."""
        return self.stop - self.start

    def __contains__(self, time: Fraction) -> bool:
        return self.start <= time < self.stop

    def within(self, other: Span) -> Span | None:
        """Return what both have in common; None for nothing."""
        start, stop = max(self.start, other.start), min(self.stop, other.stop)
        return Span(start, stop) if start < stop else None

    def moved(self, by: Fraction) -> Span:
        """Return the span, later by `by` seconds."""
        return Span(self.start + by, self.stop + by)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a cut that is not as it should be.

    Attributes:
        code: stable name, such as `A1-RETIME-UNSUPPORTED`; `docs/timelines.md` lists all.
        severity: `error` keeps the item from being rendered, the others do not.
        message: one sentence.
        where: the item it is about, as `track/item @ timecode`; empty for the whole cut.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """What a clip plays.

    Attributes:
        name: what the file calls it: reel, tape, file name.
        url: where it is, as written: a path, or a URL; None where the file does not say.
        kind: a file, numbered pictures, something generated, or missing.
        rate: frames per second; None where the file does not say.
        start: seconds on the media's own clock (its timecode) of its first frame.
        duration: seconds that are available; None where the file does not say.
        pattern: of a sequence, `name.%04d.exr`, as `filenames.PictureName` has it.
        first: of a sequence, the number in the name of the first picture's file.
        metadata: what else the file says of it.
    """

    name: str = ""
    url: str | None = None
    kind: MediaKind = "missing"
    rate: Fraction | None = None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    pattern: str | None = None
    first: int = 0
    metadata: Metadata = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """The name of its file; its own where the cut does not say where it is."""
        return base_name(self.url or self.name)


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Which time of the media an item shows when: linear between points, also beyond them.

    Attributes:
        points: (seconds after the item's start, seconds on the media's own clock); the former
            ascend. One point is a freeze. A reversed clip starts within its last frame.
        speed: the one speed there is; None where it changes.
    """

    points: tuple[tuple[Fraction, Fraction], ...]
    speed: Fraction | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "speed", self._speed())  # asked for again and again

    @classmethod
    def linear(cls, start: Fraction, speed: Fraction = Fraction(1)) -> SourceMap:
        """Return the map that shows `start` first and goes on at `speed`; 0 freezes."""
        if speed == 0:
            return cls(((Fraction(0), start),))
        return cls(((Fraction(0), start), (Fraction(1), start + speed)))

    def _speed(self) -> Fraction | None:
        slopes = {_slope(before, after) for before, after in pairwise(self.points)}
        if not slopes:
            return Fraction(0)
        return slopes.pop() if len(slopes) == 1 else None

    def __call__(self, offset: Fraction) -> Fraction:
        """Return the media's time, `offset` seconds after the item's start."""
        if self.speed is not None:
            at, time = self.points[0]
            since = offset - at if at else offset
            return time + (since if self.speed == 1 else since * self.speed)
        after = bisect_right(self.points, offset, key=lambda point: point[0])
        after = min(max(after, 1), len(self.points) - 1)
        (t0, s0), (t1, s1) = self.points[after - 1], self.points[after]
        return s0 + (offset - t0) * (s1 - s0) / (t1 - t0)


def _slope(before: tuple[Fraction, Fraction], after: tuple[Fraction, Fraction]) -> Fraction:
    lasts, shows = after[0] - before[0], after[1] - before[1]
    return shows if lasts == 1 else shows / lasts


@dataclass(frozen=True, slots=True)
class Marker:
    """A note at a time.

    Attributes:
        name: its name, as the editor typed it.
        comment: its note, wherever the dialect keeps it.
        span: when, in the time of the item's parent (so that a cut's markers and a clip's compare).
        color: as the file names it.
        metadata: what else the file says of it.
    """

    name: str
    comment: str
    span: Span
    color: str = ""
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every item of a track has.

    Attributes:
        name: its name.
        span: when, in its parent's time.
        enabled: whether the editor left it switched on.
        markers: notes on it.
        effects: names of effects other than time effects, with their metadata.
        metadata: what else the file says of it.
        origin: where in the file it is written, for the hand-back: a JSON pointer, an XML path, an
            event's number; only its reader's counterpart understands it.
    """

    name: str
    span: Span
    enabled: bool = True
    markers: tuple[Marker, ...] = ()
    effects: tuple[tuple[str, Metadata], ...] = ()
    metadata: Metadata = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip(Item):
    """Media on a track.

    Attributes:
        media: what it plays.
        alternatives: other media it may play, by key.
        source: which time of the media is shown when.
        in_offset: seconds before its start that a transition shows of it.
        out_offset: the same after its end.
    """

    media: Media
    alternatives: Mapping[str, Media] = field(default_factory=dict)
    source: SourceMap
    in_offset: Fraction = Fraction(0)
    out_offset: Fraction = Fraction(0)

    @property
    def called(self) -> str:
        """Its name, or that of its media where it has none."""
        return self.name or self.media.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Item):
    """Nothing, for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Item):
    """A transition around a cut; its span reaches into the items on both sides."""

    kind: str
    cut: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Nest(Item):
    """A sequence inside a sequence, or a compound clip.

    Attributes:
        source: which time of the inner sequence is shown when.
        rate: frames per second of the inner sequence.
        tracks: its tracks.
    """

    source: SourceMap
    rate: Fraction
    tracks: tuple[Track, ...]


def track_label(kind: TrackKind, number: int) -> str:
    """Return what editors call a track whatever its name: V1, A2."""
    return f"{kind[0].upper()}{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Items in order; what no item covers is a gap.

    Attributes:
        name: as the editor sees it; empty where the format has no names.
        kind: what its items are.
        number: 1 for the lowest of its kind, as editors count: V1, A1.
        items: gaps may be there or left out; clips, nests and gaps do not overlap.
        enabled: whether the track is switched on.
    """

    name: str
    kind: TrackKind
    number: int
    items: tuple[Item, ...]
    enabled: bool = True
    metadata: Metadata = field(default_factory=dict)
    origin: str = ""

    @property
    def label(self) -> str:
        """What editors call it whatever its name: V1, A2."""
        return track_label(self.kind, self.number)

    @property
    def called(self) -> str:
        """Its name, or its label where it has none."""
        return self.name or self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A timeline.

    Attributes:
        path: the file it was read from.
        dialect: which program's meaning the file has.
        name: its name; may be empty.
        rate: frames per second of its record time.
        start: seconds of its start timecode after 00:00:00:00, counted in frames at `rate`.
        drop_frame: whether its timecode is drop-frame.
        tracks: from the lowest to the highest, video and audio.
        markers: notes on the cut itself.
        problems: what reading it found.
        metadata: what else the file says of it.
    """

    path: Path
    dialect: Dialect
    name: str
    rate: Fraction
    start: Fraction = Fraction(0)
    drop_frame: bool = False
    tracks: tuple[Track, ...]
    markers: tuple[Marker, ...] = ()
    problems: tuple[Problem, ...] = ()
    metadata: Metadata = field(default_factory=dict)

    def timecode(self, time: Fraction) -> str:
        """Return the record timecode that is shown `time` seconds after the cut's start."""
        return timecode(self.start + time, self.rate, drop_frame=self.drop_frame)
