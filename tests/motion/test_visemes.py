from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES
from a1sdk.motion.visemes import RHUBARB, VISEMES, Cue, to_rhubarb

_VOWELS = ("aa", "E", "ih", "oh", "ou")


def test_visemes_are_the_common_fifteen_in_known_coefficients() -> None:
    assert " ".join(VISEMES) == "sil PP FF TH DD kk CH SS nn RR aa E ih oh ou"
    for viseme, shape in VISEMES.items():
        assert set(shape) <= set(BLENDSHAPE_NAMES), viseme
        assert all(0 < value <= 1 for value in shape.values()), viseme


def test_visemes_are_symmetric() -> None:
    for shape in VISEMES.values():
        for name, value in shape.items():
            if name.endswith("Left"):
                assert shape[name.removesuffix("Left") + "Right"] == value


def test_vowels_differ_from_each_other_and_from_consonants() -> None:
    def vector(viseme):
        return np.array([VISEMES[viseme].get(name, 0.0) for name in BLENDSHAPE_NAMES])

    for vowel in _VOWELS:
        others = [np.linalg.norm(vector(vowel) - vector(v)) for v in VISEMES if v != vowel]
        assert min(others) > 0.15, vowel


def test_rounded_sounds_are_rounded_and_spread_sounds_are_not() -> None:
    for viseme, shape in VISEMES.items():
        rounded = shape.get("mouthFunnel", 0) + shape.get("mouthPucker", 0)
        assert (rounded > 0.3) == (viseme in {"CH", "RR", "oh", "ou"}), viseme
    assert VISEMES["ih"]["mouthSmileLeft"] > VISEMES["E"]["mouthSmileLeft"]


def test_jaw_opens_in_the_order_of_the_vowels_and_stays_up_for_sibilants() -> None:
    jaw = {viseme: shape.get("jawOpen", 0.0) for viseme, shape in VISEMES.items()}
    assert jaw["aa"] > jaw["E"] > jaw["oh"] > jaw["ih"] > jaw["ou"] > jaw["PP"]
    assert max(jaw["SS"], jaw["CH"]) < jaw["ih"] / 2


def test_closing_lips_against_an_open_jaw_is_all_that_mouth_close_does() -> None:
    for shape in VISEMES.values():
        assert shape.get("mouthClose", 0.0) <= shape.get("jawOpen", 0.0)


def test_rhubarb_has_nine_shapes_and_reads_back_what_it_writes() -> None:
    assert sorted(RHUBARB) == list("ABCDEFGHX")
    assert all(to_rhubarb(viseme) == letter for letter, viseme in RHUBARB.items())
    assert {to_rhubarb(viseme) for viseme in VISEMES} == set(RHUBARB)


def test_unknown_viseme_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="no viseme 'pp'") as caught:
        to_rhubarb("pp")
    assert "visemes: sil, PP" in str(caught.value.hint)
    with pytest.raises(ConfigError) as caught:
        Cue(Fraction(0), Fraction(1), "aaa")
    assert caught.value.hint == "did you mean 'aa'?"


@pytest.mark.parametrize("end", [Fraction(1), Fraction(1, 2)])
def test_cue_that_ends_before_it_starts_is_refused(end: Fraction) -> None:
    with pytest.raises(ConfigError, match=r"'aa' at 1\.000 s ends at .* not after its start"):
        Cue(Fraction(1), end, "aa")


@pytest.mark.parametrize("strength", [-0.1, 2.1, float("nan"), float("inf")])
def test_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(ConfigError, match=r"'aa' at 0\.000 s is not between 0 and 2"):
        Cue(Fraction(0), Fraction(1), "aa", strength)
