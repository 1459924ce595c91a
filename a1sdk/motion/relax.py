"""What a portrait's face would be at rest: the shape that a performance replaces expression on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from a1sdk.motion.blendshapes import INDEX, displacement, reference_face, resting_scores
from a1sdk.motion.landmarks import LOWER_LIP, UPPER_LIP
from a1sdk.motion.mix import smoothstep
from a1sdk.motion.neutral import mouth_opening
from a1sdk.motion.solve import coefficients

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats
    from a1sdk.motion.pose import Doubles

_LIKE_A_SMILE = 0.4
"""Smile that is read from the shape of a face at rest, at most; 29 portraits, 8 of them smiling."""

_AT_REST, _APART = 0.06, 0.1  # face units between the inner lips of a mouth that is shut, and open

_TOP, _BOTTOM = np.array(UPPER_LIP), np.array(LOWER_LIP)


def own_coefficients(face: FaceObservation, shape: Doubles) -> Floats:
    """Return the coefficients, float32 [52], of the expression that a portrait shows.

    Those of its tracker; where that measures none, smile and jaw as far as the shape tells them
    from a face that is merely built so.

    Args:
        face: the portrait's face.
        shape: the same in face space, [478, 3].
    """
    if face.blendshapes is not None:
        active = np.clip(face.blendshapes - resting_scores(), 0.0, 1.0)
        return np.asarray(active, np.float32)
    found = coefficients((shape - reference_face()).astype(np.float32))
    told = np.zeros_like(found)
    smiles = [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]
    told[smiles] = np.clip((found[smiles] - _LIKE_A_SMILE) / (1.0 - _LIKE_A_SMILE), 0.0, 1.0)
    told[INDEX["jawOpen"]] = found[INDEX["jawOpen"]] * _open_share(shape)
    return told


def relaxed(face: FaceObservation, shape: Doubles) -> Doubles:
    """Return a portrait's shape [478, 3] without its own expression, its lips together.

    What coefficients leave of an open mouth is closed, or no `p` would ever close it.
    """
    calm = shape - displacement(own_coefficients(face, shape))
    gap = np.maximum(calm[_BOTTOM[0], 1] - calm[_TOP[0], 1], 0.0)
    closing = 0.5 * _open_share(shape) * gap  # of all rings: lips keep their thickness
    calm[_TOP, 1] += closing
    calm[_BOTTOM, 1] -= closing
    return np.asarray(calm, np.float64)


def _open_share(shape: Doubles) -> float:
    """How certainly the mouth of a shape is open, 0..1."""
    apart = (float(mouth_opening(shape)) - _AT_REST) / (_APART - _AT_REST)
    return float(smoothstep(np.clip(apart, 0.0, 1.0)))
