"""Heads and eyes: from the axes and units of other programs to face space.

Face space has x to the right in the picture, y down and z away from the camera. OpenGL-like axes,
which ARKit, MediaPipe and FLAME have, are x right, y up and z towards the camera.
"""

from __future__ import annotations

from collections.abc import Collection
from math import atan2, degrees
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import euler, from_euler, gaze_shapes, mean_rotation
from a1sdk_mocap.names import SHAPE

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]
    Matrix = npt.NDArray[np.floating[Any]]

FACE_UNIT = 0.0889
"""Metres between the outer eye corners of MediaPipe's canonical face: 2 x 4.4459 cm."""

CAMERA_DISTANCE = 8.0
"""Distance of the camera in face units that the motion's translation is made for."""

NEAREST = -0.75 * CAMERA_DISTANCE

_PASSES = 50
_NEAR = 1e-4  # what is nearer to the median pose than this counts no more for it
_UPRIGHT = np.diag([1.0, -1.0, -1.0])


def from_opengl(rotations: Matrix) -> Doubles:
    """Return rotations [n, 3, 3] given in OpenGL-like axes."""
    return np.asarray(_UPRIGHT @ rotations @ _UPRIGHT, np.float64)


def is_rotation(matrix: Matrix) -> bool:
    """Return whether a matrix [3, 3] turns and does not also stretch, shear or mirror."""
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 2:
        return False
    return bool(np.abs(matrix @ matrix.T - np.eye(3)).max() < 0.02 and np.linalg.det(matrix) > 0)


def seen_from_camera(positions: Doubles, present: npt.NDArray[np.bool_], unit: float) -> Doubles:
    """Return translations [n, 3] in face units of heads at `positions` before a camera.

    Positions are x right, y down and z away from the camera, in units of which `unit` are a face
    unit. Heads appear where and as large as the camera saw them, from the median position.
    """
    depth = np.where(present, positions[:, 2], 1.0).clip(1e-3 * unit)
    middle = float(np.median(depth[present]))
    across = positions[:, :2] / depth[:, None] * middle / unit
    away = CAMERA_DISTANCE * (depth / middle - 1)
    return from_median(np.column_stack([across, away]), present)


def from_median(translations: Doubles, present: npt.NDArray[np.bool_]) -> Doubles:
    """Return translations [n, 3] measured from the median of those with a face."""
    moved = translations - np.median(translations[present], axis=0)
    moved[:, 2] = moved[:, 2].clip(NEAREST)
    return np.asarray(moved)


def from_rest(rotations: Doubles, present: npt.NDArray[np.bool_], rest: int | None) -> Doubles:
    """Return rotations [n, 3, 3] measured from the neutral pose.

    That is the pose of row `rest`, or else the median pose: the one from which the others are the
    least off in sum (Weiszfeld 1937). It does not depend on what rotations are measured from, as
    medians of their numbers do, so that a take that is written and read stays as it is.
    """
    if rest is not None and present[rest]:
        return np.asarray(rotations[rest].T @ rotations)
    seen = rotations[present]
    usual = mean_rotation(seen)
    for _ in range(_PASSES):
        off = np.linalg.norm(seen - usual, axis=(1, 2), keepdims=True)
        usual = mean_rotation(seen / (off + _NEAR))
    return np.asarray(usual.T @ rotations)


def flipped(rotations: Doubles, axes: Collection[str]) -> Doubles:
    """Return rotations [n, 3, 3] with the sign of some of `yaw`, `pitch` and `roll` turned."""
    if not axes:
        return rotations
    signs = [-1.0 if name in axes else 1.0 for name in ("yaw", "pitch", "roll")]
    turned = [
        [sign * angle for sign, angle in zip(signs, euler(matrix), strict=True)]
        for matrix in rotations
    ]
    return np.stack([from_euler(*angles) for angles in turned])


def look(coefficients: Matrix, direction: Matrix) -> None:
    """Set the `eyeLook` coefficients, in [52], of both eyes that look along `direction`.

    `direction` is [3], in face space relative to the head; straight ahead is (0, 0, -1).
    """
    right = degrees(atan2(float(direction[0]), -float(direction[2])))
    down = degrees(atan2(float(direction[1]), -float(direction[2])))
    for name, value in gaze_shapes(right, -down).items():
        coefficients[SHAPE[name]] = value
