"""Good components, and ones that are bad in one way each; the kit has to tell them apart."""

import dataclasses
import os
import threading
from fractions import Fraction
from typing import Literal

from a1sdk import plugin as a1


def options(name):
    return f"a1_kit:{name}"


def __getattr__(name):
    """Make options models when asked for: pydantic must not be imported to list components."""
    from pydantic import BaseModel, Field, create_model

    if name == "Described":
        return create_model(name, __base__=BaseModel, speed=(int, Field(1, description="Speed.")))
    if name == "Silent":
        return create_model(name, __base__=BaseModel, speed=(int, 1))
    if name == "Rated":
        rate = Field(None, description="Frames per second.")
        return create_model(name, __base__=BaseModel, rate=(a1.Rate | None, rate))
    if name == "File":
        return create_model(name, __base__=BaseModel, schema_version=(Literal["kit.moves/2"], ...))
    raise AttributeError(name)


# Motion sources


class Good(a1.MotionSource):
    rate, count, length = Fraction(24), 30, 30

    def probe(self):
        return a1.StreamInfo(self.rate, self.count)

    def stream(self, ctx):
        for pts in ctx.track(range(self.length), total=self.length):
            yield a1.MotionFrame(self.number(pts), self.face(pts, ctx) if pts % 5 != 3 else None)

    def number(self, pts):
        return pts

    def face(self, pts, ctx):
        from a1sdk.testing import performing

        return performing(pts / 30)

    def changed(self, pts, ctx, **changes):
        from dataclasses import replace

        return replace(Good.face(self, pts, ctx), **changes)


class FloatRate(Good):
    rate = 23.976


class Miscounts(Good):
    count = 31


class FromOne(Good):
    def number(self, pts):
        return pts + 1


class Doubles(Good):
    def face(self, pts, ctx):
        return self.changed(pts, ctx, translation=[0.0, 0.0, 0.0])


class Empty(Good):
    def face(self, pts, ctx):
        return None


class Mirrored(Good):
    def face(self, pts, ctx):
        import numpy as np

        return self.changed(pts, ctx, rotation=np.diag([-1, 1, 1]).astype(np.float32))


class Sheared(Good):
    def face(self, pts, ctx):
        import numpy as np

        return self.changed(pts, ctx, rotation=np.ones((3, 3), np.float32))


class Pixels(Good):
    def face(self, pts, ctx):
        import numpy as np

        return self.changed(pts, ctx, expression=np.full((478, 3), 30, np.float32))


class Percent(Good):
    def face(self, pts, ctx):
        import numpy as np

        return self.changed(pts, ctx, blendshapes=np.full(52, 100, np.float32))


class Eager(Good):
    def stream(self, ctx):
        return ctx.track(iter(list(super().stream(ctx))))


class Deaf(Good):
    def stream(self, ctx):
        for pts in range(self.length):
            yield a1.MotionFrame(pts, self.face(pts, ctx))


class Random(Good):
    def face(self, pts, ctx):
        import numpy as np

        noise = np.random.default_rng().normal(0, 0.01, (478, 3)).astype(np.float32)
        return self.changed(pts, ctx, expression=noise)


class Reuses(Good):
    def stream(self, ctx):
        import numpy as np

        shared = np.zeros((478, 3), np.float32)
        for frame in super().stream(ctx):
            shared += 0.001
            face = self.changed(frame.pts, ctx, expression=shared)
            yield a1.MotionFrame(frame.pts, face)


class Leaks(Good):
    kept = []  # noqa: RUF012

    def setup(self, ctx):
        self.kept.append(os.open(__file__, os.O_RDONLY))


class ClosesOnce(Good):
    file = closed = None

    def setup(self, ctx):
        self.file = []

    def close(self):
        if self.file is not None and self.closed:
            raise ValueError("already closed")
        self.closed = True


class NeedsSetup(Good):
    def setup(self, ctx):
        self.ready = True

    def close(self):
        assert self.ready


class Lacks(Good):
    def setup(self, ctx):
        raise a1.AssetMissingError("The weights are not here.")


class Mumbles(Good):
    def labels(self):
        return [a1.Label("words", Fraction(1), Fraction(1, 2), "late")]


class Talks(Good):
    def labels(self):
        return [a1.Label("words", Fraction(0), Fraction(30, 24), "hi")]


