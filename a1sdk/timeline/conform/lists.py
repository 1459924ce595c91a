"""Plain lists for programs that read no OTIO: an EDL for each track, an ALE of rendered media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from a1sdk.errors import ConformError
from a1sdk.timeline.conform.edl_patch import locator_line, reel_of
from a1sdk.timeline.conform.relinks import Relink
from a1sdk.timeline.model import Cut
from a1sdk.timeline.rendered import Rendered
from a1sdk.timing import Timecode

_COLUMNS = ("Name", "Tracks", "Start", "End", "Duration", "Tape", "FPS", "Source File", "Shot")
_RATES = {
    Fraction(24000, 1001): "23.976",
    Fraction(30000, 1001): "29.97",
    Fraction(60000, 1001): "59.94",
}


def edl(cut: Cut, relinks: Sequence[Relink]) -> str:
    """Return a CMX 3600 list of relinked clips, in the order of their record times.

    Their source times are those of the record, which is how the media is stamped.
    """
    lines = [f"TITLE: {cut.name or cut.path.stem}"]
    lines.append(f"FCM: {'DROP FRAME' if cut.drop_frame else 'NON-DROP FRAME'}")
    taken: set[str] = set()
    for number, one in enumerate(sorted(relinks, key=lambda one: one.placed.span), 1):
        lines += ["", *_event(cut, number, one, reel_of(one, taken))]
    return "\n".join(lines) + "\n"


def _event(cut: Cut, number: int, relink: Relink, reel: str) -> Iterator[str]:
    span = relink.placed.span
    shown = relink.rendered.timecode.frame + relink.rendered.shot.head
    record = round((cut.start + span.start) * cut.rate)
    frames = round(span.duration * cut.rate)
    codes = (
        str(Timecode(frame, cut.rate, cut.drop_frame))
        for frame in (shown, shown + frames, record, record + frames)
    )
    yield f"{number:03}  {reel:<8} V     C        {' '.join(codes)}"
    yield f"* FROM CLIP NAME: {relink.rendered.whole.name}"
    for one in relink.remarked:
        frame = record + one.frames.start - relink.rendered.shot.head
        yield locator_line(one, str(Timecode(frame, cut.rate, cut.drop_frame)))


def ale(rendered: Sequence[Rendered]) -> str:
    """Return an Avid log of rendered media, all of one rate."""
    rate = rendered[0].rate
    fps = _RATES.get(rate, f"{float(rate):g}")
    heading = ["Heading", "FIELD_DELIM\tTABS", "VIDEO_FORMAT\tCUSTOM", f"FPS\t{fps}", ""]
    rows = ["\t".join(_row(one, fps)) for one in rendered]
    return "\n".join([*heading, "Column", "\t".join(_COLUMNS), "", "Data", *rows]) + "\n"


def check_ale(path: Path, rendered: Sequence[Rendered]) -> None:
    """Read a written log again, and compare its rows with what was rendered.

    Raises:
        ConformError: they differ.
    """
    _, _, data = path.read_text("utf-8").partition("\nData\n")
    rows = [line.split("\t") for line in data.splitlines()]
    if [row[:4] for row in rows] != [list(_row(one, ""))[:4] for one in rendered]:
        raise ConformError("The written log differs from what was rendered: a name has a tab.")


def _row(one: Rendered, fps: str) -> Sequence[str]:
    path = one.whole
    length = Timecode(one.frames, one.rate, one.timecode.drop_frame)
    times = (str(one.timecode), str(one.timecode + one.frames), str(length))
    return (path.name, "V", *times, path.stem, fps, str(path), one.shot.name)
