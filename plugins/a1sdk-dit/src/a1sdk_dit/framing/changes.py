"""Where the model's picture differs from the portrait's."""

from __future__ import annotations

from fractions import Fraction
from math import exp

import cv2
import numpy as np

from a1sdk_dit.framing.resampling import Floats, Picture, reduced, smoothstep

REDUCED = 4
"""Pixels of the model's picture, along each side, that are compared as one."""

_BLUR = 0.006
"""Deviation at which pictures are compared, past grain and sharpness, in their height."""

_SAME, _OTHER = 6.0, 18.0
"""Differences in levels up to which nothing, and from which all, counts as changed."""

_MARGIN = 0.02
"""Surroundings of a change that go with it, in heights of the picture."""

_FADING = 0.4
"""Seconds in which a change that is gone fades by two thirds; none comes and goes with grain."""


class Changes:
    """Tells what the pictures of a film changed of the portrait's.

    The model draws coarser than most portraits are. Where it changed nothing the portrait itself
    can show, in all its detail.

    Args:
        reference: the model's picture of the portrait.
        person: what counts as changed always, so that a person has one sharpness and moves as one,
            float32 [height, width], 0..1.
        rate: pictures per second of the film.
    """

    def __init__(self, reference: Picture, person: Floats, rate: Fraction) -> None:
        height = reference.shape[0] / REDUCED
        self._deviation, self._spread = _BLUR * height, 0.5 * _MARGIN * height
        size = 2 * max(1, round(_MARGIN * height)) + 1
        self._kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        self._reference, self._person = self._coarse(reference), reduced(person, REDUCED)
        self._held, self._stays = self._person, exp(-1.0 / (float(rate) * _FADING))

    def __call__(self, picture: Picture) -> Floats:
        """Return how changed the next one is, 0..1, float32 [height / REDUCED, width / REDUCED]."""
        difference = cv2.absdiff(self._coarse(picture), self._reference).max(2)
        share = cv2.dilate(smoothstep(_SAME, _OTHER, difference), self._kernel)
        share = cv2.GaussianBlur(share, (0, 0), self._spread)
        self._held = np.maximum(np.maximum(share, self._stays * self._held), self._person)
        return self._held

    def _coarse(self, picture: Picture) -> Picture:
        return np.asarray(cv2.GaussianBlur(reduced(picture, REDUCED), (0, 0), self._deviation))
