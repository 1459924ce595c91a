"""What `dit/skyreels-a1` does round its model, against frames that are known: a table.

    A1_ASSET_PATH=FOLDER python benchmarks/dit_shot.py --portraits PICTURE ... --drivers FILM ...

A stand-in draws the model's pictures (see `dit_standin`): first as well as it can, then with the
faults of such models, then also with everything a little astray. The films are compared with the
same performance drawn at the rate of the film. Columns:

- face: PSNR within the outline of the face, dB; in brackets that of a film of which the model
  draws every frame, which is what the model's coarser picture leaves.
- marks: mean distance of the landmarks tracked in both, per cent of the outer eye distance.
- sharp: Laplacian energy of the face, of that of the known frames.
- pulse: how much that changes with the model's rate: amplitude, per cent of the mean.
- drift: mean deviation of the colours of what is still, in levels: as drawn, and as corrected.
- seam: largest mean step across the window's soft edges that is not in the known frames, levels
  per pixel.
- flicker: mean change from frame to frame, beyond that of the known frames, of what is still.

Below it: processor time of one thread a picture, of landmark pictures, colours, frames in between
and paste.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from a1sdk_dit.framing.paste import Paste
from a1sdk_dit.interpolation.chosen import in_between
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.shot import Shot
from closed_loop import follow, tracker
from dit_standin import (
    BAD,
    USUAL,
    Bytes,
    Faults,
    Scene,
    StandIn,
    make_scene,
    make_shot,
    performed,
    read_portrait,
)
from films import MEDIA
from PIL import Image

from a1sdk.components.data import VideoFrame

RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(50), Fraction(60))
EYES = (33, 263)
FEATHER = RendererOptions().feather
STAGES = ("lines", "colours", "between", "paste")
Doubles = npt.NDArray[np.float64]


@dataclass
class Clock:
    """Time of this thread, by stage."""

    spent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return `call`, its time added to that of a stage."""

        def run(*arguments: Any) -> Any:
            start = time.thread_time()
            result = call(*arguments)
            self.spent[name].append(1e3 * (time.thread_time() - start))
            return result

        return run

    def milliseconds(self, name: str) -> tuple[float, float]:
        """Return the shortest and the median time of a call."""
        return min(self.spent[name]), float(np.median(self.spent[name]))


@dataclass(frozen=True, eq=False)
class Result:
    """One film; see the module for its values."""

    name: str
    face: float
    marks: float
    sharp: float
    pulse: float
    drift: tuple[float, float]
    seam: float
    flicker: float


@dataclass(frozen=True, eq=False)
class Film:
    """A film of a shot, as the renderer makes it.

    Attributes:
        pixels: its frames.
        shot: what was fixed for it.
        drift: mean deviation of its colours as drawn and as corrected, levels.
    """

    pixels: list[Bytes]
    shot: Shot
    drift: tuple[float, float]

    @classmethod
    def of(cls, scene: Scene, faults: Faults, clock: Clock) -> Film:
        """Make the film of a scene, and take the time."""
        shot = make_shot(scene)
        anchor = shot.anchor
        assert anchor is not None
        stages = {"control": "lines", "anchor": "colours", "_paste": "paste"}
        for name, stage in stages.items():
            setattr(shot, name, clock.timed(stage, getattr(shot, name)))
        between = clock.timed("between", in_between(RendererOptions(), "cpu", shot.neutral))
        stream = shot.film(scene.targets, StandIn(scene, shot, faults), between)
        pixels = [np.asarray(frame.pixels, np.uint8) for frame in stream]
        curve = np.array([(point.before, point.after) for point in anchor.curve()] or [(0, 0)])
        before, after = curve.mean(0).tolist()
        return cls(pixels, shot, (before, after))


def drawn_throughout(scene: Scene) -> list[Bytes]:
    """Return the film whose model draws every frame."""
    shot = make_shot(scene)
    pixels, face, rate = scene.portrait.pixels, scene.portrait.face.landmarks, scene.info.rate
    paste = Paste(pixels, shot.window, face, FEATHER, rate)
    return [
        paste(shot.window.take(pixels), shot.window.to_model(target.landmarks))
        for pixels, target in zip(scene.truth(), scene.targets, strict=True)
    ]


