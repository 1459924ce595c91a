"""`a1 motion export`: hand a performance to another program."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.recording import Recording, recording_options


@click.command()
@recording_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="File to write."
)
@click.option("--writer", help="Who writes; by the output's suffix if absent.")
def export(recording: Recording, output: Path, writer: str | None) -> None:
    """Write a performance in another program's format.

    DRIVER may be a motion file, or whatever else performs. Options of the writer are set with
    --set writer.NAME=VALUE.
    """
    from a1sdk.components.registry import Registry
    from a1sdk.render.export import export_motion, writer_of

    registry = Registry()
    recording, options = recording.without("writer")
    writer_of(output, registry, writer, options)  # wrong words are said before the work
    with recording.taken(output) as take:
        used = export_motion(
            take.path,
            output,
            registry=registry,
            context=take.context,
            writer=writer,
            options=options,
        )
    click.echo(f"{output}: written by {used}")
