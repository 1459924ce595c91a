"""How long it takes to inspect cuts of many clips, start-up included.

    python benchmarks/timelines.py [--runs 5] [CLIPS ...]

Half of the clips are drivers, half are portraits with a marker each; every portrait has a still of
its own, every tenth clip pair lies in a nested sequence, every seventh driver is retimed. The floor
is what opentimelineio takes to read the same file, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RATE = 25.0
FRAMES = 48
STILLS, FILMS = 500, 40
Json = dict[str, Any]


def _time(value: float) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": RATE, "value": value}


def _range(start: float, frames: float) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start),
        "duration": _time(frames),
    }


def _clip(url: str, start: int, available: int, speed: float = 1, note: str = "") -> Json:
    warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": speed, "effect_name": "", "name": ""}
    marker = {
        "OTIO_SCHEMA": "Marker.2",
        "name": note,
        "marked_range": _range(start, 1),
        "color": "RED",
    }
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": url,
        "available_range": _range(0, available),
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": url,
        "source_range": _range(start, FRAMES),
        "effects": [warp] if speed != 1 else [],
        "markers": [marker] if note else [],
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": media},
    }


def _track(name: str, children: list[Json]) -> Json:
    return {"OTIO_SCHEMA": "Track.1", "name": name, "kind": "Video", "children": children}


def _stack(*tracks: Json, frames: int = 0) -> Json:
    window = {"source_range": _range(0, frames)} if frames else {}
    return {"OTIO_SCHEMA": "Stack.1", "children": list(tracks), **window}


def document(clips: int) -> Json:
    """Return a cut of so many clips as OTIO JSON."""
    drives: list[Json] = []
    faces: list[Json] = []
    for n in range(clips // 2):
        drive = _clip(f"media/take_{n % FILMS:03}.mov", n % 900, 2000, 2 if n % 7 == 0 else 1)
        face = _clip(f"media/face_{n % STILLS:05}.png", 0, 1, note=f"A1 sh{n:05} | expr=0.9")
        if n % 10 == 0:
            nested = _stack(
                _track("A1 DRIVE", [drive]), _track("A1 PORTRAIT", [face]), frames=FRAMES
            )
            drives.append({"OTIO_SCHEMA": "Gap.1", "source_range": _range(0, FRAMES)})
            faces.append(nested)
        else:
            drives.append(drive)
            faces.append(face)
    tracks = _stack(_track("A1 DRIVE", drives), _track("A1 PORTRAIT", faces))
    return {"OTIO_SCHEMA": "Timeline.1", "global_start_time": _time(90000), "tracks": tracks}


def _write(folder: Path, clips: int) -> Path:
    media = folder / "media"
    media.mkdir(exist_ok=True)
    for n in range(STILLS):
        (media / f"face_{n:05}.png").touch()
    for n in range(FILMS):
        (media / f"take_{n:03}.mov").touch()
    path = folder / f"cut{clips}.otio"
    path.write_text(json.dumps(document(clips)))
    return path


def _seconds(arguments: Sequence[str], runs: int) -> list[float]:
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        taken.append(time.perf_counter() - begin)
        assert done.stdout
    return sorted(taken)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", type=int, nargs="*", default=[1000, 20000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    read = "opentimelineio.core.deserialize_json_from_file(sys.argv[1])"
    floor = f"import opentimelineio.core, sys; cut = {read}; print(len(cut.tracks))"
    sys.stdout.write(
        "| clips | inspect s, median | best | worst | opentimelineio alone | ratio |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as folder:
        for clips in options.clips:
            path = str(_write(Path(folder), clips))
            ours = _seconds(["-m", "a1sdk", "timeline", "inspect", path], options.runs)
            theirs = _seconds(["-c", floor, path], options.runs)
            middle, least = statistics.median(ours), statistics.median(theirs)
            sys.stdout.write(
                f"| {clips} | {middle:.2f} | {ours[0]:.2f} | {ours[-1]:.2f} | {least:.2f} |"
                f" {middle / least:.1f} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
