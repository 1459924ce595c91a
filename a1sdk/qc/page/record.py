"""The parts of the page that say how the film was made and measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from a1sdk.qc.page import labels
from a1sdk.qc.page.markup import Child, Html, joined, tag

if TYPE_CHECKING:
    from a1sdk.media.records import FileRecord
    from a1sdk.qc.model import QcResult
    from a1sdk.render.report import ComponentRecord, RenderReport

_COMMERCIAL = {"yes": "yes", "no": "no", "terms": "on terms", "unknown": "not said"}


def record(result: QcResult, report: RenderReport | None) -> Html:
    """Return inputs, versions, licences and timings, as far as they are known."""
    parts = [
        _list("Notes", result.notes),
        _inputs(result, report),
        _measured_with(result),
        *([] if report is None else _rendered(report)),
        _timings(result, report),
    ]
    return tag(
        "section",
        tag("h2", "Record", id="record-heading"),
        [part for part in parts if part is not None],
        aria_labelledby="record-heading",
        id="record",
    )


def _inputs(result: QcResult, report: RenderReport | None) -> Html | None:
    files: list[tuple[str, FileRecord]] = [(one.role, one) for one in result.inputs]
    seen = {one.sha256 for one in result.inputs}
    others = [] if report is None else report.inputs
    files += [("input of the render", one) for one in others if one.sha256 not in seen]
    rows = [
        (role, tag("code", str(one.path)), labels.size(one.bytes), tag("code", one.sha256))
        for role, one in files
    ]
    return _table("Inputs", ("What", "File", "Size", "SHA-256"), rows)


def _measured_with(result: QcResult) -> Html | None:
    rows: list[tuple[Child, ...]] = [("a1sdk", "a1sdk", result.a1sdk, "Apache-2.0")]
    rows += [(one.ref, one.package, one.version, one.license) for one in result.components]
    return _table("Measured with", ("Component", "Package", "Version", "Licence"), rows)


def _rendered(report: RenderReport) -> Iterable[Html | None]:
    rows = [_component(one) for one in report.components]
    names = ("Component", "Package", "Version", "Licence", "Commercial use")
    yield _table("Rendered with", names, rows)
    yield _table("Settings of the render", ("Setting", "Value"), _settings(report))
    yield _licenses(report)
    yield _list("Warnings of the render", report.warnings)


def _component(one: ComponentRecord) -> tuple[Child, ...]:
    return one.ref, one.package, one.version, one.license, _COMMERCIAL[one.commercial]


def _settings(report: RenderReport) -> list[tuple[Child, ...]]:
    job = report.job
    chosen = [("Renderer", job.renderer), ("Face tracker", job.tracker)]
    chosen += [(f"Motion {one.name}", one) for one in job.motion]
    rows: list[tuple[Child, ...]] = [("a1sdk", report.a1sdk)]
    rows += [(name, joined(one.use, " ", _options(one.options))) for name, one in chosen]
    carried = job.performance.model_dump(mode="json")
    rows.append(("Performance", ", ".join(f"{name} {value}" for name, value in carried.items())))
    rows += [("Seed", str(job.seed)), ("Device", job.device)]
    return rows


def _options(options: dict[str, object]) -> Html | None:
    return tag("code", json.dumps(options, default=str)) if options else None


def _licenses(report: RenderReport) -> Html | None:
    rows: list[tuple[Child, ...]] = [
        (
            one.role,
            one.name,
            one.version,
            _linked(one.license, one.license_url),
            _COMMERCIAL[one.commercial],
        )
        for one in report.licenses
    ]
    names = ("What", "Name", "Version", "Licence", "Commercial use")
    table = _table("Licences of all that was used", names, rows)
    if table is None:
        return None
    allowed = f"Commercial use of all of it together: {_COMMERCIAL[report.commercial]}."
    return joined(table, tag("p", allowed, class_="none"))


def _linked(text: str, address: str) -> Child:
    """Return text as a link, provided it leads to the web and nowhere else."""
    if not address.startswith(("https://", "http://")):
        return text
    return tag("a", text, href=address, rel="noreferrer noopener", target="_blank")


def _timings(result: QcResult, report: RenderReport | None) -> Html | None:
    times = dict(report.seconds) if report is not None else {}
    rendering = sum(times.values())
    times["quality control"] = result.seconds
    longest = max(times.values()) or 1.0
    rows: list[tuple[Child, ...]] = [
        (name, labels.seconds(time), _bar(time / longest)) for name, time in times.items()
    ]
    if report is not None:
        rows.append(("render, all stages", labels.seconds(rendering), None))
    return _table("Time it took", ("Stage", "Busy", ""), rows)


def _bar(share: float) -> Html:
    bar = tag("path", d=f"M0 4h{100 * share:.1f}")
    return tag(
        "svg",
        bar,
        class_="bar",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _list(title: str, texts: Sequence[str]) -> Html | None:
    if not texts:
        return None
    return joined(tag("h3", title), tag("ul", [tag("li", text) for text in texts], class_="texts"))


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[Child]]) -> Html | None:
    if not rows:
        return None
    head = tag("tr", [tag("th", name, scope="col") for name in names])
    body = [tag("tr", [tag("td", cell) for cell in row]) for row in rows]
    table = tag("table", tag("thead", head), tag("tbody", body))
    framed = tag("div", table, class_="wide", tabindex="0", role="region", aria_label=title)
    return joined(tag("h3", title), framed)
