"""Take jitter out of motion as it comes in, without looking ahead.

The One Euro filter (Casiez, Roussel and Vogel 2012): a low-pass whose cutoff rises with speed, so
that a face at rest is calm and a blink is not held back. Speeds are those of a part of the face,
measured in the size of its jitter, so that all points of a lid are filtered alike. It lags:
`a1sdk.motion.jitter` says by how much.

    cutoff = (CUTOFF + RISE * speed) / strength        Hz; speed in sizes of jitter a second

A gap starts the filter anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.parts import ANGLE_JITTER, MOVE_JITTER, PARTS, SCORE_JITTER, Strengths, pooled
from a1sdk.motion.rotation import rotation_exp, rotation_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

    Doubles = npt.NDArray[np.float64]

CUTOFF = 0.5  # Hz, of a face at rest
RISE = 0.15  # Hz for each size of jitter a second
SPEED_CUTOFF = 12.0  # Hz, of the filter on speeds

_JITTER = np.array([part.jitter for part in PARTS])


def one_euro(
    frames: Iterable[MotionFrame],
    rate: Fraction,
    strength: float | Mapping[str, float] = 1.0,
) -> Iterator[MotionFrame]:
    """Yield the frames with their jitter reduced, each as soon as it is there.

    Args:
        frames: motion, gaps not filled; frames without a face pass unchanged.
        rate: its frames per second.
        strength: as in `a1sdk.motion.smoothing.smooth`.

    Raises:
        ConfigError: a strength is out of range, or there is no such region.
    """
    strengths = Strengths.of(strength)
    return _filtered(frames, float(rate), strengths) if strengths else iter(frames)


def _filtered(
    frames: Iterable[MotionFrame], rate: float, strengths: Strengths
) -> Iterator[MotionFrame]:
    run: _Run | None = None
    for frame in frames:
        if frame.face is None:
            run = None
            yield frame
        elif run is None:
            run = _Run(frame.face, rate, strengths)
            yield frame
        else:
            yield MotionFrame(frame.pts, run(frame.face))


class _Run:
    """The filter between two gaps; starts with the first face as it is."""

    def __init__(self, face: FaceMotion, rate: float, strengths: Strengths) -> None:
        self._face, self._strengths = face, strengths
        self._speeds = tuple(_Speed(rate) for _ in range(4))
        self._rate = rate

    def __call__(self, face: FaceMotion) -> FaceMotion:
        self._face = replace(
            face,
            expression=self._expression(face.expression),
            rotation=self._rotation(face.rotation),
            translation=self._translation(face.translation),
            blendshapes=self._blendshapes(face.blendshapes),
        )
        return self._face

    def _expression(self, seen: Floats) -> Floats:
        missing = seen - self._face.expression
        pace = np.sqrt(pooled(self._speeds[0](missing))) / _JITTER
        factors = _factor(pace, self._strengths.by_region, self._rate)
        return np.asarray(self._face.expression + self._strengths.spread(factors) * missing, "f4")

    def _rotation(self, seen: Floats) -> Floats:
        own = self._face.rotation.astype(np.float64)
        missing = rotation_log(own.T @ seen)
        pace = np.sqrt(np.square(self._speeds[1](missing)).mean()) / ANGLE_JITTER
        turn = _factor(pace, self._strengths.head, self._rate) * missing
        return (own @ rotation_exp(turn)).astype(np.float32)

    def _translation(self, seen: Floats) -> Floats:
        missing = seen - self._face.translation
        pace = np.sqrt(np.square(self._speeds[2](missing) / MOVE_JITTER).mean())
        factor = _factor(pace, self._strengths.head, self._rate)
        return np.asarray(self._face.translation + factor * missing, np.float32)

    def _blendshapes(self, seen: Floats | None) -> Floats | None:
        before = self._face.blendshapes
        if seen is None or before is None:
            return seen
        missing = seen - before
        pace = np.abs(self._speeds[3](missing)) / SCORE_JITTER
        return np.asarray(before + _factor(pace, self._strengths.shapes, self._rate) * missing)


class _Speed:
    """A low-passed derivative."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._share = SPEED_CUTOFF / (SPEED_CUTOFF + rate / (2 * pi))
        self._value: Any = 0.0

    def __call__(self, missing: Any) -> Any:
        self._value = self._value + self._share * (missing * self._rate - self._value)
        return self._value


def _factor(pace: Any, strength: Any, rate: float) -> Any:
    """How much of what is missing is made up for in one frame; all of it at strength 0."""
    cutoff = CUTOFF + RISE * pace
    return cutoff / (cutoff + strength * rate / (2 * pi))
