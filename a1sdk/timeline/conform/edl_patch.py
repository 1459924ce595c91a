"""Relink events of an edit decision list without touching any other line of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from unicodedata import normalize

from a1sdk.errors import DecodeError
from a1sdk.timeline.conform.relinks import Patched, Relink, Remarked, left
from a1sdk.timeline.conform.splices import Document, Splice
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.formats.edl.lines import Edit, locator, parse
from a1sdk.timeline.model import Cut, Marker, Problem, Span
from a1sdk.timeline.remarks import COLORS, is_remark
from a1sdk.timing import Timecode

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_FROM = re.compile(r"(\s*\*?\s*FROM CLIP NAME\s*:\s*)(.*?)\s*", re.IGNORECASE)
_TO = re.compile(r"(\s*\*?\s*TO CLIP NAME\s*:\s*)(.*?)\s*", re.IGNORECASE)
_FILE = re.compile(r"(\s*\*?\s*(?:SOURCE FILE|FROM FILE|FROM CLIP)\s*:\s*)(.*?)\s*", re.IGNORECASE)
_SPEED = re.compile(r"\s*M2\s+(.*?)\s*")
_LOCATOR = re.compile(r"\s*\*?\s*LOC\s*:(.*)", re.IGNORECASE)
_FREEZE = re.compile(r"\s*\*.*FREEZE FRAME.*", re.IGNORECASE)
_AUDIO = re.compile(r"\s*AUD\s.*")
_OF_SOUND = (_FROM, _FILE, _SPEED, _FREEZE, _AUDIO)
_REEL = 8  # characters that every program keeps
_LONGEST = 400  # characters of a remark


def patch(path: Path, relinks: Sequence[Relink], cut: Cut) -> Patched:
    """Return a list with events relinked: their reels, source times, names; no speed is left.

    Args:
        path: the list.
        relinks: clips of it.
        cut: the cut it is, or is a part of.

    Raises:
        DecodeError: an event is not where its origin says.
    """
    document = Document.decoded(read_bytes(path), fallback="latin-1")
    events = _Events(document.text, parse(path).edits)
    reels = {edit.reel.upper() for edit in events.edits}
    splices: list[Splice] = []
    done: list[Relink] = []
    problems: list[Problem] = []
    for relink in relinks:
        event = _Event(events, relink, cut)
        refused = event.refused()
        if refused is not None:
            problems.append(left(cut, relink, "A1-CONFORM-SOUND", refused))
            continue
        splices += event.splices(reel_of(relink, reels))
        done.append(relink)
    return Patched(document.changed(dict.fromkeys(splices)), tuple(done), tuple(problems))


class _Events:
    """A list's lines and the edits they are of."""

    def __init__(self, text: str, edits: Sequence[Edit]) -> None:
        self.text = text
        self.edits = edits
        self.lines = [match for match in _LINE.finditer(text) if match[0]]
        self._numbers = count(max((edit.event for edit in edits), default=0) + 1)
        self._places = {f"{edit.event}@{edit.line}": n for n, edit in enumerate(edits)}

    def place(self, origin: str) -> int:
        """Return which edit an item is of.

        Raises:
            DecodeError: there is none.
        """
        if origin not in self._places:
            raise DecodeError(f"The list has no event {origin!r:.40}.")
        return self._places[origin]

    def line(self, edit: Edit) -> re.Match[str]:
        """Return an edit's own line."""
        return self.lines[edit.line - 1]

    def notes(self, place: int) -> list[re.Match[str]]:
        """Return the lines under an edit."""
        following = self.edits[place + 1 : place + 2]
        stop = following[0].line - 1 if following else len(self.lines)
        return self.lines[self.edits[place].line : stop]

    def new_number(self, old: re.Match[str]) -> str:
        """Return a number that no event has; two lines of one number would be a transition."""
        return f"{next(self._numbers):0{len(old[0])}}"

    def into(self, place: int) -> tuple[int | None, int | None]:
        """Return which edit is the transition out of one, and its line that names this one again.

        An event with a transition has two lines: the clip before, mostly of no length, and the
        clip after.
        """
        one, two = (self._edit(place + n) for n in (1, 2))
        edit = self.edits[place]
        if one is None:
            return None, None
        if one.transition != "C":
            return (place + 1, None) if one.event == edit.event else (None, None)
        empty = one.record[0] == one.record[1] == edit.record[1] and one.reel == edit.reel
        if empty and two is not None and two.transition != "C" and two.event == one.event:
            return place + 2, place + 1
        return None, None

    def _edit(self, place: int) -> Edit | None:
        return self.edits[place] if place < len(self.edits) else None


