r"""Peak memory of `a1 animate` for a short driver and a long one.

    python benchmarks/memory.py [PORTRAIT DRIVER] [--seconds 10 600] [-- OPTIONS OF a1 animate]
    python benchmarks/memory.py --seconds 20 200 -- --renderer dit/skyreels-a1 --rate 24000/1001 \
        --set renderer.checkpoint=DIR

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
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from films import MEDIA, repeat
from rich.console import Console
from rich.table import Table


def peak_megabytes(
    portrait: Path, driver: Path, out: Path, options: Sequence[str]
) -> tuple[float, float]:
    """Render in a process of its own; return its peak resident memory and its seconds."""
    command = [sys.executable, "-m", "a1sdk", "animate", str(portrait), str(driver), "-q", *options]
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
    parser.add_argument("--seconds", type=int, nargs=2, default=(10, 600))
    given = sys.argv[1:]
    own = given.index("--") if "--" in given else len(given)
    arguments = parser.parse_args(given[:own])
    table = Table(title="peak resident memory of a render")
    for column in ("driver", "frames", "MB", "seconds", "fps"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        peaks = []
        for seconds in arguments.seconds:
            driver = Path(folder) / "driver.mp4"
            count = repeat(arguments.driver, Fraction(seconds), driver)
            out = Path(folder) / "out.mp4"
            peak, spent = peak_megabytes(arguments.portrait, driver, out, given[own + 1 :])
            peaks.append(peak)
            row = (f"{count}", f"{peak:.0f}", f"{spent:.1f}", f"{count / spent:.1f}")
            table.add_row(f"{seconds} s", *row)
    grown = peaks[1] - peaks[0]
    table.caption = f"difference {grown:.0f} MB, {100 * grown / peaks[0]:.1f} %"
    Console().print(table)


if __name__ == "__main__":
    main()
