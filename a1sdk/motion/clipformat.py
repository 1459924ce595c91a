"""The layout of a motion file, `.a1motion`: one safetensors file with a JSON header.

For `T` frames (schema `a1.motion/1`):

    rotation     F32  [T, 3, 3]
    translation  F32  [T, 3]
    confidence   F32  [T]
    blendshapes  F32  [T, 52]      only where the source knows them
    neutral      F32  [478, 3]     only where the motion has a subject
    expression   F16  [T, 478, 3]
    present      U8   [T]          1 where a face was seen, 0 in gaps, whose values are at rest

Where a source measured against several neutral faces, as after cuts, the file keeps the first.
The file's metadata has one entry, `header`: a `ClipHeader` as JSON. Values are as `FaceMotion`
defines them. Half floats hold a displacement below 1 face unit to 0.00025, and any that the file
may hold to 0.001; ten minutes at 25 frames per second take 46 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from a1sdk.components.data import BLENDSHAPES, LANDMARKS, HeadReference, Label, StreamInfo
from a1sdk.components.labels import label_fault, last_instant
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import resting
from a1sdk.timing import MAX_RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

    Arrays = Mapping[str, npt.NDArray[Any]]

SUFFIX = ".a1motion"

LIMIT = 4.0
"""The largest displacement a file may hold, in face units; no face comes near it."""

_UNEVEN = 1e-3  # how far rotations may be from orthonormal
_FRACTION = r"^-?[0-9]{1,15}(/[1-9][0-9]{0,14})?$"


@dataclass(frozen=True, slots=True)
class Track:
    """What a clip holds for every frame under one name: type and shape of one frame's value."""

    dtype: str
    shape: tuple[int, ...]
    optional: bool = False

    @property
    def numpy(self) -> np.dtype[Any]:
        """The numpy type of the file's type."""
        return np.dtype({"F32": "<f4", "F16": "<f2", "U8": "u1"}[self.dtype])


TRACKS = {
    "rotation": Track("F32", (3, 3)),
    "translation": Track("F32", (3,)),
    "confidence": Track("F32", ()),
    "blendshapes": Track("F32", (BLENDSHAPES,), optional=True),
    "expression": Track("F16", (LANDMARKS, 3)),
    "present": Track("U8", ()),
}

NEUTRAL = Track("F32", (LANDMARKS, 3), optional=True)


class Slices(Protocol):
    """A track of a clip, in memory or in a file: `track[start:stop]` reads frames."""

    def __getitem__(self, frames: slice, /) -> npt.NDArray[Any]:
        """Return the values of some frames."""


def _sane_rate(text: str) -> str:
    if not 0 < Fraction(text) <= MAX_RATE:
        raise ValueError(f"the rate has to be between 0 and {MAX_RATE}")
    return text


def _sane_duration(text: str) -> str:
    if Fraction(text) < 0:
        raise ValueError("the duration has to be 0 or more")
    return text


