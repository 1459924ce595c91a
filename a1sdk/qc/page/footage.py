"""What the page plays: a film as it is, or a copy of it that browsers can play."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import numpy as np
from PIL import Image

from a1sdk.media import AudioSource, open_footage, open_writer, probe
from a1sdk.media.container import open_container, video_stream
from a1sdk.media.numbered import is_numbered
from a1sdk.media.reader import SLACK
from a1sdk.motion.timemap import REAL_TIME, TimeMap

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.media import MediaInfo, NumberedReader, VideoReader
    from a1sdk.qc.model import QcResult

_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm"})
_CODECS = frozenset({"h264", "vp8", "vp9", "av1"})
_FORMATS = frozenset({"yuv420p", "yuvj420p"})
_SPEEDS = Fraction(1, 16), Fraction(16)  # that browsers play at
_CALLED = {"film": "result", "driver": "driver"}
_LARGEST = 720  # pixels, longer side of a copy


@dataclass(frozen=True)
class Footage:
    """A film that the page plays.

    Attributes:
        src: address, relative to the page where that is possible.
        start: seconds of the file's clock at which its first picture is shown.
        offset: seconds of the inspected film at which it begins.
        speed: seconds of it that pass in one of the inspected film.
        note: what the page has to say about it; empty of a film that is shown as it is.
    """

    src: str
    start: float = 0.0
    offset: float = 0.0
    speed: float = 1.0
    note: str = ""


def footage(
    film: Path,
    role: Literal["film", "driver"],
    result: QcResult,
    page: Path,
    time: TimeMap = REAL_TIME,
) -> Footage:
    """Return how a page shows a film; one that browsers cannot play is copied beside the page.

    Args:
        film: the film or the numbered pictures that were inspected, or a film to be shown beside.
        role: what it is to the page; a copy is called by it.
        result: of the inspection.
        page: the HTML file.
        time: which time of `film` is shown at each time of the film that was inspected.

    Raises:
        DecodeError: it is no film, or it is damaged.
        EncodeError: a copy cannot be made.
        StorageError: no space, no permission.
    """
    media = None if is_numbered(film) else probe(film)
    reason = _unplayable(film, media) or _unsteady(time)
    if media is not None and not reason:
        return Footage(address(film, page), _start(media), float(time.offset), float(time.speed))
    copy = page.with_name(f"{page.name.removesuffix('.html')}.{role}.mp4")
    width, height = _write_copy(film, copy, result, time, sound=role == "film")
    called = f"The {_CALLED[role]} is shown as {copy.name}, a copy in H.264"
    note = f"{called} of {width}x{height}, because {reason}."
    return Footage(address(copy, page), note=note)


def address(path: Path, page: Path) -> str:
    """Return the address of a file for a page: relative, unless they are on different drives."""
    try:
        relative = os.path.relpath(path.absolute(), page.absolute().parent)
    except ValueError:
        return path.absolute().as_uri()
    return quote(Path(relative).as_posix())


def _unplayable(film: Path, media: MediaInfo | None) -> str:
    """Return why browsers do not play a film; empty if they do."""
    if media is None:
        return "browsers do not play numbered pictures"
    facts = media.video
    if facts is None:
        return ""  # reading it says what it is
    if facts.codec not in _CODECS:
        return f"browsers do not play {facts.codec}"
    if film.suffix.lower() not in _SUFFIXES:
        return f"browsers do not play files named *{film.suffix}"
    pixel_format = _pixel_format(film)
    if pixel_format not in _FORMATS:
        return f"few browsers play {facts.codec} in {pixel_format}"
    return ""


def _unsteady(time: TimeMap) -> str:
    if time.points is not None:
        return "it is retimed by points"
    slowest, fastest = _SPEEDS
    return "" if slowest <= time.speed <= fastest else f"its speed is {time.speed}"


def _pixel_format(film: Path) -> str:
    with open_container(film) as container:
        stream = video_stream(container)
        return "" if stream is None else stream.codec_context.pix_fmt or ""


def _start(media: MediaInfo) -> float:
    """Seconds of a browser's clock, which begins with the first stream, at the first picture."""
    assert media.video is not None  # what is no film cannot be read either
    begins = [media.video.start] + ([media.audio.start] if media.audio is not None else [])
    return float(media.video.start - min(begins))


def _write_copy(
    film: Path, copy: Path, result: QcResult, time: TimeMap, *, sound: bool
) -> tuple[int, int]:
    """Write a small film that shows, frame by frame of the inspected film, a film's pictures."""
    with open_footage(film, result.rate) as reader:
        audio = None
        if sound and reader.media.audio is not None:
            audio = AudioSource(film, reader.info.start, result.frames / result.rate)
        width, height = _small(reader.info.width, reader.info.height)
        with open_writer(
            copy, rate=result.rate, width=width, height=height, codec="h264", audio=audio
        ) as writer:
            for pixels in _pictures(reader, result, time, (width, height)):
                writer.write(pixels)
    return width, height


def _pictures(
    reader: VideoReader | NumberedReader, result: QcResult, time: TimeMap, size: tuple[int, int]
) -> Iterator[npt.NDArray[np.uint8]]:
    import numpy as np

    last, shown = -1, np.zeros((size[1], size[0], 3), np.uint8)
    for frame in range(result.frames):
        number = reader.number_at(time.source_time(frame / result.rate) + SLACK / result.rate)
        if number != last:
            picture = Image.fromarray(reader.frame_at(number).pixels)
            last, shown = number, np.asarray(picture.resize(size, Image.Resampling.BILINEAR))
        yield shown


def _small(width: int, height: int) -> tuple[int, int]:
    """Return a size that fits a copy, with even sides."""
    scale = min(1.0, _LARGEST / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
