"""Assets made up for the tests, and a source of https content that answers from memory."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from a1sdk.assets import AssetStore, Progress
from a1sdk.errors import ResourceError
from a1sdk.plugin import Asset, AssetGroup


def make_asset(name: str, content: bytes, *urls: str) -> Asset:
    return Asset(
        name=name,
        urls=urls or (f"https://assets.test/{name}",),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        license="Apache-2.0",
    )


def fetch(store: AssetStore, asset: Asset, progress: Progress | None = None) -> Path:
    """Pull a group of which this asset is all."""
    (path,) = store.pull(AssetGroup(alternatives=((asset,),)), progress)
    return path


class MemorySource:
    """Serves `content` by address, in two chunks; other addresses cannot be reached."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.asked: list[str] = []

    def __call__(self, url: str) -> Generator[bytes, None, None]:
        self.asked.append(url)
        if url not in self.content:
            raise ResourceError("It cannot be reached (no such host).")
        whole = self.content[url]
        yield whole[: len(whole) // 2]
        yield whole[len(whole) // 2 :]


@pytest.fixture
def source() -> MemorySource:
    return MemorySource({})


@pytest.fixture
def store(tmp_path: Path, source: MemorySource) -> Iterator[AssetStore]:
    """An empty store whose folder must hold nothing half-finished after the test."""
    opened = AssetStore(tmp_path / "home", search=[tmp_path / "search"], https=source)
    yield opened
    assert not list((tmp_path / "home").rglob("*partial*"))
