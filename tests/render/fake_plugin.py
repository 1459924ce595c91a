"""A plugin whose components do what their options say, wrong things included.

Pictures carry the number of their target in the first pixel, so that films can be checked.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel

from a1sdk import plugin as a1
from a1sdk.motion.blendshapes import INDEX
from a1sdk.testing import neutral_shape, performing

EVENTS: list[str] = []
"""What happened, in order; the test that uses it empties it."""

TARGETS: list[a1.TargetFrame] = []
"""What was drawn, in order."""


class Trouble(BaseModel, extra="forbid"):
    """Where a component goes wrong, if anywhere."""

    wrong: str = ""
    at: int = 3
    pause: float = 0.0
    weights: Path | None = None

    def strike(self, where: str) -> None:
        """Raise here if this is the place."""
        if self.wrong == where:
            raise ValueError(f"broken {where}")

    def strike_at(self, frame: int) -> None:
        """Raise or wait at this frame if it is the one."""
        time.sleep(self.pause)
        if frame == self.at:
            self.strike("frame")


class MotionOptions(Trouble):
    path: Path | None = None
    frames: int = 10
    rate: str = "25"
    start: str = "0"
    duration: str = ""
    gaps: list[int] = []
    counted: bool = True
    head: Literal["relative", "absolute"] = "relative"
    lips: float | None = None
    shift: float | None = None
    words: list[tuple[str, str]] = []


class FreeOptions(MotionOptions):
    head: float = 1.0  # type: ignore[assignment]  # an amount, as of a voice
    rate: a1.Rate | None = None
    seconds: str = "1"


class TrackerOptions(Trouble):
    faces: int = 1
    smile: float | None = None


class Recorded:
    name = ""
    options: Any

    def setup(self, ctx: a1.RunContext) -> None:
        EVENTS.append(f"setup {self.name}")
        self.options.strike("setup")

    def close(self) -> None:
        EVENTS.append(f"close {self.name}")
        self.options.strike("close")


class Motion(Recorded, a1.MotionSource):
    name = "motion"

    def probe(self) -> a1.StreamInfo:
        options = self.options
        options.strike("probe")
        return a1.StreamInfo(
            Fraction(options.rate),
            options.frames if options.counted else None,
            Fraction(options.start),
            options.head,
            Fraction(options.duration) if options.duration else None,
        )

    def stream(self, ctx: a1.RunContext) -> Iterator[a1.MotionFrame]:
        options = self.options
        if options.wrong == "tracker":
            next(ctx.face_tracker().track([], ctx))
        for pts in ctx.track(range(options.frames)):
            options.strike_at(pts)
            if options.wrong == "short" and pts == options.at:
                return
            face = None if pts in options.gaps else self._face(pts / options.frames)
            yield a1.MotionFrame(pts + (options.wrong == "pts"), face)

    def labels(self) -> list[a1.Label]:
        self.options.strike("labels")
        made = self.options.words
        return [a1.Label("words", Fraction(a), Fraction(b), "word") for a, b in made]

    def _face(self, phase: float) -> a1.FaceMotion:
        if self.options.shift is not None:
            moved = np.full((478, 3), self.options.shift, np.float32)
            turned = a1.from_euler(100 * self.options.shift, 0, 0).astype(np.float32)
            still = replace(performing(0.0), neutral=neutral_shape())
            return replace(still, expression=moved, rotation=turned)
        if self.options.lips is None:
            return performing(phase)
        neutral = neutral_shape().copy()
        neutral[14] = neutral[13] + (0, self.options.lips, 0)
        return replace(performing(phase), neutral=neutral)


class Free(Motion):
    """Knows its motion at every instant, for some seconds or, at 0, for ever."""

    def probe(self) -> a1.StreamInfo:
        rate = self.options.rate or Fraction(30)
        seconds = Fraction(self.options.seconds)
        return a1.StreamInfo(rate, a1.frame_count(seconds, rate) or None)

    def stream(self, ctx: a1.RunContext) -> Iterator[a1.MotionFrame]:
        EVENTS.append(f"free at {self.options.rate}")
        count = self.probe().count
        for pts in ctx.track(itertools.count() if count is None else range(count)):
            yield a1.MotionFrame(pts, self._face(0.0))


class Tracker(Recorded, a1.FaceTracker):
    name = "tracker"

    def detect(self, pixels: Any, ctx: a1.RunContext) -> list[a1.FaceObservation]:
        self.options.strike("detect")
        height, width = pixels.shape[:2]
        points = neutral_shape() * min(width, height) * 0.26
        scores = None
        if self.options.smile is not None:
            scores = np.zeros(52, np.float32)
            scores[[INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]] = self.options.smile
        count = self.options.faces
        middles = ((width * (n + 0.5) / count, height / 2, 0) for n in range(count))
        places = ((points + np.array(middle)).astype(np.float32) for middle in middles)
        return [a1.FaceObservation(place, 1.0, blendshapes=scores) for place in places]

    def track(self, frames: Any, ctx: a1.RunContext, *, max_faces: int = 1) -> Any:
        raise NotImplementedError


class Painter(Recorded, a1.Renderer):
    """Draws with two targets of lookahead."""

    name = "painter"

    def render(self, portrait: Any, identities: Any, targets: Iterable[Any], *_: Any) -> Any:
        EVENTS.append(f"identities {sorted(identities)}")
        waiting: deque[Any] = deque()
        for target in targets:
            waiting.append(target)
            if len(waiting) > 2:
                yield self._drawn(portrait, waiting.popleft())
        while waiting:
            if len(waiting) == 1 and self.options.wrong == "missing":
                return
            yield self._drawn(portrait, waiting.popleft())

    def _drawn(self, portrait: Any, target: Any) -> Any:
        TARGETS.append(target)
        self.options.strike_at(target.pts)
        pixels = portrait.pixels.copy()
        pixels[:8, :8] = target.pts % 256 * (257 if pixels.itemsize == 2 else 1)
        if self.options.wrong == "shape":
            pixels = pixels[1:]
        if self.options.wrong == "cancelled":
            raise a1.Cancelled("The painter was stopped.")
        return a1.VideoFrame(target.pts + 7 * (self.options.wrong == "pts"), pixels)


class Teller(Painter):
    """Looks for faces in what it draws, and tells about it; knows what it would take."""

    name = "teller"

    def setup(self, ctx: a1.RunContext) -> None:
        super().setup(ctx)
        ctx.warn("It may rain.")
        ctx.record("device", ctx.device)
        ctx.record("seed", ctx.seed)

    def render(self, portrait: Any, identities: Any, targets: Any, info: Any, ctx: Any) -> Any:
        for picture in super().render(portrait, identities, targets, info, ctx):
            faces = ctx.face_tracker().detect(picture.pixels, ctx)
            ctx.warn(f"There are {len(faces)} faces.")
            yield picture
        ctx.record("curve", [0.5, 0.25])

    def estimate(self, size: Any, info: Any, device: str, memory: int | None) -> Any:
        """A byte for each pixel of a minute's film, which takes as long as it lasts."""
        self.options.strike("estimate")
        if self.options.wrong == "guess":
            return a1.RenderEstimate(peak_bytes=-1)
        peak = size[0] * size[1] * 1000
        return a1.RenderEstimate(
            peak_bytes=peak,
            host_bytes=5000,
            seconds=None if info.count is None else float(info.count / info.rate),
            fits=None if memory is None else peak <= memory,
            settings={"device": device, "tiling": "on"},
            notes=("Tiles show slightly.",),
            advice="deliver it smaller",
        )