def compare(scene: Scene, truth: list[Bytes], made: Film, tools: Any) -> Result:
    """Measure a film."""
    film, shot = made.pixels, made.shot
    masks = [face_mask(target.landmarks, scene.portrait.size) for target in scene.targets]
    sharp = np.array(
        [
            [laplacian(pixels, mask) for pixels in pair]
            for *pair, mask in zip(film, truth, masks, strict=True)
        ]
    )
    still = still_part(scene, shot) > 0.5
    return Result(
        scene.name,
        psnr_of(truth, film, masks),
        marks_apart(truth, film, tools),
        float(sharp[:, 0].mean() / sharp[:, 1].mean()),
        100 * pulse(sharp[:, 0] / sharp[:, 1], float(shot.native / scene.info.rate)),
        made.drift,
        max(seam(t, f, shot) for t, f in zip(truth[::5], film[::5], strict=True)),
        flicker(truth, film, still),
    )


def face_mask(landmarks: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return where the face is."""
    mask = np.zeros(size[::-1], np.uint8)
    outline = cv2.convexHull(np.ascontiguousarray(landmarks[:, :2]))
    cv2.fillConvexPoly(mask, np.round(outline).astype(np.int32), 1)
    return mask > 0


def psnr_of(truth: list[Bytes], film: list[Bytes], masks: list[npt.NDArray[np.bool_]]) -> float:
    """Return the mean PSNR within masks."""
    values = []
    for a, b, mask in zip(truth, film, masks, strict=True):
        error = np.square(a[mask].astype(np.float32) - b[mask]).mean()
        values.append(10 * np.log10(255**2 / max(float(error), 1e-3)))
    return float(np.mean(values))


def laplacian(pixels: Bytes, mask: npt.NDArray[np.bool_]) -> float:
    """Return the mean absolute Laplacian within a mask."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return float(np.abs(cv2.Laplacian(gray, cv2.CV_32F))[mask].mean())


def pulse(values: Doubles, frequency: float) -> float:
    """Return the amplitude of a frequency (of samples a sample), of the mean."""
    rest = values - np.convolve(np.pad(values, 6, "edge"), np.ones(13) / 13, "valid")
    wave = np.exp(-2j * np.pi * frequency * np.arange(len(values)))
    scale = 1 if abs(frequency - 0.5) < 1e-9 else 2
    return float(scale * abs((rest * wave).mean()) / values.mean())


def marks_apart(truth: list[Bytes], film: list[Bytes], tools: Any) -> float:
    """Return how far tracked landmarks are apart; a face that is not found counts as far."""
    pairs = [
        follow([VideoFrame(n, pixels) for n, pixels in enumerate(pictures)], tools)
        for pictures in (truth, film)
    ]
    errors = []
    for wanted, found in zip(*pairs, strict=True):
        if wanted is None:
            continue
        unit = float(np.linalg.norm(wanted.landmarks[EYES[0]] - wanted.landmarks[EYES[1]]))
        apart = unit
        if found is not None:
            apart = np.linalg.norm((found.landmarks - wanted.landmarks)[:, :2], axis=1).mean()
        errors.append(100 * float(apart) / unit)
    return float(np.mean(errors))


def still_part(scene: Scene, shot: Shot) -> npt.NDArray[np.float32]:
    """Return what of the portrait is not the person, [height, width], 0..1."""
    away = shot.window.from_person(scene.portrait.face.landmarks)
    still = (away > 1.2).astype(np.float32)
    left, top, right, bottom = shot.window.beyond
    full = cv2.resize(still, (shot.window.width, shot.window.height))
    part = full[top : full.shape[0] - bottom, left : full.shape[1] - right]
    whole = np.zeros(scene.portrait.size[::-1], np.float32)
    whole[shot.window.seen] = part
    return whole


def seam(truth: Bytes, film: Bytes, shot: Shot) -> float:
    """Return the largest of the mean steps across lines of the window's soft edge."""
    rows, columns = shot.window.seen
    apart = (film[rows, columns].astype(np.float32) - truth[rows, columns]).mean(2)
    apart = cv2.GaussianBlur(apart, (0, 0), 2)
    reach = round(0.15 * shot.window.height)
    steps = [0.0]
    left, top, right, bottom = shot.window.inner
    down, across = (np.abs(np.diff(apart.mean(axis), axis=0)) for axis in (1, 0))
    for inner, values in (
        (top, down[:reach]), (bottom, down[-reach:]), (left, across[:reach]),
        (right, across[-reach:]),
    ):  # fmt: skip
        if inner:
            steps.append(float(values.max()))
    return max(steps)


def flicker(truth: list[Bytes], film: list[Bytes], still: npt.NDArray[np.bool_]) -> float:
    """Return the mean change from frame to frame that the known frames have not."""
    if not still.any():
        return 0.0
    rest = [f[still].astype(np.float32) - t[still] for t, f in zip(truth, film, strict=True)]
    return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(rest)]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="The picture path of dit/skyreels-a1.")
    parser.add_argument("--portraits", type=Path, nargs="+", default=[MEDIA / "portrait.png"])
    parser.add_argument("--drivers", type=Path, nargs="+", default=[MEDIA / "driver.mp4"])
    parser.add_argument("--tall", type=Path, nargs="*", default=[], help="pictures to crop to 9:16")
    parser.add_argument("--rates", type=Fraction, nargs="+", default=[Fraction(25)])
    parser.add_argument("--seconds", type=Fraction, default=Fraction(16, 5))
    parser.add_argument("--frames", type=Path, help="folder to write frames to, beside the known")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    pictures = [(path.stem[:3], read_portrait(path)) for path in arguments.portraits]
    pictures += [(f"{p.stem[:3]} 9:16", read_portrait(p, (9, 16))) for p in arguments.tall]
    clock = Clock()
    sys.stdout.write(HEAD)
    with tracker() as tools:
        for name, portrait in pictures:
            for driver in arguments.drivers:
                motion = performed(driver, arguments.seconds)
                for rate in arguments.rates:
                    title = f"{name}, {driver.stem[:3]}, {float(rate):.5g}"
                    scene = make_scene(title, portrait, motion, rate)
                    report(scene, clock, tools, arguments.frames)
    for stage in STAGES:
        least, usual = clock.milliseconds(stage)
        sys.stdout.write(f"{stage}: {least:.1f} ms a picture, median {usual:.1f}\n")


