"""Rotation matrices: axis-angle vectors, interpolation, means, and yaw, pitch, roll.

Rotations are [3, 3] and turn column vectors: `p` goes to `rotation @ p`. Axes are the picture's
(x right, y down, z away from the camera), so a positive angle about z is clockwise as seen.
"""

from __future__ import annotations

from math import atan2, cos, degrees, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Matrix = npt.NDArray[np.floating[Any]]

_NEARLY_ZERO = 1e-12


class Euler(NamedTuple):
    """Head angles in degrees, for people to read; all zero when the face looks at the camera.

    The rotation is `Ry(-yaw) @ Rx(-pitch) @ Rz(roll)`: the head is tilted, then lifted, then
    turned about the picture's vertical.

    Attributes:
        yaw: positive when the face turns to the right of the picture (the subject's left).
        pitch: positive when the face looks up.
        roll: positive when the top of the head leans to the right of the picture (clockwise).
    """

    yaw: float
    pitch: float
    roll: float


def euler(rotation: Matrix) -> Euler:
    """Return yaw, pitch and roll of a rotation; yaw and roll in -180..180, pitch in -90..90."""
    lift = float(np.clip(rotation[1, 2], -1.0, 1.0))
    pitch = degrees(atan2(lift, sqrt(max(0.0, 1.0 - lift * lift))))
    yaw = degrees(atan2(-float(rotation[0, 2]), float(rotation[2, 2])))
    roll = degrees(atan2(float(rotation[1, 0]), float(rotation[1, 1])))
    return Euler(yaw, pitch, roll)


def from_euler(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float64]:
    """Return the rotation of the angles in degrees that `euler` would read from it."""
    turn = rotation_exp(np.array([0.0, -radians(yaw), 0.0]))
    lift = rotation_exp(np.array([-radians(pitch), 0.0, 0.0]))
    return turn @ lift @ rotation_exp(np.array([0.0, 0.0, radians(roll)]))


def rotation_log(rotation: Matrix) -> npt.NDArray[np.float64]:
    """Return the axis-angle vector, float64 [3], radians up to pi; exactly zero for identity."""
    r = np.asarray(rotation, np.float64)
    twice_sine = np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    norm = sqrt(float(twice_sine @ twice_sine))
    angle = atan2(norm, float(r[0, 0] + r[1, 1] + r[2, 2]) - 1.0)
    if norm > 1e-6 or angle < 1.0:
        return twice_sine * (angle / norm if norm > _NEARLY_ZERO else 0.5)
    return _half_turn_axis(r) * angle


def _half_turn_axis(r: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The axis of a rotation by pi, where the antisymmetric part vanishes."""
    outer = (r + np.eye(3)) / 2
    column = outer[:, int(np.argmax(np.diag(outer)))]
    return np.asarray(column / np.linalg.norm(column))


def rotation_exp(vector: Matrix) -> npt.NDArray[np.float64]:
    """Return the rotation, float64 [3, 3], of an axis-angle vector; identity for exactly zero."""
    x, y, z = (float(value) for value in vector)
    angle = sqrt(x * x + y * y + z * z)
    if angle < _NEARLY_ZERO:
        return np.eye(3)
    x, y, z = x / angle, y / angle, z / angle
    c, s = cos(angle), sin(angle)
    d = 1.0 - c
    return np.array(
        [
            [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
            [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
            [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
        ]
    )


def slerp(start: Matrix, end: Matrix, weight: float) -> npt.NDArray[np.float64]:
    """Return the rotation a `weight` 0..1 of the way along the shortest turn to `end`."""
    first = np.asarray(start, np.float64)
    return np.asarray(first @ rotation_exp(weight * rotation_log(first.T @ end)))


def nearest_rotation(matrix: Matrix) -> npt.NDArray[np.float64]:
    """Return the rotation nearest to a matrix in the least-squares sense."""
    u, _, v = np.linalg.svd(np.asarray(matrix, np.float64))
    u[:, 2] *= np.sign(np.linalg.det(u @ v))
    return np.asarray(u @ v)


def mean_rotation(rotations: Matrix) -> npt.NDArray[np.float64]:
    """Return the chordal mean of rotations [n, 3, 3]."""
    return nearest_rotation(np.mean(rotations, axis=0))
