"""Folders that users bring: found by name and content, named in reports, never fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from a1sdk.assets import AssetStore
from a1sdk.assets.folders import FolderStatus
from a1sdk.components.specs import AssetGroup, Folder, IdentityEncoderSpec
from a1sdk.errors import AssetMissingError
from a1sdk.render.context import HostContext

from .conftest import MemorySource, fetch, make_asset

PACK = Folder(
    name="pack",
    include=("*.onnx", "about.json"),
    source="https://models.test/zoo",
    license="LicenseRef-Kind",
    license_url="https://models.test/terms",
    commercial=False,
)


def bring(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


def test_it_is_found_by_its_name_and_what_is_in_it(store: AssetStore, tmp_path: Path) -> None:
    search = tmp_path / "search"
    bring(search / "pack", "notes.txt")  # of the name, and not it
    bring(search / "other", "net.onnx", "about.json")
    bring(search / "half" / "pack", "net.onnx")
    whole = bring(search / "deep" / "down" / "pack", "net.onnx", "eye.onnx", "about.json", "x.bin")
    status = store.status(PACK)
    assert isinstance(status, FolderStatus)
    assert (status.state, status.path) == ("found", whole)
    assert dict(status.sizes) == {"about.json": 10, "eye.onnx": 8, "net.onnx": 8}
    assert store.path(PACK) == store.find(PACK) == whole


def test_a_report_has_the_digest_of_each_file(store: AssetStore, tmp_path: Path) -> None:
    bring(tmp_path / "search" / "pack", "net.onnx", "about.json")
    assert store.digests(PACK) == {
        f"pack/{name}": hashlib.sha256(name.encode()).hexdigest()
        for name in ("about.json", "net.onnx")
    }


def test_who_declares_it_is_lent_it(store: AssetStore, tmp_path: Path) -> None:
    whole = bring(tmp_path / "search" / "pack", "net.onnx", "about.json")
    spec = IdentityEncoderSpec(
        name="who",
        summary="Knows who.",
        factory="x:Y",
        produces="who/1",
        assets=AssetGroup(alternatives=((PACK,),)),
    )
    with HostContext(store=store) as host:
        assert host.lend(spec).asset("pack") == whole
        assert set(host.used["who"]) == {"pack/about.json", "pack/net.onnx"}


def test_what_is_missing_is_said_and_not_fetched(store: AssetStore, source: MemorySource) -> None:
    with pytest.raises(AssetMissingError, match="The folder 'pack'") as caught:
        store.path(PACK, "who")
    assert "A1_ASSET_PATH" in caught.value.hint and PACK.source in caught.value.hint
    with pytest.raises(AssetMissingError, match="never fetched"):
        store.pull(AssetGroup(alternatives=((PACK,),)))
    assert source.asked == []


def test_a_pull_takes_what_can_be_fetched_in_its_place(
    store: AssetStore, source: MemorySource
) -> None:
    file = make_asset("net.onnx", b"a network")
    source.content = {file.urls[0]: b"a network"}
    (path,) = store.pull(AssetGroup(alternatives=((PACK,), (file,))))
    assert path == fetch(store, file)
