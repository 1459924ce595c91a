"""Gaze angles to the shapes of eyes and lids."""

from __future__ import annotations

from a1sdk_keyframes.channels import SLOT

FULL_YAW, FULL_UP, FULL_DOWN = 30.0, 25.0, 30.0
"""Degrees at which the eyeLook shapes reach 1; the eyes go no further."""

LID_DOWN, LID_UP = 0.4, 0.25
"""Of eyeBlink and eyeWide where the gaze is all down, all up: the upper lid goes with the eye."""

_IN = (SLOT["eyeLookInLeft"], SLOT["eyeLookInRight"])
_OUT = (SLOT["eyeLookOutLeft"], SLOT["eyeLookOutRight"])
_DOWN = tuple((SLOT[f"eyeLookDown{s}"], SLOT[f"eyeBlink{s}"]) for s in ("Left", "Right"))
_UP = tuple((SLOT[f"eyeLookUp{s}"], SLOT[f"eyeWide{s}"]) for s in ("Left", "Right"))


def add_gaze(values: list[float], yaw: float, pitch: float) -> None:
    """Add a gaze in degrees to the shapes in `values`; both eyes turn alike.

    Lids go with the eyes as in people, whose upper lid keeps its place on the eyeball over most
    of the vertical range (Becker and Fuchs 1988, J. Neurophysiol. 60:1227).

    Args:
        values: the slots of a performance, changed in place.
        yaw: degrees to the right of the picture, the subject's left.
        pitch: degrees up.
    """
    left_eye, right_eye = (_OUT[0], _IN[1]) if yaw > 0 else (_IN[0], _OUT[1])
    turned = min(abs(yaw) / FULL_YAW, 1.0)
    values[left_eye] += turned
    values[right_eye] += turned
    shapes, full, lids = (_UP, FULL_UP, LID_UP) if pitch > 0 else (_DOWN, FULL_DOWN, LID_DOWN)
    lifted = min(abs(pitch) / full, 1.0)
    for look, lid in shapes:
        values[look] += lifted
        values[lid] += lids * lifted
