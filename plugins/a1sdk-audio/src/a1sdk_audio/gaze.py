"""Glances: eyes that talk to somebody do not stare.

Small, quick departures from the middle, at irregular intervals (Lee, Badler and Badler 2002,
"Eyes alive": mostly near, rarely far, further and oftener to the sides than up and down).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import gaze_shapes
from a1sdk_audio.gestures import Gesture

if TYPE_CHECKING:
    from a1sdk_audio.speech import Passage

_SACCADE = 0.05  # seconds
_LOOKED_AT = (1.4, 0.5)  # seconds at the middle: the median, and the spread of its logarithm
_AWAY = (0.55, 0.5)  # the same, for a glance
_SIDEWAYS, _UPWARDS = 2.5, 1.3  # degrees, root mean square
_FURTHEST = 7.0  # degrees


class Gaze:
    """Glances passage by passage.

    Args:
        amount: factor on how far they go; 0 is none.
        seed: the same seed glances at the same times.
    """

    def __init__(self, amount: float, seed: int) -> None:
        self._amount = amount
        self._random = np.random.default_rng((seed, 2))
        self._due = self._lasting(_LOOKED_AT)

    def in_passage(self, passage: Passage) -> Iterator[Gesture]:
        """Yield the glances that begin in a passage."""
        if self._amount == 0:
            return
        while self._due < passage.end:
            hold = self._lasting(_AWAY)
            yield Gesture(self._due, _SACCADE, hold, _SACCADE, self._direction())
            self._due += 2 * _SACCADE + hold + self._lasting(_LOOKED_AT)

    def _lasting(self, median_and_spread: tuple[float, float]) -> float:
        median, spread = median_and_spread
        return float(median * np.exp(spread * self._random.standard_normal()))

    def _direction(self) -> dict[str, float]:
        """Coefficients of both eyes turned alike, for as far as they go."""
        drawn = self._random.standard_normal(2) * (_SIDEWAYS, _UPWARDS)
        return gaze_shapes(*(self._amount * np.clip(drawn, -_FURTHEST, _FURTHEST)).tolist())
