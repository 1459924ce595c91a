"""What head and brows do to speech: they mark what is stressed, and settle where a phrase ends.

Syllables stand out by being louder and longer than those around them; pitch adds little to that
(Silipo and Greenberg 1999; Kochanski et al. 2005, "Loudness predicts prominence"), so it is not
measured. The head nods and the brows rise with them, not with all of them, and begin a little
ahead (Graf et al. 2002, "Visual prosody"; Munhall et al. 2004; Cvejic et al. 2010, "Prosody off
the top of the head").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import PHONES, VOWELS
from a1sdk_audio.gestures import LIVELINESS, Gesture
from a1sdk_audio.mouth import loudest

if TYPE_CHECKING:
    from a1sdk_audio.speech import Passage, Phone, Utterance

_DB = 6.0  # a syllable this much louder than usual stands out as far as one twice as long
_USUAL = {1: 0.075, 2: 0.13}  # seconds, of vowels and diphthongs
_STANDS_OUT = 0.5
_APART = 0.45  # seconds between syllables that are marked

_AHEAD = 0.22  # seconds in which a movement gets to its syllable
_STRONGEST = 1.5
_NOD, _TILT, _SETTLED = 2.0, 1.5, 1.2  # degrees
_TILTS = 0.3  # share of the marked syllables that the head tilts for, and does not nod
_RAISES = 0.7  # share of the strongest that the brows rise for
_RAISED = {
    "browInnerUp": 0.22,
    "browOuterUpLeft": 0.22,
    "browOuterUpRight": 0.22,
    "eyeWideLeft": 0.05,
    "eyeWideRight": 0.05,
}

_FINAL_PAUSE = 0.12  # seconds of silence that end a phrase


@dataclass(frozen=True, slots=True)
class Emphasis:
    """A syllable that stands out.

    Attributes:
        time: seconds; the middle of its vowel.
        strength: how far, around 0.5 to 2.
    """

    time: float
    strength: float


def emphases(utterance: Utterance, passage: Passage) -> list[Emphasis]:
    """Return the syllables of an utterance that stand out from the others, in order."""
    vowels = [phone for phone in utterance.phones if phone.symbol in VOWELS]
    if not vowels:
        return []
    levels = np.array([loudest(passage, vowel.start, vowel.end) for vowel in vowels])
    lengths = np.array([_length(vowel) for vowel in vowels])
    lengths[-1] = min(lengths[-1], 0.0)  # the last syllable of a phrase is long in any case
    standing = (levels - np.median(levels)) / _DB + lengths
    middles = [float(vowel.start + vowel.end) / 2 for vowel in vowels]
    found = [Emphasis(*pair) for pair in zip(middles, standing.tolist(), strict=True)]
    return _most_marked([one for one in found if one.strength > _STANDS_OUT])


def _length(vowel: Phone) -> float:
    """How long a vowel is, in octaves above what it usually is."""
    return log2(float(vowel.end - vowel.start) / _USUAL[len(PHONES[vowel.symbol])])


def _most_marked(found: list[Emphasis]) -> list[Emphasis]:
    """Of those too near each other, keep the stronger."""
    kept: list[Emphasis] = []
    for one in sorted(found, key=lambda emphasis: -emphasis.strength):
        if all(abs(one.time - other.time) >= _APART for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda emphasis: emphasis.time)


def phrase_ends(passage: Passage) -> list[float]:
    """Return when phrases end in a passage: where a pause follows, in seconds."""
    starts = [utterance.start for utterance in passage.utterances[1:]]
    ends = [utterance.end for utterance in passage.utterances]
    pairs = zip(ends, [*starts, passage.end], strict=False)
    return [float(end) for end, after in pairs if float(after - end) >= _FINAL_PAUSE]


class Prosody:
    """Movements of head and brows passage by passage.

    Args:
        head: factor on nods, tilts, and how lively the head is; 0 is none.
        brows: factor on how far they rise; 0 is not at all.
        seed: the same seed marks the same syllables in the same way.
    """

    def __init__(self, head: float, brows: float, seed: int) -> None:
        self._head, self._brows = head, brows
        self._random = np.random.default_rng((seed, 3))

    def in_passage(self, passage: Passage, ends: Sequence[float]) -> Iterator[Gesture]:
        """Yield the movements of a passage whose phrases end at `ends`, in seconds."""
        for utterance in passage.utterances:
            yield _lively(utterance)
            for emphasis in emphases(utterance, passage):
                yield from self._mark(emphasis)
        for end in ends:
            yield Gesture(end - 0.25, 0.35, 0.1, 0.9, {"pitch": -self._head * _SETTLED})

    def _mark(self, emphasis: Emphasis) -> Iterator[Gesture]:
        """Nod, or tilt now and then; raise the brows for the strong ones."""
        strength = min(emphasis.strength, _STRONGEST)
        tilts, side, raises = self._random.random(3)
        turn = self._head * strength
        moved = {"pitch": -turn * _NOD}
        if tilts < _TILTS:
            moved = {"pitch": -turn * _NOD / 3, "roll": turn * (_TILT if side < 0.5 else -_TILT)}
        yield Gesture(emphasis.time - _AHEAD, _AHEAD, 0.04, 0.4, moved)
        if raises < _RAISES * (strength - _STANDS_OUT):
            raised = {name: self._brows * strength * value for name, value in _RAISED.items()}
            yield Gesture(emphasis.time - _AHEAD, _AHEAD, 0.12, 0.35, raised)


def _lively(utterance: Utterance) -> Gesture:
    """The head of one who speaks moves more; it begins to before the voice does."""
    start, end = float(utterance.start), float(utterance.end)
    return Gesture(start - 0.3, 0.6, max(0.0, end - start - 0.3), 0.9, {LIVELINESS: 1.0})
