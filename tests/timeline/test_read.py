"""Any cut, by what is in the file; and what is no cut."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline import content
from a1sdk.timeline.model import Clip, Cut
from a1sdk.timeline.read import read_cut

F = Fraction

EDL = b"TITLE: T\n001  TAPE     V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
FCP7 = (
    b'<?xml version="1.0"?>\n<!-- by hand -->\n<!DOCTYPE xmeml>\n<xmeml><sequence><rate>'
    b"<timebase>25</timebase></rate><media><video><track/></video></media></sequence></xmeml>"
)
OTIO = json.dumps(
    {
        "OTIO_SCHEMA": "Timeline.1",
        "name": "t",
        "tracks": {"OTIO_SCHEMA": "Stack.1", "children": []},
        "global_start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": 0.0},
    }
).encode()


def clips(cut: Cut) -> list[Clip]:
    return [item for track in cut.tracks for item in track.items if isinstance(item, Clip)]


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (EDL, "edl"),
        (EDL.replace(b"TITLE: T\n", b"FCM: NON-DROP FRAME\r\n"), "edl"),
        (FCP7, "fcp7"),
        (b"\xef\xbb\xbf" + FCP7, "fcp7"),
        (b"\n\n" + FCP7.partition(b"\n")[2], "fcp7"),
        (FCP7.decode().replace("1.0", '1.0" encoding="utf-16').encode("utf-16"), "fcp7"),
        (OTIO, "otio"),
        (b"\xef\xbb\xbf \n" + OTIO, "otio"),
    ],
)
@pytest.mark.parametrize("name", ["cut", "cut.xml", "cut.edl", "cut.otio", "cut.aaf", "cut.OTIOZ"])
def test_what_is_in_a_file_counts_more_than_its_suffix(
    tmp_path: Path, data: bytes, dialect: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    assert read_cut(path).dialect == dialect


@pytest.mark.parametrize("name", ["cut.edl", "CUT.EDL"])
def test_a_suffix_tells_where_the_content_does_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"* a comment\n" + EDL.partition(b"\n")[2])

    assert read_cut(path).dialect == "edl"


def test_the_rate_is_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "cut.edl"
    path.write_bytes(EDL)

    assert read_cut(path, rate=F(24000, 1001)).rate == F(24000, 1001)


@pytest.mark.parametrize(
    ("name", "data", "message", "hint"),
    [
        ("a.bin", bytes(range(256)), "is no cut that can be read", "OpenTimelineIO"),
        ("a.txt", b"", "is no cut that can be read", "OpenTimelineIO"),
        ("a.mov", b"\0\0\0\x14ftypqt  ", "is no cut that can be read", "OpenTimelineIO"),
        ("a.kdenlive", b'<?xml version="1.0"?>\n<mlt LC_NUMERIC="C">', "Kdenlive", "from Kdenlive"),
        ("a.xml", b"<mlt/>", "a Kdenlive or MLT project", "from Kdenlive"),
        ("a.ale", b"Heading\r\nFIELD_DELIM\tTABS\r\n", "Avid log", "export an AAF or EDL"),
        ("a.edl", b"Heading\nFIELD_DELIM\tTABS\n", "Avid log", "export an AAF or EDL"),
        ("a.xml", b"<html></html>", "fragment of FCP 7 XML: its root is <html>", "whole"),
        ("a.edl", bytes(range(256)), "has no event", None),
    ],
)
def test_what_is_no_cut_is_refused(
    tmp_path: Path, name: str, data: bytes, message: str, hint: str | None
) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(DecodeError, match=message) as caught:
        read_cut(path)
    assert caught.value.path == str(path)
    assert hint is None or hint in (caught.value.hint or "")
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["folder", "folder.otio", "folder.edl"])
def test_folders_are_no_cuts(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    with pytest.raises(DecodeError, match="is a folder, not a cut"):
        read_cut(tmp_path / name)


@pytest.mark.parametrize("suffix", [".otio", ".edl", ".xml", ".aaf", ".otioz", ".fcpxml", ""])
def test_files_that_are_not_there(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(DecodeError, match="cannot be read: No such file or directory"):
        read_cut(tmp_path / f"cut{suffix}")


def test_a_path_that_no_file_can_have() -> None:
    with pytest.raises(DecodeError, match="cannot be read: embedded null byte"):
        read_cut(Path("a\0b.edl"))


def test_files_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "cut.edl"
    path.write_bytes(EDL)
    monkeypatch.setattr(Path, "open", forbidden)

    with pytest.raises(DecodeError, match="cannot be read: Permission denied"):
        read_cut(path)


@pytest.mark.parametrize("suffix", [".edl", ".xml", ".otio"])
def test_too_large_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut{suffix}"
    with path.open("wb") as file:
        file.truncate(content.MAX_BYTES + 1)

    with pytest.raises(DecodeError, match="is larger than 256 MiB"):
        read_cut(path)


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "cut.edl"
    os.mkfifo(path)

    with pytest.raises(DecodeError, match="is no plain file"):
        read_cut(path)


def test_devices_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.symlink_to("/dev/zero")

    with pytest.raises(DecodeError, match="is no plain file"):
        read_cut(path)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_bytes(b"<xmeml>")

    with pytest.raises(DecodeError, match="no well-formed XML") as caught:
        read_cut(path)
    assert str(path) in str(caught.value)
    assert caught.value.path == str(path)


def test_what_is_nested_beyond_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_bytes(b"[" * 100_000)

    with pytest.raises(DecodeError):
        read_cut(path)
