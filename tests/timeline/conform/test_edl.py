"""Lists are handed back with nothing changed but the lines of the relinked events."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from a1sdk.timeline.formats.edl.reader import read_edls

F = Fraction
PLAIN = """TITLE: cut
FCM: NON-DROP FRAME

001  TAPE01   V     C        01:00:00:00 01:00:02:00 10:00:00:00 10:00:02:00
* FROM CLIP NAME:  anna.png
* LOC: 10:00:01:00 RED A1 SH010
M2   TAPE01       050.0                01:00:00:00

002  TAPE02   V     C        02:00:00:00 02:00:03:00 10:00:02:00 10:00:05:00
* FROM CLIP NAME: bob.png
* A COMMENT
"""


def lines(done: Any) -> list[str]:
    return done.files[1].read_text().split("\n")


def test_an_event_is_rewritten_and_every_other_line_kept(shooting: Any) -> None:
    cut = shooting.cut("cut.edl", PLAIN, F(25))
    done = shooting.conform(cut, "anna.png")
    assert [path.name for path in done.files] == ["cut.a1.otio", "cut_a1.edl"]
    expected = PLAIN.split("\n")
    expected[3] = "001  SH010    V     C        10:00:00:00 10:00:02:00 10:00:00:00 10:00:02:00"
    expected[4] = "* FROM CLIP NAME:  sh010.mov"
    del expected[6]
    assert lines(done) == expected


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"])
def test_line_ends_and_latin_letters_are_kept(shooting: Any, end: bytes) -> None:
    data = PLAIN.replace("A COMMENT", "F\xdcR").encode("latin-1").replace(b"\n", end)
    cut = shooting.cut("cut.edl", data, F(25))
    after = shooting.conform(cut, "anna.png").files[1].read_bytes()
    start = data.index(b"002  TAPE02")
    assert after.endswith(data[start:])
    assert after.startswith(data[: data.index(b"001")])


def test_a_name_is_written_where_there_was_none(shooting: Any) -> None:
    text = PLAIN.replace("* FROM CLIP NAME: bob.png\n", "")
    done = shooting.conform(shooting.cut("cut.edl", text, F(25)), "TAPE02")
    after = lines(done)
    at = next(n for n, line in enumerate(after) if line.startswith("002"))
    assert after[at].split()[1] == "SH010"
    assert after[at + 1] == "* FROM CLIP NAME: sh010.mov"


DISSOLVE = """TITLE: cut

