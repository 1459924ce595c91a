"""`a1 motion show`: a performance as a film of its own."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.jobs import picture_size
from a1sdk.cli.recording import Recording, recording_options

_FILE = click.Path(path_type=Path)


@click.command()
@recording_options
@click.option("-o", "--output", type=_FILE, required=True, help="Film or sequence to write.")
@click.option(
    "--size",
    callback=picture_size,
    default="720x720",
    show_default=True,
    help="Width and height in pixels.",
)
@click.option("--sound", type=_FILE, help="What is heard; the performers' own sound if absent.")
@click.option("--no-sound", is_flag=True, help="Leave the sound out.")
def show(
    recording: Recording, output: Path, size: tuple[int, int], sound: Path | None, no_sound: bool
) -> None:
    """Show a performance as a face of lines, with its time, words, head and gaze.

    DRIVER is a motion file, or whatever else performs; no portrait is needed.
    """
    from a1sdk.media import codec_for
    from a1sdk.render.show import show_motion

    silent = no_sound or codec_for(output).sequence
    with recording.taken(output) as take:
        heard = None if silent else take.sound(sound)
        frames = show_motion(take.clip, output, context=take.context, size=size, sound=heard)
    width, height = size
    click.echo(f"{output}: {frames} frames, {width}x{height}, {take.clip.info.rate} fps")
