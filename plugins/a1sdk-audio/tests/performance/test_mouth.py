from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from a1sdk_audio.mouth import Mouth, loudest
from a1sdk_audio.speech import Passage, Phone

Speak = Callable[..., Passage]


def _cues(passage, **amounts):
    return list(Mouth(**amounts).cues(passage))


def _vowel(passage, **amounts):
    return next(cue.strength for cue in _cues(passage, **amounts) if cue.viseme == "aa")


def test_loudness_is_relative_to_the_speaker_and_limited(speak: Speak) -> None:
    passage = speak((1, "AA:100:-3 AA:100:20"), end=2)
    assert loudest(passage, Fraction(1), Fraction(11, 10)) == -3
    assert loudest(passage, Fraction(11, 10), Fraction(12, 10)) == 6
    assert loudest(passage, Fraction(0), Fraction(1, 2)) == -25
    assert loudest(passage, Fraction(2), Fraction(3)) == -25


def test_loud_vowels_open_wider(speak: Speak) -> None:
    loud, soft = speak((1, "AA:200:0")), speak((1, "AA:200:-16"))
    assert _vowel(loud) > _vowel(soft) > 0.5
    assert _vowel(loud, loudness=2) / _vowel(soft, loudness=2) == pytest.approx(
        (_vowel(loud) / _vowel(soft)) ** 2
    )
    assert _vowel(loud, loudness=0) == _vowel(soft, loudness=0) == 1


def test_consonants_are_clear_however_soft(speak: Speak) -> None:
    cues = _cues(speak((0, "P:100:-30 S:100:-30")))
    assert [cue.strength for cue in cues] == [1, 1]


def test_breath_is_taken_after_a_pause(speak: Speak) -> None:
    passage = speak((1, "AA:200"), (1.5, "AA:200"), (2.5, "AA:200"))
    cues = _cues(passage, breath=1)
    assert [cue.viseme for cue in cues] == ["kk", "aa", "aa", "kk", "aa"]
    assert cues[0].end < 1
    assert _cues(passage, breath=2)[0].strength == 2 * cues[0].strength
    assert "kk" not in {cue.viseme for cue in _cues(passage, breath=0)}


def test_a_silent_passage_rests_and_leaves_room_for_breath(speak: Speak) -> None:
    mouth = Mouth()
    rest, *others = mouth.cues(speak(end=3))
    assert (rest.viseme, rest.start, rest.end) == ("sil", 0, 2)
    assert others == []
    assert list(mouth.cues(speak(start=3, end=3.5))) == []
    breath, vowel = mouth.cues(speak((3.55, "AA:200"), start=3.5, end=5))
    assert 2 < breath.start < breath.end < vowel.start


def test_speech_that_is_not_understood_opens_the_mouth_by_loudness(speak: Speak) -> None:
    passage = speak((0.2, "AA:180:0 S:120:-20"), decoded=False)
    cues = _cues(passage)
    assert [cue.start for cue in cues] == [Fraction(n, 50) for n in (10, 13, 16, 19, 22)]
    assert cues[0].strength == pytest.approx(0.9)
    assert cues[-1].strength == pytest.approx(0.18)


def test_sounds_are_shown_beside_words_in_doubt(speak: Speak) -> None:
    passage = speak((1, "UW:400"))
    sounds = tuple(
        Phone(Fraction(start, 10), Fraction(start + 2, 10), "AA", -1) for start in (10, 13)
    )
    *heard, last = Mouth().beside(replace(passage, doubt=0.25, sounds=sounds))
    assert [(cue.viseme, cue.start, weight) for cue, weight in heard] == [
        ("aa", 1, 0.25),
        ("aa", Fraction(13, 10), 0.25),
    ]
    assert last[0].end == passage.end and last[1] == 0
    ((rest, weight),) = Mouth().beside(passage)
    assert (rest.end, rest.end - rest.start < 0.1, weight) == (passage.end, True, 0)
