from __future__ import annotations

import re

import pytest
from a1sdk_audio.spelling import pronunciation
from a1sdk_audio.text import spoken_words
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.plugin import PHONES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world!", "hello world"),
        (
            "It\u2019s the people's \u2018rock \u2019n\u2019 roll\u2019.",
            "it's the people's rock n roll",
        ),
        ("Zo\u00eb's caf\u00e9\u2014twenty-one", "zoe's cafe twenty one"),
        (
            "0 7 13 40 42 100 115 2024",
            "zero seven thirteen forty forty two one hundred "
            "one hundred fifteen two thousand twenty four",
        ),
        ("1,000,000 and 12,345", "one million and twelve thousand three hundred forty five"),
        (
            "in 1961, 1905 and 1900",
            "in nineteen sixty one nineteen oh five and one thousand nine hundred",
        ),
        ("1st 2nd 3rd 20th 42nd 12th", "first second third twentieth forty second twelfth"),
        ("$5.25 or 3.14%", "five point two five dollars or three point one four percent"),
        ("007", "zero zero seven"),
        ("[laughs] (quietly) <b>", "laughs quietly b"),
        ("\u6f22\u5b57 ... --- \u2026", "\u6f22\u5b57"),
        ("", ""),
    ],
)
def test_what_is_written_is_spoken(text: str, words: str) -> None:
    assert " ".join(spoken_words(text)) == words


@given(st.text(max_size=60))
def test_any_text_becomes_words(text: str) -> None:
    for word in spoken_words(text):
        assert word
        assert not re.search(r"[\s\d]", word)
        assert word == word.strip("'")


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("blip", "B L IH P"),
        ("zorp", "Z AO R P"),
        ("snake", "S N EY K"),
        ("faces", "F EY S S"),
        ("glorph", "G L AO R F"),
        ("Quentish", "K W EH N T IH SH"),
        ("\u6f22", None),
        ("'", None),
    ],
)
def test_unknown_words_are_sounded_as_spelled(word: str, phones: str | None) -> None:
    assert pronunciation(word) == phones


@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=20))
def test_any_letters_can_be_said(word: str) -> None:
    phones = pronunciation(word)
    assert (phones is None) == (not word.strip("'"))
    assert set((phones or "").split()) <= set(PHONES)
