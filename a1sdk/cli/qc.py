"""`a1 qc FILE|FOLDER|CUT`: measure films against what was asked of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.cli.inspecting import (
    CUT,
    FAIL_ON,
    FAIL_ON_HELP,
    FailOn,
    exit_code,
    noun_of,
    profile_of,
    told,
    write_index,
)
from a1sdk.cli.performance import read_settings
from a1sdk.cli.running import cancel_on_interrupt, progress_bars
from a1sdk.errors import A1Error, Cancelled, ConfigError

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.qc.model import QcProfile, QcResult
    from a1sdk.render.basis import Basis

_FILE = click.Path(path_type=Path)
_FILMS = {".mp4", ".mov", ".mkv", ".mxf", ".webm", ".avi", ".m4v", ".mpg", ".ts"}


def _rate(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    from a1sdk.timing import as_rate

    return None if value is None else as_rate(value)


@click.command()
@click.argument("target", type=_FILE)
@click.option("--portrait", type=_FILE, help="Picture that the film was made of, by others.")
@click.option("--driver", type=_FILE, help="Who gave them the performance; needs --portrait.")
@click.option(
    "--face", default="largest", show_default=True, help="Of the portrait: an index, X,Y."
)
@click.option(
    "--rate",
    callback=_rate,
    help="Frames per second of numbered pictures, as 24 or 23.976; if absent what the report beside"
    " them says.",
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
    "--set",
    "settings",
    multiple=True,
    callback=read_settings,
    metavar="identity.OPTION=VALUE",
    help="An option of the identity encoder; may be repeated.",
)
@click.option("--fail-on", type=FAIL_ON, default="fail", show_default=True, help=FAIL_ON_HELP)
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
@click.option(
    "--page",
    is_flag=True,
    help="Write FILM.a1qc.html, to be opened in a browser; of a folder or a cut also a page that"
    " leads to them.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def qc(
    target: Path,
    profile: Path | None,
    identity: str | None,
    settings: Mapping[str, Mapping[str, str]],
    fail_on: FailOn,
    every: int,
    tracker: str,
    as_json: bool,
    write: bool,
    page: bool,
    quiet: bool,
    **held: Any,
) -> int:
    """Measure a film, the films of a folder, or those of a rendered cut (NAME.a1cut.json).

    Numbered pictures are a film too: a pattern such as 'shot.%04d.png', or a folder of them. A film
    is held to the job in the report beside it, else to --portrait and --driver, else to itself. Its
    result is written beside it. The exit code is 6 where one fails.
    """
    from a1sdk.components.registry import Registry
    from a1sdk.qc.page import page_path

    registry, films = Registry(), films_of(target)
    limits = profile_of(profile, identity, _of_encoder(settings), registry)
    work = _Work(registry, limits, every, tracker, quiet, write, page, held)
    found: dict[Path, QcResult | A1Error] = {}
    for film in films:
        found[film] = work.inspected(film, alone=len(films) == 1)
        _tell(film, found[film], as_json)
        if page and not as_json and not isinstance(found[film], A1Error):
            click.echo(f"page: {page_path(film)}")
    if len(films) > 1 and not as_json:
        click.echo(_counted(found.values(), noun_of(target)))
    if page and films != [target]:
        index = write_index(target, found)
        click.echo(f"page: {index}", err=as_json)
    return _exit_code(found.values(), fail_on)


@dataclass(frozen=True)
class _Work:
    """Inspects film after film.

    Attributes:
        held: what films are held to, as `basis_of` takes it.
    """

    registry: Registry
    limits: QcProfile
    every: int
    tracker: str
    quiet: bool
    write: bool
    page: bool
    held: Mapping[str, Any]

    def inspected(self, film: Path, *, alone: bool) -> QcResult | A1Error:
        """Return what was found in a film, and write it; or why it cannot be inspected.

        Raises:
            A1Error: it cannot be inspected, and is the only one.
        """
        from a1sdk.qc.model import result_path
        from a1sdk.render.basis import basis_of

        try:
            basis = basis_of(film, self.registry, **self.held)
            result = self._measured(film, basis)
            if self.write:
                result.save(result_path(film))
            if self.page:
                _write_page(film, result, basis)
        except Cancelled:
            raise
        except A1Error as error:
            if alone:
                raise
            return error
        return result

    def _measured(self, film: Path, basis: Basis) -> QcResult:
        from a1sdk.render.context import HostContext
        from a1sdk.render.inspection import inspect_film

        with progress_bars(self.quiet) as progress, HostContext(progress=progress) as context:
            with cancel_on_interrupt(context):
                return inspect_film(
                    film,
                    basis,
                    registry=self.registry,
                    context=context,
                    tracker=self.tracker,
                    profile=self.limits,
                    every=self.every,
                )


def _write_page(film: Path, result: QcResult, basis: Basis) -> None:
    """Write the page of a film, with the report it was made by, and its files where they are."""
    from a1sdk.qc.page import page_path, write_page
    from a1sdk.render.basis import report_beside

    report = report_beside(film) if basis.job is not None and basis.made else None
    if report is not None and basis.job is not None:
        report.job = basis.job
    write_page(result, page_path(film), film=film, report=report)


def films_of(target: Path) -> list[Path]:
    """Return the films that a target means: itself, those in a folder, those of a cut's report.

    Numbered pictures are a film each, by their pattern; so is a folder that was rendered as one.

    Raises:
        ConfigError: there are none.
    """
    if target.name.endswith(CUT):
        films = _of_cut(target)
    elif target.is_dir() and not _is_rendered(target):
        films = _in_folder(target)
    else:
        return [target]
    if not films:
        raise ConfigError(
            f"{str(target)!r} has no films to inspect.",
            hint="name a film, numbered pictures as 'shot.%04d.png', a folder of them, or the"
            " NAME.a1cut.json of a rendered cut",
        )
    return films


def _in_folder(folder: Path) -> list[Path]:
    """Return the films and the numbered pictures in a folder, and pictures in folders of it."""
    from a1sdk.media.numbered import sequences_in

    films = [one for one in folder.iterdir() if one.suffix.lower() in _FILMS and one.is_file()]
    films += sequences_in(folder)
    for inner in (one for one in folder.iterdir() if one.is_dir()):
        films += [inner] if _is_rendered(inner) else sequences_in(inner)
    return sorted(films)


def _is_rendered(folder: Path) -> bool:
    """Whether a folder is the result of one render: numbered pictures."""
    from a1sdk.render.plan import report_path

    return report_path(folder.absolute()).is_file()


def _of_cut(path: Path) -> list[Path]:
    from a1sdk.timeline.rendering.report import CutReport

    return list(dict.fromkeys(one.media for one in CutReport.load(path).shots if one.media))


def _of_encoder(settings: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Return the options that are set of the identity encoder; there is nothing else to set."""
    for name in settings:
        if name != "identity":
            raise ConfigError(
                f"There is nothing called {name!r} to set options of.",
                hint="--set identity.OPTION=VALUE sets those of the encoder",
            )
    return settings.get("identity", {})


def _tell(film: Path, found: QcResult | A1Error, as_json: bool) -> None:
    if isinstance(found, A1Error):
        click.echo(f"error: {found}" + (f"\nhint: {found.hint}" if found.hint else ""), err=True)
    else:
        click.echo(found.model_dump_json() if as_json else told(str(film), found))


def _counted(found: Collection[QcResult | A1Error], noun: str) -> str:
    """Return how many films, or shots, there are of each verdict."""
    kinds = Counter("error" if isinstance(one, A1Error) else one.verdict for one in found)
    words = {"pass": "pass", "warn": "warn", "fail": "fail", "error": "could not be inspected"}
    counts = [f"{kinds[kind]} {word}" for kind, word in words.items() if kinds[kind]]
    return f"{len(found)} {noun}s: {', '.join(counts)}"


def _exit_code(found: Collection[QcResult | A1Error], fail_on: FailOn) -> int:
    """Return the exit code: of the first film that could not be inspected, else of the verdicts.

    6 says that all were inspected, so that whoever is told knows all that did not pass.
    """
    failed = [one.exit_code for one in found if isinstance(one, A1Error)]
    return (
        failed[0]
        if failed
        else exit_code((one.verdict for one in found if not isinstance(one, A1Error)), fail_on)
    )
