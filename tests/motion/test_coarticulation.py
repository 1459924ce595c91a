from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import INDEX
from a1sdk.motion.coarticulation import REACH, articulate
from a1sdk.motion.visemes import VISEMES, Cue
from a1sdk.testing import Counted

RATES = [Fraction(r) for r in ("12", "24000/1001", "24", "25", "30", "60")]
_OPENERS = [INDEX[n] for n in VISEMES["aa"] if n != "jawOpen" and "Stretch" not in n]
_ROLL = INDEX["mouthRollLower"]


def _row(*parts: tuple[str, float], start: float = 1.0, strength: float = 1.0) -> list[Cue]:
    """Cues that follow each other: visemes and their milliseconds."""
    cues, now = [], Fraction(round(start * 1000), 1000)
    for viseme, milliseconds in parts:
        end = now + Fraction(milliseconds) / 1000
        cues.append(Cue(now, end, viseme, strength))
        now = end
    return cues


def _mouth(cues: list[Cue], rate: Fraction = Fraction(1000), seconds: float = 3.0) -> np.ndarray:
    return np.stack(list(articulate(cues, rate, round(seconds * rate))))


def _near(cue: Cue, rate: Fraction) -> slice:
    """Frames of a cue, and one more on either side."""
    return slice(max(0, int(cue.start * rate)), int(cue.end * rate) + 2)


def _shut(mouth: np.ndarray) -> np.ndarray:
    """Frames in which nothing holds the lips apart: they make up for the jaw."""
    closed = mouth[:, INDEX["mouthClose"]] >= mouth[:, INDEX["jawOpen"]] - 1e-6
    return closed & (mouth[:, _OPENERS].max(1) < 1e-6)


@st.composite
def speech(draw):
    """Some seconds of quick talk, beginning at any phase of the frames."""
    visemes = draw(st.lists(st.sampled_from(list(VISEMES)[1:]), min_size=1, max_size=12))
    return _row(
        *((viseme, draw(st.integers(20, 200))) for viseme in visemes),
        start=draw(st.integers(400, 600)) / 1000,
        strength=draw(st.sampled_from([0.3, 1.0, 2.0])),
    )


def test_mouth_without_cues_is_exactly_at_rest() -> None:
    assert not _mouth([], Fraction(25)).any()


def test_mouth_away_from_speech_is_exactly_at_rest() -> None:
    cues = [*_row(("aa", 200)), *_row(("ou", 200), start=2.2)]
    mouth = _mouth(cues, Fraction(50), 4.0)
    times = np.arange(len(mouth)) / 50
    spoken = np.zeros(len(mouth), bool)
    for cue in cues:
        spoken |= (times > cue.start - REACH) & (times < cue.end + REACH)
    assert not mouth[~spoken].any()
    assert mouth[spoken].any(axis=1).mean() > 0.9


@pytest.mark.parametrize("viseme", [name for name in VISEMES if name != "sil"])
def test_long_viseme_reaches_its_coefficients(viseme: str) -> None:
    middle = _mouth(_row((viseme, 1000)))[1500]
    expected = {INDEX[name]: value for name, value in VISEMES[viseme].items()}
    for index, value in enumerate(middle):
        assert value == pytest.approx(expected.get(index, 0.0), abs=0.03)


def test_strength_scales_the_shape() -> None:
    whole, half = (_mouth(_row(("E", 300), strength=s)) for s in (1.0, 0.5))
    np.testing.assert_allclose(half, whole / 2, atol=1e-6)
    assert not _mouth(_row(("PP", 100), ("E", 300), strength=0.0)).any()


@given(cues=speech(), rate=st.sampled_from(RATES))
@settings(deadline=None, max_examples=150)
def test_lips_meet_for_each_p_b_and_m_at_every_rate(cues: list[Cue], rate: Fraction) -> None:
    mouth = _mouth(cues, rate)
    shut = _shut(mouth)
    for cue in cues:
        if cue.viseme == "PP":
            assert shut[_near(cue, rate)].any(), (cue, rate)


