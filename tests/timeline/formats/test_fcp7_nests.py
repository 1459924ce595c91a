"""FCP 7 XML: markers, sequences in sequences, and several sequences in a file."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcp7 import reader as fcp7
from a1sdk.timeline.model import Clip, Cut, Nest, Span
from a1sdk.timeline.walk import placed

F = Fraction
NAMED = '<sequence id="in"/>'


def clips(cut: Cut) -> list[Clip]:
    return [item for track in cut.tracks for item in track.items if isinstance(item, Clip)]


def marker(start: int, stop: int, more: str = "") -> str:
    return f"<marker><name>A1 x</name><in>{start}</in><out>{stop}</out>{more}</marker>"


def test_markers_of_the_sequence_and_of_clips_are_in_the_parents_time(xml: Any) -> None:
    note = "<comment>drive=perf</comment><pproColor>4281049552</pproColor>"
    cut = xml.cut(xml.clip(50, 75, 100, xml.file() + marker(110, -1, note)), more=marker(25, 50))

    (whole,) = cut.markers
    assert (whole.name, whole.span) == ("A1 x", Span(F(1), F(2)))
    (own,) = clips(cut)[0].markers
    assert own.span == Span(F(60, 25), F(60, 25))
    assert (own.comment, own.color) == ("drive=perf", "4281049552")


def test_markers_of_clips_count_at_the_clips_rate(xml: Any) -> None:
    (clip,) = clips(xml.cut(xml.clip(50, 100, 30, xml.rate(30) + xml.file() + marker(45, 60))))

    assert clip.markers[0].span == Span(F(5, 2), F(3))


def test_nested_sequences_are_read_where_they_are_defined(xml: Any) -> None:
    inner = xml.sequence(
        f"<track>{xml.clip(0, 100)}</track>", more=xml.rate(50) + marker(100, 150), identity="in"
    )
    cut = xml.cut(
        xml.clip(10, 60, 25, inner, name="n1"),
        xml.clip(60, 70, 0, NAMED, name="n2"),
    )

    first, second = cut.tracks[0].items
    assert isinstance(first, Nest)
    assert isinstance(second, Nest)
    assert (first.rate, first.span, first.source(F(0))) == (50, Span(F(10, 25), F(60, 25)), 1)
    assert first.tracks[0].items[0].span == Span(F(0), F(2))
    assert second.tracks == first.tracks
    # The inner sequence's second 2 is shown a second after the nest's start.
    assert first.markers[0].span == Span(F(10, 25) + 1, F(10, 25) + 2)


def test_a_nest_gives_the_tracks_of_its_own_tracks_kind(xml: Any) -> None:
    inner = xml.sequence(
        f"<track>{xml.clip(0, 9, name='v')}</track>",
        f"<track>{xml.clip(0, 9, name='s')}</track>",
        identity="in",
    )
    cut = xml.read(
        xml.sequence(
            f"<track>{xml.clip(0, 9, 0, inner)}</track>",
            f"<track>{xml.clip(0, 9, 0, NAMED)}</track>",
        )
    )

    found = [item.tracks[0].items[0].name for track in cut.tracks for item in track.items]
    assert found == ["v", "s"]


def test_of_several_sequences_the_first_that_no_other_contains_is_read(xml: Any) -> None:
    inner = xml.sequence(f"<track>{xml.clip(0, 5)}</track>", identity="in")
    outer = xml.sequence(f"<track>{xml.clip(0, 9, 0, NAMED)}</track>")
    other = xml.sequence(f"<track>{xml.clip(0, 5)}</track>", identity="s2")
    body = "".join((inner, outer, other))
    cut = xml.read(f"<project><children>{body}</children></project>")

    assert cut.name == "s1"
    (problem,) = cut.problems
    assert problem.code == "A1-FCP7-SEQUENCES"
    assert "2 sequences ('s1', 's2')" in problem.message


def test_a_nest_that_names_no_sequence_is_refused(xml: Any) -> None:
    with pytest.raises(DecodeError, match="V1/a: It is sequence 'in', which the file lacks"):
        xml.cut(xml.clip(0, 9, 0, NAMED))


@pytest.mark.parametrize("identities", [["s1"], ["in", "s1"]])
def test_a_sequence_in_itself_is_refused(xml: Any, identities: list[str]) -> None:
    body = "".join(
        xml.sequence(f"<track>{xml.clip(0, 9, 0, inner)}</track>", identity=identity)
        for identity, inner in zip(
            ["s1", "in"], [f'<sequence id="{one}"/>' for one in identities], strict=False
        )
    )
    with pytest.raises(DecodeError, match="It lies in itself"):
        xml.read(body)


def chain(xml: Any, depth: int, times: int = 1, tracks: int = 1) -> str:
    """Sequences, each with the next one `times` times on each track; the last has a clip."""
    sequences = []
    for level in range(depth):
        inner = f'<sequence id="q{level + 1}"/>' if level < depth - 1 else xml.file()
        items = "".join(xml.clip(9 * n, 9 * n + 9, 0, inner) for n in range(times))
        sequences.append(xml.sequence(f"<track>{items}</track>" * tracks, identity=f"q{level}"))
    return "".join(sequences)


def test_nests_in_nests(xml: Any) -> None:
    cut = xml.read(chain(xml, 32))

    assert len(list(placed(cut))) == 1
    with pytest.raises(DecodeError, match="over 32 sequences deep"):
        xml.read(chain(xml, 40))


@pytest.mark.parametrize(("times", "tracks"), [(10, 1), (1, 10)])
def test_sequences_that_multiply_are_refused(xml: Any, times: int, tracks: int) -> None:
    assert fcp7.MAX_ITEMS == 1_000_000
    with pytest.raises(DecodeError, match="over 1000000 items, nested ones included"):
        xml.read(chain(xml, 7, times, tracks))
