r"""Measure how far `insightface/arcface` tells people apart, and how many faces are found.

    python benchmarks/identity.py --pack FOLDER --portraits FOLDER --drivers FOLDER \
        --write docs/identity.md

`--pack` is the folder of a model pack, `--portraits` that of the shared test data's portraits,
`--drivers` that of its films: portraits perform them, and the films are judged as quality control
does, see `identity_films.py`. The models of `facemesh/landmarks` have to be here (`a1 assets pull
facemesh`, or `A1_ASSET_PATH`). Who is in which picture is written down here, and of which
photograph it is: versions of one photograph are alike in more than the person, and are counted
apart. Pictures of people who do not exist are
taken for versions only, because those that one generator made resemble each other.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from identity_films import Film, measure_films, section
from PIL import Image, ImageOps

from a1sdk.components.registry import Registry
from a1sdk.plugin import FaceObservation, Portrait
from a1sdk.render.context import HostContext

Floats = npt.NDArray[np.float64]
_TRACKERS = ("insightface/scrfd", "facemesh/landmarks")
_LARGEST = 4000  # pixels a side; larger pictures are read at a whole part of their size
_PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
_THRESHOLDS = (0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70)
_BINS = np.arange(-0.3, 1.01, 0.1)

PEOPLE = {
    "p01": ("collins", "a"),
    "x08": ("collins", "a"),
    "p02": ("obama", "a"),
    "p28": ("obama", "a"),
    "p29": ("obama", "a"),
    "p03": ("obama", "b"),
    "p05:0": ("obama", "c"),
    "p05:1": ("biden", "a"),
    "p04": ("biden", "a"),
    "p10": ("model a", "a"),
    "x07": ("model a", "a"),
    "p11": ("model a", "b"),
    "p12": ("model b", "a"),
    "p24": ("cameraman", "a"),
    "x09": ("GRID speaker 2", "a"),
    "x10": ("GRID woman", "a"),
}
"""Real people by portrait, and, of several faces, their place from the left: who, and of which of
their photographs."""

MADE_UP = {
    **dict.fromkeys(("p06", "x01", "x03"), ("man by FLUX", "a")),
    **dict.fromkeys(("p07", "x02", "x05", "x11"), ("woman by FLUX", "a")),
    **dict.fromkeys(("p08", "x04"), ("monk by FLUX", "a")),
    **dict.fromkeys(("p21", "x06"), ("older man", "a")),
}
"""People who do not exist."""

CROWDS = ("p22", "p23")
"""Photographs of groups, in each of which nobody is twice, and nobody of `PEOPLE`."""

GROUPS = {"p05": 2, "p22": 15, "p23": 29, "p25": 0, "p26": 0}
"""How many faces there are, counted by eye."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face whose vector was computed."""

    label: str
    person: str
    photograph: str
    size: float
    vector: Floats


@dataclass(frozen=True)
class EqualErrors:
    """Where as many of the same people are refused as others are accepted, or nearly.

    Attributes:
        threshold: cosine from which on two faces count as one person.
        refused: how many pairs of one person are below it.
        accepted: how many pairs of different people are not.
        rate: the mean of the two shares.
    """

    threshold: float
    refused: int
    accepted: int
    rate: float


def equal_errors(same: Sequence[float], different: Sequence[float]) -> EqualErrors:
    """Return the threshold at which the shares of both errors differ least.

    Where the two do not overlap it is halfway between them.
    """
    alike, unlike = np.sort(same), np.sort(different)
    if alike[0] > unlike[-1]:
        return EqualErrors(float(alike[0] + unlike[-1]) / 2, 0, 0, 0.0)
    thresholds = np.unique(np.concatenate([alike, unlike]))
    refused = np.searchsorted(alike, thresholds)
    accepted = len(unlike) - np.searchsorted(unlike, thresholds)
    shares = refused / len(alike), accepted / len(unlike)
    best = int(np.lexsort((shares[0] + shares[1], np.abs(shares[0] - shares[1])))[0])
    rate = float(shares[0][best] + shares[1][best]) / 2
    return EqualErrors(float(thresholds[best]), int(refused[best]), int(accepted[best]), rate)


def at_most(errors: int, trials: int) -> float:
    """Return the rate that is not exceeded with 95 % confidence where no error was seen."""
    assert errors == 0, "only for no error at all"
    return float(1 - 0.05 ** (1 / trials))


