"""Bundles: what counts in them, what is refused, and how their media is unpacked."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import warnings
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from a1sdk.errors import DecodeError, StorageError
from a1sdk.timeline.content import MAX_BYTES
from a1sdk.timeline.formats import bundles
from a1sdk.timeline.formats.bundles import unpack_media
from a1sdk.timeline.model import Clip, Cut, Media
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.shots import find_shots
from a1sdk.timeline.shots.locate import Locator


def time(value: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": float(value)}


def span(start: float, length: float) -> dict[str, Any]:
    whole = {"start_time": time(start), "duration": time(length)}
    return {"OTIO_SCHEMA": "TimeRange.1", **whole}


def clip(url: str, **more: Any) -> dict[str, Any]:
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": url, **more}
    media["available_range"] = span(0, 100)
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": url.rpartition("/")[2],
        "source_range": span(10, 48),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def content(*clips: Mapping[str, Any], name: str = "V1") -> bytes:
    track = {"OTIO_SCHEMA": "Track.1", "name": name, "kind": "Video", "children": list(clips)}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": stack}).encode()


CONTENT = content(clip("media/a.mov"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cut.otioz"


def bundle(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], text: bytes = CONTENT) -> Cut:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of members that are there twice
        archive.writestr("version.txt", b"1.0.0")
        archive.writestr("content.otio", text, zipfile.ZIP_DEFLATED)
        for name, data in members:
            archive.writestr(name, data)
    return read_cut(path)


def media(cut: Cut) -> list[Media]:
    return [item.media for item in cut.tracks[0].items if isinstance(item, Clip)]


def test_an_archive_is_the_cut_in_it_and_reading_it_writes_nothing(path: Path) -> None:
    cut = bundle(path, ("media/a.mov", b"film"), ("__MACOSX/a", b"ignored"))
    assert (cut.dialect, cut.rate, cut.path) == ("otioz", 24, path)
    (item,) = cut.tracks[0].items
    assert item.span.duration == 2
    assert item.origin == "/tracks/children/0/children/0"
    assert os.listdir(path.parent) == [path.name]


def test_a_folder_is_the_cut_in_it_and_its_media_is_found_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "cut.otiod"
    for name, data in (("content.otio", CONTENT), ("media/a.mov", b"in the bundle")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.mov").write_bytes(b"beside it")
    cut = read_cut(folder)
    assert (cut.dialect, cut.tracks[0].name) == ("otiod", "V1")
    assert Locator(folder).find(media(cut)[0]).path == (folder / "media/a.mov").resolve()


@pytest.mark.parametrize("kind", ["otioz", "otiod"])
def test_shots_of_a_bundle_find_its_own_media_first(tmp_path: Path, kind: str) -> None:
    text = content(clip("media/face.png"), name="A1 PORTRAIT")
    (tmp_path / "media").mkdir()
    (tmp_path / "media/face.png").write_bytes(b"another face")
    path, scratch = tmp_path / f"cut.{kind}", tmp_path / "scratch"
    cut = bundle(tmp_path / "cut.otioz", ("media/face.png", b"the face"), text=text)
    unpack_media(cut, scratch)
    if kind == "otiod":
        shutil.copytree(scratch, path)
        (path / "content.otio").write_bytes(text)
        cut = read_cut(path)
    (shot,) = find_shots(cut, media_roots=[scratch] if kind == "otioz" else [])
    assert shot.portrait is not None
    assert shot.portrait.read_bytes() == b"the face"


def test_media_named_by_clips_is_unpacked_and_nothing_else(path: Path, tmp_path: Path) -> None:
    pictures = clip("media/seq/")
    pictures["media_references"]["DEFAULT_MEDIA"] = {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        "target_url_base": "media/seq/",
        "name_prefix": "a+b.",
        "name_suffix": ".exr",
        "start_frame": 1001,
        "frame_zero_padding": 4,
        "rate": 24.0,
    }
    spare = clip("media/b.mov")
    spare["media_references"]["HIGH"] = clip("media/c.mov")["media_references"]["DEFAULT_MEDIA"]
    found = ("media/b.mov", "media/c.mov", "media/seq/a+b.1001.exr", "media/seq/a+b.1002.exr")
    others = ("media/unused.mov", "media/seq/aab.1001.exr", "notes.txt")
    cut = bundle(path, *((name, name.encode()) for name in (*others, *found)),
                 text=content(pictures, spare))  # fmt: skip
    files = unpack_media(cut, tmp_path / "scratch")
    assert [str(file.relative_to(tmp_path / "scratch")) for file in files] == list(found)
    assert [file.read_bytes().decode() for file in files] == list(found)
    here = (p for p in (tmp_path / "scratch").rglob("*") if p.is_file())
    assert sorted(here) == sorted(files)


def test_media_that_is_unpacked_already_stays_and_changed_media_is_unpacked_again(
    path: Path, tmp_path: Path
) -> None:
    cut = bundle(path, ("media/a.mov", b"first"))
    (file,) = unpack_media(cut, tmp_path / "scratch")
    os.utime(file, (1, 1))
    unpack_media(cut, tmp_path / "scratch")
    assert file.stat().st_mtime == 1
    unpack_media(bundle(path, ("media/a.mov", b"again")), tmp_path / "scratch")
    assert file.read_bytes() == b"again"


def test_names_escaped_as_in_urls_are_read_as_the_bundle_has_them(path: Path) -> None:
    text = content(clip("media/a%20b.mov"), clip("media/100%25.mov"), clip("media/gone%20.mov"))
    cut = bundle(path, ("media/a b.mov", b""), ("media/100%25.mov", b""), text=text)
    assert [one.url for one in media(cut)] == [
        "media/a b.mov",
        "media/100%25.mov",
        "media/gone%20.mov",
    ]


def linked(name: str = "media/link") -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../evil", "leads out"),
        ("media/../../evil", "leads out"),
        ("/etc/evil", "leads out"),
        ("C:/evil", "leads out"),
        ("media\\..\\evil", "leads out"),
        ("media//evil", "leads out"),
        ("media/./evil", "leads out"),
        ("media/e\nvil", "leads out"),
        ("notes/..", "leads out"),
        ("content.otio", "twice"),
        ("media/A.MOV", "twice"),
        (linked(), "is a link"),
    ],
)
def test_one_member_that_could_do_harm_is_reason_to_refuse_the_archive(
    path: Path, member: str | zipfile.ZipInfo, reason: str
) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        bundle(path, ("media/a.mov", b""), (member, b"/etc/passwd"))
    assert str(path) in str(caught.value)


def test_a_member_that_is_encrypted_is_refused(path: Path) -> None:
    bundle(path)
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + flags] |= 1
    path.write_bytes(data)
    with pytest.raises(DecodeError, match=r"content\.otio.*is encrypted"):
        read_cut(path)


def test_content_that_unpacks_to_far_more_than_it_is_is_refused(path: Path) -> None:
    with pytest.raises(DecodeError, match="packed more than 200 times"):
        bundle(path, text=b'{"a": "' + b" " * (4 << 20) + b'"}')


def test_content_larger_than_allowed_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MAX_CONTENT", len(CONTENT) - 1)
    with pytest.raises(DecodeError, match=r"content\.otio is larger than"):
        bundle(path)


def test_media_that_unpacks_to_far_more_than_it_is_is_not_unpacked(
    path: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.otio", CONTENT)
        archive.writestr("media/a.mov", bytes(4 << 20))
    with pytest.raises(DecodeError, match="Its media is packed more than 200 times"):
        unpack_media(read_cut(path), tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()


def test_a_size_that_is_a_lie_ends_where_the_member_does(path: Path, tmp_path: Path) -> None:
    cut = bundle(path, ("media/a.mov", b"0123456789"))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 5)
    path.write_bytes(data)
    with pytest.raises(DecodeError, match="is damaged"):
        unpack_media(cut, tmp_path / "scratch")
    assert list((tmp_path / "scratch/media").iterdir()) == []


def test_too_many_members_are_refused_before_they_are_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle(path)
    monkeypatch.setattr(bundles, "MAX_MEMBERS", 1)
    monkeypatch.setattr(bundles, "ZipFile", None)
    with pytest.raises(DecodeError, match="more than 1 members"):
        read_cut(path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_an_archive_that_is_cut_off_is_refused(path: Path, kept: float) -> None:
    bundle(path, ("media/a.mov", bytes(5000)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(DecodeError, match=r"cut off|damaged"):
        read_cut(path)


def test_damage_anywhere_in_an_archive_is_an_error_or_harmless(path: Path) -> None:
    expected = bundle(path, ("media/a.mov", b"film")).tracks
    data = path.read_bytes()
    for place in range(4, len(data), 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        try:
            assert read_cut(path).tracks == expected, place
        except DecodeError as error:
            assert str(path) in str(error), place


def test_bundles_without_content_are_refused(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("media/content.otio", CONTENT)
    (tmp_path / "cut.otiod").mkdir()
    for bare in (path, tmp_path / "cut.otiod"):
        with pytest.raises(DecodeError, match=r"holds no content\.otio"):
            read_cut(bare)


def test_the_content_of_a_folder_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(CONTENT)
    (tmp_path / "cut.otiod").mkdir()
    (tmp_path / "cut.otiod/content.otio").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DecodeError, match="no file of its own"):
        read_cut(tmp_path / "cut.otiod")


def test_nothing_is_unpacked_through_a_link(path: Path, tmp_path: Path) -> None:
    cut = bundle(path, ("media/a.mov", b"film"))
    (tmp_path / "scratch").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "scratch/media").symlink_to(tmp_path / "other")
    with pytest.raises(StorageError, match="link"):
        unpack_media(cut, tmp_path / "scratch")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_written(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = bundle(path, ("media/a.mov", b"film"))
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match="left"):
        unpack_media(cut, tmp_path / "scratch")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_media_makes_a_bundle_larger_than_a_cut_may_be(path: Path) -> None:
    bundle(path)
    data = path.read_bytes()
    with path.open("wb") as file:  # the archive lies at the end; what is before it is a hole
        file.write(b"PK\x03\x04")
        file.seek(MAX_BYTES)
        file.write(data)
    assert read_cut(path).rate == Fraction(24)


@pytest.mark.shared
def test_the_bundle_of_tlrender_reads_as_its_own_content(shared: Path, tmp_path: Path) -> None:
    path = shared / "timelines/tlRender/SingleClip.otioz"
    cut = read_cut(path)
    with zipfile.ZipFile(path) as archive:
        (tmp_path / "content.otio").write_bytes(archive.read("content.otio"))
    assert cut.tracks == read_cut(tmp_path / "content.otio").tracks
    (file,) = unpack_media(cut, tmp_path / "scratch")
    assert file.stat().st_size == 997844
    assert {Locator(tmp_path / "scratch").find(one).path for one in media(cut)} == {file.resolve()}


@pytest.mark.shared
def test_the_hostile_bundle_is_refused(shared: Path) -> None:
    with pytest.raises(DecodeError, match=r"Member '\.\./evil\.txt' .* leads out of it"):
        read_cut(shared / "timelines/synthetic-hostile/zipslip.otioz")
