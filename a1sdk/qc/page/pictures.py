"""Pictures in the page: the portrait, and the worst frames cropped round the face."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from a1sdk.media import open_footage, read_still
from a1sdk.media.depth import flatten
from a1sdk.media.reader import SLACK

if TYPE_CHECKING:
    from a1sdk.qc.model import Box, Finding, QcResult, Series
    from a1sdk.qc.sight import Levels

    Crop = tuple[int, str | None]

MOST = 24
"""Worst frames that are shown."""

_NEAREST = 4  # measures of a film without findings, whose frame nearest to the limit is shown
_SIDE = 224  # pixels of a worst frame
_PORTRAIT = 640  # pixels, longer side
_MARGIN = 1.6  # side of the crop over that of the face


@dataclass(frozen=True)
class Reason:
    """Why a frame is shown: a finding, or that a measure comes nearest to its limit there."""

    severity: str
    measure: str
    who: str | None
    value: float | None
    limit: float | None


@dataclass(frozen=True)
class WorstFrame:
    """A frame that is shown, as a data address, and why.

    Attributes:
        frame: its number.
        who: whose face is shown, where there are several; None of the only one, and of pictures.
        picture: it, cropped round the face.
        reasons: all of them of this face, or of the picture.
    """

    frame: int
    who: str | None
    picture: str
    reasons: tuple[Reason, ...]


def worst_frames(film: Path, result: QcResult, *, most: int = MOST) -> list[WorstFrame]:
    """Return the worst frames of a film, worst first: of one without findings, the nearest to it.

    A frame in which several faces are bad is shown once for each, cropped round it.

    Args:
        film: the film that was inspected; it may show a driver to the left of that.
        result: of the inspection.
        most: how many are shown.

    Raises:
        DecodeError: a frame cannot be decoded.
    """
    reasons = _by_finding(result) or _by_distance(result)
    shown = list(reasons)[:most]
    with open_footage(film, result.rate) as reader:
        beside = reader.info.width - result.size[0]
        cropped: dict[Crop, str] = {}
        for frame, who in sorted(shown, key=lambda crop: crop[0]):
            pixels = cast("Levels", flatten(reader.still((frame + SLACK) / result.rate)))
            cropped[frame, who] = _thumbnail(pixels, _face(result, frame, who), beside)
    return [WorstFrame(*crop, cropped[crop], tuple(reasons[crop])) for crop in shown]


def portrait_picture(path: Path) -> str:
    """Return a portrait as a data address, scaled down.

    Raises:
        DecodeError: it is no picture.
    """
    pixels = read_still(path).pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    picture = Image.fromarray(pixels)
    picture.thumbnail((_PORTRAIT, _PORTRAIT))
    return _data_address(picture)


def _by_finding(result: QcResult) -> dict[Crop, list[Reason]]:
    series = {one.name for one in result.series}
    found: dict[Crop, list[Reason]] = {}
    for one in result.findings:
        if one.measure in series:  # figures of a whole shot have no frame
            found.setdefault((one.worst, one.who), []).append(_reason(one))
    return found


def _reason(one: Finding) -> Reason:
    return Reason(one.severity, one.measure, one.who, one.value, one.limit)


def _by_distance(result: QcResult) -> dict[Crop, list[Reason]]:
    """Return the frames nearest to a limit, each of another measure."""
    near = [one for series in result.series if (one := _nearest_to_limit(series)) is not None]
    near.sort(key=lambda one: -one[0])
    found: dict[Crop, list[Reason]] = {}
    for _, frame, reason in near[:_NEAREST]:
        found.setdefault((frame, reason.who), []).append(reason)
    return found


def _nearest_to_limit(series: Series) -> tuple[float, int, Reason] | None:
    """Return how near a series comes to its limit, 1 being there; the frame; and the reason."""
    limit = series.warn if series.warn is not None else series.fail
    known = [(value, frame) for frame, value in enumerate(series.values) if value is not None]
    if limit is None or limit <= 0 or not known:
        return None
    above = series.bad == "above"
    value, frame = max(known) if above else min(known)
    if value <= 0:
        return None
    near = value / limit if above else limit / value
    return near, frame, Reason("pass", series.name, series.who, value, limit)


def _face(result: QcResult, frame: int, who: str | None) -> Box | None:
    """Return where a face is in a frame, or in the nearest that is known of its shot.

    Of a picture in which several faces perform it is none of them.
    """
    (first, last), *_ = [
        *((one.first, one.last) for one in result.shots if one.first <= frame <= one.last),
        (0, result.frames),
    ]
    boxes = {
        number: box
        for one in result.faces
        if one.who == who
        for number, box in one.boxes.items()
        if first <= number <= last
    }
    nearest = min(boxes, key=lambda other: abs(other - frame), default=None)
    return None if nearest is None else boxes[nearest]


def _thumbnail(pixels: np.typing.NDArray[np.uint8], face: Box | None, beside: int) -> str:
    """Return a picture as a data address, scaled down: cropped round a face, or all that was seen.

    `beside` are the columns to the left of what was inspected.
    """
    inspected = pixels[:, beside:]
    height, width = inspected.shape[:2]
    picture = Image.fromarray(inspected)
    if face is not None:
        picture = picture.crop(_square(face, width, height))
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return _data_address(picture)


def _square(face: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Return a square round a face, moved and cut to lie in the picture."""
    left, top, right, bottom = face
    side = min(round(_MARGIN * max(right - left, bottom - top, 8.0)), width, height)
    x = min(max(0, round((left + right - side) / 2)), width - side)
    y = min(max(0, round((top + bottom - side) / 2)), height - side)
    return x, y, x + side, y + side


def _data_address(picture: Image.Image) -> str:
    buffer = BytesIO()
    picture.save(buffer, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
