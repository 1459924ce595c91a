r"""Plant defects in films and see whether quality control finds them, and nothing else.

    A1_ASSET_PATH=../shared/models python benchmarks/qc.py --data FOLDER --driver FILM \
        [--seconds 8] [--every 2] [--write PAGE] PICTURE PICTURE ...

Every portrait performs the driver by `warp/mesh`; the film is encoded, decoded and inspected by the
default limits. That is the clean render: whatever is found in it is a false alarm. Then the same is
done once more with each defect:

- frozen: a picture is held for 12 frames; black: one frame is black;
- sound: the film's sound is two frames late;
- colour: for 30 frames the whole picture is tinted by a CIEDE2000 difference of 4;
- person: for 10 frames the face of the next portrait, giving the same performance, is shown;
- jitter: for 40 frames the picture is moved by a random 1.5 pixels (standard deviation) each way;
- mouth: lips and jaw stay as they were for 60 frames; eyes: the lids never close;

It is a hit where a measure that is meant for the defect finds it in the frames that were planted,
give or take those that the measure looks around. Findings elsewhere are false alarms too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from a1sdk.components.data import Portrait, StreamInfo, TargetFrame, VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.media import AudioSource, open_video, open_writer
from a1sdk.motion.regions import point_weights
from a1sdk.qc.color import delta_e_2000, lab
from a1sdk.qc.inspector import Inspector
from a1sdk.qc.model import Finding, QcResult
from a1sdk.qc.sight import Reference, Scene
from a1sdk.qc.sound import SoundCheck
from a1sdk.render.animate import make_job
from a1sdk.render.asked import Asked
from a1sdk.render.context import HostContext
from a1sdk.render.following import Shown, followed
from a1sdk.render.hearing import listen
from a1sdk.render.inspection import qc_tracker
from a1sdk.render.opening import Opener
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.pipeline import render
from a1sdk.render.plan import make_plan

Pictures = list[npt.NDArray[np.uint8]]
Boxes = tuple[float, float, float, float]

AROUND = 15
"""Frames that a measure looks around, so that its findings may begin earlier and end later."""

REGISTRY = Registry()


@dataclass(frozen=True)
class Clean:
    """A portrait that gave the performance.

    Attributes:
        name: of the portrait's file.
        film: as it was rendered.
        portrait: as delivered.
        targets: where its face had to be.
        rate: frames per second.
        pictures: of the film, decoded.
        sound: what is heard in the film, and what had to be.
    """

    name: str
    film: Path
    portrait: Portrait
    targets: list[TargetFrame]
    rate: Fraction
    pictures: Pictures
    sound: SoundCheck | None


@dataclass(frozen=True)
class Defect:
    """A defect that is planted.

    Attributes:
        name: what it is called in the table.
        measures: those that are meant for it.
        first: first frame that is bad; with `last`, of the frames that have to be found.
        last: last frame that is bad.
        slack: frames by which a finding may begin earlier or end later.
        throughout: whether all frames are bad, though only those have to be found.
    """

    name: str
    measures: tuple[str, ...]
    first: int
    last: int
    slack: int = 3
    throughout: bool = False

    def found(self, findings: Sequence[Finding]) -> Finding | None:
        """Return the finding that hits it, the worst first."""
        for one in findings:
            begins = self.first - self.slack <= one.first <= self.last
            ends = self.first <= one.last <= self.last + self.slack
            if one.measure in self.measures and begins and ends:
                return one
        return None

    def alarms(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings that lie outside the planted frames and those around them."""
        low, high = self.first - AROUND, self.last + AROUND
        away = [one for one in findings if one.last < low or one.first > high]
        return [one for one in away if not (self.throughout and one.measure in self.measures)]


