"""Bring a displacement measured on one face onto another.

A displacement is fitted to the other face's proportions where it matters: lids by how far each
face's eyes are open, irises by the width of the eyes, mouth and jaw by the width of the mouth, so
that lids which close on the one close on the other. Lids and lips never cross.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.motion.blendshapes import reference_face
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
from a1sdk.motion.mix import smoothstep
from a1sdk.motion.neutral import eye_apertures

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.motion.frame import FaceMotion
    from a1sdk.motion.pose import Doubles, Points

    Indices = npt.NDArray[np.intp]

_SHUT = 0.15  # aperture, as a share of the neutral one, at which trackers see closed eyes
_UPPER_SHARE = 0.8  # of what is missing to a closed eye, how much the upper lid comes down
_SKIN = 0.5  # how far the skin beside an edge of a lid follows a correction
_LID_RANGE = (0.3, 2.5)
_MOUTH_RANGE = (0.75, 1.33)
_WIDTH_RANGE = (0.75, 1.33)

_TOP, _BOTTOM = np.array(UPPER_LIDS), np.array(LOWER_LIDS)
_TOP_SKIN, _BOTTOM_SKIN = np.array(UPPER_LID_SKIN), np.array(LOWER_LID_SKIN)
_IRISES = np.array(IRISES)
_LIP_TOP, _LIP_BOTTOM = np.array(UPPER_LIP), np.array(LOWER_LIP)
_CORNERS = np.array(((RIGHT_EYE_OUTER, RIGHT_EYE_INNER), (LEFT_EYE_OUTER, LEFT_EYE_INNER)))


class Carry:
    """Brings the motion of one stream onto the neutral face of another.

    Between equal faces motion is left as it is, bit for bit.
    """

    def __init__(self) -> None:
        self._fit: Fit | None = None
        self._face: Floats | None = None

    def __call__(self, motion: FaceMotion, onto: Floats | None) -> FaceMotion:
        """Return `motion` as a displacement of the neutral face `onto`; None is the reference."""
        subject, face = _or_reference(motion.neutral), _or_reference(onto)
        if subject is face or np.array_equal(subject, face):
            return motion
        if self._fit is None or self._face is not face:
            self._fit, self._face = Fit(face.astype(np.float64)), face
        moved = self._fit.shape(motion.expression, subject) - self._fit.base
        return replace(motion, expression=moved.astype(np.float32), neutral=onto)


def _or_reference(neutral: Floats | None) -> Floats:
    return reference_face() if neutral is None else neutral


class Fit:
    """Puts displacements of any subject on one face's shape."""

    def __init__(self, own: Doubles, relaxed: Doubles | None = None) -> None:
        """Take the face's shape as it is, and without its expression where that goes."""
        relaxed = own if relaxed is None else relaxed
        self._lid_floor = np.minimum(0.0, _gap(own, _TOP, _BOTTOM))
        self._lip_floor = np.minimum(0.0, _gap(own, _LIP_TOP[0], _LIP_BOTTOM[0]))
        self.base = relaxed.copy()
        self._uncross(self.base)  # more may have been taken off than there was
        self.neutral = self.base.astype(np.float32)
        self._opening = eye_apertures(self.base)
        self._lid_gap = _gap(self.base, _TOP, _BOTTOM)
        self._prepare(reference_face())

    def shape(self, wanted: Floats, subject: Floats | None) -> Doubles:
        """Return the face's shape with a displacement of the subject's neutral face."""
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
        """Compare the proportions of the subject and the face."""
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
        trust = smoothstep(closing)
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
            correction = 0.5 * np.maximum(crossed, 0.0)  # of all rings: lips keep their thickness
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


def _proportions(base: Doubles, subject: Points) -> Doubles:
    """Factors [478, 3]: the ratio of mouth widths from the mouth down, 1 from the nose up."""
    ratio = np.clip(_mouth_width(base) / _mouth_width(subject), *_MOUTH_RANGE)
    nose = base[NOSE_BASE[0], 1]
    mouth = base[[MOUTH_RIGHT, MOUTH_LEFT], 1].mean()
    low = smoothstep(np.clip((base[:, 1:2] - nose) / (mouth - nose), 0.0, 1.0))
    return np.asarray(np.repeat(1.0 + low * (ratio - 1.0), 3, axis=1))


def _mouth_width(shape: Points) -> float:
    return float(np.linalg.norm(shape[MOUTH_LEFT] - shape[MOUTH_RIGHT]))


def _eye_widths(shape: Points) -> Doubles:
    return np.asarray(np.linalg.norm(shape[_CORNERS[:, 0]] - shape[_CORNERS[:, 1]], axis=1))
