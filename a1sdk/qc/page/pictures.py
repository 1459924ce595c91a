"""Pictures in the page: the portrait, and the worst frames cropped round the face."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from a1sdk.media import open_video, read_still
from a1sdk.media.reader import SLACK

if TYPE_CHECKING:
    from a1sdk.qc.model import Finding, QcResult, Series

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a face in the film, in pixels."""

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
    value: float | None
    limit: float | None


@dataclass(frozen=True)
class WorstFrame:
    """A frame that is shown, as a data address, and why."""

    frame: int
    picture: str
    reasons: tuple[Reason, ...]


def worst_frames(film: Path, result: QcResult, faces: Mapping[int, Box]) -> list[WorstFrame]:
    """Return the worst frames of a film, worst first: of one without findings, the nearest to it.

    Args:
        film: the film that was inspected.
        result: of the inspection.
        faces: where the face is, by frame; the nearest frame that is known counts.

    Raises:
        DecodeError: a frame cannot be decoded.
    """
    reasons = _by_finding(result) or _by_distance(result)
    shown = list(reasons)[:MOST]
    with open_video(film) as reader:
        cropped: dict[int, str] = {}
        for frame in sorted(shown):
            pixels = reader.read((frame + SLACK) / result.rate).pixels
            cropped[frame] = _thumbnail(pixels, _nearest(faces, frame))
    return [WorstFrame(frame, cropped[frame], tuple(reasons[frame])) for frame in shown]


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


def _by_finding(result: QcResult) -> dict[int, list[Reason]]:
    series = {one.name for one in result.series}
    found: dict[int, list[Reason]] = {}
    for one in result.findings:
        if one.measure in series:  # figures of a whole shot have no frame
            found.setdefault(one.worst, []).append(_reason(one))
    return found


def _reason(finding: Finding) -> Reason:
    return Reason(finding.severity, finding.measure, finding.value, finding.limit)


def _by_distance(result: QcResult) -> dict[int, list[Reason]]:
    """Return the frames nearest to a limit, each of another measure."""
    near = [one for series in result.series if (one := _nearest_to_limit(series)) is not None]
    near.sort(key=lambda one: -one[0])
    found: dict[int, list[Reason]] = {}
    for _, frame, reason in near[:_NEAREST]:
        found.setdefault(frame, []).append(reason)
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
    return near, frame, Reason("pass", series.name, value, limit)


def _nearest(faces: Mapping[int, Box], frame: int) -> Box | None:
    known = min(faces, key=lambda other: abs(other - frame), default=None)
    return None if known is None else faces[known]


def _thumbnail(pixels: np.typing.NDArray[np.uint8], face: Box | None) -> str:
    height, width = pixels.shape[:2]
    picture = Image.fromarray(pixels)
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
