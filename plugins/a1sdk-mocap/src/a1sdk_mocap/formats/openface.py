"""OpenFace 2.x CSV: action units, head pose, gaze.

Source: OpenFace's output format. `AUxx_r` are intensities 0 to 5 of the Facial Action Coding
System; `pose_R*` radians, `pose_T*` millimetres, axes as face space has them, with the rotation
`Rx @ Ry @ Rz`; gaze as vectors in those axes. Action units have no sides: both sides get them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import BLENDSHAPES, rotation_exp
from a1sdk_mocap.clock import decimal_seconds
from a1sdk_mocap.head import FACE_UNIT, seen_from_camera
from a1sdk_mocap.names import SHAPE
from a1sdk_mocap.sample import Table
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Doubles

NAME = "openface"

STRONGEST = 5.0
"""The highest intensity of an action unit."""

UNITS: Mapping[str, Mapping[str, float]] = {
    "au01_r": {"browInnerUp": 1.0},
    "au02_r": {"browOuterUp": 1.0},
    "au04_r": {"browDown": 1.0},
    "au05_r": {"eyeWide": 1.0},
    "au06_r": {"cheekSquint": 1.0},
    "au07_r": {"eyeSquint": 1.0},
    "au09_r": {"noseSneer": 1.0},
    "au10_r": {"mouthUpperUp": 1.0},
    "au12_r": {"mouthSmile": 1.0},
    "au14_r": {"mouthDimple": 1.0},
    "au15_r": {"mouthFrown": 1.0},
    "au17_r": {"mouthShrugLower": 1.0},
    "au20_r": {"mouthStretch": 1.0},
    "au23_r": {"mouthPress": 1.0},
    "au25_r": {"mouthLowerDown": 0.5},
    "au26_r": {"jawOpen": 1.0},
    "au45_r": {"eyeBlink": 1.0},
}
"""Action units to shapes, by what the Facial Action Coding System says each muscle does; the
shapes of both sides where the name has none. An approximation: intensities are no positions."""

_POSE = ("pose_tx", "pose_ty", "pose_tz", "pose_rx", "pose_ry", "pose_rz")
_GAZE = tuple(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz")
_SAME = 300.0  # millimetres that a face may move from one picture to the next


def matches(sample: Sample) -> bool:
    """Whether the first line names OpenFace's columns."""
    return {"success", "confidence", "timestamp"} <= set(sample.columns)


class _Face:
    """A row: one face in one picture."""

    def __init__(self, name: str, numbers: Sequence[float], columns: Sequence[str]) -> None:
        self.name = name
        self.of = dict(zip(columns, numbers, strict=True))
        self.time = self.of["timestamp"]
        self.found = self.of["success"] != 0
        self.place = np.array([self.of.get(column, 0.0) for column in _POSE[:3]])


def read(sample: Sample) -> Take:
    """Read a take; rows without success are gaps."""
    rows, faces = Rows(sample), list[_Face]()
    for face in _followed(_faces(sample)):
        faces.append(face)
        if face.found:
            rows.add(face.name, _coefficients(face))
        else:
            rows.add_gap()
    present = rows.present
    columns = set(sample.columns)
    posed = set(_POSE) <= columns
    return Take(
        format=NAME,
        times=[decimal_seconds(face.time, sample) for face in faces],
        coefficients=rows.coefficients,
        present=present,
        rotations=np.stack([_rotation(face) for face in faces]) if posed else None,
        translations=_translations(faces, present) if posed else None,
        gaze=np.stack([_gaze(face) for face in faces]) if set(_GAZE) <= columns else None,
        confidence=np.clip([face.of["confidence"] for face in faces], 0, 1).astype(np.float32),
        notes=("action units are intensities: the shapes are an approximation",),
    )


def _faces(sample: Sample) -> Iterator[_Face]:
    table = Table(sample, label=sample.columns.index("timestamp"))
    wanted = ("timestamp", "confidence", "success", *UNITS, *_POSE, *_GAZE)
    columns = [name for name in wanted if name in table.names]
    places = [table.names.index(name) for name in columns]
    for row in table.rows():
        yield _Face(row[0], table.numbers(row, places), columns)


def _followed(faces: Iterator[_Face]) -> Iterator[_Face]:
    """Yield one face of each picture: the nearest to the camera, then the one that it was.

    `face_id` is not relied on: it changes between pictures.
    """
    last: _Face | None = None
    for _, group in groupby(faces, key=lambda face: face.time):
        seen = list(group)
        found = [face for face in seen if face.found]
        if not found:
            yield seen[0]
            continue
        last = _again(found, last)
        yield last


def _again(found: Sequence[_Face], last: _Face | None) -> _Face:
    if last is not None:
        nearest = min(found, key=lambda face: float(np.linalg.norm(face.place - last.place)))
        if np.linalg.norm(nearest.place - last.place) < _SAME:
            return nearest
    return min(found, key=lambda face: float(face.place[2]))


def _coefficients(face: _Face) -> Doubles:
    values = np.zeros(BLENDSHAPES)
    for unit, shapes in UNITS.items():
        strength = min(1.0, max(0.0, face.of.get(unit, 0.0) / STRONGEST))
        for shape, share in shapes.items():
            for name in (shape, f"{shape}Left", f"{shape}Right"):
                if name in SHAPE:
                    values[SHAPE[name]] = strength * share
    return values


def _gaze(face: _Face) -> Doubles:
    """Return where the eyes look: the mean of both; ahead where there is no face."""
    if not face.found:
        return np.array([0.0, 0.0, -1.0])
    directions = np.array([face.of[column] for column in _GAZE]).reshape(2, 3)
    return np.asarray(directions.mean(0))


def _rotation(face: _Face) -> Doubles:
    angles = [face.of.get(column, 0.0) if face.found else 0.0 for column in _POSE[3:]]
    x, y, z = (rotation_exp(axis * angle) for axis, angle in zip(np.eye(3), angles, strict=True))
    return np.asarray(x @ y @ z)


def _translations(faces: Sequence[_Face], present: np.ndarray) -> Doubles | None:
    places = np.stack([face.place for face in faces])
    if (places[present, 2] <= 0).any():
        return None
    return seen_from_camera(places, present, FACE_UNIT * 1000)
