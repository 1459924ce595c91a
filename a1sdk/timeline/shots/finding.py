"""Find the shots of a cut: every visible portrait, who performs under it, and what is wrong.

shots = find_shots(read_cut(Path("cut.otio")))
for shot in shots:
    print(shot.name, shot.record, shot.state)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, count
from pathlib import Path
from typing import Literal

from a1sdk.errors import ConfigError
from a1sdk.timeline.model import Clip, Cut, Problem, SourceMap, Span
from a1sdk.timeline.shots import edges
from a1sdk.timeline.shots.binding import Binding, TrackRole
from a1sdk.timeline.shots.casting import Cast, Casting
from a1sdk.timeline.shots.drivers import Drivers
from a1sdk.timeline.shots.films import FORMER, Film, Films, slip
from a1sdk.timeline.shots.findings import Findings, note_media
from a1sdk.timeline.shots.locate import Located, Locator, file_kind
from a1sdk.timeline.shots.naming import identity, names, twice
from a1sdk.timeline.shots.portraits import Portrait, Survey
from a1sdk.timeline.shots.sidecar import Sidecar, load_sidecar
from a1sdk.timeline.walk import Placed
from a1sdk.timeline.walk import problems as placing_problems
from a1sdk.timing import FrameRange

State = Literal["ready", "blocked", "skipped"]

HANDLES = 8
"""Frames beyond each end of a shot that are rendered unless its settings say otherwise."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A portrait clip that is seen in a cut, and who performs in it.

    Attributes:
        id: what it is recognised by in the next version of the cut.
        name: what it is called; no other shot of the cut is.
        placed: the portrait clip, and where it lies.
        record: the frames it has in the cut, at the cut's rate, counted from the cut's start.
        head: frames before them that are rendered too.
        tail: frames after them that are rendered too.
        portrait: the portrait's file; of a sequence its first picture. None where it is offline.
        moving: whether the portrait is a film or numbered pictures, not a still.
        cast: who performs; the pieces at the shot's ends reach over its handles.
        binding: the settings, and which layer supplied each.
        role: what the portrait's track is for; None for a clip that only its settings make a shot.
        problems: what is wrong with it.
        rate: frames per second of the cut.
        handles: frames that were asked for beyond each end.
        film: what was rendered for it in an earlier round, and its clip shows now. `portrait` is
            what that was made of then.
        hidden: whether clips above hide it all the time, and nobody asked for it all the same.
    """

    id: str
    name: str
    placed: Placed
    record: FrameRange
    head: int
    tail: int
    portrait: Path | None
    moving: bool
    cast: Cast
    binding: Binding
    role: TrackRole | None
    problems: tuple[Problem, ...]
    rate: Fraction
    handles: int
    film: Film | None = None
    hidden: bool = False

    @property
    def state(self) -> State:
        """Whether it can be rendered, has to wait, or is left alone: asked for, or not seen."""
        if self.hidden or self.binding.get("skip"):
            return "skipped"
        blocked = any(problem.severity == "error" for problem in self.problems)
        return "blocked" if blocked else "ready"

    @property
    def frames(self) -> FrameRange:
        """The frames that are rendered: the record frames and the handles."""
        return FrameRange(self.record.start - self.head, self.record.stop + self.tail)

    @property
    def span(self) -> Span:
        """The record time of `frames`, in seconds."""
        return Span(self.frames.start / self.rate, self.frames.stop / self.rate)

    @property
    def shown(self) -> SourceMap:
        """Which second of the portrait's media, from its beginning, its clip shows when."""
        if self.film is not None:
            return self.film.shown(self.film.frame(self.placed, self.placed.span.start))
        begin = self.placed.clip.media.start
        return SourceMap(tuple((at, time - begin) for at, time in self.placed.source.points))


@dataclass(frozen=True)
class Shots:
    """The shots of a cut, in order of their tracks and time.

    Attributes:
        problems: those of the cut itself, of its tracks, and of what is no shot.
    """

    cut: Cut
    shots: tuple[Shot, ...]
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Shot]:
        return iter(self.shots)

    def __len__(self) -> int:
        return len(self.shots)


def find_shots(
    cut: Cut,
    *,
    media_roots: Sequence[Path] = (),
    handles: int = HANDLES,
    occluded: bool = False,
    sidecar: Sidecar | None = None,
) -> Shots:
    """Return the shots of a cut. No media is opened, only looked for.

    Args:
        cut: the cut.
        media_roots: folders that media may lie in, beside the cut's own.
        handles: frames beyond each end of a shot, where its settings do not say; 0 or more.
        occluded: whether portraits that clips above hide all the time are shots like all others.
        sidecar: settings beside the cut's; those in `CUT.a1.json` if None.

    Raises:
        ConfigError: the sidecar cannot be read, or `handles` is below zero.
    """
    if handles < 0:
        raise ConfigError(f"Shots cannot have {handles} frames of handles.", hint="0 or more")
    survey = Survey(cut, load_sidecar(cut.path) if sidecar is None else sidecar)
    first, *others = _folders(cut, media_roots)
    locator = Locator(first, others)
    casting = Casting(cut, Drivers(survey.others), locator)
    films = Films()
    shots = [_shot(found, casting, films, handles, occluded) for found in survey.portraits]
    problems = (*cut.problems, *placing_problems(cut), *survey.problems)
    return Shots(cut, tuple(_named(shots)), problems)


