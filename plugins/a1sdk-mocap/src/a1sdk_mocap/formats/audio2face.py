"""NVIDIA Audio2Face JSON: weights of named poses, one row a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import BLENDSHAPES, ConfigError, as_rate
from a1sdk_mocap.names import placed
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

NAME = "audio2face"

_FEWEST = 5


def matches(sample: Sample) -> bool:
    """Whether the JSON has the keys of an Audio2Face export."""
    return {"facsNames", "weightMat"} <= sample.keys


def read(sample: Sample) -> Take:
    """Read an export; joints are left out."""
    document = sample.document
    names, weights = document["facsNames"], document["weightMat"]
    if not isinstance(names, list) or not isinstance(weights, list):
        sample.refuse("has no lists `facsNames` and `weightMat`")
    known = placed([str(name) for name in names], sample)
    if len(known) < _FEWEST:
        sample.refuse(
            "names its poses by no ARKit shapes",
            hint="export with the ARKit blendshape solve, not with that of a rig's own poses",
        )
    rows = Rows(sample)
    for number, row in enumerate(weights):
        values = np.zeros(BLENDSHAPES)
        given = _weights(row, len(names), number, sample)
        values[list(known.values())] = given[list(known)]
        rows.add(f"frame {number}", values)
    left_out = [str(name) for place, name in enumerate(names) if place not in known]
    return Take(
        format=NAME,
        times=None,
        coefficients=rows.coefficients,
        present=rows.present,
        rate=_rate(document.get("exportFps"), sample),
        notes=(*rows.notes, *([f"poses left out: {', '.join(left_out)}"] if left_out else [])),
    )


def _weights(row: Any, count: int, number: int, sample: Sample) -> Any:
    try:
        values = np.asarray(row, np.float64)
    except (TypeError, ValueError, OverflowError):
        values = np.zeros(0)
    if values.shape != (count,):
        sample.refuse(f"has other than {count} weights in frame {number}")
    return values


def _rate(value: Any, sample: Sample) -> Any:
    try:
        return as_rate(value)
    except ConfigError as error:
        sample.refuse(f"says no rate in `exportFps`: {str(error).rstrip('.')}")