class AnyRate(Good):
    count = None

    @property
    def rate(self):
        return self.options.rate or Fraction(24)

    @property
    def length(self):
        return int(2 * self.rate)

    def stream(self, ctx):
        for pts in ctx.track(range(self.length)):
            yield a1.MotionFrame(pts, self.face(pts, ctx))

    def face(self, pts, ctx):
        return Good.face(self, 30 * pts / self.rate, ctx)


class OwnRate(AnyRate):
    rate = Fraction(24)

    def face(self, pts, ctx):
        return Good.face(self, 0, ctx)


class ByNumber(AnyRate):
    def face(self, pts, ctx):
        return Good.face(self, pts, ctx)


# Motion writers


class GoodWriter(a1.MotionWriter):
    """Writes a line for each frame, and the labels."""

    def write(self, clip, path, ctx):
        lines = [f"rate {clip.info.rate}"]
        lines += [self.line(frame) for frame in ctx.track(clip.frames(), total=len(clip))]
        lines += [f"{label.track} {label.start} {label.text}" for label in clip.labels]
        path.write_text("\n".join(lines))

    def line(self, frame):
        if frame.face is None:
            return f"{frame.pts} lost"
        return f"{frame.pts} {frame.face.rotation.tolist()} {frame.face.expression[13].tolist()}"


class LabelsOnly(GoodWriter):
    def write(self, clip, path, ctx):
        ctx.check()
        if not clip.labels:
            raise a1.CapabilityError("The take has no words.")
        path.write_text("\n".join(f"{label.start} {label.text}" for label in clip.labels))


class Litters(GoodWriter):
    def write(self, clip, path, ctx):
        super().write(clip, path, ctx)
        path.with_suffix(".bak").write_text("")


class Unsaid(GoodWriter):
    """Its spec names no suffix with a dot."""


class Dated(GoodWriter):
    times = 0

    def write(self, clip, path, ctx):
        super().write(clip, path, ctx)
        Dated.times += 1
        with path.open("a") as file:
            file.write(f"written {Dated.times}")


class Blank(GoodWriter):
    def write(self, clip, path, ctx):
        ctx.check()
        path.write_text("nothing at all")


class FillsGaps(GoodWriter):
    def line(self, frame):
        from a1sdk.testing import still

        return super().line(a1.MotionFrame(frame.pts, frame.face or still()))


class Rateless(GoodWriter):
    def write(self, clip, path, ctx):
        super().write(clip, path, ctx)
        path.write_text(path.read_text().partition("\n")[2])


class WantsScores(GoodWriter):
    def write(self, clip, path, ctx):
        if len(clip) and not clip.gaps() == [range(len(clip))] and not clip.has_blendshapes:
            raise KeyError("jawOpen")
        super().write(clip, path, ctx)


class Bends(GoodWriter):
    def line(self, frame):
        if frame.face is not None:
            frame.face.translation[:] = 0
        return super().line(frame)


class DeafWriter(GoodWriter):
    def write(self, clip, path, ctx):
        path.write_text("".join(map(self.line, clip.frames())) + str(clip.header))


class KeepsOpen(GoodWriter):
    kept = []  # noqa: RUF012

    def write(self, clip, path, ctx):
        super().write(clip, path, ctx)
        self.kept.append(os.open(path, os.O_RDONLY))


# Renderers


class GoodRenderer(a1.Renderer):
    """Shifts the brightness with the motion, exactly nothing at rest."""

    def render(self, portrait, identities, targets, info, ctx):
        for target in ctx.track(targets, total=info.count):
            yield a1.VideoFrame(target.pts, self.draw(portrait, target))

    def draw(self, portrait, target):
        import numpy as np

        shift = np.abs(target.landmarks - portrait.face.landmarks).mean().astype(np.float32)
        pixels = portrait.pixels.copy()
        colors = pixels[..., :3]
        colors[:] = np.clip(colors + shift, 0, np.iinfo(pixels.dtype).max).astype(pixels.dtype)
        return pixels


