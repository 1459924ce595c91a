"""Contact sheets: films on one page, or one beside its driver."""

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
    Cell = tuple[Picture, str]

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
        picks = spread(result.count(), columns)
        rows = [[result.frame_at(n).pixels for n in picks]]
        labels = [str(Timecode(n, result.info.rate)) for n in picks]
        times = [n / result.info.rate for n in picks]
    if driver is not None:
        with open_video(driver) as source:
            rows.insert(0, [source.read(time.source_time(one)).pixels for one in times])
    cells = [
        [(picture, f"{name}  {label}") for picture, label in zip(row, labels, strict=True)]
        for name, row in zip(("driver", "result")[-len(rows) :], rows, strict=True)
    ]
    write_still(sheet, lay_out(cells, height))


def spread(count: int, picks: int) -> list[int]:
    """Return `picks` numbers of frames, evenly spaced over `count` of them."""
    return [int((2 * k + 1) * count / (2 * picks)) for k in range(picks)]


def lay_out(rows: Sequence[Sequence[Cell]], height: int) -> Picture:
    """Return a page with rows of pictures and their captions.

    Args:
        rows: pictures, RGB uint8 [h, w, 3], each with its caption.
        height: what all pictures are scaled to, in pixels.
    """
    pictures = [[_scaled(pixels, height) for pixels, _ in row] for row in rows]
    cell = max(picture.width for row in pictures for picture in row)
    columns = max(map(len, rows))
    width = 2 * _MARGIN + columns * (cell + _GAP) - _GAP
    tall = 2 * _MARGIN + len(rows) * (height + _CAPTION + _GAP) - _GAP
    page = Image.new("RGB", (width, tall), _PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for r, row in enumerate(rows):
        y = _MARGIN + r * (height + _CAPTION + _GAP)
        for c, (picture, (_, caption)) in enumerate(zip(pictures[r], row, strict=True)):
            x = _MARGIN + c * (cell + _GAP)
            page.paste(picture, (x + (cell - picture.width) // 2, y))
            draw.text((x, y + height + 4), caption, _INK, font)
    return np.asarray(page)


def _scaled(pixels: Picture, height: int) -> Image.Image:
    picture = Image.fromarray(pixels)
    width = round(picture.width * height / picture.height)
    return picture.resize((width, height), Image.Resampling.LANCZOS)
