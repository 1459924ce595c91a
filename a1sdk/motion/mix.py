"""Motion between two motions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from a1sdk.components.data import LANDMARKS
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.rotation import slerp

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

Share = TypeVar("Share", float, "npt.NDArray[np.float64]")


def smoothstep(share: Share) -> Share:
    """Return a share 0..1 eased: slow at both ends."""
    return share * share * (3.0 - 2.0 * share)


@cache
def resting() -> FaceMotion:
    """Return the motion of a face that does nothing. Shared: do not write to its arrays."""
    return FaceMotion(
        expression=np.zeros((LANDMARKS, 3), np.float32),
        rotation=np.eye(3, dtype=np.float32),
        translation=np.zeros(3, np.float32),
        confidence=0.0,
    )


def at_rest(like: FaceMotion) -> FaceMotion:
    """Return the resting motion of the subject of `like`, with blendshapes if it has them."""
    zeros = None if like.blendshapes is None else np.zeros_like(like.blendshapes)
    return replace(resting(), blendshapes=zeros, neutral=like.neutral)


def mix(first: FaceMotion, second: FaceMotion, weight: float) -> FaceMotion:
    """Return the motion a `weight` 0..1 of the way from `first` to `second`.

    Linear in all but the rotation, which takes the shortest turn at constant speed. Weights 0 and
    1 return the motions themselves. Blendshapes are there when both motions have them.
    """
    if weight <= 0.0:
        return first
    if weight >= 1.0:
        return second
    near, far = np.float32(1.0 - weight), np.float32(weight)
    return FaceMotion(
        expression=near * first.expression + far * second.expression,
        rotation=slerp(first.rotation, second.rotation, weight).astype(np.float32),
        translation=near * first.translation + far * second.translation,
        blendshapes=_mixed_blendshapes(first.blendshapes, second.blendshapes, near, far),
        confidence=first.confidence + weight * (second.confidence - first.confidence),
        neutral=first.neutral if first.neutral is not None else second.neutral,
    )


def _mixed_blendshapes(
    first: Floats | None, second: Floats | None, near: np.float32, far: np.float32
) -> Floats | None:
    if first is None or second is None:
        return None
    return near * first + far * second
