"""The lines of a CMX 3600 list: its events, each with the notes that are written under it.

`pycmx` tells the lines apart and cuts them at the format's columns. Lists from programs that do not
keep the columns (13 % of those we have seen) are cut at their spaces instead.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from a1sdk.errors import DecodeError, ResourceError
from a1sdk.timeline.content import read_bytes

MAX_BYTES = 16 * 2**20
MAX_LINES = 1_000_000
MAX_LINE = 4000
_TIME = re.compile(r"\d{1,2}[:;.,]\d{2}[:;.,]\d{2}[:;.,]\d{2,3}|\d{1,9}", re.ASCII)
_TRANSITION = re.compile(r"C|D|W\d{0,3}|K ?[BO]?", re.ASCII)
_CHANNELS = re.compile(r"[A-Z][A-Z0-9/]{0,9}", re.ASCII)
_SPEED = re.compile(r"[+-]?\d{1,6}(\.\d{0,6})?", re.ASCII)
_COLORS = frozenset(
    "RED GREEN BLUE CYAN MAGENTA YELLOW BLACK WHITE ORANGE PURPLE PINK LAVENDER CERULEAN VIOLET "
    "FOREST ROSE MINT SKY FUCHSIA COCOA SAND CREAM TEAL".split()
)
_CDL = 400  # characters of a colour note that are looked at; a true one has about 90


@dataclass(slots=True)
class Notes:
    """What is written under an event, by what it is."""

    from_name: str = ""
    to_name: str = ""
    source_file: str = ""
    effect: str = ""
    speeds: list[tuple[str, str, str]] = field(default_factory=list)
    """(reel, frames per second, source timecode) of `M2` lines."""
    locators: list[tuple[str, str, str]] = field(default_factory=list)
    """(timecode, colour, text) of `LOC` lines."""
    a1: list[str] = field(default_factory=list)
    extra_audio: tuple[int, ...] = ()
    cdl: dict[str, Any] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of an event, as text.

    Attributes:
        event: the event's number.
        line: the line of the file it is on, from 1.
        transition: `C`, `D`, `W001`, `K`, `KB`, `KO`.
        frames: how long the transition takes.
        source: its in and out on the reel.
        record: its in and out in the cut.
        drop_frame: whether the list had last declared drop-frame.
    """

    event: int
    line: int
    reel: str
    channels: str
    transition: str
    frames: int
    source: tuple[str, str]
    record: tuple[str, str]
    drop_frame: bool = False
    notes: Notes = field(default_factory=Notes)


@dataclass(slots=True)
class Lines:
    """A list as text: what is said of the whole, and its edits."""

    title: str = ""
    head: list[str] = field(default_factory=list)
    """Comments and `FCM` lines before the first event."""
    edits: list[Edit] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    """Lines that seem to be events and cannot be read as such."""
    drop_frame: bool | None = None
    """What the first `FCM` line says."""


def is_time(text: str) -> bool:
    """Tell whether `text` is a timecode or a frame number."""
    return _TIME.fullmatch(text) is not None


def parse(path: Path) -> Lines:
    """Return the events of the list at `path`.

    Raises:
        DecodeError: it cannot be read, is too large, or has no event.
        ResourceError: `pycmx` is not installed.
    """
    raw = _lines(path)
    found = Lines()
    drop_frame = False
    for number, (line, statement) in enumerate(zip(raw, _statements(raw), strict=True), 1):
        kind = type(statement).__name__
        if kind == "StmtTitle":
            found.title = statement.title
        elif kind == "StmtFCM":
            drop_frame = statement.drop
            found.drop_frame = drop_frame if found.drop_frame is None else found.drop_frame
            found.head += [line.strip()] if not found.edits else []
        elif (edit := _edit(statement, line, number)) is not None:
            found.edits.append(replace(edit, drop_frame=drop_frame))
        elif found.edits:
            if line[:1].isdigit() and sum(map(is_time, line.split())) > 1:
                found.unread.append(number)
            _note(found.edits[-1].notes, statement, line)
        elif line.strip():
            found.head.append(line.strip())
    if not found.edits:
        raise DecodeError(f"{path.name} has no event of an edit decision list.", path=str(path))
    return found


def _lines(path: Path) -> list[str]:
    text = _text(read_bytes(path, MAX_BYTES)).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.translate({0: None, 0x1A: None}).split("\n", MAX_LINES)  # tape padding: NUL, ^Z
    if len(lines) > MAX_LINES:
        raise DecodeError(f"{path.name} has more than {MAX_LINES} lines.", path=str(path))
    long = next((number for number, line in enumerate(lines, 1) if len(line) > MAX_LINE), None)
    if long is not None:
        raise DecodeError(
            f"Line {long} of {path.name} has more than {MAX_LINE} characters.",
            path=str(path),
            hint="this does not look like an edit decision list",
        )
    return lines


