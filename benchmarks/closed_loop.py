r"""Render known motion with `warp/mesh`, track the pictures, and compare with what was asked.

    A1_ASSET_PATH=../shared/models python benchmarks/closed_loop.py --data FOLDER \
        --driver FILM NAME=PICTURE NAME=PICTURE#FACE NAME=FILM@FRAME ... [--write PAGE]

The motion is the driver's own expression with a head that turns, nods and tilts on top of it:
25 degrees from side to side, 16 up and down and 20 in roll. Every portrait is animated with it,
its frames are tracked as a film would be, and three things are compared frame by frame:

- landmarks: mean distance of the 478 points, of the outer eye distance, in per cent;
- blink and mouth: correlation of the lids' and of the lips' distance over time;
- head: difference of asked and tracked yaw, pitch and roll, in degrees. Both are found in the
  same way, as the turn of the portrait's own shape that fits the landmarks, depth included.

The same motion drawn exactly, see `exact_mesh`, tells how much of the head's difference is the
tracker's. `PICTURE#FACE` cuts a face, counted from the largest, out of a picture of several, and
`FILM@FRAME` the largest face out of a film; both are enlarged where they are small.
"""

from __future__ import annotations

import argparse
import shlex
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
from exact_mesh import ExactMesh
from PIL import Image

from a1sdk.components.data import FaceObservation, Portrait, StreamInfo, TargetFrame, VideoFrame
from a1sdk.components.interfaces import FaceTracker, RunContext
from a1sdk.components.registry import Registry
from a1sdk.media import open_video, read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.neutral import estimate_neutral, eye_apertures, mouth_opening
from a1sdk.motion.pose import fit_pose, own_pose
from a1sdk.motion.retarget import Retarget
from a1sdk.motion.rotation import rotation_exp, rotation_log
from a1sdk.render.context import HostContext

Points = npt.NDArray[np.float64]

YAW, PITCH, ROLL = (np.radians(v) for v in (12.5, 8.0, 10.0))
MOST_FRAMES = 120
LIMITS = "landmarks under 2.5 %, blink and mouth over 0.95, head within 2.5 degrees"

CUT = 2.8
"""Side of what is cut out around a face, of the face's size."""

LEAST_SIDE = 640
"""Longer side, in pixels, that a cut-out face's picture is enlarged to."""


@dataclass(frozen=True)
class Subject:
    """One portrait to animate.

    Attributes:
        name: what kind of portrait it is.
        source: file it comes from, and face or frame of that.
        portrait: the picture and its face.
        face: size of the face in the file, in pixels.
    """

    name: str
    source: str
    portrait: Portrait
    face: float


@dataclass(frozen=True)
class Result:
    """One portrait's row of the table.

    Attributes:
        subject: the portrait.
        frames: how many were asked.
        lost: in how many of them no face was found.
        landmarks: mean distance, per cent of the outer eye distance.
        blink: correlation.
        mouth: correlation.
        head: degrees, [mean, 95th percentile, largest] of [yaw, pitch, roll].
        exact: the same of the exact mesh.
    """

    subject: Subject
    frames: int
    lost: int
    landmarks: float
    blink: float
    mouth: float
    head: Points
    exact: Points

    def holds(self, row: int = 0) -> bool:
        """Whether all is within the limits, the head by that row of `head`."""
        alike = min(self.blink, self.mouth) > 0.95
        return (
            self.lost == 0 and self.landmarks < 2.5 and alike and bool(self.head[row].max() < 2.5)
        )


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


def load(folder: Path, argument: str, tools: tuple[FaceTracker, RunContext]) -> Subject:
    """Return the portrait that an argument of the command names."""
    component, context = tools
    name, _, source = argument.partition("=")
    file, mark, number = parse(source)
    pixels = read_frame(folder / file, number) if mark == "@" else read_picture(folder / file)
    face = component.detect(flatten(pixels), context)[number if mark == "#" else 0]
    if mark:
        pixels = cut_out(flatten(pixels), face)
    portrait = Portrait(pixels, component.detect(flatten(pixels), context)[0])
    return Subject(name, Path(source).name, portrait, face.size)


