from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from a1sdk.assets import AssetStore
from a1sdk.errors import (
    AssetMissingError,
    ContractError,
    ResourceError,
    StorageError,
)
from a1sdk.plugin import AssetGroup

from .conftest import MemorySource, fetch, make_asset

WEIGHTS = b"weights of a network" * 1000
OTHER = b"weights of another one" * 500


def test_fetched_file_is_kept_under_its_digest_and_found_by_another_store(
    store: AssetStore, source: MemorySource
) -> None:
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = WEIGHTS
    seen: list[int] = []
    path = fetch(store, asset, lambda name, done, of: seen.append((name, done, of)))
    assert path == store.home / "assets" / asset.sha256
    assert path.read_bytes() == WEIGHTS
    whole = len(WEIGHTS)
    assert seen == [("net.tflite", whole // 2, whole), ("net.tflite", whole, whole)]
    assert AssetStore(store.home, search=[]).find(asset) == path


def test_what_is_here_is_not_fetched_again(store: AssetStore, source: MemorySource) -> None:
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = WEIGHTS
    assert fetch(store, asset) == fetch(store, asset)
    assert len(source.asked) == 1


def test_path_of_a_missing_asset_says_how_to_get_it(
    store: AssetStore, source: MemorySource
) -> None:
    with pytest.raises(AssetMissingError, match=r"'net\.tflite' is not on this machine") as caught:
        store.path(make_asset("net.tflite", WEIGHTS), plugin="facemesh")
    assert caught.value.hint == "run `a1 assets pull facemesh`"
    assert source.asked == []


def test_wrong_content_is_refused_and_both_digests_are_named(
    store: AssetStore, source: MemorySource
) -> None:
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = forged = WEIGHTS[:-1] + b"!"
    with pytest.raises(ResourceError) as caught:
        fetch(store, asset)
    assert asset.sha256 in str(caught.value)
    assert make_asset("forged", forged).sha256 in str(caught.value)
    assert store.status(asset).state == "missing"


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (WEIGHTS[:-5], f"ended after {len(WEIGHTS) - 5} of {len(WEIGHTS)} bytes"),
        (WEIGHTS + b"x", f"longer than the {len(WEIGHTS)} bytes declared"),
        (b"", f"ended after 0 of {len(WEIGHTS)} bytes"),
    ],
)
def test_content_of_the_wrong_length_is_refused(
    store: AssetStore, source: MemorySource, sent: bytes, complaint: str
) -> None:
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = sent
    with pytest.raises(AssetMissingError, match=complaint):
        fetch(store, asset)


def test_next_url_is_tried_and_only_failures_of_all_are_an_error(
    store: AssetStore, source: MemorySource
) -> None:
    first, second = "https://one.test/net", "https://two.test/net"
    asset = make_asset("net.tflite", WEIGHTS, first, second)
    with pytest.raises(AssetMissingError) as caught:
        fetch(store, asset)
    assert f"net.tflite from {first}: It cannot be reached" in str(caught.value)
    assert f"net.tflite from {second}: It cannot be reached" in str(caught.value)
    source.content[second] = WEIGHTS
    assert fetch(store, asset).read_bytes() == WEIGHTS
    assert source.asked == [first, second, first, second]


def test_pull_goes_on_to_the_alternative_that_can_be_had(
    store: AssetStore, source: MemorySource
) -> None:
    best = make_asset("bundle.task", WEIGHTS)
    parts = (make_asset("a.tflite", OTHER), make_asset("b.tflite", OTHER[1:]))
    group = AssetGroup(alternatives=((best,), parts))
    source.content.update({parts[0].urls[0]: OTHER, parts[1].urls[0]: OTHER[1:]})
    assert store.resolve(group) is None
    pulled = store.pull(group)
    assert [path.name for path in pulled] == [part.sha256 for part in parts]
    assert store.resolve(group) == pulled
    asked = list(source.asked)
    assert store.pull(group) == pulled
    assert source.asked == asked


def test_best_alternative_wins_when_both_are_here(store: AssetStore, source: MemorySource) -> None:
    best, second = make_asset("bundle.task", WEIGHTS), make_asset("a.tflite", OTHER)
    source.content.update({best.urls[0]: WEIGHTS, second.urls[0]: OTHER})
    fetch(store, second)
    path = fetch(store, best)
    assert store.resolve(AssetGroup(alternatives=((best,), (second,)))) == [path]


