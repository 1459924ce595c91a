"""Options of `warp/mesh`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MeshOptions(BaseModel):
    """What a user may choose about the warp."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    background: Literal["auto", "elastic"] = Field(
        "auto",
        description=(
            "How the picture behind the head is kept still: `auto` cuts the head out and fills in "
            "what it uncovers, where the cut-out is clean; `elastic` stretches it with the head."
        ),
    )
    teeth: bool = Field(
        True, description="Whether an opening mouth shows teeth that the portrait does not show."
    )
