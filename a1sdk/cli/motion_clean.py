"""`a1 motion clean`: take jitter out of a performance, and say what that did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from rich.table import Table

    from a1sdk.motion.jitter import CleaningReport, Closures

_FILE = click.Path(path_type=Path)


def _strengths(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    strengths = {}
    for value in values:
        region, _, number = value.rpartition("=")
        try:
            strengths[region or "all"] = float(number)
        except ValueError:
            raise click.BadParameter(
                f"{value!r} is no strength; write a number, or REGION=NUMBER."
            ) from None
    return strengths


@click.command()
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="File to write, *.a1motion.")
@click.option(
    "--method",
    type=click.Choice(["savitzky-golay", "one-euro"]),
    default="savitzky-golay",
    show_default=True,
    help="With a look ahead and no lag, or the other way round.",
)
@click.option(
    "--strength",
    multiple=True,
    callback=_strengths,
    metavar="[REGION=]NUMBER",
    help="How much jitter to take out, 0 to 4, of all or of a region; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def clean(file: Path, output: Path, method: str, strength: dict[str, float], as_json: bool) -> None:
    """Take the jitter out of a motion FILE; gaps stay gaps, blinks and closed lips stay."""
    report = _cleaned(file, output, {"method": method, "strength": strength or 1.0})
    if as_json:
        click.echo(json.dumps(facts_of(report), indent=2))
        return
    from rich.console import Console

    Console(highlight=False).print(_table(output.name, report))


def _cleaned(file: Path, output: Path, choice: dict[str, Any]) -> CleaningReport:
    from a1sdk.components.options import validated
    from a1sdk.media.files import same_file
    from a1sdk.motion.cleaning import Cleaning, clean
    from a1sdk.motion.clip import MotionClip, save_clip
    from a1sdk.motion.jitter import compare

    cleaning = validated(Cleaning, choice, "cleaning")
    assert isinstance(cleaning, Cleaning)
    if same_file(file, output):
        raise ConfigError(f"The output {str(output)!r} is the input.", hint="choose another name")
    take = MotionClip.load(file)
    frames = clean(take.frames(), take.info.rate, cleaning)
    about = {**take.header.source, "cleaning": cleaning.model_dump_json()}
    save_clip(output, frames, take.info, about, lambda: take.labels)
    return compare(take, MotionClip.load(output))


def facts_of(report: CleaningReport) -> dict[str, Any]:
    """Return what `a1 motion clean --json` prints; jitter and heights in face units."""
    return {
        "rate": str(report.rate),
        "regions": {
            one.region: {
                "jitter_before": round(one.jitter_before, 6),
                "jitter_after": round(one.jitter_after, 6),
                "lag_frames": round(one.lag, 3),
                "lag_ms": round(1000 * one.lag / float(report.rate), 1),
            }
            for one in report.regions
        },
        "blinks": _closures(report.blinks),
        "lips_meet": _closures(report.lips),
    }


def _closures(closures: Closures) -> dict[str, float]:
    return {
        "count": closures.count,
        "before": round(closures.before, 4),
        "after": round(closures.after, 4),
    }


def _table(name: str, report: CleaningReport) -> Table:
    from rich.table import Table

    title = f"{name}: jitter and heights in face units"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("region", "jitter before", "after", "left", "lag"):
        table.add_column(column, justify="left" if column == "region" else "right")
    for one in report.regions:
        left = one.jitter_after / one.jitter_before if one.jitter_before else 1.0
        lag = 1000 * one.lag / float(report.rate)
        before, after = f"{one.jitter_before:.5f}", f"{one.jitter_after:.5f}"
        table.add_row(one.region, before, after, f"{left:.0%}", f"{lag:+.1f} ms")
    for what, found in (("blinks", report.blinks), ("lips meet", report.lips)):
        before, after = f"{found.before:.3f} open", f"{found.after:.3f} open"
        table.add_row(f"{what}: {found.count}", *((before, after) if found.count else ()))
    return table
