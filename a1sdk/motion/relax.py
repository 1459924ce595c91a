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

_SHUT, _PARTED = 0.02, 0.05  # face units between inner lips that touch, and that do not
_AT_REST, _OPEN = 0.06, 0.1  # the same of a mouth whose jaw is at rest, and is not

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
    told[INDEX["jawOpen"]] = found[INDEX["jawOpen"]] * _share(shape, _AT_REST, _OPEN)
    return told


def relaxed(face: FaceObservation, shape: Doubles) -> Doubles:
    """Return a portrait's shape [478, 3] without its own expression, its lips together."""
    return lips_together(shape - displacement(own_coefficients(face, shape)))


def lips_together(shape: Doubles) -> Doubles:
    """Return a shape [478, 3] with its lips brought together where they are parted.

    What speaks has to: motion that was made on lips which touch would never close others.
    """
    together = np.array(shape, np.float64)
    gap = np.maximum(shape[_BOTTOM[0], 1] - shape[_TOP[0], 1], 0.0)
    closing = 0.5 * _share(shape, _SHUT, _PARTED) * gap  # of all rings: lips keep their thickness
    together[_TOP, 1] += closing
    together[_BOTTOM, 1] -= closing
    return together


def _share(shape: Doubles, least: float, most: float) -> float:
    """How far the mouth's opening is on the way from `least` to `most`, 0..1."""
    way = (float(mouth_opening(shape)) - least) / (most - least)
    return float(smoothstep(np.clip(way, 0.0, 1.0)))
