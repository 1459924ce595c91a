"""What commands that take long have in common: progress and cancellation."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.qc.model import Verdict
    from a1sdk.render.context import Progress
    from a1sdk.render.job import RenderJob
    from a1sdk.render.report import RenderReport


class Cancellable(Protocol):
    """What can be stopped from a signal handler."""

    def cancel(self) -> None:
        """Stop soon, and cleanly."""


def run_job(job: RenderJob, registry: Registry, quiet: bool) -> RenderReport:
    """Render a job and print what came out; the first Ctrl-C cancels it cleanly.

    Returns:
        The report of the render.

    Raises:
        A1Error: whatever went wrong.
    """
    from a1sdk.render.context import HostContext
    from a1sdk.render.pipeline import render

    with progress_bars(quiet) as progress:
        context = HostContext(progress=progress)
        with context, cancel_on_interrupt(context):
            report = render(job, registry=registry, context=context)
    click.echo(_summary(report))
    return report


def verdicts_of(report: RenderReport) -> list[Verdict | None]:
    """Return the verdict on a film, if it was to be inspected: None where it could not be."""
    if report.job.qc is False:
        return []
    return [None if report.qc is None else report.qc.verdict]


def _summary(report: RenderReport) -> str:
    from a1sdk.cli.inspecting import told
    from a1sdk.qc.model import QcResult

    assert report.size is not None and report.rate is not None  # a finished report has them
    size = "x".join(str(side) for side in report.size)
    lines = [f"{report.job.output}: {report.frames} frames, {size}, {report.rate} fps"]
    lines += [f"note: {warning}" for warning in report.warnings]
    if report.qc is not None:
        result = QcResult.model_validate_json(report.qc.result.read_bytes())
        lines.append(told(str(report.job.output), result))
        lines += [f"page: {report.qc.page}"] if report.qc.page is not None else []
    return "\n".join(lines)


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Progress | None]:
    """Yield a progress callback that draws a bar for each stage on stderr, or None."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        stages = {"preparing": bar.add_task("preparing", total=None, rate="")}

        def report(label: str, done: int, total: int | None) -> None:
            waiting = stages.pop("preparing", None)  # at once: stages report from their threads
            if waiting is not None:
                bar.remove_task(waiting)
            if label not in stages:
                stages[label] = bar.add_task(label, total=total, rate="")
            task = next(one for one in bar.tasks if one.id == stages[label])
            speed = task.finished_speed or task.speed or 0
            bar.update(task.id, completed=done, total=total, rate=_speed_text(speed))

        yield report


def _speed_text(speed: float) -> str:
    """Return how many a second, of frames or of the steps of a renderer that takes long for one."""
    return f"{speed:.0f}/s" if speed >= 10 else f"{speed:.2g}/s"


@contextmanager
def cancel_on_interrupt(run: Cancellable) -> Iterator[None]:
    """Let the first Ctrl-C cancel the run cleanly, and the second kill it."""

    def stop(number: int, frame: object) -> None:
        run.cancel()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
