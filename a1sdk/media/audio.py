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
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

from a1sdk.errors import DecodeError
from a1sdk.media.container import audio_stream, open_container
from a1sdk.timing import frame_count

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.media.montage import Track

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
_MXF_RATES = (48000,)
_BY_COUNT = ("", "mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
_LAYOUTS = {*_BY_COUNT[1:], "2.1", "4.0", "5.0(side)", "5.1(side)", "7.1(wide)"}
_OPUS_LAYOUTS = set(_BY_COUNT[1:])
_TRUE_HEADER = "mov,"  # QuickTime's edit lists say where the sound ends and padding begins


@dataclass(frozen=True, slots=True)
class AudioSource:
    """The sound of a file from `start` on, for exactly round(`duration` x sample rate) samples.

    `start` is in seconds on the file's own clock, on which its first picture is at
    `VideoFacts.start`: sound that begins before or after the picture keeps its place. Before the
    file's sound begins, after it ends and in its gaps there is silence.
    """

    path: Path
    start: Fraction
    duration: Fraction


class SoundTrack:
    """An open `AudioSource`: `rate` samples per second, channels in `layout`.

    Raises:
        DecodeError: the file has no sound.
    """

    peak: float | None = None
    """Nothing is mixed."""

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self._files = ExitStack()
        self._container = self._files.enter_context(open_container(source.path))
        stream = audio_stream(self._container)
        if stream is None:
            self.close()
            raise DecodeError(f"{str(source.path)!r} has no sound.", path=str(source.path))
        self._stream, context = stream, stream.codec_context
        self.rate, channels = context.sample_rate, context.layout.nb_channels
        self.channels = channels if channels < len(_BY_COUNT) else 2  # of many, the first two
        named = context.layout.name in _LAYOUTS  # plain WAV only counts its channels
        self.layout = context.layout.name if named else _BY_COUNT[self.channels]

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._files.close()

    def samples(self) -> Iterator[Samples]:
        """Yield float32 [channels, n] in pieces, as many samples as the source is long.

        Values that are no numbers become silence, and those beyond full scale are clipped.
        """
        total = frame_count(self._source.duration, Fraction(self.rate))
        return exactly(self._placed(), total, self.channels)

    def end(self) -> Fraction:
        """Return when the last sample ends, in seconds on the file's clock, by decoding all."""
        end = Fraction(0)
        for time, piece in self._decoded():
            end = time + Fraction(piece.shape[1], self.rate)
        return end

    def _decoded(self) -> Iterator[tuple[Fraction, Samples]]:
        """Yield (seconds on the file's clock, float32 [channels, n])."""
        base = Fraction(self._stream.time_base or 1)
        wanted = (self.rate, self._stream.codec_context.layout.nb_channels)
        end = header_end(self._container, self._stream)
        time = Fraction(0)
        for frame in _frames(self._container, self._stream):
            if (frame.sample_rate, frame.layout.nb_channels) != wanted:
                continue  # the stream changed; what it was first goes on, after silence
            if frame.pts is not None:
                time = frame.pts * Fraction(frame.time_base or base)
            piece = _as_float(frame)[: self.channels]
            if end is not None:
                piece = piece[:, : max(0, round((end - time) * self.rate))]
            yield time, piece
            time += Fraction(frame.samples, frame.sample_rate)

    def _placed(self) -> Iterator[Samples]:
        """Yield samples from the source's start on, with silence in the gaps."""
        position: int | None = None  # of the next sample, counted from the source's start
        for time, piece in self._decoded():
            begin = round((time - self._source.start) * self.rate)
            if position is None or begin - position > _DRIFT * self.rate:
                yield from silence(begin - max(0, position or 0), self.channels)
                position = begin
            yield piece[:, max(0, -position) :]
            position += piece.shape[1]


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Yield decoded frames; torn packets are left out."""
    packets = container.demux(stream)
    while True:
        try:
            frames = next(packets).decode()
        except (StopIteration, EOFError):
            return
        except FFmpegError:
            continue
        yield from frames


def header_end(container: InputContainer, stream: AudioStream) -> Fraction | None:
    """Return the end of the sound where decoding would add the codec's padding to it."""
    if not container.format.name.startswith(_TRUE_HEADER) or not stream.duration:
        return None
    return ((stream.start_time or 0) + stream.duration) * Fraction(stream.time_base or 1)


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


def silence(samples: int, channels: int) -> Iterator[Samples]:
    """Yield that many samples of silence, a piece at a time."""
    for begin in range(0, samples, _CHUNK):
        yield np.zeros((channels, min(_CHUNK, samples - begin)), np.float32)


def exactly(pieces: Iterable[Samples], total: int, channels: int) -> Iterator[Samples]:
    """Yield the pieces' first `total` samples, followed by silence where they end sooner."""
    left = total
    for piece in pieces:
        if left <= 0:
            return
        if piece.shape[1]:
            yield piece[:, :left]
        left -= min(left, piece.shape[1])
    yield from silence(left, channels)


def resampled(
    pieces: Iterable[Samples], source: int, target: int, layout: str, wanted: str
) -> Iterator[Samples]:
    """Yield the pieces at another rate and in other channels, not clipped.

    The first sample stays where it is: FFmpeg's resampler takes out its own delay.

    Args:
        pieces: float32 [channels, n].
        source: samples per second of `pieces`.
        target: samples per second wanted.
        layout: FFmpeg's name of the channels of `pieces`.
        wanted: of those wanted.
    """
    resampler = AudioResampler(format="fltp", layout=wanted, rate=target)
    sent = 0
    for piece in pieces:
        frame = _as_frame(piece, layout, source, sent)
        sent += piece.shape[1]
        yield from (_floats(out) for out in resampler.resample(frame))
    if sent:
        yield from (_floats(out) for out in resampler.resample(None))


def _floats(frame: AudioFrame) -> Samples:
    return cast("Samples", frame.to_ndarray())


def _as_frame(piece: Samples, layout: str, rate: int, at: int) -> AudioFrame:
    """Return float32 [channels, n] as a frame whose first sample has the number `at`."""
    whole = np.ascontiguousarray(piece)
    frame = AudioFrame.from_ndarray(whole, format="fltp", layout=layout)
    frame.sample_rate = rate
    frame.pts, frame.time_base = at, Fraction(1, rate)
    return frame


class SoundWriter:
    """Encodes a track into an open container, as far as it is asked to."""

    def __init__(self, container: OutputContainer, track: Track, encoder: str) -> None:
        self._container = container
        self._track = track
        self._pieces = track.samples()
        rates = _RATES[encoder] if container.format.name != "mxf" else _MXF_RATES
        rate = self._track.rate if self._track.rate in rates else _USUAL_RATE
        stream = cast("AudioStream", container.add_stream(encoder, rate=rate))
        context = stream.codec_context
        mixed = encoder == "libopus" and self._track.layout not in _OPUS_LAYOUTS
        context.layout = "stereo" if mixed else self._track.layout
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

    @property
    def peak(self) -> float | None:
        """The largest sample of sounds that are mixed, so far."""
        return self._track.peak

    def _send(self, piece: Samples) -> None:
        frame = _as_frame(piece, self._track.layout, self._track.rate, self._sent)
        self._sent += piece.shape[1]
        self._container.mux(self._stream.encode(frame))
