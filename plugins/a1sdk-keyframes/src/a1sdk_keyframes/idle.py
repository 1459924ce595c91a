"""What a living face does all the time: blinks, drifts of the head, small saccades, breath.

All of it is a function of the seed and of exact time: the same at every rate, from every frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import cos, exp, log, pi, sin, sqrt

import numpy as np
from pydantic import Field

from a1sdk_keyframes.base import Strict
from a1sdk_keyframes.channels import HEAD, SLOT
from a1sdk_keyframes.presets import Blink

_HEAD = [SLOT[name] for name in HEAD]
_YAW, _PITCH, _Y = (HEAD.index(name) for name in ("head.yaw", "head.pitch", "head.y"))
_SETTLE = 1.0  # seconds in which drift grows from nothing: frame 0 is the portrait's own pose


class Blinks(Strict):
    """Blinks at log-normal intervals.

    17 a minute at rest, 26 in conversation, 4.5 in reading (Bentivoglio et al. 1997, Mov. Disord.
    12:1028); intervals are skewed towards short ones, their deviation about half their mean.
    """

    per_minute: float = Field(default=15.0, ge=0, le=60, description="How many; 0 for none.")
    amount: float = Field(default=1.0, ge=0, le=1, description="How far lids close.")


class Drift(Strict):
    """Drift of the head: smooth noise up to 1.5 Hz, most of it below 0.4.

    No deliberate movement of a head is so slow (Hadar et al. 1983, Hum. Mov. Sci. 2:35); sizes are
    chosen by eye. The eyes turn against it, so that the gaze stays on the viewer.
    """

    amount: float = Field(default=1.0, ge=0, le=5, description="How far it goes; 0 for none.")


class Saccades(Strict):
    """Small saccades about the viewer's face, lids following.

    Sizes are exponential, and glances away are short (Lee, Badler and Badler 2002, "Eyes Alive",
    ACM Trans. Graph. 21:637). Each takes 21 ms and 2.2 ms more for every degree: the main sequence
    (Bahill, Clark and Stark 1975, Math. Biosci. 24:191; figures of Carpenter 1988, Movements of
    the Eyes).
    """

    per_minute: float = Field(default=35.0, ge=0, le=240, description="How many; 0 for none.")
    amount: float = Field(default=1.0, ge=0, le=5, description="How far: 1 is 1.6 degrees.")


class Breathing(Strict):
    """Breath: the head rises and lifts a little, in for 2 parts of a cycle and out for 3."""

    per_minute: float = Field(default=14.0, ge=0, le=40, description="How often; 0 for none.")
    amount: float = Field(default=1.0, ge=0, le=5, description="How deep; 0 for none.")


class Idle(Strict):
    """Idle life; each kind can be turned off by its rate or amount."""

    blinks: Blinks = Field(default=Blinks(), description="Blinks.")
    head: Drift = Field(default=Drift(), description="Drift of the head.")
    saccades: Saccades = Field(default=Saccades(), description="Small saccades.")
    breathing: Breathing = Field(default=Breathing(), description="Breath.")


def _random(seed: int, kind: int) -> np.random.Generator:
    """A generator for each kind, so that none changes when another is turned off."""
    return np.random.default_rng([seed, kind])


def blinks(options: Blinks, seed: int) -> Iterator[Blink]:
    """Yield blinks for ever, in order of time."""
    if not options.per_minute or not options.amount:
        return
    random, mean, last = _random(seed, 1), 60 / options.per_minute, 0.0
    while True:
        last += max(_log_normal(random, mean, 0.55), 0.45)
        slow = _log_normal(random, 1.0, 0.12)
        yield Blink(
            at=Fraction(round(1000 * last), 1000),
            duration=Fraction(round(Blink.natural * slow), 1000),
            amount=options.amount,
        )


def _log_normal(random: np.random.Generator, mean: float, variation: float) -> float:
    """Draw from a log-normal distribution of that mean and coefficient of variation."""
    spread = log(1 + variation * variation)
    return float(random.lognormal(log(mean) - spread / 2, sqrt(spread)))


class HeadDrift:
    """Smooth noise in all six channels of the head: a sum of sines, band-limited by nature."""

    _LOW, _HIGH, _CORNER = 0.04, 1.5, 0.25  # hertz
    _SINES = 20
    _SIZES = (0.9, 0.7, 0.5, 0.010, 0.005, 0.008)  # standard deviations: degrees, face units

    def __init__(self, options: Drift, seed: int) -> None:
        random, shape = _random(seed, 2), (len(HEAD), self._SINES)
        steps = (np.arange(self._SINES) + random.random(shape)) / self._SINES
        hertz = self._LOW * (self._HIGH / self._LOW) ** steps
        power = np.sqrt(hertz) / (1 + (hertz / self._CORNER) ** 2)  # sines are closer below
        power *= np.sqrt(2 / np.square(power).sum(axis=1, keepdims=True))
        self._sizes = options.amount * power * np.array(self._SIZES)[:, None]
        self._speeds, self._phases = 2 * pi * hertz, 2 * pi * random.random(shape)

    def __call__(self, seconds: float) -> list[float]:
        """Return the values of the head's channels."""
        waves = self._sizes * np.sin(self._speeds * seconds + self._phases)
        return [float(value) for value in _eased(seconds / _SETTLE) * waves.sum(axis=1)]


