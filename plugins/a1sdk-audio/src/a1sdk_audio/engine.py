"""The speech recogniser, pocketsphinx, as far as it is used here.

Everything comes with its wheel: an acoustic model of US English (continuous HMMs, 16 kHz), the
pronunciations of CMUdict, and language models of words and of phones. The same samples give the
same result, whatever was heard before: noise statistics begin anew each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pocketsphinx import Decoder  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pcm = npt.NDArray[np.int16]

_VOICES = ("+SPN+", "[SPEECH]")  # what the model calls a voice that says nothing in particular
_SEARCH = "transcript"  # what the grammar of a transcript is called within the decoder


@dataclass(frozen=True, slots=True)
class Sounded:
    """A phone, in steps after the first sample; `word` counts the words of the same `Heard`."""

    start: int
    end: int
    symbol: str
    word: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word, in steps after the first sample."""

    start: int
    end: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard in a piece of sound.

    Attributes:
        words: in order.
        phones: in order; without words where it is sounds that are recognised.
        fit: mean log score of a step, of all or of the words alone, the lower of the two; words
            that are said have -6 to -22, others under -28, or cannot be aligned (-inf).
        doubt: 0..1, how far the words may be wrong ones.
        sounds: phones by the sound alone, where words are in doubt.
    """

    words: tuple[Spoken, ...] = ()
    phones: tuple[Sounded, ...] = ()
    fit: float = 0.0
    doubt: float = 0.0
    sounds: tuple[Sounded, ...] = ()


class Engine:
    """A pocketsphinx decoder, silent, and reset before each use.

    Args:
        settings: its configuration, see `pocketsphinx.Config`.
    """

    def __init__(self, **settings: Any) -> None:
        self._decoder = Decoder(loglevel="FATAL", **settings)

    def pronunciation(self, word: str) -> str | None:
        """Return how a word is pronounced, in ARPAbet, or None for an unknown one."""
        found: str | None = self._decoder.lookup_word(word)
        return found

    def learn(self, word: str, pronunciation: str) -> None:
        """Add a word to the dictionary."""
        self._decoder.add_word(word, pronunciation, False)

    def expect(self, words: Sequence[str], *, all_of_them: bool) -> None:
        """Expect these words in this order from now on, from the first on.

        Args:
            words: each of them in the dictionary.
            all_of_them: whether the last has to be heard, or any of them may be the last.
        """
        end = len(words)
        arcs: list[tuple[Any, ...]] = [(at, at + 1, 1.0, word) for at, word in enumerate(words)]
        if not all_of_them:
            arcs += [(at, end, 1.0) for at in range(1, end)]
        self._decoder.add_fsg(_SEARCH, self._decoder.create_fsg(_SEARCH, 0, end, arcs))
        self._decoder.activate_search(_SEARCH)

    def decode(self, pcm: Pcm) -> list[Spoken]:
        """Return the words, or phones, that the active search finds; fillers are left out."""
        self._run(pcm)
        return [
            Spoken(item.start_frame, item.end_frame + 1, _plain(item.word), float(item.prob))
            for item in self._decoder.seg() or ()
            if _is_speech(item.word)
        ]

    def unclear(self) -> dict[int, int]:
        """Return where `decode` heard a voice and nothing in particular: start to end."""
        found = self._decoder.seg() or ()
        return {item.start_frame: item.end_frame + 1 for item in found if item.word in _VOICES}

    def phones(self, pcm: Pcm, words: Sequence[Spoken]) -> Heard:
        """Return the phones of the words that `decode` has just found in the same samples.

        Where the recogniser cannot place them, a word's time is shared out among its phones.
        """
        search = self._decoder.current_search()
        try:
            self._decoder.set_alignment()
            self._run(pcm)
            return _heard(words, *_placed(self._decoder.get_alignment()))
        except RuntimeError:  # its second pass is stricter than the first
            return _heard(words, [self._shared_out(word) for word in words], -math.inf)
        finally:
            self._decoder.activate_search(search)  # from here on the alignment is gone

    def _run(self, pcm: Pcm) -> None:
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()

    def _shared_out(self, word: Spoken) -> list[_Place]:
        symbols = (self.pronunciation(word.text) or "").split()
        edges = [
            word.start + (word.end - word.start) * part // len(symbols)
            for part in range(len(symbols) + 1)
        ]
        return [
            (start, end, symbol)
            for (start, end), symbol in zip(pairwise(edges), symbols, strict=True)
            if end > start
        ]


_Place = tuple[int, int, str]


def _placed(alignment: Any) -> tuple[list[list[_Place]], float]:
    """Return the (start, end, symbol) of each word's phones, and how well all of it fits."""
    places: list[list[_Place]] = []
    scores, steps = [0, 0], [0, 0]  # of silence, of words
    for entry in alignment:
        spoken = _is_speech(entry.name)
        scores[spoken] += entry.score
        steps[spoken] += entry.duration
        if spoken:
            places.append([(item.start, item.start + item.duration, item.name) for item in entry])
    return places, min(scores[True] / max(1, steps[True]), sum(scores) / max(1, sum(steps)))


def _heard(words: Sequence[Spoken], places: Sequence[list[_Place]], fit: float) -> Heard:
    phones = (
        Sounded(start, end, symbol, number)
        for number, found in enumerate(places)
        for start, end, symbol in found
    )
    return Heard(tuple(words), tuple(phones), fit)


def _is_speech(word: str) -> bool:
    """Whether an entry is a word or a phone, not silence, noise or a mark of the grammar."""
    return word[0] not in "<[(+" and word != "SIL"


def _plain(word: str) -> str:
    """Return a word without the number of its pronunciation, as in `the(2)`."""
    return word.split("(")[0]