001  ANNA     V     C        01:00:00:00 01:00:02:00 10:00:00:00 10:00:02:00
* FROM CLIP NAME: anna.png
002  ANNA     V     C        01:00:02:00 01:00:02:00 10:00:02:00 10:00:02:00
002  BOB      V     D    024 02:00:00:00 02:00:04:00 10:00:02:00 10:00:06:00
* FROM CLIP NAME: anna.png
* TO CLIP NAME: bob.png
M2   BOB          012.5                02:00:00:00
"""


def test_the_clip_before_a_dissolve_is_renamed_in_both_events(shooting: Any) -> None:
    after = lines(shooting.conform(shooting.cut("cut.edl", DISSOLVE, F(25)), "anna.png"))
    assert after[2].split()[1:5] == ["SH010", "V", "C", "10:00:00:00"]
    assert after[4].split()[1:6] == ["SH010", "V", "C", "10:00:02:00", "10:00:02:00"]
    was = DISSOLVE.split("\n")
    assert after[5:] == [was[5], "* FROM CLIP NAME: sh010.mov", *was[7:]]


def test_the_clip_after_a_dissolve_alone_is_changed(shooting: Any) -> None:
    after = lines(shooting.conform(shooting.cut("cut.edl", DISSOLVE, F(25)), "bob.png"))
    assert after[:5] == DISSOLVE.split("\n")[:5]
    assert after[5].split()[1:6] == ["SH010", "V", "D", "024", "10:00:02:00"]
    assert after[6:] == ["* FROM CLIP NAME: anna.png", "* TO CLIP NAME: sh010.mov", ""]


def test_sound_in_the_same_event_stays_as_it_was(shooting: Any) -> None:
    text = PLAIN.replace("TAPE01   V     C", "TAPE01   B     C")
    cut = shooting.cut("cut.edl", text, F(25))
    after = lines(shooting.conform(cut, "anna.png"))
    assert [line.split()[:3] for line in after if line[:1] == "0"] == [
        ["001", "SH010", "V"],
        ["003", "TAPE01", "A"],
        ["002", "TAPE02", "V"],
    ]
    assert sum("anna.png" in line for line in after) == 1


def test_a_name_comes_before_the_sound_that_is_taken_off(shooting: Any) -> None:
    text = (
        "TITLE: x\n\n 001  ANNA     B     C        01:00:00:00 01:00:02:00 10:00:00:00 10:00:02:00"
    )
    after = lines(shooting.conform(shooting.cut("cut.edl", text, F(25))))
    assert [line.split()[:3] for line in after[2:5]] == [
        ["001", "SH010", "V"],
        ["*", "FROM", "CLIP"],
        ["002", "ANNA", "A"],
    ]


def test_sound_in_one_event_with_a_transition_is_told(shooting: Any) -> None:
    text = DISSOLVE.replace("BOB      V  ", "BOB      B  ")
    done = shooting.conform(shooting.cut("cut.edl", text, F(25)), "bob.png")
    assert [one.code for one in done.problems] == ["A1-CONFORM-SOUND"]
    assert done.files[1].read_text() == text


def test_freezes_are_baked(shooting: Any) -> None:
    text = PLAIN.replace("* A COMMENT", "* FREEZE FRAME\nM2   TAPE02       000.0    02:00:00:00")
    after = lines(shooting.conform(shooting.cut("cut.edl", text, F(25)), "bob.png"))
    assert not [line for line in after if "FREEZE" in line or line.startswith("M2   TAPE02")]


def test_drop_frame_lists_count_as_they_did(shooting: Any) -> None:
    text = PLAIN.replace("NON-DROP", "DROP").replace("10:00:0", "10:59:5")
    text = text.replace("10:59:55:00", "11:00:05;00").replace(":00\n", ";00\n")
    for code in ("10:59:50:00", "10:59:52:00", "11:00:05:00"):
        text = text.replace(code, code[:8] + ";" + code[9:])
    after = lines(shooting.conform(shooting.cut("cut.edl", text, F(30000, 1001)), "bob.png"))
    event = next(line for line in after if line.startswith("002")).split()
    assert event[4:] == ["10:59:52;00", "11:00:05;00"] * 2


def test_frame_numbers_stay_frame_numbers(shooting: Any) -> None:
    text = (
        "TITLE: x\n\n001  ANNA     V     C        00000100 00000150 00000000 00000050\n"
        "* FROM CLIP NAME: anna.png\n"
    )
    after = lines(shooting.conform(shooting.cut("cut.edl", text, F(25)), handles=0))
    assert after[2] == "001  SH010    V     C        00000000 00000050 00000000 00000050"


def test_pictures_and_source_files_are_named(shooting: Any) -> None:
    text = PLAIN.replace("* A COMMENT", "* SOURCE FILE: /stills/bob.png")
    done = shooting.conform(shooting.cut("cut.edl", text, F(25)), "bob.png", pictures=True)
    assert lines(done)[-2:] == ["* SOURCE FILE: /renders/día 1/sh010.[1001-1091].exr", ""]


def test_several_lists_come_back_as_several(shooting: Any) -> None:
    paths = {}
    for name in ("one", "two"):
        text = PLAIN.replace("anna", name)
        paths[f"A1 PORTRAIT {name.upper()}"] = shooting.cut(f"{name}.edl", text, F(25)).path
    cut = read_edls(paths, rate=F(25))
    done = shooting.conform(cut, "one.png", "two.png")
    assert [path.name for path in done.files] == ["one.a1.otio", "one_a1.edl", "two_a1.edl"]
    assert ["sh010.mov" in path.read_text() for path in done.files[1:]] == [True, False]
    assert ["sh020.mov" in path.read_text() for path in done.files[1:]] == [False, True]


@pytest.mark.parametrize("rate", [F(25), F(24000, 1001), F(30000, 1001)])
def test_a_cut_may_play_through_midnight(shooting: Any, rate: Fraction) -> None:
    text = PLAIN.replace("10:00:00", "23:59:59").replace("10:00:02:", "00:00:01:")
    text = text.replace("10:00:05:", "00:00:04:").replace("* LOC: 10:00:01", "* LOC: 00:00:00")
    done = shooting.conform(shooting.cut("cut.edl", text, rate))
    events = [line[29:] for line in lines(done) if line[:1] == "0"]
    assert events == [
        "23:59:59:00 00:00:01:00 23:59:59:00 00:00:01:00",
        "00:00:01:00 00:00:04:00 00:00:01:00 00:00:04:00",
    ]


def test_a_drop_frame_cut_may_play_through_midnight(shooting: Any) -> None:
    text = PLAIN.replace("FCM: NON-DROP FRAME", "FCM: DROP FRAME")
    text = text.replace("10:00:00:00", "23:59:59;28").replace("10:00:02:00", "00:00:02;00")
    text = text.replace("10:00:05:00", "00:00:05;00").replace(
        "* LOC: 10:00:01:00", "* LOC: 00:00:01;00"
    )
    done = shooting.conform(shooting.cut("cut.edl", text, F(30000, 1001)))
    assert (
        "SH020    V     C        00:00:02;00 00:00:05;00 00:00:02;00 00:00:05;00" in lines(done)[7]
    )


def test_a_source_may_play_through_midnight(shooting: Any) -> None:
    text = PLAIN.replace("02:00:00:00 02:00:03:00", "23:59:58:00 00:00:01:00")
    cut = shooting.cut("cut.edl", text, F(25))
    assert cut.tracks[0].items[1].source.speed == 1
    assert [one.code for one in cut.problems] == ["A1-EDL-SPEED-MISMATCH"]  # of the first event