class Eyes:
    """Small saccades; asked at times that do not go back."""

    _DEGREES, _MOST = 1.6, 6.0
    _FLAT = 0.6  # saccades up and down are smaller
    _BACK = 3.0  # degrees: the further away, the sooner the eyes come back

    def __init__(self, options: Saccades, seed: int) -> None:
        self._options, self._random = options, _random(seed, 3)
        self._from = self._to = (0.0, 0.0)
        self._size = 0.0
        self._start, self._next, self._length = 0.0, 0.0, 1.0
        self._plan()

    def __call__(self, seconds: float) -> tuple[float, float]:
        """Return yaw and pitch of the gaze, degrees."""
        if not self._options.per_minute:
            return 0.0, 0.0
        while seconds >= self._next:
            self._begin()
        share = _eased((seconds - self._start) / self._length)
        (x, y), (to_x, to_y) = self._from, self._to
        return x + share * (to_x - x), y + share * (to_y - y)

    def _plan(self) -> None:
        if self._options.per_minute:
            mean = 60 / self._options.per_minute * (1 + self._DEGREES / self._BACK)
            gap = exp(-self._size / self._BACK) * _log_normal(self._random, mean, 0.8)
            self._next = self._start + max(gap, 0.15)

    def _begin(self) -> None:
        self._start, self._from = self._next, self._to
        self._size = min(self._random.exponential(self._DEGREES), self._MOST)
        size = self._size * self._options.amount
        angle = 2 * pi * self._random.random()
        self._to = (size * cos(angle), self._FLAT * size * sin(angle))
        degrees = sqrt(sum((b - a) ** 2 for a, b in zip(self._from, self._to, strict=True)))
        self._length = 0.021 + 0.0022 * degrees
        self._plan()


def _breath(options: Breathing, seconds: float) -> float:
    """How much air there is, 0 to 1; none at the beginning."""
    phase = seconds * options.per_minute / 60 % 1.0
    return options.amount * _eased(phase / 0.4 if phase < 0.4 else (1.0 - phase) / 0.6)


class Life:
    """All of idle life but blinks, which are presets; asked at times that do not go back."""

    _RISE, _LIFT = -0.006, 0.25  # face units, degrees

    def __init__(self, options: Idle, seed: int) -> None:
        self._drift = HeadDrift(options.head, seed)
        self._eyes = Eyes(options.saccades, seed)
        self._breathing = options.breathing

    def add(self, seconds: float, values: list[float]) -> None:
        """Add it to the slots of a performance."""
        moved, breath = self._drift(seconds), _breath(self._breathing, seconds)
        moved[_PITCH] += self._LIFT * breath
        moved[_Y] += self._RISE * breath
        for slot, value in zip(_HEAD, moved, strict=True):
            values[slot] += value
        yaw, pitch = self._eyes(seconds)
        values[SLOT["gaze.yaw"]] += yaw - moved[_YAW]
        values[SLOT["gaze.pitch"]] += pitch - moved[_PITCH]


def _eased(share: float) -> float:
    """Go from 0 to 1 with the least jerk (Flash and Hogan 1985, J. Neurosci. 5:1688)."""
    x = min(max(share, 0.0), 1.0)
    return x * x * x * (10 + x * (6 * x - 15))
