"""The 52 blendshapes of a `FaceMotion` or `FaceObservation`: names, order and linear basis.

Order: as MediaPipe's Face Landmarker yields them, without its `_neutral` (its index 0) and with
ARKit's `tongueOut`, which that tracker does not measure, last. So index `i` here is MediaPipe's
`i + 1`, and index 51 is `tongueOut`. Each runs from 0 (neutral) to 1 (ARKit's maximum); left and
right are the subject's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import BLENDSHAPES

if TYPE_CHECKING:
    from a1sdk.components.data import Floats

BLENDSHAPE_NAMES: tuple[str, ...] = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)

INDEX: dict[str, int] = {name: index for index, name in enumerate(BLENDSHAPE_NAMES)}


def from_mediapipe(scores: Floats) -> Floats:
    """Reorder the 52 scores of MediaPipe's blendshape model: drop `_neutral`, add `tongueOut`."""
    return np.append(scores[1:BLENDSHAPES], np.float32(0)).astype(np.float32)
