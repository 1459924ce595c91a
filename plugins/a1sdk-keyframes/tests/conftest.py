"""Keys by a short name: what a file says, at some time."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from a1sdk_keyframes.channels import SLOTS
from a1sdk_keyframes.model import KeysFile
from a1sdk_keyframes.performance import Performance
from a1sdk_keyframes.reading import parse_keys

from a1sdk.plugin import as_time

Read = Callable[..., KeysFile]
Played = Callable[..., list[dict[str, float]]]


@pytest.fixture
def read() -> Read:
    """Read keys as from a file called beat.json."""

    def made(**data: Any) -> KeysFile:
        return parse_keys(json.dumps({"schema_version": "a1.keys/1", **data}), "beat.json")

    return made


@pytest.fixture
def played(read: Read) -> Played:
    """The slots of keys at some times, by name."""

    def made(data: dict[str, Any], *times: Fraction | int | str, seed: int = 7) -> Any:
        performance = Performance(read(**data), seed)
        found = [performance.values(as_time(time)) for time in times]
        return [dict(zip(SLOTS, values, strict=True)) for values in found]

    return made
