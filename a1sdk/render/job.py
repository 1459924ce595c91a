"""The render job: everything that decides what a render looks like, as a file or as an object."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from a1sdk.components.fields import Rate

Mode = Literal["relative", "absolute"]
ExpressionMode = Literal["auto", "relative", "absolute"]


class Strict(BaseModel):
    """Base of every model that is read from a file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ComponentChoice(Strict):
    """A component and its options."""

    use: str = Field(description="Reference: plugin/component, or a plugin's name alone.")
    options: dict[str, Any] = Field(default_factory=dict, description="The component's options.")


class Performance(Strict):
    """How the driver's motion is carried onto the portrait."""

    expression: ExpressionMode = Field(
        default="auto",
        description="relative adds the driver's expression to the portrait's own; absolute"
        " replaces it; auto replaces that of a portrait that smiles or speaks, unless the driver"
        " does so all along.",
    )
    head: Mode = Field(
        default="relative",
        description="relative adds the driver's head motion to the portrait's pose; absolute"
        " replaces it.",
    )
    expression_gain: float = Field(
        default=1.0, ge=0, le=3, description="Strength of the expression."
    )
    head_gain: float = Field(default=1.0, ge=0, le=3, description="Strength of the head motion.")
    gaps: Literal["hold", "interpolate", "neutral", "fail"] = Field(
        default="interpolate", description="What to do where the driver's face is lost."
    )


class Delivery(Strict):
    """The film that is written."""

    rate: Rate | None = Field(
        default=None, description="Frames per second; the driver's own if absent."
    )
    size: tuple[int, int] | None = Field(
        default=None, description="Width and height in pixels; the portrait's own if absent."
    )
    fit: Literal["crop", "pad"] = Field(
        default="crop", description="How a portrait of another aspect ratio fills the size."
    )
    codec: str | None = Field(default=None, description="Codec; by the file's suffix if absent.")
    timecode: str | None = Field(default=None, description="Start timecode, HH:MM:SS:FF.")
    audio: bool = Field(default=True, description="Carry the driver's sound over.")
    side_by_side: bool = Field(
        default=False, description="Show the driver to the left of the result."
    )

    @field_validator("size")
    @classmethod
    def _sane(cls, size: tuple[int, int] | None) -> tuple[int, int] | None:
        if size is not None and not all(16 <= side <= 16384 for side in size):
            raise ValueError("both sides must be between 16 and 16384 pixels")
        return size


class RenderJob(Strict):
    """One render."""

    schema_version: Literal["a1.job/1"] = "a1.job/1"
    portrait: Path = Field(description="Picture to animate.")
    motion: ComponentChoice = Field(description="Where the performance comes from.")
    output: Path = Field(description="File to write; a folder or name.%04d.png is a sequence.")
    renderer: ComponentChoice = Field(ComponentChoice(use="warp/mesh"), description="Who draws.")
    tracker: ComponentChoice = Field(
        ComponentChoice(use="facemesh/landmarks"), description="Who finds faces."
    )
    face: str = Field(
        "largest",
        pattern=r"^(largest|\d+|\d+(\.\d+)?,\d+(\.\d+)?)$",
        description="Face of the portrait: largest, an index (0 is the largest), or x,y in pixels.",
    )
    performance: Performance = Field(Performance(), description="How motion is carried over.")
    delivery: Delivery = Field(Delivery(), description="The film that is written.")
    seed: int = Field(0, ge=0, description="Seed of everything random.")
    device: str = Field("cpu", description="Device to work on: cpu, cuda:0, mps.")
