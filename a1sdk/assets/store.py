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
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Union

from a1sdk.assets.digests import DigestMemory
from a1sdk.assets.disk import require_space, storing
from a1sdk.assets.folders import FolderStatus, find_folder, folder_digests, how_to_bring, is_brought
from a1sdk.assets.home import asset_path, cache_home
from a1sdk.assets.search import SearchPath
from a1sdk.components.specs import AnyAsset, Asset, Folder, Snapshot
from a1sdk.errors import AssetMissingError, ContractError, ResourceError, StorageError

if TYPE_CHECKING:
    from a1sdk.assets.hub import Hub
    from a1sdk.assets.licenses import Consent
    from a1sdk.assets.snapshots import Snapshots, SnapshotStatus
    from a1sdk.components.specs import AssetGroup

logger = logging.getLogger(__name__)

State = Literal["cached", "found", "missing", "damaged"]
Progress = Callable[[str, int, int], None]
"""Called with what is being fetched, how many bytes have come, and how many there are."""

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


@dataclass(frozen=True, slots=True)
class _Fetching:
    """What one pull fetches with, and what became of its attempts."""

    sources: Mapping[str, Source]
    attempts: list[str]
    progress: Progress | None
    consent: Consent | None
    revision: str | None


Status = Union[AssetStatus, "SnapshotStatus", FolderStatus]


