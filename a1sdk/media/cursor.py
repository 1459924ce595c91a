"""A place in a film that can be moved to any picture, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from av.error import FFmpegError
from av.video.frame import VideoFrame

from a1sdk.errors import DecodeError
from a1sdk.media.container import open_container, video_stream
from a1sdk.media.decoder import Decoder
from a1sdk.media.facts import VideoFacts
from a1sdk.media.index import PictureIndex

_WALK = 48  # pictures to decode on rather than to seek
_FIRST_BACK_OFF = 64  # pictures; seeks in MPEG-TS land behind where they should
_LEAD = 2  # pictures that deinterlacing looks back at
_FORWARD_ONLY = ("mpeg",)  # program streams, whose times are wrong after a seek


class Cursor:
    """An open film, standing at its start; `pictures` yields from there on."""

    def __init__(self, path: Path, facts: VideoFacts, index: PictureIndex, threads: int) -> None:
        self._path, self._facts, self._index, self._threads = path, facts, index, threads
        self._files = ExitStack()
        self._last: tuple[int, VideoFrame] | None = None
        self._rewind()

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._files.close()

    def at(self, number: int) -> VideoFrame:
        """Return the picture of a number, or where it cannot be decoded the one before it.

        Raises:
            DecodeError: nothing can be decoded there.
        """
        if self._last is not None:
            here = self._index.number(self._last[0])
            if here == number:
                return self._last[1]
            if here < number <= here + _WALK:
                return self._walk(self._index.pts[number], self._last) or self._jump(number)
        return self._jump(number)

    def _jump(self, number: int) -> VideoFrame:
        want = self._index.pts[number]
        back = _LEAD if self._facts.interlaced else 0
        while back <= number:
            if not self._seek(self._index.pts[number - back]):
                break
            first = next(self.pictures, None)
            lead = self._index.pts[max(0, number - min(back, _LEAD))]
            if first is not None and first[0] <= lead:
                found = self._walk(want, first)
                if found is not None:
                    return found
            back = max(_FIRST_BACK_OFF, back * 4)
        self._rewind()
        first = next(self.pictures, None)
        found = self._walk(want, first) if first is not None else None
        if found is None:
            raise DecodeError(
                f"{str(self._path)!r} is damaged: picture {number} cannot be decoded.",
                path=str(self._path),
            )
        return found

    def _walk(self, want: int, start: tuple[int, VideoFrame]) -> VideoFrame | None:
        """Decode on to `want`; returns the picture shown then."""
        held = start
        while held[0] < want:
            self._last = coming = next(self.pictures, None)
            if coming is None or coming[0] > want:
                return held[1]
            held = coming
        self._last = held
        return held[1]

    def _seek(self, pts: int) -> bool:
        if self._container.format.name in _FORWARD_ONLY:
            return False
        try:
            self._container.seek(pts, stream=self._stream, backward=True)
        except FFmpegError:
            return False
        self.pictures = self._decode()
        return True

    def _rewind(self) -> None:
        """Open the file anew: not every format can seek to its start."""
        self._files.close()
        self._container = self._files.enter_context(open_container(self._path))
        stream = video_stream(self._container)
        assert stream is not None  # probing found it
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = self._threads
        self._stream = stream
        self.pictures = self._decode()

    def _decode(self) -> Iterator[tuple[int, VideoFrame]]:
        self._last = None
        return Decoder(self._container, self._stream, self._facts, self._path).pictures()
