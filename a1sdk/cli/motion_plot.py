"""`a1 motion plot`: a performance as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from a1sdk.cli.recording import Recording, recording_options
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.plot import LayerRow
    from a1sdk.render.performance import OpenLayer
    from a1sdk.timing import FrameRange

_FILE = click.Path(path_type=Path)


def _span(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[Fraction, Fraction] | None:
    if value is None:
        return None
    from a1sdk.timing import as_time

    start, comma, end = value.partition(",")
    if not comma:
        raise click.BadParameter(f"{value!r} is no span; write it as 150s,160s.")
    return as_time(start), as_time(end)


@click.command()
@recording_options
@click.option("-o", "--output", type=_FILE, required=True, help="Picture to write, *.png.")
@click.option("--title", default="", help="Heading; the driver's name if absent.")
@click.option("--sound", type=_FILE, help="What is heard; the performers' own sound if absent.")
@click.option("--span", callback=_span, help="Show a part, as 150s,160s.")
def plot(
    recording: Recording,
    output: Path,
    title: str,
    sound: Path | None,
    span: tuple[Fraction, Fraction] | None,
) -> None:
    """Draw a performance: telling faces, sound and words, layers, and all that moves.

    DRIVER is a motion file, or whatever else performs.
    """
    from a1sdk.motion.plot import plot_clip

    if output.suffix.lower() != ".png":
        raise ConfigError(
            f"A plot is a PNG, and {output.name!r} does not end with .png.",
            hint=f"write to {output.with_suffix('.png').name!r}",
        )
    with recording.taken(output) as take:
        rows, heard = rows_of(take.layers), take.sound(sound)
        shown = None if span is None else _frames_of(span, take.clip)
        plot_clip(take.clip, output, title, sound=heard, layers=rows, shown=shown)
    click.echo(f"{output}: {len(take.clip)} frames, {take.clip.info.rate} fps")


def _frames_of(span: tuple[Fraction, Fraction], clip: MotionClip) -> FrameRange:
    """Return the frames of a span of seconds.

    Raises:
        ConfigError: the performance has none there.
    """
    from a1sdk.timing import FrameRange

    first, last = (min(len(clip), int(time * clip.info.rate)) for time in span)
    if first >= last:
        raise ConfigError(
            f"The performance has no frame from {span[0]} s to {span[1]} s.",
            hint=f"it lasts {float(len(clip) / clip.info.rate):.3f} s",
        )
    return FrameRange(first, last)


def rows_of(layers: Sequence[OpenLayer]) -> list[LayerRow]:
    """Return the rows that a plot has for layers; none for a single one taken as it is."""
    from a1sdk.motion.plot import LayerRow

    if len(layers) <= 1 and all(layer.layer.is_plain for layer in layers):
        return []
    return [
        LayerRow(layer.name, _gives(layer, base=number == 0), _weight_of(layer))
        for number, layer in enumerate(layers)
    ]


def _weight_of(layer: OpenLayer) -> Callable[[Fraction], float]:
    span = layer.span
    return lambda time: layer.layer.weight_at(time, span)


def _gives(layer: OpenLayer, *, base: bool) -> str:
    """Say what a layer gives: `override  lips, jaw 0.8`."""
    from a1sdk.motion.regions import REGIONS

    shares = layer.layer.shares()
    if len(shares) == len(REGIONS) and set(shares.values()) == {1.0}:
        regions = "all"
    else:
        regions = ", ".join(n if s == 1 else f"{n} {s:g}" for n, s in shares.items())
    return f"{'base' if base else layer.layer.mode}    {regions}"
