"""`a1 qc FILE|FOLDER|CUT`: measure films against what was asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from a1sdk.cli.running import cancel_on_interrupt, progress_bars
from a1sdk.errors import ConfigError

if TYPE_CHECKING:
    from a1sdk.qc.model import Box, QcProfile, QcResult
    from a1sdk.render.basis import Basis

FAILED = 6
"""Exit code where a film does not hold what the profile asks."""

_FILE = click.Path(path_type=Path)
_FILMS = {".mp4", ".mov", ".mkv", ".mxf", ".webm", ".avi", ".m4v", ".mpg", ".ts"}
_CUT = ".a1cut.json"
_MOST_SHOWN = 12  # findings of a film that are printed


@click.command()
@click.argument("target", type=_FILE)
@click.option("--portrait", type=_FILE, help="Picture that the film was made of, by others.")
@click.option("--driver", type=_FILE, help="Who gave them the performance; needs --portrait.")
@click.option(
    "--face", default="largest", show_default=True, help="Of the portrait: an index, X,Y."
)
@click.option(
    "--profile", type=_FILE, help="Limits, a file as `a1 schema a1.qc-profile-1` describes."
)
@click.option(
    "--identity",
    metavar="PLUGIN/NAME",
    help="Also compare the face by an identity encoder, such as insightface/arcface.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["fail", "warn"]),
    default="fail",
    show_default=True,
    help="Verdict from which on the exit code is 6.",
)
@click.option(
    "--every",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="Look for the face in every so many frames only.",
)
@click.option("--tracker", default="facemesh/landmarks", show_default=True, help="Who finds faces.")
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON, one a line.")
@click.option("--write/--no-write", default=True, show_default=True, help="Write FILM.a1qc.json.")
@click.option("--page", is_flag=True, help="Write FILM.a1qc.html, to be opened in a browser.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def qc(
    target: Path,
    portrait: Path | None,
    driver: Path | None,
    face: str,
    profile: Path | None,
    identity: str | None,
    fail_on: str,
    every: int,
    tracker: str,
    as_json: bool,
    write: bool,
    page: bool,
    quiet: bool,
) -> int:
    """Measure a film, the films of a folder, or those of a rendered cut (NAME.a1cut.json).

    A film is held to the job in the report beside it, else to --portrait and --driver, else to
    itself. Its result is written beside it. The exit code is 6 where one fails.
    """
    from a1sdk.components.choice import ComponentChoice
    from a1sdk.components.registry import Registry
    from a1sdk.qc.model import result_path
    from a1sdk.qc.profile import default_profile, read_profile
    from a1sdk.render.basis import basis_of

    limits = default_profile() if profile is None else read_profile(profile)
    if identity is not None:
        limits = limits.model_copy(update={"identity": ComponentChoice(use=identity)})
    registry, verdicts = Registry(), []
    for film in films_of(target):
        basis = basis_of(film, registry, portrait=portrait, driver=driver, face=face)
        result = _inspected(film, basis, limits, every, tracker, quiet)
        if write:
            result.save(result_path(film))
        if page:
            _write_page(film, result, basis)
        click.echo(result.model_dump_json() if as_json else summary(film, result))
        verdicts.append(result.verdict)
    return FAILED if {"fail", fail_on} & set(verdicts) else 0


def _inspected(
    film: Path, basis: Basis, limits: QcProfile, every: int, tracker: str, quiet: bool
) -> QcResult:
    from a1sdk.components.registry import Registry
    from a1sdk.render.context import HostContext
    from a1sdk.render.inspection import inspect_film

    with progress_bars(quiet) as progress, HostContext(progress=progress) as context:
        with cancel_on_interrupt(context):
            return inspect_film(
                film,
                basis,
                registry=Registry(),
                context=context,
                tracker=tracker,
                profile=limits,
                every=every,
            )


def _write_page(film: Path, result: QcResult, basis: Basis) -> None:
    """Write the page of a film, with the report it was made by, and its files where they are."""
    from a1sdk.qc.page import page_path, write_page
    from a1sdk.render.plan import report_path
    from a1sdk.render.report import RenderReport

    report = None
    if basis.job is not None and basis.made:
        report = RenderReport.model_validate_json(report_path(film).read_bytes())
        report.job = basis.job
    write_page(result, page_path(film), film=film, report=report, faces=faces_in(film, result))


def faces_in(film: Path, result: QcResult) -> dict[int, Box]:
    """Return where the face is in a film that may show its driver to the left of the result."""
    from a1sdk.media import open_video

    with open_video(film) as reader:
        beside = reader.info.width - result.size[0]
    return {
        frame: (left + beside, top, right + beside, bottom)
        for frame, (left, top, right, bottom) in result.faces.items()
    }


def films_of(target: Path) -> list[Path]:
    """Return the films that a target means: itself, those in a folder, those of a cut's report.

    Raises:
        ConfigError: there are none.
    """
    if target.name.endswith(_CUT):
        films = list(_of_cut(target))
    elif target.is_dir():
        films = sorted(path for path in target.iterdir() if path.suffix.lower() in _FILMS)
    else:
        return [target]
    if not films:
        raise ConfigError(
            f"{str(target)!r} has no films to inspect.",
            hint="name a film, a folder of films, or the NAME.a1cut.json of a rendered cut",
        )
    return films


def _of_cut(path: Path) -> Iterator[Path]:
    from a1sdk.timeline.rendering.report import CutReport

    media = dict.fromkeys(shot.media for shot in CutReport.load(path).shots)
    return (film for film in media if film is not None and film.suffix.lower() in _FILMS)


def summary(film: Path, result: QcResult) -> str:
    """Return what a result says, for people."""
    count = len(result.findings)
    told = f"{count} finding{'' if count == 1 else 's'}"
    lines = [f"{film}: {result.verdict}, {result.frames} frames, {told}"]
    for finding in result.findings[:_MOST_SHOWN]:
        lines.append(f"{finding.severity}: {finding.sentence}")
    if count > _MOST_SHOWN:
        lines.append(f"and {count - _MOST_SHOWN} more, in the result's file")
    lines += [f"note: {note}" for note in result.notes]
    return "\n".join(lines)
