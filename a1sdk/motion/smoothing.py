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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import LANDMARKS
from a1sdk.errors import ConfigError
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.landmarks import EYES, LIDS, LIPS
from a1sdk.motion.rotation import nearest_rotation, rotation_exp, rotation_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

MAX_STRENGTH = 4.0


@dataclass(frozen=True)
class _Part:
    """A part of the face that moves as one.

    Attributes:
        window: seconds on each side of a frame that the fit sees.
        jitter: root mean square of the tracker's jitter, in face units.
    """

    points: npt.NDArray[np.intp]
    window: Fraction
    jitter: float


def _rest_of_face() -> list[int]:
    return sorted(set(range(LANDMARKS)) - {*LIDS, *LIPS, *EYES})


_PARTS = (
    _Part(np.array(LIDS), Fraction(2, 25), 0.0010),
    _Part(np.array(LIPS), Fraction(2, 25), 0.0015),
    _Part(np.array(EYES), Fraction(3, 25), 0.0030),
    _Part(np.array(_rest_of_face()), Fraction(4, 25), 0.0030),
)
_HEAD_WINDOW = Fraction(5, 25)
_ANGLE_JITTER = 0.004  # radians
_MOVE_JITTER = np.array([0.004, 0.004, 0.03])  # face units; depth comes from a small change of size
_SCORE_JITTER = 0.02
_LONGEST_WINDOW = 15  # frames on each side
_DEGREE = 2


def smooth(
    frames: Iterable[MotionFrame], rate: Fraction, strength: float = 1.0
) -> Iterator[MotionFrame]:
    """Yield the frames with their jitter reduced.

    Frames without a face pass unchanged. Holds back 0.2 s of frames, at most 15.

    Args:
        frames: motion, gaps not filled.
        rate: its frames per second.
        strength: factor on the size of what is taken for jitter, 0 (off) to `MAX_STRENGTH`.

    Raises:
        ConfigError: the strength is out of range.
    """
    if not 0 <= strength <= MAX_STRENGTH:
        raise ConfigError(f"Smoothing strength {strength!r} is not between 0 and {MAX_STRENGTH}.")
    if strength == 0:
        return iter(frames)
    return _smoothed(frames, _Smoother(rate, strength))


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

    def __init__(self, rate: Fraction, strength: float) -> None:
        self._strength = strength
        self._reaches = tuple(_reach(part.window, rate) for part in _PARTS)
        self._head = _reach(_HEAD_WINDOW, rate)
        self._jitter = strength * np.array([part.jitter for part in _PARTS])
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
        square = np.bincount(_PART_OF, np.square(residual).sum(1)) / _VALUES
        kept = _kept(square, self._jitter)[_PART_OF, None]
        return np.asarray(fitted + residual * kept, np.float32)

    def _smooth_head(self, faces: list[FaceMotion], place: int) -> tuple[Floats, Floats]:
        around, before, after = _around(faces, place, self._head)
        weights = _fit_weights(before, after)
        own = faces[place].rotation.astype(np.float64)
        fitted = np.tensordot(weights, np.stack([face.rotation for face in around]), 1)
        turn = rotation_log(own.T @ nearest_rotation(fitted))
        turn *= 1.0 - _kept(np.square(turn).mean(), self._strength * _ANGLE_JITTER)
        moved = weights @ np.stack([face.translation for face in around])
        residual = faces[place].translation - moved
        square = np.square(residual / _MOVE_JITTER).mean()
        translation = moved + residual * _kept(square, self._strength)
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
        kept = _kept(np.square(residual), self._strength * _SCORE_JITTER)
        return np.asarray(np.clip(fitted + residual * kept, 0.0, 1.0), np.float32)


def _kept(square: Any, jitter: Any) -> Any:
    """The factor by which a residual is kept, from its mean square; see the module."""
    fourth = np.square(square)
    return fourth / (fourth + jitter**4)


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
    for part, reach in zip(_PARTS, reaches, strict=True):
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


def _part_of_point() -> npt.NDArray[np.intp]:
    parts = np.zeros(LANDMARKS, np.intp)
    for number, part in enumerate(_PARTS):
        parts[part.points] = number
    return parts


_PART_OF = _part_of_point()
_VALUES = 3.0 * np.bincount(_PART_OF)
