"""How well frames that were left out of films are restored, way by way: a table.

    python benchmarks/interpolation.py [CLIP ...] --write docs/interpolation.md

Of each clip the first 121 frames are taken, at 480 pixels of the shorter side or less. Every second
frame is restored from its neighbours; where the rate is nearer to three times 12 than to twice,
then also two of three. Landmarks of the restored frames are those tracked in the original, as a
render has them. Tracking needs the models of `facemesh/landmarks`.

Writes the tables of `docs/interpolation.md`, and keeps what stands around them. Exits with 1 if the
way by landmarks is not the best in the mean, of those that it is held to.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from a1sdk_dit.interpolation.blend import cross_fade
from a1sdk_dit.interpolation.guided import LandmarkWarp
from a1sdk_dit.interpolation.protocol import InBetween

from a1sdk.components.registry import Registry
from a1sdk.plugin import VideoFrame, open_video
from a1sdk.render.context import HostContext

BEGIN, END = "<!-- table -->", "<!-- end of the table -->"
FOLDER = Path("../shared/data/driving")
CLIPS = ("d01", "d02", "d03", "d04", "d05", "d06", "d08", "d09", "d11", "d12")
SHORTER, FRAMES = 480, 120
NATIVE = 12
OURS, HELD_TO = "landmarks", ("repeat", "cross-fade", "affine (ECC)", "shift (phase)")
EYES = (33, 263)

Tracker = Callable[[list[np.ndarray]], list[np.ndarray | None]]


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames of a film, and the face in each, [478, 3]."""

    name: str
    rate: Fraction
    pictures: list[np.ndarray]
    landmarks: list[np.ndarray]


@dataclass(frozen=True)
class Score:
    """What one way gives on one clip, in the mean of its restored frames.

    Attributes:
        psnr: over the face (convex hull of its landmarks), dB.
        around: the same over what is within 0.6 eye distances of it, and not the face.
        landmarks: distance of tracked landmarks from those tracked in the original, % of the
            distance between the outer corners of the eyes.
        sharp: mean absolute Laplacian over the face, against that of the original.
        milliseconds: processor time a picture.
    """

    psnr: float
    around: float
    landmarks: float
    sharp: float
    milliseconds: float


def repeat(
    a: np.ndarray,
    b: np.ndarray,
    points_a: np.ndarray,
    points_b: np.ndarray,
    points_t: np.ndarray,
    weight: float,
) -> np.ndarray:
    """Return the nearer picture."""
    return a if weight <= 0.5 else b


def affine(
    a: np.ndarray,
    b: np.ndarray,
    points_a: np.ndarray,
    points_b: np.ndarray,
    points_t: np.ndarray,
    weight: float,
) -> np.ndarray:
    """Blend after one affine movement of the whole picture, found by ECC (Evangelidis 2008)."""
    gray = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (a, b)]
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    matrix = np.eye(2, 3, dtype=np.float32)
    try:
        found = cv2.findTransformECC(*gray, matrix, cv2.MOTION_AFFINE, stop, None, 5)[1]
    except cv2.error:  # it does not converge on pictures that differ much
        found = matrix
    return _moved(a, b, found - np.eye(2, 3, dtype=np.float32), weight)


def shift(
    a: np.ndarray,
    b: np.ndarray,
    points_a: np.ndarray,
    points_b: np.ndarray,
    points_t: np.ndarray,
    weight: float,
) -> np.ndarray:
    """Blend after one shift of the whole picture, found by phase correlation."""
    gray = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float32) for each in (a, b)]
    window = cv2.createHanningWindow(gray[0].shape[::-1], cv2.CV_32F)
    way = cv2.phaseCorrelate(*gray, window)[0]
    return _moved(a, b, np.array([[0, 0, way[0]], [0, 0, way[1]]], np.float32), weight)


