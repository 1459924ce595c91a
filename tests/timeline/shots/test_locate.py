"""Files are found inside the media roots; nothing outside is followed, opened or asked about."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.timeline.model import Media
from a1sdk.timeline.shots import locate
from a1sdk.timeline.shots.locate import Located, Locator, RefusedError, as_path, fold


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A show: a cut's folder, a media root, and a secret beside them."""
    for name in ("cuts/media/a.mov", "root/day 1/b.mov", "root/c.wav", "secret/key.mov"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


@pytest.fixture
def locator(show: Path) -> Locator:
    return Locator(show / "cuts", (show / "root",))


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch, show: Path) -> Iterator[set[str]]:
    """What the system was asked about, or told to open."""
    seen: set[str] = set()

    def watched(name: str) -> None:
        real = getattr(os, name)

        def call(path: object = ".", *more: object, **options: object) -> object:
            seen.add(os.path.abspath(os.fspath(path)))  # type: ignore[call-overload]
            return real(path, *more, **options)

        monkeypatch.setattr(os, name, call)

    for name in ("stat", "lstat", "readlink", "scandir", "listdir", "open"):
        watched(name)
    yield seen
    monkeypatch.undo()


def find(locator: Locator, url: str, name: str = "") -> Located:
    return locator.find(Media(name=name, url=url, kind="file"), ("film", "picture"))


@pytest.mark.parametrize(
    "text",
    [
        "media/a.mov",
        "./media/../media/a.mov",
        "{cuts}/media/a.mov",
        "file://{cuts}/media/a.mov",
        "file://localhost{cuts}/media/a.mov",
        "FILE://LOCALHOST{cuts}/media/%61.mov",
    ],
)
def test_paths_inside_are_found_as_they_are_written(
    locator: Locator, show: Path, text: str
) -> None:
    found = find(locator, text.format(cuts=show / "cuts"))
    assert (found.state, found.path) == ("found", show / "cuts/media/a.mov")


def test_relative_paths_start_from_every_root(locator: Locator, show: Path) -> None:
    assert find(locator, "day 1/b.mov").path == show / "root/day 1/b.mov"
    assert find(locator, "day 1/b.mov").state == "found"


OUTSIDE = [
    ("/etc/passwd", "lies outside the media roots"),
    ("../secret/key.mov", "lies outside the media roots"),
    ("../../../../etc/passwd", "lies outside the media roots"),
    ("media/../../secret/key.mov", "lies outside the media roots"),
    ("{show}/secret/key.mov", "lies outside the media roots"),
    ("{show}/cuts/../secret/key.mov", "lies outside the media roots"),
    ("file://{show}/secret/key.mov", "lies outside the media roots"),
    ("file://{show}/cuts/%2e%2e/secret/key.mov", "lies outside the media roots"),
    ("file://{show}/cuts%2f..%2fsecret/key.mov", "lies outside the media roots"),
    ("file://{show}/cuts/%252e%252e/secret/key.mov", "is percent-encoded twice"),
    ("file://{show}/cuts/..%252fsecret%252fkey.mov", "is percent-encoded twice"),
    ("file://{show}/cuts/%255c..%255ckey.mov", "is percent-encoded twice"),
    ("file:///cuts/%ff.mov", "is encoded otherwise than in UTF-8"),
    ("http://127.0.0.1:1/x.mov", "is a http URL, which is never followed"),
    ("HTTPS://host/x.mov", "is a https URL"),
    ("smb://host/share/x.mov", "is a smb URL"),
    ("data://text/x.mov", "is a data URL"),
    ("file://host/share/x.mov", "is on a network share"),
    ("file:////host/share/x.mov", "is on a network share"),
    ("//host/share/x.mov", "is on a network share"),
    ("\\\\host\\share\\x.mov", "is on a network share"),
    ("\\\\?\\C:\\x.mov", "is on a network share"),
    ("C:\\shots\\x.mov", "is a path of another system"),
    ("c:/shots/x.mov", "is a path of another system"),
    ("file:///C:/shots/x.mov", "is a path of another system"),
    ("file:///C%3A/shots/x.mov", "is a path of another system"),
    ("media/a\0.mov", "has control characters"),
    ("media/a\n.mov", "has control characters"),
    ("file://{show}/cuts/media/a.mov%00.png", "has control characters"),
    ("file://{show}/cuts/media/a%0a.mov", "has control characters"),
]


