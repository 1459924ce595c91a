"""`a1 motion extract`: keep a performance in a motion file."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.recording import Recording, recording_options


@click.command()
@recording_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write, *.a1motion.",
)
def extract(recording: Recording, output: Path) -> None:
    """Write a performance to a motion file: of DRIVER, a voice, keys or captured motion.

    Lost faces stay gaps, unless several layers are mixed.
    """
    with recording.running() as context:
        header = recording.write(output, context).header
    click.echo(f"{output}: {header.frames} frames, {header.rate} fps")