def _moved(a: np.ndarray, b: np.ndarray, way: np.ndarray, weight: float) -> np.ndarray:
    """Blend two pictures of which `way` [2, 3] leads from places in `a` to places in `b`."""
    still = np.eye(2, 3, dtype=np.float32)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = a.shape[1::-1]
    there, back = (
        cv2.warpAffine(each, still + by * way, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        for each, by in ((a, -weight), (b, 1 - weight))
    )
    return cv2.addWeighted(there, 1 - weight, back, weight, 0)


def flow(
    a: np.ndarray,
    b: np.ndarray,
    points_a: np.ndarray,
    points_b: np.ndarray,
    points_t: np.ndarray,
    weight: float,
) -> np.ndarray:
    """Blend after dense flow both ways (DIS, medium), each followed for its part of the time."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    gray = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (a, b)]
    x, y = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in a.shape[1::-1]))
    moved = []
    for picture, pair, share in ((a, gray, weight), (b, gray[::-1], 1 - weight)):
        dx, dy = cv2.split(search.calc(*pair, None) * np.float32(share))
        border = cv2.BORDER_REPLICATE
        moved.append(cv2.remap(picture, x - dx, y - dy, cv2.INTER_CUBIC, borderMode=border))
    return cv2.addWeighted(moved[0], 1 - weight, moved[1], weight, 0)


WAYS: dict[str, InBetween] = {
    "repeat": repeat,
    "cross-fade": cross_fade,
    "affine (ECC)": affine,
    "shift (phase)": shift,
    "flow (DIS)": flow,
}


@contextmanager
def tracker() -> Iterator[Tracker]:
    """Lend a function that finds the face in pictures that follow each other."""
    chosen = Registry().choose("face_tracker", "facemesh/landmarks")
    with HostContext() as host:
        context = host.lend(chosen.spec)
        made = chosen.build()
        made.setup(context)

        def track(pictures: list[np.ndarray]) -> list[np.ndarray | None]:
            frames = (VideoFrame(number, each) for number, each in enumerate(pictures))
            seen = (frame.faces for frame in made.track(frames, context))
            return [faces[0].landmarks if faces else None for faces in seen]

        yield track
        made.close()


def read(path: Path, track: Tracker) -> Clip:
    """Read the frames of a film up to the first without a face."""
    with open_video(path) as film:
        rate = film.info.rate
        pictures = [_sized(frame.pixels) for frame in islice(film.frames(), FRAMES + 1)]
    landmarks: list[np.ndarray] = []
    for found in track(pictures):
        if found is None:
            break
        landmarks.append(found)
    return Clip(path.name.partition("_")[0], rate, pictures[: len(landmarks)], landmarks)


def _sized(pixels: np.ndarray) -> np.ndarray:
    scale = min(1, SHORTER / min(pixels.shape[:2]))
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def measure(clip: Clip, way: InBetween, every: int, track: Tracker) -> Score:
    """Restore all but each `every`-th frame of a clip, and measure what comes out."""
    last = (len(clip.pictures) - 1) // every * every
    shown, spent = list(clip.pictures[: last + 1]), 0.0
    restored = [number for number in range(last) if number % every]
    for number in restored:
        before = number - number % every
        kept = (before, before + every)
        points = (clip.landmarks[each] for each in (*kept, number))
        start = time.process_time()
        shown[number] = way(
            *(clip.pictures[each] for each in kept), *points, number % every / every
        )
        spent += time.process_time() - start
    values = [_compared(shown[n], clip.pictures[n], clip.landmarks[n]) for n in restored]
    psnr, around, sharp = np.mean(values, 0)
    error = _tracked_error(clip, shown, restored, track)
    return Score(psnr, around, error, sharp, spent * 1e3 / len(restored))


def _compared(made: np.ndarray, truth: np.ndarray, points: np.ndarray) -> tuple[float, ...]:
    face = np.zeros(truth.shape[:2], np.uint8)
    outline = cv2.convexHull(points[:, :2].copy()) - 0.5
    cv2.fillConvexPoly(face, np.round(outline).astype(np.int32), 1)
    reach = 2 * round(0.6 * float(np.linalg.norm(points[EYES[0]] - points[EYES[1]]))) + 1
    round_it = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    around = (cv2.dilate(face, round_it) > 0) & (face == 0)
    made_sharp, truth_sharp = (_sharpness(each, face > 0) for each in (made, truth))
    return _psnr(made, truth, face > 0), _psnr(made, truth, around), made_sharp / truth_sharp


def _psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    error = np.square(a[where].astype(np.float32) - b[where]).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-3)))


def _sharpness(pixels: np.ndarray, where: np.ndarray) -> float:
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return float(np.abs(cv2.Laplacian(gray, cv2.CV_32F))[where].mean())


def _tracked_error(
    clip: Clip, shown: list[np.ndarray], restored: list[int], track: Tracker
) -> float:
    """Return how far landmarks are from the original's; a face that is not found counts as far."""
    found = track(shown)
    errors = []
    for number in restored:
        truth, seen = clip.landmarks[number], found[number]
        unit = float(np.linalg.norm(truth[EYES[0]] - truth[EYES[1]]))
        apart = unit if seen is None else np.linalg.norm((seen - truth)[:, :2], axis=1).mean()
        errors.append(100 * float(apart) / unit)
    return float(np.mean(errors))


def scores(clip: Clip, every: int, track: Tracker) -> dict[str, Score]:
    """Measure all ways on a clip."""
    ways = {**WAYS, OURS: LandmarkWarp(clip.landmarks[0])}
    return {name: measure(clip, way, every, track) for name, way in ways.items()}


def mean(rows: list[Score]) -> Score:
    """Return the mean of scores."""
    return Score(*np.mean([list(vars(row).values()) for row in rows], 0).tolist())


def table(results: dict[str, dict[str, Score]]) -> str:
    """Return the results as Markdown: means of all measures, then two of them clip by clip."""
    ways = list(next(iter(results.values())))
    means = {way: mean([row[way] for row in results.values()]) for way in ways}
    head = (
        "| mean of all | face, dB | around it, dB | landmarks, % | sharpness | ms a picture |\n"
        "|---|---:|---:|---:|---:|---:|\n"
    )
    lines = [
        f"| {way} | {s.psnr:.2f} | {s.around:.2f} | {s.landmarks:.3f} | {s.sharp:.3f} |"
        f" {s.milliseconds:.1f} |"
        for way, s in means.items()
    ]
    parts = [head + "\n".join(lines)]
    for title, name, digits, best in (
        ("face, dB", "psnr", 2, max),
        ("landmarks, %", "landmarks", 3, min),
    ):
        lines = [f"| {title} | " + " | ".join(ways) + " |", "|---|" + "---:|" * len(ways)]
        for clip, row in results.items():
            values = [round(getattr(row[way], name), digits) for way in ways]
            cells = [
                f"**{v:.{digits}f}**" if v == best(values) else f"{v:.{digits}f}" for v in values
            ]
            lines.append(f"| {clip} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def rewritten(page: str, tables: str) -> str:
    """Return a page with its tables replaced."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def passed(results: dict[str, dict[str, Score]]) -> bool:
    """Return whether the way by landmarks beats in the mean what it is held to."""
    means = {way: mean([row[way] for row in results.values()]) for way in (OURS, *HELD_TO)}
    ours = means[OURS]
    return all(
        ours.psnr > means[way].psnr and ours.landmarks < means[way].landmarks for way in HELD_TO
    )


def main() -> None:
    """Print or write the tables; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", help="films, or beginnings of names in the folder")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--write", type=Path, help="a page with the marks of a table in it")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    results: dict[str, dict[str, Score]] = {}
    with tracker() as track:
        for name in options.clips or CLIPS:
            clip = read(next(options.folder.glob(f"{name}*")), track)
            for every in sorted({2, int(clip.rate / NATIVE + Fraction(1, 2))}):
                label = f"{clip.name}, {float(clip.rate):.5g} from {float(clip.rate / every):.5g}"
                results[label] = scores(clip, every, track)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(rewritten(page, table(results)), encoding="utf-8")
    else:
        print(table(results))  # noqa: T201 - a script's result
    sys.exit(not passed(results))


if __name__ == "__main__":
    main()
