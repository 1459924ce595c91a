"""`a1 motion plot`: a performance as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.errors import ConfigError

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="Picture to write, *.png.")
@click.option("--title", default="", help="Heading; the driver's name if absent.")
def plot(file: Path, output: Path, title: str) -> None:
    """Draw a motion FILE: faces at telling moments, and curves over time."""
    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.plot import plot_clip

    if output.suffix.lower() != ".png":
        raise ConfigError(
            f"A plot is a PNG, and {output.name!r} does not end with .png.",
            hint=f"write to {output.with_suffix('.png').name!r}",
        )
    plot_clip(MotionClip.load(file), output, title)
    click.echo(f"{output}: {file.name}")
