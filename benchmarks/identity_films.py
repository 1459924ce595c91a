"""Measure how an identity encoder judges films: the faces that are drawn beside the portrait's.

`benchmarks/identity.py` runs it, and writes what comes out. Portraits perform drivers by
`warp/mesh`; the face is looked for in every second frame, as while a film is made, and encoded.
The cosine with the vector of the film's own portrait is what quality control measures. That with
the vector of another portrait is what it would measure if that one had been asked for: so many
frames of another person's face.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise, permutations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from a1sdk.components.registry import Registry
from a1sdk.media import open_video, read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.motion.pose import own_pose
from a1sdk.motion.rotation import rotation_log
from a1sdk.qc.model import Limit
from a1sdk.qc.runs import bad_runs
from a1sdk.render.animate import make_job
from a1sdk.render.context import HostContext
from a1sdk.render.following import Shown, followed
from a1sdk.render.inspection import qc_tracker
from a1sdk.render.opening import Opener
from a1sdk.render.pipeline import render
from a1sdk.render.portrait import detect_faces
from a1sdk.render.vectors import FaceVectors, choose_comparable

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels

Floats = npt.NDArray[np.float64]

PEOPLE = ("p01", "p02", "p04", "p10", "p13", "p30", "x09", "x10")
"""Portraits of different people, two of them painted; nobody of whom a generator made others."""

DRIVERS = ("d03", "d08", "d09")
"""Who performs: people who speak and move, one of them with a hand before the face."""

TURNS = {
    "schema_version": "a1.keys/1",
    "rate": "25",
    "channels": {
        "head.yaw": [["0s", 0], ["1.5s", 40], ["3s", 0], ["4.5s", -40], ["6s", 0]],
        "head.pitch": [["0s", 0], ["2.2s", 12], ["3.8s", -12], ["6s", 0]],
    },
}
"""Keys of a head that turns far to both sides, as none of the drivers does."""

SECONDS = 6
SWAPPED = range(60, 70)
"""Frames that show another person where one is planted."""

LIMITS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
_COMPARISON = Registry().spec("identity_encoder", "insightface/arcface").comparison
_EVERY = 2
_FRAMES, _RELEASE = 4, 0.9  # of the limit of `identity` in the profile `default`
_TURNS = (0, 10, 20, 30, 90)
_PERCENTILES = (0, 1, 5, 25, 50, 95, 99, 100)


@dataclass(frozen=True, eq=False)
class Film:
    """A film that was measured.

    Attributes:
        portrait: who performs.
        driver: whose performance it is.
        cosines: with the vector of each portrait, frame by frame; not a number where no face was
            looked for or found.
        turn: degrees by which the head is turned from the portrait's, frame by frame.
    """

    portrait: str
    driver: str
    cosines: Mapping[str, Floats]
    turn: Floats

    @property
    def own(self) -> Floats:
        """The cosines with its own portrait."""
        return self.cosines[self.portrait]


@dataclass(frozen=True, eq=False)
class Known:
    """The face of a portrait: its vector and its landmarks."""

    vector: Floats
    landmarks: npt.NDArray[np.float32]

    def angle(self, landmarks: npt.NDArray[np.float32]) -> float:
        """Return by how many degrees a face is turned from it."""
        rotation = own_pose(landmarks).rotation @ own_pose(self.landmarks).rotation.T
        return float(np.degrees(np.linalg.norm(rotation_log(rotation))))


class Bench:
    """Renders, follows and encodes."""

    def __init__(self, pack: Path, stack: ExitStack) -> None:
        self.registry = Registry()
        context = stack.enter_context(HostContext(device="cpu"))
        opener = Opener(context, stack, [])
        chosen = qc_tracker(self.registry, "facemesh/landmarks")
        self.tracker, self.view = opener.tracker(chosen), opener.lend(chosen)
        encoder = choose_comparable(self.registry, "insightface/arcface", {"folder": str(pack)})
        self.vectors = FaceVectors(encoder, opener)

    def portrait(self, path: Path) -> Known:
        """Return the face of a portrait."""
        pixels = flatten(to_depth(read_still(path).pixels, 8))
        face = detect_faces(pixels, self.tracker, self.view)[0]
        return Known(self._vector(pixels, face.landmarks), face.landmarks)

    def _vector(self, pixels: Pixels, landmarks: npt.NDArray[np.float32]) -> Floats:
        return self.vectors.of_face(pixels, landmarks).astype(np.float64)

    def film(self, portrait: Path, driver: Path, film: Path) -> None:
        """Let a portrait perform."""
        job = make_job(portrait, driver, film, registry=self.registry, duration=SECONDS)
        with HostContext() as context:
            render(job, registry=self.registry, context=context)

    def faces(self, film: Path, home: Known) -> Iterator[Known | None]:
        """Yield the face in each frame; None where none was looked for or found."""
        with open_video(film) as reader:
            shown = (Shown.of(frame.pixels) for frame in reader.frames())
            homes = [home.landmarks]
            for one in followed(shown, self.tracker, self.view, homes=homes, every=_EVERY):
                face = one.faces[0]
                at = None if face is None else face.landmarks
                yield None if at is None else Known(self._vector(one.shown.pixels, at), at)


def measure_films(pack: Path, portraits: Path, drivers: Path) -> list[Film]:
    """Let every portrait perform every driver, and compare each frame with each portrait."""
    with ExitStack() as stack:
        bench = Bench(pack, stack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        people = {name: next(portraits.glob(f"{name}_*")) for name in PEOPLE}
        known = {name: bench.portrait(path) for name, path in people.items()}
        turns = folder / "turns.json"
        turns.write_text(json.dumps(TURNS), encoding="utf-8")
        films = []
        for driver in (*(next(drivers.glob(f"{name}_*")) for name in DRIVERS), turns):
            for name, path in people.items():
                bench.film(path, driver, folder / "film.mp4")
                faces = list(bench.faces(folder / "film.mp4", known[name]))
                films.append(_compared(name, driver.stem.partition("_")[0], faces, known))
        return films


def _compared(
    portrait: str,
    driver: str,
    faces: Sequence[Known | None],
    known: Mapping[str, Known],
) -> Film:
    home = known[portrait]
    return Film(
        portrait,
        driver,
        {
            name: np.array([np.nan if one is None else one.vector @ other.vector for one in faces])
            for name, other in known.items()
        },
        np.array([np.nan if one is None else home.angle(one.landmarks) for one in faces]),
    )


def same(films: Sequence[Film]) -> Floats:
    """Return the cosines of all frames with the film's own portrait."""
    return _known(np.concatenate([one.own for one in films]))


