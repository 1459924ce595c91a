"""Heads turn about the neck; motion turns them about the face. This is the way in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

NECK = np.array([0.0, 0.8, 0.9])
"""Where heads turn, in face space: on the axis of the spine, as far back as the ears are and a
little more, halfway between the joints of the skull (nods) and the seventh vertebra (bows)."""


def neck_swing(rotation: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Return how a rotation [3, 3] about the neck moves the face, float64 [3], in face units."""
    return NECK - np.asarray(rotation, np.float64) @ NECK
