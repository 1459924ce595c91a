from __future__ import annotations

from collections.abc import Callable

import pytest
from a1sdk_audio.prosody import Prosody, emphases, phrase_ends
from a1sdk_audio.speech import Passage

Speak = Callable[..., Passage]

_PLAIN = "N:60 AH:80 N:60 AH:80 N:60 AH:80 N:60 AH:80 N:60 "


def _gestures(passage, head=1.0, brows=1.0, seed=0):
    made = Prosody(head, brows, seed).in_passage(passage, phrase_ends(passage))
    return [gesture for gesture in made if "liveliness" not in gesture.values]


def test_even_speech_has_no_emphasis(speak: Speak) -> None:
    passage = speak((1, _PLAIN))
    assert emphases(passage.utterances[0], passage) == []


@pytest.mark.parametrize("stressed", ["AH:80:0", "AH:160", "AH:120:-2"])
def test_a_loud_or_a_long_syllable_stands_out(speak: Speak, stressed: str) -> None:
    passage = speak((1, f"{_PLAIN} {stressed} {_PLAIN}"))
    (found,) = emphases(passage.utterances[0], passage)
    start = 1 + 0.62
    assert found.time == pytest.approx(start + int(stressed.split(":")[1]) / 2000)
    assert found.strength > 0.5


def test_syllables_side_by_side_are_marked_once(speak: Speak) -> None:
    passage = speak((1, f"{_PLAIN} AH:80:0 N:60 AH:80:2 {_PLAIN}"))
    (found,) = emphases(passage.utterances[0], passage)
    assert found.time == pytest.approx(1 + 0.62 + 0.14 + 0.04)


def test_the_last_syllable_is_long_without_being_stressed(speak: Speak) -> None:
    passage = speak((1, f"{_PLAIN} AH:200"))
    assert emphases(passage.utterances[0], passage) == []


def test_speech_that_is_not_understood_has_no_emphasis(speak: Speak) -> None:
    passage = speak((1, _PLAIN), decoded=False)
    assert emphases(passage.utterances[0], passage) == []


def test_phrases_end_where_a_pause_follows(speak: Speak) -> None:
    passage = speak((1, "AA:100"), (1.2, "AA:100"), (2, "AA:100"), end=2.15)
    assert phrase_ends(passage) == pytest.approx([1.3])
    assert phrase_ends(speak((1, "AA:100"), end=2)) == pytest.approx([1.1])


def test_head_nods_with_emphasis_and_begins_ahead_of_it(speak: Speak) -> None:
    passage = speak((1, f"{_PLAIN} AH:80:4 {_PLAIN}"))
    (found,) = emphases(passage.utterances[0], passage)
    for seed in range(10):
        nod, *_, settle = _gestures(passage, seed=seed)
        assert nod.start < found.time
        assert nod.level(found.time) == 1
        assert -4 < nod.values["pitch"] < 0
        assert settle.values["pitch"] < 0
        assert settle.start < float(passage.utterances[0].end) < settle.end


def test_brows_rise_for_most_strong_syllables_and_few_weak_ones(speak: Speak) -> None:
    strong = speak((1, f"{_PLAIN} AH:160:3 {_PLAIN}"))
    weak = speak((1, f"{_PLAIN} AH:80:-2 {_PLAIN}"))

    def raised(passage):
        made = [_gestures(passage, seed=seed) for seed in range(60)]
        return sum(any("browInnerUp" in g.values for g in gestures) for gestures in made)

    assert raised(strong) > 30
    assert raised(weak) < 20


def test_amounts_are_factors_and_nothing_is_nothing(speak: Speak) -> None:
    passage = speak((1, f"{_PLAIN} AH:160:4 {_PLAIN}"))
    for seed in range(5):
        once, twice = _gestures(passage, 1, 1, seed), _gestures(passage, 2, 2, seed)
        for one, two in zip(once, twice, strict=True):
            assert two.values == pytest.approx({name: 2 * v for name, v in one.values.items()})
        none = _gestures(passage, 0, 0, seed)
        assert not any(value for gesture in none for value in gesture.values.values())
