"""Hold mouths that were made from sound alone against real ones, and count the lips that meet.

    A1_ASSET_PATH=../shared/models python benchmarks/lips.py --data FOLDER

- opening: films of people who speak. Their mouths are tracked; another mouth is made from the
  sound of the same film by `audio/speech`: told what is said, searching thoroughly, and searching
  quickly, which hears other words. Compared is the height between the inner lips, by Pearson's
  correlation at the constant lag of up to 160 ms at which it is highest; a positive lag is a mouth
  that is late.
- contacts: in each p, b, m the lips have to meet, and in each f, v the lower lip the teeth, on a
  frame of the phone or beside it. Lips have met where nowhere along the mouth the height between
  them is more than when the reference face is at rest.
- curves: a voice with the ARKit curves that another system made for it.
- silence: how far the mouth moves where nobody speaks.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from a1sdk.components.data import Label
from a1sdk.components.registry import Registry
from a1sdk.motion.blendshapes import INDEX, reference_face
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.landmarks import LOWER_LIP, UPPER_LIP
from a1sdk.motion.neutral import mouth_opening
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import MotionLayer

Doubles = npt.NDArray[np.float64]

FILMS = ("d04_grid_bbaf2n.mpg", "d05_grid_lwbsza.mpg", "d06_grid_swwp2s.mpg")
VOICES = (
    "a13_librispeech_116-288045-0000.flac",
    "a04_jfk_44k_stereo.flac",
    "a03_librivox_0870_16k.wav",
    "a02_cards_001_16k.wav",
    "a02_cards_002_16k.wav",
    "a02_cards_003_16k.wav",
)
RATES = (Fraction(12), Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60))
CURVES = ("a14_tts_88k_with_arkit_csv.wav", "m02_arkit_generated_shapes_60fps.csv", Fraction(60))
SHOWN = ("jawOpen", "mouthPucker", "mouthFunnel", "mouthLowerDownLeft", "mouthUpperUpLeft")
SILENCE = "neg01_silence_44k.wav"
MOST_LAG = Fraction(16, 100)


@dataclass(frozen=True)
class Studio:
    """Where the data is, and where motion goes."""

    data: Path
    scratch: Path
    registry: Registry

    def transcript(self, name: str) -> str:
        """What is said in a file, from `audio/transcripts.tsv`."""
        with (self.data / "audio" / "transcripts.tsv").open(encoding="utf-8", newline="") as file:
            rows = {
                Path(row["file"]).name: row["text"] for row in csv.DictReader(file, delimiter="\t")
            }
        return rows[name]

    def motion(self, source: str, path: Path, **options: object) -> MotionClip:
        """The motion that a source makes of a file."""
        target = self.scratch / f"{len(list(self.scratch.iterdir()))}.a1motion"  # read lazily
        layer = MotionLayer(use=source, options={"path": path, **options})
        with HostContext() as context:
            extract_motion([layer], target, registry=self.registry, context=context)
        return MotionClip.load(target)


def shapes(clip: MotionClip) -> Doubles:
    """Face-space shapes [T, 478, 3]; not a number where there is no face."""
    nothing = np.full_like(reference_face(), np.nan)
    return np.stack(
        [
            nothing
            if frame.face is None
            else frame.face.expression
            + (reference_face() if frame.face.neutral is None else frame.face.neutral)
            for frame in clip.frames()
        ]
    ).astype(np.float64)


def agreement(made: Doubles, seen: Doubles, rate: Fraction) -> tuple[float, int]:
    """Highest correlation of two curves over small lags, and its lag in milliseconds."""
    found = []
    length = min(len(made), len(seen))
    made, seen = made[:length], seen[:length]
    for lag in range(-int(MOST_LAG * rate), int(MOST_LAG * rate) + 1):
        first = made[max(0, lag) : length + min(0, lag)]
        second = seen[max(0, -lag) : length + min(0, -lag)]
        known = np.isfinite(first) & np.isfinite(second)
        found.append((float(np.corrcoef(first[known], second[known])[0, 1]), lag))
    best, lag = max(found)
    return best, round(1000 * lag / rate)


def openings(studio: Studio) -> Iterable[Sequence[object]]:
    """Rows of the table of mouths made and mouths seen."""
    for name in FILMS:
        path = studio.data / "driving" / name
        tracked = studio.motion("video/face", path)
        rate = tracked.info.rate
        seen = mouth_opening(shapes(tracked))
        row: list[object] = [name]
        told = {"transcript": studio.transcript(name)}
        for ways in (told, {"effort": "thorough"}, {"effort": "quick"}):
            made = studio.motion("audio/speech", path, rate=rate, **ways)
            row += agreement(mouth_opening(shapes(made)), seen, rate)
        yield row


def contacts(studio: Studio) -> Iterable[Sequence[object]]:
    """Rows of the table of lips that meet."""
    apart_at_rest = _widest_gap(reference_face()[None])[0]
    for name in VOICES:
        path, said = studio.data / "audio" / name, studio.transcript(name)
        for rate in RATES:
            clip = studio.motion("audio/speech", path, rate=rate, transcript=said)
            made = shapes(clip)
            lips = _least(_widest_gap(made), clip.labels, "B M P", rate)
            teeth = _least(mouth_opening(made), clip.labels, "F V", rate)
            met = sum(gap <= apart_at_rest for gap in lips)
            most, height = max(lips, default=0.0), max(teeth, default=0.0)
            yield name, f"{float(rate):.3f}", f"{met} of {len(lips)}", most, len(teeth), height


def _widest_gap(made: Doubles) -> Doubles:
    """The largest height between the inner lips anywhere along the mouth."""
    gap = made[:, list(LOWER_LIP[0]), 1] - made[:, list(UPPER_LIP[0]), 1]
    return np.asarray(gap.max(axis=1))


def _least(curve: Doubles, labels: Iterable[Label], phones: str, rate: Fraction) -> list[float]:
    """The least value in each of some phones, or on the frame before or after it."""
    wanted = [one for one in labels if one.track == "phones" and one.text in phones.split()]
    spans = [(max(0, floor(one.start * rate)), ceil(one.end * rate) + 1) for one in wanted]
    return [float(curve[first:last].min()) for first, last in spans]


def curves(studio: Studio) -> Iterable[Sequence[object]]:
    """Rows of the table of coefficients beside those of another system."""
    voice, takes, rate = CURVES
    clip = studio.motion("audio/speech", studio.data / "audio" / voice, rate=rate)
    made = np.stack([frame.face.blendshapes for frame in clip.frames()])
    with (studio.data / "mocap" / takes).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name in SHOWN:
        theirs = np.array([float(row[name[0].upper() + name[1:]]) for row in rows])
        ours = made[:, INDEX[name]].astype(np.float64)
        high = (float(np.quantile(curve, 0.95)) for curve in (ours, theirs))
        yield name, *agreement(ours, theirs, rate), *high


def silence(studio: Studio) -> Iterable[Sequence[object]]:
    """The row of the table of silence."""
    clip = studio.motion("audio/speech", studio.data / "audio" / SILENCE)
    made = np.stack([frame.face.blendshapes for frame in clip.frames()])
    mouth = [index for name, index in INDEX.items() if name.startswith(("jaw", "mouth"))]
    yield SILENCE, len(made), float(np.abs(made[:, mouth]).max())


TABLES = (
    (openings, "film", "told: correlation", "lag ms", "thorough", "lag ms", "quick", "lag ms"),
    (contacts, "voice", "fps", "lips met", "widest gap", "f, v", "highest opening"),
    (curves, "coefficient", "correlation", "lag ms", "ours, 95 %", "theirs, 95 %"),
    (silence, "voice", "frames", "most of any mouth shape"),
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the test data")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as scratch:
        studio = Studio(data, Path(scratch), Registry())
        for make, *head in TABLES:
            sys.stdout.write(f"\n| {' | '.join(head)} |\n{'|---' * len(head)}|\n")
            for row in make(studio):
                cells = (f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row)
                sys.stdout.write(f"| {' | '.join(cells)} |\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
