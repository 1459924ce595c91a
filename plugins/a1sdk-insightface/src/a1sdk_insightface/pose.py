"""A resting face, fitted to five points: where a head is and how it is turned, and no more.

The face is the reference face of a1sdk, an average of people: what the points do not say, such as
the proportions of this face, its expression, or where its lids are, is the average's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import reference_face, rotation_exp
from a1sdk_insightface.alignment import five_points, similarity

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_insightface.alignment import Doubles

_ROUNDS = 15
_MOST = 0.5  # radians that one round turns the head at most
_PRIOR = 0.1  # weight of facing the camera, beside points that are right to a few hundredths


def fit_resting_face(points: Doubles) -> npt.NDArray[np.float32]:
    """Return the landmarks, float32 [478, 3], of a resting face whose five points are `points`.

    The pose, in weak perspective, with the least squared distance of the points, by Gauss-Newton
    from facing the camera. That a head is turned aside, up or down shows in the nose alone; so a
    little is added to the distance for turning, lest a long nose be taken for a lowered head.

    Args:
        points: [5, 2], pixels, as in `alignment.five_points`.
    """
    shape = reference_face().astype(np.float64)
    five = five_points(shape)
    model, seen = five - five.mean(0), points - points.mean(0)
    plane = similarity(model[:, :2], seen)
    scale = float(np.hypot(*plane[:, 0]))
    rotation = rotation_exp(np.array([0.0, 0.0, np.arctan2(plane[1, 0], plane[0, 0])]))
    for _ in range(_ROUNDS):
        step = _step(model @ rotation.T, rotation[:, 2], seen / scale)
        rotation = rotation_exp(np.clip(step[:3], -_MOST, _MOST)) @ rotation
        scale *= float(np.exp(np.clip(step[3], -_MOST, _MOST)))
    placed = scale * (shape - five.mean(0)) @ rotation.T
    placed[:, :2] += points.mean(0)
    return np.asarray(placed, np.float32)


def _step(turned: Doubles, ahead: Doubles, seen: Doubles) -> Doubles:
    """Return a turn (axis times angle) and a growth (logarithm), [4], that lessen the distance.

    Args:
        turned: the model's points [5, 3] as they are turned now, in face units.
        ahead: the model's direction away from the camera, [3], as it is turned now.
        seen: the points seen, [5, 2], in face units of the scale as it is now.
    """
    off = np.concatenate([turned[:, :2] - seen, _PRIOR * ahead[None, :2]])
    moving = _turning(np.concatenate([turned, _PRIOR * ahead[None]]))
    growing = np.concatenate([seen, np.zeros((1, 2))])
    system = np.concatenate([moving, growing[..., None]], axis=2).reshape(-1, 4)
    step: Doubles = np.linalg.lstsq(system, -off.ravel(), rcond=None)[0]
    return step


def _turning(vectors: Doubles) -> Doubles:
    """Return how x and y of vectors [n, 3] change with a small turn: [n, 2, 3]."""
    x, y, z = vectors.T
    none = np.zeros_like(x)
    return np.stack([np.stack([none, z, -y], 1), np.stack([-z, none, x], 1)], axis=1)
