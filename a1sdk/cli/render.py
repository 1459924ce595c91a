"""`a1 render JOB`."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.jobs import commercial_option, licensed_option
from a1sdk.cli.running import run_job


@click.command()
@click.argument("job", type=click.Path(path_type=Path))
@commercial_option
@licensed_option
@click.option(
    "--qc/--no-qc",
    default=None,
    help="Inspect the film while it is made, or do not; as the job says if absent.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def render(
    job: Path, commercial: bool, licensed: tuple[str, ...], qc: bool | None, quiet: bool
) -> None:
    """Render JOB, a file as `a1 schema a1.job-1` describes; its paths start from its folder."""
    from a1sdk.components.registry import Registry
    from a1sdk.render.jobfile import load_job

    registry = Registry()
    asked = load_job(job, registry).using(commercial=commercial, licensed=licensed, qc=qc)
    run_job(asked, registry, quiet)
