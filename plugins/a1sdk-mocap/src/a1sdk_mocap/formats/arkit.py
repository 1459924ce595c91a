"""ARKit and MediaPipe coefficients in JSON, in the layouts that people write.

A document is a list of frames, or an object with `frames` (or `data`) and `fps` (or `rate`,
`frameRate`). A frame has its coefficients as an object, as a list of `{categoryName, score}`, or
as a list of numbers that the document's `names` name; optionally its time and a 4 x 4 matrix:
`matrix` and `facial_transformation_matrix` in centimetres as MediaPipe gives it, `transform` in
metres as ARKit does. `found: false`, or no coefficients, is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import BLENDSHAPES, ConfigError, as_rate, resting_scores
from a1sdk_mocap.clock import decimal_seconds
from a1sdk_mocap.head import FACE_UNIT, from_opengl, is_rotation, seen_from_camera
from a1sdk_mocap.names import placed, shape_index
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Doubles

NAME = "arkit"

_FRAMES = ("frames", "data", "results")
_RATES = ("fps", "rate", "frameRate", "frame_rate")
_NAMES = ("names", "blendshapeNames", "blendshape_names", "blendShapeNames")
_COEFFICIENTS = (
    "blendshapes",
    "blendShapes",
    "faceBlendshapes",
    "face_blendshapes",
    "coefficients",
)
_SECONDS = ("t", "time", "timestamp")
_MILLISECONDS = ("time_ms", "timestamp_ms", "timestampMs")
_FOUND = ("found", "detected", "tracked", "isTracked")
_MATRICES = {  # by name: units in a metre
    "matrix": 100.0,
    "facial_transformation_matrix": 100.0,
    "facial_transformation_matrixes": 100.0,
    "facialTransformationMatrixes": 100.0,
    "transform": 1.0,
}
_FEWEST = 5


def matches(sample: Sample) -> bool:
    """Whether the JSON has frames, one of which has coefficients."""
    frames = _frames(sample.document)
    return any(_first(frame, _COEFFICIENTS) is not None for frame in frames[:1000])


def _frames(document: Any) -> list[Mapping[str, Any]]:
    """Return the document's frames; none where it has another layout."""
    listed = document if isinstance(document, list) else _first(document, _FRAMES)
    if not isinstance(listed, list) or not all(isinstance(frame, dict) for frame in listed):
        return []
    return listed


def _first(item: Any, names: Sequence[str] | Mapping[str, Any]) -> Any:
    """Return the value of the first of some names that an object has."""
    known = isinstance(item, Mapping)
    return next((item[name] for name in names if name in item), None) if known else None


def read(sample: Sample) -> Take:
    """Read a take."""
    frames = _frames(sample.document)
    rows = Rows(sample)
    names = _listed_names(sample)
    _check_names(frames, names, sample)
    for number, frame in enumerate(frames):
        values = None if _first(frame, _FOUND) is False else _coefficients(frame, names)
        if values is None:
            rows.add_gap()
        else:
            rows.add(f"frame {number}", values)
    present = rows.present
    rotations, translations = _heads(frames, present, sample)
    return Take(
        format=NAME,
        times=_times(frames, sample),
        coefficients=rows.coefficients,
        present=present,
        rate=_rate(sample),
        rotations=rotations,
        translations=translations,
        neutral_scores=resting_scores() if _is_mediapipe(frames) else None,
        notes=rows.notes,
    )


def _check_names(frames: Sequence[Mapping[str, Any]], names: Sequence[str], sample: Sample) -> None:
    """Refuse misspelled shapes in the first frame that has coefficients; all have its names."""
    first = (frame for frame in frames if _coefficients(frame, names) is not None)
    given = _pairs(_first(next(first, None), _COEFFICIENTS), names)
    placed([str(name) for name, _ in given], sample)


