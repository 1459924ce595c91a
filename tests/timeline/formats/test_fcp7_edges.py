"""FCP 7 XML: where items start and end beside transitions, and Premiere's ticks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcp7.edges import TICKS
from a1sdk.timeline.model import Clip, Cut, Item, Span, Transition

F = Fraction


def at(cut: Cut) -> list[tuple[int, int]]:
    """The spans of the items, in frames."""
    items = cut.tracks[0].items
    return [(int(item.span.start * 25), int(item.span.stop * 25)) for item in items]


def clip(item: Item) -> Clip:
    assert isinstance(item, Clip)
    return item


def frames(cut: Cut, number: int) -> tuple[int, int, int]:
    """The first source frame of an item, and the frames a transition shows of it beyond itself."""
    one = clip(cut.tracks[0].items[number])
    return tuple(int(time * 25) for time in (one.source(F(0)), one.in_offset, one.out_offset))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("alignment", "cut_at"), [("center", 50), ("start", 45), ("start-black", 45), ("end-black", 55)]
)
def test_items_beside_a_transition_meet_at_its_cut(xml: Any, alignment: str, cut_at: int) -> None:
    cut = xml.cut(
        xml.clip(0, -1, 100, out=155),
        xml.transition(45, 55, f"<alignment>{alignment}</alignment>"),
        xml.clip(-1, 100, 200, out=255, name="b"),
    )

    assert at(cut) == [(0, cut_at), (45, 55), (cut_at, 100)]
    dissolve = cut.tracks[0].items[1]
    assert isinstance(dissolve, Transition)
    assert (dissolve.cut, dissolve.kind, dissolve.name) == (
        F(cut_at, 25),
        "Cross Dissolve",
        "Cross Dissolve",
    )
    assert frames(cut, 0) == (100, 0, 55 - cut_at)
    # Its `in` is what is shown at the transition's start.
    assert frames(cut, 2) == (200 + cut_at - 45, cut_at - 45, 0)
    assert cut.problems == ()


def test_the_middle_of_an_odd_transition_is_the_earlier_frame(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, -1, out=55), xml.transition(45, 50), xml.clip(-1, 90, name="b"))

    assert at(cut) == [(0, 47), (45, 50), (47, 90)]


def test_premieres_ticks_say_where_the_cut_is(xml: Any) -> None:
    ticks = f"<cutPointTicks>{3 * TICKS // 25}</cutPointTicks><alignment>center</alignment>"
    cut = xml.cut(
        xml.clip(0, -1, out=55), xml.transition(45, 55, ticks), xml.clip(-1, 90, name="b")
    )

    assert at(cut) == [(0, 48), (45, 55), (48, 90)]


def test_edges_that_are_written_count_more_than_a_transition(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, 45), xml.transition(45, 55), xml.clip(45, 90, 7, name="b"))

    assert at(cut) == [(0, 45), (45, 55), (45, 90)]
    assert (frames(cut, 0), frames(cut, 2)) == ((0, 0, 10), (7, 0, 0))


def test_a_clip_between_two_transitions(xml: Any) -> None:
    cut = xml.cut(
        xml.clip(0, -1, out=30),
        xml.transition(20, 30),
        xml.clip(-1, -1, 100, out=150, name="b"),
        xml.transition(60, 70),
        xml.clip(-1, 90, name="c"),
    )

    assert at(cut)[::2] == [(0, 25), (25, 65), (65, 90)]
    assert frames(cut, 2) == (105, 5, 5)


def test_a_fade_from_black_needs_nothing_beyond_the_clip(xml: Any) -> None:
    cut = xml.cut(
        xml.transition(10, 20, "<alignment>start-black</alignment>"), xml.clip(-1, 50, 5, out=45)
    )

    assert at(cut) == [(10, 20), (10, 50)]
    assert frames(cut, 1) == (5, 0, 0)


def test_out_may_be_a_frame_short(xml: Any) -> None:
    assert at(xml.cut(xml.clip(0, 50, out=49))) == [(0, 50)]


@pytest.mark.parametrize(("start", "end", "span"), [(-1, 50, (25, 50)), (25, -1, (25, 50))])
def test_an_edge_that_is_nowhere_follows_from_the_length(
    xml: Any, start: int, end: int, span: tuple[int, int]
) -> None:
    cut = xml.cut(xml.clip(start, end, 10, out=35))

    assert at(cut) == [span]
    (problem,) = cut.problems
    assert (problem.code, problem.where) == ("A1-FCP7-EDGE", "V1/a @ 00:00:01:00")


def test_the_length_counts_at_the_clips_own_rate(xml: Any) -> None:
    assert at(xml.cut(xml.clip(25, -1, 0, xml.rate(50) + xml.file(), out=50))) == [(25, 50)]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (((-1, -1, 0),), "V1/a: It has neither start nor end"),
        (((50, 25, 0),), "V1/a: It ends before it starts"),
        (((50, -1, -1),), "V1/a: It has neither start nor end"),
    ],
)
def test_items_that_lie_nowhere_are_refused(
    xml: Any, items: tuple[tuple[int, int, int], ...], message: str
) -> None:
    with pytest.raises(DecodeError, match=message):
        xml.cut(*(xml.clip(start, end, begin) for start, end, begin in items))


@pytest.mark.parametrize(("start", "end"), [(20, 10), (-1, 10)])
def test_transitions_that_lie_nowhere_are_refused(xml: Any, start: int, end: int) -> None:
    with pytest.raises(DecodeError, match=f"A transition lies from {start} to {end}"):
        xml.cut(xml.clip(0, 10), xml.transition(start, end), xml.clip(10, 20, name="b"))


def test_premieres_ticks_are_the_exact_first_frame(xml: Any) -> None:
    exact = TICKS // 25 * 10 + TICKS // 100
    cut = xml.cut(xml.clip(0, 25, 10, f"<pproTicksIn>{exact}</pproTicksIn>" + xml.file()))

    one = clip(cut.tracks[0].items[0])
    assert one.source(F(0)) == F(10, 25) + F(1, 100)
    assert cut.problems == ()
    assert cut.metadata["program"] == "premiere"


def test_ticks_of_another_frame_than_in_are_told(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, 25, 10, f"<pproTicksIn>{TICKS}</pproTicksIn>" + xml.file()))

    assert frames(cut, 0) == (25, 0, 0)
    assert [problem.code for problem in cut.problems] == ["A1-FCP7-TICKS"]


def test_markers_beside_a_transition_are_where_the_clip_shows_them(xml: Any) -> None:
    marker = "<marker><name>A1</name><in>110</in><out>-1</out></marker>"
    cut = xml.cut(
        xml.clip(0, -1, out=55),
        xml.transition(45, 55),
        xml.clip(-1, 100, 100, xml.file() + marker, out=155, name="b"),
    )

    # Frame 100 is shown at the transition's start, 45.
    assert cut.tracks[0].items[2].markers[0].span == Span(F(55, 25), F(55, 25))
