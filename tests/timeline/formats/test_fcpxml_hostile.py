"""FCPXML that is damaged, or made to hurt: one clear error, soon, and in little memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from documents import Fcpxml

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcpxml import timeline as fcpxml_timeline
from a1sdk.timeline.formats.fcpxml.timeline import MAX_NESTING
from a1sdk.timeline.read import read_cut

MEMORY = 256 * 2**20
SECONDS = 20  # of this process; all but the largest take a few hundredths


@pytest.fixture
def limits() -> Iterator[None]:
    """Fail where a test takes too long or too much."""
    tracemalloc.start()
    start = time.process_time()
    yield
    took, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < SECONDS
    assert peak < MEMORY


@pytest.fixture
def refused(fcp: Fcpxml, limits: None) -> Callable[[str, str], None]:
    """Read a document that is given as text, which must be refused with a message."""

    def check(text: str, match: str) -> None:
        fcp.path.write_text(text, encoding="utf-8")
        with pytest.raises(DecodeError, match=match) as caught:
            read_cut(fcp.path)
        assert len(str(caught.value)) < 1000
        assert caught.value.path == str(fcp.path)

    return check


Refused = Callable[[str, str], None]
PROJECT = '<project name="p">{}</project>'


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("<fcpxml", "no well-formed XML"),
        ("<fcpxml></library>", "no well-formed XML"),
        ('<fcpxml version="1.11"/>', "no project and no clips"),
        ("<fcpxml><project/></fcpxml>", "has no sequence"),
        ('<?xml version="1.0" encoding="nonsense"?><fcpxml/>', "no well-formed XML|decoded"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><fcpxml>&a;</fcpxml>', "declares XML entities"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><fcpxml/>', "XML entities"),
        ("<library><fcpxml/></library>", "its root is <library>, not <fcpxml>"),
    ],
)
def test_documents_that_are_none_are_refused(refused: Refused, text: str, match: str) -> None:
    refused(text, match)


def test_entities_that_grow_are_refused_before_they_do(refused: Refused) -> None:
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE fcpxml [<!ENTITY e0 "laugh">{grown}]>'
    refused(f"{head}<fcpxml><note>&e9;</note></fcpxml>", "declares XML entities")


@pytest.mark.parametrize("inside", ["", "<asset-clip>", '<asset-clip ref="seen" duration="1s">'])
def test_a_million_elements_in_each_other_are_refused(
    fcp: Fcpxml, refused: Refused, inside: str
) -> None:
    deep = "<spine>" + (inside or "<a>") * 10**6
    refused(fcp.document(PROJECT.format(f'<sequence format="r24">{deep}')), "in each other")


@pytest.mark.parametrize("written", ["1/0s", "0/0s", "s", "1//2s", "abc", "1e5s", "nan", "inf", ""])
@pytest.mark.parametrize("name", ["offset", "start", "duration"])
def test_times_that_are_none_are_refused(
    fcp: Fcpxml, refused: Refused, name: str, written: str
) -> None:
    values = {"offset": "0s", "start": "0s", "duration": "1s"} | {name: written}
    attributes = " ".join(f'{key}="{value}"' for key, value in values.items())
    spine = f'<asset-clip ref="seen" name="c" {attributes}/>'
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "'c'.*, not a time")


@pytest.mark.parametrize("written", ["9" * 19 + "s", "9" * 19 + "/1s", "2000000000s"])
def test_times_years_away_are_refused(fcp: Fcpxml, refused: Refused, written: str) -> None:
    spine = fcp.clip("0s", written)
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "years away")


def test_numbers_of_endless_digits_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    spine = fcp.clip("0s", "9" * 10**6 + "/" + "7" * 10**6 + "s")
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "not a time")


def test_negative_durations_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    spine = fcp.clip("0s", "-1s", name="c")
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "'c' ends before it starts")


def test_items_without_durations_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    spine = '<title ref="title" name="c" offset="0s"/>'
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "'c': <title> has no duration")


@pytest.mark.parametrize("written", ["x", "1.5", "", "9" * 20])
def test_lanes_that_are_none_are_refused(fcp: Fcpxml, refused: Refused, written: str) -> None:
    spine = fcp.clip("0s", "1s", fcp.clip("0s", "1s", lane=written))
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "not a whole number")


@pytest.mark.parametrize("written", ["0s", "-1/24s", "1/1001s", "1/1000000000s"])
def test_formats_of_no_frame_duration_there_is_are_refused(
    fcp: Fcpxml, refused: Refused, written: str
) -> None:
    sequence = fcp.sequence(fcp.clip("0s", "1s")).replace("r24", "x")
    form = f'<format id="x" frameDuration="{written}"/>'
    refused(fcp.document(PROJECT.format(sequence), form), "no frame duration there is")


@pytest.mark.parametrize("written", ["x", "0", "-24", "nan", "inf", "9" * 400])
def test_source_rates_that_are_none_are_refused(
    fcp: Fcpxml, refused: Refused, written: str
) -> None:
    spine = fcp.clip("0s", "1s", f'<conform-rate srcFrameRate="{written}"/>')
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "[Rr]ate")


def media(fcp: Fcpxml, identity: str, *inner: str) -> str:
    spine = "".join(fcp.item("ref-clip", f"{n}s", "1s", ref=ref) for n, ref in enumerate(inner))
    return f'<media id="{identity}">{fcp.sequence(spine or fcp.clip("0s", "1s"))}</media>'


@pytest.mark.parametrize("length", [1, 2, 5])
def test_compound_clips_inside_themselves_are_refused(
    fcp: Fcpxml, refused: Refused, length: int
) -> None:
    ring = "".join(media(fcp, f"m{n}", f"m{(n + 1) % length}") for n in range(length))
    spine = fcp.item("ref-clip", "0s", "1s", ref="m0")
    refused(fcp.document(PROJECT.format(fcp.sequence(spine)), ring), "It lies in itself")


def test_multicam_clips_inside_themselves_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    inside = fcp.item("mc-clip", "0s", "1s", ref="m")
    angle = f'<mc-angle angleID="a">{inside}</mc-angle>'
    document = fcp.document(
        PROJECT.format(fcp.sequence(inside)),
        f'<media id="m"><multicam format="r24">{angle}</multicam></media>',
    )
    refused(document, "It lies in itself")


def test_compound_clips_too_deep_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    def nested(depth: int) -> str:
        chain = "".join(media(fcp, f"m{n}", f"m{n + 1}") for n in range(depth - 1))
        spine = fcp.item("ref-clip", "0s", "1s", ref="m0")
        last = media(fcp, f"m{depth - 1}")
        return fcp.document(PROJECT.format(fcp.sequence(spine)), chain + last)

    fcp.path.write_text(nested(MAX_NESTING - 1), encoding="utf-8")
    assert read_cut(fcp.path).tracks
    refused(nested(MAX_NESTING), f"over {MAX_NESTING} clips deep")
    refused(nested(2000), "deep")


def test_compound_clips_that_multiply_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    many = "".join(media(fcp, f"m{n}", *([f"m{n + 1}"] * 10)) for n in range(12))
    spine = fcp.item("ref-clip", "0s", "1s", ref="m0")
    document = fcp.document(PROJECT.format(fcp.sequence(spine)), many + media(fcp, "m12"))
    refused(document, "over 1000000 items")


def test_items_are_counted_wherever_they_lie(
    fcp: Fcpxml, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = fcp.clip("0s", "1s", lane="1")
    spine = f"<spine>{fcp.clip('0s', '1s', over)}</spine>"
    document = fcp.document(
        PROJECT.format(fcp.sequence(fcp.item("sync-clip", "0s", "1s", spine))),
    )
    fcp.path.write_text(document, encoding="utf-8")
    monkeypatch.setattr(fcpxml_timeline, "MAX_ITEMS", 3)
    assert read_cut(fcp.path).tracks
    monkeypatch.setattr(fcpxml_timeline, "MAX_ITEMS", 2)
    refused(document, "over 2 items")


def test_connected_clips_in_each_other_to_the_limit_are_read(fcp: Fcpxml, limits: None) -> None:
    def nested(tag: str, depth: int) -> str:
        return (
            f'<{tag} ref="seen" lane="1" offset="0s" duration="1s">' * depth + f"</{tag}>" * depth
        )

    for tag in ("asset-clip", "sync-clip"):
        body = PROJECT.format(fcp.sequence(nested(tag, 190)))
        fcp.path.write_text(fcp.document(body), encoding="utf-8")
        assert len(read_cut(fcp.path).tracks) == 190


@pytest.mark.parametrize("tag", ["clip", "sync-clip", "audition"])
def test_clips_that_hold_each_other_beyond_the_limit_are_refused(
    fcp: Fcpxml, refused: Refused, tag: str
) -> None:
    nested = f'<{tag} offset="0s" duration="1s">' * 190 + f"</{tag}>" * 190
    refused(fcp.document(PROJECT.format(fcp.sequence(nested))), "deep|no clips")


def test_many_clips_in_one_lane_at_one_time_are_read_soon(fcp: Fcpxml, limits: None) -> None:
    over = fcp.clip("0s", "1s", lane="1") * 2000
    assert len(fcp.cut(fcp.clip("0s", "1s", over)).tracks) == 2001


def test_json_without_end_in_metadata_is_refused(fcp: Fcpxml, refused: Refused) -> None:
    inside = f'<metadata><md key="a1sdk" value="{"[" * 100_000}"/></metadata>'
    spine = fcp.clip("0s", "1s", inside)
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "nested too deeply")


def test_time_maps_that_multiply_are_refused(fcp: Fcpxml, refused: Refused) -> None:
    def mapped(value: Callable[[int], int]) -> str:
        points = (f'<timept time="{n}/24s" value="{value(n)}/24s"/>' for n in range(500))
        return f"<timeMap>{''.join(points)}</timeMap>"

    inner = fcp.item("video", "0s", "20s", mapped(lambda n: n * n), ref="seen")
    spine = fcp.item("clip", "0s", "20s", mapped(lambda n: n % 2 * 500) + inner)
    refused(fcp.document(PROJECT.format(fcp.sequence(spine))), "points in each other")


def test_time_maps_of_many_points_are_read_soon(fcp: Fcpxml, limits: None) -> None:
    points = [f'<timept time="{n}/24s" value="{n * n}/24000s"/>' for n in range(1000)]
    inner = fcp.item("video", "0s", "99s", f"<timeMap>{''.join(points)}</timeMap>", ref="seen")
    outer = f"<timeMap>{''.join(points)}</timeMap>"
    assert fcp.cut(fcp.item("clip", "0s", "99s", outer + inner)).tracks
