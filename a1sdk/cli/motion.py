"""`a1 motion`: take motion from a driver, look at its figures, draw it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.cli.running import cancel_on_interrupt, progress_bars
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from rich.table import Table

    from a1sdk.motion.clip import MotionClip

_FILE = click.Path(path_type=Path)


@click.group()
def motion() -> None:
    """Extract, show and plot motion."""


@motion.command()
@click.argument("driver", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="File to write, *.a1motion.")
@click.option("--source", default="video/face", show_default=True, help="Where motion comes from.")
@click.option("--tracker", default="facemesh/landmarks", show_default=True, help="Who finds faces.")
@click.option("--face", help="Whose face: largest, an index, X,Y, or 30%,50%.")
@click.option("--neutral", help="Frame that shows the neutral face, or auto.")
@click.option("--head", type=click.Choice(["relative", "absolute"]), help="Head reference.")
@click.option("--smoothing", type=float, help="How much jitter to take out, 0 to 4.")
@click.option("--rate", help="Frames per second, as 25 or 24000/1001; the driver's own if absent.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda:0, mps.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def extract(
    driver: Path,
    output: Path,
    source: str,
    tracker: str,
    device: str,
    quiet: bool,
    **options: Any,
) -> None:
    """Write the performance in DRIVER to a motion file; lost faces stay gaps."""
    from a1sdk.components.registry import Registry
    from a1sdk.render.context import HostContext
    from a1sdk.render.extract import extract_motion

    given = {name: value for name, value in options.items() if value is not None}
    with progress_bars(quiet) as progress, HostContext(device=device, progress=progress) as context:
        with cancel_on_interrupt(context):
            header = extract_motion(
                driver,
                output,
                registry=Registry(),
                context=context,
                source=source,
                tracker=tracker,
                options=given,
            )
    click.echo(f"{output}: {header.frames} frames, {header.rate} fps")


@motion.command()
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(file: Path, as_json: bool) -> None:
    """Show what is in a motion FILE: length, gaps, ranges, blinks."""
    facts = facts_of(_load(file))
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(_table(file.name, facts))


@motion.command()
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="Picture to write, *.png.")
@click.option("--title", default="", help="Heading; the driver's name if absent.")
def plot(file: Path, output: Path, title: str) -> None:
    """Draw a motion FILE: faces at telling moments, and curves over time."""
    from a1sdk.motion.plot import plot_clip

    if output.suffix.lower() != ".png":
        raise ConfigError(
            f"A plot is a PNG, and {output.name!r} does not end with .png.",
            hint=f"write to {output.with_suffix('.png').name!r}",
        )
    plot_clip(_load(file), output, title)
    click.echo(f"{output}: {file.name}")


def _load(file: Path) -> MotionClip:
    from a1sdk.motion.clip import MotionClip

    return MotionClip.load(file)


def facts_of(clip: MotionClip) -> dict[str, Any]:
    """Return the figures of a clip, as `a1 motion show --json` prints them."""
    from a1sdk.motion.measure import measure

    info = clip.info
    curves = measure(clip.frames())
    columns = {
        "yaw": curves.angles[:, 0],
        "pitch": curves.angles[:, 1],
        "roll": curves.angles[:, 2],
        "moved_right": curves.translation[:, 0],
        "moved_down": curves.translation[:, 1],
        "moved_away": curves.translation[:, 2],
        "right_eye": curves.eyes[:, 0],
        "left_eye": curves.eyes[:, 1],
        "mouth_open": curves.mouth,
        "mouth_width": curves.mouth_width,
    }
    gaps = clip.gaps()
    return {
        "schema_version": clip.header.schema_version,
        "frames": len(clip),
        "rate": str(info.rate),
        "duration": str(info.duration or len(clip) / info.rate),
        "start": str(info.start),
        "head": info.head,
        "blendshapes": clip.has_blendshapes,
        "source": dict(clip.header.source),
        "gaps": [{"first": gap.start, "last": gap.stop - 1} for gap in gaps],
        "frames_without_face": sum(len(gap) for gap in gaps),
        "blinks": curves.blinks(info.rate),
        "ranges": {name: _range(values) for name, values in columns.items()},
    }


def _range(values: Any) -> list[float] | None:
    known = values[values == values]  # without what is not a number
    return [round(float(known.min()), 4), round(float(known.max()), 4)] if len(known) else None


def _table(name: str, facts: dict[str, Any]) -> Table:
    from fractions import Fraction

    from rich.table import Table

    seconds = float(Fraction(facts["duration"]))
    gaps = [f"{gap['first']}-{gap['last']}" for gap in facts["gaps"]]
    lost = facts["frames_without_face"]
    table = Table(title=name, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_row("frames", f"{facts['frames']} at {facts['rate']} fps, {seconds:.2f} s")
    table.add_row("start", f"{float(Fraction(facts['start'])):.3f} s of the source")
    table.add_row("head", facts["head"])
    table.add_row("blendshapes", "yes" if facts["blendshapes"] else "no")
    for key, value in facts["source"].items():
        table.add_row(key, value)
    table.add_row("gaps", f"{lost} frames: {', '.join(gaps)}" if gaps else "none")
    table.add_row("blinks", _listed(facts["blinks"]))
    for key, limits in facts["ranges"].items():
        unit = " degrees" if key in ("yaw", "pitch", "roll") else ""
        text = "no face" if limits is None else f"{limits[0]:.2f} to {limits[1]:.2f}{unit}"
        table.add_row(key.replace("_", " "), text)
    return table


def _listed(frames: list[int], most: int = 12) -> str:
    if not frames:
        return "none"
    shown = ", ".join(map(str, frames[:most])) + (", ..." if len(frames) > most else "")
    return f"{len(frames)}, at frames {shown}"
