"""Options of the face tracker."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Options of `facemesh/landmarks`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: Literal["auto", "bundle", "fallback"] = Field(
        default="auto",
        description="Which model files to use: the bundle (478 points and blendshapes), the "
        "fallback (478 points, no blendshapes), or the first of them that is here.",
    )
    blendshapes: bool = Field(
        default=True, description="Whether to compute blendshapes, where the models can."
    )
    min_score: float = Field(
        default=0.5, ge=0, le=1, description="Presence score below which a face counts as lost."
    )
