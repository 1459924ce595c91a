"""Small movements that come and go: what blinks, nods, raised brows and glances are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import BLENDSHAPE_NAMES, BLENDSHAPES

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

HEAD = ("yaw", "pitch", "roll")
"""The head's angles in degrees, as `from_euler` takes them."""

LIVELINESS = "liveliness"
"""How far the head is in the motion of somebody who speaks, 0 to 1."""

_CHANNELS = {name: index for index, name in enumerate((*BLENDSHAPE_NAMES, *HEAD, LIVELINESS))}


@dataclass(frozen=True, slots=True)
class Gesture:
    """A movement away from rest, and back: it rises, holds, and falls, without corners.

    Times are seconds; they are the performer's own choice, and no two have to meet a frame.

    Attributes:
        start: when it begins.
        rise: how long it takes to get there.
        hold: how long it stays.
        fall: how long it takes to get back.
        values: blendshapes, angles in degrees, or `LIVELINESS`, while it holds.
    """

    start: float
    rise: float
    hold: float
    fall: float
    values: Mapping[str, float]

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.rise + self.hold + self.fall

    def level(self, time: float) -> float:
        """How far it is made at a time, 0 to 1."""
        rising = (time - self.start) / self.rise
        falling = (self.end - time) / self.fall
        return ease(min(rising, falling))


def ease(x: float) -> float:
    """Go from 0 at 0 to 1 at 1, without corners; 0 before and 1 after."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


@dataclass(frozen=True, slots=True)
class Stance:
    """What gestures add up to at one time.

    Attributes:
        blendshapes: float64 [52].
        angles: yaw, pitch, roll in degrees.
        liveliness: 0 to 1.
    """

    blendshapes: Doubles
    angles: Doubles
    liveliness: float


class Gestures:
    """Gestures under way and to come. Time never goes back."""

    def __init__(self) -> None:
        self._waiting: list[Gesture] = []

    def add(self, gestures: Iterable[Gesture]) -> None:
        """Take on gestures that begin later than any time asked for so far."""
        self._waiting += gestures

    def at(self, time: float) -> Stance:
        """Add up what is made of each gesture at a time, and forget those that are over."""
        self._waiting = [gesture for gesture in self._waiting if gesture.end > time]
        total = np.zeros(len(_CHANNELS))
        for gesture in self._waiting:
            level = gesture.level(time)
            if level > 0.0:
                for name, value in gesture.values.items():
                    total[_CHANNELS[name]] += level * value
        shapes, angles = total[:BLENDSHAPES], total[BLENDSHAPES:-1]
        return Stance(shapes, angles, min(float(total[-1]), 1.0))
