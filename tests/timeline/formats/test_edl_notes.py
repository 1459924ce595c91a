"""Edit decision lists: what is written under an event, and which media and markers it makes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.timeline.formats.edl.reader import read
from a1sdk.timeline.model import Clip, Cut, Marker, Span

F = Fraction
Reads = Callable[[str], Cut]

ONE = "001  TAPE     V     C        01:00:00:00 01:00:04:00 10:00:00:00 10:00:04:00\n"
DISSOLVE = (
    "002  TAPE     V     C        01:00:04:00 01:00:04:00 10:00:04:00 10:00:04:00\n"
    "002  OTHER    V     D    010 02:00:00:00 02:00:04:00 10:00:04:00 10:00:08:00\n"
)


@pytest.fixture
def edl(tmp_path: Path) -> Reads:
    """Read a list that is given as text, at 25 fps."""

    def made(text: str) -> Cut:
        path = tmp_path / "cut.edl"
        path.write_text(text, encoding="utf-8")
        return read(path, F(25))

    return made


def clips(cut: Cut) -> list[Clip]:
    return [item for item in cut.tracks[0].items if isinstance(item, Clip)]


def frame(number: int) -> Span:
    return Span(F(number, 25), F(number + 1, 25))


def test_a_clip_is_called_what_the_list_calls_it(edl: Reads) -> None:
    (clip,) = clips(edl(ONE + "* FROM CLIP NAME:  Anna take 3 \n"))

    assert clip.name == "Anna take 3"
    assert clip.metadata["edl"]["reel"] == "TAPE"


def test_a_clip_without_a_name_is_called_as_its_reel(edl: Reads) -> None:
    assert [clip.name for clip in clips(edl(ONE))] == ["TAPE"]


def test_both_names_of_a_transition_go_to_their_clips(edl: Reads) -> None:
    names = "* FROM CLIP NAME: first\n* TO CLIP NAME: second\n"
    cut = edl(ONE + "* FROM CLIP NAME: first\n" + DISSOLVE + names)

    assert [clip.name for clip in clips(cut)] == ["first", "second"]


def test_the_only_name_of_a_transition_is_the_outgoing_clips(edl: Reads) -> None:
    cut = edl(ONE + "* FROM CLIP NAME: first\n" + DISSOLVE + "* FROM CLIP NAME: first\n")

    assert [clip.name for clip in clips(cut)] == ["first", "OTHER"]


def test_without_an_outgoing_event_another_name_than_the_last_is_the_new_clips(edl: Reads) -> None:
    dissolve = DISSOLVE.partition("\n")[2]
    cut = edl(ONE + "* FROM CLIP NAME: first\n" + dissolve + "* FROM CLIP NAME: new\n")

    assert [clip.name for clip in clips(cut)] == ["first", "new"]


@pytest.mark.parametrize(
    ("note", "name", "url", "kind"),
    [
        ("", "TAPE", None, "missing"),
        ("* FROM CLIP NAME: anna.mov\n", "anna.mov", "anna.mov", "file"),
        ("* FROM CLIP NAME: anna\n* SOURCE FILE: A001_C002\n", "A001_C002", None, "missing"),
        ("* SOURCE FILE: /m/a.mxf\n", "/m/a.mxf", "/m/a.mxf", "file"),
        ("* FROM FILE: C:\\m\\a\n", "C:\\m\\a", "C:\\m\\a", "file"),
        ("* SOURCE FILE: (NULL)\n", "TAPE", None, "missing"),
        ("* FROM CLIP NAME: scene 1.25\n", "TAPE", None, "missing"),
    ],
)
def test_media(edl: Reads, note: str, name: str, url: str | None, kind: str) -> None:
    (clip,) = clips(edl(ONE + note))

    assert (clip.media.name, clip.media.url, clip.media.kind) == (name, url, kind)
    assert clip.media.metadata == {"reel": "TAPE"}


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("sh010.[0997-1100].exr", None),
        ("/m/sh010/sh010.[0997-1100].exr", "/m/sh010"),
        ("P:\\m\\sh010.[0997-1100].exr", "P:\\m"),
    ],
)
def test_media_may_be_numbered_pictures(edl: Reads, file: str, folder: str | None) -> None:
    (clip,) = clips(edl(ONE + f"* SOURCE FILE: {file}\n"))

    assert (clip.media.kind, clip.media.url, clip.media.name) == ("sequence", folder, file)
    assert (clip.media.pattern, clip.media.first) == ("sh010.%04d.exr", 997)


@pytest.mark.parametrize(
    ("line", "color", "name"),
    [
        ("* LOC: 10:00:01:05 RED     A1 drive=perf", "RED", "A1 drive=perf"),
        ("*LOC: 10:00:01:05 Yellow sh010", "Yellow", "sh010"),
        ("LOC: 10:00:01:05 sh010 plate", "", "sh010 plate"),
        ("* LOC: 10:00:01:05 GREEN", "GREEN", ""),
    ],
)
def test_locators_are_markers_at_their_record_time(
    edl: Reads, line: str, color: str, name: str
) -> None:
    cut = edl(ONE + line + "\n")

    (marker,) = clips(cut)[0].markers
    assert marker == Marker(name, "", frame(30), color, {"timecode": "10:00:01:05"})
    assert cut.problems == ()


@pytest.mark.parametrize("time", ["01:00:01:05", "20", "10:00:04:00", "10:99:00:00", "words"])
def test_locators_elsewhere_are_taken_for_ones_at_the_start(edl: Reads, time: str) -> None:
    cut = edl(ONE + f"* LOC: {time} RED     sh010\n")

    (marker,) = clips(cut)[0].markers
    assert (marker.span, marker.name) == (frame(0), "sh010")
    assert [problem.code for problem in cut.problems] == ["A1-EDL-LOCATOR-OUTSIDE"]


@pytest.mark.parametrize("line", ["* A1: drive=perf expr=0.8", "*a1 : drive=perf expr=0.8"])
def test_a1_comments_are_markers(edl: Reads, line: str) -> None:
    (clip,) = clips(edl(ONE + line + "\n"))

    assert clip.markers == (Marker("A1", "drive=perf expr=0.8", frame(0)),)


def test_markers_of_an_event_are_on_the_first_of_its_tracks_only(edl: Reads) -> None:
    cut = edl(ONE.replace("V     C", "AA/V  C") + "* A1: drive=perf\n")

    assert [len(track.items[0].markers) for track in cut.tracks] == [1, 0, 0]


def test_colour_decisions_are_kept(edl: Reads) -> None:
    cut = edl(ONE + "* ASC_SOP (1.1 1 0.9)(0 -0.1 0.25)(1 1 1.5)\n* ASC_SAT 0.8\n* ASC_SOP: none\n")

    (clip,) = clips(cut)
    said = clip.metadata["edl"]
    assert said["cdl"] == {"sop": [[1.1, 1.0, 0.9], [0.0, -0.1, 0.25], [1.0, 1.0, 1.5]], "sat": 0.8}
    assert said["comments"] == ["ASC_SOP: none"]


def test_everything_else_is_kept_as_a_comment(edl: Reads) -> None:
    cut = edl(ONE + "* COMMENT: nice\nFINAL CUT PRO REEL: X REPLACED BY: Y\n\n* \n")

    said = clips(cut)[0].metadata["edl"]
    assert said["comments"] == ["COMMENT: nice", "FINAL CUT PRO REEL: X REPLACED BY: Y"]


def test_events_keep_what_the_list_says_of_them(edl: Reads) -> None:
    assert clips(edl(ONE))[0].metadata == {
        "edl": {
            "reel": "TAPE",
            "event": 1,
            "source": ["01:00:00:00", "01:00:04:00"],
            "record": ["10:00:00:00", "10:00:04:00"],
        }
    }


def test_resolves_marker_lists_are_markers_of_the_cut(edl: Reads) -> None:
    cut = edl(
        "TITLE: Timeline 1\nFCM: NON-DROP FRAME\n\n"
        "001  001      V     C        10:00:00:00 10:00:00:01 10:00:00:00 10:00:00:01\n"
        "A1 drive=perf |C:ResolveColorBlue |M:Marker 1 |D:50\n\n"
        "002  001      V     C        10:00:08:00 10:00:08:01 10:00:08:00 10:00:08:01\n"
        " |C:ResolveColorRed |M:sh010 |D:much\n"
    )

    assert cut.tracks == ()
    assert cut.markers == (
        Marker("Marker 1", "A1 drive=perf", Span(F(0), F(2)), "Blue"),
        Marker("sh010", "", Span(F(8), F(8) + F(1, 25)), "Red"),
    )