def parse(source: str) -> tuple[str, str, int]:
    """Split `FILE#FACE` and `FILE@FRAME` into file, mark and number; no mark is ``""`` and 0."""
    for mark in "#@":
        name, found, number = source.rpartition(mark)
        if found and number.isdigit():
            return name, mark, int(number)
    return source, "", 0


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Return a still of 8 bits, with alpha where it has any."""
    return np.asarray(to_depth(read_still(path).pixels, 8), np.uint8)


def read_frame(path: Path, number: int) -> npt.NDArray[np.uint8]:
    """Return one frame of a film."""
    with open_video(path) as reader:
        return next(islice(reader.frames(), number, None)).pixels.copy()


def cut_out(pixels: npt.NDArray[np.uint8], face: FaceObservation) -> npt.NDArray[np.uint8]:
    """Return the picture around a face, enlarged where it is small."""
    half = CUT / 2 * face.size
    x, y = face.center[0], face.center[1] + 0.15 * face.size
    left, top = (max(0, round(v - half)) for v in (x, y))
    part = pixels[top : round(y + half), left : round(x + half)]
    height, width = part.shape[:2]
    scale = max(1.0, LEAST_SIDE / max(height, width))
    size = round(width * scale), round(height * scale)
    return np.asarray(Image.fromarray(part).resize(size, Image.Resampling.LANCZOS))


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


def draw_exactly(portrait: Portrait, targets: list[TargetFrame]) -> list[VideoFrame]:
    """Return the pictures of the control, see `exact_mesh`."""
    pixels = np.asarray(flatten(portrait.pixels), np.uint8)
    mesh = ExactMesh(pixels, portrait.face.landmarks.astype(np.float64))
    return [VideoFrame(t.pts, mesh.draw(t.landmarks.astype(np.float64))) for t in targets]


def compare(
    subject: Subject, performance: list[FaceMotion], tools: tuple[FaceTracker, RunContext]
) -> Result:
    """Animate one portrait and compare what comes out with what was asked."""
    portrait = subject.portrait
    retarget = Retarget(portrait.face)
    targets = [retarget(MotionFrame(k, motion)) for k, motion in enumerate(performance)]
    asked, found = _pairs(targets, follow(animate(portrait, targets), tools))
    control = _pairs(targets, follow(draw_exactly(portrait, targets), tools))
    own = own_pose(portrait.face.landmarks)
    shape = own.unproject(portrait.face.landmarks)
    return Result(
        subject,
        len(targets),
        len(targets) - len(asked),
        100 * float(np.linalg.norm((asked - found)[..., :2], axis=2).mean() / own.scale),
        _alike(asked, found, eye_apertures),
        _alike(asked, found, mouth_opening),
        spread(asked, found, shape),
        spread(*control, shape),
    )


def _pairs(targets: list[TargetFrame], seen: list[FaceObservation | None]) -> tuple[Points, Points]:
    """Return the landmarks asked and found, [n, 478, 3] each, where a face was found."""
    both = [(t.landmarks, f.landmarks) for t, f in zip(targets, seen, strict=True) if f]
    asked, found = (np.stack(side).astype(np.float64) for side in zip(*both, strict=True))
    return asked, found


def spread(asked: Points, found: Points, shape: Points) -> Points:
    """Return degrees: [mean, 95th percentile, largest] difference of [yaw, pitch, roll]."""
    turns = [
        np.array([rotation_log(fit_pose(points, shape).rotation) for points in side])
        for side in (asked, found)
    ]
    away = np.degrees(np.abs(turns[1] - turns[0]))[:, [1, 0, 2]]
    return np.stack([away.mean(0), np.percentile(away, 95, axis=0), away.max(0)])


def _alike(asked: Points, found: Points, measure: Callable[[Points], Points]) -> float:
    """Return the correlation of a measure over time, the head's pose taken away."""
    values = []
    for side in (asked, found):
        poses = [own_pose(points) for points in side]
        shapes = [pose.unproject(points) for pose, points in zip(poses, side, strict=True)]
        values.append([np.mean(measure(shape)) for shape in shapes])
    return float(np.corrcoef(values)[0, 1])


def table(results: list[Result], driver: Path, command: str) -> str:
    """Return the page with the table."""
    count = [sum(result.holds(row) for result in results) for row in (0, 1)]
    lines = [
        "# Closed loop: what `warp/mesh` is asked, and what a tracker sees",
        "",
        f"Every portrait performs `{driver.name}` with a head that turns 25 degrees from side to",
        "side, nods by 16 and tilts by 20. The pictures are tracked as a film is, and compared",
        "with the landmarks that were asked, frame by frame.",
        "",
        f"    {command}",
        "",
        f"Limits: {LIMITS}. The limit of the head is held against the mean",
        f"over the frames: {count[0]} of {len(results)} portraits hold it and the others, and "
        f"{count[1]} would if it were held against the",
        "95th percentile.",
        "",
        "| portrait | file | picture (face) | frames (lost) | landmarks % | blink | mouth "
        "| yaw: mean / 95 % / most | pitch | roll | exact mesh: yaw, pitch | holds |",
        "|" + "---|" * 12,
        *map(_row, results),
    ]
    return "\n".join(lines) + "\n"


def _row(result: Result) -> str:
    head = (" / ".join(f"{value:.2f}" for value in axis) for axis in result.head.T)
    subject = result.subject
    width, height = subject.portrait.size
    cells = (
        subject.name,
        f"`{subject.source}`",
        f"{width}x{height} ({subject.face:.0f})",
        f"{result.frames} ({result.lost})",
        f"{result.landmarks:.2f}",
        f"{result.blink:.3f}",
        f"{result.mouth:.3f}",
        *head,
        f"{result.exact[0, 0]:.2f}, {result.exact[0, 1]:.2f}",
        "yes" if result.holds() else "no",
    )
    return f"| {' | '.join(cells)} |"


def command_line() -> str:
    """Return the command that this is, one argument with a ``=`` to a line."""
    words = [shlex.quote(word) for word in sys.argv]
    lines = " ".join(f"\\\n        {word}" if "=" in word else word for word in words)
    return f"A1_ASSET_PATH=MODELS python {lines}"


def written_by_hand(page: Path) -> str:
    """Return what follows the table of an existing page, from its first heading on."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    _, heading, rest = text.partition("\n## ")
    return heading + rest


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(), help="folder the files are in")
    parser.add_argument("--driver", required=True)
    parser.add_argument("--write", type=Path, help="page to write; standard output without it")
    parser.add_argument("portraits", nargs="+", metavar="NAME=FILE[#FACE|@FRAME]")
    options = parser.parse_args()
    driver = options.data / options.driver
    with tracker() as tools:
        performance = motions(driver, tools)
        subjects = (load(options.data, argument, tools) for argument in options.portraits)
        results = [compare(subject, performance, tools) for subject in subjects]
    page = table(results, driver, command_line())
    if options.write:
        page += written_by_hand(options.write)
        options.write.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
