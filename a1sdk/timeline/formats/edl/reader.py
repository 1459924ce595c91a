"""Read edit decision lists (CMX 3600), one or several of them as the tracks of one cut.

The record times are the truth: an event takes the place that its record in and out say, whatever
its source times say. What the two disagree on is a retime, or a problem.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.timeline.formats.edl.items import Event, Findings
from a1sdk.timeline.formats.edl.lines import Edit, Lines, parse
from a1sdk.timeline.formats.edl.time import Clock, SourceClocks, find_clock, seconds
from a1sdk.timeline.model import Clip, Cut, Gap, Item, Marker, Span, Track, TrackKind, Transition

MAX_EVENTS = 100_000
MAX_OVERLAP = 32
"""Highest number of tracks that the overlapping events of one channel may need."""

_VIDEO = 0  # the picture's channel; those of sound are 1 and up
_CHANNELS = {"V": (0,), "A": (1,), "AA": (1, 2), "B": (0, 1), "NONE": ()}


def read(path: Path, rate: Fraction | None = None) -> Cut:
    """Read the list at `path`.

    Args:
        path: the list.
        rate: frames per second of its record times; found out, with a problem, where not given.

    Raises:
        DecodeError: it is no list, or its times do not exist at `rate`.
        ResourceError: `pycmx` is not installed.
    """
    lines = parse(path)
    if len(lines.edits) > MAX_EVENTS:
        raise DecodeError(f"{path.name} has more than {MAX_EVENTS} events.", path=str(path))
    clock, why = find_clock(lines, rate)
    findings = _findings(lines, clock, why)
    events = _events(lines, clock, findings)
    channels = _Channels(findings)
    markers: list[Marker] = []
    for event in events:
        if found := event.timeline_markers():
            markers += found
        else:
            channels.place(event)
    return Cut(
        path=path,
        dialect="edl",
        name=lines.title,
        rate=clock.rate,
        start=events[0].start,
        drop_frame=clock.drop_frame,
        tracks=tuple(channels.tracks()),
        markers=tuple(markers),
        problems=findings.all(),
        metadata={"edl": {"comments": lines.head}} if lines.head else {},
    )


def _findings(lines: Lines, clock: Clock, why: str) -> Findings:
    """Return what is wrong with the list as a whole."""
    findings = Findings()
    if why:
        counted = f"{clock.rate} fps{' drop-frame' if clock.drop_frame else ''}"
        findings.add(
            "A1-EDL-RATE-GUESSED", f"It is read at {counted}, because {why}; --rate says otherwise."
        )
    for number in lines.unread:
        findings.add("A1-EDL-LINE", f"Line {number} seems to be an event and cannot be read.")
    return findings


def read_edls(paths: Mapping[str, Path], *, rate: Fraction | None = None) -> Cut:
    """Read several lists as one cut: a track, or more, for each, lowest first, with its name.

    Args:
        paths: track name -> list. A list has no track names; here they can be given.
        rate: frames per second of all.

    Raises:
        ConfigError: no list is given, or their rates differ.
        DecodeError: a list cannot be read.
    """
    cuts = {name: read(path, rate) for name, path in paths.items()}
    if not cuts:
        raise ConfigError("No edit decision list is given.")
    if len({(cut.rate, cut.drop_frame) for cut in cuts.values()}) > 1:
        found = ", ".join(f"{cut.path.name}: {cut.rate}" for cut in cuts.values())
        raise ConfigError(
            f"The edit decision lists have different frame rates ({found}).",
            hint="if they are of one cut, give its rate with --rate",
        )
    start = min(cut.start for cut in cuts.values())
    markers = [
        replace(marker, span=marker.span.moved(cut.start - start))
        for cut in cuts.values()
        for marker in cut.markers
    ]
    problems = [
        replace(problem, where=f"{name}/{problem.where}" if problem.where else name)
        for name, cut in cuts.items()
        for problem in cut.problems
    ]
    return replace(
        next(iter(cuts.values())),
        start=start,
        tracks=_named_tracks(cuts, start),
        markers=tuple(markers),
        problems=tuple(problems),
    )


def _named_tracks(cuts: Mapping[str, Cut], start: Fraction) -> tuple[Track, ...]:
    numbers: Counter[str] = Counter()
    tracks = []
    for name, cut in cuts.items():
        for track in cut.tracks:
            numbers[track.kind] += 1
            items = tuple(_moved(item, cut.start - start) for item in track.items)
            track = replace(track, name=name, number=numbers[track.kind], items=items)
            tracks.append(replace(track, origin=str(cut.path)))
    return tuple(sorted(tracks, key=lambda track: track.kind == "audio"))


def _moved(item: Item, by: Fraction) -> Item:
    markers = tuple(replace(marker, span=marker.span.moved(by)) for marker in item.markers)
    item = replace(item, span=item.span.moved(by), markers=markers)
    return replace(item, cut=item.cut + by) if isinstance(item, Transition) else item


def _events(lines: Lines, clock: Clock, findings: Findings) -> list[Event]:
    """Return the edits with their names and spans."""
    spans = _spans(lines.edits, clock)
    start = min(span.start for span in spans)
    names = list(_names(lines.edits))
    sources = _source_clocks(lines, names, clock, findings)
    return [
        Event(edit, name, span.moved(-start), start, clock, sources[edit.reel, name])
        for edit, name, span in zip(lines.edits, names, spans, strict=True)
    ]


def _spans(edits: Sequence[Edit], clock: Clock) -> list[Span]:
    """Return the record spans; a cut may go on after midnight."""
    spans = [Span(*(seconds(clock, edit, time) for time in edit.record)) for edit in edits]
    day = clock.day
    evening = spans[0].start - day / 2

    def later(time: Fraction) -> Fraction:
        return time + day if time < evening else time

    return [Span(later(span.start), later(span.stop)) for span in spans]


def _source_clocks(
    lines: Lines, names: Sequence[str], clock: Clock, findings: Findings
) -> dict[tuple[str, str], Clock]:
    """Return how the source times of each reel's clips are counted; many are on reel AX."""
    used: dict[tuple[str, str], list[Edit]] = defaultdict(list)
    for edit, name in zip(lines.edits, names, strict=True):
        used[edit.reel, name].append(edit)
    counted = SourceClocks(lines, clock)
    clocks = {source: counted.of(its) for source, its in used.items()}
    for (reel, name), found in clocks.items():
        if found.rate != clock.rate:
            message = f"The source times of {name!r} (reel {reel}) are counted at {found.rate} fps."
            findings.add("A1-EDL-SOURCE-RATE", message)
    return clocks


