"""Films of ours that come in again: a cut that was handed back, trimmed, and exported once more.

The clip of a portrait shows the film that was rendered of it then. To the shot it is what it took
the place of: the same portrait, the same id and name. Who performs is on the tracks, as ever. So
nothing else has to know that there was a round before, but for what keeps films from being rendered
twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from a1sdk.timeline.filenames import base_name
from a1sdk.timeline.model import Media, SourceMap
from a1sdk.timeline.records import FOLDER, MediaFile, ShotRecord, Slate
from a1sdk.timeline.shots.edges import reaching
from a1sdk.timeline.shots.locate import file_kind
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from a1sdk.timeline.shots.finding import Shot
    from a1sdk.timeline.walk import Placed

FORMER = "a1_source"
"""Key of the media reference that a clip had before it was relinked, in the OTIO master."""

_PERFORMING = ("expr", "head", "gaze", "gap", "take", "seed", "who")
"""Settings that make another film of the same driver."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film that was rendered for a shot, which a clip of a cut shows now.

    Attributes:
        folder: where it was rendered to, with its record.
        path: the film; of numbered pictures their pattern.
        shot: id of the shot; None where only the film's own report is left of its folder.
        record: what was written down of it.
        changed: whether its file is another now.
    """

    folder: Path
    path: Path
    shot: str | None
    record: ShotRecord
    changed: bool

    @property
    def portrait(self) -> Media:
        """The picture that it was made of."""
        path = self.record.slate.portrait
        return Media(name=path.name, url=str(path), kind="file")

    @property
    def timecode(self) -> Timecode:
        """Of its first frame."""
        slate = self.record.slate
        return Timecode.parse(slate.timecode, slate.rate)

    def frame(self, one: Placed, at: Fraction) -> Fraction:
        """Return which of its frames a clip shows at a record time, counted from 0.

        Cuts count by its timecode, which is in the file; those that do not know it count from 0.
        """
        rate, media, first = self.record.slate.rate, one.clip.media, self.timecode.frame
        time = one.source(at - one.span.start) * rate
        if media.duration is not None:
            return time if media.start == 0 else (time - first) % self.day
        here = (time - first) % self.day
        return here if here < self.record.frames else time

    @property
    def day(self) -> int:
        """Frames after which timecode begins again."""
        slate = self.record.slate
        mark = ";" if ";" in slate.timecode else ":"
        return Timecode.parse(f"23:59:59{mark}00", slate.rate).frame + self.timecode.base

    def shown(self, frame: Fraction) -> SourceMap:
        """Return which second of the portrait's media is shown when, from one of its frames on."""
        slate = self.record.slate
        return SourceMap(tuple((at - frame / slate.rate, time) for at, time in slate.shown))


@dataclass
class Films:
    """The films that were rendered into folders, each of which is looked into once."""

    _known: dict[Path, Mapping[str, list[tuple[str, ShotRecord]]]] = field(default_factory=dict)

    def at(self, path: Path) -> Film | None:
        """Return the film that a file is, or is a picture of; None for what is none of ours."""
        for folder in (path.parent, path.parent.parent):  # pictures lie in a folder of the shot
            found = self._in(folder).get(path.name, ())
            films = [_film(folder, path, *one) for one in found]
            if films:
                return next((film for film in films if not film.changed), films[0])
        record = _reported(path) if file_kind(path.name) == "film" else None
        return None if record is None else _film(path.parent, path, None, record)

    def _in(self, folder: Path) -> Mapping[str, list[tuple[str, ShotRecord]]]:
        """Return the records in a folder by the names of the files they are of."""
        if folder not in self._known:
            known: dict[str, list[tuple[str, ShotRecord]]] = defaultdict(list)
            for path in sorted((folder / FOLDER).glob("*.json")):
                record = ShotRecord.load(path)
                for name in record.files if record is not None else ():
                    assert record is not None
                    known[name].append((path.stem, record))
            self._known[folder] = known
        return self._known[folder]