@pytest.mark.parametrize(("text", "reason"), OUTSIDE)
def test_nothing_outside_the_roots_is_followed_or_asked_about(
    locator: Locator, show: Path, touched: set[str], text: str, reason: str
) -> None:
    found = find(locator, text.format(show=show))
    assert (found.state, found.path) == ("refused", None)
    assert found.reason.startswith(reason)
    roots = tuple(str(root) for root in locator.all_roots)
    around = {str(parent) for root in locator.all_roots for parent in root.parents}
    assert {path for path in touched if not path.startswith(roots)} <= around


@pytest.mark.parametrize(
    "text", ["", "media", "media/missing.mov", "media/a.mov/x.mov", "x" * 5000]
)
def test_what_is_not_there_is_offline(locator: Locator, text: str) -> None:
    found = find(locator, text)
    assert (found.state, found.path) == ("offline", None)
    assert found.hint == "relink it, or declare its folder with --media-root"


def test_escapes_in_plain_paths_are_letters(locator: Locator, show: Path) -> None:
    (show / "cuts/media/100%25 #1?.mov").touch()
    assert find(locator, "media/100%25 #1?.mov").state == "found"
    assert find(locator, "media/%2e%2e/%2e%2e/secret/key.mov").state == "offline"


def test_relative_urls_that_were_escaped_are_found_by_name(locator: Locator, show: Path) -> None:
    assert find(locator, "day%201/b.mov").path == show / "root/day 1/b.mov"
    (show / "cuts/media/my clip.mov").touch()
    found = Locator(show / "cuts").find(Media(url="media/my%20clip.mov", kind="file"))
    assert (found.state, found.path) == ("relinked", show / "cuts/media/my clip.mov")


@pytest.mark.parametrize("target", ["../secret/key.mov", "{show}/secret/key.mov", "/dev/zero"])
def test_links_to_files_outside_are_refused(
    locator: Locator, show: Path, touched: set[str], target: str
) -> None:
    (show / "cuts/link.mov").symlink_to(target.format(show=show))
    touched.clear()
    found = find(locator, "link.mov")
    assert found.state == "refused"
    assert found.reason == "is a symbolic link that leads out of the media roots"
    assert touched
    assert not {path for path in touched if "secret" in path or path.startswith("/dev")}


def test_links_to_folders_outside_are_refused(
    locator: Locator, show: Path, touched: set[str]
) -> None:
    (show / "root/day 2").symlink_to(show / "secret")
    (show / "root/day 3").symlink_to("day 2")
    touched.clear()
    for text in ("day 2/key.mov", "day 3/key.mov", f"{show}/root/day 3/key.mov"):
        assert find(locator, text).state == "refused"
    assert touched
    assert not {path for path in touched if "secret" in path}


def test_links_inside_are_followed_from_root_to_root(locator: Locator, show: Path) -> None:
    (show / "cuts/link.mov").symlink_to("../root/day 1/b.mov")
    (show / "cuts/media/days").symlink_to(show / "root")
    assert find(locator, "link.mov").path == show / "root/day 1/b.mov"
    assert find(locator, "media/days/day 1/b.mov").path == show / "root/day 1/b.mov"


def test_links_in_a_circle_are_refused(locator: Locator, show: Path) -> None:
    (show / "cuts/one").symlink_to("two")
    (show / "cuts/two").symlink_to("one")
    assert find(locator, "one/a.mov").reason == "leads through symbolic links without an end"


def test_a_root_may_be_a_link_itself(show: Path) -> None:
    (show / "mount").symlink_to("root")
    locator = Locator(show / "cuts", (show / "mount",))
    for text in (f"{show}/mount/day 1/b.mov", f"{show}/root/day 1/b.mov", "day 1/b.mov"):
        assert find(locator, text).path == show / "root/day 1/b.mov"


def test_pipes_and_folders_are_no_files(locator: Locator, show: Path) -> None:
    os.mkfifo(show / "cuts/pipe.mov")
    (show / "cuts/folder.mov").mkdir()
    for name in ("pipe.mov", "folder.mov"):
        for text in (name, f"/other/machine/{name}"):
            assert find(locator, text).path is None


@pytest.mark.parametrize(
    "text",
    [
        "/Volumes/Show/day 1/b.mov",
        "D:\\Show\\day 1\\b.mov",
        "file:///D:/Show/day%201/b.mov",
        "file://server/show/day%201/b.mov",
        "\\\\server\\show\\b.mov",
        "missing/b.mov",
        "B.MOV",
        "b.mp4",
    ],
)
def test_files_of_other_machines_are_found_by_name(locator: Locator, show: Path, text: str) -> None:
    found = find(locator, text)
    assert (found.state, found.path) == ("relinked", show / "root/day 1/b.mov")


