"""The report of a cut's render: every shot, what became of it, and what was handed back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import a1sdk
from a1sdk.components.fields import Rate
from a1sdk.components.options import config_error
from a1sdk.components.specs import CommercialUse
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media.files import write_text
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.plan import ProblemFacts, ShotFacts, facts_of_problem, facts_of_shot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a1sdk.timeline.conform import Conformed
    from a1sdk.timeline.model import Cut
    from a1sdk.timeline.rendering.running import Outcome
    from a1sdk.timeline.shots import Shots


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShotResult(_Record):
    """What became of a shot."""

    shot: ShotFacts
    outcome: Literal["rendered", "kept", "failed", "blocked", "skipped", "waiting"]
    media: Path | None = Field(
        None, description="Film, or pattern of the numbered pictures; absolute."
    )
    timecode: str | None = Field(None, description="Record timecode of the media's first frame.")
    frames: int | None = Field(None, description="Frames of the media, handles included.")
    size: tuple[int, int] | None = None
    codec: str | None = None
    digest: str | None = Field(None, description="Of all that shaped the media.")
    commercial: CommercialUse | None = Field(
        None, description="Whether all that made the media may be used commercially."
    )
    error: str | None = None
    hint: str | None = Field(None, description="What to do about the error.")
    warnings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> ShotResult:
        facts = (self.timecode, self.frames, self.size, self.codec)
        if self.media is not None and None in facts:
            raise ValueError("media has a timecode, frames, a size and a codec")
        return self


class CutReport(_Record):
    """A cut's render."""

    schema_version: Literal["a1.cut-report/1"] = "a1.cut-report/1"
    outcome: Literal["done", "incomplete", "cancelled"] = Field(
        description="incomplete: a shot failed or is blocked."
    )
    a1sdk: str = Field(default=a1sdk.__version__, description="Version of the SDK.")
    cut: Path
    dialect: str
    rate: Rate
    start: str = Field(description="Record timecode at which the cut begins.")
    shots: tuple[ShotResult, ...]
    problems: tuple[ProblemFacts, ...] = Field(
        description="Those of the cut itself, and of handing it back."
    )
    handed_back: tuple[Path, ...] = Field(
        default=(), description="Files of the cut with the shots in place."
    )
    qc_markers: dict[str, int] = Field(
        default_factory=dict,
        description="How many markers of quality control a file of the cut has, by its name.",
    )

    def save(self, path: Path) -> None:
        """Write the report as JSON.

        Raises:
            StorageError: no space, no permission.
        """
        write_text(path, self.model_dump_json(indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> CutReport:
        """Read a report.

        Raises:
            ConfigError: there is no such file, or it is no report of a cut's render.
        """
        try:
            return cls.model_validate_json(read_bytes(path))
        except DecodeError as error:
            raise ConfigError(f"Report {error}") from None
        except ValidationError as error:
            wrong = config_error(error, path.name)
            raise ConfigError(f"{path} is no report of a cut: {wrong}", hint=wrong.hint) from None


def result_of(outcome: Outcome, cut: Cut) -> ShotResult:
    """Return what a report says of a shot that has come to an end."""
    made, record = outcome.made, outcome.record
    return ShotResult(
        shot=facts_of_shot(outcome.shot, cut, made.problems if made else ()),
        outcome=outcome.state,
        media=made.media if made and record else None,
        timecode=str(made.timecode) if made and record else None,
        frames=record.frames if record else None,
        size=record.size if record else None,
        codec=made.codec.name if made and record else None,
        digest=record.digest if record else None,
        commercial=record.commercial if record else None,
        error=str(outcome.error) if outcome.error else None,
        hint=outcome.error.hint if outcome.error else None,
        warnings=record.warnings if record else (),
    )


def report_of(
    shots: Shots,
    outcomes: Sequence[Outcome],
    *,
    cancelled: bool = False,
    handed_back: Conformed | None = None,
) -> CutReport:
    """Return the report of a render; shots that it has not come to are waiting."""
    cut = shots.cut
    done = {outcome.shot.id: result_of(outcome, cut) for outcome in outcomes}
    results = [
        done.get(shot.id) or ShotResult(shot=facts_of_shot(shot, cut), outcome="waiting")
        for shot in shots
    ]
    problems = (*shots.problems, *(() if handed_back is None else handed_back.problems))
    complete = all(result.outcome in ("rendered", "kept", "skipped") for result in results)
    return CutReport(
        outcome="cancelled" if cancelled else "done" if complete else "incomplete",
        cut=cut.path,
        dialect=cut.dialect,
        rate=cut.rate,
        start=cut.timecode(Fraction(0)),
        shots=tuple(results),
        problems=tuple(facts_of_problem(problem) for problem in problems),
        handed_back=() if handed_back is None else tuple(handed_back.files),
        qc_markers={} if handed_back is None else handed_back.markers,
    )
