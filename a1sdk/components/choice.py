"""The choice of a component, as files and jobs name it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ComponentChoice(BaseModel):
    """A component and its options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    use: str = Field(description="Reference: plugin/component, or a plugin's name alone.")
    options: dict[str, Any] = Field(default_factory=dict, description="The component's options.")
