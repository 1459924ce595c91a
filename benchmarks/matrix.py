"""Every portrait performs every driver: rendered exactly, or refused with a reason.

    python benchmarks/matrix.py [--shared ../shared] [--portraits p01,p02] [--sheets FOLDER]

Renders through the Python interface, in one process a portrait, and reads every film back: number
of frames, rate and duration have to be the driver's, its sound has to be there and in step to half
a frame. Exits with 1 if anything else happened than such a film or a typed refusal.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import a1sdk
from a1sdk.errors import A1Error, NoFaceError
from a1sdk.media import probe
from a1sdk.render.sheet import contact_sheet
from a1sdk.timing import frame_count

DRIVERS = ("d01", "d02", "d04", "d07", "z01", "z02", "z03", "z05")
SHORT = ("d04",)
HUGE = "x05"  # 108 megapixels: with one driver only
FACELESS = ("p25", "p26")
SHEETS = ("d01", "d07", "z01")
_SILENCE = 1e-3


@dataclass
class Row:
    """What became of one portrait."""

    portrait: str
    films: int = 0
    frames: int = 0
    seconds: float = 0.0
    memory: int = 0
    sound: Fraction = Fraction(0)  # largest distance from its place, in frames
    refused: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def perform(portrait: Path, drivers: list[Path], sheets: Path | None) -> Row:
    """Render one portrait with all drivers."""
    row = Row(portrait.name)
    for driver in drivers:
        with tempfile.TemporaryDirectory() as folder:
            film = Path(folder) / "film.mp4"
            begin = time.perf_counter()
            try:
                a1sdk.animate(portrait, driver, film)
            except A1Error as error:
                row.refused[type(error).__name__] += 1
                row.violations += _judge_refusal(portrait, driver, error, Path(folder))
                continue
            except Exception:
                row.violations.append(f"{driver.name}: {traceback.format_exc()}")
                continue
            row.seconds += time.perf_counter() - begin
            row.films += 1
            _judge_film(row, film, driver)
            if sheets is not None and driver.name.startswith(SHEETS):
                name = f"{portrait.stem}__{driver.stem[:3]}.png"
                contact_sheet(film, sheets / name, driver=driver)
    row.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return row


def _judge_refusal(portrait: Path, driver: Path, error: A1Error, folder: Path) -> Iterator[str]:
    if not isinstance(error, NoFaceError) or portrait.name[:3] not in str(error):
        yield f"{driver.name}: {error}"
    if any(folder.iterdir()):
        yield f"{driver.name}: left files behind"


def _judge_film(row: Row, film: Path, driver: Path) -> None:
    """Note what the film has to have and has not."""
    source, made = probe(driver), probe(film)
    assert source.video is not None and made.video is not None
    row.frames += made.video.count or 0
    count = frame_count(source.video.duration, source.video.rate)
    expected = {
        "frames": (count, made.video.count),
        "rate": (source.video.rate, made.video.rate),
        "duration": (count / source.video.rate, made.video.duration),
        "sound": (source.audio is not None, made.audio is not None),
        "color": (("bt709", "bt709", "bt709"), _tags(made.video)),
    }
    row.violations += [
        f"{driver.name}: {what} {found}, not {wanted}"
        for what, (wanted, found) in expected.items()
        if wanted != found
    ]
    if source.audio is not None and made.audio is not None:
        off = _out_of_step(driver, film) * made.video.rate
        row.sound = max(row.sound, off)
        if off > Fraction(1, 2):
            row.violations.append(f"{driver.name}: sound is {float(off):.2f} frames off")


def _tags(video: a1sdk.media.VideoFacts) -> tuple[str, str, str]:
    return video.color.primaries, video.color.transfer, video.color.matrix


def _out_of_step(driver: Path, film: Path) -> Fraction:
    """Seconds that the film's sound is away from its place, found by correlation."""
    (before, rate), (after, made) = (_mono(path) for path in (driver, film))
    if max(np.abs(before).max(), np.abs(after).max()) < _SILENCE:
        return Fraction(0)
    if made != rate:
        raise ValueError(f"sound of {film.name} has {made} samples per second, not {rate}")
    size = 1 << (len(before) + len(after)).bit_length()
    spectrum = np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)))
    return Fraction(abs(lag if lag < size // 2 else lag - size), rate)


def _mono(path: Path) -> tuple[npt.NDArray[np.float64], int]:
    """The sound from the first picture on, placed by its time stamps, by PyAV alone."""
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0))
        assert picture.pts is not None and picture.time_base is not None
        origin = picture.pts * picture.time_base
    with av.open(str(path)) as container:
        pieces: list[tuple[int, npt.NDArray[np.float64]]] = []
        resampler = av.AudioResampler(format="fltp", layout="mono")
        rate = 0
        for frame in container.decode(audio=0):
            assert frame.pts is not None and frame.time_base is not None
            rate = frame.sample_rate
            begin = round((frame.pts * frame.time_base - origin) * rate)
            samples = np.concatenate([one.to_ndarray()[0] for one in resampler.resample(frame)])
            pieces.append((begin, samples.astype(np.float64)))
    track = np.zeros(max(begin + len(samples) for begin, samples in pieces))
    for begin, samples in pieces:
        kept = samples[max(0, -begin) :]
        track[max(0, begin) : max(0, begin) + len(kept)] = kept
    return track, rate


