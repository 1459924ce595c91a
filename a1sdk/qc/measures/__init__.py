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
from a1sdk.qc.measures.picture import Brightness, Broken, FaceLost, Repeated, Sharpness
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
    from a1sdk.qc.sight import Reference


def all_measures(reference: Reference, likeness: Likeness | None = None) -> list[Measure]:
    """Return every measure, in the order of a report.

    Args:
        reference: what the film is compared with.
        likeness: see `LikenessVector`; without it that measure is left out.
    """
    eyes, mouth = Eyes(reference), Mouth(reference)
    skin, around = FaceColor(reference), OutsideColor(reference)
    jitter = Jitter(reference)
    person = [FaceShape(reference), FaceLooks(reference)]
    return [
        *(Expression(reference), Head(reference), Gaze(reference)),
        *(eyes, EyesOff(reference, eyes), EyesFollow(reference, eyes)),
        *(mouth, MouthOff(reference, mouth), MouthFollows(reference, mouth)),
        *([LikenessVector(reference, likeness)] if likeness is not None else []),
        *person,
        *(jitter, Wobble(reference, jitter), skin, around),
        *(FaceFlicker(reference, skin), OutsideFlicker(reference, around), Sharpness(reference)),
        *(Repeated(reference), Brightness(reference), FaceLost(reference), Broken(reference)),
    ]