def _is_mediapipe(frames: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the coefficients are MediaPipe's, which has one called `_neutral`."""
    given = (_first(frame, _COEFFICIENTS) for frame in frames)
    found = next((pairs for item in given if (pairs := list(_pairs(item, ())))), [])
    return any(name == "_neutral" for name, _ in found)


def _listed_names(sample: Sample) -> list[str]:
    names = _first(sample.document, _NAMES)
    return [str(name) for name in names] if isinstance(names, list) else []


def _coefficients(frame: Mapping[str, Any], names: Sequence[str]) -> Doubles | None:
    """Return the 52 coefficients of a frame; None where it has none."""
    values = np.zeros(BLENDSHAPES)
    known = 0
    for name, value in _pairs(_first(frame, _COEFFICIENTS), names):
        index = shape_index(str(name))
        if index is not None:
            values[index] = _number(value)
            known += 1
    return values if known >= _FEWEST else None


def _number(value: Any) -> float:
    """Return a number of JSON; NaN for what is none, and for integers beyond all numbers."""
    try:
        return float(value) if isinstance(value, int | float) else nan
    except OverflowError:
        return nan


def _pairs(given: Any, names: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Yield names and values, in whichever way they are given."""
    if isinstance(given, Mapping):
        given = given.get("categories", given)
    if isinstance(given, Mapping):
        yield from given.items()
    elif isinstance(given, list) and len(given) == 1 and not isinstance(given[0], int | float):
        yield from _pairs(given[0], names)  # a list of faces, with one
    elif isinstance(given, list):
        for number, item in enumerate(given):
            if isinstance(item, Mapping):
                name = _first(item, ("categoryName", "category_name", "name"))
                yield name, _first(item, ("score", "value", "weight"))
            elif number < len(names):
                yield names[number], item


def _times(frames: Sequence[Mapping[str, Any]], sample: Sample) -> list[Fraction] | None:
    if all(_first(frame, _SECONDS) is not None for frame in frames):
        return [decimal_seconds(_first(frame, _SECONDS), sample) for frame in frames]
    if all(_first(frame, _MILLISECONDS) is not None for frame in frames):
        times = [decimal_seconds(_first(frame, _MILLISECONDS), sample) for frame in frames]
        return [time / 1000 for time in times]
    return None


def _rate(sample: Sample) -> Fraction | None:
    rate = _first(sample.document, _RATES)
    if rate is None:
        return None
    try:
        return as_rate(rate)
    except ConfigError as error:
        sample.refuse(f"says a wrong rate: {str(error).rstrip('.')}")


def _heads(
    frames: Sequence[Mapping[str, Any]], present: Any, sample: Sample
) -> tuple[Doubles | None, Doubles | None]:
    """Return rotations and translations; None where not every face has a matrix."""
    given = [_first(frame, _MATRICES) for frame in frames]
    if any(matrix is None for matrix, seen in zip(given, present, strict=True) if seen):
        return None, None
    matrices = np.stack([
        _affine(matrix, number, sample) if seen else np.eye(4)
        for number, (matrix, seen) in enumerate(zip(given, present, strict=True))
    ])  # fmt: skip
    unit = FACE_UNIT * _units(frames[int(np.argmax(present))])
    positions = matrices[:, :3, 3] * (1.0, -1.0, -1.0)
    return from_opengl(matrices[:, :3, :3]), seen_from_camera(positions, present, unit)


def _units(frame: Mapping[str, Any]) -> float:
    return next(units for name, units in _MATRICES.items() if name in frame)


def _affine(given: Any, number: int, sample: Sample) -> Doubles:
    """Return a 4 x 4 matrix for column vectors, from rows, columns or one list of 16 numbers."""
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, Mapping):
        given = given.get("data")
    try:
        matrix = np.asarray(given, np.float64).reshape(4, 4)
    except (TypeError, ValueError, OverflowError):
        matrix = np.full((4, 4), nan)
    if np.abs(matrix[3, :3]).max() > 1e-6 and np.abs(matrix[:3, 3]).max() < 1e-6:
        matrix = matrix.T  # column by column
    if not is_rotation(matrix[:3, :3]) or not np.isfinite(matrix).all():
        sample.refuse(f"has a matrix in frame {number} that turns and moves no head")
    return matrix
