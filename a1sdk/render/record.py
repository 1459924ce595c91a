"""Fill in the report of a run: who took part before it, what came out after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import a1sdk
from a1sdk.components.blame import describe
from a1sdk.errors import A1Error, StorageError
from a1sdk.media.records import FileRecord
from a1sdk.qc.model import QcResult, result_path
from a1sdk.render import licensing
from a1sdk.render.inputs import ContentDigests, files_in
from a1sdk.render.permission import Permission
from a1sdk.render.plan import report_path
from a1sdk.render.report import ComponentRecord, RenderReport

if TYPE_CHECKING:
    from a1sdk.render.context import HostContext
    from a1sdk.render.plan import RenderPlan

_FOUND = (".json", ".html", ".film.mp4", ".driver.mp4")
"""What names of the files end in that inspecting a film leaves beside it: the page, its copies."""


def open_report(plan: RenderPlan) -> RenderReport:
    """Return the report of a run that is about to begin."""
    return RenderReport(
        outcome="failed",
        a1sdk=a1sdk.__version__,
        job=plan.job,
        components=[
            ComponentRecord(
                ref=chosen.ref,
                package=chosen.plugin.distribution,
                version=chosen.plugin.version,
                license=chosen.spec.license,
                commercial=chosen.spec.use,
            )
            for chosen in plan.components
        ],
    )


def close_report(plan: RenderPlan, report: RenderReport, context: HostContext) -> None:
    """Complete the report of a run that succeeded, and write it beside the result.

    Raises:
        StorageError: the report cannot be written; the result stays.
    """
    output = report.job.output
    report.outcome = "done"
    report.warnings += [text for text in context.warnings if text not in report.warnings]
    for component in report.components:
        component.assets = context.used.get(component.ref, {})
        _note_facts(component, context)
    _note_licenses(plan, report, context)
    report.inputs = list(_inputs(plan))
    report.outputs = [FileRecord.of(output)] if output.is_file() else []
    _settle_inspection(report)
    try:
        report.save(report_path(output))
    except StorageError as error:
        raise StorageError(
            f"{str(output)!r} is complete, but its report is missing: {error}", hint=error.hint
        ) from error


def _note_facts(component: ComponentRecord, context: HostContext) -> None:
    """Record what a component noted: of the run, of all faces alike, and of each of them."""
    faces = context.faces.get(component.ref, {})
    first, *others = faces.values() or [{}]
    alike = {
        name: value
        for name, value in first.items()
        if all(name in one and one[name] == value for one in others)
    }
    component.facts = context.facts.get(component.ref, {}) | alike
    component.faces = {
        face: {name: value for name, value in facts.items() if name not in alike}
        for face, facts in faces.items()
    }


def _settle_inspection(report: RenderReport) -> None:
    """Write the page of an inspection that is to have one, and remove what is left of earlier ones.

    What others have found lies beside the film of then, and says nothing of this one. That a page
    cannot be written costs no film: the report says so.
    """
    film, result = report.job.output, result_path(report.job.output)
    for path in (result.with_suffix(suffix) for suffix in _FOUND):
        if path.is_file() and (report.qc is None or path != result):
            path.unlink()
    if report.qc is None or not report.job.qc_page:
        return
    from a1sdk.qc.page import page_path, write_page

    try:
        found = QcResult.model_validate_json(result.read_bytes())
        write_page(found, page_path(film), film=film, report=report)
    except Exception as error:
        why = str(error) if isinstance(error, A1Error) else describe(error)
        report.warnings.append(f"The film is complete, but its page was not written: {why}")
    else:
        report.qc = report.qc.model_copy(update={"page": page_path(film)})


def _note_licenses(plan: RenderPlan, report: RenderReport, context: HostContext) -> None:
    """Record under which licences all works that was used, and what that means for the result."""
    permission = Permission.of(plan.job)
    used = licensing.used_parts(plan.choices, context.used)
    report.licenses = licensing.with_licenses(used, permission.licensed)
    report.commercial = licensing.worst(report.licenses)
    report.warnings += licensing.statement(report.licenses, permission)


def _inputs(plan: RenderPlan) -> Iterator[FileRecord]:
    """Yield the records of all that was read; of a folder, those of its files."""
    digests = ContentDigests()
    for path in plan.reads:
        if path.is_dir():
            for file in files_in(path):
                yield FileRecord.of(file, digest=digests.of_file_in_folder(file))
        elif path.exists():
            yield FileRecord.of(path)
