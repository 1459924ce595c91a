"""Write films as one file: converted and tagged BT.709, with sound and timecode."""

from __future__ import annotations

import contextlib
import os
from contextlib import ExitStack, closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from av.video.stream import VideoStream

from a1sdk.errors import EncodeError
from a1sdk.media.audio import SoundWriter
from a1sdk.media.codecs import Codec
from a1sdk.media.color import BT709, LIMITED
from a1sdk.media.contract import verify
from a1sdk.media.files import temporary_name, url
from a1sdk.media.montage import Audio, open_track
from a1sdk.media.output import PictureFormat, VideoWriter
from a1sdk.media.scheduling import ordinary_scheduling

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels

_CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mxf": "mxf", ".mkv": "matroska", ".webm": "webm"}
_FAST_START = {"movflags": "+faststart"}
_NO_RANDOM_IDS = {"fflags": "+bitexact"}  # not for MXF, where editors know media by them
_CONTAINER_OPTIONS = {
    "mp4": _FAST_START,
    "mov": _FAST_START,
    "matroska": _NO_RANDOM_IDS,
    "webm": _NO_RANDOM_IDS,
}
_LAYOUTS = {(False, 8): "rgb24", (True, 8): "rgba", (False, 16): "rgb48le", (True, 16): "rgba64le"}
_REORDERED = 1000  # pictures; no encoder reorders nearly as many


class FilmWriter(VideoWriter):
    """Writes one file; see `open_writer`."""

    def __init__(
        self,
        path: Path,
        picture: PictureFormat,
        codec: Codec,
        rate: Fraction,
        audio: Audio | None = None,
        timecode: str | None = None,
    ) -> None:
        super().__init__(path, picture)
        self._rate, self._codec, self._timecode = rate, codec, timecode
        self._temporary = temporary_name(path)
        self._closing = ExitStack()
        self._sound: SoundWriter | None = None
        try:
            with self._translated():
                self._open(timecode)
                if audio is not None:
                    encoder = codec.audio[path.suffix.lower()]
                    track = self._closing.enter_context(closing(open_track(audio)))
                    self._sound = SoundWriter(self._container, track, encoder)
                with ordinary_scheduling():
                    self._container.start_encoding()
        except BaseException:
            self.abort()
            raise
        self._layout = _LAYOUTS[picture.alpha, picture.depth]
        self._converter = _Converter(self._stream.width, self._stream.height, self._format)

    def _open(self, timecode: str | None) -> None:
        kind = _CONTAINERS[self.path.suffix.lower()]
        options = _CONTAINER_OPTIONS.get(kind, {})
        self._container: OutputContainer = self._closing.enter_context(
            av.open(url(self._temporary), "w", format=kind, container_options=options)
        )
        if timecode is not None:
            self._container.metadata["timecode"] = timecode
        self._format = self._codec.formats[self.picture.alpha, self.picture.depth]
        self._stream = self._add_stream()
        if timecode is not None and kind == "matroska":  # has no timecode track
            self._stream.metadata["timecode"] = timecode

    def _add_stream(self) -> VideoStream:
        if self._codec.encoder == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "1")  # errors only; it prints past FFmpeg's log
        options = dict(self._codec.options)
        stream = self._container.add_stream(self._codec.encoder, rate=self._rate, options=options)
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        self.size = self._codec.size_of(self.picture.width, self.picture.height)
        context.width, context.height = self.size
        context.pix_fmt = self._format
        context.time_base = 1 / self._rate
        context.color_primaries = context.color_trc = BT709
        if not self._codec.lossless:  # RGB has no matrix
            context.colorspace, context.color_range = BT709, LIMITED
        if self._codec.tag is not None and self.path.suffix.lower() in (".mp4", ".mov"):
            context.codec_tag = self._codec.tag
        context.thread_type, context.thread_count = "AUTO", self._codec.threads
        return stream

    def _write(self, pixels: Pixels) -> None:
        frame = self._converter(pixels, self._layout)
        frame.pts, frame.time_base = self.count, 1 / self._rate
        with self._translated():
            self._mux(frame)
            if self._sound is not None:
                self._sound.advance((self.count + 1) / self._rate)

    def _mux(self, frame: VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            if packet.dts is None or abs((packet.pts or 0) - packet.dts) > _REORDERED:
                packet.dts = packet.pts  # x265 leaves it unset in films of one or two pictures
            self._container.mux(packet)

    def finish(self) -> None:
        """Complete the file and give it its name."""
        if not self.count:
            raise EncodeError(f"{str(self.path)!r} would have no pictures.", path=str(self.path))
        with self._translated():
            self._mux(None)
            if self._sound is not None:
                self._sound.finish()
                self.sound_peak = self._sound.peak
            self._closing.close()
            self._verify()
            os.replace(self._temporary, self.path)

    def _verify(self) -> None:
        """Read the file back before it gets its name."""
        verify(
            self._temporary,
            rate=self._rate,
            count=self.count,
            audio=self._sound is not None,
            timecode=self._timecode,
            name=self.path,
        )

    def abort(self) -> None:
        """Remove the temporary file. Safe to call twice."""
        with contextlib.suppress(OSError, FFmpegError, ValueError):
            self._closing.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)


class _Converter:
    """Turns RGB pixels into frames of a film, with one scaler and no copy before it."""

    def __init__(self, width: int, height: int, pixel_format: str) -> None:
        self._size, self._format = (width, height), pixel_format
        self._yuv = pixel_format.startswith("yuv")
        self._scaler = VideoReformatter()

    def __call__(self, pixels: Pixels, layout: str) -> VideoFrame:
        frame = VideoFrame.from_numpy_buffer(self._padded(pixels), format=layout)
        return self._scaler.reformat(
            frame,
            format=self._format,
            dst_colorspace=Colorspace.ITU709 if self._yuv else None,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG if self._yuv else ColorRange.JPEG,
            interpolation=Interpolation.BICUBIC,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
            threads=1,  # as in reading, see `convert`
        )

    def _padded(self, pixels: Pixels) -> Pixels:
        width, height = self._size
        right, below = width - pixels.shape[1], height - pixels.shape[0]
        if right or below:
            return cast("Pixels", np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge"))
        return cast("Pixels", np.ascontiguousarray(pixels))
