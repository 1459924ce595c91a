"""Carry a subject's motion onto a portrait's own face.

Relative expression keeps what the portrait's face already does and adds what the subject does
beyond its own neutral face. Absolute expression first takes the portrait's expression away, as far
as its blendshapes tell it, so that a smiling portrait driven by a smile smiles once. Relative head
motion turns the portrait's head from where it is; absolute turns it to where the subject's is.

A displacement is fitted to the portrait's proportions where it matters: lids by how far each face's
eyes are open, irises by the width of the eyes, mouth and jaw by the width of the mouth, so
that lids which close on the subject close on the portrait. Lids and lips never cross.
"""

from __future__ import annotations

from math import isfinite, tanh
from typing import TYPE_CHECKING, Literal

import numpy as np

from a1sdk.components.data import HeadReference, TargetFrame
from a1sdk.errors import CapabilityError, ConfigError, NoFaceError
from a1sdk.motion.blendshapes import displacement, reference_face, resting_scores
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.landmarks import (
    IRISES,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LOWER_LID_SKIN,
    LOWER_LIDS,
    LOWER_LIP,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BASE,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    UPPER_LID_SKIN,
    UPPER_LIDS,
    UPPER_LIP,
)
from a1sdk.motion.neutral import eye_apertures
from a1sdk.motion.pose import CAMERA_DISTANCE, NEAREST, own_pose
from a1sdk.motion.rotation import rotation_exp, rotation_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import FaceObservation, Floats
    from a1sdk.motion.frame import MotionFrame
    from a1sdk.motion.pose import Doubles, Points

    Indices = npt.NDArray[np.intp]

ExpressionReference = Literal["relative", "absolute"]
"""What the portrait's target expression is: its own plus the subject's, or the subject's alone."""

TRAVEL = 0.4
"""How far the head moves in the picture at most, in face units: about 4 cm."""

_SHUT = 0.15  # aperture, as a share of the neutral one, at which trackers see closed eyes
_UPPER_SHARE = 0.8  # of what is missing to a closed eye, how much the upper lid comes down
_SKIN = 0.5  # how far the skin beside an edge of a lid follows a correction
_RINGS = np.array([[1.0], [0.75], [0.5], [0.25]])  # the same for the rings of a lip
_LID_RANGE = (0.3, 2.5)
_MOUTH_RANGE = (0.75, 1.33)
_WIDTH_RANGE = (0.75, 1.33)

_TOP, _BOTTOM = np.array(UPPER_LIDS), np.array(LOWER_LIDS)
_TOP_SKIN, _BOTTOM_SKIN = np.array(UPPER_LID_SKIN), np.array(LOWER_LID_SKIN)
_IRISES = np.array(IRISES)
_LIP_TOP, _LIP_BOTTOM = np.array(UPPER_LIP), np.array(LOWER_LIP)
_CORNERS = np.array(((RIGHT_EYE_OUTER, RIGHT_EYE_INNER), (LEFT_EYE_OUTER, LEFT_EYE_INNER)))


