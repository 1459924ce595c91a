"""Carry a subject's motion onto a portrait's own face.

Relative expression keeps what the portrait's face already does and adds what the subject does
beyond its own neutral face. Absolute expression first takes the portrait's expression away, see
`a1sdk.motion.relax`, so that a smiling portrait driven by a smile smiles once. Relative head motion
turns the portrait's head from where it is; absolute turns it to where the subject's is.

A displacement is fitted to the portrait's proportions, see `a1sdk.motion.carry`.
"""

from __future__ import annotations

from math import isfinite, tanh
from typing import TYPE_CHECKING, Literal

import numpy as np

from a1sdk.components.data import HeadReference, TargetFrame
from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.motion.carry import Fit
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.pose import CAMERA_DISTANCE, NEAREST, own_pose
from a1sdk.motion.relax import lips_together, relaxed
from a1sdk.motion.rotation import rotation_exp, rotation_log

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats
    from a1sdk.motion.frame import MotionFrame
    from a1sdk.motion.pose import Doubles

ExpressionReference = Literal["relative", "absolute"]
"""What the portrait's target expression is: its own plus the subject's, or the subject's alone."""

TRAVEL = 0.4
"""How far the head moves in the picture at most, in face units: about 4 cm."""


class Retarget:
    """Turns motion frames into targets for one portrait's landmarks.

    In relative mode a resting motion that does not speak gives the portrait's landmarks back, bit
    for bit.
    Under 0.1 ms a frame.

    Args:
        portrait_face: the portrait's face, as tracked.
        expression_gain: factor on the expression, 0 or more.
        head_gain: factor on the angle of the head's rotation and on its translation.
        expression: see the module.
        speaks: whether the motion is speech that was made and not seen; a portrait whose lips
            are parted then rests with its lips together, so that they meet where they must.
        head: see the module; use the reference that the motion's `StreamInfo.head` names.
        travel: how far the head may move in the picture, in face units, because it sits on a
            neck: up to half of it freely, further moves are compressed. Infinite for any way.

    Raises:
        ConfigError: a gain is negative or no number, or there is no travel.
    """

    def __init__(
        self,
        portrait_face: FaceObservation,
        *,
        expression_gain: float = 1.0,
        head_gain: float = 1.0,
        expression: ExpressionReference = "relative",
        head: HeadReference = "relative",
        speaks: bool = False,
        travel: float = TRAVEL,
    ) -> None:
        if not travel > 0:
            raise ConfigError(f"travel is {travel!r}; it has to be more than 0.")
        self._travel = float(travel)
        self._expression_gain = _checked_gain("expression_gain", expression_gain)
        self._head_gain = _checked_gain("head_gain", head_gain)
        self._head = head
        self._portrait = portrait_face.landmarks
        self._pose = own_pose(portrait_face.landmarks)
        own = self._pose.unproject(portrait_face.landmarks)
        base = relaxed(portrait_face, own) if expression == "absolute" else own
        self._fit = Fit(own, lips_together(base) if speaks else base)
        self._base = self._fit.base
        self._drawn = self._place(own, self._pose.rotation, 1.0)

    def __call__(self, frame: MotionFrame) -> TargetFrame:
        """Return where the portrait's landmarks have to be.

        Raises:
            NoFaceError: the frame has no face; fill gaps first, see `a1sdk.motion.gaps`.
        """
        if frame.face is None:
            raise NoFaceError(
                f"Motion frame {frame.pts} has no face to retarget.",
                hint="fill gaps first with a1sdk.motion.gaps.fill_gaps",
            )
        motion = frame.face
        gain = self._expression_gain
        wanted = motion.expression if gain == 1.0 else np.float32(gain) * motion.expression
        shape = self._fit.shape(wanted, motion.neutral)
        rotation = motion.rotation.astype(np.float64)
        if self._head_gain != 1.0:
            rotation = rotation_exp(self._head_gain * rotation_log(rotation))
        translation = self._head_gain * motion.translation.astype(np.float64)
        translation[:2] *= _eased_share(float(np.hypot(*translation[:2])), self._travel)
        translation[2] = max(NEAREST, translation[2])
        landmarks = self._landmarks(shape, rotation, translation)
        return TargetFrame(frame.pts, landmarks, self._done(motion, shape, rotation, translation))

    def _landmarks(self, shape: Doubles, rotation: Doubles, translation: Doubles) -> Floats:
        """The portrait's landmarks plus what the motion changes, so that no motion changes none."""
        turned = rotation if self._head == "absolute" else self._pose.rotation @ rotation
        nearer = CAMERA_DISTANCE / (CAMERA_DISTANCE + translation[2])
        moved = self._place(shape, turned, nearer) - self._drawn
        moved[:, :2] += self._pose.scale * translation[:2]
        return (self._portrait + moved).astype(np.float32)

    def _place(self, shape: Doubles, rotation: Doubles, nearer: float) -> Doubles:
        return np.asarray(shape @ (self._pose.scale * nearer * rotation).T)

    def _done(
        self, motion: FaceMotion, shape: Doubles, rotation: Doubles, translation: Doubles
    ) -> FaceMotion:
        return FaceMotion(
            expression=(shape - self._base).astype(np.float32),
            rotation=rotation.astype(np.float32),
            translation=translation.astype(np.float32),
            blendshapes=motion.blendshapes,
            confidence=motion.confidence,
            neutral=self._fit.neutral,
        )


def _eased_share(way: float, limit: float) -> float:
    """Return by what factor a way is shortened so that it never exceeds the limit."""
    free = limit / 2
    if way <= free:
        return 1.0
    return (free + (limit - free) * tanh((way - free) / (limit - free))) / way


def _checked_gain(name: str, gain: float) -> float:
    if not (isfinite(gain) and gain >= 0):
        raise ConfigError(f"{name} is {gain!r}; it has to be 0 or more.")
    return float(gain)