def _names(edits: Sequence[Edit]) -> Iterator[str]:
    """Yield the edits' names: under a transition, both its clips' are written."""
    before = ""
    for edit, after in pairwise((*edits, None)):
        assert edit is not None  # only the last is
        notes = edit.notes
        if edit.transition == "C":
            outgoing = after.notes.from_name if after and after.event == edit.event else ""
            name = notes.from_name or outgoing or edit.reel
        else:
            other = notes.from_name if notes.from_name != before else ""
            name = notes.to_name or other or edit.reel
        before = name
        yield name


@dataclass(slots=True)
class _Lane:
    """Items of one channel that do not overlap."""

    items: list[Clip | Gap] = field(default_factory=list)
    """In order of time, which is not the order of lists that are sorted by reel."""
    transitions: list[tuple[Fraction, Edit]] = field(default_factory=list)

    def takes(self, span: Span) -> bool:
        """Tell whether there is room."""
        at = self._place(span)
        return not any(span.within(item.span) for item in self.items[max(at - 1, 0) : at + 1])

    def add(self, item: Clip | Gap) -> None:
        self.items.insert(self._place(item.span), item)

    def _place(self, span: Span) -> int:
        return bisect_right(self.items, span.start, key=lambda item: item.span.start)


class _Channels:
    """The events by the channels they go to."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._lanes: dict[int, list[_Lane]] = defaultdict(lambda: [_Lane()])
        self._black: list[tuple[int, Gap]] = []
        self._rate = Fraction(1)

    def place(self, event: Event) -> None:
        """Put an event on its channels; one without a length only starts a transition."""
        edit, span = event.edit, event.span
        self._rate = event.clock.rate
        if span.stop < span.start:
            message = f"Event {edit.event} (line {edit.line}) ends before it starts; left out."
            self._findings.add("A1-EDL-RECORD-BACKWARDS", message, event.where)
        if span.stop <= span.start:
            return
        channels = _channels(edit)
        if not channels:
            return self._findings.count("A1-EDL-NO-CHANNEL", edit)
        if edit.transition.startswith("K"):
            self._findings.count("A1-EDL-KEY", edit)
        item = event.item(self._findings)
        for n, channel in enumerate(channels):
            self._put(event, channel, replace(item, markers=item.markers if n == 0 else ()))

    def _put(self, event: Event, channel: int, item: Clip | Gap) -> None:
        lanes = self._lanes[channel]
        if isinstance(item, Gap):
            self._black.append((channel, item))
            lane = lanes[0]
        else:
            lane = self._lane(event, channel)
            lane.add(item)
        if event.edit.transition[0] in "DW" and event.edit.frames:
            lane.transitions.append((item.span.start, event.edit))

    def _lane(self, event: Event, channel: int) -> _Lane:
        lanes = self._lanes[channel]
        free = next((lane for lane in lanes if lane.takes(event.span)), None)
        if free is not None:
            return free
        if len(lanes) >= MAX_OVERLAP:
            raise DecodeError(f"More than {MAX_OVERLAP} events are at {event.edit.record[0]}.")
        lanes.append(_Lane())
        message = f"Event {event.edit.event} overlaps another; it is put on a track above."
        self._findings.add("A1-EDL-OVERLAP", message, event.where)
        return lanes[-1]

    def tracks(self) -> Iterator[Track]:
        """Yield the tracks: the picture's, then those of sound, each with what overlaps it."""
        for channel, gap in self._black:
            lane = self._lanes[channel][0]
            if lane.takes(gap.span):  # else it is under something: what no item covers is black
                lane.add(gap)
        numbers: Counter[TrackKind] = Counter()
        for channel in sorted(self._lanes):
            kind: TrackKind = "video" if channel == _VIDEO else "audio"
            for lane in self._lanes[channel]:
                numbers[kind] += 1
                yield Track(
                    name="",
                    kind=kind,
                    number=numbers[kind],
                    items=tuple(self._items(lane)),
                    metadata={"edl": {"channel": f"A{channel}" if channel else "V"}},
                )

    def _items(self, lane: _Lane) -> Iterator[Item]:
        """Yield the items in order, with the transitions between them."""
        into = dict(lane.transitions)
        for item, follows in pairwise((*lane.items, None)):
            assert item is not None  # only the last is
            if item.span.start in into:
                yield self._transition(into[item.span.start], item)
            if isinstance(item, Clip) and follows and follows.span.start == item.span.stop:
                edit = into.get(item.span.stop)
                item = replace(item, out_offset=self._length(edit, follows)) if edit else item
            yield item

    def _transition(self, edit: Edit, item: Item) -> Transition:
        length = self._length(edit, item)
        if length < edit.frames / self._rate:
            message = f"The transition of event {edit.event} is longer than its clip; cut off."
            self._findings.add("A1-TIME-OVERLONG-TRANSITION", message, edit.record[0])
        return Transition(
            name=edit.notes.effect or edit.transition,
            span=Span(item.span.start, item.span.start + length),
            kind="dissolve" if edit.transition == "D" else "wipe",
            cut=item.span.start,
            metadata={"edl": {"code": edit.transition, "frames": edit.frames}},
            origin=f"{edit.event}@{edit.line}",
        )

    def _length(self, edit: Edit, item: Item) -> Fraction:
        """Return how long a transition into `item` takes: from its start on, as CMX has it."""
        return min(edit.frames / self._rate, item.span.duration)


def _channels(edit: Edit) -> list[int]:
    """Return the channels that an event goes to: 0 is the picture, 1 the first of sound."""
    found: set[int] = set(edit.notes.extra_audio)
    for part in edit.channels.split("/"):
        number = re.fullmatch(r"([AV])(\d{1,2})", part, re.ASCII)
        if number:
            found.add(int(number[2]) if number[1] == "A" else _VIDEO)
        found.update(_CHANNELS.get(part, ()))
    return sorted(found)
