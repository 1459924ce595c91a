from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from a1sdk_audio.articulation import Amounts, Performer
from a1sdk_audio.speech import Passage

from a1sdk.plugin import BLENDSHAPE_NAMES
from a1sdk.testing import Counted

Speak = Callable[..., Passage]

RATE = Fraction(25)
NOTHING = Amounts(0, 0, 0, 0, 0, 0, 0)
_TEXT = "B:70 AA:150:2 M:80 AH:70 S:90 IY:110 F:90 AO:140 UW:120"
_MOUTH = [n for n, name in enumerate(BLENDSHAPE_NAMES) if name.startswith(("jaw", "mouth"))]


def _shapes(frames, *names):
    wanted = [BLENDSHAPE_NAMES.index(name) for name in names] or slice(None)
    return np.stack([frame.face.blendshapes for frame in frames])[:, wanted]


def _poses(frames):
    return np.stack([[*f.face.rotation.ravel(), *f.face.translation] for f in frames])


def _perform(passages, amounts=None, rate=RATE, seed=0, seconds=4):
    performer = Performer(amounts or Amounts(), rate, seed)
    return list(performer.frames(passages, int(seconds * rate)))


def test_silence_keeps_the_mouth_exactly_shut_and_the_face_alive(speak: Speak) -> None:
    frames = _perform([speak(end=10), speak(start=10, end=20)], seconds=20)
    assert not _shapes(frames)[:, _MOUTH].any()
    assert _shapes(frames, "eyeBlinkLeft").max() > 0.99
    assert np.ptp(_poses(frames), axis=0).max() > 0.003


def test_speech_moves_the_mouth_and_ends_at_rest(speak: Speak) -> None:
    mouth = _shapes(_perform([speak((1.6, _TEXT))]))[:, _MOUTH]
    assert mouth[40:63].max(axis=1).min() > 0.05
    assert not mouth[:15].any()
    assert not mouth[75:].any()


def test_nothing_is_exactly_nothing(speak: Speak) -> None:
    frames = _perform([speak((1, _TEXT))], NOTHING)
    assert not _shapes(frames).any()
    for frame in frames:
        assert not frame.face.expression.any()
        assert (frame.face.rotation == np.eye(3)).all()
        assert not frame.face.translation.any()


@pytest.mark.parametrize(
    ("part", "shapes"),
    [
        ("mouth", ["jawOpen", "mouthPucker", "mouthPressLeft"]),
        ("brows", ["browInnerUp", "browOuterUpLeft"]),
        ("gaze", ["eyeLookOutLeft", "eyeLookInLeft"]),
        ("blinks", ["eyeBlinkLeft", "eyeBlinkRight"]),
    ],
)
def test_each_part_is_there_with_its_amount_and_gone_without(
    speak: Speak, part: str, shapes: list[str]
) -> None:
    passages = [speak((1, f"{_TEXT} AA:200:6 {_TEXT}"), end=12)]
    there = _shapes(_perform(passages, replace(NOTHING, **{part: 1.0}), seconds=12), *shapes)
    gone = _shapes(_perform(passages, replace(Amounts(), **{part: 0.0}), seconds=12), *shapes)
    assert there.max() > 0.05
    assert not gone.any()


def test_the_head_moves_by_its_amount(speak: Speak) -> None:
    passages = [speak((1, _TEXT))]
    still = _poses(_perform(passages, replace(Amounts(), head=0.0)))
    assert np.ptp(still, axis=0).max() == 0
    little, more = (_poses(_perform(passages, Amounts(head=a))) for a in (0.5, 2.0))
    assert 0 < np.ptp(little, axis=0).max() < np.ptp(more, axis=0).max()


def test_the_performance_begins_in_the_neutral_pose(speak: Speak) -> None:
    first = _perform([speak((1, _TEXT))])[0].face
    assert (first.rotation == np.eye(3)).all()
    assert not first.translation.any()


def test_lips_meet_at_any_amount(speak: Speak) -> None:
    passages = [speak((1, "AA:200 B:60 AA:200 P:60 IY:150"))]
    for amount in (0.5, 1.0, 2.0):
        frames = _perform(passages, Amounts(mouth=amount))
        apart = _shapes(frames, "jawOpen") - _shapes(frames, "mouthClose")
        assert apart[30:32].min() < 1e-6  # B is from 1.2 s to 1.26 s
        assert apart[36:39].min() < 1e-6


def test_the_same_moment_looks_alike_at_any_rate(speak: Speak) -> None:
    passages = [speak((1, "AA:200 S:90 UW:150 T:60 IY:150"))]
    slow = _perform(passages, rate=Fraction(25))
    fast = _perform(passages, rate=Fraction(50))[::2]
    np.testing.assert_allclose(_shapes(slow), _shapes(fast), atol=1e-6)
    np.testing.assert_allclose(_poses(slow), _poses(fast), atol=1e-6)


def test_the_same_seed_performs_alike_and_another_does_not(speak: Speak) -> None:
    passages = [speak((1, _TEXT), end=12)]
    first, again, other = (_perform(passages, seed=seed, seconds=12) for seed in (1, 1, 2))
    assert (_shapes(first) == _shapes(again)).all()
    assert (_poses(first) == _poses(again)).all()
    assert not (_poses(first) == _poses(other)).all()
    assert (_shapes(first, "jawOpen") == _shapes(other, "jawOpen")).all()


def test_passages_are_asked_for_as_they_are_needed(speak: Speak) -> None:
    passages = Counted(
        speak(*[(2 * n + 0.8, _TEXT)] if n % 3 else [], start=2 * n, end=2 * n + 2)
        for n in range(1000)
    )
    frames = Performer(Amounts(), RATE).frames(passages, 50_000)
    assert passages.pulled == 0
    for n in range(500):
        next(frames)
        assert passages.pulled <= (n / 25 + 4) / 2 + 2


def test_gestures_are_planned_before_they_begin(speak: Speak) -> None:
    """However a performance is cut into passages, frames are the same."""
    said = [(1.0, _TEXT), (3.2, _TEXT), (6.0, _TEXT)]
    whole = _perform([speak(*said, end=9)], seconds=9)
    cut = _perform(
        [
            speak(said[0], start=0, end=3),
            speak(said[1], start=3, end=5),
            speak(said[2], start=5, end=9),
        ],
        seconds=9,
    )
    np.testing.assert_allclose(_shapes(whole), _shapes(cut), atol=1e-6)
    np.testing.assert_allclose(_poses(whole), _poses(cut), atol=1e-6)


def test_visemes_are_labelled_and_breath_is_not(speak: Speak) -> None:
    performer = Performer(Amounts(), RATE)
    list(performer.frames([speak((1, "B:100 AY:200")), speak(start=4, end=8)], 100))
    told = [(label.track, label.text, float(label.start)) for label in performer.visemes]
    assert told == [("visemes", "PP", 1), ("visemes", "aa", 1.1), ("visemes", "ih", 1.21)]


def test_a_mouth_in_doubt_is_between_words_and_sounds(speak: Speak) -> None:
    words, sounds = speak((1, "UW:400")), speak((1, "AA:400"))
    heard = sounds.utterances[0].phones
    opened = [
        _shapes(_perform([passage]), "jawOpen")[30, 0]
        for passage in (words, replace(words, doubt=1.0, sounds=heard), sounds)
    ]
    assert opened[0] + 0.05 < opened[1] < opened[2] - 0.05
