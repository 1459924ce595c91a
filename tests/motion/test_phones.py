"""Speech sounds as visemes."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import pytest

from a1sdk.motion.phones import PHONES, VOWELS, cues_of
from a1sdk.motion.visemes import VISEMES


class Phone(NamedTuple):
    start: Fraction
    end: Fraction
    symbol: str


def _said(*symbols: str, milliseconds: int = 100) -> list[Phone]:
    each = Fraction(milliseconds, 1000)
    return [Phone(n * each, (n + 1) * each, symbol) for n, symbol in enumerate(symbols)]


def test_all_phones_of_the_dictionary_have_visemes() -> None:
    assert len(PHONES) == 39
    for symbol, parts in PHONES.items():
        assert sum(part.share for part in parts) == 1, symbol
        assert all(part.viseme in VISEMES for part in parts), symbol
    assert len(VOWELS) == 15
    assert set(PHONES) > VOWELS


@pytest.mark.parametrize(
    ("viseme", "symbols"),
    [("PP", "B M P"), ("FF", "F V"), ("CH", "CH JH SH ZH"), ("TH", "DH TH"), ("SS", "S Z")],
)
def test_only_the_sounds_that_look_so_have_the_viseme(viseme: str, symbols: str) -> None:
    having = {symbol for symbol, parts in PHONES.items() if parts[0].viseme == viseme}
    assert having == set(symbols.split())


def test_each_vowel_looks_its_own_way() -> None:
    looks = [tuple((p.viseme, p.strength) for p in PHONES[symbol]) for symbol in sorted(VOWELS)]
    assert len(set(looks)) == len(looks)


def test_diphthongs_move_from_one_mouth_to_another() -> None:
    first, second = cues_of(_said("AY", milliseconds=200))
    assert (first.viseme, second.viseme) == ("aa", "ih")
    assert first.start == 0
    assert first.end == second.start == Fraction(11, 100)
    assert second.end == Fraction(1, 5)


def test_h_takes_the_mouth_of_the_vowel_after_it() -> None:
    assert [cue.viseme for cue in cues_of(_said("HH", "UW"))] == ["ou", "ou"]
    apart = [Phone(Fraction(0), Fraction(1, 10), "HH"), Phone(Fraction(1, 5), Fraction(1), "UW")]
    assert next(cues_of(apart)).viseme == "kk"
    assert next(cues_of(_said("HH"))).viseme == "kk"


def test_clarity_is_a_factor_within_the_limits_of_a_cue() -> None:
    cues = cues_of(_said("AA", "IY"), clarity=lambda phone: 0.5 if phone.symbol == "AA" else 9.0)
    assert [cue.strength for cue in cues] == [0.5, 2.0]
