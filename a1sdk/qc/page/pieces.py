"""What several parts of the page are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.qc.page.markup import Child, Html, tag

if TYPE_CHECKING:
    from a1sdk.qc.model import QcResult


def icon(name: str) -> Html:
    """Return a small picture from the page's own set; it says nothing to a screen reader."""
    return tag("svg", tag("use", href=f"#i-{name}"), class_="icon", aria_hidden="true")


def section(name: str, title: str, *children: Child) -> Html:
    """Return a part of the page under a heading; it can be linked to by its name."""
    heading = tag("h2", title, id=f"{name}-heading")
    return tag("section", heading, *children, aria_labelledby=f"{name}-heading", id=name)


def titled(who: str | None, label: str) -> str:
    """Return a label with the name of whom it is of, where there are several."""
    return label if who is None else f"{who}: {label}"


def named(measure: str, result: QcResult) -> tuple[str, str]:
    """Return the label and the unit of a measure."""
    for one in result.series:
        if one.name == measure:
            return one.label, one.unit
    for figure in (figure for shot in result.shots for figure in shot.figures):
        if figure.name == measure:
            return figure.label, figure.unit
    return measure, ""
