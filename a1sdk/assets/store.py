"""Find declared files on this machine, and fetch and verify those that are not."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from a1sdk.assets.digests import DigestMemory
from a1sdk.assets.home import asset_path, cache_home
from a1sdk.assets.search import SearchPath
from a1sdk.errors import AssetMissingError, ContractError, ResourceError, StorageError

if TYPE_CHECKING:
    from a1sdk.components.specs import Asset, AssetGroup

logger = logging.getLogger(__name__)

State = Literal["cached", "found", "missing", "damaged"]
Progress = Callable[["Asset", int], None]
"""Called with the asset being fetched and how many of its bytes have come."""

_Chunks = Generator[bytes, None, None]
Source = Callable[[str], _Chunks]
"""Yields the content at an address; raises ResourceError when it cannot."""

_PARTIAL = ".partial-"
_ABANDONED_AFTER = 24 * 3600


@dataclass(frozen=True, slots=True)
class AssetStatus:
    """Where an asset is.

    Attributes:
        asset: the asset.
        state: `cached` in the store; `found` in a folder of `A1_ASSET_PATH`; `damaged` when
            the store's copy is not the file it should be and no other is found; `missing`.
        path: the file, for `cached` and `found`.
    """

    asset: Asset
    state: State
    path: Path | None = None


class AssetStore:
    """The files of this machine that components declare.

    Files fetched are kept in `assets/` of the home folder, each under its SHA-256 digest.
    Files found elsewhere are used where they are, whatever their name.
    """

    def __init__(
        self,
        home: Path | None = None,
        search: Sequence[Path] | None = None,
        offline: bool | None = None,
        *,
        https: Source | None = None,
    ) -> None:
        """Open the store; nothing is read or made yet.

        Args:
            home: folder to keep files in; None for `cache_home()`.
            search: folders to find files in, to any depth; None for `A1_ASSET_PATH`.
            offline: whether fetching is forbidden; None for `A1_OFFLINE=1`.
            https: what reads https addresses; None for the network.
        """
        self.home = cache_home() if home is None else home.resolve()
        self.offline = os.environ.get("A1_OFFLINE") == "1" if offline is None else offline
        folders = asset_path() if search is None else [folder.resolve() for folder in search]
        self._search = SearchPath(folders)
        self._folder = self.home / "assets"
        self._memory = DigestMemory(self.home / "digests.json")
        self._https = https

    def find(self, asset: Asset) -> Path | None:
        """Return the verified local file of `asset`, or None. Nothing is fetched."""
        return self.status(asset).path

    def path(self, asset: Asset, plugin: str = "") -> Path:
        """Return the verified local file of `asset`, which `plugin` declares.

        Raises:
            AssetMissingError: it is not on this machine.
        """
        found = self.find(asset)
        if found is None:
            raise AssetMissingError(
                f"The file {asset.name!r} is not on this machine.",
                hint=f"run `a1 assets pull {plugin}".rstrip() + "`",
            )
        return found

    def status(self, asset: Asset, *, rehash: bool = False) -> AssetStatus:
        """Say where `asset` is.

        Args:
            asset: the asset.
            rehash: read files again even if they have not changed since they were verified.
        """
        cached = self._cached(asset)
        if self._is(asset, cached, rehash=rehash):
            return AssetStatus(asset, "cached", cached)
        found = self._found(asset, rehash=rehash)
        if found is not None:
            return AssetStatus(asset, "found", found)
        return AssetStatus(asset, "damaged" if cached.exists() else "missing")

    def verify(self, asset: Asset) -> AssetStatus:
        """Say where `asset` is after reading the file again."""
        return self.status(asset, rehash=True)

    def resolve(self, group: AssetGroup) -> list[Path] | None:
        """Return the files of the best alternative that is complete here, or None."""
        for alternative in group.alternatives:
            found = [self.find(asset) for asset in alternative]
            paths = [path for path in found if path is not None]
            if len(paths) == len(alternative):
                return paths
        return None

    def pull(self, group: AssetGroup, progress: Progress | None = None) -> list[Path]:
        """Return the files of one complete alternative, fetching what is not here.

        An alternative that is complete here is taken as it is. Otherwise the alternatives are
        tried in order; one that cannot be fetched is given up for the next.

        Raises:
            AssetMissingError: fetching is forbidden, or no alternative could be fetched; the
                message lists every attempt.
            StorageError: a file cannot be written.
            ContractError: an address is of no known kind.
        """
        here = self.resolve(group)
        if here is not None:
            return here
        names = " or ".join(repr(assets[0].name) for assets in group.alternatives)
        attempts: list[str] = []
        with self._sources(names) as sources:
            for alternative in group.alternatives:
                paths = self._pull_all(alternative, sources, attempts, progress)
                if paths is not None:
                    return paths
        raise _not_fetched(names, attempts)

    def _cached(self, asset: Asset) -> Path:
        return self._folder / asset.sha256

    def _is(self, asset: Asset, path: Path, *, rehash: bool = False) -> bool:
        """Say whether the file at `path` is the asset; sizes first, for they cost nothing."""
        try:
            if not path.is_file() or path.stat().st_size != asset.size:
                return False
            return self._memory.digest(path, rehash=rehash) == asset.sha256
        except OSError as error:
            logger.debug("%s cannot be read: %s", path, error)
            return False

    def _found(self, asset: Asset, *, rehash: bool) -> Path | None:
        known = [path for path in self._memory.paths_of(asset.sha256) if self._search.holds(path)]
        for path in known:  # before the folders are walked, which may take long
            if self._is(asset, path, rehash=rehash):
                return path
        for path in self._search.files_of(asset.size):
            if self._is(asset, path):
                return path
        return None

    def _pull_all(
        self,
        alternative: Sequence[Asset],
        sources: Mapping[str, Source],
        attempts: list[str],
        progress: Progress | None,
    ) -> list[Path] | None:
        paths: list[Path] = []
        for asset in alternative:
            path = self.find(asset) or self._fetch(asset, sources, attempts, progress)
            if path is None:
                return None
            paths.append(path)
        return paths

    @contextmanager
    def _sources(self, names: str) -> Iterator[Mapping[str, Source]]:
        """Yield what reads each kind of address; what they need is removed afterwards."""
        if self.offline:
            raise AssetMissingError(
                f"{names} is not on this machine, and A1_OFFLINE=1 forbids fetching it.",
                hint="put the file into a folder that A1_ASSET_PATH names, or unset A1_OFFLINE",
            )
        from a1sdk.assets.https import https_chunks
        from a1sdk.assets.wheels import Wheels

        with _storing(self._folder), ExitStack() as stack:
            self._folder.mkdir(parents=True, exist_ok=True)
            _sweep(self._folder)
            folder = tempfile.TemporaryDirectory(dir=self._folder, prefix=_PARTIAL)
            wheels = Wheels(Path(stack.enter_context(folder)))
            yield {"https": self._https or https_chunks, "wheel": wheels.chunks}

    def _fetch(
        self,
        asset: Asset,
        sources: Mapping[str, Source],
        attempts: list[str],
        progress: Progress | None,
    ) -> Path | None:
        """Return the asset from the first address that gives it; None when none does."""
        for url in asset.urls:
            scheme = url.partition(":")[0]
            if scheme not in sources:
                raise ContractError(
                    f"Asset {asset.name!r} declares {url!r}, which is neither https nor a wheel."
                )
            try:
                return self._receive(asset, sources[scheme](url), progress)
            except StorageError:
                raise
            except ResourceError as error:
                logger.info("%s from %s: %s", asset.name, url, error)
                attempts.append(f"{asset.name} from {url}: {error}")
        return None

    def _receive(self, asset: Asset, chunks: _Chunks, progress: Progress | None) -> Path:
        """Write what comes to a file of another name, and rename it once it is verified."""
        target = self._cached(asset)
        partial = self._folder / f"{_PARTIAL}{uuid.uuid4().hex}"
        with _storing(target), closing(chunks):
            _require_space(self._folder, asset)
            try:
                _write(asset, chunks, partial, progress)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
            self._memory.learn(target, asset.sha256)
        return target


def _write(asset: Asset, chunks: _Chunks, partial: Path, progress: Progress | None) -> None:
    digest, size = hashlib.sha256(), 0
    with partial.open("xb") as stream:
        for chunk in chunks:
            size += len(chunk)
            if size > asset.size:
                raise ResourceError(f"It is longer than the {asset.size} bytes declared.")
            stream.write(chunk)
            digest.update(chunk)
            if progress is not None:
                progress(asset, size)
        stream.flush()
        os.fsync(stream.fileno())
    if size < asset.size:
        raise ResourceError(f"It ended after {size} of {asset.size} bytes.")
    if digest.hexdigest() != asset.sha256:
        raise ResourceError(f"Its SHA-256 is {digest.hexdigest()}, but {asset.sha256} is declared.")


def _require_space(folder: Path, asset: Asset) -> None:
    free = shutil.disk_usage(folder).free
    if free < asset.size:
        raise StorageError(
            f"{asset.name!r} needs {asset.size} bytes, and {str(folder)!r} has {free} left.",
            hint="free some space, or set A1_HOME to a folder on another disk",
        )


@contextmanager
def _storing(path: Path) -> Iterator[None]:
    """Turn the system's errors into a `StorageError` about `path`."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written: {error.strerror or error}.",
            hint="free some space, or set A1_HOME to a folder that can be written to",
        ) from error


def _sweep(folder: Path) -> None:
    """Remove what killed processes left; what is young may still be in use by another."""
    for path in folder.glob(f"{_PARTIAL}*"):
        if time.time() - path.stat().st_mtime < _ABANDONED_AFTER:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _not_fetched(names: str, attempts: Sequence[str]) -> AssetMissingError:
    listed = "".join(f"\n  - {attempt}" for attempt in attempts)
    return AssetMissingError(
        f"{names} could not be fetched:{listed}",
        hint="check the network, or put the file into a folder that A1_ASSET_PATH names",
    )
