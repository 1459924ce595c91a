"""`a1 timeline render`: render the shots of a cut and hand it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from a1sdk.cli.cutting import cut_options, title, told
from a1sdk.cli.inspecting import ENCODER, AskedQc, index_path, qc_options, write_index
from a1sdk.cli.jobs import (
    Drawing,
    commercial_option,
    device_option,
    encoder_option,
    licensed_option,
    picture_size,
)
from a1sdk.cli.performance import read_settings
from a1sdk.cli.running import cancel_on_interrupt
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.qc.model import QcResult
    from a1sdk.timeline.conform import Flavour
    from a1sdk.timeline.rendering.cut import CutRender
    from a1sdk.timeline.rendering.report import CutReport, ShotResult
    from a1sdk.timeline.rendering.running import Outcome, ShotProgress
    from a1sdk.timeline.shots import Shots

_FAILED = {"failed", "blocked"}


@click.command()
@cut_options
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the media, the report, and the cut with the shots in place.",
)
@click.option(
    "--shots", "only", multiple=True, metavar="NAME", help="Render this shot; may be repeated."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many shots to render at a time.",
)
@click.option(
    "--renderer",
    default="warp/mesh",
    show_default=True,
    help="Who draws; --set renderer.NAME=VALUE sets its options.",
)
@encoder_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    callback=read_settings,
    metavar="NAME.OPTION=VALUE",
    help="An option of the renderer or of an encoder; may be repeated.",
)
@click.option("--tracker", default="facemesh/landmarks", show_default=True, help="Who finds faces.")
@click.option(
    "--codec",
    help="prores-4444, prores-422hq, dnxhr-hqx, h264, exr, png, ...; ProRes 422 HQ if absent, 4444"
    " of portraits with alpha.",
)
@click.option("--size", callback=picture_size, help="Picture size, as 1920x1080; the portrait's.")
@click.option("--sound/--no-sound", default=True, show_default=True, help="Give films their sound.")
@click.option(
    "--for",
    "flavours",
    type=click.Choice(["resolve", "premiere"]),
    multiple=True,
    help="Also write the cut as this program likes it; may be repeated.",
)
@device_option
@click.option(
    "--cast",
    type=click.Path(path_type=Path),
    help="A cast sheet, a1.cast/1 JSON, for shots whose marker says who=NAME.",
)
@commercial_option
@licensed_option
@qc_options(usual=True)
@click.option(
    "--qc-markers/--no-qc-markers",
    default=True,
    show_default=True,
    help="Mark what inspections found on the clips of the cut that is written.",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="Also write a contact sheet of the shots, a PNG; films and PNG sequences only.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def render(
    shots: Shots,
    folder: Path,
    only: tuple[str, ...],
    jobs: int,
    flavours: tuple[Flavour, ...],
    qc_markers: bool,
    sheet: Path | None,
    quiet: bool,
    encoders: tuple[str, ...],
    settings: dict[str, dict[str, str]],
    cast: Path | None,
    asked_qc: AskedQc,
    **delivered: Any,
) -> None:
    """Render the shots of CUT into a folder, and write the cut with them in place.

    Shots that are rendered already and have not changed are kept. One that fails stops no other:
    the exit code tells, and the report, NAME.a1cut.json, says why. It is 6 where all are there and
    one does not pass its inspection.
    """
    from a1sdk.components.registry import Registry
    from a1sdk.render.cast.sheet import load_sheet
    from a1sdk.timeline.rendering.cut import CutRender
    from a1sdk.timeline.rendering.jobs import Delivered

    if sheet is not None and delivered["codec"] == "exr":
        raise ConfigError("A contact sheet shows no EXR.", hint="leave --sheet out, or use png")
    registry, inspects = Registry(), asked_qc.inspects(usual=True)
    measuring = settings.pop(ENCODER, {})
    drawing = _drawing(settings, encoders)
    people = None if cast is None else load_sheet(cast, registry)
    click.echo(title(shots))
    with _bars(len(only) or len(shots), quiet) as progress:
        run = CutRender(
            shots,
            folder,
            registry,
            Delivered(
                renderer_options=drawing.options,
                encoders=drawing.encoders,
                cast=people,
                qc=asked_qc.limits(measuring, registry) if inspects or measuring else False,
                qc_page=asked_qc.page,
                **delivered,
            ),
            only=only,
            jobs=jobs,
            flavours=flavours,
            qc_markers=qc_markers,
            progress=progress,
        )
        with cancel_on_interrupt(run):
            report = run.run()
    found = _inspections(report, run) if inspects else {}
    _finish(report, run, sheet, found, asked_qc)


def _drawing(settings: dict[str, dict[str, str]], encoders: tuple[str, ...]) -> Drawing:
    """Return who draws; what is set of anything else is an error, for shots say it themselves."""
    drawing = Drawing.of(settings, encoders)
    if drawing.others:
        raise ConfigError(
            f"There is nothing called {min(drawing.others)!r} to set options of.",
            hint="--set renderer.NAME=VALUE, or name an encoder with --encoder",
        )
    return drawing


def _inspections(report: CutReport, run: CutRender) -> dict[Path, QcResult | None]:
    """Return what was found in the shots that are there; None where one was not inspected.

    Shots that are kept were inspected when they were rendered, or since.
    """
    from a1sdk.timeline.rendering.findings import result_of_media

    done = ((one.made, one.record) for one in run.outcomes)
    records = {made.job.output.absolute(): record for made, record in done if made and record}
    media = (one.media for one in report.shots if one.media in records)
    return {one: result_of_media(one, records[one]) for one in media if one is not None}


def _write_pages(found: Mapping[Path, QcResult | None], report: Path) -> None:
    """Write a page that leads to those of the shots, and those of kept shots that have none."""
    from a1sdk.qc.page import page_path, write_page
    from a1sdk.render.basis import report_beside

    for media, result in found.items():
        if result is not None and not page_path(media).is_file():
            write_page(result, page_path(media), film=media, report=report_beside(media))
    if found:
        click.echo(f"page: {write_index(report, found)}")


def _finish(
    report: CutReport,
    run: CutRender,
    sheet: Path | None,
    found: Mapping[Path, QcResult | None],
    asked_qc: AskedQc,
) -> None:
    """Tell what became of a run, and exit as the worst of it says."""
    _tell(report, run, found)
    if sheet is not None:
        from a1sdk.timeline.rendering.sheet import cut_sheet

        cut_sheet(report, sheet)
    if asked_qc.page:
        _write_pages(found, run.report_path)
    elif any(one.state == "rendered" for one in run.outcomes):  # of which it says nothing
        index_path(run.report_path).unlink(missing_ok=True)
    if run.failed is not None:
        raise run.failed
    failed = max((_exit_code(one) for one in run.outcomes), default=0)
    verdicts = (None if one is None else one.verdict for one in found.values())
    click.get_current_context().exit(failed or asked_qc.exit_code(verdicts))


def _tell(report: CutReport, run: CutRender, found: Mapping[Path, QcResult | None]) -> None:
    for result in report.shots:
        click.echo("\n".join(_lines(result)))
        if result.media is not None and result.media in found:
            click.echo(f"  {_verdict(found[result.media])}")
    for path in report.handed_back:
        count = report.qc_markers.get(path.name, 0)
        click.echo(f"cut: {path}" + (f", {count} QC marker{'s' * (count > 1)}" if count else ""))
    for problem in report.problems:
        if problem.code.startswith("A1-CONFORM") and problem.severity != "note":
            click.echo(told(problem))
    click.echo(f"report: {run.report_path}")


def _lines(result: ShotResult) -> Iterator[str]:
    """Yield what became of a shot, and what its media is not as the cut would have it."""
    yield _line(result)
    if result.media is not None:
        problems = result.shot.problems
        yield from (f"  {told(problem)}" for problem in problems if problem.severity != "note")
        yield from (f"  note: {warning}" for warning in result.warnings)


def _verdict(result: QcResult | None) -> str:
    """Return what was found in a shot: the verdict, and the worst of it."""
    if result is None:
        return "QC: not inspected when it was rendered; `a1 qc` of the report inspects it"
    found, more = result.findings, len(result.findings) - 1
    worst = f": {found[0].sentence}" if found else ""
    return f"QC {result.verdict}{worst}" + (f" And {more} more." if more > 0 else "")


def _line(result: ShotResult) -> str:
    name = f"{result.shot.name}: {result.outcome}"
    if result.media is not None:
        return f"{name}, {result.media}, {result.frames} frames from {result.timecode}"
    if result.error is not None:
        return f"{name}: {result.error}" + (f"\n  hint: {result.hint}" if result.hint else "")
    wrong = [one for one in result.shot.problems if one.severity == "error"]
    return f"{name}: {wrong[0].code}: {wrong[0].message}" if wrong else name


def _exit_code(outcome: Outcome) -> int:
    """Return what a shot makes of the exit code: that of its error, or of what blocks it."""
    if outcome.error is not None:
        return outcome.error.exit_code
    if outcome.state != "blocked":
        return 0
    errors = [one for one in outcome.problems if one.severity == "error"]
    return 5 if any(one.code.startswith("A1-MEDIA") for one in errors) else 2


@contextmanager
def _bars(total: int, quiet: bool) -> Iterator[ShotProgress | None]:
    """Yield a callback that draws a bar for each shot on stderr; None for no bars."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    from a1sdk.timeline.rendering.running import State

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        whole = bars.add_task("shots", total=total)
        tasks: dict[str, TaskID] = {}

        def report(shot: str, stage: str, done: int, frames: int | None) -> None:
            if stage == "rendering":
                if shot not in tasks:
                    tasks[shot] = bars.add_task(shot, total=frames)
                bars.update(tasks[shot], completed=done, total=frames)
            elif stage in get_args(State):  # it has come to its end
                bars.update(whole, advance=1)
                if shot in tasks:
                    bars.remove_task(tasks.pop(shot))

        yield report
