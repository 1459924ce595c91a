"""Options of the encoder and of the tracker."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PackName = Literal["antelopev2", "buffalo_l", "buffalo_m", "buffalo_s", "buffalo_sc"]


class PackOptions(BaseModel):
    """Which models, and how they are run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: PackName | None = Field(
        default=None,
        description="Model pack to use, a folder of that name in A1_ASSET_PATH; the first of them"
        " that is here if not given.",
    )
    folder: Path | None = Field(
        default=None,
        description="Folder with the *.onnx files of a pack, whatever it is called, in place of"
        " `pack`.",
    )
    tensorrt: bool = Field(
        default=False, description="Run the networks by TensorRT where the device is CUDA."
    )
    min_score: float = Field(
        default=0.5, ge=0.02, le=1, description="Score below which a detection is no face."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.pack is not None and self.folder is not None:
            raise ValueError("give either pack or folder")
        return self


class EncoderOptions(PackOptions):
    """Options of `insightface/arcface`."""


class TrackerOptions(PackOptions):
    """Options of `insightface/scrfd`."""

    size: int = Field(
        default=640,
        ge=128,
        le=2560,
        multiple_of=32,
        description="Pixels a side to which pictures are reduced for the search; a face is seen"
        " from about 10 of them on. Detectors of a fixed size keep to that.",
    )
