"""The motion writer `keyframes/json`: a performance becomes keys that can be edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import (
    BLENDSHAPE_NAMES,
    BLENDSHAPES,
    CapabilityError,
    MotionWriter,
    coefficients,
    euler,
    neck_swing,
)
from a1sdk_keyframes.channels import HEAD
from a1sdk_keyframes.model import SCHEMA_VERSION
from a1sdk_keyframes.reading import checked_keys
from a1sdk_keyframes.reduction import reduced
from a1sdk_keyframes.text import keys_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.plugin import FaceMotion, MotionClip, RunContext
    from a1sdk_keyframes.model import KeysFile
    from a1sdk_keyframes.options import WriterOptions

    Doubles = npt.NDArray[np.float64]

_DIGITS = 4


class KeysWriter(MotionWriter):
    """Writes as few smooth keys as stay within the tolerances on every frame.

    A gap has no keys: curves go from the frame before it to the one after. Keys have no labels.
    """

    options: WriterOptions

    def write(self, clip: MotionClip, path: Path, ctx: RunContext) -> None:
        """Write all of `clip` to `path`.

        Raises:
            CapabilityError: no frame of it shows a face.
        """
        path.write_text(keys_text(self.keys_of(clip, ctx)), "utf-8")

    def keys_of(self, clip: MotionClip, ctx: RunContext) -> KeysFile:
        """Return the keys of a performance; raises as `write`."""
        frames, samples = _sampled(clip, ctx)
        rate = clip.info.rate
        times, sides = frames / float(rate), np.flatnonzero(np.diff(frames) > 1)
        kept = [*sides.tolist(), *(sides + 1).tolist()]  # the frames next to gaps
        channels = {}
        columns = zip((*BLENDSHAPE_NAMES, *HEAD), samples.T, self._tolerances(), strict=True)
        for name, column, tolerance in columns:
            if np.abs(column).max() > tolerance:
                written = np.round(column, _DIGITS)
                keys = reduced(times, written, tolerance - 0.5 * 10**-_DIGITS, kept)
                channels[name] = [(int(frames[n]) / rate, float(written[n])) for n in keys]
        duration = clip.info.duration or len(clip) / rate
        data = {"rate": rate, "duration": duration, "channels": channels}
        return checked_keys({"schema_version": SCHEMA_VERSION, **data}, "the motion")

    def _tolerances(self) -> list[float]:
        options = self.options
        return [options.shapes] * BLENDSHAPES + [options.degrees] * 3 + [options.units] * 3


def _sampled(clip: MotionClip, ctx: RunContext) -> tuple[npt.NDArray[np.int64], Doubles]:
    """The frames that show a face, [T], and the values of all shapes and the head, [T, 58]."""
    found: list[tuple[int, Doubles]] = []
    for frame in ctx.track(clip.frames(), total=len(clip)):
        if frame.face is not None:
            found.append((frame.pts, _values(frame.face)))
    if not found:
        raise CapabilityError("The motion cannot be written as keys: no frame of it shows a face.")
    return np.array([pts for pts, _ in found]), np.array([values for _, values in found])


def _values(face: FaceMotion) -> Doubles:
    """The shapes as keys mean them, on a face without a subject, and the head.

    What a tracker says of a subject's shapes is no departure from neutral; there the landmarks
    tell. Motion without a subject was made of its shapes.
    """
    shapes = face.blendshapes if face.neutral is None else None
    if shapes is None:
        shapes = coefficients(face.expression, face.neutral)
    place = face.translation - neck_swing(face.rotation)
    return np.array([*shapes, *euler(face.rotation), *place], np.float64)