def different(films: Sequence[Film]) -> Floats:
    """Return the cosines of all frames with the portraits of all others."""
    others = [c for one in films for name, c in one.cosines.items() if name != one.portrait]
    return _known(np.concatenate(others))


def by_turn(films: Sequence[Film]) -> Iterator[tuple[str, Floats]]:
    """Yield the cosines with the own portrait of frames whose head is turned so far."""
    turn = np.concatenate([one.turn for one in films])
    own = np.concatenate([one.own for one in films])
    for low, high in pairwise(_TURNS):
        inside = (turn >= low) & (turn < high) & np.isfinite(own)
        last = high == _TURNS[-1]
        yield f"{low} degrees and more" if last else f"{low} to {high} degrees", own[inside]


def alarms(films: Sequence[Film], limit: float) -> int:
    """Return in how many films that are as they should be a limit finds another person."""
    return sum(bool(_runs(one.own, limit)) for one in films)


def swaps(films: Sequence[Film], limit: float) -> tuple[int, int]:
    """Return how many of the people planted for ten frames a limit finds, and of how many."""
    hits = []
    for one, other in permutations(films, 2):
        if one.driver == other.driver:
            values = one.own.copy()
            values[SWAPPED] = other.cosines[one.portrait][SWAPPED]
            hits.append(any(_meets(run, SWAPPED) for run in _runs(values, limit)))
    return sum(hits), len(hits)


def _runs(values: Floats, limit: float) -> list[tuple[int, int]]:
    held = Limit(warn=limit, frames=_FRAMES, release=_RELEASE)
    return [(run.first, run.last) for _, run in bad_runs(values, held, "below", _EVERY)]


def _meets(run: tuple[int, int], frames: range) -> bool:
    return run[0] < frames.stop and run[1] >= frames.start


def _known(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def section(films: Sequence[Film]) -> list[str]:
    """Return what is to be read of films, in Markdown."""
    own, others = same(films), different(films)
    heads = ("minimum", *(f"{one:g} %" for one in _PERCENTILES[1:-1]), "maximum")
    groups = {"the film's own person": own, "other people": others}
    return [
        "## In films",
        "",
        f"{len(PEOPLE)} portraits of different people, two of them painted, perform"
        f" {len(DRIVERS)} films of people who speak, and keys that turn the head far, by",
        f"`warp/mesh`, up to {SECONDS} seconds each: {len(films)} films. The face is looked for in"
        " every second frame, as while a film is made, and compared",
        "with the portrait's: that is what [quality control](quality-control.md) measures as"
        " `identity`. Compared with the portraits of the others it is what",
        "would be measured if another person were shown.",
        "",
        f"| frames of | number | {' | '.join(heads)} |",
        "|---|---" + "|---" * len(heads) + "|",
        *(_row(name, values) for name, values in groups.items()),
        *(_row(f"own, head turned {name}", values) for name, values in by_turn(films)),
        "",
        f"For ten frames another person is planted in each film: {swaps(films, 0)[1]} trials. A"
        f" limit finds them where {_FRAMES} frames are below it. In films as they",
        "should be that is a false alarm.",
        "",
        f"| limit | own frames below it | others' not below it | false alarms in {len(films)} films"
        f" | found of {swaps(films, 0)[1]} planted |",
        "|---|---|---|---|---|",
        *(_at(limit, films, own, others) for limit in LIMITS),
        "",
        f"`insightface/arcface` warns below {_COMPARISON.same_from:.2f} and fails below"
        f" {_COMPARISON.other_below:.2f}. Frames of a film are much alike, so these are few trials,"
        " and all faces",
        "are the portraits' own, bent: a renderer that makes them anew will have lower cosines,"
        " which have not been measured. Two people who are as",
        "alike as the most alike of the photographs above would not fail.",
        "",
    ]


def _row(name: str, values: Floats) -> str:
    cells = " | ".join(f"{one:.2f}" for one in np.percentile(values, _PERCENTILES))
    return f"| {name} | {len(values)} | {cells} |"


def _at(limit: float, films: Sequence[Film], own: Floats, others: Floats) -> str:
    below, above = float((own < limit).mean()), float((others >= limit).mean())
    found = f"{alarms(films, limit)} | {swaps(films, limit)[0]}"
    return f"| {limit:.2f} | {below:.2%} | {above:.2%} | {found} |"
