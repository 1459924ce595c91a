"""Render known motion with `warp/mesh`, track the pictures, and compare with what was asked.

    A1_ASSET_PATH=../shared/models python benchmarks/closed_loop.py --driver FILM \
        photo=PORTRAIT painting=PORTRAIT ... [--write docs/closed-loop.md]

The motion is the driver's own expression with a head that turns, nods and tilts on top of it:
25 degrees from side to side, 16 up and down and 20 in roll. Every portrait is animated with it,
its frames are tracked as a film would be, and three things are compared frame by frame:

- landmarks: mean distance of the 478 points, of the outer eye distance, in per cent;
- blink and mouth: correlation of the lids' and of the lips' distance over time;
- head: mean difference of asked and tracked yaw, pitch and roll, in degrees. Angles are those of
  the portrait's own shape fitted to the landmarks, depth included as the tracker guesses it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import pi, sin
from pathlib import Path

import numpy as np
import numpy.typing as npt

from a1sdk.components.data import FaceObservation, Portrait, StreamInfo, TargetFrame, VideoFrame
from a1sdk.components.interfaces import FaceTracker, RunContext
from a1sdk.components.registry import Registry
from a1sdk.media import open_video, read_still
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.neutral import estimate_neutral, eye_apertures, mouth_opening
from a1sdk.motion.pose import fit_pose, own_pose
from a1sdk.motion.retarget import Retarget
from a1sdk.motion.rotation import rotation_exp, rotation_log
from a1sdk.render.context import HostContext
from a1sdk.render.portrait import flatten, to_depth

Points = npt.NDArray[np.float64]

YAW, PITCH, ROLL = (np.radians(v) for v in (12.5, 8.0, 10.0))
MOST_FRAMES = 120
LIMITS = "landmarks under 2.5 %, blink and mouth over 0.95, head within 2.5 degrees"


@dataclass(frozen=True)
class Result:
    """One portrait's row of the table."""

    name: str
    file: str
    size: str
    frames: int
    lost: int
    landmarks: float
    blink: float
    mouth: float
    yaw: float
    pitch: float
    roll: float

    @property
    def holds(self) -> bool:
        """Whether the row is within the limits."""
        alike = min(self.blink, self.mouth) > 0.95
        return self.landmarks < 2.5 and alike and max(self.yaw, self.pitch, self.roll) < 2.5


@contextmanager
def tracker() -> Iterator[tuple[FaceTracker, RunContext]]:
    """Yield a face tracker, set up."""
    chosen = Registry().choose("face_tracker", "facemesh/landmarks")
    with HostContext() as host:
        context = host.lend(chosen.spec)
        component = chosen.build()
        component.setup(context)
        yield component, context
        component.close()


def follow(
    pictures: list[VideoFrame], tools: tuple[FaceTracker, RunContext]
) -> list[FaceObservation | None]:
    """Return the face of each picture."""
    component, context = tools
    return [
        frame.faces[0] if frame.faces else None
        for frame in component.track(iter(pictures), context)
    ]


def motions(driver: Path, tools: tuple[FaceTracker, RunContext]) -> list[FaceMotion]:
    """Return the driver's expression with a made-up movement of the head."""
    with open_video(driver) as reader:
        first = islice(reader.frames(), MOST_FRAMES)
        pictures = [VideoFrame(frame.index, frame.pixels) for frame in first]
    faces = [face for face in follow(pictures, tools) if face is not None]
    neutral = estimate_neutral(faces)
    return [_turned(neutral.motion(face), k / len(faces)) for k, face in enumerate(faces)]


def _turned(motion: FaceMotion, phase: float) -> FaceMotion:
    """Return the motion with the head at some moment of its round."""
    turn = 2 * pi * phase
    wanted = (PITCH * sin(3 * turn), YAW * sin(turn), ROLL * sin(2 * turn))
    rotation = rotation_exp(np.array(wanted))
    pivot = np.array([0.0, 0.9, 0.7])  # the upper end of the neck
    translation = pivot - rotation @ pivot
    return FaceMotion(
        motion.expression,
        rotation.astype(np.float32),
        translation.astype(np.float32),
        neutral=motion.neutral,
    )


def load(path: Path, tools: tuple[FaceTracker, RunContext]) -> Portrait:
    """Return a portrait with its largest face."""
    pixels = to_depth(read_still(path).pixels, 8)
    component, context = tools
    return Portrait(pixels, component.detect(flatten(pixels), context)[0])


