"""`a1 licences`: what one may do with what is installed, or with what a render uses or used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from a1sdk.cli.jobs import Drawing, encoder_option, licensed_option
from a1sdk.cli.performance import read_settings
from a1sdk.errors import A1Error

if TYPE_CHECKING:
    from a1sdk.components.chosen import Chosen
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import CommercialUse
    from a1sdk.render.licensing import Part, UsedLicenses

_ALLOWED: dict[CommercialUse, str] = {
    "yes": "allowed",
    "no": "not allowed",
    "terms": "allowed on conditions",
    "unknown": "not known",
}
_INDENTS = {"package": "", "dependency": "  ", "component": "  "}


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[JOB|CUT|FILM]")
@click.option(
    "--renderer", default="warp/mesh", show_default=True, help="Who draws the shots of a cut."
)
@click.option(
    "--tracker",
    default="facemesh/landmarks",
    show_default=True,
    help="Who finds faces in the shots of a cut.",
)
@encoder_option
@click.option(
    "--cast",
    type=click.Path(path_type=Path),
    help="The cast sheet of a cut, for shots whose marker says who=NAME.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    callback=read_settings,
    metavar="NAME.OPTION=VALUE",
    help="An option of the renderer or of an encoder of a cut; may be repeated.",
)
@click.option(
    "--media-root",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A folder that media of a cut may lie in, beside its own; may be repeated.",
)
@licensed_option
@click.option("--dependencies", is_flag=True, help="Also list the packages that these need.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def licences(
    file: Path | None,
    licensed: tuple[str, ...],
    dependencies: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Show what one may do with what a job file or a cut would use here, or all that is installed.

    Of the files that a component can do with, those are shown that it would load on this machine.
    Of a film, or of its report, FILM.a1report.json, it is shown what that film was made with, as it
    was recorded.
    """
    from a1sdk.assets import AssetStore
    from a1sdk.components.registry import Registry
    from a1sdk.render import licensing
    from a1sdk.render.jobfile import read_model
    from a1sdk.render.plan import report_path
    from a1sdk.render.report import RenderReport

    registry, store, held = Registry(), AssetStore(), frozenset(licensed)
    if file is not None and file.name and report_path(file).is_file():
        file = report_path(file)
    if file is None:
        parts = licensing.installed_parts(registry, store)
    elif file.name.endswith(".a1report.json"):
        parts = read_model(file, RenderReport, "report").licenses
        held |= {one.name for one in parts if one.licensed}
    else:
        parts = licensing.planned_parts(_components(file, registry, **asked), store)
    parts = licensing.with_licenses(parts, held)
    needed = licensing.dependency_parts(parts) if dependencies else []
    found = licensing.UsedLicenses(
        file=file,
        commercial=None if file is None else licensing.worst(parts),
        parts=(*parts, *needed),
    )
    click.echo(found.model_dump_json(indent=2) if as_json else "\n".join(_lines(found)))


def _components(file: Path, registry: Registry, **asked: Any) -> Sequence[Chosen[Any]]:
    """The components of a job, or of all shots of a cut."""
    if file.suffix.lower() == ".json":
        from a1sdk.render.jobfile import load_job
        from a1sdk.render.permission import Permission
        from a1sdk.render.plan import make_plan

        return make_plan(load_job(file, registry), registry, permission=Permission()).choices
    return list(_of_cut(file, registry, **asked))


def _of_cut(
    cut: Path,
    registry: Registry,
    *,
    roots: tuple[Path, ...],
    encoders: tuple[str, ...],
    settings: dict[str, dict[str, str]],
    cast: Path | None,
    **drawn: Any,
) -> Iterator[Chosen[Any]]:
    """Yield the components of the shots that can be rendered; say which cannot."""
    from a1sdk.cli.cutting import open_shots
    from a1sdk.render.cast.sheet import load_sheet
    from a1sdk.render.permission import Permission
    from a1sdk.render.plan import make_plan
    from a1sdk.timeline.rendering.jobs import Delivered, JobMaker

    drawing = Drawing.of(settings, encoders)
    people = None if cast is None else load_sheet(cast, registry)
    delivered = Delivered(
        renderer_options=drawing.options, encoders=drawing.encoders, cast=people, **drawn
    )
    with ExitStack() as stack:
        shots = stack.enter_context(open_shots(cut, roots=roots))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="a1-licences-")))
        maker = JobMaker(folder, shots, delivered, registry)
        for shot in shots:
            if shot.state != "ready":
                click.echo(f"note: {shot.name} is {shot.state}; it is left out.", err=True)
                continue
            try:
                job = maker.job(shot).job
                yield from make_plan(job, registry, permission=Permission()).choices
            except A1Error as error:
                click.echo(f"note: {shot.name} is left out: {error}", err=True)


def _lines(found: UsedLicenses) -> Iterator[str]:
    shown = ""
    for part in found.parts:
        if part.role == "dependency" and shown != "dependency":
            yield "needed by these"
        shown = part.role
        yield _INDENTS.get(part.role, "    ") + _line(part)
    noted: dict[str, list[str]] = {}
    for part in filter(lambda part: part.license_notes, found.parts):
        noted.setdefault(part.license_notes, []).append(part.name)
    for text, names in noted.items():
        yield f"note on {', '.join(dict.fromkeys(names))}: {text}"
    if found.commercial is not None:
        yield f"commercial use: {_ALLOWED[found.commercial]}"


def _line(part: Part) -> str:
    """Return one line: what it is, its licence, whether that allows commercial use, and where."""
    name = f"{part.role} {part.name}" if part.role not in _INDENTS else part.name
    if part.role == "own":
        name = f"{part.name}={part.path}"
    elif part.role in ("package", "dependency", "snapshot"):
        name = f"{name} {part.version}".rstrip()
    words = [f"{name} ({part.state})" if part.state else name, _license(part)]
    if part.role != "dependency":
        words.append(f"commercial use {_ALLOWED[part.commercial]}")
    if part.licensed:
        words.append("a licence of your own")
    return "  ".join(filter(None, [", ".join(words), part.license_url]))


def _license(part: Part) -> str:
    return "licence not stated" if part.license == "NOASSERTION" else part.license
