from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from a1sdk_audio.gaze import Gaze
from a1sdk_audio.speech import Passage

from a1sdk.plugin import BLENDSHAPE_NAMES

Speak = Callable[..., Passage]


def _glances(passages, amount=1.0, seed=0):
    gaze = Gaze(amount, seed)
    return [glance for passage in passages for glance in gaze.in_passage(passage)]


def test_eyes_wander_a_little_and_come_back(speak: Speak) -> None:
    glances = _glances([speak(end=120)])
    assert 30 < len(glances) < 80
    for glance, following in pairwise(glances):
        assert glance.end < following.start
    for glance in glances:
        assert set(glance.values) <= set(BLENDSHAPE_NAMES)
        assert all(0 <= value < 0.25 for value in glance.values.values())


def test_both_eyes_look_the_same_way(speak: Speak) -> None:
    for glance in _glances([speak(end=60)]):
        sides = {
            name for name, value in glance.values.items() if value and name[7:9] in ("Ou", "In")
        }
        assert sides in (
            {"eyeLookOutLeft", "eyeLookInRight"},
            {"eyeLookInLeft", "eyeLookOutRight"},
        )


def test_amount_is_how_far(speak: Speak) -> None:
    once, twice = _glances([speak(end=60)]), _glances([speak(end=60)], amount=2.0)
    for one, two in zip(once, twice, strict=True):
        assert one.start == two.start
        doubled = {name: 2 * value for name, value in one.values.items()}
        assert two.values == pytest.approx(doubled, rel=0.01)  # by the sine
    assert _glances([speak(end=60)], amount=0.0) == []


def test_the_same_seed_glances_alike_however_passages_are_cut(speak: Speak) -> None:
    whole = _glances([speak(end=60)], seed=1)
    assert whole == _glances([speak(end=13), speak(start=13, end=60)], seed=1)
    assert whole != _glances([speak(end=60)], seed=2)
