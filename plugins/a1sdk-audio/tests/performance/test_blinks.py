from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from a1sdk_audio.blinks import Blinks
from a1sdk_audio.speech import Passage

Speak = Callable[..., Passage]


def _times(passages, amount=1.0, seed=0, ends=()):
    blinks = Blinks(amount, seed)
    return [b.start for passage in passages for b in blinks.in_passage(passage, ends)]


def test_blinks_come_at_a_natural_rate_in_silence(speak: Speak) -> None:
    minutes = 10
    passages = [speak(start=60 * n, end=60 * (n + 1)) for n in range(minutes)]
    for seed in range(5):
        times = _times(passages, seed=seed)
        assert 14 < len(times) / minutes < 21
        gaps = np.diff(times)
        assert gaps.min() > 0.799
        assert gaps.max() < 15
        assert gaps.std() > 1  # irregular


def test_amount_is_how_often(speak: Speak) -> None:
    minute = [speak(end=600)]
    assert len(_times(minute, 2.0)) > 1.6 * len(_times(minute, 1.0))
    assert _times(minute, 0.0) == []


def test_the_same_seed_blinks_at_the_same_times_however_passages_are_cut(speak: Speak) -> None:
    whole = _times([speak(end=60)], seed=3)
    cut = _times([speak(start=a, end=b) for a, b in pairwise((0, 7, 31, 32, 60))], seed=3)
    assert whole == cut
    assert whole != _times([speak(end=60)], seed=4)


def test_most_phrases_end_with_a_blink_when_one_is_near(speak: Speak) -> None:
    ends = [5.0 * n for n in range(1, 100)]
    times = np.array(_times([speak(end=500)], ends=ends))
    after = [float((times - end)[times >= end].min()) for end in ends[:-1]]
    assert 0.4 < np.mean(np.array(after) < 0.16) < 0.9


def test_lids_shut_wholly_and_fall_faster_than_they_rise(speak: Speak) -> None:
    blink = next(Blinks(1.0, 0).in_passage(speak(end=20), ()))
    assert blink.values["eyeBlinkLeft"] == blink.values["eyeBlinkRight"] == 1
    assert blink.fall > 1.8 * blink.rise
    assert 0.25 < blink.end - blink.start < 0.4
    assert blink.hold >= 1 / 25  # a frame shut at film rates