def animate(portrait: Portrait, targets: list[TargetFrame]) -> list[VideoFrame]:
    """Return the portrait's pictures, without alpha."""
    chosen = Registry().choose("renderer", "warp/mesh")
    with HostContext() as host:
        context = host.lend(chosen.spec)
        renderer = chosen.build()
        renderer.setup(context)
        stream = renderer.render(portrait, {}, iter(targets), StreamInfo(Fraction(25)), context)
        pictures = [VideoFrame(frame.pts, flatten(frame.pixels)) for frame in stream]
        renderer.close()
    return pictures


def compare(
    name: str, path: Path, performance: list[FaceMotion], tools: tuple[FaceTracker, RunContext]
) -> Result:
    """Animate one portrait and compare what comes out with what was asked."""
    portrait = load(path, tools)
    retarget = Retarget(portrait.face)
    targets = [retarget(MotionFrame(k, motion)) for k, motion in enumerate(performance)]
    seen = follow(animate(portrait, targets), tools)
    pairs = [(t.landmarks, f.landmarks) for t, f in zip(targets, seen, strict=True) if f]
    asked, found = (np.stack(side).astype(np.float64) for side in zip(*pairs, strict=True))
    own = own_pose(portrait.face.landmarks)
    unit = own.scale
    shape = own.unproject(portrait.face.landmarks)
    pitch, yaw, roll = np.mean([_angles(a, b, shape) for a, b in zip(asked, found, strict=True)], 0)
    return Result(
        name,
        path.name,
        "x".join(map(str, portrait.size)),
        len(targets),
        len(targets) - len(pairs),
        100 * float(np.linalg.norm((asked - found)[..., :2], axis=2).mean() / unit),
        _alike(asked, found, eye_apertures),
        _alike(asked, found, mouth_opening),
        float(yaw),
        float(pitch),
        float(roll),
    )


def _angles(asked: Points, found: Points, shape: Points) -> Points:
    """Return the differences of pitch, yaw and roll, in degrees."""
    turns = [rotation_log(fit_pose(points, shape).rotation) for points in (asked, found)]
    return np.degrees(np.abs(turns[1] - turns[0]))


def _alike(asked: Points, found: Points, measure: Callable[[Points], Points]) -> float:
    """Return the correlation of a measure over time, the head's pose taken away."""
    values = []
    for side in (asked, found):
        poses = [own_pose(points) for points in side]
        shapes = [pose.unproject(points) for pose, points in zip(poses, side, strict=True)]
        values.append([np.mean(measure(shape)) for shape in shapes])
    return float(np.corrcoef(values)[0, 1])


def table(results: list[Result], driver: Path) -> str:
    """Return the page with the table."""
    lines = [
        "# Closed loop: what `warp/mesh` is asked, and what a tracker sees",
        "",
        f"Every portrait performs `{driver.name}` with a head that turns 25 degrees from side to",
        "side, nods by 16 and tilts by 20. The pictures are tracked as a film is, and compared",
        "with the landmarks that were asked, frame by frame. Landmarks: mean distance of all 478,",
        "of the outer eye distance. Blink, mouth: correlation over time of the lids' and the lips'",
        "distance. Yaw, pitch, roll: mean difference in degrees, of the portrait's own shape",
        "fitted to both, with the tracker's own guess of depth.",
        f"Limits: {LIMITS}.",
        "",
        "    A1_ASSET_PATH=../shared/models python benchmarks/closed_loop.py --driver FILM \\",
        "        NAME=PORTRAIT ... --write docs/closed-loop.md",
        "",
        "| portrait | file | size | frames (lost) | landmarks % | blink | mouth "
        "| yaw | pitch | roll | holds |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.name} | `{r.file}` | {r.size} | {r.frames} ({r.lost}) | {r.landmarks:.2f} "
        f"| {r.blink:.3f} | {r.mouth:.3f} | {r.yaw:.2f} | {r.pitch:.2f} | {r.roll:.2f} "
        f"| {'yes' if r.holds else 'no'} |"
        for r in results
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", type=Path, required=True)
    parser.add_argument("--write", type=Path, help="page to write; standard output without it")
    parser.add_argument("portraits", nargs="+", metavar="NAME=PICTURE")
    options = parser.parse_args()
    with tracker() as tools:
        performance = motions(options.driver, tools)
        named = [argument.partition("=") for argument in options.portraits]
        results = [compare(name, Path(path), performance, tools) for name, _, path in named]
    page = table(results, options.driver)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
