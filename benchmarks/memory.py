"""Peak memory of `a1 animate` for a driver of ten seconds and one of ten minutes.

    python benchmarks/memory.py [PORTRAIT DRIVER] [--minutes 10]

Both drivers repeat DRIVER. Each render runs in a process of its own; its peak resident memory is
what the system says when it has ended.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from films import MEDIA, repeat
from rich.console import Console
from rich.table import Table


def peak_megabytes(portrait: Path, driver: Path, out: Path) -> tuple[float, float]:
    """Render in a process of its own; return its peak resident memory and its seconds."""
    command = [sys.executable, "-m", "a1sdk", "animate", str(portrait), str(driver), "-q"]
    begin = time.perf_counter()
    process = subprocess.Popen([*command, "-o", str(out)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"the render failed with status {os.waitstatus_to_exitcode(status)}")
    scale = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return usage.ru_maxrss * scale / 1e6, time.perf_counter() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Peak memory of a1 animate.")
    parser.add_argument("portrait", type=Path, nargs="?", default=MEDIA / "portrait.png")
    parser.add_argument("driver", type=Path, nargs="?", default=MEDIA / "driver.mp4")
    parser.add_argument("--minutes", type=int, default=10)
    arguments = parser.parse_args()
    table = Table(title="peak resident memory of a render")
    for column in ("driver", "frames", "MB", "seconds", "fps"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        lengths = {"10 s": Fraction(10), f"{arguments.minutes} min": 60 * arguments.minutes}
        peaks = []
        for name, seconds in lengths.items():
            driver = Path(folder) / "driver.mp4"
            count = repeat(arguments.driver, Fraction(seconds), driver)
            peak, spent = peak_megabytes(arguments.portrait, driver, Path(folder) / "out.mp4")
            peaks.append(peak)
            row = (f"{count}", f"{peak:.0f}", f"{spent:.1f}", f"{count / spent:.1f}")
            table.add_row(name, *row)
    table.caption = f"difference {peaks[1] - peaks[0]:.0f} MB"
    Console().print(table)


if __name__ == "__main__":
    main()
