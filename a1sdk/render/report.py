"""The report: the record of one render, written beside its result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from a1sdk.components.fields import Rate
from a1sdk.components.specs import CommercialUse
from a1sdk.errors import A1Error
from a1sdk.media.files import replacing
from a1sdk.media.records import FileRecord
from a1sdk.qc.model import Verdict
from a1sdk.render.job import RenderJob
from a1sdk.render.licensing import Part

if TYPE_CHECKING:
    from a1sdk.render.performance import OpenLayer


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ComponentRecord(_Record):
    """A component that took part."""

    ref: str = Field(description="plugin/component")
    package: str
    version: str
    license: str = Field(description="SPDX expression of the implementation.")
    commercial: CommercialUse = Field(
        description="Whether the implementation may be used commercially; terms: on conditions."
    )
    assets: dict[str, str] = Field(
        default_factory=dict,
        description="Digests of the asset files it used, by name; under the name of a snapshot, its"
        " repository and commit.",
    )
    facts: dict[str, JsonValue] = Field(
        default_factory=dict, description="What it noted about the run, by names of its own."
    )
    faces: dict[str, dict[str, JsonValue]] = Field(
        default_factory=dict,
        description="What it noted of each of several faces and not of all alike, by what the face"
        " is called.",
    )


class LayerRecord(_Record):
    """A layer of motion that took part."""

    name: str
    ref: str = Field(description="plugin/component")
    regions: dict[str, float] = Field(description="Share of each region that it reached.")
    rate: Rate = Field(description="Frames per second of its motion.")
    labels: int | None = Field(
        description="How many words, phones and other labels it knows; null where that failed."
    )


class GapRecord(_Record):
    """Frames `first` to `last` of a layer's motion, both included, in which its face was lost."""

    layer: str
    first: int
    last: int


class QcRecord(_Record):
    """What inspecting the film came to."""

    verdict: Verdict
    findings: int = Field(description="How many there are.")
    worst: str | None = Field(None, description="The worst of them, in words.")
    result: Path = Field(description="File with all that was measured, see schema a1.qc/1.")
    page: Path | None = Field(None, description="Page that shows it, if one was written.")


class RenderReport(_Record):
    """What was asked for, what took part, what came out."""

    schema_version: Literal["a1.report/1"] = "a1.report/1"
    outcome: Literal["done", "failed", "cancelled"]
    error: str | None = None
    a1sdk: str = Field(description="Version of the SDK.")
    job: RenderJob
    inputs: list[FileRecord] = Field(default_factory=list)
    outputs: list[FileRecord] = Field(default_factory=list)
    components: list[ComponentRecord] = Field(default_factory=list)
    licenses: list[Part] = Field(
        default_factory=list, description="Everything that was used, with its licence."
    )
    commercial: CommercialUse = Field(
        "unknown",
        description="Whether all of it may be used commercially; terms: on conditions, or under a"
        " licence of the user's own. It does not speak of portrait and performance.",
    )
    frames: int = Field(0, description="Frames written.")
    rate: Rate | None = Field(None, description="Frames per second of the result.")
    size: tuple[int, int] | None = Field(None, description="Width and height of the result.")
    faces_in_portrait: int = 0
    layers: list[LayerRecord] = Field(
        default_factory=list, description="The layers of motion, the base first."
    )
    gaps: list[GapRecord] = Field(
        default_factory=list, description="Where the face of a layer was lost."
    )
    qc: QcRecord | None = Field(None, description="What inspecting the film came to, if it was.")
    warnings: list[str] = Field(default_factory=list)
    seconds: dict[str, float] = Field(
        default_factory=dict, description="Wall-clock seconds each stage was busy."
    )

    def note_layer(self, layer: OpenLayer) -> None:
        """Record a layer whose stream has ended, and warn where its face was lost.

        That its labels cannot be had must not cost a film that is complete.
        """
        try:
            labels = len(layer.labels())
        except A1Error as error:
            labels = None
            self.warnings.append(str(error))
        self.layers.append(
            LayerRecord(
                name=layer.name,
                ref=layer.planned.chosen.ref,
                regions=layer.layer.shares(),
                rate=layer.info.rate,
                labels=labels,
            )
        )
        self.gaps += [
            GapRecord(layer=layer.name, first=gap.frames.start, last=gap.frames.stop - 1)
            for gap in layer.gaps.gaps
        ]
        if layer.gaps.frames:
            whose, lost = layer.layer.who or layer.name, layer.gaps.frames
            self.warnings.append(
                f"The face of {whose!r} was lost in {lost} frames; they were filled in."
            )

    def save(self, path: Path) -> None:
        """Write the report as JSON, under its final name only when it is complete.

        Raises:
            StorageError: no space, no permission.
        """
        with replacing(path) as partial:
            partial.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
