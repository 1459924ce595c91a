from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from a1sdk_audio.hearing import listen
from a1sdk_audio.recognizers import (
    QUICK,
    MismatchError,
    PhoneRecognizer,
    Recognizer,
    WordRecognizer,
)
from a1sdk_audio.speech import GRID, NO_WORD, RATE, Passage, Utterance
from a1sdk_audio.text import spoken_words
from a1sdk_audio.transcript import TranscriptAligner

from a1sdk.plugin import PHONES

if TYPE_CHECKING:
    from a1sdk_audio.speech import Samples


def heard(samples: Samples, recognizer: Recognizer, block: int = 3000) -> list[Passage]:
    blocks = (samples[at : at + block] for at in range(0, len(samples), block))
    return list(listen(blocks, recognizer))


def utterances(passages: Iterable[Passage]) -> list[Utterance]:
    return [utterance for passage in passages for utterance in passage.utterances]


def words(passages: Iterable[Passage]) -> list[str]:
    return [word.text for utterance in utterances(passages) for word in utterance.words]


def check(passages: list[Passage], samples: Samples) -> None:
    """What `speech` promises."""
    assert passages[0].start == 0
    assert passages[-1].end == Fraction(len(samples), RATE)
    for before, after in zip(passages, passages[1:], strict=False):  # noqa: RUF007
        assert before.end == after.start
    time = Fraction(0)
    for passage in passages:
        for utterance in passage.utterances:
            assert time <= utterance.start < utterance.end
            time = utterance.start
            for phone in utterance.phones:
                assert time <= phone.start < phone.end <= utterance.end
                assert phone.symbol in PHONES
                assert (phone.start * GRID).denominator == 1
                if phone.word != NO_WORD:
                    word = utterance.words[phone.word]
                    assert word.start <= phone.start and phone.end <= word.end
                time = phone.end
        for sound in passage.sounds:
            assert passage.start <= sound.start < sound.end <= passage.end
            assert sound.symbol in PHONES
        assert len(passage.loudness.values) == len(passage.samples) // (RATE // GRID) or (
            passage is passages[-1]
        )


def test_a_transcript_is_found(voice: Samples, said: str) -> None:
    passages = heard(voice, TranscriptAligner(spoken_words(said)))
    check(passages, voice)
    assert words(passages) == spoken_words(said)


def test_words_are_recognised(voice: Samples, said: str, tmp_path: Path) -> None:
    recognizer = WordRecognizer(QUICK, tmp_path)
    passages = heard(voice, recognizer)
    check(passages, voice)
    assert len(set(words(passages)) & set(spoken_words(said))) >= 4
    again = heard(voice, recognizer, block=777)
    assert utterances(again) == utterances(passages), "the same sound is heard the same"


def test_where_words_fit_badly_sounds_are_heard_too(voice: Samples, tmp_path: Path) -> None:
    sure, torn, lost = (
        heard(voice, WordRecognizer(replace(QUICK, sure=fit), tmp_path)) for fit in (-90, -28, 90)
    )
    for passages in (sure, torn, lost):
        check(passages, voice)
        assert words(passages) == words(sure)
    assert {(passage.doubt, passage.sounds) for passage in sure} == {(0, ())}
    assert any(0 < passage.doubt < 1 for passage in torn)
    assert {passage.doubt for passage in lost} == {1}
    assert len([sound for passage in lost for sound in passage.sounds]) > 30
    for more, less in zip(utterances(sure), utterances(lost), strict=True):
        assert any(word.confidence for word in more.words)
        assert not any(word.confidence for word in less.words)


def test_sounds_are_recognised_without_words(voice: Samples) -> None:
    passages = heard(voice, PhoneRecognizer())
    check(passages, voice)
    assert words(passages) == []
    assert len([phone for part in utterances(passages) for phone in part.phones]) > 30


def test_times_move_with_the_sound(voice: Samples, said: str) -> None:
    aligner = TranscriptAligner(spoken_words(said))
    late = np.concatenate([np.zeros(RATE // 2, np.float32), voice])
    one, other = (
        [word for part in utterances(heard(sound, aligner)) for word in part.words]
        for sound in (voice, late)
    )
    moved = [abs(b.start - a.start - Fraction(1, 2)) for a, b in zip(one, other, strict=True)]
    assert max(moved) <= Fraction(3, 100)


@pytest.mark.parametrize("level", [0.01, 0.1, 3.0])
def test_any_loudness_will_do(voice: Samples, said: str, level: float) -> None:
    sound = np.clip(voice / np.abs(voice).max() * level, -1, 1)
    passages = heard(sound, TranscriptAligner(spoken_words(said)))
    assert words(passages) == spoken_words(said)


@pytest.mark.parametrize("kind", ["silence", "tone", "clicks", "hum"])
def test_what_is_no_speech_is_not_heard(kind: str, tmp_path: Path) -> None:
    times = np.arange(4 * RATE) / RATE
    sounds = {
        "silence": np.zeros(len(times)),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * times),
        "clicks": (np.arange(len(times)) % RATE == 0) * 0.8,
        "hum": 0.02 * np.sin(2 * np.pi * 50 * times),
    }
    passages = heard(sounds[kind].astype(np.float32), WordRecognizer(QUICK, tmp_path))
    assert utterances(passages) == []


def test_names_are_said_as_they_are_spelled(voice: Samples, said: str) -> None:
    text = said.replace("picture", "piktcher").replace("Hello", "Helloo")
    assert words(heard(voice, TranscriptAligner(spoken_words(text)))) == spoken_words(text)


def test_a_long_transcript_is_followed_from_piece_to_piece(voice: Samples, said: str) -> None:
    pause = np.zeros(RATE // 2, np.float32)
    times = 6
    sound = np.concatenate([voice, pause] * times)
    passages = heard(sound, TranscriptAligner(spoken_words(said) * times))
    assert len(passages) > times // 2
    check(passages, sound)
    found = [word for part in utterances(passages) for word in part.words]
    assert [word.text for word in found] == spoken_words(said) * times
    length, step = len(spoken_words(said)), Fraction(len(voice) + len(pause), RATE)
    for at, word in enumerate(found[length:]):
        assert abs(word.start - found[at].start - step) <= Fraction(6, 100), word


@pytest.mark.parametrize(
    "wrong",
    [
        "four score and seven years ago our fathers brought forth on this continent a new nation",
        "hello hello hello hello hello hello hello hello hello hello hello hello hello hello",
        "no",
    ],
)
def test_a_wrong_transcript_is_refused(voice: Samples, wrong: str) -> None:
    with pytest.raises(MismatchError):
        heard(voice, TranscriptAligner(spoken_words(wrong)))


def test_words_that_nobody_says_are_missed(voice: Samples, said: str) -> None:
    sound = np.concatenate([voice, np.zeros(12 * RATE, np.float32)])
    with pytest.raises(MismatchError, match="is said"):
        heard(sound[-10 * RATE :], TranscriptAligner(spoken_words(said)))


def test_an_empty_sound_has_no_passages() -> None:
    assert heard(np.zeros(0, np.float32), PhoneRecognizer()) == []
    (passage,) = heard(np.zeros(1, np.float32), PhoneRecognizer())
    assert passage.end == Fraction(1, RATE)