class AssetStore:
    """The files and snapshots of this machine that components declare.

    Files fetched are kept in `assets/` of the home folder, each under its SHA-256 digest.
    Files found elsewhere are used where they are, whatever their name. Snapshots are kept in
    `snapshots/`, each in a folder of its own.
    """

    def __init__(
        self,
        home: Path | None = None,
        search: Sequence[Path] | None = None,
        offline: bool | None = None,
        *,
        https: Source | None = None,
        hub: Hub | None = None,
    ) -> None:
        """Open the store; nothing is read or made yet.

        Args:
            home: folder to keep files in; None for `cache_home()`.
            search: folders to find files in, to any depth; None for `A1_ASSET_PATH`.
            offline: whether fetching is forbidden; None for `A1_OFFLINE=1`.
            https: what reads https addresses; None for the network.
            hub: where snapshots come from; None for Hugging Face.
        """
        self.home = cache_home() if home is None else home.resolve()
        self.offline = os.environ.get("A1_OFFLINE") == "1" if offline is None else offline
        folders = asset_path() if search is None else [folder.resolve() for folder in search]
        self._search = SearchPath(folders)
        self._folder = self.home / "assets"
        self._memory = DigestMemory(self.home / "digests.json")
        self._https = https
        self._hub = hub

    def find(self, asset: AnyAsset) -> Path | None:
        """Return the verified local file or folder of `asset`, or None. Nothing is fetched."""
        return self.status(asset).path

    def path(self, asset: AnyAsset, plugin: str = "") -> Path:
        """Return the verified local file or folder of `asset`, which `plugin` declares.

        Raises:
            AssetMissingError: it is not on this machine.
        """
        found = self.find(asset)
        if found is None:
            raise AssetMissingError(
                f"The {_kind(asset)} {asset.name!r} is not on this machine.",
                hint=how_to_bring([asset])
                if isinstance(asset, Folder)
                else f"run `a1 assets pull {plugin}".rstrip() + "`",
            )
        return found

    def digests(self, asset: AnyAsset) -> dict[str, str]:
        """Return what a report says of an asset that is here: the SHA-256 of each file, by name.

        Of a snapshot it says, under its own name, which repository and commit it is.
        """
        if isinstance(asset, Asset):
            return {asset.name: asset.sha256}
        if isinstance(asset, Folder):
            known = folder_digests(find_folder(asset, self._search), self._memory)
            return {f"{asset.name}/{at}": sha for at, sha in known.items()}
        status = self.snapshots.status(asset)
        files = self.snapshots.digests(status).items()
        return {asset.name: status.revision, **{f"{asset.name}/{at}": sha for at, sha in files}}

    @cached_property
    def snapshots(self) -> Snapshots:
        """The snapshots of this machine."""
        from a1sdk.assets.snapshots import Snapshots

        return Snapshots(self.home, self._search, self._memory)

    def status(self, asset: AnyAsset, *, rehash: bool = False) -> Status:
        """Say where `asset` is.

        Args:
            asset: the asset.
            rehash: read files again even if they have not changed since they were verified.
        """
        if isinstance(asset, Snapshot):
            return self.snapshots.status(asset, rehash=rehash)
        if isinstance(asset, Folder):
            return find_folder(asset, self._search)
        cached = self._cached(asset)
        if self._is(asset, cached, rehash=rehash):
            return AssetStatus(asset, "cached", cached)
        found = self._found(asset, rehash=rehash)
        if found is not None:
            return AssetStatus(asset, "found", found)
        return AssetStatus(asset, "damaged" if cached.exists() else "missing")

    def verify(self, asset: AnyAsset) -> Status:
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

    def pull(
        self,
        group: AssetGroup,
        progress: Progress | None = None,
        *,
        consent: Consent | None = None,
        revision: str | None = None,
    ) -> list[Path]:
        """Return the files of one complete alternative, fetching what is not here.

        An alternative that is complete here is taken as it is, unless a revision is asked for.
        Otherwise the alternatives are tried in order; one that cannot be fetched is given up for
        the next.

        Args:
            group: the alternatives.
            progress: is told what comes.
            consent: asks the user to accept a snapshot's licence; None where nobody can be asked.
            revision: branch, tag or commit of snapshots that their spec leaves open; None for
                the one that an earlier pull chose, or the main branch.

        Raises:
            AssetMissingError: it is never fetched, fetching is forbidden, or no alternative could
                be fetched; the message lists every attempt.
            ConfigError: a licence is not accepted.
            StorageError: a file cannot be written.
            ContractError: an address is of no known kind.
        """
        here = self.resolve(group) if revision is None else None
        if here is not None:
            return here
        names = " or ".join(repr(assets[0].name) for assets in group.alternatives)
        if is_brought(group):
            raise AssetMissingError(
                f"{names} is never fetched: you bring it.",
                hint=how_to_bring(one for assets in group.alternatives for one in assets),
            )
        attempts: list[str] = []
        with self._sources(names) as sources:
            fetching = _Fetching(sources, attempts, progress, consent, revision)
            for alternative in group.alternatives:
                paths = self._pull_all(alternative, fetching)
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

    def _pull_all(self, alternative: Sequence[AnyAsset], fetching: _Fetching) -> list[Path] | None:
        paths: list[Path] = []
        for asset in alternative:
            if isinstance(asset, Snapshot):
                path = self._pull_snapshot(asset, fetching)
            elif isinstance(asset, Folder):
                path = self._brought(asset, fetching)
            else:
                path = self.find(asset) or self._fetch(asset, fetching)
            if path is None:
                return None
            paths.append(path)
        return paths

    def _pull_snapshot(self, snapshot: Snapshot, fetching: _Fetching) -> Path | None:
        """Return the folder of a snapshot; None when it cannot be fetched."""
        from a1sdk.assets.pulling import Puller

        path = self.find(snapshot) if fetching.revision is None else None
        puller = Puller(
            self.snapshots,
            hub=self._hub,
            consent=fetching.consent,
            revision=fetching.revision,
            progress=fetching.progress,
        )
        try:
            return path or puller.pull(snapshot)
        except StorageError:
            raise
        except ResourceError as error:
            fetching.attempts.append(f"{snapshot.name}: {_with_hint(error)}")
            return None

    def _brought(self, folder: Folder, fetching: _Fetching) -> Path | None:
        path = self.find(folder)
        if path is None:
            fetching.attempts.append(f"{folder.name}: {how_to_bring([folder])}")
        return path

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

        with storing(self._folder), ExitStack() as stack:
            self._folder.mkdir(parents=True, exist_ok=True)
            _sweep(self._folder)
            folder = tempfile.TemporaryDirectory(dir=self._folder, prefix=_PARTIAL)
            wheels = Wheels(Path(stack.enter_context(folder)))
            yield {"https": self._https or https_chunks, "wheel": wheels.chunks}

    def _fetch(self, asset: Asset, fetching: _Fetching) -> Path | None:
        """Return the asset from the first address that gives it; None when none does."""
        for url in asset.urls:
            scheme = url.partition(":")[0]
            if scheme not in fetching.sources:
                raise ContractError(
                    f"Asset {asset.name!r} declares {url!r}, which is neither https nor a wheel."
                )
            try:
                return self._receive(asset, fetching.sources[scheme](url), fetching.progress)
            except StorageError:
                raise
            except ResourceError as error:
                logger.info("%s from %s: %s", asset.name, url, error)
                fetching.attempts.append(f"{asset.name} from {url}: {error}")
        return None

    def _receive(self, asset: Asset, chunks: _Chunks, progress: Progress | None) -> Path:
        """Write what comes to a file of another name, and rename it once it is verified."""
        target = self._cached(asset)
        partial = self._folder / f"{_PARTIAL}{uuid.uuid4().hex}"
        with storing(target), closing(chunks):
            require_space(self._folder, asset.name, asset.size)
            try:
                _write(asset, chunks, partial, progress)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
            self._memory.learn(target, asset.sha256)
        return target


def _kind(asset: AnyAsset) -> str:
    return type(asset).__name__.lower().replace("asset", "file")


def _with_hint(error: ResourceError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)


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
                progress(asset.name, size, asset.size)
        stream.flush()
        os.fsync(stream.fileno())
    if size < asset.size:
        raise ResourceError(f"It ended after {size} of {asset.size} bytes.")
    if digest.hexdigest() != asset.sha256:
        raise ResourceError(f"Its SHA-256 is {digest.hexdigest()}, but {asset.sha256} is declared.")


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
