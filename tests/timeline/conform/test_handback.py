"""What is written is read again; what is not as it has to be does not stay."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import opentimelineio as otio
import pytest

from a1sdk.errors import ConformError, StorageError
from a1sdk.timeline.conform import conform, drafts, otio_write
from a1sdk.timeline.conform.splices import Document
from a1sdk.timeline.model import SourceMap
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.shots import Shots
from a1sdk.timeline.walk import placed

F = Fraction
LIST = """TITLE: cut

001  ANNA     V     C        01:00:00:00 01:00:02:00 10:00:00:00 10:00:02:00
* FROM CLIP NAME: anna.png
002  BOB      V     D    012 02:00:00:00 02:00:03:00 10:00:02:00 10:00:05:00
* TO CLIP NAME: bob.png
M2   BOB           -12.5               02:00:00:00
003  CARL     V     C        02:00:00:00 02:00:01:00 10:00:07:00 10:00:08:00
* FREEZE FRAME
"""


@pytest.fixture
def cut(shooting: Any) -> Any:
    return shooting.cut("cut.edl", LIST, F(25))


def test_a_file_that_differs_does_not_stay(
    shooting: Any, cut: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(path: Path, relinks: Any, cut: Any) -> Any:
        patched = patch(path, relinks, cut)
        data = patched.data.replace(b"02:00:00:00 02:00:01:00", b"02:00:00:01 02:00:01:01")
        return replace(patched, data=data)

    patch = drafts._PATCHES["edl"]
    monkeypatch.setitem(drafts._PATCHES, "edl", damaged)
    with pytest.raises(ConformError, match=r"CARL @ 10:00:07:00 is not as it was \(shown"):
        shooting.conform(cut, "anna.png")
    assert [path.name for path in (shooting.folder / "out").iterdir()] == ["cut.a1.otio"]


@pytest.mark.parametrize(
    ("line", "instead", "why"),
    [
        (rb"003  CARL.*", b"", "CARL @ 10:00:07:00 is gone"),
        (rb"D    012", b"D    010", "is not as it was"),
        (rb"10:00:02:00\n", b"10:00:01:24\n", "is not as it was"),
        (rb"sh010.mov", b"sh011.mov", "is not as it was"),
        (rb"TITLE.*", b"001  X        V     C        99:99", "cannot be read again"),
    ],
)
def test_every_kind_of_difference_is_found(
    shooting: Any, cut: Any, monkeypatch: pytest.MonkeyPatch, line: bytes, instead: bytes, why: str
) -> None:
    changed = Document.changed

    def damaged(self: Document, splices: Any) -> bytes:
        data, count = re.subn(line, instead, changed(self, splices), count=1, flags=re.DOTALL)
        assert count
        return data

    monkeypatch.setattr(Document, "changed", damaged)
    with pytest.raises(ConformError, match=why):
        shooting.conform(cut, "anna.png")


def test_the_master_of_another_format_has_all_of_it(shooting: Any, cut: Any) -> None:
    master = shooting.conform(cut, "anna.png").files[0]
    again = read_cut(master)
    assert (again.rate, again.start) == (25, 36000)
    before, after = list(placed(cut)), list(placed(again))
    assert [one.span for one in after] == [one.span for one in before]
    assert [one.out_offset for one in after] == [one.out_offset for one in before]
    assert [one.source(F(1, 2)) for one in after[1:]] == [one.source(F(1, 2)) for one in before[1:]]
    children = json.loads(master.read_text())["tracks"]["children"][0]["children"]
    clips = [one for one in children if one["OTIO_SCHEMA"] == "Clip.2"]
    assert clips[1]["metadata"]["edl"]["m2"] == ["BOB -12.5 02:00:00:00"]
    original = clips[0]["media_references"]["a1_source"]
    assert original["target_url"] == "anna.png"


@pytest.mark.parametrize(
    "source",
    [
        SourceMap.linear(F(7, 3), F(100003, 70001)),
        SourceMap.linear(F(90), F(-5, 3)),
        SourceMap.linear(F(1, 7), F(0)),
        SourceMap(((F(0), F(2)), (F(1, 2), F(9, 7)), (F(1), F(11)))),
    ],
)
def test_every_source_survives_the_master(cut: Any, tmp_path: Path, source: SourceMap) -> None:
    track = cut.tracks[0]
    items = (*track.items[:-1], replace(track.items[-1], source=source))
    path = tmp_path / "master.otio"
    path.write_bytes(otio_write.write(replace(cut, tracks=(replace(track, items=items),)), {}))
    again = read_cut(path).tracks[0].items[-1]
    times = [F(n, 25) for n in range(25)]
    assert [float(again.source(t)) for t in times] == pytest.approx(
        [float(source(t)) for t in times], abs=1e-9
    )


@pytest.mark.parametrize("flavour", ["resolve", "premiere"])
@pytest.mark.parametrize("pictures", [False, True])
def test_flavours_open_and_name_single_files(
    shooting: Any, cut: Any, flavour: str, pictures: bool
) -> None:
    done = shooting.conform(cut, "anna.png", flavours=(flavour,), pictures=pictures)
    assert done.files[-1].name == f"cut_a1.{flavour}.otio"
    made = otio.adapters.read_from_file(
        str(done.files[-1]), adapter_name="otio_json", media_linker_name="__do_not_link_media"
    )
    first = next(iter(made.find_clips()))
    assert list(first.media_references()) == ["DEFAULT_MEDIA"]
    url = first.media_reference.target_url
    if flavour == "resolve":
        name = "sh010.[1001-1070].exr" if pictures else "sh010.mov"
        assert (url, first.name) == (f"/renders/día 1/{name}", name)
    else:
        name = "sh010.1001.exr" if pictures else "sh010.mov"
        assert (url, first.name) == (f"file:///renders/d%C3%ADa%201/{name}", "anna.png")


def test_letters_that_a_list_cannot_have_are_an_error(shooting: Any) -> None:
    text = (
        LIST.replace("anna.png", "/Sch\xf6n/anna.png")
        .replace("FROM CLIP NAME", "SOURCE FILE")
        .encode("latin-1")
    )
    cut = shooting.cut("cut.edl", text, F(25))
    with pytest.raises(ConformError, match="'日'"):
        shooting.conform(cut, folder=Path("/日/"))


def bundled(folder: Path, *, archive: bool) -> Path:
    """A cut bundled with two stills, one of a name with a space."""
    stills = ("media/anna.png", "media/bob 1.png")
    text = json.dumps(timeline(*(clip(name, 24, url=name) for name in stills)))
    if archive:
        path = folder / "cut.otioz"
        with ZipFile(path, "w") as file:
            for name, data in (("version.txt", "1.0.0"), ("content.otio", text)):
                file.writestr(name, data)
            for name in stills:
                file.writestr(name, b"\x89PNG")
        return path
    path = folder / "cut.otiod"
    (path / "media").mkdir(parents=True)
    (path / "content.otio").write_text(text)
    for name in stills:
        (path / name).write_bytes(b"\x89PNG")
    return path


def timeline(*clips: dict[str, Any]) -> dict[str, Any]:
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": clips}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [track]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": stack}


def clip(name: str, frames: int, url: str) -> dict[str, Any]:
    times = {"start_time": 0, "duration": frames}
    span: dict[str, Any] = {
        key: {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": value}
        for key, value in times.items()
    }
    return {
        "OTIO_SCHEMA": "Clip.1",
        "name": name,
        "source_range": {"OTIO_SCHEMA": "TimeRange.1"} | span,
        "media_reference": {"OTIO_SCHEMA": "ExternalReference.1", "target_url": url},
    }


@pytest.mark.parametrize("archive", [False, True])
def test_the_media_of_bundles_is_named_where_it_is(shooting: Any, archive: bool) -> None:
    cut = read_cut(bundled(shooting.folder, archive=archive))
    done = shooting.conform(cut, "media/anna.png")
    out = shooting.folder / "out"
    assert done.files == (out / "cut.a1.otio", out / "cut_a1.otio")
    there = out / "cut.media" if archive else cut.path
    first, second = (one.clip.media.url for one in placed(read_cut(done.files[1])))
    assert first == "file:///renders/d%C3%ADa%201/sh010.mov"
    assert second == (there / "media/bob 1.png").as_uri()
    assert (there / "media/bob 1.png").is_file()


def test_a_folder_that_cannot_be_made_is_an_error(shooting: Any, cut: Any) -> None:
    (shooting.folder / "out").write_text("a file")
    with pytest.raises(StorageError):
        shooting.conform(cut, "anna.png")


def test_nothing_rendered_gives_the_cut_as_it_was(shooting: Any, cut: Any) -> None:
    done = conform(Shots(cut, ()), [], shooting.folder / "out")
    assert done.files[1].read_bytes() == cut.path.read_bytes()
    assert not done.relinked + done.problems
