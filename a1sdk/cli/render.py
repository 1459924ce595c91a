"""`a1 render JOB`."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.running import run_job


@click.command()
@click.argument("job", type=click.Path(path_type=Path))
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def render(job: Path, quiet: bool) -> None:
    """Render JOB, a file as `a1 schema a1.job-1` describes; its paths start from its folder."""
    from a1sdk.components.registry import Registry
    from a1sdk.render.jobfile import load_job

    registry = Registry()
    run_job(load_job(job, registry), registry, quiet)
