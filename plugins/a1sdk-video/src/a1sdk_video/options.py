"""Options of the motion sources."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from a1sdk.plugin import Rate, Time

FACE = r"^(largest|\d+|\d+(\.\d+)?%?,\d+(\.\d+)?%?)$"


class Options(BaseModel):
    """Options of `video/face`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The driving video.")
    start: Time = Field(
        default=Fraction(0),
        ge=0,
        description="Seconds after the video's first picture at which the performance begins.",
    )
    duration: Annotated[Time, Field(gt=0)] | None = Field(
        default=None, description="Seconds of it to take; up to the video's end if absent."
    )
    face: str = Field(
        default="largest",
        pattern=FACE,
        description="Whose face, where the first one is seen: largest; a number, 0 being the "
        "largest; or x,y, the face nearest to a point in pixels, or in percent as 30%,50%.",
    )
    neutral: Literal["auto"] | Annotated[int, Field(ge=0)] = Field(
        default="auto",
        description="The subject's neutral face: auto estimates it from the first pictures; a "
        "number takes it from that frame, counted from the start.",
    )
    head: Literal["relative", "absolute"] = Field(
        default="relative",
        description="Measure head rotations from the neutral pose, or from facing the camera.",
    )
    smoothing: float = Field(
        default=1.0,
        ge=0,
        le=4,
        description="How much of the tracker's jitter to take out; 0 for none of it.",
    )
    rate: Rate | None = Field(
        default=None, description="Frames per second of the motion; the video's own if absent."
    )


class ClipOptions(BaseModel):
    """Options of `video/clip`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="A motion file, as `a1 motion extract` writes it.")
