"""Live Link Face CSV, and tables of ARKit coefficients like it.

Source: files that the iOS app of Epic Games writes: 63 columns, rotations in radians.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import degrees, pi
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import BLENDSHAPES, from_euler
from a1sdk_mocap.clock import decimal_seconds, seconds_of
from a1sdk_mocap.names import SHAPE, placed, shape_index
from a1sdk_mocap.sample import Table
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Doubles

NAME = "livelink"

_AXES = ("yaw", "pitch", "roll")
HEAD_COLUMNS = tuple(f"head{axis}" for axis in _AXES)
EYE_COLUMNS = tuple(
    f"{side}eye{axis}" for side in ("left", "right") for axis in ("yaw", "pitch", "roll")
)
HEAD_SIGNS = (-1.0, -1.0, 1.0)
"""From the file's yaw, pitch, roll to face space: the app's are positive to the subject's right,
down, and clockwise as seen. Its eye angles have those signs (correlation with the coefficients
0.99 and more), and Epic's `ToBlendShapeMap` takes heads and eyes through one formula."""

_COUNT = "blendshapecount"
_SECONDS = ("time", "time_s", "seconds", "timestamp")
_STILL = 1e-4
_FEWEST = 10


def matches(sample: Sample) -> bool:
    """Whether the first line names a time and ARKit shapes."""
    known = sum(shape_index(name) is not None for name in sample.columns)
    return known >= _FEWEST and _time_column(sample.columns) is not None


def _time_column(names: Sequence[str]) -> int | None:
    return next((names.index(name) for name in ("timecode", *_SECONDS) if name in names), None)


class _Columns:
    """Where in a row the time, the shapes, the head's angles and the count are."""

    def __init__(self, sample: Sample) -> None:
        names = sample.columns
        self.clock = _time_column(names) or 0
        self.shapes = placed(sample.titles, sample, HEAD_COLUMNS)
        self.head = [names.index(name) for name in HEAD_COLUMNS if name in names]
        self.count = [column for column, name in enumerate(names) if name == _COUNT]


def read(sample: Sample) -> Take:
    """Read a take; rows with a `BlendShapeCount` of 0 are gaps."""
    columns = _Columns(sample)
    table = Table(sample, label=columns.clock)
    rows, angles, times = Rows(sample), list[list[float]](), list[str]()
    values = np.zeros(BLENDSHAPES)
    for row in table.rows():
        times.append(row[1][columns.clock])
        if 0 in table.numbers(row, columns.count):
            rows.add_gap()
            angles.append([0.0] * len(columns.head))
        else:
            values[list(columns.shapes.values())] = table.numbers(row, list(columns.shapes))
            rows.add(row[0], values)
            angles.append(table.numbers(row, columns.head))
    present = rows.present
    rotations, still = _rotations(np.array(angles), sample)
    return Take(
        format=NAME,
        times=_times(times, table.names[columns.clock], sample),
        coefficients=rows.coefficients,
        present=present,
        rotations=rotations,
        notes=(*rows.notes, *still, *_left_out(columns.shapes.values(), table.names)),
    )


def _times(texts: list[str], column: str, sample: Sample) -> list[Fraction]:
    if column == "timecode":
        return seconds_of(texts, sample)
    return [decimal_seconds(text, sample) for text in texts]


def _rotations(angles: Doubles, sample: Sample) -> tuple[Doubles | None, tuple[str, ...]]:
    if angles.shape[1] < len(HEAD_COLUMNS) or np.abs(angles).max() < _STILL:
        return None, ("the head columns are zero or absent: the head stays still",)
    if np.abs(angles).max() > pi:
        sample.refuse(
            f"has a head angle of {np.abs(angles).max():.4g}, which is none in radians",
            hint="divide head columns in degrees by 57.29578",
        )
    return head_rotations(angles), ()


def head_rotations(angles: Doubles) -> Doubles:
    """Return rotations [n, 3, 3] of the file's yaw, pitch, roll [n, 3] in radians."""
    return np.stack([
        from_euler(*(sign * degrees(angle) for sign, angle in zip(HEAD_SIGNS, row, strict=True)))
        for row in angles
    ])  # fmt: skip


def _left_out(found: Collection[int], names: Sequence[str]) -> tuple[str, ...]:
    """Say which shapes are not there, and which columns are not read."""
    expected = {*HEAD_COLUMNS, *EYE_COLUMNS, *_SECONDS, "timecode", _COUNT, ""}
    absent = [name for name, index in SHAPE.items() if index not in found]
    other = [name for name in names if shape_index(name) is None and name not in expected]
    said = {"columns not there": absent, "columns left out": other}
    return tuple(f"{what}: {', '.join(which)}" for what, which in said.items() if which)