def make(data: Path, portrait: str, driver: Path, folder: Path, seconds: int) -> Clean:
    """Render a portrait, and decode what came out."""
    film = folder / f"{Path(portrait).stem}.mp4"
    job = make_job(data / portrait, driver, film, registry=REGISTRY, duration=seconds)
    with HostContext() as context:
        render(job, registry=REGISTRY, context=context)
    with HostContext() as context, ExitStack() as stack:
        plan = make_plan(job, REGISTRY)
        opener = Opener(context, stack, [])
        tracker = opener.tracker(plan.tracker)
        asked = Asked(plan, opener, [])
        role = asked.roles(asked.portraits(tracker)[:1], tracker)[0]
        face, performance = role.portrait, role.performance
        targets = list(asked.wanted_of(role))
        sound = heard(film, performance)
    with open_video(film) as reader:
        width, height = face.size
        pictures = [frame.pixels[:height, :width].copy() for frame in reader.frames()]
    return Clean(portrait, film, face, targets, performance.info.rate, pictures, sound)


def heard(film: Path, performance: LayeredPerformance) -> SoundCheck | None:
    """Return what is heard in a film, and what had to be."""
    info = performance.info
    return listen(film, [performance], Fraction(info.count or 0) / info.rate, [])


def inspect(
    clean: Clean, pictures: Pictures, every: int, sound: SoundCheck | None = None
) -> QcResult:
    """Inspect pictures against what was asked of a portrait."""
    reference = reference_of(clean)
    inspector = Inspector(Scene(reference.pixels, clean.rate, [reference]), every=every)
    chosen = qc_tracker(REGISTRY, "facemesh/landmarks")
    with HostContext() as context, ExitStack() as stack:
        opener = Opener(context, stack, [])
        tracker = opener.tracker(chosen)
        film = (Shown.of(*one) for one in zip(pictures, zip(clean.targets), strict=True))
        homes = [reference.landmarks]
        for one in followed(film, tracker, opener.lend(chosen), homes=homes, every=every):
            inspector.see(one.shown.pixels, one.shown.targets, one.faces, looked=one.looked)
    return inspector.finish(sound=sound or clean.sound)


def reference_of(clean: Clean) -> Reference:
    """Return the face that a film is held to."""
    return Reference(clean.portrait.pixels, clean.portrait.face.landmarks, clean.rate)


def frozen(clean: Clean) -> tuple[Defect, Pictures]:
    """Hold a picture where the face moves most."""
    moves = [
        float(np.abs(one.landmarks - other.landmarks).mean())
        for one, other in zip(clean.targets[40:120], clean.targets[52:132], strict=True)
    ]
    first = 40 + int(np.argmax(moves))
    pictures = list(clean.pictures)
    pictures[first + 1 : first + 13] = [pictures[first]] * 12
    return Defect("frozen, 12 frames", ("repeated",), first + 1, first + 12), pictures


def black(clean: Clean) -> tuple[Defect, Pictures]:
    """Make a picture black."""
    pictures = list(clean.pictures)
    pictures[80] = np.zeros_like(pictures[80])
    return Defect("black, 1 frame", ("brightness",), 80, 80, 0), pictures