class ClipLabel(BaseModel):
    """A named stretch of time in the performance."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    track: str = Field(description="What it is one of: words, phones, visemes, or another name.")
    start: str = Field(pattern=_FRACTION, description="Seconds after frame 0.")
    end: str = Field(pattern=_FRACTION, description="Seconds after frame 0.")
    text: str = Field(description="The word, the phone, the viseme.")


class ClipHeader(BaseModel):
    """What a motion file says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal["a1.motion/1"] = "a1.motion/1"
    rate: Annotated[str, AfterValidator(_sane_rate)] = Field(
        pattern=_FRACTION, description="Frames per second, as 25 or 24000/1001."
    )
    start: str = Field("0", pattern=_FRACTION, description="Seconds of frame 0 in its source.")
    duration: Annotated[str, AfterValidator(_sane_duration)] | None = Field(
        None,
        pattern=_FRACTION,
        description="Seconds of the performance, where frames / rate is not exact.",
    )
    frames: int = Field(ge=0, description="How many frames there are, gaps included.")
    head: HeadReference = Field("relative", description="What head rotations are measured from.")
    landmarks: Literal["mediapipe-478"] = Field(
        "mediapipe-478", description="Order of the landmarks."
    )
    blendshapes: Literal["arkit-52"] = Field(
        "arkit-52", description="Order of the blendshapes: MediaPipe's, with tongueOut last."
    )
    source: dict[str, str] = Field(
        default_factory=dict, description="Where the motion comes from, by name."
    )
    labels: tuple[ClipLabel, ...] = Field(
        (), description="Named stretches of time; in order of their start within each track."
    )

    @model_validator(mode="after")
    def _sane_labels(self) -> ClipHeader:
        info = self.info
        limit = last_instant(self.frames, info.rate, info.duration)
        wrong = label_fault(self.timed_labels(), limit)
        if wrong is not None:
            raise ValueError(wrong)
        return self

    def timed_labels(self) -> tuple[Label, ...]:
        """Return the labels, with their times as numbers."""
        return tuple(
            Label(label.track, Fraction(label.start), Fraction(label.end), label.text)
            for label in self.labels
        )

    @property
    def info(self) -> StreamInfo:
        """The stream this header describes."""
        duration = None if self.duration is None else Fraction(self.duration)
        return StreamInfo(
            Fraction(self.rate), self.frames, Fraction(self.start), self.head, duration
        )

    @classmethod
    def of(
        cls,
        info: StreamInfo,
        frames: int,
        source: Mapping[str, str],
        labels: Iterable[Label] = (),
    ) -> ClipHeader:
        """Return the header of `frames` frames of a stream.

        Raises:
            ValidationError: the labels are none, or not of a stream of that length.
        """
        return cls(
            rate=str(info.rate),
            start=str(info.start),
            duration=None if info.duration is None else str(info.duration),
            frames=frames,
            head=info.head,
            source=dict(source),
            labels=tuple(
                ClipLabel(
                    track=label.track, start=str(label.start), end=str(label.end), text=label.text
                )
                for label in labels
            ),
        )


def pack(frames: Sequence[MotionFrame], *, blendshapes: bool) -> dict[str, npt.NDArray[Any]]:
    """Return the tracks of consecutive frames, in the types of the file."""
    faces = [frame.face or resting() for frame in frames]
    columns: dict[str, list[Any]] = {
        "rotation": [face.rotation for face in faces],
        "translation": [face.translation for face in faces],
        "confidence": [face.confidence for face in faces],
        "expression": [face.expression for face in faces],
        "present": [frame.face is not None for frame in frames],
    }
    if blendshapes:
        none = np.zeros(BLENDSHAPES, np.float32)
        columns["blendshapes"] = [
            none if face.blendshapes is None else face.blendshapes for face in faces
        ]
    return {name: np.array(column, TRACKS[name].numpy) for name, column in columns.items()}


def unpack(arrays: Arrays, start: int, neutral: Floats | None) -> Iterator[MotionFrame]:
    """Yield the frames of packed tracks, numbered from `start` on."""
    expression = arrays["expression"].astype(np.float32)
    scores = arrays.get("blendshapes")
    for place, present in enumerate(arrays["present"]):
        face = None
        if present:
            face = FaceMotion(
                expression=expression[place],
                rotation=arrays["rotation"][place],
                translation=arrays["translation"][place],
                blendshapes=None if scores is None else scores[place],
                confidence=float(arrays["confidence"][place]),
                neutral=neutral,
            )
        yield MotionFrame(start + place, face)


def fault(arrays: Arrays) -> tuple[int, str] | None:
    """Return the place of the first impossible value in packed tracks, and what is wrong there."""
    for name, values in arrays.items():
        flat = values.reshape(len(values), -1)
        bad = ~np.isfinite(flat).all(axis=1) if name != "present" else (flat > 1).any(axis=1)
        if bad.any():
            return int(bad.argmax()), f"its {name} is no number"
    far = np.abs(arrays["expression"]).max(axis=(1, 2), initial=0) > LIMIT
    if far.any():
        return int(far.argmax()), f"a landmark moves by more than {LIMIT} face units"
    rotation = arrays["rotation"].astype(np.float64)
    squares = rotation @ rotation.transpose(0, 2, 1) - np.eye(3)
    bent = (np.abs(squares).max(axis=(1, 2), initial=0) > _UNEVEN) | (np.linalg.det(rotation) < 0)
    return (int(bent.argmax()), "its rotation is none") if bent.any() else None
