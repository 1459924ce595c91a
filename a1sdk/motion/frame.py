"""Motion at one instant, in the one form that every source yields and every renderer takes.

Face space is right-handed: x to the right in the picture, y down, z away from the camera; the
origin is the centre of the face, and the unit is the distance between the outer eye corners
(landmarks 33 and 263) of the neutral face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a1sdk.components.data import Floats


@dataclass(frozen=True, slots=True, eq=False)
class FaceMotion:
    """A face at one instant, relative to that subject's own neutral face.

    Attributes:
        expression: float32 [478, 3], displacement from the neutral face, in face space.
        rotation: float32 [3, 3], rotation of the head in its neutral face space: a point `p` of
            the neutral head goes to `rotation @ p`.
        translation: float32 [3], movement of the head along the picture's axes, in face units.
        blendshapes: float32 [52], 0..1, or None where the source does not know them.
        confidence: 0..1; 0 where the motion was filled in and not seen.
        neutral: float32 [478, 3], the subject's neutral face in face space, or None where the
            motion comes from no such subject; it is then that of the reference face, see
            `a1sdk.motion.blendshapes`. Frames measured against one face share one array; after a
            cut it may be another. It is what makes a displacement readable: how far from shut
            the eyes are, how wide the mouth is.
    """

    expression: Floats
    rotation: Floats
    translation: Floats
    blendshapes: Floats | None = None
    confidence: float = 1.0
    neutral: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MotionFrame:
    """Motion at frame `pts` of its stream; `face` is None where no face was seen (a gap)."""

    pts: int
    face: FaceMotion | None
