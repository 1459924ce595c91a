"""Gaze angles to the shapes of the eyes."""

from __future__ import annotations

from math import radians, sin

from a1sdk_keyframes.channels import FULL_PITCH, FULL_YAW, SLOT

_IN = (SLOT["eyeLookInLeft"], SLOT["eyeLookInRight"])
_OUT = (SLOT["eyeLookOutLeft"], SLOT["eyeLookOutRight"])
_DOWN = (SLOT["eyeLookDownLeft"], SLOT["eyeLookDownRight"])
_UP = (SLOT["eyeLookUpLeft"], SLOT["eyeLookUpRight"])


def add_gaze(values: list[float], yaw: float, pitch: float) -> None:
    """Add a gaze in degrees to the shapes in `values`; both eyes turn alike.

    An iris moves by the sine of the angle. Lids go with it by themselves: they are part of the
    shapes that look up and down.

    Args:
        values: the slots of a performance, changed in place.
        yaw: degrees to the right of the picture, the subject's left.
        pitch: degrees up.
    """
    sideways = (_OUT[0], _IN[1]) if yaw > 0 else (_IN[0], _OUT[1])
    for slots, angle, full in (
        (sideways, abs(yaw), FULL_YAW),
        (_UP if pitch > 0 else _DOWN, abs(pitch), FULL_PITCH),
    ):
        turned = sin(radians(min(angle, full))) / sin(radians(full))
        for slot in slots:
            values[slot] += turned
