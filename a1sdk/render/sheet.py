"""Contact sheets: a film on one page, beside its driver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from a1sdk.media import open_video, write_still
from a1sdk.motion.timemap import REAL_TIME
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from a1sdk.motion.timemap import TimeMap

    Picture = npt.NDArray[np.uint8]

_MARGIN, _GAP, _CAPTION = 24, 12, 26
_PAPER, _INK = (250, 250, 248), (40, 40, 40)


def contact_sheet(
    film: Path,
    sheet: Path,
    *,
    driver: Path | None = None,
    time: TimeMap = REAL_TIME,
    columns: int = 6,
    height: int = 320,
) -> None:
    """Write a PNG that shows `columns` evenly spaced frames of `film` with their timecodes.

    With `driver`, its pictures at the same instants stand in a row above.

    Args:
        time: which time of the driver is shown when.
        height: height of each picture in pixels.

    Raises:
        DecodeError: a film cannot be read.
        StorageError: the sheet cannot be written.
    """
    with open_video(film) as result:
        total = result.count()
        picks = [int((2 * k + 1) * total / (2 * columns)) for k in range(columns)]
        rows = [("result", [result.frame_at(n).pixels for n in picks])]
        captions = [str(Timecode(n, result.info.rate)) for n in picks]
        times = [n / result.info.rate for n in picks]
    if driver is not None:
        with open_video(driver) as source:
            rows.insert(0, ("driver", [source.read(time.source_time(one)).pixels for one in times]))
    write_still(sheet, np.asarray(_lay_out(rows, captions, height)))


def _lay_out(
    rows: Sequence[tuple[str, list[Picture]]], captions: list[str], height: int
) -> Image.Image:
    pictures = [[_scaled(pixels, height) for pixels in row] for _, row in rows]
    cell = max(picture.width for row in pictures for picture in row)
    width = 2 * _MARGIN + len(captions) * (cell + _GAP) - _GAP
    tall = 2 * _MARGIN + len(rows) * (height + _CAPTION + _GAP) - _GAP
    page = Image.new("RGB", (width, tall), _PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for r, (label, _) in enumerate(rows):
        y = _MARGIN + r * (height + _CAPTION + _GAP)
        for c, (picture, caption) in enumerate(zip(pictures[r], captions, strict=True)):
            x = _MARGIN + c * (cell + _GAP)
            page.paste(picture, (x + (cell - picture.width) // 2, y))
            draw.text((x, y + height + 4), f"{label}  {caption}", _INK, font)
    return page


def _scaled(pixels: Picture, height: int) -> Image.Image:
    picture = Image.fromarray(pixels)
    width = round(picture.width * height / picture.height)
    return picture.resize((width, height), Image.Resampling.LANCZOS)
