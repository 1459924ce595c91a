"""Hear what a transcript says: each word found where it is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk_audio.engine import Engine, Heard
from a1sdk_audio.levels import STEP
from a1sdk_audio.recognizers import MismatchError
from a1sdk_audio.speech import RATE
from a1sdk_audio.spelling import pronunciation

if TYPE_CHECKING:
    from a1sdk_audio.engine import Pcm

_SETTINGS: dict[str, Any] = {
    "lm": None,
    "bestpath": False,  # what it finds cannot always be aligned
    "beam": 1e-150,  # words are few, and the best path may begin badly
    "pbeam": 1e-150,
    "wbeam": 1e-120,
}
_FASTEST = 6  # words a second
_WORST_FIT = -28.0  # see `Heard.fit`
_FORGIVEN = 2  # words at the end that may be lost among noises


class TranscriptAligner:
    """Finds the words of a transcript, in order, piece by piece of the sound.

    How many of its next words a piece holds is found by a forced alignment of the piece and of
    what follows it, in which any word may be the last; times then come from one that has to hold
    exactly these. The last piece has to hold all that are left. Words that CMUdict lacks are
    sounded as they are spelled.

    Args:
        words: as `spoken_words` gives them.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._engine = Engine(**_SETTINGS)
        self._words = [word for word in words if self._can_say(word)]
        self._next = 0

    @property
    def left(self) -> Sequence[str]:
        """The words that were not heard yet."""
        return self._words[self._next :]

    def _can_say(self, word: str) -> bool:
        if self._engine.pronunciation(word) is not None:
            return True
        guess = pronunciation(word)
        if guess is not None:
            self._engine.learn(word, guess)
        return guess is not None

    def begin(self) -> None:
        """As `Recognizer.begin`."""
        self._next = 0

    def hear(self, pcm: Pcm, following: Pcm) -> Heard:
        """As `Recognizer.hear`.

        Raises:
            MismatchError: something else is said.
        """
        ahead = self._within(pcm, following) if len(following) else self.left
        if not ahead:
            return Heard()
        self._engine.expect(ahead, all_of_them=True)
        words = self._engine.decode(pcm)
        heard = self._engine.phones(pcm, words) if len(words) == len(ahead) else None
        if heard is None or heard.fit < _WORST_FIT:
            raise MismatchError
        self._next += len(ahead)
        return heard

    def _within(self, pcm: Pcm, following: Pcm) -> Sequence[str]:
        """Return the next words, as far as most of them is said in `pcm`."""
        both = np.concatenate([pcm, following])
        most = _FASTEST * (len(both) // RATE + 1)
        if not self.left:
            return ()
        self._engine.expect(self.left[:most], all_of_them=False)
        words = self._engine.decode(both)
        end = len(pcm) // STEP
        return self.left[: sum(word.start + word.end <= 2 * end for word in words)]

    def finish(self) -> None:
        """As `Recognizer.finish`."""
        if len(self.left) > _FORGIVEN:
            words = " ".join(self.left[:4])
            raise MismatchError(f": it ends before {words!r} is said")