@given(cues=speech(), rate=st.sampled_from(RATES))
@settings(deadline=None, max_examples=150)
def test_lower_lip_meets_the_teeth_for_each_f_and_v(cues: list[Cue], rate: Fraction) -> None:
    mouth = _mouth(cues, rate)
    for cue in cues:
        if cue.viseme == "FF":
            roll = VISEMES["FF"]["mouthRollLower"] * cue.strength
            touching = mouth[:, _ROLL] >= roll - 0.001
            touching &= mouth[:, INDEX["mouthLowerDownLeft"]] < 0.01
            assert touching[_near(cue, rate)].any(), (cue, rate)


@given(cues=speech())
@settings(deadline=None, max_examples=50)
def test_one_curve_is_sampled_at_every_rate(cues: list[Cue]) -> None:
    spoken = [cue for cue in cues if cue.viseme not in ("PP", "FF")]
    fine = _mouth(spoken, Fraction(600))
    for rate in (Fraction(12), Fraction(24), Fraction(25), Fraction(60)):
        np.testing.assert_allclose(_mouth(spoken, rate), fine[:: int(600 / rate)], atol=1e-6)


@given(cues=speech())
@settings(deadline=None, max_examples=50)
def test_values_are_coefficients(cues: list[Cue]) -> None:
    mouth = _mouth(cues, Fraction(60))
    assert mouth.dtype == np.float32
    assert mouth.shape == (180, 52)
    assert np.isfinite(mouth).all()
    assert mouth.min() >= 0
    assert mouth.max() <= 1


def test_nothing_moves_faster_than_a_mouth_can() -> None:
    """No coefficient jumps, and no speed does (C1)."""
    cues = _row(("PP", 70), ("aa", 120), ("SS", 80), ("ou", 100), ("FF", 60), ("E", 90))
    mouth = _mouth(cues, Fraction(2000))
    speed = np.diff(mouth, axis=0) * 2000
    assert np.abs(speed).max() < 14  # full scale a second
    assert np.abs(np.diff(speed, axis=0)).max() < 0.5


def test_jaw_is_slower_than_the_lips() -> None:
    mouth = _mouth(_row(("aa", 600)))
    jaw, lips = mouth[:, INDEX["jawOpen"]], mouth[:, INDEX["mouthLowerDownLeft"]]

    def rise(curve):
        low, high = (np.argmax(curve > share * curve.max()) for share in (0.1, 0.9))
        return high - low

    assert rise(jaw) > 1.3 * rise(lips)


def test_lips_round_before_their_vowel() -> None:
    """As in "stew": the lips are round in `s` and `t` already, before the jaw drops."""
    mouth = _mouth(_row(("SS", 90), ("DD", 60), ("ou", 200)))
    pucker = mouth[:, INDEX["mouthPucker"]]
    assert pucker[1120] > 0.4 * pucker.max()
    spread = _mouth(_row(("SS", 90), ("DD", 60), ("ih", 200)))
    assert spread[:, INDEX["mouthPucker"]].max() == 0


def test_short_sounds_do_not_reach_their_target() -> None:
    def jaw(milliseconds):
        cues = _row(("DD", 60), ("aa", milliseconds), ("DD", 60))
        return _mouth(cues)[:, INDEX["jawOpen"]].max()

    assert [jaw(a) < jaw(b) for a, b in pairwise((50, 90, 150, 300))] == [True] * 3
    assert jaw(50) < 0.7 * jaw(300)


def test_lips_that_touch_twice_touch_on_two_frames_though_the_jaw_stays_open() -> None:
    cues = _row(("aa", 150), ("PP", 30), ("aa", 90), ("PP", 30), ("aa", 150))
    mouth = _mouth(cues, Fraction(12))
    shut = np.flatnonzero(_shut(mouth) & (mouth[:, INDEX["jawOpen"]] > 0.1))
    assert len(shut) == 2