def _folders(cut: Cut, roots: Sequence[Path]) -> tuple[Path, ...]:
    """Return where media may lie, in the order in which relative paths are tried.

    A bundle's paths start in the bundle: a folder, or what has been unpacked of an archive.
    """
    beside = cut.path.parent
    if cut.path.is_dir():
        return (cut.path, beside, *roots)
    return (*roots, beside) if cut.dialect == "otioz" else (beside, *roots)


def _shot(found: Portrait, casting: Casting, films: Films, handles: int, occluded: bool) -> Shot:
    one, binding, findings = found.placed, found.binding, found.findings
    cut, rate = casting.cut, casting.cut.rate
    record = edges.record_frames(one.span, rate, findings)
    window = Span(record.start / rate, record.stop / rate)
    where, film = _portrait(found, casting.locator, films)
    cast = casting.cast(one.clip, window, binding, found.entries, findings)
    if not cast and not findings.fatal:
        message = "nobody performs in it: there is no driver, no voice and no keys"
        hint = "lay a clip on A1 DRIVE or A1 VOICE under it, or name one: drive=NAME, keys=FILE"
        findings.add("A1-SHOT-NO-DRIVER", "error", message, hint)
    moving = film is None and _moves(one.clip, where.path)
    if film is None:
        edges.check_portrait(one, moving, binding, findings)
    edges.check_cast(cast, rate, findings)
    hidden = not occluded and _hidden(found, cast, findings)
    asked = int(binding.get("handles", handles))
    head = min(asked, max(0, record.start + math.floor(cut.start * rate)))  # no time is below zero
    head, tail = edges.handles(one, cast, record, rate, (head, asked))
    shot = Shot(
        id=str(binding.get("id") or (film and film.shot) or identity(one)),
        name=str(binding.get("shot") or ""),
        placed=one,
        record=record,
        head=head,
        tail=tail,
        portrait=where.path,
        moving=moving,
        cast=edges.reaching(cast, window, head / rate, tail / rate),
        binding=binding,
        role=found.role,
        hidden=hidden,
        problems=(),
        rate=rate,
        handles=asked,
        film=film,
    )
    edges.check_sync(slip(shot, round(cut.start * rate)), findings)
    return replace(shot, problems=tuple(findings.problems))


def _portrait(found: Portrait, locator: Locator, films: Films) -> tuple[Located, Film | None]:
    """Return where a portrait is, and the film that was rendered of it, if the clip shows that."""
    clip, findings = found.placed.clip, found.findings
    where = locator.find(clip.media, ("picture", "film"))
    film = films.at(where.path) if where.path is not None else None
    if film is None:
        where = _former(clip, where, locator)
        note_media(where, f"portrait {clip.name!r}", clip.media, findings)
        return where, None
    edges.check_film(found.placed, film, found.binding, findings)
    if film.changed:
        return where, film
    where = locator.find(film.portrait, ("picture",))
    note_media(where, f"portrait of {film.path.name!r}", film.portrait, findings)
    return where, film


def _former(clip: Clip, where: Located, locator: Locator) -> Located:
    """Return where the picture is that a clip showed before its film, if that is gone."""
    former = clip.alternatives.get(FORMER)
    if where.path is not None or former is None or former.kind != "file":
        return where
    before = locator.find(former, ("picture",))
    found = before.path is not None and file_kind(before.path.name) == "picture"
    return before if found else where


def _hidden(found: Portrait, cast: Cast, findings: Findings) -> bool:
    """Whether nobody sees a portrait; one whose own driver lies over it is meant to be rendered."""
    driving = {id(piece.clip) for piece in cast.drivers}
    if not found.covers or any(id(clip) in driving for clip in found.covers):
        return False
    above = found.covers[0].called
    findings.add("A1-SHOT-OCCLUDED", "note", f"{above!r:.60} hides it; it is left alone")
    return True


def _moves(clip: Clip, path: Path | None) -> bool:
    """Whether a portrait is a film or numbered pictures."""
    kind = file_kind(path.name if path is not None else clip.media.file_name)
    return clip.media.kind == "sequence" or kind == "film"


def _named(shots: Sequence[Shot]) -> Iterator[Shot]:
    """Give every shot a name and an identity of its own, and note those that were given twice."""
    asked = [shot.name or None for shot in shots]
    clips = [_called(shot) for shot in shots]
    again, known = twice(asked), set[str]()
    for shot, name, wanted in zip(shots, names(asked, clips), asked, strict=True):
        problems = list(shot.problems)
        where = f"{shot.placed.track.called}/{name}"
        if wanted and wanted.lower() in again and name.lower() != wanted.lower():
            message = f"several shots are called {wanted!r}; this one is {name!r}"
            problems.append(Problem("A1-SHOT-NAME", "warning", message, where))
        number = _unknown(shot, known)
        if shot.id in known:
            message = f"several shots have the id {shot.id!r}; this one has {number!r}"
            problems.append(Problem("A1-SHOT-ID", "warning", message, where))
        known.add(number)
        yield replace(shot, name=name, id=number, problems=tuple(problems))


def _called(shot: Shot) -> str:
    """Return what a shot's clip is called; one that shows its film is called after that by many."""
    return shot.placed.clip.called if shot.film is None else shot.film.record.slate.name


def _unknown(shot: Shot, known: Set[str]) -> str:
    """Return a shot's id; if another has it, one by where it lies; if that too, with a number."""
    if shot.id not in known:
        return shot.id
    own = identity(shot.placed)
    others = (f"{own}-{number}" for number in count(2))
    return next(one for one in chain((own,), others) if one not in known)
