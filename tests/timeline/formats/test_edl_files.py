"""Edit decision lists as files: encodings, line ends, limits, damage, and several as one cut."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import A1Error, ConfigError, DecodeError
from a1sdk.timeline.formats.edl import lines as edl_lines
from a1sdk.timeline.formats.edl import reader as edl
from a1sdk.timeline.formats.edl.reader import read, read_edls
from a1sdk.timeline.model import Clip, Transition

F = Fraction
PAL = F(25)

TEXT = (
    "TITLE: Größe\n"
    "001  TAPE     V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
    "* FROM CLIP NAME: Zoë\n"
    "002  TAPE     V     D    010 00:00:02:00 00:00:04:00 01:00:02:00 01:00:04:00\n"
    "* A1: drive=perf\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cut.edl"


def timecode(frame: int) -> str:
    return f"{frame // 90000:02}:{frame // 1500 % 60:02}:{frame // 25 % 60:02}:{frame % 25:02}"


def events(starts: range) -> str:
    """Events of one frame each."""
    lines = [
        f"{n:06}  TAPE     V     C        {timecode(0)} {timecode(1)}"
        f" {timecode(start)} {timecode(start + 1)}\n"
        for n, start in enumerate(starts)
    ]
    return "".join(lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_text(path: Path, encoding: str, end: str) -> None:
    path.write_bytes(TEXT.replace("\n", end).encode(encoding))
    cut = read(path, PAL)

    assert (cut.name, [item.name for item in cut.tracks[0].items]) == (
        "Größe",
        ["Zoë", "D", "TAPE"],
    )
    assert [item.origin for item in cut.tracks[0].items] == ["1@2", "2@4", "2@4"]


def test_a_byte_order_mark_does_not_hide_the_first_event(path: Path) -> None:
    path.write_bytes(events(range(2)).encode("utf-8-sig"))

    assert len(read(path, PAL).tracks[0].items) == 2


def test_what_tapes_are_padded_with_is_passed_over(path: Path) -> None:
    path.write_bytes(b"\0\0" + TEXT.encode() + b"\x1a\0\0\0")

    assert len(read(path, PAL).tracks[0].items) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"TITLE: nothing\nFCM: NON-DROP FRAME\n",
        bytes(range(256)) * 16,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"001  TAPE     V     C        00:00:00:00 00:00:01:00\n",
    ],
)
def test_what_has_no_event_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)

    with pytest.raises(DecodeError, match=r"cut\.edl has no event of an edit decision list") as one:
        read(path)
    assert one.value.path == str(path)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(DecodeError, match="cannot be read: No such file"):
        read(path)


def test_a_line_beyond_all_reason_is_refused(path: Path) -> None:
    path.write_text("TITLE: x\n" + "9" * (edl_lines.MAX_LINE + 1), encoding="utf-8")

    with pytest.raises(DecodeError, match=r"Line 2 of cut\.edl has more than 4000 characters"):
        read(path)


def test_too_large_a_list_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with path.open("wb") as file:
        file.truncate(edl_lines.MAX_BYTES + 1)
    with pytest.raises(DecodeError, match="larger than 16 MiB"):
        read(path)

    monkeypatch.setattr(edl_lines, "MAX_LINES", 4)
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(DecodeError, match="more than 4 lines"):
        read(path)


def test_too_many_events_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert edl.MAX_EVENTS == 100_000
    monkeypatch.setattr(edl, "MAX_EVENTS", 4)
    path.write_text(events(range(5)), encoding="utf-8")

    with pytest.raises(DecodeError, match="more than 4 events"):
        read(path)


def test_three_thousand_events_from_last_to_first(path: Path) -> None:
    path.write_text(events(range(3_000, 0, -1)), encoding="utf-8")
    (track,) = read(path, PAL).tracks

    assert [item.span.start for item in track.items] == [F(n, 25) for n in range(3_000)]


_TIMES = ["00:00:00:00", "00:00:01:12", "01:00:00;02", "23:59:59:29", "99:99:99:99", "1009", "x"]
_FIELDS = (
    ["001", "2", "x"],
    ["TAPE", "BL", "MY TAPE", ""],
    ["V", "AA/V", "B", "NONE", "A2", "9"],
    ["C", "D    010", "W001 255", "K B", "KO", "Q"],
    *[_TIMES] * 4,
)
_EVENT = st.tuples(*map(st.sampled_from, _FIELDS)).map("  ".join)
_NOTES = """\
M2 TAPE -25.0 00:00:00:00
M2 000
M2
AUD 3 4
FCM: DROP FRAME
* A1: gap=hold
* LOC: 1
* LOC: 01:00:00:01 RED x
* FROM CLIP NAME: a.[0-9].exr
* TO CLIP NAME:
* ASC_SOP (1 1 1)
* FREEZE FRAME
* 720 FPS
note |C:x |M:y |D:9

