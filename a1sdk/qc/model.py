"""What quality control reads and writes: the profile of limits, and the result of an inspection.

Frames are numbered from 0 in the film that was inspected; a range names its first and its last
frame, both included.
"""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from a1sdk.components.choice import ComponentChoice
from a1sdk.components.fields import Rate
from a1sdk.media.files import replacing
from a1sdk.media.records import FileRecord

Severity = Literal["warn", "fail"]
Verdict = Literal["pass", "warn", "fail"]
Role = Literal["film", "portrait", "driver", "sound", "report"]
Direction = Literal["above", "below"]
HeldTo = Literal["motion", "portrait", "itself", "nothing"]
Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a face, in pixels of the picture that is inspected."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(_Part):
    """From where on a measure is bad, and for how long it has to be."""

    warn: float | None = Field(
        default=None, description="A frame at or beyond this is suspect; null never warns."
    )
    fail: float | None = Field(
        default=None, description="A frame at or beyond this is bad; null never fails."
    )
    frames: int = Field(
        default=1, ge=1, description="Fewest frames beyond the limit that make a finding."
    )
    release: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Share of the limit at which a run ends; 1 has no hysteresis. Of limits that"
        " are to be kept above, a run ends at the limit divided by it.",
    )


class QcProfile(_Part):
    """Limits of the measures; what it leaves out keeps its default."""

    schema_version: Literal["a1.qc-profile/1"] = "a1.qc-profile/1"
    name: str = Field(default="default", description="What the profile is called in results.")
    limits: dict[str, Limit] = Field(
        default_factory=dict, description="Limits by the name of their measure."
    )
    identity: ComponentChoice | None = Field(
        default=None,
        description="Identity encoder whose vectors of the face are compared with the portrait's,"
        " such as insightface/arcface; null for none.",
    )


class QcInput(FileRecord):
    """A file that was inspected, or that it was compared with.

    Of numbered pictures it is of all, one after the other, as if they were one file.
    """

    role: Role


class QcComponent(_Part):
    """A component that measured: a face tracker, an identity measure."""

    ref: str = Field(description="plugin/component; core/NAME for what is built in.")
    package: str
    version: str
    license: str = Field(description="SPDX identifier of the implementation.")


_WHO = "Whose face it is of, where several perform; null of pictures, and of the only face."


class Series(_Part):
    """A measure, frame by frame."""

    name: str = Field(description="The measure; limits and findings go by this name.")
    who: str | None = Field(default=None, description=_WHO)
    label: str = Field(description="What it is called in a report.")
    about: str = Field(description="One sentence on what it is, and where its definition is from.")
    unit: str = Field(description="Unit of the values; empty where they have none.")
    values: tuple[float | None, ...] = Field(
        description="One for each frame; null where the frame could not be measured."
    )
    asked: tuple[float | None, ...] | None = Field(
        default=None,
        description="What the same quantity was in the motion that was asked for, where it is one.",
    )
    bad: Direction = Field(default="above", description="On which side of a limit a value is bad.")
    warn: float | None = Field(
        default=None, description="Limit, in shots that are judged by it; null where there is none."
    )
    fail: float | None = Field(default=None, description="As `warn`.")

    @property
    def is_limited(self) -> bool:
        """Whether the values of any shot are held to a limit."""
        return (self.warn, self.fail) != (None, None)


class Figure(_Part):
    """A number that stands for a whole shot."""

    name: str = Field(description="The measure.")
    label: str
    about: str = Field(description="What it is, and where its definition is from.")
    unit: str
    value: float | None = Field(description="Null where it could not be measured.")
    bad: Direction = "above"
    warn: float | None = None
    fail: float | None = None


