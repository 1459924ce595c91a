"""How much motion jitters, and what cleaning it did: to the jitter, in time, to blinks and lips.

Jitter of a region: the third difference of its points over time, root mean square over the
points by their weight in the region and over coordinates, divided by the square root of 20, and of
that the median over the frames. For noise that is independent from frame to frame this is the
noise's standard deviation; what moves evenly has none; and blinks, being rare, do not count.
In face units. The head's is that of its landmarks in the picture.

Lag of a region: by how many frames the motion has to be moved to correlate best with the motion
it was cleaned from, over all its points; parabolic between frames. Positive is late.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import LANDMARKS
from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.landmarks import STABLE
from a1sdk.motion.measure import measure
from a1sdk.motion.pose import CAMERA_DISTANCE
from a1sdk.motion.regions import REGIONS, point_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.frame import FaceMotion

    Doubles = npt.NDArray[np.float64]

LIPS_MEET, LIPS_APART = 0.02, 0.04
"""Face units between lips: closed is less than `LIPS_MEET` between two times of `LIPS_APART`."""

_REACH = 8  # frames that a lag is looked for on either side
_TINY = 1e-30  # where nothing moves
_NEAR = 2  # frames within which a closure is looked for after cleaning
_THIRD = np.array([-1.0, 3.0, -3.0, 1.0]) / np.sqrt(20.0)
_HEAD = reference_face()[list(STABLE)].astype(np.float64)
_POINTS = LANDMARKS + len(_HEAD)
_COORDINATES = np.array([2.0 if region == "head" else 3.0 for region in REGIONS])


@dataclass(frozen=True, slots=True)
class RegionCleaning:
    """What cleaning did to a region; see the module."""

    region: str
    jitter_before: float
    jitter_after: float
    lag: float


@dataclass(frozen=True, slots=True)
class Closures:
    """How far closed something was, at its most closed, before and after cleaning: means."""

    count: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What cleaning did.

    Attributes:
        rate: frames per second.
        regions: jitter in face units and lag in frames, for each region.
        blinks: how far the eyes are open at blinks; 1 is neutral, 0 shut.
        lips: height between the lips where they meet between two openings, in face units.
    """

    rate: Fraction
    regions: tuple[RegionCleaning, ...]
    blinks: Closures
    lips: Closures


def compare(before: MotionClip, after: MotionClip) -> CleaningReport:
    """Return what cleaning `before` to `after` did; neither is kept in memory."""
    watch = _Watch()
    for one, other in zip(before.frames(), after.frames(), strict=True):
        watch.see(one.face, other.face)
    curves, cleaned = measure(before.frames()), measure(after.frames())
    rate = before.info.rate
    openness = curves.eyes.max(axis=1), cleaned.eyes.max(axis=1)
    return CleaningReport(
        rate=rate,
        regions=tuple(
            RegionCleaning(region, float(rough), float(calm), float(lag))
            for region, rough, calm, lag in zip(REGIONS, *watch.jitter(), watch.lags(), strict=True)
        ),
        blinks=_closures(curves.blinks(rate), *openness),
        lips=_closures(lip_closures(curves.mouth), curves.mouth, cleaned.mouth),
    )


def lip_closures(mouth: Doubles) -> list[int]:
    """Return the frames in which lips that met were nearest, one for each time they met.

    Args:
        mouth: height between the lips in face units, frame by frame.
    """
    found, start, opened = [], None, False
    for frame, height in enumerate(mouth):
        if opened and start is None and height < LIPS_MEET:
            start = frame
        elif not height <= LIPS_APART:
            if start is not None and height > LIPS_APART:
                found.append(start + int(np.argmin(mouth[start:frame])))
            start, opened = None, bool(height > LIPS_APART)
    return found


def _closures(frames: list[int], before: Doubles, after: Doubles) -> Closures:
    """Compare the extremes at some frames; cleaning may have moved them a little."""
    if not frames:
        return Closures(0, 0.0, 0.0)
    around = [after[max(0, frame - _NEAR) : frame + _NEAR + 1] for frame in frames]
    kept = [float(np.nanmin(values)) for values in around]
    return Closures(len(frames), float(np.mean(before[frames])), float(np.mean(kept)))