class _Event:
    """An event that is to show something else."""

    def __init__(self, events: _Events, relink: Relink, cut: Cut) -> None:
        self._events = events
        self._relink = relink
        self._cut = cut
        self._place = events.place(relink.origin)
        self._edit = events.edits[self._place]
        self._name = relink.rendered.whole.name
        self._changes: list[Splice] = []

    @property
    def _sound(self) -> str:
        """The channels of sound that the event has as well."""
        parts = [part for part in self._edit.channels.split("/") if not part.startswith("V")]
        parts = ["A" if part == "B" else part for part in parts]
        return "/".join(parts) or ("NONE" if self._edit.notes.extra_audio else "")

    def refused(self) -> str | None:
        """Return why it cannot be relinked, if so."""
        into = self._events.into(self._place)[0]
        if self._sound and (self._edit.transition != "C" or into is not None):
            return "has picture and sound in one event with a transition"
        return None

    def splices(self, reel: str) -> list[Splice]:
        """Return the changes that relink it."""
        first = self._relink.lead * self._cut.rate
        last = first + self._relink.clip.span.duration * self._cut.rate
        line = self._rewritten(self._edit, reel, (first, last))
        self._put(self._own, self._to_channels(line, reel, "V") if self._sound else line)
        self._say_name()
        notes = self._events.notes(self._place)
        self._name_files(notes)
        self._drop_speeds(notes)
        self._remark(notes)
        if self._sound:
            self._keep_sound(notes)
        again = self._events.into(self._place)[1]
        if again is not None:
            edit = self._events.edits[again]
            self._put(self._events.line(edit), self._rewritten(edit, reel, (last, last)))
        return self._changes

    def _rewritten(self, edit: Edit, reel: str, frames: tuple[Fraction, Fraction]) -> str:
        """Return an edit's line with other media, every column where it was."""
        head, rest = _at_reel(self._events.line(edit)[1], edit)
        rest = _column(rest, edit.reel, reel)
        for old, new in zip(edit.source, frames, strict=True):
            before, _, rest = rest.partition(old)
            head += before + self._label(int(new), old, edit.record[0])
        return head + rest

    def _label(self, frame: int, old: str, record: str) -> str:
        """Return a frame as the list writes it: a timecode, or a number."""
        if record.isdecimal():
            return f"{frame:0{len(old)}}"
        digits = re.findall(r"\d+", str(Timecode(frame, self._cut.rate, self._cut.drop_frame)))
        marks = re.findall(r"[:;.,]", record)
        return "".join(part + mark for part, mark in zip(digits, [*marks, ""], strict=True))

    def _say_name(self) -> None:
        """Give the clip its new name wherever the list says it."""
        old = self._relink.clip.name
        cut = self._edit.transition == "C"
        said = self._edit.notes.from_name if cut else self._edit.notes.to_name
        named = False
        if said or self._edit.notes.from_name == old:
            own = _FROM if cut or not said else _TO
            named = self._rename(self._events.notes(self._place), own)
        into, again = self._events.into(self._place)
        for place in (again, into):
            if place is not None and self._events.edits[place].notes.from_name == old:
                there = self._rename(self._events.notes(place), _FROM)
                named |= there and cut and self._events.edits[place].event == self._edit.event
        if not named:
            self._add_after(self._own, f"* {'FROM' if cut else 'TO'} CLIP NAME: {self._name}")

    def _rename(self, notes: Sequence[re.Match[str]], kind: re.Pattern[str]) -> bool:
        """Change the lines that say a name; return whether there are any."""
        found = [(note, match) for note in notes if (match := kind.fullmatch(note[1]))]
        for note, match in found:
            self._put(note, match[1] + self._name)
        return bool(found)

    def _name_files(self, notes: Sequence[re.Match[str]]) -> None:
        path = self._relink.rendered.whole
        for note in notes:
            if found := _FILE.fullmatch(note[1]):
                whole = re.search(r"[\\/]", found[2]) is not None
                self._put(note, found[1] + (str(path) if whole else path.name))

    def _drop_speeds(self, notes: Sequence[re.Match[str]]) -> None:
        """Take out what retimes this clip; under a transition, the other one may be too."""
        for note in notes:
            if _FREEZE.fullmatch(note[1]) or (_SPEED.fullmatch(note[1]) and self._own_speed(note)):
                self._changes.append(Splice(note.start(), note.end(), ""))

    def _own_speed(self, note: re.Match[str]) -> bool:
        words = note[1].split()[1:]
        others = {self._events.edits[self._place - 1].reel} - {self._edit.reel}
        return self._edit.transition == "C" or not words or words[0] not in others

    def _remark(self, notes: Sequence[re.Match[str]]) -> None:
        """Write the media's remarks as locators, in place of former ones."""
        for note in notes:
            if (found := _LOCATOR.fullmatch(note[1])) and is_remark(locator(found[1])[2]):
                self._changes.append(Splice(note.start(), note.end(), ""))
        start, record = self._relink.clip.span.start + self._cut.start, self._edit.record[0]
        for one in self._relink.remarked:
            frame = round((start + one.span.start) * self._cut.rate)
            line = locator_line(one, self._label(frame, record, record))
            self._add_after(self._last(notes), line)

    def _last(self, notes: Sequence[re.Match[str]]) -> re.Match[str]:
        return ([self._own] + [note for note in notes if note[1].strip()])[-1]

    def _keep_sound(self, notes: Sequence[re.Match[str]]) -> None:
        """Write the event's sound, which stays as it was, as an event of its own."""
        line = self._to_channels(self._own[1], self._edit.reel, self._sound)
        lines = [re.sub(r"\d+", self._events.new_number, line, count=1)]
        for note in notes:
            if any(kind.fullmatch(note[1]) for kind in _OF_SOUND):
                lines.append(note[1])
            if _AUDIO.fullmatch(note[1]):
                self._changes.append(Splice(note.start(), note.end(), ""))
        self._add_after(self._last(notes), *lines)

    def _to_channels(self, line: str, reel: str, channels: str) -> str:
        """Return the event's line, whose reel has been written, with other channels."""
        head, rest = _at_reel(line, self._edit)
        before, old, after = rest[len(reel) :].partition(self._edit.channels)
        return head + rest[: len(reel)] + before + _column(old + after, old, channels)

    @property
    def _own(self) -> re.Match[str]:
        return self._events.line(self._edit)

    def _add_after(self, line: re.Match[str], *texts: str) -> None:
        """Put lines under one, which may be the list's last, and have no end."""
        end = line[2]
        text = "".join(text + end if end else "\n" + text for text in texts)
        self._changes.append(Splice(line.end(), line.end(), text))

    def _put(self, line: re.Match[str], text: str) -> None:
        self._changes.append(Splice(line.start(1), line.end(1), text))


