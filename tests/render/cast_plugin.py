"""A plugin in whose pictures people are blocks of one colour: red, green, blue, by which they are.

Faces are numbered from left to right, so that people who cross take each other's numbers, as those
that followers mistake for each other do. The motion of a person is how bright they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from a1sdk import plugin as a1
from a1sdk.testing import neutral_shape, still

COLORS = {"Red": 0, "Green": 1, "Blue": 2}
DARK = 60
"""Brightness at which a person is at rest; what they are brighter is how far they move."""


class FilmOptions(BaseModel, extra="forbid"):
    path: Path
    duration: a1.Time | None = None


def block(picture: Any, name: str, left: int, bright: int = DARK, top: int = 8) -> None:
    """Draw a person of 32 x 32 pixels into an RGB picture."""
    picture[top : top + 32, left : left + 32] = 0
    picture[top : top + 32, left : left + 32, COLORS[name]] = bright


class Finder(a1.FaceTracker):
    def detect(self, pixels: Any, ctx: a1.RunContext) -> list[a1.FaceObservation]:
        boxes = []
        for channel in range(3):
            others = np.delete(pixels, channel, axis=2).max(2)
            rows, columns = np.nonzero((pixels[..., channel] > 40) & (others < 20))
            if len(rows) > 300:
                boxes.append((columns.min(), columns.max() + 1, rows.min(), rows.max() + 1))
        return [_face(box, number) for number, box in enumerate(sorted(boxes))]

    def track(
        self, frames: Iterable[a1.VideoFrame], ctx: a1.RunContext, *, max_faces: int = 1
    ) -> Iterator[a1.TrackedFrame]:
        for frame in frames:
            found = self.detect(frame.pixels, ctx)[:max_faces]
            yield a1.TrackedFrame(frame.pts, tuple(found))


def _face(box: tuple[int, int, int, int], number: int) -> a1.FaceObservation:
    left, right, top, bottom = box
    shape = neutral_shape()
    shape = shape / np.ptp(shape[:, 0]) * (right - left)
    middle = (shape.max(0) + shape.min(0)) / 2
    shape = shape - middle + np.array([(left + right) / 2, (top + bottom) / 2, 0])
    return a1.FaceObservation(shape.astype(np.float32), 1.0, number)


class Film(a1.MotionSource):
    """Moves heads down by how bright a person is."""

    def setup(self, ctx: a1.RunContext) -> None:
        self._reader = a1.open_video(self.options.path)

    def close(self) -> None:
        if hasattr(self, "_reader"):
            self._reader.close()

    def probe(self) -> a1.StreamInfo:
        info = self._reader.info
        return a1.StreamInfo(info.rate, info.count, duration=info.duration)

    def stream(self, ctx: a1.RunContext) -> Iterator[a1.MotionFrame]:
        pictures = {}

        def shown() -> Iterator[a1.VideoFrame]:
            for frame in self._reader.frames():
                pictures[frame.index] = frame.pixels
                yield a1.VideoFrame(frame.index, frame.pixels)

        for tracked in ctx.face_tracker().track(shown(), ctx, max_faces=1):
            pixels = pictures.pop(tracked.pts)
            face = None
            if tracked.faces:
                x, y = tracked.faces[0].center
                moved = (float(pixels[int(y), int(x)].max()) - DARK) / 400
                face = replace(still(), translation=np.array([0, moved, 0], np.float32))
            yield a1.MotionFrame(tracked.pts, face)


class Colors(a1.IdentityEncoder):
    def encode(self, portraits: Any, ctx: a1.RunContext) -> a1.Identity:
        seen = []
        for portrait in portraits:
            x, y = portrait.face.center
            seen.append(portrait.pixels[int(y), int(x), :3].astype(np.float32))
        mean = np.mean(seen, axis=0)
        return a1.Identity("colors/1", {"color": mean / np.linalg.norm(mean)})


class Raw(Colors):
    """Says that its vectors are comparable, and they are not."""

    def encode(self, portraits: Any, ctx: a1.RunContext) -> a1.Identity:
        return a1.Identity("colors/1", {"color": np.array([3.0, 4.0, 0.0])})


class Blocks(a1.Renderer):
    """Paints a column of 8 pixels in a face as bright as it has moved, and nothing else."""

    def render(self, portrait: Any, identities: Any, targets: Any, *_: Any) -> Any:
        x, y = (int(part) for part in portrait.face.center)
        for target in targets:
            pixels = portrait.pixels.copy()
            moved = float(target.motion.translation[1]) * 400
            pixels[y - 8 : y + 8, x - 4 : x + 4, :3] = DARK + round(moved)
            yield a1.VideoFrame(target.pts, pixels)


@a1.hookimpl
def a1_register_motion_sources() -> list[a1.MotionSourceSpec]:
    made = {"factory": Film, "options": FilmOptions, "summary": "Performs."}
    return [
        a1.MotionSourceSpec(name="film", inputs=("video",), needs_face_tracker=True, **made),
        a1.MotionSourceSpec(name="voice", inputs=("audio",), **made),
    ]


@a1.hookimpl
def a1_register_face_trackers() -> list[a1.FaceTrackerSpec]:
    return [a1.FaceTrackerSpec(name="finder", factory=Finder, summary="Finds blocks.")]


@a1.hookimpl
def a1_register_identity_encoders() -> list[a1.IdentityEncoderSpec]:
    made = {"produces": "colors/1", "summary": "Sees colours."}
    alike = a1.Comparison(array="color", same_from=0.9)
    return [
        a1.IdentityEncoderSpec(name="blind", factory=Colors, **made),
        a1.IdentityEncoderSpec(name="colors", factory=Colors, comparison=alike, **made),
        a1.IdentityEncoderSpec(name="raw", factory=Raw, comparison=alike, **made),
    ]


@a1.hookimpl
def a1_register_renderers() -> list[a1.RendererSpec]:
    made = {"factory": Blocks, "summary": "Paints blocks."}
    return [
        a1.RendererSpec(name="blocks", **made),
        a1.RendererSpec(name="knower", identities=frozenset({"colors/1"}), **made),
    ]
