"""Put the page together and write it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.errors import DecodeError
from a1sdk.media import probe
from a1sdk.media.files import check_readable, write_text
from a1sdk.motion.timemap import REAL_TIME, TimeMap
from a1sdk.qc.model import result_path
from a1sdk.qc.page import charts, sections
from a1sdk.qc.page.curves import Packed, packed
from a1sdk.qc.page.document import document
from a1sdk.qc.page.footage import Footage, footage
from a1sdk.qc.page.labels import SEVERITIES, FrameLabels
from a1sdk.qc.page.markup import joined, tag
from a1sdk.qc.page.pictures import portrait_picture, worst_frames
from a1sdk.qc.page.record import record

if TYPE_CHECKING:
    from a1sdk.qc.model import QcResult, Role
    from a1sdk.render.report import RenderReport

_SCRIPTS = ("clock.js", "curves.js", "page.js")


def page_path(film: Path) -> Path:
    """Return where the page of a film lies: `film.mp4` has `film.mp4.a1qc.html`."""
    return result_path(film).with_suffix(".html")


def write_page(
    result: QcResult,
    output: Path,
    *,
    film: Path | None = None,
    driver: Path | None = None,
    portrait: Path | None = None,
    report: RenderReport | None = None,
    time: TimeMap | None = None,
) -> None:
    """Write the page of an inspection, under its final name only when it is complete.

    A film that browsers cannot play is shown as a copy, which is written beside the page.

    Args:
        result: of the inspection.
        output: the HTML file.
        film: the film that was inspected, or numbered pictures; if absent what the result names.
        driver: the film that was performed; if absent the first film that the result names as one.
        portrait: the picture that performs; if absent what the result names.
        report: of the render that made the film.
        time: which time of the driver is shown at each time of the film; if absent what the
            report says of it.

    Raises:
        DecodeError: a file is missing, or is not what it is given as.
        EncodeError: a copy cannot be made.
        StorageError: no space, no permission.
    """
    film = film or _input(result, "film")
    driver = driver or _driver(result)
    portrait = portrait or _input(result, "portrait")
    shown = None if film is None else footage(film, "film", result, output)
    time = time or _time_of(driver, report)
    beside = None if driver is None else footage(driver, "driver", result, output, time)
    worst = [] if film is None else worst_frames(film, result)
    values = packed(result)
    times = FrameLabels.of(result)
    name = output.name.removesuffix(".a1qc.html") if film is None else film.name
    main = [
        sections.header(result, name, times),
        tag(
            "main",
            sections.stage(shown, beside, None if portrait is None else portrait_picture(portrait)),
            sections.keys(),
            sections.copies(shown, beside),
            sections.worst(worst, result, times),
            sections.findings(result, times),
            charts.curves(result, values.bucket),
            charts.figures(result, times),
            record(result, report),
        ),
        tag("div", id="tip", class_="tip", aria_hidden="true", hidden=True),
        tag("p", id="said", class_="unseen", role="status"),
    ]
    title = f"{SEVERITIES[result.verdict]}: {name}"
    data = _data(result, values, shown, beside)
    write_text(output, document(title, joined(main), scripts=_SCRIPTS, data=data))


def _input(result: QcResult, role: Role) -> Path | None:
    return next((one.path for one in result.inputs if one.role == role), None)


def _driver(result: QcResult) -> Path | None:
    """Return the first driver that is a film; keys and voices show nothing."""
    for path in (one.path for one in result.inputs if one.role == "driver"):
        check_readable(path)
        with contextlib.suppress(DecodeError):  # what is neither film nor sound
            if probe(path).kind == "video":
                return path
    return None


def _time_of(driver: Path | None, report: RenderReport | None) -> TimeMap:
    layers = () if report is None else report.job.motion
    return next((one.time for one in layers if driver and one.path == driver), REAL_TIME)


def _data(
    result: QcResult, values: Packed, film: Footage | None, driver: Footage | None
) -> dict[str, Any]:
    """Return what the scripts work with."""
    start = FrameLabels.of(result).start
    found = result.findings[: sections.MOST_FINDINGS]
    numbers = {(one.who, one.name): number for number, one in enumerate(result.series)}
    return {
        "frames": result.frames,
        "rate": [result.rate.numerator, result.rate.denominator],
        "timecode": {"start": start.frame, "base": start.base, "drop": start.drop_frame},
        "every": result.tracked_every,
        "film": None if film is None else {"start": film.start},
        "driver": driver
        and {"start": driver.start, "offset": driver.offset, "speed": driver.speed},
        "series": [
            one.model_dump(include={"name", "who", "label", "unit", "bad", "warn", "fail"})
            for one in result.series
        ],
        "findings": [
            {**one.model_dump(exclude={"sentence"}), "sentence": one.sentence} for one in found
        ],
        "ranges": [
            (numbers.get((one.who, one.measure), -1), one.severity, one.first, one.last)
            for one in result.findings[: sections.MOST_RANGES]
        ],
        "cuts": sorted({one.first for one in result.shots if one.first}),
        "bucket": values.bucket,
        "values": values.text,
    }
