"""Is the sound where the lips are: envelopes of sound, and by how much one is late.

The field's LSE-C and LSE-D are distances of SyncNet's embeddings; there is no such network here,
and nothing here is called by those names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.qc.signals import lag

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

PER_SECOND = 200
"""Values of an envelope a second: 5 ms each."""

_REACH = PER_SECOND // 2  # of a slip
_SLOWEST = 4  # values of an envelope per frame that lips are compared at
_FLOOR = 1e-3  # full scale; what is softer than -60 dB is silence
_LIPS_REACH = Fraction(2, 5)  # seconds that lips are looked for on either side of the sound
_SYLLABLE = 31  # values of an envelope that are averaged: 155 ms
_LIPS = 7  # values of the lips that are: less than two frames
_ALIKE = 0.25  # correlation below which sound and lips have nothing to do with each other
_BY_CHANCE = 1.0  # times the root of the seconds: what unrelated lips reach once in a hundred
_SHORTEST = 2  # seconds in which lips have to be seen
_MOVES = 0.01  # face units that the lips have to deviate by
_VARIES = 3.0  # decibels that the sound has to deviate by
_SAME = 0.6  # correlation below which two sounds are not the same


@dataclass(frozen=True, eq=False)
class SoundCheck:
    """What is heard, and what had to be heard.

    Attributes:
        heard: envelope of the film's sound, from its first frame on.
        wanted: envelope of the sound that the film had to have; None where that is not known.
    """

    heard: Doubles
    wanted: Doubles | None = None

    def of(self, frames: range, rate: Fraction) -> SoundCheck:
        """Return the sound of some frames of the film."""
        begin, end = (round(one * PER_SECOND / rate) for one in (frames.start, frames.stop))
        wanted = None if self.wanted is None else self.wanted[begin:end]
        return SoundCheck(self.heard[begin:end], wanted)

    def slip(self) -> float | None:
        """Return by how many milliseconds the film's sound is later than it had to be.

        Where the envelopes correlate best, within half a second, to a fraction of 5 ms. None
        where no sound is known that it had to have, where that is another one, and in silence.
        """
        if self.wanted is None:
            return None
        count = min(len(self.heard), len(self.wanted))
        if not count or self.wanted[:count].max() < _FLOOR:
            return None
        late, alike = lag(self.wanted[:count], self.heard[:count], _REACH)
        return 1000 * late / PER_SECOND if alike >= _SAME else None

    def lips(self, mouth: Doubles, rate: Fraction) -> float | None:
        """Return by how many milliseconds the sound is later than the lips.

        Where the speed at which the mouth opens and closes and the level in decibels correlate
        best, within 0.4 s; both are smoothed. A rough estimate: on three films of people who speak
        it was -90 to -20. None where sound and lips have little to do with each other, or no more
        than any two would have in so short a time; where the lips or the level hardly move; and
        where the best is at the end of what is looked at, which is no maximum.

        Args:
            mouth: opening of the mouth, frame by frame; not a number where unknown.
            rate: frames per second.
        """
        level = 20 * np.log10(np.maximum(smoothed(self.heard, _SYLLABLE), _FLOOR))
        known = np.isfinite(mouth)
        frames = np.flatnonzero(known) / float(rate)
        seconds = float(np.ptp(frames)) if known.any() else 0.0
        if seconds < _SHORTEST or not len(level):
            return None
        if not speaks(mouth) or level.std() < _VARIES:
            return None
        times = np.arange(int(len(mouth) * _SLOWEST)) / (float(rate) * _SLOWEST)
        lips = np.interp(times, frames, mouth[known])
        sound = np.interp(times, np.arange(len(level)) / PER_SECOND, level)
        lips = np.abs(np.gradient(smoothed(lips, _LIPS)))
        reach = round(_LIPS_REACH * rate * _SLOWEST)
        late, alike = lag(lips, sound, reach)
        sure = alike >= max(_ALIKE, _BY_CHANCE / np.sqrt(seconds)) and abs(late) < reach
        return 1000 * late / (float(rate) * _SLOWEST) if sure else None


def speaks(mouth: Doubles) -> bool:
    """Return whether a mouth moves enough to speak, by its opening, see `SoundCheck.lips`."""
    known = mouth[np.isfinite(mouth)]
    return bool(len(known)) and float(known.std()) >= _MOVES


def smoothed(values: Doubles, width: int) -> Doubles:
    """Return the mean of `width` values around each, weighted by a raised cosine."""
    kernel = np.hanning(width + 2)[1:-1]
    whole = np.pad(values, width // 2, mode="edge") if len(values) else values
    return np.convolve(whole, kernel / kernel.sum(), "valid")


def envelope(blocks: Iterable[npt.NDArray[np.floating[Any]]], rate: int) -> Doubles:
    """Return the root mean square level of sound, full scale 1, for every 5 ms: float64 [n].

    Args:
        blocks: samples of one channel, as `a1sdk.media.sound.Sound.blocks` yields them.
        rate: samples per second; a multiple of 200.
    """
    size, levels, rest = rate // PER_SECOND, [], np.zeros(0)
    for block in blocks:
        samples = np.concatenate([rest, block])
        whole = len(samples) // size * size
        parts = np.square(samples[:whole], dtype=np.float64).reshape(-1, size)
        levels.append(np.sqrt(parts.mean(axis=1)).astype(np.float32))
        rest = samples[whole:]
    return np.concatenate(levels).astype(np.float64) if levels else np.zeros(0)