def test_f_beside_b_keeps_a_frame_of_its_own() -> None:
    cues = _row(("aa", 125), ("PP", 20), ("FF", 20), ("aa", 150), start=1.0)
    for shift in range(0, 84, 7):
        moved = [
            Cue(c.start + Fraction(shift, 1000), c.end + Fraction(shift, 1000), c.viseme)
            for c in cues
        ]
        mouth = _mouth(moved, Fraction(12))
        assert _shut(mouth)[13:16].any()
        assert (mouth[13:17, _ROLL] == np.float32(0.45)).any()


def test_contact_outside_the_film_does_not_show_in_it() -> None:
    late = Cue(Fraction(21, 10), Fraction(22, 10), "PP")
    assert _mouth([late], Fraction(25), 2.0)[-1, INDEX["mouthPressLeft"]] < 0.3
    across = Cue(Fraction(199, 100), Fraction(22, 10), "PP")
    assert _shut(_mouth([across], Fraction(25), 2.0))[-1]


def test_cues_are_taken_as_they_are_needed() -> None:
    def talk():
        for n in range(100_000):
            yield Cue(Fraction(n, 10), Fraction(n + 1, 10), "aa" if n % 2 else "PP")

    source = Counted(talk())
    frames = articulate(source, Fraction(25), 250_000)
    assert source.pulled == 0
    for _ in range(100):
        next(frames)
    assert source.pulled < 10 * (128 / 25 + float(REACH)) + 3


def test_what_comes_later_does_not_change_what_was() -> None:
    cues = _row(("PP", 70), ("aa", 120), ("SS", 80), ("ou", 100))
    later = [*cues, *_row(("E", 300), start=cues[-1].end + 1)]
    end = int(cues[-1].end * 25)
    short, long = _mouth(cues, Fraction(25)), _mouth(later, Fraction(25))
    np.testing.assert_allclose(short[:end], long[:end], atol=1e-4)


@pytest.mark.parametrize("start", [Fraction(1, 2), Fraction(105, 100)])
def test_cues_out_of_order_are_refused(start: Fraction) -> None:
    cues = [*_row(("aa", 100)), Cue(start, Fraction(2), "ou")]
    with pytest.raises(ConfigError, match=rf"'ou' starts at {float(start):.3f} s, before"):
        _mouth(cues, Fraction(25))


def _beside(cues: list[Cue], *others: Cue, weight: float = 1.0) -> np.ndarray:
    beside = [(cue, weight) for cue in others]
    return np.stack(list(articulate(cues, Fraction(100), 300, beside)))


def test_what_else_may_be_said_counts_by_its_weight() -> None:
    said, instead = _row(("ou", 400)), _row(("aa", 400))
    alone, jaw = _mouth(said, Fraction(100)), INDEX["jawOpen"]
    np.testing.assert_array_equal(_beside(said, *instead, weight=0.0), alone)
    np.testing.assert_allclose(_beside(said, *said)[110:130], alone[110:130], atol=0.01)
    open_wide = [_beside(said, *instead, weight=w)[120, jaw] for w in (0.0, 0.25, 1.0, 1e6)]
    assert open_wide == sorted(open_wide)
    assert open_wide[-1] == pytest.approx(_mouth(instead, Fraction(100))[120, jaw], abs=0.01)
    assert not _beside(said, *instead)[:50].any()


def test_lips_meet_for_what_is_said_and_not_for_what_else_may_be() -> None:
    vowels, lips = _row(("aa", 400)), _row(("aa", 150), ("PP", 100), ("aa", 150))
    closed, jaw = INDEX["mouthClose"], INDEX["jawOpen"]
    met, parted = _beside(lips, *vowels)[120], _beside(vowels, *lips)[120]
    assert met[closed] == pytest.approx(met[jaw])
    assert parted[jaw] - parted[closed] > 0.1


def test_what_else_may_be_said_is_taken_as_it_is_needed() -> None:
    cues = [Cue(Fraction(n, 10), Fraction(n + 1, 10), "aa") for n in range(1000)]
    beside = Counted((cue, 1.0) for cue in cues)
    frames = articulate(cues, Fraction(25), 2500, beside)
    assert beside.pulled == 0
    next(frames)
    assert 0 < beside.pulled < 25