def report(scene: Scene, clock: Clock, tools: Any, folder: Path | None) -> None:
    """Print the rows of a scene."""
    truth = list(scene.truth())
    masks = [face_mask(target.landmarks, scene.portrait.size) for target in scene.targets]
    most = psnr_of(truth, drawn_throughout(scene), masks)
    for kind, faults in (("clean", Faults()), ("faulty", USUAL), ("astray", BAD)):
        made = Film.of(scene, faults, clock)
        r = compare(scene, truth, made, tools)
        sys.stdout.write(
            f"| {r.name}, {kind} | {r.face:.2f} ({most:.2f}) | {r.marks:.2f} | {r.sharp:.2f} |"
            f" {r.pulse:.1f} | {r.drift[0]:.1f}, {r.drift[1]:.1f} | {r.seam:.3f} |"
            f" {r.flicker:.3f} |\n"
        )
        sys.stdout.flush()
        if folder is not None:
            write_frames(folder / f"{scene.name}, {kind}".replace(", ", "-"), truth, made.pixels)


def write_frames(folder: Path, truth: list[Bytes], film: list[Bytes]) -> None:
    """Write each frame right of the known one."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(zip(truth, film, strict=True)):
        Image.fromarray(np.concatenate(pair, 1)).save(folder / f"{number:03}.jpg", quality=95)


HEAD = (
    "| portrait, driver, rate | face | marks | sharp | pulse | drift | seam | flicker |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|\n"
)


if __name__ == "__main__":
    main()
