"""The measures of quality control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.qc.measures.face import (
    Expression,
    Eyes,
    EyesFollow,
    EyesOff,
    Gaze,
    Head,
    Mouth,
    MouthFollows,
    MouthOff,
)
from a1sdk.qc.measures.person import FaceLooks, FaceShape, LikenessVector
from a1sdk.qc.measures.picture import (
    Brightness,
    Broken,
    FaceLost,
    FaceRepeated,
    OthersMove,
    Repeated,
    Resized,
    Sharpness,
)
from a1sdk.qc.measures.steady import (
    FaceColor,
    FaceFlicker,
    Jitter,
    OutsideColor,
    OutsideFlicker,
    Wobble,
)

if TYPE_CHECKING:
    from a1sdk.qc.measures.base import Measure
    from a1sdk.qc.measures.person import Likeness
    from a1sdk.qc.sight import FaceSight, Reference, Scene, Sight

    FaceKind = Measure[FaceSight]
    PictureKind = Measure[Sight]


def face_measures(reference: Reference, likeness: Likeness | None = None) -> list[FaceKind]:
    """Return the measures of a face in one shot, in the order of a report.

    Args:
        reference: what the face is compared with.
        likeness: see `LikenessVector`; without it that measure is left out.

    One of several faces, which has a name, may stand still while others move.
    """
    eyes, mouth = Eyes(reference), Mouth(reference)
    jitter, skin = Jitter(reference), FaceColor(reference)
    return [
        *(Expression(reference), Head(reference), Gaze(reference)),
        *(eyes, EyesOff(reference, eyes), EyesFollow(reference, eyes)),
        *(mouth, MouthOff(reference, mouth), MouthFollows(reference, mouth)),
        *([LikenessVector(reference, likeness)] if likeness is not None else []),
        *(FaceShape(reference), FaceLooks(reference), jitter, Wobble(reference, jitter)),
        *(skin, FaceFlicker(skin), Sharpness(reference), FaceLost(reference)),
        *([FaceRepeated(reference)] if reference.who is not None else []),
    ]


def picture_measures(scene: Scene) -> list[PictureKind]:
    """Return the measures of the pictures of one shot as a whole, in the order of a report."""
    around = OutsideColor(scene)
    return [
        *(around, OutsideFlicker(around), Repeated(scene), Brightness(scene), Broken(scene)),
        Resized(scene),
        *([OthersMove(scene)] if scene.others else []),
    ]
