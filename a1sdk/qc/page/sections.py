"""The parts of the page that show the film: verdict, pictures, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from a1sdk.qc.page import labels
from a1sdk.qc.page.labels import SEVERITIES, FrameLabels
from a1sdk.qc.page.markup import Child, Html, joined, tag
from a1sdk.qc.page.pieces import icon, named, section, titled

if TYPE_CHECKING:
    from a1sdk.qc.model import Finding, QcResult
    from a1sdk.qc.page.footage import Footage
    from a1sdk.qc.page.pictures import Reason, WorstFrame

MOST_FINDINGS = 500
"""Findings that the page lists; the result file has all of them."""

MOST_RANGES = 10_000
"""Findings whose ranges the curves show."""

_KEYS = (
    ("space", "play, pause"),
    ("← →", "a frame"),
    ("shift ← →", "ten frames"),
    ("j k", "next, previous finding"),
    ("l", "repeat the finding"),
    ("+ − 0", "zoom the curves"),  # noqa: RUF001
    ("m", "sound"),
)


def severity(name: str) -> Html:
    """Return a severity as icon and word."""
    return tag("span", icon(name), SEVERITIES[name], class_=f"severity {name}")


def header(result: QcResult, film: str, times: FrameLabels) -> Html:
    """Return the verdict, and what film it is of."""
    width, height = result.size
    facts = [
        labels.counted(result.frames, "frame"),
        labels.rate(result.rate),
        f"{width}x{height}",
        *_parts(result),
        f"timecode from {times.at(0)}" + ("" if times.own else " (the film has none)"),
        f"profile {result.profile.name}",
    ]
    return tag(
        "header",
        tag("p", icon(result.verdict), SEVERITIES[result.verdict], class_="verdict"),
        tag(
            "div",
            tag("h1", film),
            tag("p", _summary(result), class_="summary"),
            tag("ul", [tag("li", fact) for fact in facts], class_="facts"),
        ),
        class_=f"top {result.verdict}",
    )


def _parts(result: QcResult) -> Iterator[str]:
    """Yield how many shots and faces there are, where there are several."""
    shots = len({one.first for one in result.shots})
    faces = len({one.who for one in result.series} - {None})
    if shots > 1:
        yield f"{shots} shots"
    if faces > 1:
        yield f"{faces} faces perform"


def _summary(result: QcResult) -> str:
    if not result.findings:
        return "Nothing is beyond its limits."
    counts = Counter[str](one.severity for one in result.findings)
    words = (("fail", "failure"), ("warn", "warning"))
    said = [labels.counted(counts[name], word) for name, word in words if counts[name]]
    return f"{' and '.join(said)}."


def stage(film: Footage | None, driver: Footage | None, portrait: str | None) -> Html:
    """Return the pictures side by side, and what moves them."""
    panes = [
        _pane("film", "Result", film, "There is no film that a browser could play."),
        _pane("driver", "Driver", driver, "") if driver is not None else None,
        _still(portrait) if portrait is not None else None,
    ]
    shown = [pane for pane in panes if pane is not None]
    return tag(
        "section",
        tag("h2", "Film", id="film-heading", class_="unseen"),
        tag("div", shown, class_=f"panes of-{len(shown)}"),
        _transport(),
        tag(
            "div",
            class_="overview",
            id="overview",
            role="slider",
            tabindex="0",
            aria_label="Frame of the film",
            aria_valuemin="0",
            aria_valuenow="0",
        ),
        class_="stage",
        aria_labelledby="film-heading",
    )


def _pane(name: str, title: str, film: Footage | None, missing: str) -> Html:
    if film is None:
        return tag("figure", tag("p", missing, class_="missing"), tag("figcaption", title))
    return tag(
        "figure",
        tag(
            "video",
            id=name,
            src=film.src,
            preload="auto",
            playsinline=True,
            muted=name != "film",
            aria_label=title,
        ),
        tag("p", class_="missing", hidden=True),
        tag("figcaption", tag("b", f"{title}, copy" if film.note else title)),
        class_=name,
    )


def _still(portrait: str) -> Html:
    return tag(
        "figure",
        tag("img", src=portrait, alt="The portrait that the film was made of"),
        tag("figcaption", tag("b", "Portrait")),
        class_="portrait",
    )


def _transport() -> Html:
    def button(name: str, text: str, key: str) -> Html:
        return tag(
            "button",
            icon(name),
            id=f"b-{name}",
            type="button",
            title=f"{text} ({key})",
            aria_label=text,
        )

    speeds = [
        tag("option", f"{speed}\u00d7", value=speed, selected=speed == "1")
        for speed in ("0.1", "0.25", "0.5", "1")
    ]
    return tag(
        "div",
        tag(
            "div",
            button("previous", "Previous finding", "k"),
            button("back", "A frame back", "left arrow"),
            button("play", "Play", "space"),
            button("forward", "A frame forward", "right arrow"),
            button("next", "Next finding", "j"),
            class_="buttons",
        ),
        tag("label", "Frame ", tag("input", id="frame", type="number", min=0, value=0)),
        tag("output", id="timecode", class_="timecode", aria_label="Timecode"),
        tag("label", "Speed ", tag("select", speeds, id="speed"), class_="speed"),
        tag(
            "div",
            button("loop", "Repeat the finding", "l"),
            button("sound", "Sound", "m"),
            class_="buttons",
        ),
        tag("p", id="here", class_="here"),
        class_="transport",
        role="group",
        aria_label="Playback",
    )


def copies(*films: Footage | None) -> Html | None:
    """Return what is shown in place of films that browsers cannot play."""
    notes = [tag("li", film.note) for film in films if film is not None and film.note]
    return tag("ul", notes, class_="copies") if notes else None


def keys() -> Html:
    """Return which keys do what."""
    shown = [tag("span", tag("kbd", key), f" {text}") for key, text in _KEYS]
    return tag("p", tag("b", "Keys", class_="unseen"), shown, class_="keys")


def worst(frames: Sequence[WorstFrame], result: QcResult, times: FrameLabels) -> Html | None:
    """Return the worst frames, each a button that leads there."""
    if not frames:
        return None
    title = "Worst frames" if result.findings else "Nearest to a limit"
    shown = [_worst_frame(one, result, times) for one in frames]
    return section("worst", title, tag("ul", shown, class_="strip", tabindex="0"))


def _worst_frame(one: WorstFrame, result: QcResult, times: FrameLabels) -> Html:
    return tag(
        "li",
        tag(
            "button",
            tag("img", src=one.picture, alt="", loading="lazy"),
            tag(
                "span",
                tag("b", f"Frame {one.frame}"),
                tag("span", times.at(one.frame), class_="timecode"),
                class_="where",
            ),
            [_reason(reason, result) for reason in one.reasons],
            type="button",
            data_frame=one.frame,
        ),
    )


def _reason(reason: Reason, result: QcResult) -> Html:
    label, unit = named(reason.measure, result)
    limit = "" if reason.limit is None else f", limit {reason.limit:.4g}"
    return tag(
        "span",
        icon(reason.severity),
        tag("span", f"{titled(reason.who, label)} "),
        tag("span", f"{labels.value(reason.value, unit)}{limit}", class_="amount"),
        class_=f"reason {reason.severity}",
    )


def findings(result: QcResult, times: FrameLabels) -> Html:
    """Return the table of what was found."""
    if not result.findings:
        return section("findings", "Findings", tag("p", "None.", class_="none"))
    names = ("Severity", "Measure", "Frames", "Timecode", "Value", "Limit")
    head = tag("tr", [tag("th", name, scope="col", role="columnheader") for name in names])
    shown = result.findings[:MOST_FINDINGS]
    rows = [_finding(number, one, result, times) for number, one in enumerate(shown)]
    left = len(result.findings) - len(shown)
    unseen = f"; of all, curves shade {MOST_RANGES}" if len(result.findings) > MOST_RANGES else ""
    return section(
        "findings",
        "Findings",
        tag(
            "table",
            tag("thead", head, role="rowgroup"),
            tag("tbody", rows, role="rowgroup"),
            class_="findings",
            role="table",
            aria_labelledby="findings-heading",
        ),
        tag("p", f"{left} more are in the result file{unseen}.", class_="none") if left else None,
    )


def _finding(number: int, one: Finding, result: QcResult, times: FrameLabels) -> Html:
    label, unit = named(one.measure, result)
    worst = f"worst {one.worst}" if one.first != one.last else None
    button = tag(
        "button",
        labels.frames(one.first, one.last),
        type="button",
        data_finding=number,
        data_frame=one.worst,
        title="Go to the worst of these frames",
    )
    cells: tuple[tuple[str, Child], ...] = (
        ("level", severity(one.severity)),
        ("measure", joined(tag("b", label), " ", tag("span", one.sentence))),
        ("frames", joined(button, " ", tag("small", worst) if worst else None)),
        ("timecode", times.range(one.first, one.last)),
        ("value", labels.value(one.value, unit)),
        ("limit", labels.value(one.limit)),
    )
    return tag(
        "tr",
        [tag("td", text, class_=name, role="cell") for name, text in cells],
        role="row",
        id=f"finding-{number}",
    )
