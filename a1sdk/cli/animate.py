"""`a1 animate PORTRAIT [DRIVER] -o OUT`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.cli.performance import Performers, performance_options, stack_from
from a1sdk.cli.running import run_job
from a1sdk.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.render.job import RenderJob

_FILE = click.Path(path_type=Path)


def picture_size(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """Read the width and height of pictures, as `1280x720`."""
    if value is None:
        return None
    width, _, height = value.lower().partition("x")
    if not all(re.fullmatch("[0-9]{1,5}", side) for side in (width, height)):
        raise click.BadParameter(f"{value!r} is not a size; write it as 1280x720.")
    return int(width), int(height)


@click.command()
@click.argument("portrait", type=_FILE)
@performance_options
@click.option("-o", "--output", type=_FILE, required=True, help="Film or sequence to write.")
@click.option(
    "--renderer",
    default="warp/mesh",
    show_default=True,
    help="Who draws; --set renderer.NAME=VALUE sets its options.",
)
@click.option("--tracker", default="facemesh/landmarks", show_default=True, help="Who finds faces.")
@click.option("--face", default="largest", show_default=True, help="largest, an index, or X,Y.")
@click.option("--driver-face", help="The same for the driver's film.")
@click.option("--expression", type=float, default=1.0, show_default=True, help="Gain, 0 to 3.")
@click.option("--head", type=float, default=1.0, show_default=True, help="Gain, 0 to 3.")
@click.option(
    "--expression-mode",
    type=click.Choice(["auto", "relative", "absolute"]),
    default="auto",
    show_default=True,
    help="Add to the portrait's own expression, or replace it; auto replaces smiles and speech.",
)
@click.option(
    "--head-mode",
    type=click.Choice(["relative", "absolute"]),
    default="relative",
    show_default=True,
    help="Add to the portrait's own pose, or replace it.",
)
@click.option(
    "--gaps",
    type=click.Choice(["hold", "interpolate", "neutral", "fail"]),
    default="interpolate",
    show_default=True,
    help="What to do where a face is lost.",
)
@click.option("--size", callback=picture_size, help="Picture size to deliver, as 1280x720.")
@click.option(
    "--fit",
    type=click.Choice(["crop", "pad"]),
    default="crop",
    show_default=True,
    help="How a portrait of another aspect ratio fills the size.",
)
@click.option("--codec", help="h264, prores-4444, dnxhr-hqx, exr, ...; by the suffix if absent.")
@click.option("--timecode", help="Start timecode, HH:MM:SS:FF.")
@click.option(
    "--audio/--no-audio",
    default=True,
    show_default=True,
    help="Carry the sound over, of the first sound file or else of the first film.",
)
@click.option("--side-by-side", is_flag=True, help="Show the driver to the left of the result.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything random.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda:0, mps.")
@click.option("--sheet", type=_FILE, help="Also write a contact sheet of the result, a PNG.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def animate(
    performers: Performers,
    portrait: Path,
    output: Path,
    driver_face: str | None,
    sheet: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Make PORTRAIT give a performance: of DRIVER, a voice, keys or captured motion.

    DRIVER is a film, a sound that speaks, keyframes, captured motion, or a motion saved by
    `a1 motion extract`. Where several perform, mocap replaces the driver, a voice takes the
    mouth, and keys are added; --from says otherwise.
    """
    from a1sdk.components.registry import Registry
    from a1sdk.render.animate import make_job

    registry = Registry()
    performers, drawing = performers.without("renderer")
    if driver_face is not None:
        performers = performers.setting("driver", "face", driver_face)
    job = make_job(
        portrait,
        stack_from(performers, registry),
        output,
        registry=registry,
        renderer_options=drawing,
        **options,
    )
    if sheet is not None:
        _check_sheet(sheet, job)
    run_job(job, registry, quiet)
    if sheet is not None:
        _write_sheet(sheet, job, registry)
        click.echo(f"contact sheet: {sheet}")


def _write_sheet(sheet: Path, job: RenderJob, registry: Registry) -> None:
    """Show the result, under the film that drives it unless that stands beside it already."""
    from a1sdk.render.plan import make_plan
    from a1sdk.render.sheet import contact_sheet

    shown = None if job.delivery.side_by_side else make_plan(job, registry).shown
    if shown is None:
        contact_sheet(job.output, sheet)
    else:
        contact_sheet(job.output, sheet, driver=shown.film, time=shown.layer.time)


def _check_sheet(sheet: Path, job: RenderJob) -> None:
    """Refuse a contact sheet that could not be written once the film is done."""
    from a1sdk.media import codec_for, same_file
    from a1sdk.render.plan import input_files

    name = str(sheet)
    if sheet.suffix.lower() != ".png":
        raise ConfigError(f"The contact sheet {name!r} has to be a .png.")
    if not sheet.absolute().parent.is_dir():
        raise StorageError(f"The folder of the contact sheet {name!r} does not exist.")
    if any(same_file(sheet, path) for path in (*input_files(job), job.output)):
        raise ConfigError(f"The contact sheet {name!r} would replace another file of the run.")
    if codec_for(job.output, job.delivery.codec).sequence:
        raise ConfigError(
            "A contact sheet shows a film, and the output is a picture sequence.",
            hint="leave out --sheet, or write a film",
        )
