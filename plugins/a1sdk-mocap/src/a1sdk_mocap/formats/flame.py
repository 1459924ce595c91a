"""FLAME coefficients in `.npz`: jaw, eyelids, eyes and head; the rest cannot be carried.

Axis-angle vectors in radians, metres, OpenGL-like axes (Li et al., "Learning a model of facial
shape and expression from 4D scans", 2017). The expression coefficients are those of principal
components: none of them is a shape of its own, and they need the licensed model to become one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import BLENDSHAPES, ConfigError, as_rate, rotation_exp
from a1sdk_mocap.head import FACE_UNIT, from_median, from_opengl, look
from a1sdk_mocap.names import SHAPE
from a1sdk_mocap.npz import load_arrays, member_names
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Doubles

NAME = "flame"

JAW_OPEN, JAW_ASIDE = 0.35, 0.15
"""Radians of the jaw's turn at which `jawOpen`, and `jawLeft` or `jawRight`, are taken for 1."""

_NAMES: dict[str, tuple[str, ...]] = {
    "expression": ("expr", "expression", "expression_params", "exp"),
    "jaw": ("jaw_pose", "jaw", "jaw_params"),
    "head": ("rotation", "global_orient", "global_pose", "pose", "pose_params"),
    "neck": ("neck_pose", "neck"),
    "eyes": ("eyes_pose", "eyes", "eye_pose"),
    "eyelids": ("eyelid", "eyelids", "eyelid_params"),
    "translation": ("translation", "transl", "trans"),
    "rate": ("fps", "frame_rate"),
}
_WIDTHS: dict[str, int | None] = {
    "expression": None,
    "jaw": 3,
    "head": 3,
    "neck": 3,
    "eyes": 6,
    "eyelids": 2,
    "translation": 3,
}


def matches(sample: Sample) -> bool:
    """Whether the archive has FLAME's expression or jaw."""
    return bool(set(member_names(sample)) & {*_NAMES["expression"], *_NAMES["jaw"]})


def read(sample: Sample) -> Take:
    """Read what of FLAME's coefficients can be shown."""
    tracks = _tracks(sample)
    count = len(next(iter(tracks.values())))
    rows = Rows(sample)
    for number in range(count):
        rows.add(f"frame {number}", _coefficients(tracks, number))
    present = rows.present
    head = [_turn(tracks, "head", n) @ _turn(tracks, "neck", n) for n in range(count)]
    place = tracks.get("translation")
    return Take(
        format=NAME,
        times=None,
        coefficients=rows.coefficients,
        present=present,
        rate=_rate(sample),
        rotations=from_opengl(np.stack(head)) if {"head", "neck"} & tracks.keys() else None,
        translations=None
        if place is None
        else from_median(place * (1.0, -1.0, -1.0) / FACE_UNIT, present),
        notes=("FLAME's expression components are not carried: only jaw, eyelids, eyes and head",),
    )


def _tracks(sample: Sample) -> dict[str, Doubles]:
    """Return [n, width] by meaning."""
    wanted = frozenset(name for key in _WIDTHS for name in _NAMES[key])
    arrays = load_arrays(sample, wanted)
    tracks = {key: found for key in _WIDTHS if (found := _first(arrays, _NAMES[key])) is not None}
    counts = {len(track) for track in tracks.values() if track.ndim == 2}
    for key, track in tracks.items():
        width = _WIDTHS[key] or track.shape[-1]
        if track.ndim != 2 or track.shape[1] != width or len(counts) != 1:
            sample.refuse(
                f"has {key} of shape {list(track.shape)}; [frames, {width}] is due, as many frames"
                " as of the others"
            )
        if not np.isfinite(track).all():
            sample.refuse(f"has values of {key} that are not finite")
    if tracks.keys() <= {"expression"}:
        sample.refuse("has FLAME's expression components alone, which need FLAME's model")
    return tracks


def _first(arrays: Mapping[str, Any], names: Sequence[str]) -> Doubles | None:
    return next((arrays[name].astype(np.float64) for name in names if name in arrays), None)


def _rate(sample: Sample) -> Fraction | None:
    given = _first(load_arrays(sample, frozenset(_NAMES["rate"])), _NAMES["rate"])
    if given is None:
        return None
    try:
        return as_rate(float(given.reshape(-1)[0]))
    except (ConfigError, IndexError) as error:
        sample.refuse(f"says a wrong rate: {error}")


def _turn(tracks: Mapping[str, Doubles], key: str, number: int) -> Doubles:
    return rotation_exp(tracks[key][number]) if key in tracks else np.eye(3)


def _coefficients(tracks: Mapping[str, Doubles], number: int) -> Doubles:
    values = np.zeros(BLENDSHAPES)
    if "jaw" in tracks:
        down, aside, _ = tracks["jaw"][number]
        values[SHAPE["jawOpen"]] = np.clip(down / JAW_OPEN, 0, 1)
        values[SHAPE["jawLeft"]] = np.clip(aside / JAW_ASIDE, 0, 1)
        values[SHAPE["jawRight"]] = np.clip(-aside / JAW_ASIDE, 0, 1)
    if "eyelids" in tracks:
        left, right = np.clip(tracks["eyelids"][number], 0, 1)
        values[SHAPE["eyeBlinkLeft"]], values[SHAPE["eyeBlinkRight"]] = left, right
    if "eyes" in tracks:
        eyes = tracks["eyes"][number]
        look(values, (rotation_exp((eyes[:3] + eyes[3:]) / 2) @ (0, 0, 1)) * (1, -1, -1))
    return values