def tinted(clean: Clean) -> tuple[Defect, Pictures]:
    """Tint pictures by a mean CIEDE2000 difference of 4 from the portrait's colours."""
    own = clean.portrait.pixels[::8, ::8, :3].astype(float)

    def tint(gain: float, pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        return np.clip(pixels * [1 + gain, 1, 1 - gain] + 0.5, 0, 255).astype(np.uint8)

    low, high = 0.0, 0.5
    for _ in range(20):
        middle = (low + high) / 2
        off = delta_e_2000(lab(tint(middle, own)), lab(own)).mean()
        low, high = (middle, high) if off < 4 else (low, middle)
    pictures = list(clean.pictures)
    pictures[60:90] = [tint(low, one) for one in pictures[60:90]]
    return Defect("colour, Delta E 4", ("color_face", "color_outside"), 60, 89), pictures


def trembling(clean: Clean) -> tuple[Defect, Pictures]:
    """Move pictures by random fractions of a pixel."""
    rng, pictures = np.random.default_rng(0), list(clean.pictures)
    for frame in range(60, 100):
        image = Image.fromarray(pictures[frame])
        (x, y), method = rng.normal(0, 1.5, 2), Image.Transform.AFFINE
        moved = image.transform(image.size, method, (1, 0, x, 0, 1, y), Image.Resampling.BILINEAR)
        pictures[frame] = np.asarray(moved)
    return Defect("jitter, 1.5 px", ("jitter",), 60, 99, 8), pictures


def another(clean: Clean, other: Clean) -> tuple[Defect, Pictures]:
    """Put the face of another portrait, of the same moment, over this one's."""
    pictures = list(clean.pictures)
    for frame in range(70, 80):
        here, there = box(clean.targets[frame]), box(other.targets[frame])
        face = Image.fromarray(other.pictures[frame]).crop(tuple(map(round, there)))
        left, top, right, bottom = map(round, here)
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).ellipse((4, 4, mask.width - 4, mask.height - 4), fill=255)
        image = Image.fromarray(pictures[frame])
        soft = mask.filter(ImageFilter.GaussianBlur(mask.width / 40))
        image.paste(face.resize(mask.size, Image.Resampling.LANCZOS), (left, top), soft)
        pictures[frame] = np.asarray(image)
    measures = ("face_looks", "face_shape", "identity")
    return Defect("another person, 10 frames", measures, 70, 79), pictures


