"""One event of an edit decision list as a clip, or as black."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.edl.lines import Edit
from a1sdk.timeline.formats.edl.time import Clock, implied_speed, seconds, stated_speed
from a1sdk.timeline.formats.pictures import numbered
from a1sdk.timeline.model import Clip, Gap, Marker, Media, Problem, SourceMap, Span

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,3}", re.ASCII)
_NAMED = 3  # events that a problem of many names
_MANY = {
    "A1-EDL-SOURCE-EMPTY": "have no length of source; they are read as played at full speed",
    "A1-EDL-SOURCE-ROUNDED": "have one frame more or less of source than of record",
    "A1-EDL-LOCATOR-OUTSIDE": "have a locator elsewhere; it is taken for one at their start",
    "A1-EDL-NO-CHANNEL": "go to no channel; they are left out",
    "A1-EDL-KEY": "are keys; they are read as cuts, on a track above",
}


@dataclass(slots=True)
class Findings:
    """The problems of a list; those that many events have are told once."""

    problems: list[Problem] = field(default_factory=list)
    _events: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, code: str, message: str, where: str = "") -> None:
        """Note a problem of one event, or of the list."""
        self.problems.append(Problem(code, "warning", message, where))

    def count(self, code: str, edit: Edit) -> None:
        """Note a problem that is told once for all events that have it."""
        if edit.event not in self._events[code][-1:]:
            self._events[code].append(edit.event)

    def all(self) -> tuple[Problem, ...]:
        """Return every problem."""
        return (*self.problems, *(_told(code, events) for code, events in self._events.items()))


def _told(code: str, events: list[int]) -> Problem:
    some = ", ".join(str(event) for event in events[:_NAMED])
    more = ", ..." if len(events) > _NAMED else ""
    return Problem(code, "note", f"{len(events)} events ({some}{more}) {_MANY[code]}.")


@dataclass(frozen=True, slots=True)
class Event:
    """An edit with what is worked out about it.

    Attributes:
        edit: its line.
        name: the clip's name.
        span: when, in the cut's time.
        start: the cut's start, to which the list's own times count.
        clock: how the record's times are counted.
        source: how its reel's are.
    """

    edit: Edit
    name: str
    span: Span
    start: Fraction
    clock: Clock
    source: Clock

    @property
    def where(self) -> str:
        """The event, for a problem."""
        return f"{self.name} @ {self.edit.record[0]}"

    def item(self, findings: Findings) -> Clip | Gap:
        """Return the event as an item.

        Raises:
            DecodeError: its source times do not exist.
        """
        common: dict[str, Any] = {
            "span": self.span,
            "metadata": self._metadata(),
            "origin": f"{self.edit.event}@{self.edit.line}",
        }
        if self.edit.reel.upper() in ("BL", "BLK", "BLACK"):
            return Gap(name="BL", **common)
        return Clip(
            name=self.name,
            media=self._media(),
            source=self._source(findings),
            markers=(*self._locators(findings), *self._notes()),
            **common,
        )

    def timeline_markers(self) -> tuple[Marker, ...]:
        """Return the markers of the cut that Resolve writes as an event of one frame each."""
        lines = [line for line in self.edit.notes.comments if "|M:" in line]
        return tuple(self._timeline_marker(line) for line in lines)

    def _timeline_marker(self, line: str) -> Marker:
        note, *fields = (part.strip() for part in line.split("|"))
        said = {text[:1]: text[2:].strip() for text in fields if text[1:2] == ":"}
        frames = int(said.get("D", "")) if re.fullmatch(r"\d{1,9}", said.get("D", "")) else 1
        stop = self.span.start + frames / self.clock.rate
        color = said.get("C", "").removeprefix("ResolveColor")
        return Marker(said["M"], note, Span(self.span.start, stop), color)

    def _metadata(self) -> dict[str, Any]:
        edit, notes = self.edit, self.edit.notes
        said = {
            "reel": edit.reel,
            "event": edit.event,
            "source": list(edit.source),
            "record": list(edit.record),
            "effect": notes.effect,
            "source_file": notes.source_file,
            "m2": [" ".join(speed) for speed in notes.speeds],
            "cdl": notes.cdl,
            "comments": notes.comments,
        }
        return {"edl": {key: value for key, value in said.items() if value}}

    def _media(self) -> Media:
        file = self.edit.notes.source_file
        file = "" if file.upper() == "(NULL)" else file
        known = file or (self.name if _SUFFIX.search(self.name[-5:]) else "") or self.edit.reel
        url = known if re.search(r"[\\/]", known) or _SUFFIX.search(known[-5:]) else None
        about = {"reel": self.edit.reel}
        return numbered(Media(known, url, "file" if url else "missing", metadata=about))

    def _source(self, findings: Findings) -> SourceMap:
        begin, end = (seconds(self.source, self.edit, time) for time in self.edit.source)
        if begin - end > self.source.day / 2:  # it plays through midnight
            end += self.source.day
        speed = self._speed(end - begin, findings)
        if speed < 0:
            begin = end - min(1 / self.source.rate, -speed / self.clock.rate)
        return SourceMap.linear(begin, speed)

    def _speed(self, played: Fraction, findings: Findings) -> Fraction:
        """Return the speed that `M2` says, or that the lengths of source and record imply."""
        source = played * self.source.rate
        record = self.span.duration * self.source.rate
        if any("FREEZE FRAME" in text.upper() for text in self.edit.notes.comments):
            return Fraction(0)
        if (said := self._said()) is not None:
            speed = stated_speed(said, self.clock)
            if not _fits(abs(speed), source, record):
                message = f"M2 says speed {float(speed):g}, its source has {source} frames."
                findings.add("A1-EDL-SPEED-MISMATCH", message, self.where)
            return speed
        if source == record:
            return Fraction(1)
        if source <= 0 or abs(source - record) <= 1:
            findings.count(f"A1-EDL-SOURCE-{'EMPTY' if source <= 0 else 'ROUNDED'}", self.edit)
            return Fraction(1)
        speed = implied_speed(source, record)
        message = f"{source} frames of source in {float(record):g}: read as speed {float(speed):g}."
        findings.add("A1-EDL-SPEED-IMPLIED", message, self.where)
        return speed

    def _said(self) -> str | None:
        """Return what `M2` says: of this source time, or else of this reel, the last of it.

        Only under a transition may the other clip's speed be written too.
        """
        edit, speeds = self.edit, self.edit.notes.speeds
        own = [text for _, text, time in speeds if time == edit.source[0]]
        said = own or [
            text for reel, text, _ in speeds if edit.transition == "C" or reel in ("", edit.reel)
        ]
        return said[-1] if said else None

    def _locators(self, findings: Findings) -> list[Marker]:
        markers = []
        for time, color, text in self.edit.notes.locators:
            try:
                at = self.clock.seconds(time) - self.start
            except (DecodeError, ValueError):
                at = Fraction(-1)
            if at + self.clock.day in self.span:  # after midnight
                at += self.clock.day
            if at not in self.span:
                findings.count("A1-EDL-LOCATOR-OUTSIDE", self.edit)
                at = self.span.start
            span = Span(at, at + 1 / self.clock.rate)
            markers.append(Marker(text, "", span, color, {"timecode": time}))
        return markers

    def _notes(self) -> list[Marker]:
        span = Span(self.span.start, self.span.start + 1 / self.clock.rate)
        return [Marker("A1", text, span) for text in self.edit.notes.a1]


def _fits(speed: Fraction, source: Fraction, record: Fraction) -> bool:
    """Tell whether `source` frames may be what `record` frames show at `speed`.

    Lists count from the first frame to the last one shown, or to the one after it; `M2` has one
    decimal. Avid writes one frame where nothing is said by it: of freezes and of reversed clips.
    """
    slack = 2 + record / 200
    return source <= 1 or (record - 1) * speed + 1 - slack <= source <= record * speed + slack
