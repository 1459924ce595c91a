"""Faces as a camera would see them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation
from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.rotation import from_euler

Photograph = Callable[..., FaceObservation]


@pytest.fixture
def photograph() -> Photograph:
    """Return a function that shows a face-space shape from some pose, as a tracker would."""

    def take(
        shape: np.ndarray | None = None,
        *,
        angles: tuple[float, float, float] = (0, 0, 0),
        scale: float = 90.0,
        at: tuple[float, float, float] = (256.0, 240.0, 0.0),
        noise: float = 0.0,
        seed: int = 0,
        blendshapes: np.ndarray | None = None,
    ) -> FaceObservation:
        face = reference_face() if shape is None else shape
        points = scale * (face.astype(float) @ from_euler(*angles).T) + np.array(at)
        if noise:
            points += scale * noise * np.random.default_rng(seed).standard_normal(points.shape)
        return FaceObservation(points.astype(np.float32), 0.9, blendshapes=blendshapes)

    return take