\x00é"""
_NOTE = st.sampled_from(_NOTES.split("\n"))


@given(st.lists(st.one_of(_EVENT, _NOTE), max_size=12).map("\n".join))
def test_damaged_lists_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, junk: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.edl"
    path.write_text(junk, encoding="utf-8")
    try:
        cut = read(path)
    except A1Error as error:
        assert str(error)
    else:
        spans = [item.span for track in cut.tracks for item in track.items]
        assert all(0 <= span.start < span.stop for span in spans)


def test_several_lists_are_tracks_of_one_cut(tmp_path: Path) -> None:
    faces, drive = tmp_path / "v2.edl", tmp_path / "v1.edl"
    faces.write_text(TEXT, encoding="utf-8")
    drive.write_text(
        "TITLE: drive\n"
        "001  B        AA/V  C        00:00:00:00 00:00:10:00 00:59:58:00 01:00:08:00\n"
        "* LOC: 01:00:01:00 RED     here\n",
        encoding="utf-8",
    )
    cut = read_edls({"A1 DRIVE": drive, "A1 PORTRAIT": faces}, rate=PAL)

    assert (cut.start, cut.path, cut.name) == (3598, drive, "drive")
    named = [(track.name, track.kind, track.number, track.origin) for track in cut.tracks]
    assert named == [
        ("A1 DRIVE", "video", 1, str(drive)),
        ("A1 PORTRAIT", "video", 2, str(faces)),
        ("A1 DRIVE", "audio", 1, str(drive)),
        ("A1 DRIVE", "audio", 2, str(drive)),
    ]
    (whole,) = cut.tracks[0].items
    first, dissolve, second = cut.tracks[1].items
    assert (whole.span.start, whole.markers[0].span.start) == (0, 3)
    assert (first.span.start, second.span.start, second.markers[0].span.start) == (2, 4, 4)
    assert isinstance(dissolve, Transition)
    assert (dissolve.cut, dissolve.span.start) == (4, 4)
    assert isinstance(first, Clip)
    assert first.out_offset == F(10, 25)


def test_problems_of_several_lists_say_of_which(path: Path) -> None:
    path.write_text(TEXT, encoding="utf-8")
    cut = read_edls({"V1": path, "V2": path})

    found = [(problem.code, problem.where) for problem in cut.problems]
    assert found == [("A1-EDL-RATE-GUESSED", "V1"), ("A1-EDL-RATE-GUESSED", "V2")]


def test_several_lists_need_one_rate(tmp_path: Path) -> None:
    first, second = tmp_path / "a.edl", tmp_path / "b.edl"
    first.write_text(TEXT, encoding="utf-8")
    second.write_text(TEXT.replace("01:00:04:00", "01:00:04:29"), encoding="utf-8")

    with pytest.raises(ConfigError, match=r"different frame rates \(a.edl: 24, b.edl: 30\)") as one:
        read_edls({"V1": first, "V2": second})
    assert "--rate" in (one.value.hint or "")


def test_no_list_at_all_is_no_cut() -> None:
    with pytest.raises(ConfigError, match="No edit decision list"):
        read_edls({})
