"""Mouth cues: Rhubarb's four forms, and times of phones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from a1sdk_mocap.cuefiles import PRESTON_BLAIR

from a1sdk.plugin import RHUBARB, DecodeError, Label

SPAN = '"b": 0, "d": 1'


@pytest.mark.parametrize("form", ["tsv", "xml", "json", "dat"])
@pytest.mark.parametrize("ref", ["mocap/cues", "mocap/take"])
def test_forms_say_the_same(made: Any, play: Any, form: str, ref: str) -> None:
    take = play(made.rhubarb(form), ref, rate=25)
    assert take.info.rate == 25 and take.info.count == len(take.frames) == 50
    jaw = take.curve("jawOpen")
    assert jaw[27] > 0.4  # D, wide open
    assert jaw[15] < 0.1  # A, closed
    assert jaw[45] == pytest.approx(0, abs=0.02)
    assert [label.text for label in take.labels] == ["sil", "SS", "PP", "aa", "sil"]


@pytest.mark.parametrize("rate", ["24000/1001", "60", "23"])
def test_any_rate(made: Any, play: Any, rate: str) -> None:
    take = play(made.rhubarb("json"), "mocap/cues", rate=rate)
    assert take.info.rate == Fraction(rate)
    assert len(take.frames) == round(2 * Fraction(rate))


def test_strength(made: Any, play: Any) -> None:
    path = made.rhubarb("json")
    full, half = (play(path, "mocap/cues", strength=s).curve("jawOpen") for s in (1.0, 0.5))
    assert half.max() == pytest.approx(full.max() / 2, abs=0.02)


def test_moho_switch_data_by_preston_blair(made: Any, play: Any) -> None:
    path = made.text("cues.dat", "MohoSwitch1\n1 rest\n13 MBP\n19 AI\n31 E\n37 rest\n49 rest\n")
    visemes = [label for label in play(path, "mocap/cues").labels if label.text != "sil"]
    assert visemes == [
        Label("visemes", Fraction(1, 2), Fraction(3, 4), "PP"),
        Label("visemes", Fraction(3, 4), Fraction(5, 4), "aa"),
        Label("visemes", Fraction(5, 4), Fraction(3, 2), "E"),
    ]


def test_moho_frames_have_a_rate(made: Any, play: Any) -> None:
    assert play(made.rhubarb("dat"), "mocap/cues", dat_rate=48).info.duration == 1


def test_phones(made: Any, play: Any) -> None:
    take = play(made.phones(), "mocap/cues", rate=50)
    assert take.info.duration == 1
    named = {(label.track, label.text) for label in take.labels}
    assert {("words", "pa"), ("phones", "P"), ("phones", "AA"), ("visemes", "PP")} <= named
    jaw = take.curve("jawOpen")
    assert jaw[17] < 0.1 < jaw[27]


def test_phones_look_as_they_do_in_speech(made: Any, play: Any) -> None:
    """Diphthongs move, weak vowels are small, silence is rest."""

    def said(*symbols: str) -> Any:
        phones = [{"b": n / 5, "d": 0.2, "t": symbol} for n, symbol in enumerate(symbols)]
        words = [{"b": 0, "d": 2, "t": "a", "w": phones}]
        path = made.json("phones.json", {"b": 0, "d": 2, "p": 1, "t": "a", "w": words})
        return play(path, "mocap/cues", rate=50)

    assert [label.text for label in said("AY").labels if label.track == "visemes"] == ["aa", "ih"]
    assert said("AH0").curve("jawOpen").max() < 0.6 * said("AA1").curve("jawOpen").max()
    rest = said("AA", "SIL", "SIL", "SIL", "AA").curve("jawOpen")
    assert rest[20] < 0.01 < rest[5]


def test_tables_name_visemes() -> None:
    assert set(PRESTON_BLAIR.values()) == RHUBARB.keys()


def test_gaps_between_cues_are_rest(made: Any, play: Any) -> None:
    cues = [{"start": 0.5, "end": 0.8, "value": "D"}, {"start": 2, "end": 2.2, "value": "D"}]
    jaw = play(made.json("c.json", {"mouthCues": cues}), "mocap/cues", rate=20).curve("jawOpen")
    assert np.abs(jaw[25:33]).max() < 0.02


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"mouthCues": [{"start": 0, "end": 1, "value": "Q"}]}', "a mouth shape 'Q'"),
        ('{"mouthCues": [{"start": 1, "end": 0, "value": "A"}]}', "overlap or go back, at 1.000"),
        ("0.00\tA\n2.00\tB\n1.00\tX\n", "overlap or go back, at 2.000"),
        ('{"mouthCues": [{"start": "now", "end": 2, "value": "A"}]}', "'now' where a time"),
        ('{"mouthCues": []}', "has no cues"),
        ('{"mouthCues": 3}', "no list of cues"),
        ("0.00\tX\nsoon\n", "no time and mouth shape"),
        ("0.00\tX\n0.50\tQ\n1.0\tX\n", "a mouth shape 'Q'"),
        ("MohoSwitch1\none X\n", "no frame and mouth in 'one X'"),
        ('<rhubarbResult><mouthCue start="0" end="1">', "no valid XML"),
        (f'{{"w": [{{"w": [{{"t": "Q!", {SPAN}}}], "t": "", {SPAN}}}], "t": "", {SPAN}}}',
         "a phone 'Q!'"),
        ("neither cues nor take", "no take or cue file of a known format"),
    ],
)  # fmt: skip
def test_refuses(made: Any, play: Any, content: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        play(made.text("cues.tsv", content), "mocap/cues")


def test_xml_entities_are_not_expanded(made: Any, play: Any) -> None:
    bomb = (
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
        "<rhubarbResult><mouthCues><mouthCue>&b;</mouthCue></mouthCues></rhubarbResult>"
    )
    with pytest.raises(DecodeError, match="declarations that are not followed"):
        play(made.text("cues.xml", bomb), "mocap/cues")
