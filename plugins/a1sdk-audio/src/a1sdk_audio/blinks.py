"""When people blink while they speak and while they are silent, and how.

Adults at rest and in conversation blink some 15 to 20 times a minute, at irregular intervals,
and speakers like to do it where a phrase ends (Doughty 2001; Cummins 2012, "Gaze and blinking in
dyadic conversation"). Lids fall in half the time that they take to rise (Trutoiu et al. 2011,
"Modeling and animating eye blinks").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_audio.gestures import Gesture

if TYPE_CHECKING:
    from a1sdk_audio.speech import Passage

_MEAN = 3.6  # seconds between blinks, so that there are some 17 a minute
_SHAPE = 4.0  # of the gamma distribution of intervals: most within half and twice the mean
_SOONEST = 0.8  # seconds between blinks
_HURRIED = 1.5  # seconds that a blink is early to meet the end of a phrase
_AT_ENDS = 0.75  # share of the phrase ends near a blink that draw it
_AFTER_END = (0.0, 0.15)  # seconds
_FALL, _SHUT, _RISE = 0.085, 0.045, 0.19  # seconds
_SHAPES = {
    "eyeBlinkLeft": 1.0,
    "eyeBlinkRight": 1.0,
    "eyeLookDownLeft": 0.12,
    "eyeLookDownRight": 0.12,
}


class Blinks:
    """Blinks passage by passage.

    Args:
        amount: factor on how often there is one; 0 is never.
        seed: the same seed blinks at the same times.
    """

    def __init__(self, amount: float, seed: int) -> None:
        self._amount = amount
        self._random = np.random.default_rng((seed, 1))
        self._last, self._due = 0.0, self._interval() / 2 if amount else 0.0

    def in_passage(self, passage: Passage, ends: Sequence[float]) -> Iterator[Gesture]:
        """Yield the blinks of a passage whose phrases end at `ends`, in seconds."""
        if self._amount == 0:
            return
        for end in ends:
            yield from self._until(end - _HURRIED)
            near = self._last + _SOONEST < end and self._due < end + _HURRIED
            if near and self._random.random() < _AT_ENDS:
                yield self._blink(end + self._random.uniform(*_AFTER_END))
        yield from self._until(float(passage.end))

    def _until(self, time: float) -> Iterator[Gesture]:
        while self._due < time:
            yield self._blink(self._due)

    def _blink(self, time: float) -> Gesture:
        self._last, self._due = time, time + self._interval()
        return Gesture(time, _FALL, _SHUT, _RISE, _SHAPES)

    def _interval(self) -> float:
        drawn = float(self._random.gamma(_SHAPE, _MEAN / _SHAPE)) / self._amount
        return max(drawn, _SOONEST)
