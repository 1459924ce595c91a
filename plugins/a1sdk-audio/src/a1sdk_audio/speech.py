"""What is heard in a sound: words, phones and loudness, on one exact clock.

All times are seconds after the file's first sample, which is also the time of frame 0. A sound is
heard passage by passage, in constant memory: passages follow each other without a gap from 0 to
the end of the file, and are cut where nobody speaks, or where that is too long to wait for,
between two words.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

RATE = 16000
"""Samples per second that speech is heard at: what the acoustic model was trained on."""

GRID = 100
"""Steps per second of the recogniser and of loudness; all times of phones are on this grid."""

NO_WORD = -1
"""`Phone.word` of a phone that was decoded without words."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A stretch of speech sound.

    Attributes:
        start: seconds.
        end: seconds, after `start`.
        symbol: ARPAbet in capitals without stress, one of the 39 of CMUdict, such as `AA`, `NG`.
            Silence and noises are no phones: where there is none, the mouth rests.
        word: index of its word in the utterance's `words`; `NO_WORD` where there is none.
    """

    start: Fraction
    end: Fraction
    symbol: str
    word: int = NO_WORD


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word.

    Attributes:
        start: seconds.
        end: seconds, after `start`.
        text: as in the transcript, or in lower case as the recogniser's dictionary has it.
        confidence: 0..1, how sure the recogniser is of the word among others, times how well it
            fits the sound; 1 with a transcript.
    """

    start: Fraction
    end: Fraction
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech between two pauses.

    Attributes:
        start: seconds; when the voice begins.
        end: seconds; when it ends.
        words: in order, not overlapping; empty where phones are decoded without words.
        phones: in order, not overlapping, within `start` and `end`; may be empty where somebody
            speaks and nothing was understood.
    """

    start: Fraction
    end: Fraction
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Loudness:
    """How loud it is: value `i` is the level around `start + i / rate`.

    Attributes:
        rate: values per second.
        start: seconds of value 0.
        values: float32 [n], dB of the root mean square in a Hann window of 40 ms, relative to
            full scale, so that a sine of full scale has -3; never under `FLOOR`.
    """

    rate: int
    start: Fraction
    values: Samples


FLOOR = -96.0
"""Loudness of digital silence, in dB."""


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A part of a sound, with what is heard in it.

    Attributes:
        start: seconds; where the passage before ended, 0 for the first.
        end: seconds; on the grid, but for the last one's, which is the end of the file.
        utterances: in order, not overlapping, within `start` and `end`.
        loudness: of the passage; it begins at `start` and has a value for every step of the grid
            before `end`.
        level: dB, how loud this speaker's voice usually is, by the speech up to the end of this
            passage; `loudness.values - level` is near 0 in stressed vowels and under -25 in pauses.
        samples: float32 [n] at `RATE`, mono, from `start` on, for what is measured beyond this.
        doubt: 0..1, how far the words may be wrong ones; 0 where there is a transcript, or no word.
        sounds: what was heard by the sounds alone; in order, not overlapping, within `start` and
            `end`; empty where there is no doubt.
    """

    start: Fraction
    end: Fraction
    utterances: tuple[Utterance, ...]
    loudness: Loudness
    level: float
    samples: Samples
    doubt: float = 0.0
    sounds: tuple[Phone, ...] = ()
