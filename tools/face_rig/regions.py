"""What may move at all: hard limits of each part of the face, in landmarks of both sides."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from a1sdk.components.data import LANDMARKS
from a1sdk.motion import landmarks as lm

NEVER = frozenset({*lm.STABLE, *lm.NOSE_BASE, 1, 19, 44, 274, 45, 275, 94, 125, 354, 141, 370})
"""No shape moves these: what poses are measured on, and the tip and the base of the nose."""

WINGS = (98, 64, 48, 49, 102, 129, 131, 115, 219, 235, 240, 59, 166, 97, 99, 60, 75)
"""The wing of the right nostril."""

CONTOUR = tuple(i for i in lm.FACE_OVAL if i not in lm.STABLE)
JAW_LINE = (132, 58, 172, 136, 150, 149, 176, 148, 152)
"""Edge of the right jaw, from the ear to the chin."""

_ROUND_EYE = (226, 113, 225, 224, 223, 222, 221, 189, 244)
"""Row above the skin of the right upper lid: the brow moves it, and so does the lid a little."""


class Regions:
    """Which landmarks each kind of shape may move, bool [478]; points named nowhere stay.

    Args:
        face: [478, 3], the neutral face.
        mirror: intp [478].
    """

    def __init__(self, face: np.ndarray, mirror: np.ndarray) -> None:
        self._mirror = mirror
        x, y = face[:, 0], face[:, 1]
        lids, lips = self._set((*lm.LIDS, *lm.EYES, 33, 133)), self._set(lm.LIPS)
        above = y < face[list(lm.UPPER_LID_SKIN[0]), 1].max() - 0.03
        contour = self._set(CONTOUR)
        round_eye = self._set(_ROUND_EYE)
        self.brows = above & ~lids & ~contour & (np.abs(x) < 0.75)
        self.brows &= ~self._set((226, 130, 243, 244, 189, 190, 247))
        self.eyes = lids | round_eye
        below = (y > -0.26) & ~contour
        self.cheeks = below & (y < 0.5) & ~lids & ~lips & (np.abs(x) > 0.12)
        low = y > 0.0
        nostrils = low & (y < 0.32) & (np.abs(x) < 0.1)
        self.mouth = low & ~contour & ~nostrils
        self.jaw = (y > 0.2) & ~nostrils & ~self._set(WINGS)
        self.nose = (y > -0.2) & (y < 0.5) & (np.abs(x) < 0.42) & ~lids & ~lips
        for part in vars(self).values():
            if part.dtype == bool:
                part[list(NEVER)] = False

    def _set(self, points: Iterable[int]) -> np.ndarray:
        chosen = np.zeros(LANDMARKS, bool)
        right = list(points)
        chosen[right] = True
        chosen[self._mirror[right]] = True
        return chosen