def box(target: TargetFrame) -> Boxes:
    """Return left, top, right and bottom of a face."""
    low, high = target.landmarks[:, :2].min(0), target.landmarks[:, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def dead_mouth(clean: Clean) -> tuple[Defect, Pictures]:
    """Draw pictures whose lips and jaw stay as they are at one frame, where they move most."""
    looks = shapes(clean)
    mouth = np.array([one.mouth for one in looks])
    spread = [mouth[first : first + 60].std() for first in range(30, len(looks) - 75)]
    first = 30 + int(np.argmax(spread))
    held = looks[first].shape
    stays = held_targets(clean, ("lips", "jaw"), lambda _: held, range(first, first + 60))
    defect = Defect("mouth dead, 60 frames", ("mouth_follow", "mouth_off"), first, first + 59, 13)
    return defect, drawn(clean, stays)


def open_eyes(clean: Clean) -> tuple[Defect, Pictures]:
    """Draw pictures whose eyes stay as open as the portrait's."""
    looks = shapes(clean)
    own = looks[0].reference.shape
    eyes = np.array([one.eyes for one in looks])
    shut = np.flatnonzero(eyes < min(0.45, float(eyes.min()) + 0.2))
    blink = [frame for frame in shut if frame - shut[0] < 12]
    targets = held_targets(clean, ("eyes",), lambda _: own, range(len(looks)))
    defect = Defect("eyes stay open", ("eyes_off",), int(blink[0]), int(blink[-1]), 5, True)
    return defect, drawn(clean, targets)


def shapes(clean: Clean) -> list[Any]:
    """Return the faces that were asked for, as looks."""
    reference = reference_of(clean)
    return [reference.look(one.landmarks) for one in clean.targets]


def held_targets(
    clean: Clean, regions: Sequence[str], shape: Callable[[int], Any], frames: range
) -> list[TargetFrame]:
    """Return targets whose regions have another shape in some frames."""
    weights = sum(point_weights(region) for region in regions)[:, None]
    looks, found = shapes(clean), list(clean.targets)
    for frame in frames:
        look = looks[frame]
        mixed = look.shape + weights * (shape(frame) - look.shape)
        landmarks = look.pose.project(mixed).astype(np.float32)
        found[frame] = replace(clean.targets[frame], landmarks=landmarks)
    return found


def drawn(clean: Clean, targets: list[TargetFrame]) -> Pictures:
    """Return the portrait as `warp/mesh` draws it, encoded and decoded."""
    chosen = REGISTRY.choose("renderer", "warp/mesh")
    path = clean.film.with_name("drawn.mp4")
    width, height = clean.portrait.size
    with HostContext() as context, ExitStack() as stack:
        opener = Opener(context, stack, [])
        view = opener.lend(chosen)
        renderer = opener.open(chosen, view)
        stream: Iterator[VideoFrame] = renderer.render(
            clean.portrait, {}, iter(targets), StreamInfo(clean.rate, len(targets)), view
        )
        with open_writer(path, rate=clean.rate, width=width, height=height) as writer:
            for picture in stream:
                writer.write(picture.pixels)
    with open_video(path) as reader:
        return [frame.pixels[:height, :width].copy() for frame in reader.frames()]


def late(clean: Clean, driver: Path) -> tuple[Defect, SoundCheck | None]:
    """Write the film with its sound two frames late, and hear it."""
    path = clean.film.with_name("late.mp4")
    width, height = clean.portrait.size
    duration = len(clean.pictures) / clean.rate
    audio = AudioSource(driver, -2 / clean.rate, duration)
    with open_writer(path, rate=clean.rate, width=width, height=height, audio=audio) as writer:
        for picture in clean.pictures:
            writer.write(picture)
    check = listen(path, [], duration, [])
    wanted = None if clean.sound is None else clean.sound.wanted
    defect = Defect("sound, 2 frames late", ("sound_slip",), 0, len(clean.pictures) - 1)
    return defect, None if check is None else replace(check, wanted=wanted)


def trials(
    clean: Clean, other: Clean, driver: Path, every: int
) -> Iterator[tuple[Defect, QcResult]]:
    """Plant every defect in a clean film, and inspect it."""
    for plant in (frozen, black, tinted, trembling, dead_mouth, open_eyes):
        defect, pictures = plant(clean)
        yield defect, inspect(clean, pictures, every)
    defect, pictures = another(clean, other)
    yield defect, inspect(clean, pictures, every)
    defect, sound = late(clean, driver)
    yield defect, inspect(clean, clean.pictures, every, sound)


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield a folder for films."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def row(name: str, hits: str, defect: str, alarms: Sequence[Finding]) -> str:
    """Return a line of the table."""
    told = "; ".join(f"{one.measure} {one.first}-{one.last} ({one.severity})" for one in alarms)
    return f"| {name} | {defect} | {hits} | {told or 'none'} |"


def main() -> None:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(), help="folder the files are in")
    parser.add_argument("--driver", required=True)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--every", type=int, default=2)
    parser.add_argument("--write", type=Path, help="file for the table; standard output without")
    parser.add_argument("portraits", nargs="+", metavar="PICTURE")
    options = parser.parse_args()
    driver = options.data / options.driver
    lines = ["| portrait | planted | found | false alarms |", "|---|---|---|---|"]
    hits = total = alarms = 0
    with workplace() as folder:
        films = [
            make(options.data, one, driver, folder, options.seconds) for one in options.portraits
        ]
        for clean, other in zip(films, films[1:] + films[:1], strict=True):
            name = Path(clean.name).stem
            plain = inspect(clean, clean.pictures, options.every)
            alarms += len(plain.findings)
            lines.append(row(name, plain.verdict, "nothing", plain.findings))
            for defect, result in trials(clean, other, driver, options.every):
                found, wrong = defect.found(result.findings), defect.alarms(result.findings)
                told = "missed"
                if found is not None:
                    told = f"{found.measure} {found.first}-{found.last} ({found.severity})"
                where = f"{defect.name}: {defect.first}-{defect.last}"
                lines.append(row(name, told, where, wrong))
                hits, total = hits + (found is not None), total + 1
                alarms += len(wrong)
            sys.stderr.write("\n".join(lines[-9:]) + "\n")
    lines += ["", f"{hits} of {total} planted defects found; {alarms} false alarms."]
    text = "\n".join(lines) + "\n"
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
