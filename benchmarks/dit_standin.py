"""A stand-in for the transformer of `dit/skyreels-a1`: `warp/mesh` draws what the model would.

What comes round the model (window, landmark pictures, frames in between, colours, paste) can so be
judged against frames that are known, without the model's weights. The stand-in is as wrong as such
models are, if asked: its colours drift, each of its windows has a tint of its own, its picture is
softer, what stands still moves a little, and its brightness flickers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from a1sdk_dit.model.geometry import Geometry
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.shot import Shot
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.rig import Rig

from a1sdk.components.data import Portrait, StreamInfo, TargetFrame
from a1sdk.components.registry import Registry
from a1sdk.media import read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.gaps import fill_gaps
from a1sdk.motion.resample import resample
from a1sdk.motion.retarget import Retarget
from a1sdk.render.arrange import stack_of
from a1sdk.render.cast.trackers import Trackers
from a1sdk.render.context import HostContext
from a1sdk.render.opening import Opener
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.plan import plan_layers
from a1sdk.render.portrait import choose_face, detect_faces

if TYPE_CHECKING:
    from a1sdk_dit.shot import Pictures

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

GEOMETRY = Geometry(49, 13, 480, 720, 60, 90)
"""Sizes of the released checkpoint."""


@dataclass(frozen=True)
class Faults:
    """What is wrong with the stand-in's pictures.

    Attributes:
        drift: levels that its colours are off by after ten seconds, in each channel.
        tint: deviation of the gain that each window of the model has of its own.
        blur: deviation of the softness, in pixels of the model's picture.
        wobble: deviation of how far the whole picture is displaced, in pixels of that.
        flicker: deviation of the brightness, levels.
        astray: deviation of how far things are from where they should be, in pixels; smooth, and
            coming and going within seconds.
        seed: of all that is left to chance.
    """

    drift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tint: float = 0.0
    blur: float = 0.0
    wobble: float = 0.0
    flicker: float = 0.0
    astray: float = 0.0
    seed: int = 1


USUAL = Faults((9.0, 4.0, -6.0), 0.02, 0.6, 0.5, 0.7)
BAD = replace(USUAL, astray=2.0)


@dataclass(frozen=True, eq=False)
class Scene:
    """A portrait, what its face is to do, and the film of that as `warp/mesh` draws it."""

    name: str
    portrait: Portrait
    targets: list[TargetFrame]
    info: StreamInfo

    def truth(self) -> Iterator[Bytes]:
        """Draw the frames delivered."""
        rig = Rig(self.portrait, MeshOptions())
        for target in self.targets:
            yield rig.draw(target.landmarks)

    def landmarks_at(self, time: Fraction) -> Floats:
        """Return where the face has to be, linear between targets."""
        place = time * self.info.rate
        first = min(int(place), len(self.targets) - 1)
        last = min(first + 1, len(self.targets) - 1)
        share = np.float32(place - first)
        a, b = (self.targets[number].landmarks for number in (first, last))
        return a + (b - a) * share


class StandIn:
    """Draws the model's pictures of a shot; a `Draw`."""

    def __init__(self, scene: Scene, shot: Shot, faults: Faults) -> None:
        self._scene, self._shot, self._faults = scene, shot, faults

    def __call__(self, controls: Pictures, number: int | None) -> Pictures:
        """Yield a picture for each landmark picture."""
        chance = np.random.default_rng(self._faults.seed)
        rig, shot = Rig(self._scene.portrait, MeshOptions()), self._shot
        for k, _ in enumerate(controls):
            time = k / shot.native
            drawn = shot.window.take(rig.draw(self._scene.landmarks_at(time)))
            window = max(0, k - GEOMETRY.overlap) // GEOMETRY.stride
            yield self._disturbed(drawn, float(time), self._tint(window), chance)

    def _tint(self, window: int) -> npt.NDArray[np.float64]:
        chance = np.random.default_rng((self._faults.seed, window))
        return 1 + chance.normal(0, self._faults.tint, 3)

    def _disturbed(
        self,
        picture: Bytes,
        time: float,
        tint: npt.NDArray[np.float64],
        chance: np.random.Generator,
    ) -> Bytes:
        faults = self._faults
        if faults.astray:
            picture = self._astray(picture, time)
        if faults.blur:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), faults.blur), np.uint8)
        if faults.wobble:
            moved = np.eye(2, 3, dtype=np.float32)
            moved[:, 2] = chance.normal(0, faults.wobble, 2)
            size = picture.shape[1::-1]
            how, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
            shaken = cv2.warpAffine(picture, moved, size, flags=how, borderMode=border)
            picture = np.asarray(shaken, np.uint8)
        shift = np.array(faults.drift) * time / 10 + chance.normal(0, faults.flicker)
        levels = np.arange(256)[:, None] * tint + shift
        table = np.rint(np.clip(levels, 0, 255)).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table[None]), np.uint8)

    def _astray(self, picture: Bytes, time: float) -> Bytes:
        chance, (height, width) = np.random.default_rng(self._faults.seed), picture.shape[:2]
        sine, cosine = chance.normal(0, self._faults.astray, (2, 6, 9, 2)).astype(np.float32)
        moves = sine * np.sin(2.5 * time) + cosine * np.cos(2.5 * time)
        full = cv2.resize(moves, (width, height), interpolation=cv2.INTER_CUBIC)
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        places = (np.stack([x, y], 2) + full).astype(np.float32)
        columns, rows = cv2.split(places)
        how, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
        moved = cv2.remap(picture, columns, rows, how, borderMode=border)
        return np.asarray(moved, np.uint8)


def read_portrait(path: Path, crop: tuple[int, int] | None = None) -> Portrait:
    """Return a picture and its largest face; `crop` cuts its middle to proportions."""
    pixels = flatten(to_depth(read_still(path).pixels, 8))
    if crop is not None:
        height, width = pixels.shape[:2]
        narrow = min(width, height * crop[0] // crop[1])
        left = (width - narrow) // 2
        pixels = pixels[:, left : left + narrow].copy()
    with ExitStack() as stack, HostContext(threads=1) as host:
        opener, chosen = Opener(host, stack, []), Registry().choose("face_tracker", TRACKER)
        found = detect_faces(pixels, opener.tracker(chosen), opener.lend(chosen))
        return Portrait(pixels, choose_face(found, "largest", path))


TRACKER = "facemesh/landmarks"


@cache
def performed(driver: Path, seconds: Fraction) -> MotionClip:
    """Return the motion of a film's face; gaps are filled."""
    registry = Registry()
    with ExitStack() as stack, HostContext(threads=1) as host:
        opener = Opener(host, stack, [])
        performance = LayeredPerformance(
            plan_layers(stack_of(driver, registry=registry), registry),
            opener,
            trackers=Trackers(registry.choose("face_tracker", TRACKER), opener).lend,
            rate=None,
            duration=seconds,
        )
        return MotionClip.from_frames(performance.frames("interpolate"), performance.info)


def make_scene(name: str, portrait: Portrait, motion: MotionClip, rate: Fraction) -> Scene:
    """Carry motion onto a portrait, at a rate."""
    retarget = Retarget(portrait.face)
    frames = resample(motion.frames(), motion.info.rate, rate)
    targets = [retarget(frame) for frame in fill_gaps(frames, "hold", rate)]
    return Scene(name, portrait, targets, StreamInfo(rate, count=len(targets)))


def make_shot(scene: Scene, options: RendererOptions | None = None) -> Shot:
    """Return a shot at the sizes of the released checkpoint."""
    return Shot(scene.portrait, scene.info, GEOMETRY, options or RendererOptions())
