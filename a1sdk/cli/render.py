"""`a1 render JOB`."""

from __future__ import annotations

from pathlib import Path

import click

from a1sdk.cli.inspecting import AskedQc, FailOn, qc_fail_on_option, qc_page_option
from a1sdk.cli.jobs import commercial_option, licensed_option
from a1sdk.cli.running import run_job, verdicts_of


@click.command()
@click.argument("job", type=click.Path(path_type=Path))
@commercial_option
@licensed_option
@click.option(
    "--qc/--no-qc",
    default=None,
    help="Inspect the film while it is made, or do not; as the job says if absent.",
)
@qc_page_option
@qc_fail_on_option
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def render(
    job: Path,
    commercial: bool,
    licensed: tuple[str, ...],
    qc: bool | None,
    qc_page: bool,
    qc_fail_on: FailOn | None,
    quiet: bool,
) -> int:
    """Render JOB, a file as `a1 schema a1.job-1` describes; its paths start from its folder.

    The exit code is 6 where the film is complete and does not pass an inspection that was asked
    for.
    """
    from a1sdk.components.registry import Registry
    from a1sdk.render.jobfile import load_job

    registry = Registry()
    made, asked_qc = load_job(job, registry), AskedQc(qc, qc_page, fail_on=qc_fail_on)
    inspects = asked_qc.inspects(usual=made.qc is not False)
    asked = made.using(commercial=commercial, licensed=licensed, qc=inspects, qc_page=qc_page)
    return asked_qc.exit_code(verdicts_of(run_job(asked, registry, quiet)))
