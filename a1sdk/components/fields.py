"""Types of fields that many pydantic models have, of the core's and of plugins'."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from a1sdk.errors import ConfigError
from a1sdk.timing import as_rate, as_time


def _rate(value: Any) -> Fraction:
    try:
        return as_rate(value)
    except ConfigError as error:  # pydantic adds which field it is
        raise ValueError(str(error)) from error


def _time(value: Any) -> Fraction:
    try:
        return as_time(value)
    except ConfigError as error:
        raise ValueError(f"{error} {error.hint}".strip()) from error


Rate = Annotated[
    Fraction,
    BeforeValidator(_rate),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(/[0-9]+)?$"}),
]
"""Frames per second: exact, written as `25` or `24000/1001`."""

Time = Annotated[
    Fraction,
    BeforeValidator(_time),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["1.5s", "3/2", "1500ms", 2]}),
]
"""Seconds: exact, written as `"1.5s"`, `"3/2"`, `"1500ms"` or a whole number."""