def as_filmed(shot: Shot) -> Shot | None:
    """Return a shot as long as the film that its clip shows; None where that has too little of it.

    What was trimmed off is in the handles then, and what was trimmed on is taken from them.
    """
    film = shot.film
    if film is None or shot.placed.source.speed != 1:
        return None
    return _within(shot, film, film.frame(shot.placed, shot.record.start / shot.rate))


def slip(shot: Shot, begin: int) -> Fraction:
    """Return by how many frames a clip shows its film later than who performs is in the cut.

    0 where it is in sync, and where that cannot be told: where the cut asks for another film.

    Args:
        shot: the shot.
        begin: frame number of the cut's start timecode.
    """
    film = shot.film
    if film is None or shot.placed.source.speed != 1:
        return Fraction(0)
    here = film.frame(shot.placed, shot.record.start / shot.rate)
    there = Fraction((begin + shot.record.start - film.timecode.frame) % film.day)
    long = _within(shot, film, there)
    known = long is not None and said(long) == film.record.slate.said
    return here - there if known and not unchanged(shot) else Fraction(0)


def _within(shot: Shot, film: Film, first: Fraction) -> Shot | None:
    """Return a shot as long as a film of which it shows a frame first; None if that lacks any."""
    one, slate = shot.placed, film.record.slate
    head, tail = floor(first), film.record.frames - floor(first) - len(shot.record)
    early = one.in_offset and shot.record.start - floor(
        (one.span.start - one.in_offset) * shot.rate
    )
    late = one.out_offset and ceil((one.span.stop + one.out_offset) * shot.rate) - shot.record.stop
    alike = (slate.rate, slate.handles) == (shot.rate, shot.handles)
    if not alike or first != head or head < early or tail < late or head < 0 or tail < 0:
        return None
    more = (Fraction(head - shot.head) / shot.rate, Fraction(tail - shot.tail) / shot.rate)
    return replace(shot, head=head, tail=tail, cast=reaching(shot.cast, shot.span, *more))


def unchanged(shot: Shot) -> bool:
    """Whether a cut says of a shot what it said when the film was rendered that its clip shows.

    No media is looked at: a driver whose file is another now has not changed here.
    """
    long, film = as_filmed(shot), shot.film
    if long is None or film is None or film.changed:
        return False
    return said(long) == film.record.slate.said


def said(shot: Shot) -> str:
    """Return a digest of what a cut says of a shot: who performs, and how, in all its frames."""
    cast, begin = shot.cast, shot.span.start
    pieces = [
        [role, base_name(str(one.path)), *((str(at - begin), str(t)) for at, t in one.points())]
        for role, parts in (("drive", cast.drivers), ("voice", cast.voices), ("keys", cast.keys))
        for one in parts
    ]
    settings = {name: shot.binding.get(name) for name in _PERFORMING}
    curves = cast.curves.model_dump(mode="json") if cast.curves else None
    text = json.dumps([len(shot.frames), pieces, settings, curves], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _reported(film: Path) -> ShotRecord | None:
    """Return what the report beside a film says of it; None where there is none of it.

    It tells the portrait, and not what the film stood for in a cut.
    """
    from a1sdk.render.plan import report_path
    from a1sdk.render.report import RenderReport

    try:
        report = RenderReport.model_validate_json(report_path(film).read_bytes())
    except (OSError, ValidationError):
        return None
    outputs = [one for one in report.outputs if one.path.name == film.name]
    if report.outcome != "done" or report.rate is None or report.size is None or not outputs:
        return None
    slate = Slate(
        name=film.stem,
        media=film.name,
        portrait=report.job.portrait,
        rate=report.rate,
        timecode=report.job.delivery.timecode or "00:00:00:00",
        handles=0,
        said="",
        shown=((Fraction(0), Fraction(0)),),
    )
    files = {film.name: MediaFile(bytes=outputs[0].bytes, written=0, sha256=outputs[0].sha256)}
    return ShotRecord(digest="", slate=slate, files=files, frames=report.frames, size=report.size)


def _film(folder: Path, path: Path, shot: str | None, record: ShotRecord) -> Film:
    whole = path.with_name(record.slate.media)
    return Film(folder, whole, shot, record, not record.files[path.name].is_that(path))