class _Watch:
    """Goes through two motions at once and adds up what jitter and lag are made of."""

    def __init__(self) -> None:
        self._past: deque[tuple[Doubles, Doubles]] = deque(maxlen=_REACH)
        self._origin: Doubles | None = None
        self._rough: list[Doubles] = []
        self._lags = range(-_REACH, _REACH + 1)
        self._count = np.zeros(len(self._lags))
        self._sums = np.zeros((5, len(self._lags), _POINTS, 3))

    def see(self, before: FaceMotion | None, after: FaceMotion | None) -> None:
        """Take in one frame of each."""
        if before is None or after is None:
            self._past.clear()
            return
        pair = _points(before), _points(after)
        if self._origin is None:
            self._origin = pair[0]
        pair = pair[0] - self._origin, pair[1] - self._origin
        if len(self._past) >= 3:
            self._rough.append(_roughness([*self._past][-3:], pair))
        self._correlate(pair)
        self._past.append(pair)

    def _correlate(self, pair: tuple[Doubles, Doubles]) -> None:
        for place, lag in enumerate(self._lags):
            if abs(lag) > len(self._past):
                continue
            early = self._past[-abs(lag)] if lag else pair
            before = early[0] if lag > 0 else pair[0]
            after = early[1] if lag < 0 else pair[1]
            self._count[place] += 1
            self._sums[:, place] += before, after, before * after, before**2, after**2

    def jitter(self) -> Doubles:
        """The jitter before and after, [2, regions]; 0 where there are too few frames."""
        if not self._rough:
            return np.zeros((2, len(REGIONS)))
        return np.asarray(np.median(self._rough, axis=0))

    def lags(self) -> Doubles:
        """The lag of each region, [regions], in frames."""
        count = np.maximum(self._count, 1.0)[:, None, None]
        first, second, product, *squares = self._sums / count
        shared = _by_region((product - first * second).sum(axis=-1))
        own = [
            _by_region((square - mean**2).sum(axis=-1))
            for square, mean in zip(squares, (first, second), strict=True)
        ]
        correlation = shared / np.sqrt(np.maximum(own[0] * own[1], _TINY))
        return np.array([_peak(curve) for curve in correlation.T])


def _points(face: FaceMotion) -> Doubles:
    """Displacements of the landmarks, and places of some of the head in the picture: [n, 3]."""
    moved = _HEAD @ face.rotation.T + face.translation
    nearer = CAMERA_DISTANCE / (CAMERA_DISTANCE + face.translation[2])
    moved[:, :2] *= nearer
    moved[:, 2] = 0.0
    return np.concatenate([face.expression, moved])


def _roughness(past: list[tuple[Doubles, Doubles]], pair: tuple[Doubles, Doubles]) -> Doubles:
    """The size of the third difference of four frames, of both motions by region: [2, regions]."""
    third = np.tensordot(_THIRD, np.stack([*past, pair]), 1)
    return np.asarray(np.sqrt(_by_region(np.square(third).sum(axis=2)) / _COORDINATES))


def _by_region(values: Doubles) -> Doubles:
    """The weighted mean over each region's points: [..., points] to [..., regions]."""
    return np.asarray(values @ _weights().T)


@cache
def _weights() -> Doubles:
    weights = np.zeros((len(REGIONS), _POINTS))
    for place, region in enumerate(REGIONS):
        weights[place, :LANDMARKS] = point_weights(region)
    weights[REGIONS.index("head"), LANDMARKS:] = 1.0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _peak(curve: Doubles) -> float:
    """Where a correlation over the lags is highest, between frames."""
    top = int(np.argmax(curve))
    if curve[top] <= 0.0 or top in (0, len(curve) - 1):
        return 0.0 if curve[top] <= 0.0 else float(top - _REACH)
    left, middle, right = curve[top - 1 : top + 2]
    return float(top - _REACH + 0.5 * (left - right) / (left - 2 * middle + right))
