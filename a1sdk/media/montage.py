"""Put the sound of several files together, as an editor does on tracks.

Each piece is heard at its time, with silence in between; what lies on several tracks is mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from a1sdk.media.audio import AudioSource, SoundTrack, exactly, resampled, silence
from a1sdk.media.mixing import peak_of, summed, under_full_scale
from a1sdk.timing import frame_count

if TYPE_CHECKING:
    from a1sdk.media.audio import Samples

_AROUND = 64  # samples of a file at least, ahead of a piece and after it; a resampler needs 16

Pieces = tuple[tuple[Fraction, AudioSource], ...]
"""Seconds at which each is heard, ascending, and what is heard then."""


@dataclass(frozen=True, slots=True)
class AudioMontage:
    """The sound of several files, from `start` on, for `duration` seconds.

    Its samples are counted at the highest rate that any of the files has, and it has the channels
    that they have, or is stereo where these differ: one channel is heard in both then, and more
    are mixed down. What lies between two samples is moved to the nearest one.

    Attributes:
        tracks: what is heard at the same time, each at the level it has. Of a piece that begins
            before the one ahead of it on its track is over, the rest is heard after that.
        start: seconds on the clock of the pieces.
        duration: seconds.
    """

    tracks: tuple[Pieces, ...]
    start: Fraction
    duration: Fraction


Audio = AudioSource | AudioMontage
"""What can be heard along with pictures."""


class _Form(NamedTuple):
    """How sound is stored."""

    rate: int
    channels: int
    layout: str


class MontageTrack:
    """An open `AudioMontage`: `rate` samples per second, channels in `layout`.

    Of each of its tracks one file is open at a time.

    Attributes:
        peak: the largest sample of the sum of the tracks so far, 1 being full scale; None where
            there is one track. What goes beyond full scale is limited.

    Raises:
        DecodeError: a file cannot be read, or has no sound.
    """

    def __init__(self, montage: AudioMontage) -> None:
        paths = {one.path for pieces in montage.tracks for _, one in pieces}
        forms = {path: _form_of(path) for path in paths}
        form = _common(list(forms.values()))
        self.rate, self.channels, self.layout = form
        self.peak: float | None = None
        self._total = frame_count(montage.duration, Fraction(self.rate))
        self._lanes = [_Lane(pieces, montage, forms, form) for pieces in montage.tracks]

    def close(self) -> None:
        """Close the files that are open. Safe to call twice."""
        for lane in self._lanes:
            lane.close()

    def samples(self) -> Iterator[Samples]:
        """Yield float32 [channels, n] in pieces, as many samples as the montage is long."""
        lanes = [lane.samples(self._total) for lane in self._lanes]
        if len(lanes) == 1:
            return lanes[0]
        return under_full_scale(self._measured(summed(lanes)), self.rate, self.channels)

    def _measured(self, pieces: Iterable[Samples]) -> Iterator[Samples]:
        for piece in pieces:
            self.peak = max(self.peak or 0.0, peak_of(piece))
            yield piece


class _Lane:
    """One track of a montage, in the form that all are brought to."""

    def __init__(
        self, pieces: Pieces, montage: AudioMontage, forms: Mapping[Path, _Form], form: _Form
    ) -> None:
        self._pieces, self._start = pieces, montage.start
        self._forms, self._form = forms, form
        self._open: SoundTrack | None = None

    def close(self) -> None:
        """Close the file that is open. Safe to call twice."""
        if self._open is not None:
            self._open.close()

    def samples(self, total: int) -> Iterator[Samples]:
        """Yield the track's first `total` samples."""
        return exactly(self._placed(total), total, self._form.channels)

    def _place(self, time: Fraction) -> int:
        """Return which sample is the one at a time of the montage; 0 before its start."""
        return frame_count(max(time - self._start, Fraction(0)), Fraction(self._form.rate))

    def _placed(self, total: int) -> Iterator[Samples]:
        position = 0
        for at, source in self._pieces:
            begin = max(position, self._place(at))
            end = min(total, self._place(at + source.duration))
            if begin < end:
                yield from silence(begin - position, self._form.channels)
                first = self._start + Fraction(begin, self._form.rate)
                yield from self._heard(source.path, source.start + first - at, end - begin)
                position = end

    def _heard(self, path: Path, start: Fraction, count: int) -> Iterator[Samples]:
        """Yield `count` samples of a file from `start` on."""
        own, rate, opens, around = self._forms[path], self._form.rate, start, 0
        if own.rate != rate:
            around = _around(own.rate, rate)
            opens = Fraction(floor(start * own.rate) - around, own.rate)
        lasts = ceil(Fraction(count * own.rate, rate)) + 2 * around + 1
        source = AudioSource(path, opens, Fraction(lasts, own.rate))
        with closing(SoundTrack(source)) as self._open:
            pieces = _converted(self._open.samples(), own, self._form)
            whole = _without(pieces, round((start - opens) * rate))
            yield from exactly(whole, count, self._form.channels)


def _converted(pieces: Iterable[Samples], own: _Form, form: _Form) -> Iterator[Samples]:
    """Yield samples in another form; one channel is heard in all."""
    alone = own.channels == 1
    layout = own.layout if alone else form.layout
    if (own.rate, own.layout) != (form.rate, layout):
        pieces = resampled(pieces, own.rate, form.rate, own.layout, layout)
    for piece in pieces:
        clipped = np.clip(piece, -1.0, 1.0)
        yield np.repeat(clipped, form.channels, axis=0) if alone else clipped


def _common(forms: list[_Form]) -> _Form:
    """Return the form that sound of several forms is brought to."""
    rate = max(form.rate for form in forms)
    alike = all(form.layout == forms[0].layout for form in forms)
    return forms[0]._replace(rate=rate) if alike else _Form(rate, 2, "stereo")


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