class Likeness(Recorded, a1.IdentityEncoder):
    name = "likeness"

    def encode(self, portraits: Any, ctx: a1.RunContext) -> a1.Identity:
        EVENTS.append(f"encode at {self.options.at}")
        mean = np.array([portraits[0].pixels.mean()])
        return a1.Identity("fake/1", {"mean": mean})


@a1.hookimpl
def a1_register_motion_sources() -> list[a1.MotionSourceSpec]:
    made = {"factory": Motion, "options": MotionOptions, "summary": "Performs."}
    return [
        a1.MotionSourceSpec(name="motion", inputs=("video",), **made),
        a1.MotionSourceSpec(name="watching", needs_face_tracker=True, **made),
        a1.MotionSourceSpec(name="live", live=True, **made),
        a1.MotionSourceSpec(name="take", inputs=(".csv", ".json"), **made),
        a1.MotionSourceSpec(name="voice", inputs=("audio",), **made),
        a1.MotionSourceSpec(
            name="keys",
            inputs=("fake.keys/1", ".json:cues"),
            any_rate=True,
            **{**made, "factory": Free, "options": FreeOptions},
        ),
    ]


@a1.hookimpl
def a1_register_face_trackers() -> list[a1.FaceTrackerSpec]:
    made = {"factory": Tracker, "options": TrackerOptions, "summary": "Finds."}
    return [a1.FaceTrackerSpec(name="tracker", **made)]


@a1.hookimpl
def a1_register_identity_encoders() -> list[a1.IdentityEncoderSpec]:
    made = {"factory": Likeness, "options": Trouble, "summary": "Encodes."}
    return [
        a1.IdentityEncoderSpec(name="likeness", produces="fake/1", **made),
        a1.IdentityEncoderSpec(name="other", produces="fake/1", **made),
        a1.IdentityEncoderSpec(name="album", produces="fake/1", min_pictures=5, **made),
        a1.IdentityEncoderSpec(name="unwanted", produces="fake/2", **made),
    ]


@a1.hookimpl
def a1_register_renderers() -> list[a1.RendererSpec]:
    made = {"factory": Painter, "options": Trouble, "summary": "Paints.", "lookahead": 2}
    return [
        a1.RendererSpec(name="painter", alpha=True, depths=(8, 16), **made),
        a1.RendererSpec(name="plain", max_side=300, **made),
        a1.RendererSpec(name="knower", identities=frozenset({"fake/1"}), **made),
        a1.RendererSpec(name="stranger", identities=frozenset({"nobody/1"}), **made),
        a1.RendererSpec(name="patient", **{**made, "lookahead": None}),
        a1.RendererSpec(
            name="teller",
            needs_face_tracker=True,
            devices=("cuda", "cpu"),
            lookahead_time=Fraction(1, 2),
            native_rate=Fraction(12),
            segment=6,
            max_side=300,
            **{**made, "factory": Teller},
        ),
    ]


@a1.hookimpl
def a1_run_started(job: Any) -> None:
    EVENTS.append("started")


@a1.hookimpl
def a1_run_finished(job: Any, report: Any) -> None:
    EVENTS.append(f"finished {report.outcome}: {report.error}")
