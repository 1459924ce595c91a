"""Face space, and the pose of a face seen in a picture.

Face space of a subject is attached to the head. From the subject's neutral landmarks:

- origin: halfway between the middle of the outer eye corners and the base of the nose;
- x: mean direction of `STABLE_PAIRS` from the subject's right to the left, which is to the right
  in the picture;
- y: down, from the forehead to the base of the nose, at a right angle to x, then turned about x
  by `FRONTAL_PITCH` so that a face looking straight at the camera has the identity rotation;
- z: away from the camera, x cross y;
- unit: distance of the outer eye corners 33 and 263, in three dimensions.

Pictures are taken as weak perspective: landmarks in pixels are

    landmarks = scale * (shape @ rotation.T) + translation

for a shape [478, 3] in face space. The head turns about the origin of face space; a real nod,
about the neck, therefore also shows as a translation, and needs no further pivot.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.motion.landmarks import (
    FOREHEAD,
    LEFT_EYE_OUTER,
    NOSE_BASE,
    RIGHT_EYE_OUTER,
    STABLE,
    STABLE_PAIRS,
)
from a1sdk.motion.rotation import rotation_exp

if TYPE_CHECKING:
    import numpy.typing as npt

    Points = npt.NDArray[np.floating[Any]]
    Doubles = npt.NDArray[np.float64]

NECK = np.array([0.0, 0.8, 0.9])
"""Where heads turn, in face space: on the axis of the spine, as far back as the ears are and a
little more, halfway between the joints of the skull (nods) and the seventh vertebra (bows)."""

FRONTAL_PITCH = 3.0
"""Degrees that the raw forehead-to-nose axes of a level face look up, median of 30 subjects."""

CAMERA_DISTANCE = 8.0
"""Distance `D` of camera and neutral head in face units: `scale = D / (D + translation z)`."""

NEAREST = -0.75 * CAMERA_DISTANCE
"""Least translation z: the head four times its neutral size."""

_ROUNDS = 4
_NOISE = 0.01  # face units within which a stable point is taken at its word
_STABLE = np.array(STABLE)
_RIGHT, _LEFT = np.array(STABLE_PAIRS).T
_LEVEL = rotation_exp(np.array([radians(FRONTAL_PITCH), 0.0, 0.0]))


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where a face-space shape is in a picture.

    Attributes:
        rotation: float64 [3, 3].
        scale: pixels per face unit.
        translation: float64 [3], pixels: where the origin of face space is.
    """

    rotation: Doubles
    scale: float
    translation: Doubles

    def project(self, shape: Points) -> Doubles:
        """Return the pixels, float64 [n, 3], of a shape in face space."""
        return np.asarray(self.scale * (shape @ self.rotation.T) + self.translation)

    def unproject(self, landmarks: Points) -> Doubles:
        """Return the face-space shape, float64 [n, 3], of landmarks in pixels."""
        return np.asarray((landmarks - self.translation) @ self.rotation / self.scale)


def own_pose(landmarks: Points) -> Pose:
    """Return the pose that a face's own landmarks [478, 3] define, see the module."""
    points = np.asarray(landmarks, np.float64)
    x = _unit((points[_LEFT] - points[_RIGHT]).sum(0))
    base = points[list(NOSE_BASE)].mean(0)
    down = base - points[list(FOREHEAD)].mean(0)
    y = _unit(down - (down @ x) * x)
    rotation = np.stack([x, y, np.cross(x, y)], axis=1) @ _LEVEL
    right, left = points[RIGHT_EYE_OUTER], points[LEFT_EYE_OUTER]
    origin = (right + left) / 4 + points[NOSE_BASE[0]] / 2
    return Pose(rotation, float(np.linalg.norm(left - right)), origin)


def _unit(vector: Doubles) -> Doubles:
    return np.asarray(vector / np.linalg.norm(vector))


def fit_pose(landmarks: Points, shape: Points) -> Pose:
    """Return the pose of `shape` [478, 3] that best explains `landmarks` [478, 3], robustly.

    Least-squares similarity (Umeyama 1991) over the `STABLE` points, repeated with Cauchy weights
    so that the few points that did move with the expression do not count.
    """
    target = np.asarray(landmarks, np.float64)[_STABLE]
    source = np.asarray(shape, np.float64)[_STABLE]
    weights = np.ones(len(_STABLE))
    for _ in range(_ROUNDS):
        pose = _similarity(source, target, weights)
        off = pose.project(source) - target
        error = np.sqrt(np.einsum("nc,nc->n", off, off)) / pose.scale
        middle = float(np.partition(error, len(error) // 2)[len(error) // 2])
        weights = 1.0 / (1.0 + (error / max(_NOISE, 1.5 * middle)) ** 2)
    return pose


def _similarity(source: Doubles, target: Doubles, weights: Doubles) -> Pose:
    weights = weights / weights.sum()
    source_mean, target_mean = weights @ source, weights @ target
    centered = source - source_mean
    weighted = centered * weights[:, None]
    covariance = (target - target_mean).T @ weighted
    u, singular, v = np.linalg.svd(covariance)
    if _determinant(covariance) < 0:  # the best fit is a reflection; take the best rotation
        u[:, 2], singular[2] = -u[:, 2], -singular[2]
    rotation = u @ v
    scale = float(singular.sum() / np.vdot(weighted, centered))
    return Pose(rotation, scale, target_mean - scale * rotation @ source_mean)


def _determinant(matrix: Doubles) -> float:
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()  # a tenth of the time of numpy's
    return float(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))


def neck_swing(rotation: npt.NDArray[np.floating[Any]]) -> Doubles:
    """Return how a rotation [3, 3] about the neck moves the face, float64 [3], in face units.

    It is the translation that goes with a rotation which was keyed or thought up, not seen.
    """
    return np.asarray(NECK - np.asarray(rotation, np.float64) @ NECK)
