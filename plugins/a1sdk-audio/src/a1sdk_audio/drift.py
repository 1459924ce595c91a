"""The head of a living person is never quite still, less so when they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from a1sdk_audio.gestures import ease

if TYPE_CHECKING:
    from a1sdk_audio.gestures import Doubles

_WAVES = 4
_SLOWEST, _FASTEST = 0.08, 0.45  # Hz
_SPEAKING = np.array([1.6, 0.9, 1.1, 0.012, 0.008, 0.010])
"""Root mean square while speaking: yaw, pitch, roll in degrees; right, down, away in face units."""

_LISTENING = 0.35  # of that, while silent
_SETTLING = 1.5  # seconds from the neutral pose at time 0


class Drift:
    """Slow, aimless movement of the head: sums of a few waves, each of its own frequency.

    Args:
        amount: factor on how far it goes; 0 is not at all.
        seed: the same seed drifts alike.
    """

    def __init__(self, amount: float, seed: int) -> None:
        random = np.random.default_rng((seed, 4))
        shape = (_WAVES, len(_SPEAKING))
        lowest, highest = np.log([_SLOWEST, _FASTEST])
        self._turns = 2 * np.pi * np.exp(random.uniform(lowest, highest, shape))
        self._phases = random.uniform(0, 2 * np.pi, shape)
        self._reach = amount * _SPEAKING * np.sqrt(2 / _WAVES)

    def at(self, time: float, liveliness: float) -> Doubles:
        """Return yaw, pitch, roll, right, down, away at a time; all 0 at time 0."""
        waves = np.sin(self._turns * time + self._phases).sum(axis=0)
        lively = _LISTENING + (1 - _LISTENING) * liveliness
        return np.asarray(ease(time / _SETTLING) * lively * self._reach * waves)
