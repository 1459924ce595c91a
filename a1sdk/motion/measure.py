"""What a performance does, as curves and figures that an editor can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.gaze import gaze
from a1sdk.motion.landmarks import MOUTH_LEFT, MOUTH_RIGHT
from a1sdk.motion.neutral import eye_apertures, mouth_opening
from a1sdk.motion.rotation import euler

if TYPE_CHECKING:
    from a1sdk.motion.frame import MotionFrame
    from a1sdk.motion.pose import Doubles, Points
    from a1sdk.timing import FrameRange

SHUT, REOPENED = 0.5, 0.7
"""A blink begins when both eyes are open less than `SHUT`, and ends above `REOPENED`."""

LONGEST_BLINK = Fraction(3, 5)
"""Seconds; eyes shut for longer are closed, not blinking."""

_COLUMNS = 12


@dataclass(frozen=True, eq=False)
class Curves:
    """A performance frame by frame, float64 [T, ...]; not a number where there is no face.

    Attributes:
        angles: [T, 3], degrees: yaw, pitch, roll, see `a1sdk.motion.rotation.Euler`.
        translation: [T, 3], face units.
        eyes: [T, 2], how far the subject's right and left eye are open; 1 is neutral, 0 shut.
        mouth: [T], height between the lips in face units.
        mouth_width: [T], distance of the corners of the mouth; 1 is neutral.
        gaze: [T, 2], degrees that the eyes look right in the picture and up; `a1sdk.motion.gaze`.
    """

    angles: Doubles
    translation: Doubles
    eyes: Doubles
    mouth: Doubles
    mouth_width: Doubles
    gaze: Doubles

    def part(self, frames: FrameRange) -> Curves:
        """Return the curves of some frames."""
        part = slice(frames.start, frames.stop)
        return Curves(**{one.name: getattr(self, one.name)[part] for one in fields(self)})

    def blinks(self, rate: Fraction) -> list[int]:
        """Return the frames in which both eyes are most shut, one for each blink."""
        openness = self.eyes.max(axis=1)
        found, start = [], None
        for frame, value in enumerate(openness):
            if start is None and value < SHUT:
                start = frame
            elif start is not None and not value <= REOPENED:
                if value > REOPENED and frame - start <= LONGEST_BLINK * rate:
                    found.append(start + int(np.argmin(openness[start:frame])))
                start = None
        return found


def measure(frames: Iterable[MotionFrame]) -> Curves:
    """Return the curves of a performance; the frames are not kept."""
    rows = [_row(frame) for frame in frames]
    table = np.array(rows, np.float64).reshape(len(rows), _COLUMNS)
    return Curves(
        table[:, :3], table[:, 3:6], table[:, 6:8], table[:, 8], table[:, 9], table[:, 10:]
    )


def _row(frame: MotionFrame) -> list[float]:
    face = frame.face
    if face is None:
        return [float("nan")] * _COLUMNS
    neutral = reference_face() if face.neutral is None else face.neutral
    shape = neutral + face.expression
    eyes = eye_apertures(shape) / np.maximum(eye_apertures(neutral), 0.01)
    width = _mouth_width(shape) / _mouth_width(neutral)
    mouth = float(mouth_opening(shape))
    moved = face.translation.tolist()
    return [*euler(face.rotation), *moved, *eyes.tolist(), mouth, width, *gaze(face)]


def moves(values: Doubles, least: float) -> bool:
    """Return whether a column of curves [T, n] ranges over `least` or more where it is known."""
    known = values[~np.isnan(values).any(axis=1)]
    return bool(len(known)) and float(np.ptp(known, axis=0).max()) >= least


def _mouth_width(shape: Points) -> float:
    return float(np.linalg.norm(shape[MOUTH_LEFT] - shape[MOUTH_RIGHT]))
