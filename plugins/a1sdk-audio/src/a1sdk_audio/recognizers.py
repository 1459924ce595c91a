"""Three ways to hear speech: by its words, by what it has to say, by its sounds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from pocketsphinx import NGramModel, get_model_path  # type: ignore[import-untyped]

from a1sdk_audio.engine import Engine, Heard, Sounded
from a1sdk_audio.speech import NO_WORD, RATE

if TYPE_CHECKING:
    from a1sdk_audio.engine import Pcm


@dataclass(frozen=True)
class Search:
    """How hard to search for words.

    Attributes:
        words: how many to choose from, the commonest first. A large choice is slow, and a quick
            search loses its way in it.
        sure: the fit from which on words are beyond doubt, see `Heard.fit`. Scores are lower where
            less is computed of each.
        stride: steps of sound for which one is computed where sounds are recognised too.
        settings: of pocketsphinx, where they are not its own.
    """

    words: int
    sure: float
    stride: int
    settings: Mapping[str, Any]


THOROUGH = Search(20_000, -14.0, 1, {})
"""Gets two words in three right."""

QUICK = Search(
    10_000,
    -24.0,
    2,
    {
        "fwdflat": False,  # the second of three passes
        "maxhmmpf": 1000,
        "maxwpf": 5,
        "topn": 2,
        "pl_window": 10,
        "pl_weight": 5.0,
    },
)
"""Twice as fast, and a tenth less often right."""

_DICTIONARY = "en-us/cmudict-en-us.dict"
_WORDS_LM = "en-us/en-us.lm.bin"
_PHONES_LM = "en-us/en-us-phone.lm.bin"
_PHONES: dict[str, Any] = {"lw": 2.0, "beam": 1e-16, "pbeam": 1e-8, "topn": 2}
_DOUBTFUL = 8.0  # below what is sure, words are as likely wrong as right
_LEAST_SOUNDS = 9  # steps of sounds without a pause, or they are noise


class Recognizer(Protocol):
    """Hears one piece of a sound after the other."""

    def begin(self) -> None:
        """Get ready for the first piece of a sound."""

    def hear(self, pcm: Pcm, following: Pcm) -> Heard:
        """Return what is said in `pcm`, 16-bit samples at `RATE`.

        Args:
            pcm: a piece of sound.
            following: what can be heard in the seconds after it; nothing after the last speech.

        Raises:
            MismatchError: it is not what has to be said.
        """

    def finish(self) -> None:
        """Check that all was heard that has to be said.

        Raises:
            MismatchError: it was not.
        """


class MismatchError(ValueError):
    """Something else is said than has to be; the text says what was missed, if that is known."""


class _Open:
    """Expects nothing."""

    def begin(self) -> None:
        """As `Recognizer.begin`."""

    def finish(self) -> None:
        """As `Recognizer.finish`."""


class WordRecognizer(_Open):
    """Recognises English words, and from them the phones.

    A language model prefers words that often follow each other to words that fit the sound. Where
    they fit badly, sounds are recognised too.

    Args:
        search: `THOROUGH` or `QUICK`.
        scratch: folder for the dictionary, which is gone from there when this is made.
    """

    def __init__(self, search: Search, scratch: Path) -> None:
        with TemporaryDirectory(dir=scratch) as folder:  # others may be made at the same time
            dictionary = Path(folder, "common.dict")
            _write_common_words(dictionary, search.words)
            self._engine = Engine(**search.settings, dict=str(dictionary))
        self._engine.decode(np.zeros(RATE // 10, np.int16))  # only the first time is different
        self._sure = search.sure
        self._sounds = PhoneRecognizer(search.stride)

    def hear(self, pcm: Pcm, following: Pcm) -> Heard:
        """As `Recognizer.hear`."""
        words = self._engine.decode(pcm)
        if not words:
            return Heard()
        heard = self._engine.phones(pcm, words)
        doubt = min(max((self._sure - heard.fit) / _DOUBTFUL, 0.0), 1.0)
        if not doubt:
            return heard
        less_sure = (replace(word, confidence=word.confidence * (1.0 - doubt)) for word in words)
        sounds = self._sounds.hear(pcm, following).phones
        return replace(heard, words=tuple(less_sure), doubt=doubt, sounds=sounds)


class PhoneRecognizer(_Open):
    """Recognises sounds of any language as the English ones that they resemble.

    Args:
        stride: steps for which one is computed; 2 is quicker, and less exact.
    """

    def __init__(self, stride: int = 1) -> None:
        self._engine = Engine(allphone=get_model_path(_PHONES_LM), ds=stride, **_PHONES)

    def hear(self, pcm: Pcm, following: Pcm) -> Heard:
        """As `Recognizer.hear`."""
        sounds = [Sounded(s.start, s.end, s.text, NO_WORD) for s in self._engine.decode(pcm)]
        unclear = self._engine.unclear()
        runs = (_held(run, unclear) for run in _runs(sounds))
        return Heard((), tuple(sound for run in runs for sound in run))


def _runs(sounds: Sequence[Sounded]) -> list[list[Sounded]]:
    """Return the runs of sounds without a pause, those left out that are too short for speech."""
    runs: list[list[Sounded]] = []
    for sound in sounds:
        if runs and runs[-1][-1].end == sound.start:
            runs[-1].append(sound)
        else:
            runs.append([sound])
    return [run for run in runs if run[-1].end - run[0].start >= _LEAST_SOUNDS]


def _held(run: list[Sounded], unclear: Mapping[int, int]) -> list[Sounded]:
    """Return a run whose last sound lasts as long as the voice does, as in singing."""
    last = run[-1]
    return [*run[:-1], replace(last, end=unclear.get(last.end, last.end))]


def _write_common_words(path: Path, count: int) -> None:
    """Write the pronunciations of the commonest words."""
    lines = Path(get_model_path(_DICTIONARY)).read_text("utf-8").splitlines()
    entries = [(line.split(maxsplit=1)[0].split("(")[0], line) for line in lines]
    model = NGramModel.readfile(get_model_path(_WORDS_LM))
    likely = {word: model.prob([word]) for word, _ in entries}
    common = set(sorted(likely, key=lambda word: (-likely[word], word))[:count])
    path.write_text("".join(f"{line}\n" for word, line in entries if word in common), "utf-8")
