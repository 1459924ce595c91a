"""A file of keys as motion at any instant: keys, presets and idle life, added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from heapq import merge
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import (
    BLENDSHAPES,
    from_coefficients,
    from_euler,
    gaze_shapes,
    neck_swing,
    shapes_of,
)
from a1sdk_keyframes.channels import GAINS, GAZE, HEAD, REGIONS, SLOT, SLOTS, find
from a1sdk_keyframes.curve import Curve
from a1sdk_keyframes.idle import Life, blinks
from a1sdk_keyframes.keyed import KeyedChannel, local_time, looped_end

if TYPE_CHECKING:
    from a1sdk.plugin import FaceMotion
    from a1sdk_keyframes.model import KeysFile, Loop
    from a1sdk_keyframes.presets import Preset

_FIRST_HEAD, _FIRST_GAZE = SLOT[HEAD[0]], SLOT[GAZE[0]]

Parts = tuple[tuple[int, float], ...]


def length_of(file: KeysFile) -> Fraction | None:
    """Return how long a file lasts, in seconds; None for ever.

    Unless it says so itself: to its last key or the end of its last preset. What is only
    constants and idle life lasts for ever, and so does what an endless loop repeats.
    """
    if file.duration is not None:
        return file.duration
    ends = [looped_end(channel.loop, channel.keys[-1].at) for channel in file.channels.values()]
    ends += [preset.at + preset.count * preset.length for preset in file.presets]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends) or not any(known):
        return None
    return looped_end(file.loop, max(known))


class Performance:
    """The motion of a file, at times that do not go back.

    It is a function of exact time and the seed, whatever times it is asked for.
    """

    def __init__(self, file: KeysFile, seed: int) -> None:
        """Prepare to play `file` from its beginning."""
        self._loop = file.loop
        self._channels = [
            (find(name).parts, KeyedChannel.of(channel)) for name, channel in file.channels.items()
        ]
        self._rest = [0.0] * len(SLOTS)
        for name in GAINS:
            self._rest[SLOT[name]] = 0.0 if name in file.channels else 1.0
        self._gained = any(name in file.channels for name in GAINS)
        self._life = Life(file.idle, seed) if file.idle is not None else None
        actions = _actions(file.presets, file.loop)
        if file.idle is not None:
            living = map(Action.of, blinks(file.idle.blinks, seed))
            actions = merge(actions, living, key=lambda action: action.start)
        self._playing = _Playing(actions)

    def values(self, time: Fraction) -> list[float]:
        """Return the value of each of `SLOTS` at a time; shapes are 0..1, gaze is in them."""
        values, local = list(self._rest), local_time(self._loop, time)
        for parts, channel in self._channels:
            _add(values, parts, channel(local))
        self._playing.add(time, values)
        if self._life is not None:
            self._life.add(float(time), values)
        if self._gained:
            for slot, gain in _gains():
                values[slot] *= values[gain]
        for name, value in gaze_shapes(*values[_FIRST_GAZE : _FIRST_GAZE + 2]).items():
            values[SLOT[name]] += value
        values[:BLENDSHAPES] = [min(max(value, 0.0), 1.0) for value in values[:BLENDSHAPES]]
        return values

    def __call__(self, time: Fraction) -> FaceMotion:
        """Return the motion at a time."""
        values = self.values(time)
        head = values[_FIRST_HEAD : _FIRST_HEAD + len(HEAD)]
        rotation = from_euler(*head[:3])
        return from_coefficients(
            np.array(values[:BLENDSHAPES], np.float32),
            rotation=rotation,
            translation=(head[3:] + neck_swing(rotation)).tolist(),
        )


def _add(values: list[float], parts: Parts, value: float) -> None:
    for slot, share in parts:
        values[slot] += share * value


@cache
def _gains() -> list[tuple[int, int]]:
    """Each slot that a region's gain acts on, and that gain's slot."""
    owned = {region: [*shapes_of(region)] for region in REGIONS}
    owned["head"] += HEAD
    owned["gaze"] += GAZE
    return [(SLOT[name], SLOT[f"gain.{region}"]) for region in REGIONS for name in owned[region]]


@dataclass(frozen=True, slots=True)
class Action:
    """A preset, once."""

    start: Fraction
    length: Fraction
    curves: tuple[tuple[Parts, Curve], ...]

    @classmethod
    def of(cls, preset: Preset) -> Action:
        """Return a preset played for the first time."""
        curves = []
        for name, points in preset.played().items():
            times, values = zip(*points, strict=True)
            curves.append((find(name).parts, Curve.smooth(times, values)))
        return cls(preset.at, preset.length, tuple(curves))

    def again(self, later: Fraction) -> Action:
        """Return the same, that much later."""
        return Action(self.start + later, self.length, self.curves)


def _actions(presets: Iterable[Preset], loop: Loop | None) -> Iterator[Action]:
    """Yield what presets do, repetitions included, in order of time."""
    once = [(Action.of(preset), preset.count) for preset in presets]
    played = [action.again(n * action.length) for action, count in once for n in range(count)]
    played.sort(key=lambda action: action.start)
    if loop is None:
        return iter(played)
    return _repeated(played, loop)


def _repeated(actions: list[Action], loop: Loop) -> Iterator[Action]:
    length = loop.stop - loop.start
    yield from (action for action in actions if action.start < loop.start)
    inside = [action for action in actions if loop.start <= action.start < loop.stop]
    passes = range(loop.count) if loop.count is not None else count() if inside else ()
    for number in passes:
        yield from (action.again(number * length) for action in inside)
    if loop.count is not None:
        later = (loop.count - 1) * length
        yield from (action.again(later) for action in actions if action.start >= loop.stop)


class _Playing:
    """The actions under way at times that do not go back; keeps those only."""

    def __init__(self, actions: Iterator[Action]) -> None:
        self._coming = actions
        self._next = next(actions, None)
        self._now: list[Action] = []

    def add(self, time: Fraction, values: list[float]) -> None:
        """Add what the actions do at `time`."""
        while self._next is not None and self._next.start <= time:
            self._now.append(self._next)
            self._next = next(self._coming, None)
        if self._now:
            self._now = [action for action in self._now if time < action.start + action.length]
        for action in self._now:
            seconds = float(time - action.start)
            for parts, curve in action.curves:
                _add(values, parts, curve(seconds))
