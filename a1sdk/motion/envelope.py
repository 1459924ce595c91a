"""Weights that change over time."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from a1sdk.components.fields import Time
from a1sdk.motion.mix import smoothstep

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Envelope(BaseModel):
    """A weight 0..1 over the film's time: constant, or keys with a curve between them.

    Written as a number, as `[[time, weight], ...]`, or as an object where the curve is named.
    Before the first key and after the last, the weight is that key's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[tuple[Time, Weight], ...] = Field(
        description="Times in seconds of the film, ascending, and weights 0..1."
    )
    curve: Literal["linear", "smooth"] = Field(
        default="linear", description="Between keys: straight, or slow near each key."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Read what stands for an envelope: a number, or keys alone."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {"keys": [[0, value]]}
        return {"keys": value} if isinstance(value, (list, tuple)) else value

    @model_validator(mode="after")
    def _ascending(self) -> Envelope:
        if not self.keys:
            raise ValueError("an envelope has at least one key")
        for (time, _), (following, _) in pairwise(self.keys):
            if following <= time:
                raise ValueError(f"key at {following} s does not come after the one at {time} s")
        return self

    @model_serializer(mode="wrap")
    def _shortest(self, full: Any) -> Any:
        if len(self.keys) == 1:
            return self.keys[0][1]
        written = full(self)
        return written["keys"] if self.curve == "linear" else written

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        full = handler.resolve_ref_schema(handler(core_schema))
        number = {"type": "number", "minimum": 0, "maximum": 1}
        about = {name: full.pop(name) for name in ("title", "description")}
        return {**about, "anyOf": [number, full["properties"]["keys"], full]}

    def at(self, time: Fraction) -> float:
        """Return the weight at a time, in seconds."""
        place = bisect_right(self.keys, time, key=_time)
        if place in (0, len(self.keys)):
            return self.keys[min(place, len(self.keys) - 1)][1]
        (start, first), (end, last) = self.keys[place - 1 : place + 1]
        share = float((time - start) / (end - start))
        if self.curve == "smooth":
            share = smoothstep(share)
        return (1.0 - share) * first + share * last


CONSTANT = Envelope.model_validate(1)
"""Full weight all the time."""


def faded(
    time: Fraction,
    start: Fraction,
    end: Fraction | None,
    fade_in: Fraction,
    fade_out: Fraction,
) -> float:
    """Return the weight that fading in from `start` and out towards `end` leaves at a time.

    Linear, so that what fades out and what fades in over the same seconds add up to 1.
    """
    weight = Fraction(1)
    if fade_in > 0:
        weight = min(weight, (time - start) / fade_in)
    if fade_out > 0 and end is not None:
        weight = min(weight, (end - time) / fade_out)
    return float(max(Fraction(0), weight))


def _time(key: tuple[Fraction, float]) -> Fraction:
    return key[0]
