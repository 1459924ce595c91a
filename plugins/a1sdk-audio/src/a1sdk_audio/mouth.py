"""What the mouth does in a passage of speech: visemes, as clear as they are loud, and breath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import exp
from typing import TYPE_CHECKING

from a1sdk.plugin import VOWELS, Cue, cues_of

if TYPE_CHECKING:
    from a1sdk_audio.speech import Passage, Phone, Utterance

_PER_DB = 0.02  # a vowel 10 dB softer opens a fifth less
_USUAL = -4.0  # dB relative to the speaker's level, of vowels neither stressed nor weak
_SOFTEST, _LOUDEST = -25.0, 6.0  # dB relative to the level, beyond which nothing changes
_STEP = Fraction(3, 50)  # seconds, where there is loudness alone or nothing
_WIDEST = 0.9  # strength of the opening at the speaker's level, where there is loudness alone

_BREATH_AFTER = Fraction(1, 2)  # seconds of silence before which nobody takes a breath
_BREATH = Fraction(9, 20)  # seconds
_BREATH_BEFORE = Fraction(1, 20)  # seconds from the breath's end to the voice
_PARTED = 1.0  # strength of the parted lips
_AT_REST = Fraction(1)  # seconds before its end, in which a silent passage leaves room for breath


def loudest(passage: Passage, start: Fraction, end: Fraction) -> float:
    """Return the peak level between two times in dB, relative to the speaker's, within limits."""
    loudness = passage.loudness
    first = max(0, int((start - loudness.start) * loudness.rate))
    last = max(first + 1, round((end - loudness.start) * loudness.rate))
    heard = loudness.values[first:last]
    peak = float(heard.max()) - passage.level if heard.size else _SOFTEST
    return min(max(peak, _SOFTEST), _LOUDEST)


class Mouth:
    """Turns passages into cues, one after the other.

    Args:
        loudness: how much louder vowels open wider, 0 (not at all) to 2.
        breath: how far the lips part for breath before speech, 0 (not at all) to 2.
    """

    def __init__(self, loudness: float = 1.0, breath: float = 1.0) -> None:
        self._loudness, self._breath = loudness, breath
        self._silent_since = Fraction(0)

    def cues(self, passage: Passage) -> Iterator[Cue]:
        """Yield the passage's cues; a silent passage rests, so that waiting for it has an end."""
        if not passage.utterances and passage.end - passage.start > _AT_REST:
            yield Cue(passage.start, passage.end - _AT_REST, "sil")
        for utterance in passage.utterances:
            yield from self._breathe(utterance)
            yield from self._spoken(utterance, passage)
            self._silent_since = utterance.end

    def beside(self, passage: Passage) -> Iterator[tuple[Cue, float]]:
        """Yield the cues of what a passage's sounds may be instead, each with its weight.

        Words and sounds err in different places, so that where words are in doubt the mean of both
        mouths is nearer to the speaker's. The last cue ends with the passage, so that the next one
        is not asked for any earlier than by `cues`.
        """
        end = passage.start
        for cue in self._shown(passage.sounds, passage):
            yield cue, passage.doubt
            end = cue.end
        if end < passage.end:
            yield Cue(max(end, passage.end - _STEP), passage.end, "sil"), 0.0

    def _breathe(self, utterance: Utterance) -> Iterator[Cue]:
        """Part the lips between silence and speech, as one who inhales."""
        end = utterance.start - _BREATH_BEFORE
        silence = utterance.start - self._silent_since
        if self._breath > 0 and silence >= _BREATH_AFTER:
            yield Cue(end - _BREATH, end, "kk", self._breath * _PARTED)

    def _spoken(self, utterance: Utterance, passage: Passage) -> Iterator[Cue]:
        if utterance.phones:
            yield from self._shown(utterance.phones, passage)
        else:
            yield from _by_loudness(utterance, passage)

    def _shown(self, phones: Sequence[Phone], passage: Passage) -> Iterator[Cue]:
        def clarity(phone: Phone) -> float:
            if phone.symbol not in VOWELS:
                return 1.0
            above = loudest(passage, phone.start, phone.end) - _USUAL
            return exp(self._loudness * _PER_DB * above)

        return cues_of(phones, clarity)


def _by_loudness(utterance: Utterance, passage: Passage) -> Iterator[Cue]:
    """Open and close the mouth with the sound: somebody speaks, and nobody knows what."""
    start = utterance.start
    while start < utterance.end:
        end = min(start + _STEP, utterance.end)
        level = loudest(passage, start, end)
        yield Cue(start, end, "aa", _WIDEST * max(0.0, 1.0 - level / _SOFTEST))
        start = end
