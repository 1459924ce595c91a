"""The base of the models, and how what is wrong in them is put."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pydantic import BaseModel, ConfigDict

from a1sdk_keyframes.channels import find


class Strict(BaseModel):
    """Unknown names are errors, and nothing changes once it is checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def plain(value: Any) -> str:
    """Return a time as it is written: `0.5s`, or `1/3s` where decimals cannot say it."""
    for places in range(7):
        scaled = value * 10**places
        if scaled.denominator == 1:
            return f"{float(value):.{places}f}s"
    return f"{value}s"


def check_value(channel: str, value: float, when: str) -> None:
    """Check a key's value.

    Raises:
        ValueError: it is no number, or beyond what the channel can be.
    """
    known = find(channel)
    if not isfinite(value):
        raise ValueError(f"channel {channel!r} at {when}: {value} is no finite number")
    if not known.low <= value <= known.high:
        limits = f"{known.low:g} to {known.high:g}"
        raise ValueError(f"channel {channel!r} at {when}: {value:g} is not in {limits}")