def test_failed_pull_lists_every_attempt(store: AssetStore) -> None:
    first, second = make_asset("bundle.task", WEIGHTS), make_asset("a.tflite", OTHER)
    with pytest.raises(AssetMissingError) as caught:
        store.pull(AssetGroup(alternatives=((first,), (second,))))
    message = str(caught.value)
    assert message.startswith("'bundle.task' or 'a.tflite' could not be fetched:")
    assert first.urls[0] in message
    assert second.urls[0] in message


def test_offline_forbids_fetching_but_not_finding(
    tmp_path: Path, source: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A1_OFFLINE", "1")
    store = AssetStore(tmp_path, search=[], https=source)
    asset = make_asset("net.tflite", WEIGHTS)
    group = AssetGroup(alternatives=((asset,),))
    with pytest.raises(AssetMissingError, match="A1_OFFLINE=1 forbids"):
        store.pull(group)
    with pytest.raises(AssetMissingError, match="A1_OFFLINE=1 forbids"):
        fetch(store, asset)
    assert source.asked == []
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / asset.sha256).write_bytes(WEIGHTS)
    assert store.pull(group) == [tmp_path / "assets" / asset.sha256]


@pytest.mark.parametrize("url", ["http://plain.test/net", "file:///etc/passwd", "ftp://x.test/y"])
def test_addresses_of_other_kinds_are_the_plugins_mistake(store: AssetStore, url: str) -> None:
    with pytest.raises(ContractError, match="neither https nor a wheel"):
        fetch(store, make_asset("net.tflite", WEIGHTS, url))


def test_damaged_file_is_noticed_and_fetched_again(store: AssetStore, source: MemorySource) -> None:
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = WEIGHTS
    path = fetch(store, asset)
    path.write_bytes(WEIGHTS[::-1])
    assert store.status(asset).state == "damaged"
    assert store.find(asset) is None
    assert fetch(store, asset).read_bytes() == WEIGHTS


def test_verify_notices_damage_that_left_size_and_time_alone(
    store: AssetStore, source: MemorySource
) -> None:
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = WEIGHTS
    path = fetch(store, asset)
    before = path.stat()
    path.write_bytes(WEIGHTS[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.status(asset).state == "cached"
    assert store.verify(asset).state == "damaged"
    assert store.status(asset).state == "damaged"


def test_full_disk_is_noticed_before_anything_is_asked_for(
    store: AssetStore, source: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = WEIGHTS
    with pytest.raises(StorageError, match=f"needs {len(WEIGHTS)} bytes, .* has 100 left"):
        fetch(store, asset)
    assert source.asked == []


def test_disk_that_fills_up_meanwhile_is_a_storage_error(
    store: AssetStore, source: MemorySource
) -> None:
    resource: Any = pytest.importorskip("resource")
    big = bytes(1 << 20)
    asset = make_asset("net.tflite", big)
    source.content[asset.urls[0]] = big
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(StorageError, match="cannot be written: File too large"):
            fetch(store, asset)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, previous)


def test_home_that_cannot_be_made_is_a_storage_error(tmp_path: Path, source: MemorySource) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    store = AssetStore(tmp_path / "home", search=[], https=source)
    with pytest.raises(StorageError, match="cannot be written"):
        fetch(store, make_asset("net.tflite", WEIGHTS))


def test_interrupted_download_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(_: str) -> Generator[bytes, None, None]:
        yield WEIGHTS[:100]
        raise KeyboardInterrupt

    store = AssetStore(tmp_path, search=[], https=interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(store, make_asset("net.tflite", WEIGHTS))
    assert list((tmp_path / "assets").iterdir()) == []


def test_leftovers_of_killed_processes_are_swept_once_they_are_old(
    tmp_path: Path, source: MemorySource
) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    for name in ("old", "young"):
        (folder / f".partial-{name}").write_bytes(b"half")
    (folder / ".partial-folder").mkdir()
    two_days_ago = time.time() - 2 * 24 * 3600
    for name in ("old", "folder"):
        os.utime(folder / f".partial-{name}", (two_days_ago, two_days_ago))
    asset = make_asset("net.tflite", WEIGHTS)
    source.content[asset.urls[0]] = WEIGHTS
    fetch(AssetStore(tmp_path, search=[], https=source), asset)
    assert sorted(path.name for path in folder.iterdir()) == [".partial-young", asset.sha256]
