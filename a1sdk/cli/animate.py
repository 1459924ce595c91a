"""`a1 animate PORTRAIT [DRIVER] -o OUT`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from a1sdk.cli.jobs import AskedJob, job_options
from a1sdk.cli.running import run_job, verdicts_of
from a1sdk.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.render.job import RenderJob

_FILE = click.Path(path_type=Path)


@click.command()
@job_options
@click.option("-o", "--output", type=_FILE, required=True, help="Film or sequence to write.")
@click.option("--sheet", type=_FILE, help="Also write a contact sheet of the result, a PNG.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def animate(asked: AskedJob, output: Path, sheet: Path | None, quiet: bool) -> int:
    """Make PORTRAIT give a performance: of DRIVER, a voice, keys or captured motion.

    DRIVER is a film, a sound that speaks, keyframes, captured motion, or a motion saved by
    `a1 motion extract`. Where several perform, mocap replaces the driver, a voice takes the
    mouth, and keys are added; --from says otherwise.

    The exit code is 6 where the film is complete and does not pass an inspection that was asked
    for.
    """
    from a1sdk.components.registry import Registry

    registry = Registry()
    job = asked.job(output, registry)
    if sheet is not None:
        _check_sheet(sheet, job, registry)
    report = run_job(job, registry, quiet)
    if sheet is not None:
        _write_sheet(sheet, job, registry)
        click.echo(f"contact sheet: {sheet}")
    return asked.qc.exit_code(verdicts_of(report))


def _write_sheet(sheet: Path, job: RenderJob, registry: Registry) -> None:
    """Show the result, under the film that drives it unless that stands beside it already."""
    from a1sdk.render.plan import make_plan
    from a1sdk.render.sheet import contact_sheet

    shown = None if job.delivery.side_by_side else make_plan(job, registry).shown
    if shown is None:
        contact_sheet(job.output, sheet)
    else:
        contact_sheet(job.output, sheet, driver=shown.film, time=shown.layer.time)


def _check_sheet(sheet: Path, job: RenderJob, registry: Registry) -> None:
    """Refuse a contact sheet that could not be written once the film is done."""
    from a1sdk.media import codec_for, same_file
    from a1sdk.render.inputs import files_at
    from a1sdk.render.plan import make_plan

    name = str(sheet)
    if sheet.suffix.lower() != ".png":
        raise ConfigError(f"The contact sheet {name!r} has to be a .png.")
    if not sheet.absolute().parent.is_dir():
        raise StorageError(f"The folder of the contact sheet {name!r} does not exist.")
    read = files_at(make_plan(job, registry).reads)
    if any(same_file(sheet, path) for path in (*read, job.output)):
        raise ConfigError(f"The contact sheet {name!r} would replace another file of the run.")
    if codec_for(job.output, job.delivery.codec).sequence:
        raise ConfigError(
            "A contact sheet shows a film, and the output is a picture sequence.",
            hint="leave out --sheet, or write a film",
        )
