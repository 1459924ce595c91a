"""Frames per second of `a1 animate`, against the floor, on this machine.

    python benchmarks/end_to_end.py [PORTRAIT DRIVER] [--seconds 40] [--runs 5]

The driver is repeated to that many seconds; 0 takes it as it is.

The floor decodes the driver, runs the landmark network and encodes a picture of the result's size,
in one loop, with nothing in between: what no renderer on this machine can beat without running
them at the same time. Floor and render alternate, and the ratio is that of their best runs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from films import MEDIA, repeat
from rich.console import Console
from rich.table import Table

from a1sdk.components.data import VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.media import open_video, open_writer, read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.render.animate import make_job
from a1sdk.render.context import HostContext
from a1sdk.render.pipeline import render
from a1sdk.render.report import RenderReport


def floor(portrait: Path, driver: Path, folder: Path) -> float:
    """Frames per second of decode, landmark network and encode in one loop."""
    registry = Registry()
    chosen = registry.choose("face_tracker", "facemesh/landmarks", {"blendshapes": False})
    pixels = flatten(to_depth(read_still(portrait).pixels, 8))
    with HostContext() as context, open_video(driver) as reader:
        view = context.lend(chosen.spec)
        tracker = chosen.build()
        tracker.setup(view)
        writer = open_writer(
            folder / "floor.mp4",
            rate=reader.info.rate,
            width=pixels.shape[1],
            height=pixels.shape[0],
        )
        begin = time.perf_counter()
        with writer:
            pictures = (VideoFrame(f.index, f.pixels) for f in reader.frames())
            for _ in tracker.track(pictures, view):
                writer.write(pixels)
        seconds = time.perf_counter() - begin
        tracker.close()
    return writer.count / seconds


def full(portrait: Path, driver: Path, folder: Path) -> tuple[float, RenderReport]:
    """Frames per second of the render, from the call to the verified film and its report."""
    registry = Registry()
    job = make_job(portrait, driver, folder / "render.mp4", registry=registry)
    begin = time.perf_counter()
    with HostContext() as context:
        report = render(job, registry=registry, context=context)
    return report.frames / (time.perf_counter() - begin), report


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Frames per second of a1 animate.")
    parser.add_argument("portrait", type=Path, nargs="?", default=MEDIA / "portrait.png")
    parser.add_argument("driver", type=Path, nargs="?", default=MEDIA / "driver.mp4")
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        driver = arguments.driver
        if arguments.seconds:
            driver = Path(folder) / "driver.mp4"
            repeat(arguments.driver, Fraction(arguments.seconds), driver)
        floors, fulls, best = [], [], None
        for _ in range(arguments.runs):
            floors.append(floor(arguments.portrait, driver, Path(folder)))
            speed, report = full(arguments.portrait, driver, Path(folder))
            fulls.append(speed)
            best = report if speed == max(fulls) else best
    assert best is not None
    console.print(_speeds(floors, fulls))
    console.print(_stages(best))


def _speeds(floors: list[float], fulls: list[float]) -> Table:
    table = Table(title="frames per second")
    for column in ("", "best", "median", "worst"):
        table.add_column(column, justify="right")
    for name, values in (("floor", floors), ("render", fulls)):
        ordered = sorted(values, reverse=True)
        picks = (ordered[0], ordered[len(ordered) // 2], ordered[-1])
        table.add_row(name, *(f"{value:.1f}" for value in picks))
    table.caption = f"floor / render = {max(floors) / max(fulls):.2f} (best runs)"
    return table


def _stages(report: RenderReport) -> Table:
    table = Table(title=f"busy seconds by stage, {report.frames} frames, stages overlap")
    for column in ("stage", "seconds", "ms a frame", "share"):
        table.add_column(column, justify="right")
    total = sum(report.seconds.values())
    for stage, seconds in report.seconds.items():
        per_frame = seconds / report.frames * 1000
        table.add_row(stage, f"{seconds:.2f}", f"{per_frame:.2f}", f"{seconds / total:.0%}")
    return table


if __name__ == "__main__":
    main()
