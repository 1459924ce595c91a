"""Hear a file: one channel of float samples at a constant rate, in constant memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media.audio import AudioSource, SoundTrack, exactly, header_end, resampled
from a1sdk.media.container import audio_stream, open_container
from a1sdk.media.probing import probe
from a1sdk.timing import frame_count

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.media.audio import Samples

    Mono = npt.NDArray[np.float32]

Channel = Literal["mix"] | int
"""`mix`, the mean of all channels; or the number of one, 0 the first (the left)."""

_MOST_CHANNELS = 8  # of more, a `SoundTrack` carries two
_HEADERLESS = {".raw", ".pcm", ".s16", ".s16le", ".sw", ".snd", ".ulaw", ".alaw"}
_HEADERLESS_HINT = (
    "say what it holds when converting it: ffmpeg -f s16le -ar 16000 -ac 1 -i INPUT OUTPUT.wav"
)


@dataclass(frozen=True, slots=True)
class Sound:
    """What can be heard in a file; made by `open_sound`. Nothing stays open between uses.

    Attributes:
        path: the file.
        rate: samples per second that `blocks` yields.
        channel: what they are taken from.
        start: when sample 0 is, in seconds on the file's own clock.
        duration: seconds from there to the end of the sound, by the file's packets.
    """

    path: Path
    rate: int
    channel: Channel
    start: Fraction
    duration: Fraction

    def __len__(self) -> int:
        return frame_count(self.duration, Fraction(self.rate))

    def part(self, start: Fraction, duration: Fraction | None = None) -> Sound:
        """Return what can be heard from `start` seconds on, for `duration` seconds or to the end.

        Sample 0 of it is the sound at `start`. What lies beyond the end is left out.
        """
        left = max(Fraction(0), self.duration - start)
        lasts = left if duration is None else min(duration, left)
        return replace(self, start=self.start + start, duration=lasts)

    def blocks(self) -> Generator[Mono, None, None]:
        """Yield float32 [n], full scale being 1, `len(self)` samples in all.

        Sample `n` is the sound at `start + n / rate`. Where the file has none, before its sound
        begins and in gaps, there is silence; so there is for samples that are no numbers. Samples
        beyond full scale are clipped. An offset (DC) stays.

        Raises:
            DecodeError: the file has become unreadable.
        """
        source = AudioSource(self.path, self.start, self.duration)
        with closing(SoundTrack(source)) as track:
            pieces: Iterator[Samples] = map(self._mono, track.samples())
            if track.rate != self.rate:
                pieces = resampled(pieces, track.rate, self.rate, "mono", "mono")
            for piece in exactly(pieces, len(self), 1):
                yield piece[0]

    def _mono(self, piece: Samples) -> Samples:
        """Return float32 [1, n] of [channels, n]."""
        if self.channel == "mix":
            return cast("Samples", piece.mean(0, dtype=np.float32, keepdims=True))
        return np.ascontiguousarray(piece[self.channel : self.channel + 1])


def open_sound(path: Path | str, *, channel: Channel = "mix", rate: int | None = None) -> Sound:
    """Find the sound of any file that FFmpeg reads: sound files, and films that have sound.

    Sample 0 is the first of a sound file. Of a film it is at the film's first picture, so that
    what is heard and what is seen are on one clock.

    Args:
        path: the file.
        channel: which channel to hear.
        rate: samples per second to hear it at; the file's own if None.

    Raises:
        DecodeError: the file cannot be read, or has no sound.
        ConfigError: it has no such channel.
    """
    try:
        info = probe(path)
    except DecodeError as error:
        if Path(path).suffix.lower() in _HEADERLESS and Path(path).is_file():
            error.hint = _HEADERLESS_HINT
        raise
    if info.audio is None:
        raise DecodeError(
            f"{str(path)!r} has no sound.", path=str(path), hint="give a file that can be heard"
        )
    _check_channel(path, channel, info.audio.channels)
    begin, end = _span(path)
    start = begin if info.video is None else info.video.start
    own = info.audio.sample_rate
    length = Fraction(frame_count(max(end - start, Fraction(0)), Fraction(own)), own)
    return Sound(Path(path), rate or own, channel, start, length)


def _check_channel(path: Path | str, channel: Channel, channels: int) -> None:
    known = channels if channels <= _MOST_CHANNELS else 2
    if channel != "mix" and not 0 <= channel < known:
        raise ConfigError(
            f"{str(path)!r} has no channel {channel}: it has {channels}.",
            hint=f"count from 0 to {known - 1}, or take the mix",
        )


def _span(path: Path | str) -> tuple[Fraction, Fraction]:
    """Return when the sound begins and ends on the file's clock, by its packets."""
    with open_container(path) as container:
        stream = audio_stream(container)
        assert stream is not None  # the caller has its facts
        base = Fraction(stream.time_base or 1)
        begin = (stream.start_time or 0) * base
        trusted = header_end(container, stream)
        end = max(begin, _packets_end(container, stream, base))
    return begin, end if trusted is None else min(end, trusted)


def _packets_end(container: InputContainer, stream: AudioStream, base: Fraction) -> Fraction:
    """Return when the last packet ends: what headers say is often guessed from the file's size."""
    packets = (packet for packet in container.demux(stream) if packet.pts is not None)
    return base * max(((packet.pts or 0) + (packet.duration or 0) for packet in packets), default=0)