class Bench:
    """The encoder and both trackers, and the pictures."""

    def __init__(self, pack: Path, portraits: Path, stack: ExitStack) -> None:
        self._portraits = portraits
        self._host = stack.enter_context(HostContext(device="cpu"))
        self._registry, self._stack = Registry(), stack
        options = {"folder": str(pack)}
        self.encoder = self._open("identity_encoder", "insightface/arcface", options)
        self.trackers = {
            ref: self._open("face_tracker", ref, options if "insightface" in ref else {})
            for ref in _TRACKERS
        }

    def _open(self, kind: Any, ref: str, options: dict[str, str]) -> tuple[Any, HostContext]:
        chosen = self._registry.choose(kind, ref, options)
        component = self._stack.enter_context(closing(chosen.build()))
        view = self._host.lend(chosen.spec)
        component.setup(view)
        return component, view

    def picture(self, name: str) -> npt.NDArray[np.uint8]:
        """Return a portrait as RGB, upright."""
        (path,) = self._portraits.glob(f"{name}_*")
        Image.MAX_IMAGE_PIXELS = None  # one is meant to be huge
        with Image.open(path) as opened:
            opened.draft("RGB", (_LARGEST, _LARGEST))
            return np.array(ImageOps.exif_transpose(opened).convert("RGB"))

    def find(self, name: str, ref: str = _TRACKERS[0]) -> list[FaceObservation]:
        """Return the faces of a portrait, from the left."""
        tracker, view = self.trackers[ref]
        return sorted(tracker.detect(self.picture(name), view), key=lambda face: face.center[0])

    def vector(self, name: str, face: FaceObservation) -> Floats:
        """Return the vector of a face of a portrait."""
        encoder, view = self.encoder
        found = encoder.encode([Portrait(self.picture(name), face)], view).arrays["embedding"]
        return np.asarray(found, np.float64)

    def known(self, people: dict[str, tuple[str, str]]) -> Iterator[Face]:
        """Yield the faces of people, each encoded."""
        for label, (person, photograph) in people.items():
            name, _, place = label.partition(":")
            found = self.find(name)
            face = found[int(place)] if place else max(found, key=lambda one: one.size)
            yield Face(label, person, photograph, face.size, self.vector(name, face))

    def about(self) -> dict[str, str]:
        """Return what the encoder says of a likeness."""
        encoder, view = self.encoder
        face = self.find("p02")[0]
        return dict(encoder.encode([Portrait(self.picture("p02"), face)], view).provenance)

    def group(self, name: str) -> Iterator[Face]:
        """Yield the faces of a group, of whom no two are one person."""
        for number, face in enumerate(self.find(name)):
            label = f"{name}:{number}"
            yield Face(label, label, label, face.size, self.vector(name, face))

    def agreement(self) -> list[float]:
        """Return the cosines of faces that both trackers found, encoded by what each found."""
        cosines = []
        for name in sorted({label.partition(":")[0] for label in (*PEOPLE, *MADE_UP)}):
            one, others = self.find(name)[0], self.find(name, _TRACKERS[1])
            other = min(others, key=lambda face: math.dist(face.center, one.center))
            cosines.append(float(self.vector(name, one) @ self.vector(name, other)))
        return cosines


@dataclass(frozen=True)
class Measured:
    """What came out: cosines by kind of pair, and the rest.

    Attributes:
        smallest: the version whose face is the smallest, with its size in pixels and the least
            cosine with another version.
        crowd: sizes of the smallest and the largest face of the groups, in pixels.
        counts: faces of a picture: true, and found by each tracker.
        agreement: cosines of one face as each tracker found it.
        about: the encoder's provenance.
    """

    same: list[float]
    versions: list[float]
    smallest: tuple[str, float, float]
    crowd: tuple[float, float]
    different: list[float]
    counts: dict[str, tuple[int, ...]]
    agreement: list[float]
    about: dict[str, str]


def measure(pack: Path, portraits: Path) -> Measured:
    """Encode everybody, and compare each with each."""
    with ExitStack() as stack:
        bench = Bench(pack, portraits, stack)
        real, made_up = list(bench.known(PEOPLE)), list(bench.known(MADE_UP))
        crowds = [face for name in CROWDS for face in bench.group(name)]
        pairs = list(combinations([*real, *crowds], 2))
        alike = [(one, other) for one, other in pairs if one.person == other.person]
        again = [pair for pair in combinations(made_up, 2) if pair[0].person == pair[1].person]
        versions = [pair for pair in (*alike, *again) if pair[0].photograph == pair[1].photograph]
        sizes = [face.size for face in crowds]
        return Measured(
            same=[_cosine(pair) for pair in alike if pair[0].photograph != pair[1].photograph],
            versions=[_cosine(pair) for pair in versions],
            smallest=_smallest(versions),
            crowd=(min(sizes), max(sizes)),
            different=[_cosine(pair) for pair in pairs if pair[0].person != pair[1].person],
            counts={
                name: (true, *(len(bench.find(name, ref)) for ref in _TRACKERS))
                for name, true in GROUPS.items()
            },
            agreement=bench.agreement(),
            about=bench.about(),
        )


def _smallest(versions: Sequence[tuple[Face, Face]]) -> tuple[str, float, float]:
    face = min((face for pair in versions for face in pair), key=lambda one: one.size)
    return face.label, face.size, min(_cosine(pair) for pair in versions if face in pair)


def _cosine(pair: tuple[Face, Face]) -> float:
    return float(pair[0].vector @ pair[1].vector)


