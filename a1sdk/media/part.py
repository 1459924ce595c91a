"""A part of a film, as pictures that say which they are."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.components.data import VideoFrame
from a1sdk.streams import prefetch

if TYPE_CHECKING:
    from a1sdk.media.reader import VideoReader

_AHEAD = 24
_AHEAD_BYTES = 32 << 20  # of large pictures, no more wait than fit in here


@dataclass(frozen=True)
class FilmPart:
    """The pictures of a film from a time on and up to another; equal to the same part of it.

    So whoever gets it knows what it will show without decoding it: a face tracker that is lent for
    several people follows them all in one pass. It can be iterated several times, each time from
    its start, and decodes some pictures ahead in a thread of its own. `pts` is the number of a
    picture in the film.

    Attributes:
        path: the film.
        start: seconds after its first picture; what is shown then comes first.
        stop: seconds at which the last picture has ended or ends; the film's end if None.
    """

    path: Path
    start: Fraction
    stop: Fraction | None
    _reader: VideoReader = field(repr=False, compare=False)

    def __iter__(self) -> Generator[VideoFrame, None, None]:
        """Yield every distinct picture once.

        Raises:
            DecodeError: damaged in a way that loses pictures.
        """
        facts = self._reader.info
        ahead = min(_AHEAD, _AHEAD_BYTES // (3 * facts.width * facts.height))
        with closing(prefetch(self._pictures(), max(2, ahead))) as pictures:
            yield from pictures

    def time(self, number: int) -> Fraction:
        """Return the seconds from the part's start to when the film's picture `number` begins.

        Below 0 for the first one if it began before the part does.
        """
        return self._reader.time_of(number) - self.start

    def _pictures(self) -> Generator[VideoFrame, None, None]:
        for picture in self._reader.frames(self.start, self.stop):
            yield VideoFrame(picture.index, picture.pixels)
