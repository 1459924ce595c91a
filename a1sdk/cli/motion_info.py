"""`a1 motion info`: the figures of a performance."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from a1sdk.motion.clip import MotionClip


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(file: Path, as_json: bool) -> None:
    """Show what is in a motion FILE: length, gaps, ranges, blinks, labels."""
    from a1sdk.motion.clip import MotionClip

    facts = facts_of(MotionClip.load(file))
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(_table(file.name, facts))


def facts_of(clip: MotionClip) -> dict[str, Any]:
    """Return the figures of a clip, as `a1 motion info --json` prints them."""
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
        "gaze_right": curves.gaze[:, 0],
        "gaze_up": curves.gaze[:, 1],
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
        "labels": Counter(label.track for label in clip.labels),
        "gaps": [{"first": gap.start, "last": gap.stop - 1} for gap in gaps],
        "frames_without_face": sum(len(gap) for gap in gaps),
        "blinks": curves.blinks(info.rate),
        "ranges": {name: _range(values) for name, values in columns.items()},
    }


def _range(values: Any) -> list[float] | None:
    known = values[values == values]  # without what is not a number
    if not len(known):
        return None
    return [_rounded(known.min(), 4), _rounded(known.max(), 4)]


def _rounded(value: Any, digits: int) -> float:
    return round(float(value), digits) + 0.0  # no minus before a zero


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
    labels = [f"{count} {track}" for track, count in facts["labels"].items()]
    table.add_row("labels", ", ".join(labels) or "none")
    table.add_row("gaps", f"{lost} frames: {', '.join(gaps)}" if gaps else "none")
    table.add_row("blinks", _listed(facts["blinks"]))
    for key, limits in facts["ranges"].items():
        unit = " degrees" if key in ("yaw", "pitch", "roll", "gaze_right", "gaze_up") else ""
        text = "no face" if limits is None else _span(limits) + unit
        table.add_row(key.replace("_", " "), text)
    return table


def _span(limits: list[float]) -> str:
    low, high = (_rounded(limit, 2) for limit in limits)
    return f"{low:.2f} to {high:.2f}"


def _listed(frames: list[int], most: int = 12) -> str:
    if not frames:
        return "none"
    shown = ", ".join(map(str, frames[:most])) + (", ..." if len(frames) > most else "")
    return f"{len(frames)}, at frames {shown}"
