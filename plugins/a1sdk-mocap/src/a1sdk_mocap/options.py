"""Options of the motion sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from a1sdk.plugin import Rate, Time

Axis = Literal["yaw", "pitch", "roll"]


def _listed(value: Any) -> Any:
    """Take `"yaw,roll"` for a list."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


class TakeOptions(BaseModel):
    """Options of `mocap/take`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The file: what is in it says which format it has.")
    format: str = Field(
        default="auto",
        description="The file's format, where its content cannot tell: livelink, arkit, openface, "
        "liveportrait, audio2face, usd, maya, flame, packets.",
    )
    rate: Rate | None = Field(
        default=None, description="Frames per second of the motion; the take's own if absent."
    )
    row_rate: Rate | None = Field(
        default=None,
        description="Rows per second of the file, where it does not say, or says it wrong.",
    )
    start: Time | None = Field(
        default=None, description="Begin there, in seconds after the take's first row."
    )
    end: Time | None = Field(
        default=None, description="End there, in seconds after the take's first row."
    )
    head: Literal["relative", "absolute", "off"] = Field(
        default="relative",
        description="Measure head rotations from the take's neutral pose, or from facing the "
        "camera; or leave the head still.",
    )
    flip: Annotated[frozenset[Axis], BeforeValidator(_listed)] = Field(
        default=frozenset(),
        description="Head angles whose sign is to be turned: yaw, pitch, roll, as yaw,roll.",
    )
    gain: float = Field(default=1.0, ge=0, le=3, description="Factor on all coefficients.")


class CueOptions(BaseModel):
    """Options of `mocap/cues`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The file of mouth cues.")
    rate: Rate | None = Field(default=None, description="Frames per second; 25 if absent.")
    dat_rate: Rate = Field(
        default="24",
        validate_default=True,
        description="Frames per second that a .dat file counts in.",
    )
    strength: float = Field(default=1.0, ge=0, le=2, description="Factor on the mouth shapes.")
