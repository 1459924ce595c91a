"""A plugin that shows which picture of a driver each frame was made of.

`counting/film` reads the number that every picture of a film carries, and performs it; between two
pictures it is a number in between. `counting/voice` performs 0 while a sound lasts.
`counting/number` paints the number that is performed, in thousandths, into the first pixels, and
so does `counting/likeness`, which needs the likeness that `counting/look` makes.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from a1sdk import plugin as a1
from a1sdk.testing import neutral_shape, performing

STEP = 2000  # numbers in a face unit of translation
FINE = 1000  # parts of a number that are painted
BITS = 10


class FilmOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: Path
    start: a1.Time = Fraction(0)
    duration: a1.Time | None = None


class Film(a1.MotionSource):
    def setup(self, ctx):
        self.reader = a1.open_video(self.options.path)

    def close(self):
        self.reader.close()

    def probe(self):
        info = self.reader.info
        left = info.duration - self.options.start
        lasts = left if self.options.duration is None else min(self.options.duration, left)
        count = a1.frame_count(lasts, info.rate)
        return a1.StreamInfo(info.rate, count, info.start + self.options.start, duration=lasts)

    def stream(self, ctx):
        info, start = self.probe(), self.options.start
        frames = self.reader.frames(start, start + info.duration)
        samples = ((one.time - start, performed(number_of(one.pixels))) for one in frames)
        yield from a1.to_grid(samples, info.rate, last=1 / info.rate, duration=info.duration)


class Voice(a1.MotionSource):
    rate = Fraction(25)

    def setup(self, ctx):
        self.sound = a1.open_sound(self.options.path).part(
            self.options.start, self.options.duration
        )

    def probe(self):
        count = a1.frame_count(self.sound.duration, self.rate)
        return a1.StreamInfo(self.rate, count, self.sound.start, duration=self.sound.duration)

    def stream(self, ctx):
        yield from (a1.MotionFrame(pts, performed(0)) for pts in range(self.probe().count))


def number_of(pixels):
    """The number that a picture carries in black and white bars, the lowest bit first."""
    row = pixels[pixels.shape[0] // 2, :, 1].astype(int)
    bar = len(row) // BITS
    return sum(1 << bit for bit in range(BITS) if row[bit * bar + bar // 2] > 127)


def performed(number):
    moved = np.array([number / STEP, 0, 0], np.float32)
    return replace(performing(0.0), translation=moved, rotation=np.eye(3, dtype=np.float32))


class Tracker(a1.FaceTracker):
    def detect(self, pixels, ctx):
        height, width = pixels.shape[:2]
        points = neutral_shape() * min(width, height) * 0.26 + np.array([width / 2, height / 2, 0])
        return [a1.FaceObservation(points.astype(np.float32), 1.0)]

    def track(self, frames, ctx, *, max_faces=1):
        raise NotImplementedError


class PainterOptions(BaseModel):
    """Where it goes wrong, and how slow it is."""

    breaks_at: float | None = None
    dies_at: float | None = None
    pause: float = 0
    weights: Path | None = None
    log: str = ""

    def note(self, event):
        """Write what happened in which process to the log, if there is one."""
        if self.log:
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(f"{event} {os.getpid()}\n")


class Painter(a1.Renderer):
    def setup(self, ctx):
        self.options.note("setup")

    def close(self):
        self.options.note("close")

    def render(self, portrait, identities, targets, info, ctx):
        for target in targets:
            time.sleep(self.options.pause)
            moved = target.motion.translation[0]
            if self.options.dies_at == round(float(moved) * STEP):
                os._exit(9)  # as a process does that has no memory left
            if self.options.breaks_at == round(float(moved) * STEP):
                raise ValueError("broken brush")
            yield a1.VideoFrame(target.pts, painted(portrait.pixels, moved))


ASSETS = a1.AssetGroup(
    alternatives=(
        (
            a1.Snapshot(
                name="net",
                repo="Owner/Net",
                include=("net.json",),
                license_files=("LICENSE",),
                approximate_size=1,
                license="MIT",
            ),
        ),
    )
)


class Trained(a1.Renderer):
    def setup(self, ctx):
        self.shade = len((ctx.asset("net") / "net.json").read_bytes())

    def render(self, portrait, identities, targets, info, ctx):
        for target in targets:
            yield a1.VideoFrame(target.pts, portrait.pixels - self.shade)


class Look(a1.IdentityEncoder):
    def encode(self, portraits, ctx):
        return a1.Identity("counting/1", {"pause": np.array([self.options.pause])})


def painted(pixels, moved):
    value = round(float(moved) * STEP * FINE)
    pixels = pixels.copy()
    pixels[:8, :8] = [value >> 16 & 255, value >> 8 & 255, value & 255]
    return pixels


def read_number(pixels):
    """The number that a picture was painted with, in thousandths."""
    high, middle, low = (int(part) for part in pixels[4, 4, :3])
    return Fraction(high << 16 | middle << 8 | low, FINE)


@a1.hookimpl
def a1_register_motion_sources():
    return [
        a1.MotionSourceSpec(
            name="film", summary="Counts.", factory=Film, options=FilmOptions, inputs=("video",)
        ),
        a1.MotionSourceSpec(
            name="voice", summary="Speaks.", factory=Voice, options=FilmOptions, inputs=("audio",)
        ),
    ]


@a1.hookimpl
def a1_register_face_trackers():
    return [a1.FaceTrackerSpec(name="any", summary="Sees a face.", factory=Tracker)]


@a1.hookimpl
def a1_register_identity_encoders():
    made = {"summary": "Looks.", "factory": Look, "options": PainterOptions}
    return [a1.IdentityEncoderSpec(name="look", produces="counting/1", **made)]


@a1.hookimpl
def a1_register_renderers():
    made = {"summary": "Paints.", "factory": Painter, "options": PainterOptions}
    return [
        a1.RendererSpec(name="number", **made),
        a1.RendererSpec(name="large", devices=("cuda", "cpu"), **made),
        a1.RendererSpec(
            name="trained", assets=ASSETS, **{**made, "factory": Trained, "options": None}
        ),
        a1.RendererSpec(name="likeness", identities=frozenset({"counting/1"}), **made),
    ]
