from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import ConfigError
from a1sdk.timeline.shots.grammar import KEYS, ScriptedNote, ShotNote, note_of, read_note

FULL = {
    "shot": "sh010",
    "id": "7f3c",
    "drive": "perf anna",
    "voice": "none",
    "keys": "anna.json",
    "group": "bob",
    "who": "Anna, Ben",
    "still": 3,
    "expr": 0.8,
    "head": 0.5,
    "gaze": 1.0,
    "gap": "hold",
    "retime": "ignore",
    "handles": 12,
    "skip": False,
    "seed": 7,
    "preset": "soft",
    "from": ("lips,jaw=voice*0.8",),
}


def said(name: str, comment: str = "") -> dict[str, Any]:
    note = read_note(name, comment)
    assert note is not None
    return note.model_dump(exclude_unset=True, by_alias=True)


def wrong(name: str, comment: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_note(name, comment)
    return caught.value


@pytest.mark.parametrize(
    "name", ["", "sh010", "A10 x=y", "A1sh010", "my A1 drive=x", "a11", "A1_x"]
)
def test_other_markers_are_no_notes(name: str) -> None:
    assert read_note(name, "check the eyes, a1 drive=x") is None


@pytest.mark.parametrize("name", ["A1", "a1", " A1 ", "A1:", "a1: ", "A1 |"])
def test_a_bare_note_makes_a_shot_and_says_nothing(name: str) -> None:
    assert said(name) == {}


@pytest.mark.parametrize(
    ("name", "comment"),
    [
        ("A1 sh010 | drive=perf expr=0.8", ""),
        ("a1:sh010;drive=perf;expr=.8", ""),
        ("A1 sh010|drive=perf|expr=0.8", ""),
        ("A1 sh010", "drive=perf\nexpr=0.8"),
        ("A1", "sh010 drive = perf expr= 0.8"),
        ("A1", "shot=sh010; drive=perf; expr=0.8;"),
        ("A1", '{"shot": "sh010", "drive": "perf", "expr": 0.8}'),
        ("A1 sh010", ' {"DRIVE": "perf", "Expr": "0.8"}'),
        ("Marker 1", "A1 sh010 | drive=perf expr=0.8"),
        ("A1 sh010 drive=perf", "A1 sh010 expr=0.8"),  # some programs copy one into the other
        ('A1 sh010 | drive="perf" expr="0.8"', ""),
        ("A1 sh010 | drive=\u201cperf\u201d expr=0.8", ""),
    ],
)
def test_one_note_may_be_written_in_many_ways(name: str, comment: str) -> None:
    assert said(name, comment) == {"shot": "sh010", "drive": "perf", "expr": 0.8}


def test_every_key_can_be_said_in_pairs_and_in_json() -> None:
    assert set(FULL) == set(KEYS)
    pairs = " ".join(
        f'{key}="{value[0] if isinstance(value, tuple) else value}"' for key, value in FULL.items()
    )
    assert said("A1", pairs) == FULL
    assert said("A1", json.dumps(FULL)) == FULL


def test_notes_from_upper_case_lists_mean_the_same() -> None:
    text = "A1 SH010 | DRIVE=NONE GAP=HOLD RETIME=IGNORE SKIP=FALSE ID=7F3C FROM=LIPS=VOICE*0.8"
    assert said(text) == {
        "shot": "SH010",
        "drive": "NONE",
        "gap": "hold",
        "retime": "ignore",
        "skip": False,
        "id": "7f3c",
        "from": ("lips=voice*0.8",),
    }


def test_values_in_quotes_hold_what_separates() -> None:
    assert said("A1", 'drive="a b; c | d = e" voice=x=y') == {
        "drive": "a b; c | d = e",
        "voice": "x=y",
    }


def test_skip_is_a_flag_and_from_may_be_said_again() -> None:
    assert said("A1 skip") == {"skip": True}
    assert said("A1 sh1 SKIP from=lips=voice from=gaze=keys") == {
        "shot": "sh1",
        "skip": True,
        "from": ("lips=voice", "gaze=keys"),
    }


@pytest.mark.parametrize(
    ("name", "comment", "message", "hint"),
    [
        ("A1 drvie=x", "", "no key 'drvie'", "did you mean 'drive'?"),
        ("A1 qqq=x", "", "no key 'qqq'", "keys: shot, id, drive"),
        ("A1", '{"drvie": "x"}', "no key 'drvie'", "did you mean 'drive'?"),
        ("A1 sh010 please", "", "'please' stands alone", "write it as: A1 sh010"),
        ("A1", "drive=", "'drive=' is no key=value", "write it as"),
        ("A1", 'drive="open', "is no key=value", "write it as"),
        ("A1", 'drive=""', "'drive'", None),
        ("A1 drive=a drive=b", "", "'drive' is there twice", "leave one"),
        ("A1 drive=a", "drive=b", "'drive' is there twice", "leave one"),
        ("A1 sh010", "sh020", "'shot' is there twice", "leave one"),
        ("A1", '{"drive": "a", "drive": "b"}', "'drive' is there twice", "leave one"),
        ("A1", '{"drive": "a"', "no JSON object", None),
        ("A1", '{"drive": {"clip": "a"}}', "'drive' has neither text nor a number", "write"),
        ("A1", '{"drive": ' + "[" * 900 + "]" * 900 + "}", "neither text nor", "write"),
        ("A1", "{" * 20_000, "more than 20000 characters", None),
        ("A1", '{"a":' * 3000, "The note is no JSON object", None),
        ("A1 expr=9", "", "'expr' cannot be '9': input should be less than", None),
        ("A1 expr=nan", "", "'expr' cannot be 'nan'", None),
        ("A1 handles=1.5", "", "'handles' cannot be '1.5'", None),
        ("A1 handles=-1", "", "'handles' cannot be '-1'", None),
        ("A1 gap=stay", "", "'gap' cannot be 'stay'", None),
        ("A1 shot=a/b", "", "'shot' cannot be 'a/b': a name has up to 60", None),
        ("A1 ../x", "", "'shot' cannot be '../x': a name has", None),
        ("A1 " + "x" * 61, "", "a name has up to 60", None),
        ("A1 con", "", "'shot' cannot be 'con': no file can have that name on Windows", None),
        ("A1 NUL.010", "", "no file can have that name on Windows", None),
        ("A1 sh010.", "", "no file can have that name on Windows", None),
        ("A1 id=a.b", "", "'id' cannot be 'a.b'", None),
        ("A1 drive=a\0b", "", "'drive' cannot be 'a\\x00b': it has control characters", None),
        ("A1", 'drive="a\nb"', "it has control characters or several lines", None),
        ("A1 expr=9 head=9", "", "'expr'", "also wrong: head"),
    ],
)
def test_what_is_wrong_is_said_by_its_key(
    name: str, comment: str, message: str, hint: str | None
) -> None:
    error = wrong(name, comment)
    assert message in str(error)
    assert (hint or "") in (error.hint or "")
    assert len(str(error)) < 300


def test_sixty_characters_are_a_name() -> None:
    assert said("A1 " + "x" * 60) == {"shot": "x" * 60}


def test_settings_of_scripts_have_the_keys_of_a_note_and_a_version() -> None:
    assert note_of(FULL).model_dump(by_alias=True) == FULL
    extra = set(ScriptedNote.model_fields) - set(ShotNote.model_fields)
    assert extra == {"schema_version"}


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_note_or_none_or_one_error(name: str, comment: str) -> None:
    for text in (name, f"A1 {name}"):
        try:
            note = read_note(text, comment)
        except ConfigError as error:
            assert str(error)
        else:
            assert note is None or isinstance(note, ShotNote)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*KEYS, "Drive"]) | st.text(max_size=5), VALUES, max_size=4))
def test_any_settings_are_a_note_or_one_error(settings: dict[str, Any]) -> None:
    try:
        note_of(settings)
    except ConfigError as error:
        assert str(error)
    else:
        assert {key.lower() for key in settings} <= set(KEYS)


WORDS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"“”'), min_size=1)


@given(drive=WORDS, voice=WORDS, handles=st.integers(0, 1000))
def test_what_is_written_in_quotes_is_read_back(drive: str, voice: str, handles: int) -> None:
    text = f'A1 | drive="{drive}" handles={handles} voice="{voice} {voice}"'
    assert said(text) == {"drive": drive, "voice": f"{voice} {voice}", "handles": handles}
