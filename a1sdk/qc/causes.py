"""One cause, one finding: what is wrong with a picture shows in all that is measured of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a1sdk.qc.model import Finding

_OF_MOTION = frozenset(
    {
        *("expression", "head", "gaze", "eyes_off", "eyes_follow", "mouth_off", "mouth_follow"),
        *("jitter", "wobble", "face_repeated"),
    }
)
_OF_LOOKS = frozenset(
    {
        *("identity", "face_shape", "face_looks", "face_lost"),
        *("color_face", "flicker_face", "sharpness"),
    }
)
_OF_LIGHT = frozenset({"color_outside", "flicker_outside", "others_move"})

_EFFECTS: Mapping[str, frozenset[str]] = {
    "not_numbers": _OF_MOTION | _OF_LOOKS | _OF_LIGHT | {"brightness", "repeated"},
    "brightness": _OF_MOTION | _OF_LOOKS | _OF_LIGHT | {"repeated"},
    "repeated": _OF_MOTION,
    "color_outside": frozenset({"color_face"}),
    "flicker_outside": frozenset({"flicker_face"}),
}
"""By what is wrong with pictures as a whole: in which measures it shows as well."""


def without_effects(
    parts: Sequence[Sequence[Finding]], reach: Mapping[str, int]
) -> Iterator[tuple[Finding, ...]]:
    """Yield the findings of each part of a shot without those that another finding is the cause of.

    A finding is an effect where it lies within the frames of its cause, give or take those that
    its measure looks around, and is no graver.

    Args:
        parts: findings of the pictures as a whole, and of each face.
        reach: by measure, the frames before and after it that a value is also of.
    """
    causes = [one for one in parts[0] if one.measure in _EFFECTS]
    for part in parts:
        yield tuple(one for one in part if not any(_follows(one, cause, reach) for cause in causes))


def _follows(one: Finding, cause: Finding, reach: Mapping[str, int]) -> bool:
    around = reach[one.measure]
    return (
        one.measure in _EFFECTS[cause.measure]
        and cause.first - around <= one.first
        and one.last <= cause.last + around
        and (one.severity == "warn" or cause.severity == "fail")
    )