def report(found: Measured, films: Sequence[Film]) -> str:
    """Return what is to be read, in Markdown."""
    errors = equal_errors(found.same, found.different)
    kinds = {
        "one person, two photographs": found.same,
        "one person, versions of one picture": found.versions,
        "different people": found.different,
    }
    heads = ("minimum", *(f"{percent} %" for percent in _PERCENTILES[1:-1]), "maximum")
    lines = [
        "# Who is in the picture: how far faces are told apart",
        "",
        "Written by `benchmarks/identity.py`: faces found by `insightface/scrfd`, encoded by"
        " `insightface/arcface`, on",
        "the portraits of the shared test data. The networks are the small ones of the test pack"
        f" (`{found.about['model']}`,",
        f"SHA-256 `{found.about['weights'][:16]}...`), which no product should rely on: for a pack"
        " of yours, measure again.",
        "",
        "    python benchmarks/identity.py --pack FOLDER --portraits FOLDER --drivers FOLDER"
        " --write docs/identity.md",
        "",
        "## Cosines",
        "",
        f"| pairs | number | {' | '.join(heads)} |",
        "|---|---" + "|---" * len(heads) + "|",
        *(_row(name, values) for name, values in kinds.items()),
        "",
        f"| cosine from | {' | '.join(f'{low:.1f}' for low in _BINS[:-1])} |",
        "|---" * len(_BINS) + "|",
        *(_histogram(name, values) for name, values in kinds.items()),
        "",
        "Different people are each of the real people with each other, with everybody in the two"
        " group photographs, and those with each",
        f"other; faces there are {found.crowd[0]:.0f} to {found.crowd[1]:.0f} pixels large. Made-up"
        " people are compared with versions of themselves only. Versions are crops,",
        "sizes, file formats, turned and grey copies of one picture."
        f" The smallest face among them ({found.smallest[0]}), {found.smallest[1]:.0f} pixels"
        f" large, has a cosine of {found.smallest[2]:.2f}",
        "with the same picture at full size: that is too small to tell who it is.",
        "",
        "## Equal error rate",
        "",
        *_errors(errors, found),
        "",
        "## Other thresholds",
        "",
        f"| one person from | refused of {len(found.same)} | accepted of {len(found.different)} |",
        "|---|---|---|",
        *(_at(threshold, found) for threshold in _THRESHOLDS),
        "",
        *section(films),
        "## Faces found",
        "",
        "| picture | faces | insightface/scrfd | facemesh/landmarks |",
        "|---|---|---|---|",
        *(
            f"| {name} | {true} | {scrfd} | {mesh} |"
            for name, (true, scrfd, mesh) in found.counts.items()
        ),
        "",
        "## Who found the face",
        "",
        f"One face of each of {len(found.agreement)} pictures, encoded as each tracker found it:"
        " the two vectors have a cosine of",
        f"{np.median(found.agreement):.3f} in the median, and of {min(found.agreement):.3f} at"
        " least.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, values: Sequence[float]) -> str:
    cells = " | ".join(f"{one:.2f}" for one in np.percentile(values, _PERCENTILES))
    return f"| {name} | {len(values)} | {cells} |"


def _histogram(name: str, values: Sequence[float]) -> str:
    counted, _ = np.histogram(np.clip(values, _BINS[0], _BINS[-1]), _BINS)
    return f"| {name} | {' | '.join(str(one) if one else '' for one in counted)} |"


def _at(threshold: float, found: Measured) -> str:
    refused = sum(one < threshold for one in found.same)
    accepted = sum(one >= threshold for one in found.different)
    share = accepted / len(found.different)
    return f"| {threshold:.2f} | {refused} | {accepted} ({share:.2%}) |"


def _errors(errors: EqualErrors, found: Measured) -> list[str]:
    same, different = len(found.same), len(found.different)
    lines = [
        f"**{errors.rate:.2%}**, at a cosine of {errors.threshold:.2f}: {errors.refused} of {same}"
        f" pairs of one person are below, {errors.accepted} of {different} of",
        "different people are not. Versions of one picture are not counted.",
    ]
    if errors.rate == 0:
        lines += [
            "",
            f"The two do not overlap: {max(found.different):.2f} is the most alike of different"
            f" people, {min(found.same):.2f} the least alike of one person. That says",
            f"little of rare errors. Were pairs independent, none wrong of {same} would exclude,"
            f" with 95 % confidence, no more than that {at_most(0, same):.0%} of pairs of one",
            f"person are refused, and none of {different} that {at_most(0, different):.2%} of"
            " others are accepted; and they tell less than that, being pairs of few faces.",
        ]
    return lines


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--drivers", type=Path, required=True)
    parser.add_argument("--write", type=Path, help="the page to write; printed otherwise")
    given = parser.parse_args()
    films = measure_films(given.pack, given.portraits, given.drivers)
    page = report(measure(given.pack, given.portraits), films)
    if given.write is not None:
        given.write.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main()
