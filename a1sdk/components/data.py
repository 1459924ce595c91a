"""The data that crosses between components: pictures, faces, motion, likenesses.

All are frozen dataclasses around numpy arrays; nothing here parses input. Pictures are RGB or
straight-alpha RGBA, sRGB/BT.709, shape (height, width, 3 or 4), uint8 or uint16. Positions in a
picture are pixels, x right and y down, with (0, 0) the corner of the first pixel, so that a
pixel's centre is at +0.5. Left and right are the subject's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk.motion.frame import FaceMotion

    Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    Floats = npt.NDArray[np.float32]

LANDMARKS = 478
"""Points of a face: MediaPipe Face Mesh order, 468 of the mesh and 10 of the irises."""

BLENDSHAPES = 52
"""Coefficients of an expression: the ARKit set, in the order of `a1sdk.motion.blendshapes`."""

HeadReference = Literal["relative", "absolute"]
"""What a head rotation is measured from: the subject's neutral pose, or facing the camera."""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before its first item: frame `n` is at `start + n / rate`.

    Attributes:
        rate: frames per second, exact.
        count: how many frames there will be; None when that is not known beforehand.
        start: seconds of frame 0 on the clock of the file it comes from.
        head: what the stream's head rotations are measured from.
        duration: seconds from the start to the end, where known better than `count / rate`.
    """

    rate: Fraction
    count: int | None = None
    start: Fraction = Fraction(0)
    head: HeadReference = "relative"
    duration: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A named stretch of time in a performance: a word, a phone, a viseme, a shot's marker.

    Attributes:
        track: what it is one of: `words`, `phones`, `visemes`, or a name of the source's own.
        start: seconds after frame 0.
        end: seconds after frame 0, at or after `start`.
        text: the word, the phone, the viseme.
    """

    track: str
    start: Fraction
    end: Fraction
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One picture of a stream; `pts` is its frame number on the stream's rate."""

    pts: int
    pixels: Pixels


@dataclass(frozen=True, eq=False)  # no slots: the box is asked for often, and kept
class FaceObservation:
    """One face as a tracker saw it in one picture.

    Attributes:
        landmarks: float32 [478, 3], pixels; z on the scale of x, growing away from the camera.
        score: how sure the tracker is that this is a face, 0..1.
        track: number that follows one person through a stream; 0-based.
        blendshapes: float32 [52], 0..1, or None where the tracker has no such network.
    """

    landmarks: Floats
    score: float
    track: int = 0
    blendshapes: Floats | None = None

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the landmarks, in pixels."""
        low, high = self.landmarks[:, :2].min(0), self.landmarks[:, :2].max(0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def center(self) -> tuple[float, float]:
        """Middle of the box, in pixels."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def size(self) -> float:
        """Longer side of the box, in pixels."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class TrackedFrame:
    """All faces of one frame of a stream, largest first; empty where none was seen."""

    pts: int
    faces: tuple[FaceObservation, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """The picture to animate, and the face in it that performs."""

    pixels: Pixels
    face: FaceObservation

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class TargetFrame:
    """Where the portrait's face has to be at one instant: motion, retargeted.

    Attributes:
        pts: frame number on the motion's rate.
        landmarks: float32 [478, 3], pixels of the portrait, as in `FaceObservation`.
        motion: the motion that led there, gains applied.
    """

    pts: int
    landmarks: Floats
    motion: FaceMotion


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """An encoded likeness; opaque to all but renderers that read the same `kind`.

    Attributes:
        kind: versioned name of the encoding, such as `arcface/1`.
        arrays: named arrays, in a layout that the kind fixes.
        provenance: what it was made from and by.
    """

    kind: str
    arrays: Mapping[str, npt.NDArray[np.generic]]
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RenderEstimate:
    """What a renderer expects of a render before it loads anything.

    Attributes:
        peak_bytes: most memory of its device that it takes at a time.
        host_bytes: most memory beside that of the device; 0 where they are the same.
        face_bytes: what each further face that performs in the picture takes besides: of the
            host's memory, or of the device's where they are the same. The renderer draws one face
            at a time, so that is what it keeps of the others meanwhile.
        seconds: how long it takes, from the first target to the last picture.
        fits: whether it can be done in the memory there is; None where that is not known.
        settings: what it would choose by itself, by the names of options or of its own.
        notes: sentences on what the user may not expect.
        advice: what would make it fit, where it does not.
    """

    peak_bytes: int
    host_bytes: int = 0
    face_bytes: int = 0
    seconds: float | None = None
    fits: bool | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    advice: str = ""
