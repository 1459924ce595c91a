"""What `a1 animate` does with hostile files: refuse them clearly, or render them correctly.

    python benchmarks/robustness.py [--shared ../shared] [--only WORD]

Every file of the shared data's `hostile` folder is given as portrait and as driver, in a process
of its own. Exits with 1 if any run showed a traceback, took over 10 s or 1.5 GB, or left a file
that is not its result. Linux only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from a1sdk.errors import A1Error
from a1sdk.media import probe

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

from sandbox import Outcome, Sandbox  # noqa: E402 - after the line above

PORTRAIT, DRIVER = "p01_astronaut_frontal.png", "d04_grid_bbaf2n.mpg"
NEVER_FOLLOWED = ("/etc/hostname", "htons(9)")  # what some of the files point at


@dataclass(frozen=True)
class Result:
    """What happened with one file in one place."""

    name: str
    place: str
    outcome: Outcome
    faults: list[str]


def try_file(path: Path, place: str, good: Path, models: Path) -> Result:
    """Give `path` as portrait or as driver, beside a file that is as it should be."""
    pair = [path, good] if place == "portrait" else [good, path]
    with tempfile.TemporaryDirectory() as folder:
        box = Sandbox(Path(folder), {"A1_ASSET_PATH": str(models)})
        trace = Path(folder) / "trace"
        before = _watching(trace) if path.stat().st_size < 1000 else []
        outcome = box.run(["animate", "-q", "-o", box.out / "film.mp4", "--", *pair], before=before)
        faults = outcome.faults("film.mp4")
        if outcome.code == 0:
            faults += _unplayable(box.out / "film.mp4")
        if trace.exists():
            text = trace.read_text("utf-8", "replace")
            faults += [f"opened {word}" for word in NEVER_FOLLOWED if word in text]
    return Result(path.name, place, outcome, faults)


def _watching(trace: Path) -> list[str]:
    tool = shutil.which("strace")
    return [tool, "-f", "-e", "trace=connect,openat", "-o", str(trace)] if tool else []


def _unplayable(film: Path) -> list[str]:
    try:
        info = probe(film)
    except A1Error as error:
        return [str(error)]
    return [] if info.video is not None and info.video.count else ["the film has no pictures"]


def try_all(data: Path, only: str) -> Iterator[Result]:
    """Try every hostile file in both places."""
    models = data.parent / "models"
    for path in sorted((data / "hostile").iterdir()):
        if only in path.name:
            yield try_file(path, "portrait", data / "driving" / DRIVER, models)
            yield try_file(path, "driver", data / "portraits" / PORTRAIT, models)


def main() -> None:
    """Print the table; exit with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description="Hostile files as portrait and as driver.")
    shared = Path(os.environ.get("A1_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=shared)
    parser.add_argument("--only", default="", help="part of the names of the files to try")
    arguments = parser.parse_args()
    console = Console(width=200 if not sys.stdout.isatty() else None)
    results = list(try_all(arguments.shared.resolve() / "data", arguments.only))
    console.print(_table(results))
    rendered = sum(result.outcome.code == 0 for result in results)
    wrong = sum(bool(result.faults) for result in results)
    console.print(f"{rendered} rendered, {len(results) - rendered} refused, {wrong} violations")
    sys.exit(1 if wrong else 0)


def _table(results: list[Result]) -> Table:
    table = Table(title="hostile files")
    for column in ("file", "as", "code", "s", "MB", "what it said", "violations"):
        table.add_column(column, overflow="fold")
    for result in results:
        done = result.outcome
        said = done.message or done.out.strip().replace("\n", " ")
        said = said.replace(result.name, "FILE").rpartition("/")[2] if done.code == 0 else said
        figures = str(done.code), f"{done.seconds:.1f}", str(done.memory)
        table.add_row(result.name, result.place, *figures, said, "; ".join(result.faults))
    return table


if __name__ == "__main__":
    main()
