"""Decode a film's pictures in the order in which they are shown, fields woven into frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.filter.context import FilterContext
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from a1sdk.errors import DecodeError
from a1sdk.media.facts import VideoFacts
from a1sdk.media.hdr import sdr_table

# One picture per frame, not per field, so that a film keeps its rate.
_DEINTERLACE = ("bwdif", "mode=send_frame:parity=auto:deint=interlaced")


class Decoder:
    """Pictures of one stream of an open container, from where the container stands.

    Interlaced film is deinterlaced (bwdif), and HDR film (PQ or HLG) tone-mapped, see `hdr`.
    """

    def __init__(
        self, container: InputContainer, stream: VideoStream, facts: VideoFacts, path: Path
    ) -> None:
        self._container, self._stream, self._path = container, stream, path
        self._base = Fraction(stream.time_base or 1)
        self._chain: list[tuple[str, str]] = []
        if facts.interlaced:
            self._chain.append(_DEINTERLACE)
        if facts.color.hdr:
            table = str(sdr_table(facts.color.transfer, facts.color.primaries))
            table = re.sub(r"([\\':])", r"\\\1", table)  # as filter arguments want it
            self._chain += [("format", "gbrp10le"), ("lut3d", f"file={table}:interp=tetrahedral")]

    def pictures(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (time in ticks of the stream, picture) until the end of the film.

        Raises:
            DecodeError: a picture cannot be decoded.
        """
        decoded = self._decoded()
        for frame in self._filtered(decoded) if self._chain else decoded:
            if frame.pts is not None:
                ticks = frame.pts * Fraction(frame.time_base or self._base) / self._base
                yield round(ticks), frame

    def _decoded(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        shown = None
        while (packet := self._demuxed(packets)) is not None:
            try:
                frames = packet.decode()
            except FFmpegError as error:
                if packet.is_corrupt or shown is None:
                    continue  # torn packets, and pictures that lean on others before the start
                raise self._broken(shown) from error
            for frame in frames:
                shown = frame.pts if frame.pts is not None else shown
                yield frame

    def _demuxed(self, packets: Iterator[Packet[VideoStream]]) -> Packet[VideoStream] | None:
        try:
            return next(packets, None)
        except FFmpegError:
            return None  # cut off here; the reader counts what came

    def _broken(self, shown: int) -> DecodeError:
        return DecodeError(
            f"{str(self._path)!r} is damaged {float(shown * self._base):.2f} s into it.",
            path=str(self._path),
            hint="copy or export it again",
        )

    def _filtered(self, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        graph: _FrameFilter | None = None
        for frame in frames:
            if graph is None or not graph.takes(frame):
                if graph is not None:
                    yield from graph.push(None)
                graph = _FrameFilter(self._chain, frame, self._base)
            yield from graph.push(frame)
        if graph is not None:
            yield from graph.push(None)


class _FrameFilter:
    """A chain of FFmpeg filters for pictures of one size and format."""

    def __init__(self, chain: list[tuple[str, str]], frame: VideoFrame, base: Fraction) -> None:
        self._kind = (frame.width, frame.height, frame.format.name)
        graph = Graph()
        self._source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=base
        )
        last: FilterContext = self._source
        for name, args in [*chain, ("buffersink", "")]:
            node = graph.add(name, args)
            last.link_to(node)
            last = node
        self._sink = last
        graph.configure()
        self._graph = graph

    def takes(self, frame: VideoFrame) -> bool:
        return self._kind == (frame.width, frame.height, frame.format.name)

    def push(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        """Yield what comes out once `frame` went in; None ends the stream."""
        self._source.push(frame)
        while True:
            try:
                yield cast("VideoFrame", self._sink.pull())
            except (BlockingIOError, EOFError):
                return
