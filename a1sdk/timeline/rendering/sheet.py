"""A contact sheet of a cut: a row of frames for each shot that is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.media import open_video, read_still, write_still
from a1sdk.media.codecs import SEQUENCE_START
from a1sdk.render.sheet import lay_out, spread
from a1sdk.timeline.filenames import PictureName
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from a1sdk.components.data import Pixels
    from a1sdk.timeline.rendering.report import CutReport, ShotResult

    Picture = npt.NDArray[np.uint8]

_SQUARE, _GREYS = 16, (204, 153)  # pixels of a square, and what stands for transparent

MOST_SHOTS = 50
"""Shots that one sheet shows, the first ones."""


def cut_sheet(report: CutReport, sheet: Path, *, columns: int = 8, height: int = 180) -> None:
    """Write a PNG with `columns` evenly spaced frames of each shot, and their record timecodes.

    Handles are left out. Nothing is written where nothing is rendered.

    Raises:
        DecodeError: media cannot be read.
        StorageError: the sheet cannot be written.
    """
    done = [one for one in report.shots if one.media is not None][:MOST_SHOTS]
    if done:
        write_still(sheet, lay_out([_row(one, report, columns) for one in done], height))


def _row(result: ShotResult, report: CutReport, columns: int) -> list[tuple[Picture, str]]:
    assert result.media is not None and result.timecode is not None  # media has it
    shot = result.shot
    picks = [shot.head + n for n in spread(shot.frames, columns)]
    first = Timecode.parse(result.timecode, report.rate)
    pictures = _frames(result.media, picks)
    captions = [f"{shot.name}  {first + n}" for n in picks]
    return list(zip(pictures, captions, strict=True))


def _frames(media: Path, picks: Sequence[int]) -> list[Picture]:
    """Return frames of a film or of numbered PNGs as RGB uint8, on a chequered ground."""
    pictures = PictureName.parsed(media.name)
    if pictures is None:
        with open_video(media) as reader:
            return [_on_ground(reader.still(n / reader.info.rate)) for n in picks]
    stills = (read_still(media.with_name(pictures.of(SEQUENCE_START + n))) for n in picks)
    return [_on_ground(still.pixels) for still in stills]


def _on_ground(pixels: Pixels) -> Picture:
    """Return RGB uint8 of pictures of any depth; what is transparent shows squares of grey."""
    shallow = (pixels >> 8 if pixels.itemsize == 2 else pixels).astype(np.uint8)
    if shallow.shape[2] == 3:
        return shallow
    down, across = np.indices(shallow.shape[:2]) // _SQUARE
    ground = np.where((down + across) % 2, *_GREYS)[:, :, None]
    alpha = shallow[:, :, 3:] / 255
    return np.rint(shallow[:, :, :3] * alpha + ground * (1 - alpha)).astype(np.uint8)