class ShotFigures(_Part):
    """The figures of one shot: a run of frames between two cuts, or the whole film.

    Where several faces perform, a shot has those of its pictures, and those of each face.
    """

    first: int
    last: int
    who: str | None = Field(default=None, description=_WHO)
    held_to: HeldTo = Field(
        default="motion",
        description="What its faces are held to: the motion that was asked for, a portrait alone,"
        " the shot's own first face, or nothing: there is no face that is followed.",
    )
    figures: tuple[Figure, ...]


class Finding(_Part):
    """A range of frames that is bad by one measure."""

    measure: str = Field(description="Name of a series or of a shot's figure.")
    who: str | None = Field(default=None, description=_WHO)
    severity: Severity
    first: int = Field(ge=0, description="First bad frame.")
    last: int = Field(ge=0, description="Last bad frame.")
    worst: int = Field(ge=0, description="The worst of them.")
    value: float | None = Field(description="Value at the worst frame, in the measure's unit.")
    limit: float | None = Field(description="The limit that was passed.")
    sentence: str = Field(description="What is wrong, in words for whoever has to look at it.")

    @model_validator(mode="after")
    def _ordered(self) -> Finding:
        if not self.first <= self.worst <= self.last:
            raise ValueError("the worst frame lies between the first and the last")
        return self

    @property
    def excess(self) -> float:
        """How far beyond its limit the worst frame is, in multiples of it, 1 or more."""
        if self.value is None or not self.limit or not self.value:
            return inf
        share = abs(self.value) / abs(self.limit)
        return max(share, 1 / share)


class FacePlaces(_Part):
    """Where a face is: in one frame every second, where a shot begins, and in the worst frames."""

    who: str | None = Field(default=None, description=_WHO)
    boxes: dict[int, Box] = Field(
        description="Left, top, right and bottom in pixels, by frame of the film."
    )


class QcResult(_Part):
    """What an inspection measured and found."""

    schema_version: Literal["a1.qc/1"] = "a1.qc/1"
    verdict: Verdict = Field(description="The worst severity that was found.")
    a1sdk: str = Field(description="Version of the SDK.")
    rate: Rate = Field(description="Frames per second of the film.")
    frames: int = Field(ge=0, description="Frames that were inspected.")
    size: tuple[int, int] = Field(description="Width and height of the film.")
    timecode: str | None = Field(default=None, description="Timecode of frame 0.")
    tracked_every: int = Field(
        default=1, ge=1, description="The face was looked for in every so many frames."
    )
    against_motion: bool = Field(
        description="Whether the film was compared with the motion that was asked for."
    )
    inputs: tuple[QcInput, ...] = ()
    components: tuple[QcComponent, ...] = ()
    profile: QcProfile = Field(description="The limits that it was judged by.")
    series: tuple[Series, ...] = ()
    shots: tuple[ShotFigures, ...] = ()
    findings: tuple[Finding, ...] = Field(
        default=(), description="Failures first; of the same severity, in the order of the film."
    )
    faces: tuple[FacePlaces, ...] = Field(
        default=(), description="Where the faces are, as far as that is known."
    )
    notes: tuple[str, ...] = Field(
        default=(), description="What could not be measured, and why; what to bear in mind."
    )
    seconds: float = Field(default=0.0, description="Wall-clock seconds that measuring took.")

    @property
    def worst_first(self) -> list[Finding]:
        """The findings, the worst first: by severity, and by how far they are beyond limits."""
        return sorted(self.findings, key=lambda one: (one.severity != "fail", -one.excess))

    def save(self, path: Path) -> None:
        """Write the result as JSON, under its final name only when it is complete.

        Raises:
            StorageError: no space, no permission.
        """
        with replacing(path) as partial:
            partial.write_text(self.model_dump_json() + "\n", encoding="utf-8")


def result_path(film: Path) -> Path:
    """Return where the result of a film lies: `film.mp4` has `film.mp4.a1qc.json`.

    Of a pattern such as `shot.%04d.png`, what comes before the number.
    """
    return film.with_name(f"{film.name.partition('.%')[0]}.a1qc.json")
