"""Read films exactly: every distinct picture once, or any picture by number or by time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from a1sdk.errors import DecodeError
from a1sdk.media.convert import RgbConverter
from a1sdk.media.cursor import Cursor
from a1sdk.media.facts import MediaInfo, VideoFacts
from a1sdk.media.index import PictureIndex
from a1sdk.media.part import FilmPart
from a1sdk.media.probing import inspect_film
from a1sdk.timing import frame_count

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from av.video.frame import VideoFrame

_LOST_ALLOWED = 8  # leading pictures of a film cut out of a longer one, and a torn last one

SLACK = Fraction(1, 8)
"""Of a frame: how late a picture may begin and count as in time; clocks of cameras jitter."""


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrame:
    """A picture as decoded: RGB uint8 [height, width, 3], or RGBA where that is asked for.

    `time` is in seconds since the first picture began; `index` counts distinct pictures; `stored`
    are the width and height in which the file has it, before it is turned and scaled.
    """

    index: int
    time: Fraction
    pixels: npt.NDArray[np.uint8]
    stored: tuple[int, int]


def open_video(path: Path | str, *, threads: int = 0) -> VideoReader:
    """Open a film for exact reading; use it in a `with` block.

    `threads` is how many threads decode; 0 for as many as there are cores.

    Raises:
        DecodeError: no film, or pictures are missing from it.
    """
    return VideoReader(Path(path), threads)


class VideoReader:
    """A film: upright, with square pixels, progressive, RGB in BT.709 (SDR).

    Where the picture size changes within the film, later pictures are scaled to the first's. To be
    used by one thread at a time.

    Attributes:
        media: facts of the file.
        info: facts of its picture stream.
    """

    media: MediaInfo
    info: VideoFacts

    def __init__(self, path: Path, threads: int = 0) -> None:
        self.path, self._threads = path, threads
        self.media, self._index = inspect_film(path)
        assert self.media.video is not None  # `inspect_film` returns films only
        self.info = self.media.video
        _check_complete(path, self._index)
        self._convert = RgbConverter(self.info)
        self._cursor: Cursor | None = None

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        if self._cursor is not None:
            self._cursor.close()
        self._cursor = None

    def count(self) -> int:
        """Return how many distinct pictures there are, by the file's packets."""
        return len(self._index.pts)

    def frames(
        self, start: Fraction = Fraction(0), stop: Fraction | None = None, *, alpha: bool = False
    ) -> Iterator[TimedFrame]:
        """Yield every distinct picture once, as shown, decoding no further than asked.

        Args:
            start: seconds after the first picture began; what is shown then comes first.
            stop: seconds at which the last one has ended or ends; the film's end if None.
            alpha: whether pictures are RGBA, with straight alpha, where the film has it.

        Raises:
            DecodeError: damaged in a way that loses pictures.
        """
        first = self._index.at(start)
        end = self.count() if stop is None else self._index.number_from(stop)
        got = 0
        with contextlib.closing(self._new_cursor()) as cursor:
            for pts, frame in self._from(cursor, first):
                if end < self.count() and pts >= self._index.pts[end]:
                    break
                if pts >= self._index.pts[first]:
                    yield self._timed(pts, frame, alpha=alpha and self.info.alpha)
                    got += 1
        if got < end - first - _LOST_ALLOWED or not got:
            raise DecodeError(
                f"{str(self.path)!r} is damaged: {got} of {end - first} pictures can be decoded.",
                path=str(self.path),
                hint="copy or export it again",
            )

    def part(self, start: Fraction = Fraction(0), stop: Fraction | None = None) -> FilmPart:
        """Return the pictures that `frames` yields as something that can be compared.

        It may be used longer than the reader is open.
        """
        return FilmPart(self.path, start, stop, self)

    def _from(self, cursor: Cursor, first: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield pictures with their times in ticks, from one of a number on."""
        if first:
            yield self._index.pts[first], cursor.at(first)
        yield from cursor.pictures

    def frame_at(self, index: int) -> TimedFrame:
        """Return the distinct picture number `index`, 0-based.

        Raises:
            DecodeError: there is no such picture, or it cannot be decoded.
        """
        if not 0 <= index < self.count():
            raise DecodeError(
                f"{str(self.path)!r} has {self.count()} pictures; there is no number {index}.",
                path=str(self.path),
            )
        if self._cursor is None:
            self._cursor = self._new_cursor()
        return self._timed(self._index.pts[index], self._cursor.at(index))

    def read(self, time: Fraction) -> TimedFrame:
        """Return the picture shown `time` seconds after the first began: the last that started.

        Before the first picture that is the first, after the last the last.

        Raises:
            DecodeError: it cannot be decoded.
        """
        return self.frame_at(self.number_at(time))

    def still(self, time: Fraction) -> npt.NDArray[np.uint8]:
        """Return the picture that `read` returns for a time; RGBA where the film has alpha.

        Raises:
            DecodeError: it cannot be decoded.
        """
        if not self.info.alpha:
            return self.read(time).pixels
        if self._cursor is None:
            self._cursor = self._new_cursor()
        frame = self._cursor.at(self.number_at(time))
        return self._rgba(frame)

    def number_at(self, time: Fraction) -> int:
        """Return the number of the picture that `read` returns for a time."""
        return self._index.at(time)

    def time_of(self, number: int) -> Fraction:
        """Return the seconds from the first picture to when the one of that number begins."""
        return self._index.time_of(self._index.pts[number])

    def _timed(self, pts: int, frame: VideoFrame, *, alpha: bool = False) -> TimedFrame:
        pixels = self._rgba(frame) if alpha else self._convert(frame)
        number, time = self._index.number(pts), self._index.time_of(pts)
        return TimedFrame(number, time, pixels, (frame.width, frame.height))

    def _rgba(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        return self._convert(frame, alpha=any(one.is_alpha for one in frame.format.components))

    def _new_cursor(self) -> Cursor:
        return Cursor(self.path, self.info, self._index, self._threads)


def _check_complete(path: Path, index: PictureIndex) -> None:
    if index.missing:
        there = len(index.pts)
        raise DecodeError(
            f"{str(path)!r} is cut off: only {there} of {there + index.missing} pictures"
            " are in the file.",
            path=str(path),
            hint="copy it again, or keep what is there: ffmpeg -i INPUT -c copy OUTPUT.mp4",
        )


class _HasTime(Protocol):
    @property
    def time(self) -> Fraction: ...


T = TypeVar("T", bound=_HasTime)


def at_rate(frames: Iterable[T], rate: Fraction, duration: Fraction) -> Iterator[T]:
    """Yield exactly round(`duration` x `rate`) items: item n is the frame shown at n / `rate`.

    Sample and hold: frames are repeated or left out, never blended, and the last one lasts to
    the end. A frame that begins up to an eighth of a frame late still counts as in time, so that
    the jitter of a camera's clock does not repeat and drop frames of a steady film.

    Args:
        frames: anything with a `time` in seconds, ascending, such as `VideoReader.frames()` or
            what was computed from it.
        rate: items per second.
        duration: seconds, such as `VideoReader.info.duration`.
    """
    rest = iter(frames)
    shown = next(rest, None)
    coming = next(rest, None)
    for number in range(frame_count(duration, rate) if shown is not None else 0):
        now = (number + SLACK) / rate
        while coming is not None and coming.time <= now:
            shown, coming = coming, next(rest, None)
        assert shown is not None
        yield shown
