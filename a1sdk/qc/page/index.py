"""The page that leads to the pages of several films: of a cut's shots, or of a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.media.files import write_text
from a1sdk.qc.page import labels
from a1sdk.qc.page.document import document
from a1sdk.qc.page.footage import address
from a1sdk.qc.page.labels import SEVERITIES, FrameLabels
from a1sdk.qc.page.markup import Child, Html, joined, tag
from a1sdk.qc.page.pictures import worst_frames
from a1sdk.qc.page.pieces import icon
from a1sdk.qc.page.sections import severity
from a1sdk.qc.page.writing import page_path

if TYPE_CHECKING:
    from a1sdk.qc.model import QcResult, Verdict

_MOST_SHOWN = 3  # findings of a film
_ORDER: tuple[Verdict, ...] = ("fail", "warn", "pass")


@dataclass(frozen=True)
class Inspected:
    """A film and what was found in it.

    Attributes:
        film: the film, or numbered pictures.
        result: of its inspection; None where there was none.
        why: why there was none.
    """

    film: Path
    result: QcResult | None
    why: str = ""


def write_index(films: Sequence[Inspected], output: Path, title: str, noun: str = "film") -> None:
    """Write a page with a line for each film: verdict, what to look at first, and a link.

    Args:
        films: in the order in which they are shown.
        output: the HTML file.
        title: what they are together.
        noun: what each is.

    Raises:
        DecodeError: the picture of a film cannot be decoded.
        StorageError: no space, no permission.
    """
    verdict = _worst(films)
    body = joined(
        tag(
            "header",
            tag("p", icon(verdict), SEVERITIES[verdict], class_="verdict"),
            tag("div", tag("h1", title), tag("p", _summary(films, noun), class_="summary")),
            class_=f"top {verdict}",
        ),
        tag("main", tag("section", _table(films, output, noun.capitalize()))),
    )
    write_text(output, document(f"{SEVERITIES[verdict]}: {title}", body))


def _worst(films: Sequence[Inspected]) -> Verdict:
    """Return the worst verdict; what was to be inspected and was not has not passed."""
    known = {one.result.verdict if one.result else "warn" for one in films}
    return next(one for one in _ORDER if one in known)


def _summary(films: Sequence[Inspected], noun: str) -> str:
    counts = Counter(one.result.verdict if one.result else None for one in films)
    said = [f"{counts[verdict]} {verdict}" for verdict in _ORDER if counts[verdict]]
    said += [f"{counts[None]} not inspected"] if counts[None] else []
    return f"{labels.counted(len(films), noun)}: {', '.join(said)}."


def _table(films: Sequence[Inspected], output: Path, noun: str) -> Html:
    names = ("Verdict", "Worst frame", noun, "Look at first", "Failures", "Warnings")
    head = tag("tr", [tag("th", name, scope="col", role="columnheader") for name in names])
    return tag(
        "table",
        tag("thead", head, role="rowgroup"),
        tag("tbody", [_row(one, output) for one in films], role="rowgroup"),
        class_="shots",
        role="table",
        aria_label=f"{noun}s",
    )


def _row(one: Inspected, output: Path) -> Html:
    result = one.result
    counts = Counter[str](finding.severity for finding in result.findings) if result else None
    cells: tuple[tuple[str, Child], ...] = (
        ("level", severity(result.verdict) if result else "Not inspected"),
        ("picture", _picture(one, output)),
        ("film", _film(one, output)),
        ("found", _findings(result) if result else one.why or None),
        ("count", str(counts["fail"]) if counts and counts["fail"] else None),
        ("count", str(counts["warn"]) if counts and counts["warn"] else None),
    )
    shown = [tag("td", text, class_=name, role="cell") for name, text in cells]
    return tag("tr", shown, role="row")


def _picture(one: Inspected, output: Path) -> Html | None:
    """Return the worst frame, which leads to itself on the film's page."""
    if one.result is None:
        return None
    for worst in worst_frames(one.film, one.result, most=1):
        shown = tag("img", src=worst.picture, alt=f"Frame {worst.frame}", loading="lazy")
        return _linked(shown, one.film, output, f"?frame={worst.frame}")
    return None


def _film(one: Inspected, output: Path) -> Html:
    name = tag("b", _name(one.film, output))
    if one.result is None:
        return name
    frames = labels.counted(one.result.frames, "frame")
    times, last = FrameLabels.of(one.result), one.result.frames - 1
    facts = f"{times.range(0, last)}, {frames}, {labels.rate(one.result.rate)}"
    return joined(_linked(name, one.film, output), tag("small", facts))


def _name(film: Path, output: Path) -> str:
    folder = output.absolute().parent
    whole = film.absolute()
    return str(whole.relative_to(folder) if whole.is_relative_to(folder) else film)


def _linked(shown: Html, film: Path, output: Path, where: str = "") -> Html:
    """Return something as a link to a film's page, if there is one."""
    page = page_path(film)
    return tag("a", shown, href=address(page, output) + where) if page.is_file() else shown


def _findings(result: QcResult) -> Child:
    """Return the worst findings, and how many more there are."""
    if not result.findings:
        return "Nothing is beyond its limits."
    times, left = FrameLabels.of(result), len(result.findings) - _MOST_SHOWN
    shown = [
        tag(
            "li",
            icon(one.severity),
            tag("span", times.place(one.first, one.last, result.frames), class_="timecode"),
            tag("span", one.sentence),
            class_=f"reason {one.severity}",
        )
        for one in result.worst_first[:_MOST_SHOWN]
    ]
    return tag("ul", shown, tag("li", f"and {left} more", class_="more") if left > 0 else None)
