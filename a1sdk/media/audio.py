"""Carry sound over from one file to another, sample by sample, without holding it in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

from a1sdk.errors import DecodeError
from a1sdk.media.container import open_container

if TYPE_CHECKING:
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

_DRIFT = Fraction(1, 100)  # seconds that time stamps may be off before that means a gap
_CHUNK = 8192  # samples of silence at a time
_BITRATES = {"aac": 256_000, "libopus": 192_000}
_RATES = {
    "aac": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000),
    "flac": (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000),
    "libopus": (48000,),
    "pcm_s24le": (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000),
}
_FORMATS = {"aac": "fltp", "flac": "s32", "libopus": "flt", "pcm_s24le": "s32"}
_USUAL_RATE = 48000
_PLAIN_LAYOUTS = {1: "mono", 2: "stereo"}
_STEREO_ONLY = 2  # opus takes more channels in an order of its own


@dataclass(frozen=True, slots=True)
class AudioSource:
    """The sound of a file from `start` on, for exactly round(`duration` x sample rate) samples.

    `start` is in seconds on the file's own clock, on which its first picture is at
    `VideoFacts.start`: sound that begins before or after the picture keeps its place. Where the
    file has no sound there is silence.
    """

    path: Path
    start: Fraction
    duration: Fraction


class SoundTrack:
    """An open `AudioSource`: `rate` samples per second, channels in `layout`.

    Raises:
        DecodeError: the file has no sound.
    """

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self._files = ExitStack()
        self._container = self._files.enter_context(open_container(source.path))
        if not self._container.streams.audio:
            self.close()
            raise DecodeError(f"{str(source.path)!r} has no sound.", path=str(source.path))
        self._stream = self._container.streams.audio[0]
        context = self._stream.codec_context
        self.rate, self.channels = context.sample_rate, context.layout.nb_channels
        # plain WAV files count channels without saying which is which
        self.layout = _PLAIN_LAYOUTS.get(self.channels, context.layout.name)

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._files.close()

    def samples(self) -> Iterator[Samples]:
        """Yield float32 [channels, n] in pieces, as many samples as the source is long.

        Values that are no numbers become silence, and those beyond full scale are clipped.
        """
        total = int(self._source.duration * self.rate + Fraction(1, 2))
        return _exactly(self._placed(), total, self.channels)

    def end(self) -> Fraction:
        """Return when the last sample ends, in seconds on the file's clock, by decoding all."""
        end = Fraction(0)
        for time, piece in _decoded(self._container, self._stream):
            end = time + Fraction(piece.shape[1], self.rate)
        return end

    def _placed(self) -> Iterator[Samples]:
        """Yield samples from the source's start on, with silence in the gaps."""
        position: int | None = None  # of the next sample, counted from the source's start
        for time, piece in _decoded(self._container, self._stream):
            begin = round((time - self._source.start) * self.rate)
            if position is None or begin - position > _DRIFT * self.rate:
                yield from _silence(begin - max(0, position or 0), self.channels)
                position = begin
            yield piece[:, max(0, -position) :]
            position += piece.shape[1]


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[tuple[Fraction, Samples]]:
    """Yield (seconds on the file's clock, float32 [channels, n]); torn packets are left out."""
    packets = container.demux(stream)
    base = Fraction(stream.time_base or 1)
    layout = (stream.codec_context.sample_rate, stream.codec_context.layout.nb_channels)
    time = Fraction(0)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except (StopIteration, EOFError):
            return
        except FFmpegError:
            continue
        for frame in frames:
            if (frame.sample_rate, frame.layout.nb_channels) != layout:
                continue
            time = frame.pts * Fraction(frame.time_base or base) if frame.pts is not None else time
            yield time, _as_float(frame)
            time += Fraction(frame.samples, frame.sample_rate)


def _as_float(frame: AudioFrame) -> Samples:
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype.kind == "f":
        clean = np.nan_to_num(raw.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
        return np.clip(clean, -1.0, 1.0)
    if raw.dtype == np.uint8:
        return ((raw.astype(np.float32) - 128) / 128).astype(np.float32)
    full_scale = 1 << (8 * raw.dtype.itemsize - 1)
    return cast("Samples", (raw / full_scale).astype(np.float32))


def _silence(samples: int, channels: int) -> Iterator[Samples]:
    for begin in range(0, samples, _CHUNK):
        yield np.zeros((channels, min(_CHUNK, samples - begin)), np.float32)


def _exactly(pieces: Iterable[Samples], total: int, channels: int) -> Iterator[Samples]:
    """Yield the pieces' first `total` samples, followed by silence where they end sooner."""
    left = total
    for piece in pieces:
        if left <= 0:
            return
        if piece.shape[1]:
            yield piece[:, :left]
        left -= min(left, piece.shape[1])
    yield from _silence(left, channels)


class SoundWriter:
    """Encodes an `AudioSource` into an open container, as far as it is asked to."""

    def __init__(self, container: OutputContainer, source: AudioSource, encoder: str) -> None:
        self._container = container
        self._track = SoundTrack(source)
        self._pieces = self._track.samples()
        rates = _RATES[encoder]
        rate = self._track.rate if self._track.rate in rates else _USUAL_RATE
        stream = cast("AudioStream", container.add_stream(encoder, rate=rate))
        context = stream.codec_context
        many = encoder == "libopus" and self._track.channels > _STEREO_ONLY
        context.layout = "stereo" if many else self._track.layout
        context.format = _FORMATS[encoder]
        if encoder in _BITRATES:
            context.bit_rate = _BITRATES[encoder]
        self._stream = stream
        self._sent = 0

    def advance(self, seconds: Fraction) -> None:
        """Encode up to `seconds` after the sound's start."""
        while self._sent < seconds * self._track.rate:
            piece = next(self._pieces, None)
            if piece is None:
                return
            self._send(piece)

    def finish(self) -> None:
        """Encode the rest."""
        for piece in self._pieces:
            self._send(piece)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the source. Safe to call twice."""
        self._track.close()

    def _send(self, piece: Samples) -> None:
        whole = np.ascontiguousarray(piece)
        frame = AudioFrame.from_ndarray(whole, format="fltp", layout=self._track.layout)
        frame.sample_rate = self._track.rate
        frame.pts, frame.time_base = self._sent, Fraction(1, self._track.rate)
        self._sent += piece.shape[1]
        self._container.mux(self._stream.encode(frame))