def perform_all(data: Path, only: list[str], sheets: Path | None) -> Iterator[Row]:
    """Render every portrait, each in a process of its own."""
    drivers = sorted(p for p in (data / "driving").iterdir() if p.name.startswith(DRIVERS))
    for portrait in sorted((data / "portraits").iterdir()):
        if only and not portrait.name.startswith(tuple(only)):
            continue
        huge = portrait.name.startswith(HUGE)
        chosen = [d for d in drivers if not huge or d.name.startswith(SHORT)]
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            row = pool.apply(perform, (portrait, chosen, sheets))
        if row.refused["NoFaceError"] and not portrait.name.startswith(FACELESS):
            row.violations.append("a face is there, and was not found")
        if row.films and portrait.name.startswith(FACELESS):
            row.violations.append("a face was invented")
        yield row


def main() -> None:
    """Print the table; exit with 1 if anything is wrong."""
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description="Every portrait with every driver.")
    shared = Path(os.environ.get("A1_SHARED", root.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=shared)
    parser.add_argument("--portraits", default="", help="beginnings of names, with commas")
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets")
    arguments = parser.parse_args()
    os.environ.setdefault("A1_ASSET_PATH", str(arguments.shared.resolve() / "models"))
    only = [name for name in arguments.portraits.split(",") if name]
    console = Console(width=160 if not sys.stdout.isatty() else None)
    rows = []
    for row in perform_all(arguments.shared.resolve() / "data", only, arguments.sheets):
        rows.append(row)
        console.print(f"{row.portrait}: {row.films} films, {len(row.violations)} violations")
    console.print(_table(rows))
    wrong = sum(len(row.violations) for row in rows)
    films, frames = sum(row.films for row in rows), sum(row.frames for row in rows)
    refused = sum(row.refused.total() for row in rows)
    console.print(f"{films} films of {frames} frames, {refused} refused, {wrong} violations")
    sys.exit(1 if wrong else 0)


def _table(rows: list[Row]) -> Table:
    table = Table(title="portraits x drivers")
    for column in ("portrait", "films", "refused", "fps", "MB", "sound off", "violations"):
        table.add_column(column, overflow="fold")
    for row in rows:
        refused = ", ".join(f"{count} {name}" for name, count in row.refused.items())
        speed = f"{row.frames / row.seconds:.0f}" if row.films else ""
        sound = f"{float(row.sound):.3f} frames"
        figures = str(row.films), refused, speed, str(row.memory), sound
        table.add_row(row.portrait, *figures, "\n".join(row.violations))
    return table


if __name__ == "__main__":
    main()
