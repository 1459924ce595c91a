"""LivePortrait motion templates, `.pkl`: head pose, and an approximation of the face.

Source: LivePortrait's templates. A face there is 21 implicit keypoints,
`x = scale * (keypoints @ R + exp) + t`, x right and y down in a picture of -1 to 1; `R` is
transposed with respect to face space. The first frame is the neutral one. What `exp` means for
the face is known by experiment only: here it is read by what expression editors for LivePortrait
add to it. Blink, mouth opening, smile, pucker and brows are carried, approximately; nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from a1sdk.plugin import BLENDSHAPES, ConfigError, as_rate
from a1sdk_mocap.head import CAMERA_DISTANCE, from_median, is_rotation
from a1sdk_mocap.names import SHAPE
from a1sdk_mocap.pickles import UnsafeName, load_arrays
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Doubles

NAME = "liveportrait"

_MOST = 1 << 28
_POINTS = 21
_FACE_UNIT = 0.6
"""Distance of the outer eye corners in its pictures of -1 to 1, about: faces fill the crop."""


class _Part(NamedTuple):
    """A shape is 1 where `exp[point, axis]` has moved by `amount` from the neutral frame."""

    shapes: tuple[str, ...]
    point: int
    axis: int
    amount: float


_PARTS = (
    _Part(("jawOpen",), 19, 1, 0.10),
    _Part(("eyeBlinkLeft", "eyeBlinkRight"), 11, 1, 0.02),
    _Part(("eyeBlinkLeft", "eyeBlinkRight"), 15, 1, 0.02),
    _Part(("mouthSmileLeft", "mouthSmileRight"), 14, 1, -0.026),
    _Part(("mouthPucker",), 14, 1, 0.015),
    _Part(("browInnerUp", "browOuterUpLeft", "browOuterUpRight"), 2, 1, -0.015),
)
"""Full scales of the sliders of ComfyUI-AdvancedLivePortrait: aaa, blink, smile, woo, eyebrow."""

_LIPS = 0.6  # lip ratio of a wide open mouth
_EYES = 0.05  # eye ratio of shut eyes


def matches(sample: Sample) -> bool:
    """Whether the file is a pickle."""
    return sample.head[:1] == b"\x80" and sample.head[1:2] in b"\x02\x03\x04\x05"


def read(sample: Sample) -> Take:
    """Read a template, the legacy keys too.

    Raises:
        DecodeError: it asks for code to be run, is damaged, or is no template.
    """
    document = _document(sample)
    motion = [_Pose.of(frame, number, sample) for number, frame in enumerate(document["motion"])]
    rows = Rows(sample)
    for number, values in enumerate(_coefficients(motion, document, sample)):
        rows.add(f"frame {number}", values)
    present = rows.present
    scales = np.array([pose.scale for pose in motion])
    across = np.array([pose.place for pose in motion]) / _FACE_UNIT
    away = CAMERA_DISTANCE * (scales[0] / scales - 1)
    return Take(
        format=NAME,
        times=None,
        coefficients=rows.coefficients,
        present=present,
        rate=_rate(document, sample),
        rotations=np.stack([pose.rotation for pose in motion]),
        translations=from_median(np.column_stack([across, away]), present),
        rest=0,
        notes=(
            "implicit keypoints: blink, mouth, smile and brows are an approximation, the rest of"
            " the expression is not carried",
        ),
    )


def _document(sample: Sample) -> Mapping[str, Any]:
    try:
        document = load_arrays(sample.read_bytes(_MOST))
    except UnsafeName as error:
        sample.refuse(
            f"is a pickle that asks for {error}: that may run code, and was not looked up",
            hint="motion templates hold arrays only; do not open this file elsewhere either",
        )
    except (ValueError, RecursionError) as error:
        sample.refuse(f"is a damaged pickle: {error}")
    known = isinstance(document, dict) and isinstance(document.get("motion"), list)
    if not known or not document["motion"]:
        sample.refuse("is a pickle, but no LivePortrait template: it has no list `motion`")
    return dict(document)


class _Pose(NamedTuple):
    rotation: Doubles
    scale: float
    place: Doubles
    points: Doubles

    @classmethod
    def of(cls, frame: Any, number: int, sample: Sample) -> _Pose:
        """Check one frame of a template."""
        try:
            rotation = _floats(frame.get("R", frame.get("R_d")), (3, 3)).T
            points = _floats(frame["exp"], (_POINTS, 3))
            place, scale = _floats(frame["t"], (3,)), float(_floats(frame["scale"], (1,))[0])
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            sample.refuse(f"is no LivePortrait template: frame {number}: {error}")
        if not is_rotation(rotation) or not 1e-3 < scale < 1e3:
            sample.refuse(f"has no head pose in frame {number}")
        return cls(rotation, scale, place[:2], points)


def _floats(values: Any, shape: tuple[int, ...]) -> Doubles:
    array = np.asarray(values, np.float64).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError("a value is not finite")
    return array


def _rate(document: Mapping[str, Any], sample: Sample) -> Fraction:
    try:
        return as_rate(document.get("output_fps", 25))
    except (ConfigError, TypeError) as error:
        sample.refuse(f"says a wrong rate: {str(error).rstrip('.')}")


def _coefficients(motion: Sequence[_Pose], document: Mapping[str, Any], sample: Sample) -> Doubles:
    """Return [n, 52]."""
    moved = np.stack([pose.points for pose in motion])
    moved = moved - moved[0]
    values = np.zeros((len(motion), BLENDSHAPES))
    for part in _PARTS:
        share = np.clip(moved[:, part.point, part.axis] / part.amount, 0, 1)
        for shape in part.shapes:
            values[:, SHAPE[shape]] = np.maximum(values[:, SHAPE[shape]], share)
    lips = _ratios(document, ("c_lip_lst", "c_d_lip_lst"), len(motion), sample)
    if lips is not None:
        values[:, SHAPE["jawOpen"]] = np.clip((lips[:, 0] - lips[0, 0]) / _LIPS, 0, 1)
    eyes = _ratios(document, ("c_eyes_lst", "c_d_eyes_lst"), len(motion), sample)
    if eyes is not None:
        shut = np.clip((eyes[0] - eyes) / np.maximum(eyes[0] - _EYES, 1e-3), 0, 1)
        values[:, SHAPE["eyeBlinkRight"]] = shut[:, 0]  # the left one in the picture comes first
        values[:, SHAPE["eyeBlinkLeft"]] = shut[:, -1]
    return values


def _ratios(
    document: Mapping[str, Any], names: Sequence[str], count: int, sample: Sample
) -> Doubles | None:
    """Return the openness that a template lists for each frame; None where it does not."""
    listed = next((document[name] for name in names if name in document), None)
    try:
        if listed is None or len(listed) == 0:
            return None
        return np.stack([_floats(item, (-1,)) for item in listed]).reshape(count, -1)
    except (TypeError, ValueError, OverflowError) as error:
        sample.refuse(f"has lips or eyes that do not go with its {count} frames: {error}")