class Retarget:
    """Turns motion frames into targets for one portrait's landmarks.

    In relative mode a resting motion gives the portrait's landmarks back, bit for bit.
    Under 0.1 ms a frame.

    Args:
        portrait_face: the portrait's face, as tracked.
        expression_gain: factor on the expression, 0 or more.
        head_gain: factor on the angle of the head's rotation and on its translation.
        expression: see the module; `absolute` needs the portrait's blendshapes.
        head: see the module; use the reference that the motion's `StreamInfo.head` names.
        travel: how far the head may move in the picture, in face units, because it sits on a
            neck: up to half of it freely, further moves are compressed. Infinite for any way.

    Raises:
        ConfigError: a gain is negative or no number, or there is no travel.
        CapabilityError: absolute expression without blendshapes of the portrait.
    """

    def __init__(
        self,
        portrait_face: FaceObservation,
        *,
        expression_gain: float = 1.0,
        head_gain: float = 1.0,
        expression: ExpressionReference = "relative",
        head: HeadReference = "relative",
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
        relaxed = own if expression == "relative" else own - _own_expression(portrait_face)
        self._fit = _Fit(own, relaxed)
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
        shape = self._fit.apply(wanted, motion.neutral)
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


class _Fit:
    """Puts displacements of any subject on one portrait's shape."""

    def __init__(self, own: Doubles, relaxed: Doubles) -> None:
        """Take the portrait's shape as it is, and without its expression where that goes."""
        self._lid_floor = np.minimum(0.0, _gap(own, _TOP, _BOTTOM))
        self._lip_floor = np.minimum(0.0, _gap(own, _LIP_TOP[0], _LIP_BOTTOM[0]))
        self.base = relaxed.copy()
        self._uncross(self.base)  # more may have been taken off than there was
        self.neutral = self.base.astype(np.float32)
        self._opening = eye_apertures(self.base)
        self._lid_gap = _gap(self.base, _TOP, _BOTTOM)
        self._prepare(reference_face())

    def apply(self, wanted: Floats, subject: Floats | None) -> Doubles:
        """Return the portrait's shape with a displacement of the subject's neutral face."""
        subject = reference_face() if subject is None else subject
        if subject is not self._subject:
            self._prepare(subject)
        moved = wanted * self._scale
        moved[_IRISES] = moved[_IRISES].mean(axis=1, keepdims=True)  # irises do not deform
        shape = self.base + moved
        self._close_eyes(shape, wanted)
        self._uncross(shape)
        return shape

    def _prepare(self, subject: Floats) -> None:
        """Compare the proportions of the subject and the portrait."""
        self._subject = subject
        self._subject_opening = np.maximum(eye_apertures(subject), 0.01)
        self._scale = _proportions(self.base, subject)
        lids = np.clip(self._opening / self._subject_opening, *_LID_RANGE)
        widths = np.clip(_eye_widths(self.base) / _eye_widths(subject), *_WIDTH_RANGE)
        for eye in (0, 1):
            for points in (_TOP, _BOTTOM, _TOP_SKIN, _BOTTOM_SKIN):
                self._scale[points[eye], 1] = lids[eye]
            self._scale[_IRISES[eye]] = widths[eye]

    def _close_eyes(self, shape: Doubles, wanted: Floats) -> None:
        """Close the eyes as far as the subject's are closed."""
        change = (wanted[_BOTTOM, 1] - wanted[_TOP, 1])[:, 1:6].mean(axis=1)
        closing = np.clip(-change / self._subject_opening / (1.0 - _SHUT), 0.0, 1.0)[:, None]
        trust = closing * closing * (3.0 - 2.0 * closing)
        gap = _gap(shape, _TOP, _BOTTOM)
        fitting = (1.0 - trust) * gap + trust * (1.0 - closing) * self._lid_gap
        _approach(shape, gap - fitting)

    def _uncross(self, shape: Doubles) -> None:
        """Keep lids, and the inner edges of the lips, from passing through each other."""
        crossed = self._lid_floor - _gap(shape, _TOP, _BOTTOM)
        if crossed.max() > 0.0:
            _approach(shape, -np.maximum(crossed, 0.0))
        crossed = self._lip_floor - _gap(shape, _LIP_TOP[0], _LIP_BOTTOM[0])
        if crossed.max() > 0.0:
            correction = _RINGS * (0.5 * np.maximum(crossed, 0.0))
            shape[_LIP_TOP, 1] -= correction
            shape[_LIP_BOTTOM, 1] += correction


def _gap(shape: Doubles, top: Indices, bottom: Indices) -> Doubles:
    return np.asarray(shape[bottom, 1] - shape[top, 1])


def _approach(shape: Doubles, way: Doubles) -> None:
    """Move the edges of the lids towards each other, and the skin beside them half as far."""
    down, up = _UPPER_SHARE * way, (1.0 - _UPPER_SHARE) * way
    shape[_TOP, 1] += down
    shape[_TOP_SKIN, 1] += _SKIN * down
    shape[_BOTTOM, 1] -= up
    shape[_BOTTOM_SKIN, 1] -= _SKIN * up


def _own_expression(face: FaceObservation) -> Doubles:
    if face.blendshapes is None:
        raise CapabilityError(
            "Absolute expression needs the portrait's blendshapes, and its face tracker has none.",
            hint="use a face tracker that measures blendshapes, or expression relative",
        )
    active = np.clip(face.blendshapes - resting_scores(), 0.0, 1.0)
    return displacement(active).astype(np.float64)


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


def _proportions(base: Doubles, subject: Points) -> Doubles:
    """Factors [478, 3]: the ratio of mouth widths from the mouth down, 1 from the nose up."""
    ratio = np.clip(_mouth_width(base) / _mouth_width(subject), *_MOUTH_RANGE)
    nose = base[NOSE_BASE[0], 1]
    mouth = base[[MOUTH_RIGHT, MOUTH_LEFT], 1].mean()
    low = np.clip((base[:, 1:] - nose) / (mouth - nose), 0.0, 1.0)[:, :1]
    return np.asarray(np.repeat(1.0 + low * low * (3.0 - 2.0 * low) * (ratio - 1.0), 3, axis=1))


def _mouth_width(shape: Points) -> float:
    return float(np.linalg.norm(shape[MOUTH_LEFT] - shape[MOUTH_RIGHT]))


def _eye_widths(shape: Points) -> Doubles:
    return np.asarray(np.linalg.norm(shape[_CORNERS[:, 0]] - shape[_CORNERS[:, 1]], axis=1))