def test_another_kind_of_file_is_not_taken_for_one(locator: Locator, show: Path) -> None:
    for name in ("d.mov.md5", "d.wav", "d.json"):
        (show / "root" / name).touch()
    assert find(locator, "d.mov").state == "offline"
    assert locator.named("e.json", ("other",)).state == "offline"
    assert locator.named("d", ("sound",)).path == show / "root/d.wav"
    assert locator.named("d", ("film",)).state == "offline"


def test_the_name_with_the_most_folders_in_common_is_taken(locator: Locator, show: Path) -> None:
    for day in ("day 2", "Day 3"):
        (show / "root" / day).mkdir()
        (show / "root" / day / "b.mov").touch()
    assert find(locator, "/x/day 2/b.mov").path == show / "root/day 2/b.mov"
    assert find(locator, "/x/DAY 3/b.mov").path == show / "root/Day 3/b.mov"
    found = find(locator, "/x/b.mov")
    assert found.state == "ambiguous"
    assert "day 1/b.mov" in found.reason


def test_letters_as_they_are_count_more_than_their_case(locator: Locator, show: Path) -> None:
    (show / "cuts/B.mov").touch()
    assert find(locator, "/x/B.mov").path == show / "cuts/B.mov"
    assert find(locator, "/x/b.mov").path == show / "root/day 1/b.mov"


@pytest.mark.parametrize(("disk", "cut"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_are_found_however_they_are_composed(
    locator: Locator, show: Path, disk: Literal["NFC", "NFD"], cut: Literal["NFC", "NFD"]
) -> None:
    path = show / "root" / unicodedata.normalize(disk, "Zoë/perf é 日.mov")
    path.parent.mkdir()
    path.touch()
    written = unicodedata.normalize(cut, "Zoë/perf é 日.mov")
    assert find(locator, written).path == path
    assert find(locator, f"/Volumes/x/{written}").path == path
    assert fold("STRASSE É") == fold(unicodedata.normalize("NFD", "straße é"))


def test_numbered_pictures_are_found_by_their_first(locator: Locator, show: Path) -> None:
    (show / "root/seq").mkdir()
    (show / "root/seq/p.0101.exr").touch()
    media = Media(url="seq", kind="sequence", pattern="p.%04d.exr", first=101)
    assert locator.find(media).path == show / "root/seq/p.0101.exr"
    (show / "root/seq/100%.0101.exr").touch()
    escaped = Media(url="seq", kind="sequence", pattern="100%%.%04d.exr", first=101)
    assert locator.find(escaped).path == show / "root/seq/100%.0101.exr"
    nowhere = Media(kind="sequence", pattern="p.%04d.exr", first=101)
    assert locator.find(nowhere).path == show / "root/seq/p.0101.exr"
    for pattern in ("../../secret/key.mov", "/../../secret/key.%99d.mov"):
        hostile = Media(url="seq", kind="sequence", pattern=pattern)
        assert locator.find(hostile).state == "refused"


def test_generated_media_is_nowhere(locator: Locator) -> None:
    found = locator.find(Media(name="b.mov", kind="generator"))
    assert (found.state, found.reason) == ("offline", "is generated by the editing program")


def test_hidden_folders_are_not_searched(locator: Locator, show: Path) -> None:
    (show / "root/.trash").mkdir()
    (show / "root/.trash/x.mov").touch()
    assert find(locator, "/y/x.mov").state == "refused"


def test_a_search_without_an_end_is_cut_short_and_says_so(
    show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "MOST_FILES", 40)
    for number in range(50):
        (show / f"root/day 1/{number}.mov").touch()
    locator = Locator(show / "cuts", (show / "root",))
    found = find(locator, "missing.mov")
    assert found.state == "offline"
    assert "only 40 files of the media roots were looked through" in found.reason
    assert find(locator, "/y/a.mov").path == show / "cuts/media/a.mov"


@given(st.text(max_size=80))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    for url in (text, f"file://{text}", f"file:///{text}"):
        try:
            path = as_path(url)
        except RefusedError as error:
            assert str(error)
        else:
            assert "\0" not in path


@given(st.text(max_size=40), st.sampled_from(["", "../", "/", "file://", "file:///", "\\\\"]))
def test_any_path_stays_inside(
    tmp_path_factory: pytest.TempPathFactory, text: str, to: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "inside"
    folder.mkdir(exist_ok=True)
    found = find(Locator(folder), to + text)
    assert found.path is None