class ReadsAhead(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        return super().render(portrait, identities, iter(list(targets)), info, ctx)


class Renumbers(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        for frame in super().render(portrait, identities, targets, info, ctx):
            yield a1.VideoFrame(frame.pts + 1001, frame.pixels)


class Frozen(GoodRenderer):
    def draw(self, portrait, target):
        return portrait.pixels.copy()


class Scribbles(GoodRenderer):
    def draw(self, portrait, target):
        drawn = super().draw(portrait, target)
        target.landmarks[0] = 0
        return drawn


class OneBuffer(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        buffer = portrait.pixels.copy()
        for frame in super().render(portrait, identities, targets, info, ctx):
            buffer[:] = frame.pixels
            yield a1.VideoFrame(frame.pts, buffer)


class Remembers(GoodRenderer):
    seed = None

    def render(self, portrait, identities, targets, info, ctx):
        if self.seed is None:
            self.seed = ctx.seed  # and not that of any later run
        yield from super().render(portrait, identities, targets, info, ctx)

    def draw(self, portrait, target):
        pixels = super().draw(portrait, target)
        pixels[..., :3] += portrait.pixels.dtype.type(7 * self.seed)
        return pixels


class Mixes(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        self.portrait = portrait
        yield from super().render(portrait, identities, targets, info, ctx)

    def draw(self, portrait, target):
        return super().draw(self.portrait, target)


class LetsGo(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        self.loaded = True
        try:
            yield from super().render(portrait, identities, targets, info, ctx)
        finally:
            self.loaded = False

    def draw(self, portrait, target):
        return super().draw(portrait, target) if self.loaded else portrait.pixels.copy()


class FirstTarget(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        targets = iter(targets)
        first = [next(targets)]
        from itertools import chain

        yield from super().render(portrait, identities, chain(first, targets), info, ctx)


class Even(GoodRenderer):
    def draw(self, portrait, target):
        height, width = (side // 2 * 2 for side in portrait.pixels.shape[:2])
        return super().draw(portrait, target)[:height, :width]


class Timid(GoodRenderer):
    def draw(self, portrait, target):
        if abs(target.landmarks - portrait.face.landmarks).max() > 40:
            raise ValueError("too far")
        return super().draw(portrait, target)


class NeverExact(GoodRenderer):
    def draw(self, portrait, target):
        pixels = super().draw(portrait, target)
        pixels[..., :3] ^= portrait.pixels.dtype.type(1)
        return pixels


class Opaque(GoodRenderer):
    def draw(self, portrait, target):
        pixels = super().draw(portrait, target)
        pixels[..., 3:] = 255
        return pixels


class Shallow(GoodRenderer):
    def draw(self, portrait, target):
        pixels = super().draw(portrait, target)
        return pixels if pixels.itemsize == 1 else (pixels >> 8).astype("uint8")


class DeafRenderer(GoodRenderer):
    def render(self, portrait, identities, targets, info, ctx):
        for target in targets:
            yield a1.VideoFrame(target.pts, self.draw(portrait, target))


class Guesses(GoodRenderer):
    def estimate(self, size, info, device, memory):
        seconds = info.count / info.rate  # there may be no count
        return a1.RenderEstimate(peak_bytes=4 * size[0] * size[1], seconds=float(seconds))


class Looks(GoodRenderer):
    """Looks half a second ahead, and knows its price."""

    def render(self, portrait, identities, targets, info, ctx):
        from collections import deque

        waiting = deque()
        for target in ctx.track(targets):
            waiting.append(target)
            if len(waiting) > 13:
                yield self.frame(portrait, waiting.popleft())
        yield from (self.frame(portrait, target) for target in waiting)

    def frame(self, portrait, target):
        return a1.VideoFrame(target.pts, self.draw(portrait, target))

    def estimate(self, size, info, device, memory):
        return a1.RenderEstimate(peak_bytes=4 * size[0] * size[1], fits=True)


class KeepsThread(GoodRenderer):
    def setup(self, ctx):
        self.stop = threading.Event()
        threading.Thread(target=self.stop.wait, daemon=True).start()


# Face trackers


class GoodTracker(a1.FaceTracker):
    """Knows the kit's own portrait; a face of it is where the picture is not flat."""

    score = 0.9

    def detect(self, pixels, ctx):
        if min(pixels.shape[:2]) < 64 or pixels.std() < 5:
            return []
        from a1sdk.testing import portrait

        if pixels.shape[1] > 600:  # the kit's two faces side by side
            return self.order([self.face(portrait(384, 320), 256), self.face(portrait(256, 320))])
        return [self.face(portrait(pixels.shape[1], pixels.shape[0]))]

    def face(self, known, right=0):
        landmarks = known.face.landmarks.copy()
        landmarks[:, 0] += right
        return a1.FaceObservation(self.units(landmarks), self.score)

    def units(self, landmarks):
        return landmarks

    def order(self, faces):
        return faces

    def track(self, frames, ctx, *, max_faces=1):
        for frame in frames:
            ctx.check()
            yield a1.TrackedFrame(frame.pts, tuple(self.detect(frame.pixels, ctx)))


class Shares(GoodTracker):
    def units(self, landmarks):
        return landmarks / 384


class Inverted(GoodTracker):
    def units(self, landmarks):
        landmarks[:, 2] *= -1
        return landmarks


class PercentScore(GoodTracker):
    score = 90

    def track(self, frames, ctx, *, max_faces=1):
        for tracked in super().track(frames, ctx):
            faces = (a1.FaceObservation(f.landmarks, 0.9) for f in tracked.faces)
            yield a1.TrackedFrame(tracked.pts, tuple(faces))


class SeesThings(GoodTracker):
    def detect(self, pixels, ctx):
        found = super().detect(pixels, ctx)
        if not found and pixels.max() == 128:
            from a1sdk.testing import portrait

            return [self.face(portrait())]
        return found


class NeedsRoom(GoodTracker):
    def detect(self, pixels, ctx):
        if min(pixels.shape[:2]) < 64:
            raise ValueError("too small")
        return super().detect(pixels, ctx)


class SmallestFirst(GoodTracker):
    def order(self, faces):
        return faces[::-1]


class SkipsEmpty(GoodTracker):
    def track(self, frames, ctx, *, max_faces=1):
        for tracked in super().track(frames, ctx):
            if tracked.faces or tracked.pts == 0 or not self.seen:
                self.seen = bool(tracked.faces)
                yield tracked

    seen = False


class NewNumbers(GoodTracker):
    def track(self, frames, ctx, *, max_faces=1):
        for tracked in super().track(frames, ctx):
            faces = (a1.FaceObservation(f.landmarks, 0.9, tracked.pts) for f in tracked.faces)
            yield a1.TrackedFrame(tracked.pts, tuple(faces))


class Batch(GoodTracker):
    def track(self, frames, ctx, *, max_faces=1):
        yield from super().track(iter(list(frames)), ctx)


class Paints(GoodTracker):
    def detect(self, pixels, ctx):
        found = super().detect(pixels, ctx)
        pixels[0, 0] += 1
        return found


class DeafTracker(GoodTracker):
    def track(self, frames, ctx, *, max_faces=1):
        for frame in frames:
            yield a1.TrackedFrame(frame.pts, tuple(self.detect(frame.pixels, ctx)))


# Identity encoders


class GoodEncoder(a1.IdentityEncoder):
    kind, provenance = "mean-color/1", {"model": "none"}

    def encode(self, portraits, ctx):
        import numpy as np

        mean = np.mean([p.pixels.mean((0, 1)) for p in portraits], axis=0)
        return a1.Identity(self.kind, {"color": self.value(mean)}, self.provenance)

    def value(self, mean):
        return mean.astype("float32")


class OtherKind(GoodEncoder):
    kind = "mean-color/2"


class Booleans(GoodEncoder):
    def value(self, mean):
        return mean > 0


class Unversioned(GoodEncoder):
    kind = "mean-color"


class Overlong(GoodEncoder):
    pass


class Anonymous(GoodEncoder):
    provenance = {}  # noqa: RUF012


class Bleaches(GoodEncoder):
    def encode(self, portraits, ctx):
        found = super().encode(portraits, ctx)
        for portrait in portraits:
            portrait.pixels[0, 0] = portrait.pixels[0, 0] ^ 1
        return found


class Stacks(GoodEncoder):
    def encode(self, portraits, ctx):
        import numpy as np

        found = super().encode(portraits, ctx)
        return a1.Identity(
            self.kind, {"color": np.stack([found.arrays["color"]] * len(portraits))}, {"m": "x"}
        )


class Drifts(GoodEncoder):
    times = 0

    def value(self, mean):
        self.times += 1
        return (mean + self.times).astype("float32")


def named(factory):
    return "".join("-" + c.lower() if c.isupper() else c for c in factory.__name__).strip("-")


def spec(kind, factory, **more):
    values = {"name": named(factory), "summary": "Is made up.", "factory": factory} | more
    return kind(**values)


SOURCES = (
    *(Good, FloatRate, Miscounts, FromOne, Doubles, Empty, Mirrored, Sheared, Pixels, Percent),
    *(Eager, Deaf, Random, Reuses, Leaks, ClosesOnce, NeedsSetup, Lacks, Mumbles, Talks),
)
WRITERS = (
    *(GoodWriter, LabelsOnly, Litters, Dated, Blank, FillsGaps, Rateless, WantsScores, Bends),
    *(DeafWriter, KeepsOpen),
)
RENDERERS = (
    *(GoodRenderer, ReadsAhead, Renumbers, Frozen, Scribbles, OneBuffer, Remembers, FirstTarget),
    *(Mixes, LetsGo),
    *(Even, Timid, NeverExact, Opaque, Shallow, DeafRenderer, KeepsThread, Guesses),
)
TRACKERS = (
    *(GoodTracker, Shares, Inverted, PercentScore, SeesThings, NeedsRoom, SmallestFirst),
    *(SkipsEmpty, NewNumbers, Batch, Paints, DeafTracker),
)
ENCODERS = (GoodEncoder, OtherKind, Booleans, Anonymous, Bleaches, Stacks, Drifts)
ASSET = a1.Asset(name="weights.bin", urls=("ftp://x",), sha256="00", size=1, license="Apache-2.0")
SNAPSHOT = a1.Snapshot(
    name="weights",
    repo="owner/weights",
    include=("net/*.json", "net/*.safetensors"),
    license_files=("LICENSE",),
    approximate_size=1_000_000,
    license="Apache-2.0",
)
BORROWED = a1.AssetGroup(alternatives=((SNAPSHOT,),))
PICKLED = dataclasses.replace(SNAPSHOT, include=("net/*.bin",))


@a1.hookimpl
def a1_register_motion_sources():
    kind = a1.MotionSourceSpec
    return [
        *(spec(kind, factory) for factory in SOURCES),
        spec(kind, Good, name="described", options=options("Described")),
        *(
            spec(kind, factory, any_rate=True, options=options("Rated"))
            for factory in (AnyRate, OwnRate, ByNumber)
        ),
        spec(kind, Good, name="shapes", formats=(file_format("kit.moves-2"),)),
        spec(kind, Good, name="misshapes", formats=(file_format("kit.moves-3"),)),
        spec(kind, Good, name="asks", needs_face_tracker=True),
        spec(kind, Good, name="silent", options=options("Silent")),
        spec(kind, Good, name="wordy", summary="does one thing. And another"),
        spec(kind, Good, name="vague", assets=a1.AssetGroup(alternatives=((ASSET,),))),
        spec(kind, Good, name="fetches", assets=a1.AssetGroup(alternatives=((SNAPSHOT,),))),
        spec(kind, Good, name="own-terms", license="LicenseRef-Kit", license_url="https://x.test"),
        spec(kind, Good, name="made-up-terms", license="Free for all"),
        spec(kind, Good, name="unread-terms", license="LicenseRef-Kit"),
        spec(kind, Good, name="resells", license="CC-BY-NC-4.0"),
        spec(kind, Good, name="borrows", materials=lambda _: a1.Materials(assets=BORROWED)),
        spec(kind, Good, name="unpickles", assets=a1.AssetGroup(alternatives=((PICKLED,),))),
    ]


def file_format(name):
    return a1.FileFormat(name=name, model=options("File"), title="Moves")


@a1.hookimpl
def a1_register_motion_writers():
    kind = a1.MotionWriterSpec
    return [
        *(spec(kind, factory, outputs=(".txt", ".text")) for factory in WRITERS),
        spec(kind, Unsaid, outputs=("txt",)),
    ]


@a1.hookimpl
def a1_register_renderers():
    drawn = {"alpha": True, "depths": (8, 16)}
    half = {"lookahead_time": Fraction(1, 2), "native_rate": Fraction(12), "segment": 6}
    return [
        *(spec(a1.RendererSpec, factory, **drawn) for factory in RENDERERS),
        spec(a1.RendererSpec, Looks, **drawn, **half),
        spec(a1.RendererSpec, GoodRenderer, **drawn, needs_face_tracker=True, name="finds"),
    ]


@a1.hookimpl
def a1_register_face_trackers():
    return [spec(a1.FaceTrackerSpec, factory) for factory in TRACKERS]


@a1.hookimpl
def a1_register_identity_encoders():
    return [
        *(spec(a1.IdentityEncoderSpec, f, produces="mean-color/1") for f in ENCODERS),
        spec(a1.IdentityEncoderSpec, Unversioned, produces="mean-color"),
        spec(
            a1.IdentityEncoderSpec,
            Overlong,
            produces="mean-color/1",
            comparison=a1.Comparison(array="color", same_from=0.5),
        ),
    ]
