"""What is planned for a cut, as plain data: for tables, for JSON, for other programs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from a1sdk.components.fields import Rate
from a1sdk.timeline.model import Clip, Nest
from a1sdk.timeline.shots.films import unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from a1sdk.timeline.model import Cut, Problem, Track
    from a1sdk.timeline.shots import Shot, Shots
    from a1sdk.timeline.shots.drivers import Piece


PerformerRole = Literal["driver", "voice", "keys"]


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemFacts(_Facts):
    """Something that is not as it should be."""

    code: str = Field(description="Stable name, as A1-RETIME-UNSUPPORTED; docs/timelines.md.")
    severity: Literal["note", "warning", "error"] = Field(
        description="An error keeps the shot from being rendered."
    )
    message: str
    where: str = Field(description="Track, item and record timecode; empty for the whole cut.")


class PieceFacts(_Facts):
    """A stretch of a shot, and who performs in it."""

    role: PerformerRole
    name: str
    path: Path | None = Field(description="Its file; null where that is not found.")
    start: str = Field(description="Record timecode of its first frame.")
    frames: int
    speeds: tuple[str, ...] = Field(description="Speeds it is played at: 1, 1/2, -1; 0 is frozen.")
    layer: str = Field(description="Who says so: metadata, marker, track, sidecar or default.")


class SettingFacts(_Facts):
    """A setting of a shot."""

    value: Any
    layer: str = Field(description="Who says so: metadata, marker, track or sidecar.")


class FilmFacts(_Facts):
    """A film that was rendered for a shot before, and its clip shows now."""

    path: Path = Field(description="The film; of numbered pictures their pattern.")
    unchanged: bool = Field(
        description="Whether the cut says of the shot what it said then, and the film has enough."
        " Media is not looked at."
    )


class ShotFacts(_Facts):
    """A shot that was found."""

    id: str = Field(description="What it is recognised by in the next version of the cut.")
    name: str
    state: Literal["ready", "blocked", "skipped"]
    track: str
    clip: str
    start: str = Field(description="Record timecode of its first frame in the cut.")
    frames: int = Field(description="Frames in the cut, without handles.")
    head: int = Field(description="Frames before them that are rendered too.")
    tail: int = Field(description="Frames after them that are rendered too.")
    portrait: Path | None = Field(description="The portrait; null where it is not found.")
    film: FilmFacts | None = Field(
        None, description="What was rendered of the portrait before, where the clip shows that."
    )
    performers: tuple[PieceFacts, ...]
    carries_keys: bool = Field(description="Whether the cut itself carries keyframes for it.")
    settings: dict[str, SettingFacts]
    problems: tuple[ProblemFacts, ...]


class TrackFacts(_Facts):
    """A track of the sequence that is open, from the lowest to the highest."""

    label: str = Field(description="What it is called whatever its name: V1, A2.")
    name: str = Field(description="Its name; empty where it has none.")
    enabled: bool
    clips: int = Field(description="Clips on it, nested sequences counted as one.")


class CutPlan(_Facts):
    """A cut and its shots."""

    schema_version: Literal["a1.cut-plan/1"] = "a1.cut-plan/1"
    cut: Path
    name: str
    dialect: str
    rate: Rate
    start: str = Field(description="Record timecode at which the cut begins.")
    tracks: tuple[TrackFacts, ...]
    shots: tuple[ShotFacts, ...]
    problems: tuple[ProblemFacts, ...] = Field(description="Those of the cut itself.")


def plan_of(shots: Shots) -> CutPlan:
    """Return what is planned for a cut."""
    cut = shots.cut
    return CutPlan(
        cut=cut.path,
        name=cut.name,
        dialect=cut.dialect,
        rate=cut.rate,
        start=cut.timecode(Fraction(0)),
        tracks=tuple(_facts_of_track(track) for track in cut.tracks),
        shots=tuple(facts_of_shot(shot, cut) for shot in shots),
        problems=tuple(facts_of_problem(problem) for problem in shots.problems),
    )


def _facts_of_track(track: Track) -> TrackFacts:
    clips = sum(isinstance(item, (Clip, Nest)) for item in track.items)
    return TrackFacts(label=track.label, name=track.name, enabled=track.enabled, clips=clips)


def facts_of_problem(problem: Problem) -> ProblemFacts:
    """Return a problem as plain data."""
    return ProblemFacts(
        code=problem.code,
        severity=problem.severity,
        message=problem.message,
        where=problem.where,
    )


def facts_of_shot(shot: Shot, cut: Cut, extra: Iterable[Problem] = ()) -> ShotFacts:
    """Return a shot as plain data, with problems that were found later."""
    settings = shot.binding.settings.items()
    return ShotFacts(
        id=shot.id,
        name=shot.name,
        state=shot.state,
        track=shot.placed.track.called,
        clip=shot.placed.clip.called,
        start=cut.timecode(shot.record.start / cut.rate),
        frames=len(shot.record),
        head=shot.head,
        tail=shot.tail,
        portrait=shot.portrait,
        film=FilmFacts(path=shot.film.path, unchanged=unchanged(shot)) if shot.film else None,
        performers=tuple(_performers(shot, cut)),
        carries_keys=shot.cast.curves is not None,
        settings={key: SettingFacts(value=one.value, layer=one.layer) for key, one in settings},
        problems=tuple(facts_of_problem(problem) for problem in (*shot.problems, *extra)),
    )


def _performers(shot: Shot, cut: Cut) -> Iterator[PieceFacts]:
    roles: dict[PerformerRole, Sequence[Piece]] = {
        "driver": shot.cast.drivers,
        "voice": shot.cast.voices,
        "keys": shot.cast.keys,
    }
    for role, pieces in roles.items():
        yield from (_piece(role, piece, cut) for piece in pieces)


def _piece(role: PerformerRole, piece: Piece, cut: Cut) -> PieceFacts:
    first = round(piece.span.start * cut.rate)
    return PieceFacts(
        role=role,
        name=piece.name,
        path=piece.path,
        start=cut.timecode(first / cut.rate),
        frames=round(piece.span.stop * cut.rate) - first,
        speeds=tuple(str(speed) for speed in piece.speeds),
        layer=piece.layer,
    )
