"""Find what a film is held to: the report beside it, or a portrait and a driver that are named."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from a1sdk.errors import ConfigError
from a1sdk.media import sha256
from a1sdk.render.animate import make_job
from a1sdk.render.jobfile import moved_job
from a1sdk.render.plan import report_path
from a1sdk.render.report import RenderReport

if TYPE_CHECKING:
    from fractions import Fraction

    from a1sdk.components.registry import Registry
    from a1sdk.render.job import RenderJob

_SCHEMA = "a1.report/1"


@dataclass(frozen=True)
class Basis:
    """What a film is held to.

    Attributes:
        job: what it was made from, or what it is compared with; None where that is not known.
        made: whether it was made from that job, and not by others who had the same files.
        portrait: picture of the person, where there is no job.
        face: which face of that picture, as in a job.
        notes: what the reader of a result has to know about it.
        one_shot: whether a report says that we rendered it, so that what looks like a cut is none.
        rate: frames per second, where that is known without opening the film: numbered pictures do
            not say themselves.
    """

    job: RenderJob | None = None
    made: bool = True
    portrait: Path | None = None
    face: str = "largest"
    notes: tuple[str, ...] = ()
    one_shot: bool = False
    rate: Fraction | None = None


def basis_of(
    film: Path,
    registry: Registry,
    *,
    portrait: Path | None = None,
    driver: Path | None = None,
    face: str = "largest",
    rate: Fraction | None = None,
) -> Basis:
    """Return what a film is held to.

    That is the portrait and the driver that are named; else the job in the report beside the film,
    if its files are still there; else the film itself.

    Args:
        film: the film, or numbered pictures: a pattern of them, or their folder.
        registry: where components are looked up.
        portrait: picture that others made the film of.
        driver: who gave them the performance.
        face: face of the portrait, as in a job.
        rate: frames per second of numbered pictures; if None what the report beside them says.

    Raises:
        ConfigError: there is a driver and no portrait, or the report is none.
        DecodeError: a file is missing or unreadable.
        PluginError: nobody reads the driver.
    """
    if portrait is None and driver is not None:
        raise ConfigError("A driver is compared by the portrait that performs: --portrait.")
    report, other = report_beside(film), _other_schema(film)
    if portrait is not None and driver is not None:
        job = make_job(portrait, driver, film, registry=registry, face=face)
        basis = Basis(job, made=False, portrait=portrait)
    elif portrait is not None:
        basis = Basis(portrait=portrait, face=face)
    else:
        basis = Basis() if report is None else _reported(report, film, registry)
    if other is not None:
        told = (
            f"The report beside the film is of the schema {other}, and this version reads"
            f" {_SCHEMA}: what the film was made of is not known from it."
        )
        return replace(basis, rate=rate, one_shot=True, notes=(*basis.notes, told))
    if report is None:
        return replace(basis, rate=rate)
    return replace(basis, rate=rate or report.rate, one_shot=True)


def report_beside(film: Path) -> RenderReport | None:
    """Return the report of the render that made a film.

    None where there is none beside it, or one of a schema that is not ours.

    Raises:
        ConfigError: what lies there is no report.
    """
    path = report_path(film)
    if not path.is_file() or _other_schema(film) is not None:
        return None
    try:
        return RenderReport.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{str(path)!r} is no report of a render: {where and where + ': '}{first['msg']}.",
            hint="render the film again, or remove it",
        ) from None


def _other_schema(film: Path) -> str | None:
    """Return the schema of the report beside a film, if it is a report's, and not ours."""
    path = report_path(film)
    try:
        known = json.loads(path.read_bytes()) if path.is_file() else None
    except ValueError:
        return None
    schema = known.get("schema_version") if isinstance(known, dict) else None
    of_reports = isinstance(schema, str) and schema.startswith(_SCHEMA.partition("/")[0] + "/")
    return schema if of_reports and schema != _SCHEMA else None


def _reported(report: RenderReport, film: Path, registry: Registry) -> Basis:
    def placed(path: Path) -> Path:
        return path if path.exists() or path.is_absolute() else film.parent / path

    job = moved_job(report.job, placed, registry)
    missing = [one for one in _files(job) if not one.exists()]
    if missing:
        lost = f"{str(missing[0])!r}, of which the film was made, is no longer there."
        portrait = job.portrait if job.portrait.is_file() else None
        return Basis(portrait=portrait, face=job.face, notes=(lost,))
    return Basis(job, notes=_changes(report, job))


def _files(job: RenderJob) -> list[Path]:
    return [job.portrait, *job.driven_by]


def _changes(report: RenderReport, job: RenderJob) -> tuple[str, ...]:
    """Say which of the files that the film was made of are others now."""
    known = {one.path.name: one.sha256 for one in report.inputs}
    return tuple(
        f"{str(path)!r} has changed since the film was made of it."
        for path in _files(job)
        if path.is_file() and known.get(path.name) != sha256(path)
    )