def locator_line(one: Remarked, time: str) -> str:
    """Return the line that marks the first frame of a remark; a list has no ranges.

    Args:
        one: the remark.
        time: record time of that frame.
    """
    return f"* LOC: {time} {COLORS[one.remark.severity]:<7} {_text(one)}"


def located(one: Remarked, rate: Fraction) -> Marker:
    """Return the marker that such a line is read as, in seconds after the start of its clip."""
    return Marker(_text(one), "", Span(one.span.start, one.span.start + 1 / rate))


def _text(one: Remarked) -> str:
    """Return what there is to say, in letters that every list has."""
    text = " ".join(f"{one.remark.name}. {one.remark.comment}".split())
    return normalize("NFKD", text).encode("ascii", "ignore").decode()[:_LONGEST].strip()


def _at_reel(line: str, edit: Edit) -> tuple[str, str]:
    """Return a line up to the reel, and from it on."""
    number = re.match(rf"\s*0*{edit.event}\s+", line)
    at = number.end() if number else 0
    return line[:at], line[at:]


def _column(line: str, old: str, new: str) -> str:
    """Return a line that begins with another word, and what follows where it was if it can be."""
    rest = line[len(old) :]
    spare = len(rest) - len(rest.lstrip(" ")) - 1
    longer = len(new) - len(old)
    return new + (" " * -longer + rest if longer < 0 else rest[max(min(longer, spare), 0) :])


def reel_of(relink: Relink, taken: set[str]) -> str:
    """Return a name that no other reel has: the shot's, where it is short enough."""
    name = re.sub(r"[^A-Z0-9_]", "", relink.rendered.shot.name.upper())
    if not 0 < len(name) <= _REEL or name in taken or name.isdecimal():
        names = (f"A1_{number:05}" for number in count(1))
        name = next(one for one in names if one not in taken)
    taken.add(name)
    return name
