r"""Measure the blendshape basis: does a tracker's network read each shape as what it is?

    A1_ASSET_PATH=../shared/models python benchmarks/blendshapes.py --data FOLDER \
        NAME=PICTURE ... --film FILM[:PICTURES] ... [--write PAGE] [--sheet PICTURE]

Coefficients become landmarks on the reference face and, retargeted, on every portrait; the face
landmarker's blendshape network reads them; what it reads, less what it reads of the face at rest,
is compared with what was asked. No picture is drawn for this. Films tell how well the inverse
explains tracked faces. Pictures are looked for here first, then in FOLDER. `--sheet` draws every
shape on every portrait with `warp/mesh`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import process_time

import numpy as np
from a1sdk_facemesh.models import load_models
from shape_sheet import contact_sheet, one, retarget_onto

from a1sdk.components.data import FaceObservation, Portrait, VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.media import open_video, read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.motion.blendshapes import (
    BLENDSHAPE_NAMES,
    INDEX,
    UNSEEN,
    basis,
    from_coefficients,
    reference_face,
)
from a1sdk.motion.carry import Carry
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.landmarks import BROWS, EYES, LIDS, LIPS, flat
from a1sdk.motion.neutral import estimate_neutral
from a1sdk.motion.solve import coefficients
from a1sdk.render.context import HostContext

Array = np.ndarray
VISIBLE = [name for name in BLENDSHAPE_NAMES if name not in UNSEEN]
RAMP = np.linspace(0, 1, 11)
MIXTURES = 1000
UNIT_MM = 90.0
LOUD = 0.1  # what is worth a word in the tables
DEAF = 0.05
ACTIVE = 0.3  # least range of a coefficient in a film that is worth a correlation
WANTED = (
    *("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight"),
    *("mouthPucker", "mouthFunnel", "browDownLeft", "browDownRight", "browInnerUp"),
    *("browOuterUpLeft", "browOuterUpRight"),
)


@dataclass(frozen=True)
class Face:
    """Something to move: `place` turns coefficients [52] into landmarks [478, 3] in pixels."""

    name: str
    place: Callable[[Array], Array]


@dataclass
class Lab:
    """The portraits, the faces that are moved, and the network that reads them."""

    portraits: dict[str, Portrait]
    faces: list[Face]
    read: Callable[[Array], Array]

    def seen(self, face: Face, scores: Array) -> Array:
        """What the network reads of coefficients [n, 52], less what it reads at rest."""
        rest = self.read(face.place(np.zeros(52, np.float32)))
        return np.array([self.read(face.place(row)) for row in scores]) - rest


@contextmanager
def laboratory(folder: Path, arguments: Sequence[str]) -> Iterator[tuple[Lab, Callable]]:
    """Yield the lab, and a function that tracks pictures."""
    chosen = Registry().choose("face_tracker", "facemesh/landmarks")
    with HostContext() as host:
        context, tracker = host.lend(chosen.spec), chosen.build()
        tracker.setup(context)
        mesh = load_models(context, "bundle", blendshapes=True).mesh
        portraits = {}
        for argument in arguments:
            name, _, file = argument.partition("=")
            path = Path(file) if Path(file).exists() else folder / file
            pixels = flatten(np.asarray(to_depth(read_still(path).pixels, 8), np.uint8))
            portraits[name] = Portrait(pixels, tracker.detect(pixels, context)[0])
        faces = [Face("reference", _on_reference)]
        faces += [Face(name, _on_portrait(portrait)) for name, portrait in portraits.items()]
        track = lambda pictures: tracker.track(pictures, context)  # noqa: E731
        yield Lab(portraits, faces, lambda points: mesh.blendshapes(points)), track
        tracker.close()


def _on_reference(scores: Array) -> Array:
    shape = reference_face() + from_coefficients(scores).expression
    return np.asarray(200 * shape + [320, 320, 0], np.float32)


def _on_portrait(portrait: Portrait) -> Callable[[Array], Array]:
    retarget = retarget_onto(portrait)
    return lambda scores: retarget(MotionFrame(0, from_coefficients(scores))).landmarks


def correlation(a: Array, b: Array) -> float:
    """Return it, 0 where either does not change."""
    if a.std() < 1e-4 or b.std() < 1e-4:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


# -- what is measured ---------------------------------------------------------------------------


def ramps(lab: Lab) -> Array:
    """What each face reads of each visible shape's ramp: [faces, shapes, steps, 52]."""
    asked = [np.array([one(name, value) for value in RAMP]) for name in VISIBLE]
    return np.array([[lab.seen(face, scores) for scores in asked] for face in lab.faces])


