from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

import pytest

from a1sdk.assets import AssetStore, cache_home
from a1sdk.assets.home import asset_path
from a1sdk.assets.search import SearchPath
from a1sdk.errors import StorageError

from .conftest import make_asset

WEIGHTS = b"weights of a network" * 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "search"
    made.mkdir()
    return made


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all files hashed in the test."""
    sizes: list[int] = []
    real = hashlib.file_digest

    def counting(stream, algorithm):  # type: ignore[no-untyped-def]
        sizes.append(os.fstat(stream.fileno()).st_size)
        return real(stream, algorithm)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    return sizes


def test_file_is_recognised_deep_down_under_any_name(store: AssetStore, folder: Path) -> None:
    there = folder / "a" / "b" / "renamed.bin"
    there.parent.mkdir(parents=True)
    there.write_bytes(WEIGHTS)
    status = store.status(make_asset("net.tflite", WEIGHTS))
    assert (status.state, status.path) == ("found", there)


def test_only_files_of_the_right_size_are_read_and_only_once(
    store: AssetStore, folder: Path, hashed: list[int]
) -> None:
    (folder / "0-longer").write_bytes(WEIGHTS + b"x")
    (folder / "1-impostor").write_bytes(WEIGHTS[::-1])
    (folder / "2-right").write_bytes(WEIGHTS)
    asset = make_asset("net.tflite", WEIGHTS)
    assert store.find(asset) == folder / "2-right"
    assert hashed == [len(WEIGHTS)] * 2
    later = AssetStore(store.home, search=[folder])
    assert later.find(asset) == folder / "2-right"
    assert hashed == [len(WEIGHTS)] * 2


def test_known_file_is_found_without_walking_the_folders(
    store: AssetStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "net").write_bytes(WEIGHTS)
    asset = make_asset("net.tflite", WEIGHTS)
    assert store.find(asset) is not None
    monkeypatch.setattr(os, "listdir", lambda _: pytest.fail("walked"))
    assert AssetStore(store.home, search=[folder]).find(asset) == folder / "net"


def test_file_seen_before_counts_only_while_its_folder_is_named(
    store: AssetStore, folder: Path
) -> None:
    (folder / "net").write_bytes(WEIGHTS)
    asset = make_asset("net.tflite", WEIGHTS)
    assert store.find(asset) is not None
    assert AssetStore(store.home, search=[]).find(asset) is None


def test_changed_file_is_no_longer_the_asset(store: AssetStore, folder: Path) -> None:
    (folder / "net").write_bytes(WEIGHTS)
    asset = make_asset("net.tflite", WEIGHTS)
    assert store.find(asset) is not None
    (folder / "net").write_bytes(WEIGHTS[::-1])
    os.utime(folder / "net", ns=(1, 1))
    assert store.find(asset) is None


def test_links_are_followed_and_loops_are_not(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "net").write_bytes(WEIGHTS)
    (folder / "link").symlink_to(outside, target_is_directory=True)
    (outside / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    assert SearchPath([folder]).files_of(len(WEIGHTS)) == [folder / "link" / "net"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_folders_with_files_of_one_size_are_all_found(folder: Path) -> None:
    for name in ("one", "two/deep", "two/three"):
        (folder / name).mkdir(parents=True)
        (folder / name / "net.onnx").write_bytes(WEIGHTS)
    found = SearchPath([folder]).folders()
    assert [path.relative_to(folder).as_posix() for path in found] == [
        *(".", "one", "two", "two/deep", "two/three")
    ]


def test_named_pipes_are_not_opened(store: AssetStore, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert store.find(make_asset("empty", b"")) is None


def test_huge_trees_are_given_up_with_a_warning(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deep = folder / "deep"
    deep.mkdir()
    for number in range(6):
        (folder / f"{number}").write_bytes(b"12345")
        (deep / f"{number}").write_bytes(b"12345")
    with caplog.at_level(logging.WARNING):
        found = SearchPath([folder], limit=8).files_of(5)
    assert len(found) == 8
    assert [path.parent for path in found[:6]] == [folder] * 6
    assert "more than 8 files" in caplog.text


def test_folders_that_are_absent_are_left_out(tmp_path: Path, folder: Path) -> None:
    (folder / "net").write_bytes(WEIGHTS)
    search = SearchPath([tmp_path / "nowhere", folder])
    assert search.files_of(len(WEIGHTS)) == [folder / "net"]


def test_environment_names_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = os.pathsep.join([str(tmp_path / "one"), "", str(tmp_path / "two")])
    monkeypatch.setenv("A1_ASSET_PATH", named)
    assert asset_path() == [tmp_path / "one", tmp_path / "two"]
    monkeypatch.delenv("A1_ASSET_PATH")
    assert asset_path() == []


def test_home_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A1_HOME", str(tmp_path / "mine"))
    assert cache_home() == tmp_path / "mine"
    monkeypatch.delenv("A1_HOME")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_home() == tmp_path / "cache" / "a1sdk"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/invalid")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_home() == tmp_path / ".cache" / "a1sdk"


def test_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("A1_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(StorageError) as caught:
        cache_home()
    assert caught.value.hint == "set A1_HOME to a folder"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"/x": [1, 2]}', b'{"/x": ["1", 2, "3"]}', b"[" * 100_000]
)
def test_damaged_memory_costs_time_and_nothing_else(
    store: AssetStore, folder: Path, content: bytes
) -> None:
    store.home.mkdir()
    (store.home / "digests.json").write_bytes(content)
    (folder / "net").write_bytes(WEIGHTS)
    assert store.find(make_asset("net.tflite", WEIGHTS)) == folder / "net"
    assert b"net" in (store.home / "digests.json").read_bytes()


def test_home_that_cannot_be_written_still_finds(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    (folder / "net").write_bytes(WEIGHTS)
    asset = make_asset("net.tflite", WEIGHTS)
    assert AssetStore(tmp_path / "home", search=[folder]).find(asset) == folder / "net"


def test_stores_do_not_forget_what_others_learnt(tmp_path: Path, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).write_bytes(name.encode())
    first = AssetStore(tmp_path / "home", search=[folder])
    second = AssetStore(tmp_path / "home", search=[folder])
    assert second.find(make_asset("x", b"")) is None
    assert first.find(make_asset("one", b"one")) is not None
    assert second.find(make_asset("two", b"two")) is not None
    remembered = (tmp_path / "home" / "digests.json").read_text()
    assert str(folder / "one") in remembered
    assert str(folder / "two") in remembered
