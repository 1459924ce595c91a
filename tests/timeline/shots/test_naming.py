from __future__ import annotations

from dataclasses import replace

import pytest
from cuts import clip, made, nest, note, video
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.timeline.model import Clip, Track
from a1sdk.timeline.shots.grammar import LONGEST_NAME, ShotNote, reserved
from a1sdk.timeline.shots.naming import identity, names, twice
from a1sdk.timeline.walk import placed


def one(item: Clip, *below: Track) -> str:
    """The identity of a clip on the uppermost track."""
    return identity(list(placed(made(*below, video("A1 PORTRAIT", item))))[-1])


ANNA = clip("anna", 50, 100, first=10)


def test_identity_is_where_a_clip_lies_and_what_it_plays() -> None:
    same = replace(ANNA, name="other", origin="/tracks/9", markers=(note("A1 sh1"),), enabled=False)
    assert one(ANNA) == one(same)
    assert len(one(ANNA)) == 16
    others = [
        clip("anna", 51, 100, first=10),
        clip("anna", 50, 100, first=11),
        clip("bob", 50, 100, first=10),
    ]
    assert len({one(ANNA), *map(one, others)}) == 4
    assert one(ANNA, video("x", clip("z", 0, 9))) != one(ANNA)


def test_a_trim_at_the_end_keeps_the_identity() -> None:
    assert one(clip("anna", 50, 99, first=10)) == one(ANNA)


def test_uses_of_a_nested_sequence_are_told_apart() -> None:
    inner = [video("A1 PORTRAIT", clip("anna", 0, 10))]
    cut = made(
        video("a", nest("n", 0, 10, inner), nest("n", 10, 20, inner)),
        video("b", nest("n", 0, 10, inner)),
    )
    assert len({identity(item) for item in placed(cut)}) == 3


def test_text_that_cannot_be_written_has_an_identity() -> None:
    assert len(one(clip("a", 0, 9, url="\ud800.mov"))) == 16


@pytest.mark.parametrize(
    ("asked", "clips", "expected"),
    [
        ([None, None], ["anna.png", "bob.mov"], ["anna", "bob"]),
        ([None, None], ["anna", "ANNA"], ["anna_01", "ANNA_02"]),
        ([None] * 3, ["a", "a", "a_01"], ["a_02", "a_03", "a_01"]),
        ([None] * 3, ["", "sh010", "日本"], ["sh020", "sh010", "sh030"]),
        (["sh1", "SH1", None], ["a", "b", "sh1"], ["sh1", "SH1_01", "sh1_02"]),
        ([None, "a"], ["a", "b"], ["a_01", "a"]),
        ([None, "a_01", None], ["a", "b", "a"], ["a_02", "a_01", "a_03"]),
        ([None] * 2, ["anna.v2", "anna.v3"], ["anna_v2", "anna_v3"]),
        ([None], ["C:\\x\\Zoë & Bob (1).tif"], ["Zoe_Bob_1"]),
        ([None] * 3, ["con.png", "Aux", "lpt1.mov"], ["con_", "Aux_", "lpt1_"]),
        ([None], ["../../etc/.."], ["sh010"]),
        ([None], ["x" * 300], ["x" * LONGEST_NAME]),
    ],
)
def test_names(asked: list[str | None], clips: list[str], expected: list[str]) -> None:
    assert names(asked, clips) == expected


def test_names_that_are_given_twice_are_known() -> None:
    assert twice(["a", "A", None, "b", None]) == {"a"}


NAMES = st.sampled_from(["a", "A", "a_01", "A_02", "sh010", "sh020", "con"]) | st.text(max_size=4)
ASKED = st.none() | st.sampled_from(["a", "A", "a_01", "sh010", "sh020", "x_"])


@given(st.lists(st.tuples(ASKED, NAMES), max_size=12))
def test_all_names_differ_and_can_be_called_a_file_anywhere(
    shots: list[tuple[str | None, str]],
) -> None:
    found = names([asked for asked, _ in shots], [name for _, name in shots])
    assert len({name.lower() for name in found}) == len(shots)
    for name, (asked, _) in zip(found, shots, strict=True):
        assert ShotNote(shot=name).shot == name
        assert not reserved(name)
        if asked and [one for one, _ in shots if one and one.lower() == asked.lower()] == [asked]:
            assert name == asked
