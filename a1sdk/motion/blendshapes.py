"""The 52 blendshapes of a `FaceMotion` or `FaceObservation`: names, order and linear basis.

Order: as MediaPipe's Face Landmarker yields them, without its `_neutral` (its index 0) and with
ARKit's `tongueOut`, which that tracker does not measure, last. So index `i` here is MediaPipe's
`i + 1`, and index 51 is `tongueOut`. Each runs from 0 (neutral) to 1 (ARKit's maximum); left and
right are the subject's.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import BLENDSHAPES
from a1sdk.motion.frame import FaceMotion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

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

UNSEEN = frozenset({"tongueOut"})
"""Shapes that move no landmark, because none is there: renderers that take landmarks lack them."""

INDEX: dict[str, int] = {name: index for index, name in enumerate(BLENDSHAPE_NAMES)}


def from_mediapipe(scores: Floats) -> Floats:
    """Reorder the 52 scores of MediaPipe's blendshape model: drop `_neutral`, add `tongueOut`."""
    return np.append(scores[1:BLENDSHAPES], np.float32(0)).astype(np.float32)


@lru_cache(maxsize=1)
def _data() -> dict[str, npt.NDArray[Any]]:
    """What `tools/make_basis.py` made."""
    from safetensors.numpy import load_file

    with as_file(files("a1sdk.motion") / "basis.safetensors") as path:
        tensors = load_file(path)
    arrays = {name: array.astype(np.float32) for name, array in tensors.items()}
    arrays["mirror"] = tensors["mirror"].astype(np.intp)
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def basis() -> Floats:
    """Return displacements, float32 [52, 478, 3], face units: each blendshape at 1.

    1 is the most that a person does. Left and right mirror each other (`mirror_indices`); no shape
    moves what poses are measured on, mouth and jaw move no lids, irises or brows, and those no
    mouth. `mouthClose` is what brings the lips of a `jawOpen` of the same strength together.
    Shapes of `UNSEEN` are zero.

    Made by `tools/make_basis.py`, which says from what; measured in `docs/blendshapes.md`.
    """
    return _data()["displacements"]


def reference_face() -> Floats:
    """Return the neutral face, float32 [478, 3] in face space, that motion without a subject has.

    The mean of four subjects, made symmetric: what `FaceMotion.neutral` being None stands for.
    """
    return _data()["neutral"]


def resting_scores() -> Floats:
    """Return the coefficients, float32 [52], that trackers give to a neutral face.

    Not zero: `eyeSquint*` is about 0.4. Take them off before a tracker's coefficients are read
    as departures from neutral.
    """
    return _data()["rest"]


def mirror_indices() -> npt.NDArray[np.intp]:
    """Return the landmark, intp [478], on the other side of the face of each landmark."""
    return _data()["mirror"]


def displacement(blendshapes: Floats) -> Floats:
    """Return the expression, float32 [478, 3], of coefficients [52] on the reference face."""
    return np.asarray(np.tensordot(blendshapes, basis(), axes=1), np.float32)


def from_coefficients(
    blendshapes: Floats,
    *,
    rotation: npt.NDArray[np.floating[Any]] | None = None,
    translation: Sequence[float] = (0.0, 0.0, 0.0),
    confidence: float = 1.0,
) -> FaceMotion:
    """Return the motion of coefficients [52] on the reference face, as any renderer takes it.

    Args:
        blendshapes: 0..1, in the order of `BLENDSHAPE_NAMES`.
        rotation: [3, 3], the head's rotation, see `a1sdk.motion.rotation`; none if absent.
        translation: the head's way right, down and away from the camera, in face units.
        confidence: 0..1.
    """
    return FaceMotion(
        expression=displacement(blendshapes),
        rotation=np.asarray(np.eye(3) if rotation is None else rotation, np.float32),
        translation=np.asarray(translation, np.float32),
        blendshapes=np.asarray(blendshapes, np.float32),
        confidence=confidence,
    )
