"""Put the sound of several files together: each at its time, and silence in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from a1sdk.media.audio import AudioSource, SoundTrack, exactly, resampled, silence
from a1sdk.timing import frame_count

if TYPE_CHECKING:
    from pathlib import Path

    from a1sdk.media.audio import Samples

_AROUND = 64  # samples of a file at least, ahead of a piece and after it; a resampler needs 16


@dataclass(frozen=True, slots=True)
class AudioMontage:
    """The sound of several files, from `start` on, for `duration` seconds.

    Its samples are counted at the highest rate that any of the files has, and it has the channels
    that they have, or is stereo where these differ. What lies between two samples is moved to the
    nearest one.

    Attributes:
        pieces: seconds at which each is heard, ascending, and what is heard then. One that begins
            before the one ahead of it is over goes on after that.
        start: seconds on the clock of `pieces`.
        duration: seconds.
    """

    pieces: tuple[tuple[Fraction, AudioSource], ...]
    start: Fraction
    duration: Fraction


Audio = AudioSource | AudioMontage
"""What can be heard along with pictures."""


class _Form(NamedTuple):
    """How the sound of a file is stored."""

    rate: int
    channels: int
    layout: str


class MontageTrack:
    """An open `AudioMontage`: `rate` samples per second, channels in `layout`.

    One file is open at a time.

    Raises:
        DecodeError: a file cannot be read, or has no sound.
    """

    def __init__(self, montage: AudioMontage) -> None:
        self._montage = montage
        self._open: SoundTrack | None = None
        self._forms = {path: _form_of(path) for path in {one.path for _, one in montage.pieces}}
        forms = [*self._forms.values()]
        self.rate = max(form.rate for form in forms)
        alike = all(form.layout == forms[0].layout for form in forms)
        self.layout = forms[0].layout if alike else "stereo"
        self.channels = forms[0].channels if alike else 2

    def close(self) -> None:
        """Close the file that is open. Safe to call twice."""
        if self._open is not None:
            self._open.close()

    def samples(self) -> Iterator[Samples]:
        """Yield float32 [channels, n] in pieces, as many samples as the montage is long."""
        total = self._place(self._montage.start + self._montage.duration)
        return exactly(self._placed(total), total, self.channels)

    def _place(self, time: Fraction) -> int:
        """Return which sample is the one at a time of the montage; 0 before its start."""
        return frame_count(max(time - self._montage.start, Fraction(0)), Fraction(self.rate))

    def _placed(self, total: int) -> Iterator[Samples]:
        position = 0
        for at, source in self._montage.pieces:
            begin = max(position, self._place(at))
            end = min(total, self._place(at + source.duration))
            if begin < end:
                yield from silence(begin - position, self.channels)
                first = self._montage.start + Fraction(begin, self.rate)
                yield from self._heard(source.path, source.start + first - at, end - begin)
                position = end

    def _heard(self, path: Path, start: Fraction, count: int) -> Iterator[Samples]:
        """Yield `count` samples of a file from `start` on, in the form that all are brought to."""
        form, opens, around = self._forms[path], start, 0
        if form.rate != self.rate:
            around = _around(form.rate, self.rate)
            opens = Fraction(floor(start * form.rate) - around, form.rate)
        lasts = ceil(Fraction(count * form.rate, self.rate)) + 2 * around + 1
        source = AudioSource(path, opens, Fraction(lasts, form.rate))
        with closing(SoundTrack(source)) as self._open:
            pieces = self._alike(self._open.samples(), form)
            whole = _without(pieces, round((start - opens) * self.rate))
            yield from exactly(whole, count, self.channels)

    def _alike(self, pieces: Iterable[Samples], form: _Form) -> Iterator[Samples]:
        """Yield samples at the montage's rate, in its channels; one channel is heard in both."""
        alone = form.channels == 1
        layout = form.layout if alone else self.layout
        if (form.rate, form.layout) != (self.rate, layout):
            pieces = resampled(pieces, form.rate, self.rate, form.layout, layout)
        for piece in pieces:
            clipped = np.clip(piece, -1.0, 1.0)
            yield np.repeat(clipped, self.channels, axis=0) if alone else clipped


Track = SoundTrack | MontageTrack


def open_track(audio: Audio) -> Track:
    """Open what can be heard.

    Raises:
        DecodeError: a file cannot be read, or has no sound.
    """
    return SoundTrack(audio) if isinstance(audio, AudioSource) else MontageTrack(audio)


def _form_of(path: Path) -> _Form:
    with closing(SoundTrack(AudioSource(path, Fraction(0), Fraction(0)))) as track:
        return _Form(track.rate, track.channels, track.layout)


def _around(rate: int, target: int) -> int:
    """Return how many samples to take ahead of a piece: they last whole samples at both rates."""
    step = rate // gcd(rate, target)
    return step * ceil(_AROUND / step)


def _without(pieces: Iterable[Samples], first: int) -> Iterator[Samples]:
    """Yield pieces without their first samples."""
    for piece in pieces:
        yield piece[:, first:]
        first = max(0, first - piece.shape[1])