def mixtures(count: int, seed: int = 3) -> Array:
    """Return coefficients [count, 52] of faces that could be: see `_mixture`."""
    random = np.random.default_rng(seed)
    return np.array([_mixture(random) for _ in range(count)])


def _mixture(random: np.random.Generator) -> Array:
    """Brows, eyes, jaw, corners of the mouth and lips each do one thing at most."""
    scores = np.zeros(52, np.float32)

    def do(*names: str, alone: float = 0.2) -> None:
        value = random.random()
        chosen = names if random.random() > alone else names[:1]
        for name in chosen:
            scores[INDEX[name]] = min(1.0, value * random.uniform(0.8, 1.2))

    def pair(name: str) -> None:
        sides = random.permutation(["Left", "Right"])
        do(*(f"{name}{side}" for side in sides))

    def choose(*names: str) -> None:
        name = str(random.choice(names))
        if name in INDEX:
            do(name)
        elif name:
            pair(name)

    choose("browInnerUp", "browDown", "browOuterUp", "")
    choose("eyeBlink", "eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown", "")
    if not scores[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]].any() and random.random() < 0.4:
        do(*random.permutation(["eyeLookInLeft", "eyeLookOutRight"]), alone=0)
    choose("jawOpen", "jawLeft", "jawRight", "")
    choose("mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "mouthLeft", "")
    lips = ("mouthPucker", "mouthFunnel", "mouthRollLower", "mouthUpperUp", "mouthLowerDown")
    choose(*lips, "mouthShrugLower", "noseSneer", "cheekPuff", "", "")
    return scores


def in_mixtures(lab: Lab) -> dict[str, float]:
    """Correlation of asked and read over made-up mixtures, of the shapes of `WANTED`."""
    return heard(lab, mixtures(MIXTURES))


def heard(lab: Lab, asked: Array) -> dict[str, float]:
    """Correlation over time of coefficients [n, 52] and what is read of them, mean of the faces."""
    found = {}
    seen = [lab.seen(face, asked) for face in lab.faces]
    for name in WANTED:
        k = INDEX[name]
        if np.ptp(asked[:, k]) > ACTIVE:
            found[name] = float(np.mean([correlation(asked[:, k], read[:, k]) for read in seen]))
    return found


def round_trip() -> dict[str, float]:
    """How well coefficients come back from their own expression."""
    asked = mixtures(MIXTURES)
    expressions = [from_coefficients(scores).expression for scores in asked]
    coefficients(expressions[0])  # the first call reads the basis
    start = process_time()
    found = np.array([coefficients(expression) for expression in expressions])
    seconds = process_time() - start
    error = np.abs(found - asked)
    moved = np.tensordot(found - asked, basis(), axes=1)
    return {
        "mean error of a coefficient": float(error.mean()),
        "99th percentile": float(np.quantile(error, 0.99)),
        "coefficients within 0.05": float((error < 0.05).mean()),
        "coefficients within 0.1": float((error < 0.1).mean()),
        "mixtures with all within 0.1": float((error.max(axis=1) < 0.1).mean()),
        "mean error of a landmark, mm": UNIT_MM * float(np.linalg.norm(moved, axis=2).mean()),
        "worst landmark, 99th percentile of mixtures, mm": UNIT_MM
        * float(np.quantile(np.linalg.norm(moved, axis=2).max(axis=1), 0.99)),
        "milliseconds of processor a frame": 1000 * seconds / MIXTURES,
    }


@dataclass(frozen=True)
class FilmFigures:
    """How the inverse does on a tracked film, and what the network reads of the same."""

    name: str
    explained: dict[str, float]
    jitter: tuple[float, float]  # landmarks of lips and lids as tracked, and from the curves
    curves: tuple[float, float]  # coefficients: ours, and the network's
    alike: dict[str, float]
    heard: dict[str, float]  # the network's coefficients through basis and network again
    scores: Array  # [n, 52], less those at rest


def on_film(film: str, folder: Path, lab: Lab, track: Callable) -> FilmFigures:
    """Track a film and turn it into curves."""
    file, _, limit = film.partition(":")
    with open_video(folder / file) as reader:
        first = islice(reader.frames(), int(limit or 250))
        pictures = [VideoFrame(frame.index, frame.pixels) for frame in first]
    seen: list[FaceObservation] = [found.faces[0] for found in track(iter(pictures)) if found.faces]
    neutral, carry = estimate_neutral(seen), Carry()
    motions = [carry(neutral.motion(face), None) for face in seen]
    moved = np.array([motion.expression for motion in motions])
    curves = np.array([coefficients(expression) for expression in moved])
    network = np.array([motion.blendshapes for motion in motions])
    drawn = np.tensordot(curves, basis(), axes=1)
    parts = {"lips": LIPS, "lids": LIDS, "brows": flat(BROWS), "irises": EYES}
    points = [*LIPS, *LIDS]
    calm = np.argsort(np.square(moved).sum(axis=(1, 2)))[: max(5, len(moved) // 7)]
    active = network - np.median(network[calm], axis=0)
    return FilmFigures(
        Path(file).stem,
        {name: _explained(moved[:, list(p)], drawn[:, list(p)]) for name, p in parts.items()},
        (jitter(moved[:, points]), jitter(drawn[:, points])),
        (jitter(curves), jitter(network)),
        {
            name: correlation(curves[:, INDEX[name]], network[:, INDEX[name]])
            for name in WANTED
            if np.ptp(network[:, INDEX[name]]) > ACTIVE
            and name.endswith(("Open", "Left", "Pucker"))
        },
        heard(lab, np.clip(active, 0.0, 1.0).astype(np.float32)),
        active,
    )


def _explained(moved: Array, drawn: Array) -> float:
    away = np.square(moved[..., :2] - drawn[..., :2]).sum()
    return float(1 - away / np.square(moved[..., :2]).sum())


def jitter(values: Array) -> float:
    """Root mean square of the second differences over time."""
    return float(np.sqrt(np.square(np.diff(values, 2, axis=0)).mean()))


# -- the page -----------------------------------------------------------------------------------


def shape_table(lab: Lab, read: Array) -> Iterator[str]:
    """A row for each shape."""
    most = UNIT_MM * np.linalg.norm(basis(), axis=2).max(axis=1)
    yield "| shape | way, mm | correlation: mean (least) | read at 0.5, at 1 | also read at 1 |"
    yield "|---|---|---|---|---|"
    for k, name in enumerate(VISIBLE):
        own = read[:, k, :, INDEX[name]]
        alike = [correlation(RAMP, row) for row in own]
        heard = own[:, -1].mean() >= DEAF
        fit = f"{np.mean(alike):.2f} ({min(alike):.2f})" if heard else "not read"
        also = ", ".join(f"{other} {value:+.2f}" for other, value in crosstalk(read, k))
        values = f"{own[:, len(RAMP) // 2].mean():.2f}, {own[:, -1].mean():.2f}"
        yield f"| {name} | {most[INDEX[name]]:.0f} | {fit} | {values} | {also} |"


def crosstalk(read: Array, shape: int) -> list[tuple[str, float]]:
    """Other shapes that the network reads at 1, mean over the faces, the loudest first."""
    mean = read[:, shape, -1].mean(axis=0)
    order = np.argsort(-np.abs(mean))
    others = [(BLENDSHAPE_NAMES[i], float(mean[i])) for i in order]
    return [(n, v) for n, v in others if n != VISIBLE[shape] and abs(v) >= LOUD]


def film_tables(films: Sequence[FilmFigures]) -> Iterator[str]:
    """How the inverse does on tracked films."""
    yield (
        "| film | lips | lids | brows | irises | jitter: landmarks, drawn | curves, network's |"
        " correlation with the network's |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for film in films:
        explained = " | ".join(f"{value:.2f}" for value in film.explained.values())
        alike = ", ".join(f"{name} {value:.2f}" for name, value in film.alike.items())
        shaking = f"{film.jitter[0]:.4f}, {film.jitter[1]:.4f}"
        yield (
            f"| `{film.name}` | {explained} | {shaking} |"
            f" {film.curves[0]:.3f}, {film.curves[1]:.3f} | {alike} |"
        )


def performance_table(films: Sequence[FilmFigures]) -> Iterator[str]:
    """Coefficients of performances, there and back."""
    yield "| film | correlation of what goes in and what is read |"
    yield "|---|---|"
    for film in films:
        yield f"| `{film.name}` | {', '.join(f'{n} {v:.2f}' for n, v in film.heard.items())} |"


def own_crosstalk(films: Sequence[FilmFigures]) -> Iterator[str]:
    """What the network reads of tracked people beside each shape, where that is strongest."""
    every = np.concatenate([film.scores for film in films])
    yield "| shape, on tracked people | read | also read at the same time |"
    yield "|---|---|---|"
    for name in WANTED:
        own = every[:, INDEX[name]]
        strong = every[own > max(0.3, float(np.quantile(own, 0.97)))]
        if len(strong) < 3:
            continue
        mean = strong.mean(axis=0)
        order = [i for i in np.argsort(-mean) if mean[i] >= LOUD and BLENDSHAPE_NAMES[i] != name]
        also = ", ".join(f"{BLENDSHAPE_NAMES[i]} {mean[i]:+.2f}" for i in order)
        yield f"| {name} | {mean[INDEX[name]]:.2f} | {also} |"


def page(lab: Lab, films: Sequence[FilmFigures], command: str) -> str:
    """Return the tables in Markdown."""
    read = ramps(lab)
    mixed = in_mixtures(lab)
    names = ", ".join(face.name for face in lab.faces)
    lines = [f"    {command}", "", f"Faces: {names}. Mean over them unless said otherwise.", ""]
    lines += ["### Each shape alone, from 0 to 1", "", *shape_table(lab, read), ""]
    lines += ["### The network's own cross-talk", "", *own_crosstalk(films), ""]
    lines += ["### In performances", "", *performance_table(films), ""]
    lines += [f"### In {MIXTURES} made-up mixtures", "", "| shape | correlation |", "|---|---|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in mixed.items()]
    lines += ["", "### There and back: `coefficients(displacement(c))`", "", "| | |", "|---|---|"]
    lines += [f"| {what} | {value:.4g} |" for what, value in round_trip().items()]
    lines += ["", "### Films as curves", "", *film_tables(films)]
    return "\n".join(lines) + "\n"


MARK = "<!-- measured: written by benchmarks/blendshapes.py, everything below -->\n"


def main() -> None:
    """Measure, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("portraits", nargs="+", metavar="NAME=PICTURE")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--film", action="append", default=[], metavar="FILM[:PICTURES]")
    parser.add_argument("--write", type=Path, help="page whose measured part is replaced")
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    with laboratory(arguments.data, arguments.portraits) as (lab, track):
        if arguments.sheet:
            contact_sheet(lab.portraits, VISIBLE).save(arguments.sheet, quality=82)
        films = [on_film(film, arguments.data, lab, track) for film in arguments.film]
        given = shlex.join(sys.argv[1:]).replace(str(arguments.data), "../shared/data")
        text = page(lab, films, f"A1_ASSET_PATH=MODELS python benchmarks/blendshapes.py {given}")
    sys.stdout.write(text)
    if arguments.write:
        told = arguments.write.read_text(encoding="utf-8").partition(MARK)[0]
        arguments.write.write_text(f"{told}{MARK}\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
