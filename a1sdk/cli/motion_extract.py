"""`a1 motion extract`: take motion from a driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from a1sdk.cli.running import cancel_on_interrupt, progress_bars

_FILE = click.Path(path_type=Path)


@click.command()
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
    from a1sdk.render.arrange import stack_of
    from a1sdk.render.context import HostContext
    from a1sdk.render.extract import extract_motion

    registry = Registry()
    given = {name: value for name, value in options.items() if value is not None}
    layers = stack_of(driver, registry=registry, source=source, layer_options={"driver": given})
    with progress_bars(quiet) as progress, HostContext(device=device, progress=progress) as context:
        with cancel_on_interrupt(context):
            header = extract_motion(
                layers, output, registry=registry, context=context, tracker=tracker
            )
    click.echo(f"{output}: {header.frames} frames, {header.rate} fps")
