"""Options of `keyframes/keys` and `keyframes/json`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from a1sdk.plugin import Rate, Time
from a1sdk_keyframes.base import Strict
from a1sdk_keyframes.model import KeysFile


class Options(Strict):
    """Options of `keyframes/keys`: keys from a file, or in place."""

    path: Path | None = Field(default=None, description="A file of keys, a1.keys/1.")
    keys: KeysFile | None = Field(default=None, description="The same, in place of a file.")
    rate: Rate | None = Field(
        default=None, description="Frames per second; the file's, or 25, if absent."
    )
    duration: Annotated[Time, Field(gt=0)] | None = Field(
        default=None, description="How long it lasts; as long as the file says if absent."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Options:
        if (self.path is None) == (self.keys is None):
            raise ValueError("give either path or keys")
        return self


class WriterOptions(Strict):
    """Options of `keyframes/json`: how far the curves may be from the motion, on any frame."""

    shapes: float = Field(default=0.02, ge=0.001, le=1, description="Of shapes, which run to 1.")
    degrees: float = Field(default=0.2, ge=0.001, le=90, description="Of the head's angles.")
    units: float = Field(
        default=0.003, ge=0.001, le=1, description="Of the head's place, in face units."
    )
