"""The parts of the page that show numbers: curves, and figures of the shots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from a1sdk.qc.page import labels
from a1sdk.qc.page.markup import Html, tag
from a1sdk.qc.page.pieces import icon, section, titled

if TYPE_CHECKING:
    from a1sdk.qc.model import Figure, Finding, QcResult, Series, ShotFigures
    from a1sdk.qc.page.labels import FrameLabels


def curves(result: QcResult, bucket: int) -> Html | None:
    """Return a place for each curve, those with findings first; the script draws them."""
    if not result.series:
        return None
    known = [one for one in result.series if any(v is not None for v in one.values)]
    unknown = [titled(one.who, one.label) for one in result.series if one not in known]
    known.sort(key=lambda one: _rank(one, result))
    whose = list(dict.fromkeys(one.who for one in result.series))
    groups = [_group(who, [one for one in known if one.who == who], result) for who in whose]
    return section(
        "curves",
        "Curves",
        tag("noscript", tag("p", "Curves and playing in step need JavaScript.")),
        _legend(cut=any(one.first for one in result.shots)),
        tag("p", id="curves-note", class_="none", hidden=True),
        tag(
            "p",
            f"Each point stands for {bucket} frames, and shows the worst of them.",
            class_="none",
        )
        if bucket > 1
        else None,
        tag(
            "div",
            tag("div", tag("div", class_="plot", id="ruler"), class_="ruler"),
            [piece for group in groups for piece in group],
            class_="plots",
            id="plots",
        ),
        tag("p", f"Not measured: {', '.join(unknown)}.", class_="none") if unknown else None,
    )


def _group(who: str | None, members: Sequence[Series], result: QcResult) -> Iterator[Html]:
    """Yield the curves of one face, or of the pictures, under a heading where there are several."""
    several = any(one.who is not None for one in result.series)
    if several and members:
        yield tag("h3", icon("face" if who else "picture"), who or "Pictures", class_="group")
    for one in members:
        yield _curve(one, result.series.index(one), result, "h4" if several else "h3")


def _rank(series: Series, result: QcResult) -> int:
    found = {one.severity for one in _found(series, result)}
    return 0 if "fail" in found else 1 if "warn" in found else 2


def _found(series: Series, result: QcResult) -> list[Finding]:
    key = series.name, series.who
    return [one for one in result.findings if (one.measure, one.who) == key]


def _legend(*, cut: bool) -> Html:
    shown = [
        ("seen", "seen in the film"),
        ("asked", "asked for"),
        ("warn", "warning limit and range"),
        ("fail", "failure limit and range"),
    ]
    if cut:
        shown.append(("cut", "cut"))
    samples = [tag("span", tag("i", class_=name), text) for name, text in shown]
    zoom = [
        tag("button", text, type="button", id=name, aria_label=label, title=f"{label} ({key})")
        for name, text, label, key in (
            ("zoom-out", "\u2212", "Zoom out", "-"),
            ("zoom-in", "+", "Zoom in", "+"),
            ("zoom-all", "All", "Show the whole film", "0"),
        )
    ]
    return tag(
        "div",
        tag("div", samples, class_="legend"),
        tag("div", zoom, class_="buttons", role="group", aria_label="Zoom of the curves"),
        class_="over",
    )


def _curve(series: Series, number: int, result: QcResult, heading: str) -> Html:
    found = _found(series, result)
    title = titled(series.who, series.label)
    worst = found[0].severity if found else ""
    return tag(
        "div",
        tag(
            "div",
            tag(heading, icon(worst) if worst else None, series.label),
            tag("output", class_="now", aria_live="off"),
            tag("p", labels.limits(series.warn, series.fail), class_="limits"),
            class_="about",
        ),
        tag(
            "div",
            class_="plot",
            role="img",
            aria_label=_described(series, found),
            data_series=number,
        ),
        tag(
            "details",
            tag("summary", "Values", aria_label=f"Values of {title}"),
            tag("p", series.about),
            tag("div", class_="values"),
            data_series=number,
        ),
        class_=f"curve {worst}",
    )


def _described(series: Series, found: Sequence[Finding]) -> str:
    """Return what the curve shows, for those who do not see it."""
    known = [value for value in series.values if value is not None]
    span = f"from {labels.value(min(known))} to {labels.value(max(known), series.unit)}"
    bad = ", ".join(labels.frames(one.first, one.last) for one in found[:20])
    return f"{titled(series.who, series.label)}: {span}. " + (
        f"Bad in frames {bad}." if bad else "Nowhere bad."
    )


def figures(result: QcResult, times: FrameLabels) -> Html | None:
    """Return the figures of each shot."""
    alone = all(one.who is None for one in result.shots)
    shots = [
        _shot(one, "" if alone else one.who or "Pictures", times, open_=len(result.shots) == 1)
        for one in result.shots
    ]
    return section("figures", "Figures of the shots", *shots) if shots else None


def _shot(shot: ShotFigures, of: str, times: FrameLabels, *, open_: bool) -> Html:
    names = ("Measure", "Value", "Limits", "What it is")
    head = tag("tr", [tag("th", name, scope="col", role="columnheader") for name in names])
    rows = [_figure(one) for one in shot.figures if one.value is not None]
    unknown = [one.label for one in shot.figures if one.value is None]
    title = f"Frames {labels.frames(shot.first, shot.last)}, {times.range(shot.first, shot.last)}"
    title = f"{title}: {of}" if of else title
    return tag(
        "details",
        tag("summary", title),
        tag(
            "div",
            tag(
                "table",
                tag("thead", head, role="rowgroup"),
                tag("tbody", rows, role="rowgroup"),
                role="table",
            ),
            class_="wide",
            tabindex="0",
            role="region",
            aria_label=title,
        ),
        tag("p", f"Not measured: {', '.join(unknown)}.", class_="none") if unknown else None,
        open=open_,
    )


def _figure(one: Figure) -> Html:
    return tag(
        "tr",
        tag("th", one.label, scope="row", role="rowheader"),
        tag("td", labels.value(one.value, one.unit), class_="number", role="cell"),
        tag("td", labels.limits(one.warn, one.fail), class_="number", role="cell"),
        tag("td", one.about, class_="long", role="cell"),
        role="row",
    )