def _text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _statements(lines: Sequence[str]) -> Iterator[Any]:
    try:
        import pycmx  # type: ignore[import-untyped]
    except ImportError as error:
        raise ResourceError(
            "Reading an EDL needs the package pycmx.", hint="pip install 'a1sdk[edl]'"
        ) from error
    # It takes whatever comes first for the title, so that a title comes first.
    short = (line[:_CDL] if "ASC_SOP" in line else line for line in lines)
    text = "\n".join(["TITLE:", *short])
    statements = pycmx.parse_cmx3600(io.StringIO(text)).event_statements
    return iter(statements if len(statements) == len(lines) else [*statements, None])


def _edit(statement: Any, line: str, number: int) -> Edit | None:
    """Return the edit of an event's line; None for another line."""
    if type(statement).__name__ == "StmtEvent":
        times = statement.source_in, statement.source_out
        record = statement.record_in, statement.record_out
        columns = _TRANSITION.fullmatch(statement.trans) and _CHANNELS.fullmatch(statement.channels)
        if columns and all(map(is_time, times + record)):
            frames = int(statement.trans_op) if statement.trans_op.isdecimal() else 0
            kind, reel = statement.trans.replace(" ", ""), statement.source
            channels = statement.channels
            return Edit(statement.event, number, reel, channels, kind, frames, times, record)
    return _edit_at_spaces(line, number) if len(line) <= _CDL else None


def _edit_at_spaces(line: str, number: int) -> Edit | None:
    words = line.split()
    if len(words) < 7 or not re.fullmatch(r"\d{1,9}", words[0], re.ASCII):
        return None
    times = words[-4:]
    rest = words[1:-4]
    frames = int(rest.pop()) if re.fullmatch(r"\d{1,3}", rest[-1], re.ASCII) else 0
    if len(rest) < 2 or not all(map(is_time, times)):
        return None
    *reel, channels, kind = rest
    if not (_TRANSITION.fullmatch(kind) and _CHANNELS.fullmatch(channels)):
        return None
    source, record = (times[0], times[1]), (times[2], times[3])
    return Edit(int(words[0]), number, " ".join(reel), channels, kind, frames, source, record)


def _note(notes: Notes, statement: Any, line: str) -> None:
    """File a line under what it says of its event."""
    match type(statement).__name__:
        case "StmtClipName" if statement.affect == "from":
            notes.from_name = notes.from_name or statement.name
        case "StmtClipName":
            notes.to_name = statement.name
        case "StmtSourceFile":
            notes.source_file = statement.filename
        case "StmtEffectsName":
            notes.effect = statement.name
        case "StmtAudioExt":
            both = ((3, statement.audio3), (4, statement.audio4))
            notes.extra_audio = tuple(channel for channel, there in both if there)
        case "StmtCdlSop":
            notes.cdl["sop"] = _sop(statement.cdl_sop)
        case "StmtCdlSat":
            notes.cdl["sat"] = statement.value
        case _:
            _remark(notes, line.strip().lstrip("*").strip())


def _sop(sop: Any) -> list[list[float]]:
    return [[part.red, part.green, part.blue] for part in (sop.slope, sop.offset, sop.power)]


def _remark(notes: Notes, text: str) -> None:
    head, _, tail = text.partition(":")
    words = text.split()
    match head.strip().upper():
        case "LOC" if tail.strip():
            notes.locators.append(locator(tail))
        case "A1":
            notes.a1.append(tail.strip())
        case "FROM FILE" | "FROM CLIP":
            notes.source_file = tail.strip()
        case _ if words[:1] == ["M2"]:
            _speed(notes, words[1:])
        case _ if text:
            notes.comments.append(text)


def locator(text: str) -> tuple[str, str, str]:
    """Return the time, the colour and the name that a locator's line says after `LOC:`."""
    time, _, rest = text.strip().partition(" ")
    color, _, name = rest.strip().partition(" ")
    return (time, color, name.strip()) if color.upper() in _COLORS else (time, "", rest.strip())


def _speed(notes: Notes, words: list[str]) -> None:
    """File `M2 REEL 047.6 01:00:06:00`; reels may have spaces, or be left out."""
    time = words.pop() if words and ":" in words[-1].replace(";", ":") else ""
    if words and _SPEED.fullmatch(words[-1]):
        notes.speeds.append((" ".join(words[:-1]), words[-1], time))
    else:
        notes.comments.append(" ".join(["M2", *words, time]))
