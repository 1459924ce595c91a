"""What each of ARKit's shapes is, in movements of `muscles` at their strength.

The amounts say what the person does at 1, the most that a face does, and are tuned so that the
tracker's blendshape network reads the shape, and little else, in several faces. Only the right
and the symmetric shapes are written; left is the mirror image. In a symmetric shape both sides do
each movement.
"""

from __future__ import annotations

RIGHT: dict[str, dict[str, float]] = {
    "browDownRight": {
        "brow_inner": -0.8,
        "brow_middle": -0.7,
        "brow_outer": -0.3,
        "brow_in": 0.4,
    },
    "browOuterUpRight": {"brow_outer": 0.9, "brow_middle": 0.35},
    "cheekSquintRight": {"cheek_up": 1.2, "lid_up": 1.5},
    "eyeBlinkRight": {"lid_down": 1.0, "lid_up": 1.0},
    "eyeLookDownRight": {"iris_down": 1.1, "lid_down": 0.5, "lid_up": -0.7},
    "eyeLookInRight": {"iris_left": 1.1},
    "eyeLookOutRight": {"iris_right": 1.1},
    "eyeLookUpRight": {"iris_up": 1.1, "lid_down": -0.3, "lid_up": 0.6},
    "eyeSquintRight": {"lid_up": 2.5, "lid_down": 0.15, "cheek_up": 0.4},
    "eyeWideRight": {"lid_down": -0.44, "lid_up": -0.3},
    "jawRight": {"jaw_right": 1.05},
    "mouthDimpleRight": {
        "corner_out": 0.55,
        "corner_back": 1.0,
        "corner_up": 0.25,
        "upper_thin": 0.3,
        "lower_thin": 0.35,
    },
    "mouthFrownRight": {
        "corner_up": -1.0,
        "corner_out": 0.25,
        "upper_up": 0.1,
        "lower_thin": 0.1,
    },
    "mouthRight": {"lips_right": 1.1},
    "mouthLowerDownRight": {"lower_down": 1.0, "corner_up": -0.1},
    "mouthPressRight": {
        "upper_thin": 0.45,
        "lower_thin": 0.6,
        "corner_out": 0.3,
        "corner_up": 0.35,
        "corner_back": 0.3,
    },
    "mouthSmileRight": {"smile": 1.4, "corner_up": 0.15, "cheek_up": 0.3},
    "mouthStretchRight": {"corner_out": 1.05, "corner_up": -0.25, "corner_back": 0.5},
    "mouthUpperUpRight": {"upper_up": 0.85, "nose_up": 0.3, "corner_up": 0.1},
    "noseSneerRight": {"nose_up": 1.5, "upper_up": 0.2, "cheek_up": 0.4},
}

BOTH: dict[str, dict[str, float]] = {
    "browInnerUp": {"brow_inner": 1.0, "brow_middle": 0.2},
    "cheekPuff": {"cheek_puff": 1.0},
    "jawForward": {"jaw_forward": 1.0},
    "jawOpen": {"jaw_open": 1.0},
    "mouthClose": {"lips_close": 1.0},
    "mouthFunnel": {
        "purse": 1.0,
        "upper_up": 0.5,
        "lower_down": 0.9,
        "upper_forward": 0.9,
        "lower_forward": 0.9,
        "upper_thin": -0.3,
        "lower_thin": -0.5,
        "chin_up": -0.6,
    },
    "mouthPucker": {
        "purse": 0.68,
        "upper_forward": 0.45,
        "lower_forward": 0.45,
        "upper_thin": -0.25,
        "lower_thin": -0.15,
        "corner_up": 0.2,
    },
    "mouthRollLower": {"lower_thin": 1.1, "chin_up": 0.2},
    "mouthRollUpper": {"upper_thin": 1.05},
    "mouthShrugLower": {"chin_up": 1.0, "lower_forward": 0.3, "upper_up": 0.35},
    "mouthShrugUpper": {"upper_up": 0.45, "lower_down": -0.35, "upper_forward": 0.4},
}
