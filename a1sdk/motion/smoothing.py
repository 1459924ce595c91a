"""Take the tracker's jitter out of motion, and leave the performance in.

Each part of the face is smoothed around each frame, so nothing lags. What a short polynomial fit
(Savitzky and Golay 1964) over the frames around does not explain is either jitter or a fast
movement, such as a blink; which of the two, its size tells. The fit's residual `r`, pooled over
the points of a part, is kept by the factor `r^4 / (r^4 + n^4)` for jitter of size `n`, a steeper
form of Wiener's gain. So residuals of the size of jitter go, and a blink, many times larger,
stays. No part is ever moved by more than `0.6 n` (root mean square over its points).

Windows never reach across a gap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import LANDMARKS
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.parts import (
    ANGLE_JITTER,
    HEAD_WINDOW,
    MOVE_JITTER,
    PARTS,
    SCORE_JITTER,
    Strengths,
    pooled,
)
from a1sdk.motion.rotation import nearest_rotation, rotation_exp, rotation_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

_LONGEST_WINDOW = 15  # frames on each side
_DEGREE = 2
_TINY = 1e-60  # where nothing is left and nothing is jitter


def smooth(
    frames: Iterable[MotionFrame],
    rate: Fraction,
    strength: float | Mapping[str, float] = 1.0,
) -> Iterator[MotionFrame]:
    """Yield the frames with their jitter reduced.

    Frames without a face pass unchanged. Holds back 0.2 s of frames, at most 15.

    Args:
        frames: motion, gaps not filled.
        rate: its frames per second.
        strength: factor on the size of what is taken for jitter, 0 (off) to 4; a number, or
            numbers by region or group, see `a1sdk.motion.regions`, others being 1.

    Raises:
        ConfigError: a strength is out of range, or there is no such region.
    """
    strengths = Strengths.of(strength)
    return _smoothed(frames, _Smoother(rate, strengths)) if strengths else iter(frames)


def _smoothed(frames: Iterable[MotionFrame], smoother: _Smoother) -> Iterator[MotionFrame]:
    """Slide a window over the frames; `place` is the frame in it that is smoothed next."""
    window: deque[MotionFrame] = deque()
    place = 0
    for frame in frames:
        window.append(frame)
        if len(window) - place > smoother.reach:
            yield smoother(window, place)
            place += 1
            if place > smoother.reach:
                window.popleft()
                place -= 1
    for rest in range(place, len(window)):
        yield smoother(window, rest)


class _Smoother:
    """Smooths one frame among its neighbors."""

    def __init__(self, rate: Fraction, strengths: Strengths) -> None:
        self._strengths = strengths
        self._reaches = tuple(_reach(part.window, rate) for part in PARTS)
        self._jitter = strengths.by_region * np.array([part.jitter for part in PARTS])
        self._head = _reach(HEAD_WINDOW, rate)
        self.reach = max(self._head, *self._reaches)

    def __call__(self, window: deque[MotionFrame], place: int) -> MotionFrame:
        face = window[place].face
        if face is None:
            return window[place]
        faces, place_among = _run(window, place)
        rotation, translation = self._smooth_head(faces, place_among)
        smoothed = replace(
            face,
            expression=self._smooth_expression(faces, place_among),
            rotation=rotation,
            translation=translation,
            blendshapes=self._smooth_blendshapes(faces, place_among),
        )
        return MotionFrame(window[place].pts, smoothed)

    def _smooth_expression(self, faces: list[FaceMotion], place: int) -> Floats:
        around, before, after = _around(faces, place, max(self._reaches))
        weights = _point_weights(before, after, self._reaches)
        own = faces[place].expression
        fitted = (weights * np.stack([face.expression for face in around])).sum(0)
        residual = own - fitted
        kept = self._strengths.spread(_kept(pooled(residual), self._jitter))
        return np.asarray(fitted + residual * kept, np.float32)

    def _smooth_head(self, faces: list[FaceMotion], place: int) -> tuple[Floats, Floats]:
        around, before, after = _around(faces, place, self._head)
        weights = _fit_weights(before, after)
        own = faces[place].rotation.astype(np.float64)
        fitted = np.tensordot(weights, np.stack([face.rotation for face in around]), 1)
        turn = rotation_log(own.T @ nearest_rotation(fitted))
        turn *= 1.0 - _kept(np.square(turn).mean(), self._strengths.head * ANGLE_JITTER)
        moved = weights @ np.stack([face.translation for face in around])
        residual = faces[place].translation - moved
        square = np.square(residual / MOVE_JITTER).mean()
        translation = moved + residual * _kept(square, self._strengths.head)
        return (own @ rotation_exp(turn)).astype(np.float32), translation.astype(np.float32)

    def _smooth_blendshapes(self, faces: list[FaceMotion], place: int) -> Floats | None:
        """Smooth each coefficient by itself, over the shortest window."""
        own = faces[place].blendshapes
        around, before, after = _around(faces, place, min(self._reaches))
        scores = [face.blendshapes for face in around if face.blendshapes is not None]
        if own is None or len(scores) < len(around):
            return own
        fitted = _fit_weights(before, after) @ np.stack(scores)
        residual = own - fitted
        kept = _kept(np.square(residual), self._strengths.shapes * SCORE_JITTER)
        return np.asarray(np.clip(fitted + residual * kept, 0.0, 1.0), np.float32)


def _kept(square: Any, jitter: Any) -> Any:
    """The factor by which a residual is kept, from its mean square; see the module."""
    fourth = np.square(square)
    return fourth / np.maximum(fourth + jitter**4, _TINY)


def _run(window: deque[MotionFrame], place: int) -> tuple[list[FaceMotion], int]:
    """The faces around a frame up to the nearest gaps, and the frame's place among them."""
    faces = [frame.face for frame in window]
    first = place
    while first > 0 and faces[first - 1] is not None:
        first -= 1
    run: list[FaceMotion] = []
    for face in faces[first:]:
        if face is None:
            break
        run.append(face)
    return run, place - first


def _around(faces: list[FaceMotion], place: int, reach: int) -> tuple[list[FaceMotion], int, int]:
    """The faces within reach, and how many of them are before and after `place`."""
    first, last = max(0, place - reach), min(len(faces), place + reach + 1)
    return faces[first:last], place - first, last - 1 - place


@cache
def _point_weights(before: int, after: int, reaches: tuple[int, ...]) -> Floats:
    """Weights [frames, 478, 1]: of each point's neighbors within its part's reach."""
    weights = np.zeros((before + after + 1, LANDMARKS, 1), np.float32)
    for part, reach in zip(PARTS, reaches, strict=True):
        early, late = min(before, reach), min(after, reach)
        fit = _fit_weights(early, late)
        weights[before - early : before + late + 1, part.points, 0] = fit[:, None]
    return weights


@cache
def _fit_weights(before: int, after: int) -> npt.NDArray[np.float64]:
    """Weights of the neighbors in the value at 0 of the least-squares parabola through them."""
    places = np.arange(-before, after + 1)
    degree = min(_DEGREE, len(places) - 1)
    design = np.vander(places, degree + 1, increasing=True).astype(np.float64)
    return np.asarray(np.linalg.pinv(design)[0])


def _reach(window: Fraction, rate: Fraction) -> int:
    return min(_LONGEST_WINDOW, max(1, round(window * rate)))
