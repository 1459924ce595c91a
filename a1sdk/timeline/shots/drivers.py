"""Who performs under a shot: the pieces of the DRIVE, VOICE and KEYS tracks in its time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.timeline.filenames import base_name
from a1sdk.timeline.model import Media, Nest, SourceMap, Span
from a1sdk.timeline.shots.locate import fold

if TYPE_CHECKING:
    from pathlib import Path

    from a1sdk.timeline.model import Clip
    from a1sdk.timeline.shots.binding import Layer, Role, TrackRole
    from a1sdk.timeline.walk import Placed

_MOST_HINTS = 20  # comparing one name with thousands takes a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a shot that one clip drives.

    Attributes:
        name: what it is called in the cut; of a file that a setting names, the file's name.
        span: when, in seconds of the cut's record time.
        origin: record time at which `source` has its offset 0.
        source: which time of the media is shown when.
        media: what it plays.
        layer: which layer bound it.
        clip: the clip; None for a file that a setting names.
        path: the media file; None where it is not found.
    """

    name: str
    span: Span
    origin: Fraction
    source: SourceMap
    media: Media
    layer: Layer
    clip: Clip | None = None
    path: Path | None = None

    def at(self, time: Fraction) -> Fraction:
        """Return the time of the media that is shown at a record time, also beyond the span."""
        return self.source(time - self.origin)

    def points(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return (record time, media time) at the span's ends and wherever the speed changes."""
        if self.source.speed is not None:
            return tuple((time, self.at(time)) for time in (self.span.start, self.span.stop))
        inner = (self.origin + offset for offset, _ in self.source.points)
        times = sorted({self.span.start, *(t for t in inner if t in self.span), self.span.stop})
        return tuple((time, self.at(time)) for time in times)

    def shown(self, frame: Fraction) -> Span:
        """Return the media's time that is shown: from the first frame shown to after the last one.

        Args:
            frame: seconds of a frame of the cut. What is played backwards begins a frame before
                the end of what it shows.
        """
        times = sorted(time for _, time in self.points())
        slowest = min(self.speeds)
        if slowest >= 0:
            return Span(times[0], times[-1])
        return Span(times[0] - slowest * frame, times[-1] + min(-slowest, Fraction(1)) * frame)

    @property
    def speeds(self) -> tuple[Fraction, ...]:
        """The speeds at which the media is shown within the span, in order."""
        if self.source.speed is not None:
            return (self.source.speed,)
        steps = pairwise(self.points())
        found = [(s1 - s0) / (t1 - t0) for (t0, s0), (t1, s1) in steps]
        return tuple(one for n, one in enumerate(found) if n == 0 or one != found[n - 1])


class Ambiguous(ConfigError):
    """A name means several clips that are equally near."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip that may drive, with its track's role and its place in the stack of tracks."""

    placed: Placed
    role: TrackRole | None
    height: int
    labels: frozenset[str]

    @property
    def span(self) -> Span:
        """When the clip is there, in record time."""
        return self.placed.span

    @property
    def on(self) -> bool:
        """Whether the clip may perform: its track may be switched off, so that nobody sees it."""
        around = (one for one in self.placed.path if isinstance(one, Nest))
        return self.placed.clip.enabled and all(nest.enabled for nest in around)

    @property
    def played(self) -> tuple[object, ...]:
        """What it plays and when: the channels of one recording, a track each, have it alike."""
        one = self.placed
        return one.span, one.clip.media.url, one.clip.media.name, one.source


class Lane:
    """Clips that may overlap, found by time; in order of their starts."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._all = sorted(candidates, key=lambda one: one.span.start)
        self._starts = [one.span.start for one in self._all]
        self._latest = list(accumulate((one.span.stop for one in self._all), max))

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._all)

    def under(self, window: Span) -> list[Candidate]:
        """Return the clips that overlap a window, by their starts."""
        return self._after(window.start, bisect_left(self._starts, window.stop))

    def at(self, time: Fraction) -> list[Candidate]:
        """Return the clips that are there at a time, by their starts."""
        return self._after(time, bisect_right(self._starts, time))

    def _after(self, time: Fraction, place: int) -> list[Candidate]:
        """Return the clips ahead of a place that end after a time."""
        found = []
        for one in range(place - 1, -1, -1):
            if self._latest[one] <= time:
                break
            if self._all[one].span.stop > time:
                found.append(self._all[one])
        return found[::-1]


class Drivers:
    """All clips of a cut that may perform, found by role and time, or by name."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates
        self._hints: dict[str, str | None] = {}

    @cached_property
    def _lanes(self) -> Mapping[tuple[Role, str], Lane]:
        lanes: dict[tuple[Role, str], list[Candidate]] = defaultdict(list)
        for one in self._candidates:
            if one.role is not None:
                lanes[one.role.role, one.role.group].append(one)
        return {key: Lane(found) for key, found in lanes.items()}

    @cached_property
    def _named(self) -> Mapping[str, Lane]:
        """Clips by what they and their media are called, folded."""
        named = by_name(self._candidates, lambda one: one.placed.clip)
        return {name: Lane(found) for name, found in named.items()}

    @cached_property
    def _tracks(self) -> Mapping[str, Lane]:
        tracks: dict[str, list[Candidate]] = defaultdict(list)
        for one in self._candidates:
            for label in one.labels:
                tracks[label].append(one)
        return {label: Lane(found) for label, found in tracks.items()}

    def _lane(self, role: Role, group: str) -> Lane:
        """Return the clips of a role: of the group, else of everybody."""
        return self._lanes.get((role, group)) or self._lanes.get((role, ""), Lane(()))

    def on_tracks(self, role: Role, group: str, window: Span) -> list[Piece]:
        """Return the pieces of a role's tracks in a window: of the group, else of everybody."""
        return _pieces(self._lane(role, group).under(window), window)

    def overlap(self, role: Role, group: str, window: Span) -> Fraction:
        """Return for how many seconds of a window clips of a role hide others that differ."""
        found = _distinct([one for one in self._lane(role, group).under(window) if one.on])
        spans = [span for one in found if (span := one.span.within(window))]
        seen = sum((one.span.duration for one in _pieces(found, window)), Fraction(0))
        return sum((span.duration for span in spans), Fraction(0)) - seen

    def groups(self) -> set[str]:
        """Return the groups that any track has clips for."""
        return {group for _, group in self._lanes if group}

    def disabled(self, role: Role, group: str, window: Span) -> list[Candidate]:
        """Return the clips of a role in a window that are switched off."""
        return [one for one in self._lane(role, group).under(window) if not one.on]

    def on_track(self, label: str, window: Span) -> list[Piece] | None:
        """Return the pieces of a track, by its name or as V1; None where there is no such track."""
        lane = self._tracks.get(fold(label))
        return None if lane is None else _pieces(lane.under(window), window)

    def at_place(self, label: str, place: Fraction, window: Span) -> list[Piece] | None:
        """Return what lies on a track from a place on, moved to the window's start."""
        moved = self.on_track(label, window.moved(place - window.start))
        if moved is None:
            return None
        return [_moved(one, window.start - place) for one in moved]

    def called(self, name: str, kind: str, window: Span) -> list[Piece]:
        """Return the pieces of clips of a name: those in the window, else the nearest one.

        The nearest one is moved: it plays from its first frame at the window's start.

        Args:
            name: of the clips or their media.
            kind: which tracks count, video or audio, where clips of that name lie on both: the
                sound of a film is often linked to it and called the same.
            window: the shot's record time.

        Raises:
            Ambiguous: several are as near, or as long in the window.
        """
        lane = self._named.get(fold(name), Lane(()))
        within = _of_kind(lane.under(window), kind)
        if within:
            return _pieces(_apart(within, window, name), window)
        nearest = _nearest(_of_kind(lane, kind), window, name)
        if nearest is None:
            return []
        shift = window.start - nearest.span.start
        return [_moved(one, shift) for one in _pieces([nearest], window.moved(-shift))]

    def hint(self, name: str) -> str | None:
        """Return a hint at what a name was meant to be; of many wrong ones, for the first few."""
        if name not in self._hints:
            known = [*self._named, *self._tracks] if len(self._hints) < _MOST_HINTS else ()
            self._hints[name] = did_you_mean(fold(name), known)
        return self._hints[name]


T = TypeVar("T")


def by_name(items: Iterable[T], clip_of: Callable[[T], Clip]) -> Mapping[str, Sequence[T]]:
    """Return items by what their clips may be called, folded: by their and their media's names.

    Each name counts with and without its suffix.
    """
    named: dict[str, list[T]] = defaultdict(list)
    for item in items:
        for name in _names_of(clip_of(item)):
            named[name].append(item)
    return named


def _names_of(clip: Clip) -> set[str]:
    url = clip.media.url or ""
    file = base_name(unquote(url) if "://" in url else url)
    names = {fold(name) for name in (clip.name, clip.media.name, file) if name}
    return names | {PurePosixPath(name).stem for name in names}


def _pieces(found: Sequence[Candidate], window: Span) -> list[Piece]:
    """Return what can be seen of clips in a window, of those above each other the topmost."""
    free = [window]
    pieces: list[Piece] = []
    for one in sorted(found, key=lambda one: one.height, reverse=True):
        if one.on:
            pieces.extend(_piece(one, span) for span in _take(one.span, free))
    return sorted(pieces, key=lambda piece: piece.span)


def _take(span: Span, free: list[Span]) -> list[Span]:
    """Take from free spans, which ascend, what another covers, and return it."""
    first = bisect_right(free, span.start, key=lambda gap: gap.stop)
    last = bisect_left(free, span.stop, key=lambda gap: gap.start)
    if first >= last:
        return []
    touched = free[first:last]
    ends = Span(touched[0].start, span.start), Span(span.stop, touched[-1].stop)
    free[first:last] = [part for part in ends if part.duration > 0]
    return [part for gap in touched if (part := gap.within(span))]


def _piece(one: Candidate, span: Span) -> Piece:
    clip = one.placed.clip
    return Piece(
        name=clip.called,
        span=span,
        origin=one.span.start,
        source=one.placed.source,
        media=clip.media,
        layer=one.role.layer if one.role else "track",
        clip=clip,
    )


def _moved(piece: Piece, by: Fraction) -> Piece:
    return replace(piece, span=piece.span.moved(by), origin=piece.origin + by)


def _apart(found: Sequence[Candidate], window: Span, name: str) -> Sequence[Candidate]:
    """Return clips that do not overlap each other; of those that do, the one seen longest."""
    ordered = _distinct(found)
    if all(one.span.stop <= two.span.start for one, two in pairwise(ordered)):
        return ordered
    seen = [one.span.within(window) for one in ordered]
    lengths = [span.duration if span else Fraction(0) for span in seen]
    return [_only([(-length, one) for length, one in zip(lengths, ordered, strict=True)], name)]


def _of_kind(found: Iterable[Candidate], kind: str) -> list[Candidate]:
    """Return the clips that are switched on, on tracks of a kind if any are."""
    there = [one for one in found if one.on]
    return [one for one in there if one.placed.track.kind == kind] or there


def _distinct(found: Iterable[Candidate]) -> list[Candidate]:
    """Return clips by their spans, of those that play the same at the same time one."""
    together: dict[object, Candidate] = {}
    for one in sorted(found, key=lambda one: one.span):
        together.setdefault(one.played, one)
    return list(together.values())


def _nearest(found: Sequence[Candidate], window: Span, name: str) -> Candidate | None:
    apart = _distinct(found)
    gaps = [(max(one.span.start - window.stop, window.start - one.span.stop), one) for one in apart]
    return _only(gaps, name) if gaps else None


def _only(ranked: Sequence[tuple[Fraction, Candidate]], name: str) -> Candidate:
    """Return the first in rank, the lowest, if it is the only one there."""
    best = min(rank for rank, _ in ranked)
    first = [one for rank, one in ranked if rank == best]
    if len(first) > 1:
        raise Ambiguous(
            f"{name!r} means {len(first)} clips that are equally near.",
            hint="say which by its place: drive=V1@01:00:04:00",
        )
    return first[0]
