"""The values behind the curves, packed so that long films fit into the page."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a1sdk.qc.model import QcResult, Series

    Row = Sequence[float | None]

BUDGET = 1_800_000
"""Characters that the packed values may take; ten minutes of film take fewer."""


@dataclass(frozen=True)
class Packed:
    """Values of all series: gzip of JSON, as base64.

    Attributes:
        text: rows of values, each followed by that of what was asked for or null.
        bucket: frames that one value stands for, the worst of them.
    """

    text: str
    bucket: int


def packed(result: QcResult, budget: int = BUDGET) -> Packed:
    """Return the values of a result: all of them, or as many as a budget of characters allows."""
    bucket = 1
    while True:
        text = _pack([row for one in result.series for row in _rows(one, bucket)])
        if len(text) <= budget or bucket >= max(1, result.frames):
            return Packed(text, bucket)
        bucket = max(bucket + 1, ceil(bucket * len(text) / budget))


def _pack(rows: list[Row | None]) -> str:
    plain = json.dumps(rows, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(plain, mtime=0)).decode()


def _rows(series: Series, bucket: int) -> Iterator[Row | None]:
    """Yield the values of a series and what was asked for, at the worst frame of each bucket."""
    if bucket == 1:
        yield series.values
        yield series.asked
        return
    chosen = [_worst(series, start, bucket) for start in range(0, len(series.values), bucket)]
    yield [series.values[frame] for frame in chosen]
    yield None if series.asked is None else [series.asked[frame] for frame in chosen]


def _worst(series: Series, start: int, count: int) -> int:
    """Return the frame with the worst value of some, or the first where none has one."""
    sign = 1 if series.bad == "above" else -1
    known = [
        (sign * value, -frame)
        for frame, value in enumerate(series.values[start : start + count], start)
        if value is not None
    ]
    return -max(known)[1] if known else start
