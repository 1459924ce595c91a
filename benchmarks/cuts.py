"""What is read of every cut under a folder: a table, with the reason where one is refused.

    python benchmarks/cuts.py [FOLDER] --write docs/cut-samples.md

Writes the table of `docs/cut-samples.md`, and keeps what stands around it. Exits with 1 if a reader
fails otherwise than by refusing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from a1sdk.errors import A1Error
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed, problems

BEGIN, END = "<!-- table -->", "<!-- end of the table -->"
HEAD = (
    "| file | dialect | rate | tracks | clips | problems | result |\n"
    "|---|---|---:|---:|---:|---|---|\n"
)
FOLDER = Path("../shared/timelines")
BUNDLES = (".otiod", ".fcpxmld")


@dataclass(frozen=True)
class Row:
    """What became of one file."""

    file: str
    cut: Cut | None = None
    reason: str = ""
    failed: bool = False

    def __str__(self) -> str:
        if self.cut is None:
            how = "failed" if self.failed else "refused"
            cells = ["", "", "", "", "", f"{how}: {self.reason}"]
        else:
            cells = [*_cells(self.cut), "read"]
        return "| " + " | ".join(_plain(cell) for cell in (f"`{self.file}`", *cells)) + " |"


def _cells(cut: Cut) -> list[str]:
    kinds = Counter(track.kind for track in cut.tracks)
    codes = Counter(problem.code for problem in (*cut.problems, *problems(cut)))
    said = (f"{code} x {count}" if count > 1 else code for code, count in sorted(codes.items()))
    rate = f"{cut.rate} DF" if cut.drop_frame else str(cut.rate)
    tracks = f"{kinds['video']} + {kinds['audio']}"
    return [cut.dialect, rate, tracks, str(sum(1 for _ in placed(cut))), ", ".join(said)]


def _plain(text: str) -> str:
    """Return text that a table can hold."""
    return " ".join(text.replace("|", "\\|").split())


def row(path: Path, folder: Path) -> Row:
    """Read one file."""
    name = path.relative_to(folder).as_posix()
    try:
        return Row(name, read_cut(path))
    except A1Error as error:
        message = str(error).removeprefix(f"{path}: ").replace(str(path), "It")
        return Row(name, reason=f"{message} ({error.hint})" if error.hint else message)
    except Exception as error:
        return Row(name, reason=repr(error), failed=True)


def cuts(folder: Path) -> Iterator[Path]:
    """Yield what may be a cut: every file, and the folders that are bundles."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix == ".md":
            continue
        if path.is_dir() and path.suffix not in BUNDLES:
            yield from cuts(path)
        else:
            yield path


def table(rows: list[Row]) -> str:
    """Return the rows as Markdown, with how many there are of each dialect."""
    read = Counter(row.cut.dialect for row in rows if row.cut is not None)
    counts = ", ".join(f"{count} {dialect}" for dialect, count in sorted(read.items()))
    total = (
        f"{len(rows)} files: {read.total()} read ({counts}), {len(rows) - read.total()} refused."
    )
    return f"{total}\n\n{HEAD}" + "".join(f"{row}\n" for row in rows)


def rewritten(page: str, rows: list[Row]) -> str:
    """Return a page with its table replaced."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{table(rows)}\n{END}{after}"


def main() -> None:
    """Print or write the table; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--write", type=Path, help="a page with the marks of a table in it")
    options = parser.parse_args()
    rows = [row(path, options.folder) for path in cuts(options.folder)]
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(rewritten(page, rows), encoding="utf-8")
    else:
        print(table(rows))  # noqa: T201 - a script's result
    sys.exit(any(row.failed for row in rows))


if __name__ == "__main__":
    main()
