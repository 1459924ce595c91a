"""Find snapshots on this machine: those that were pulled, and those that lie elsewhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.assets.digests import DigestMemory
from a1sdk.assets.licenses import read_acceptances
from a1sdk.assets.lock import LOCK_NAME, SnapshotLock, read_lock
from a1sdk.assets.search import SearchPath
from a1sdk.media.files import write_text

if TYPE_CHECKING:
    from a1sdk.assets.store import State
    from a1sdk.components.specs import Snapshot

logger = logging.getLogger(__name__)

COMMIT = re.compile(r"[0-9a-f]{40}")
"""Full hash of a commit."""

_DATA, _TEXT = (".safetensors", ".json"), ("", ".md", ".txt")


def is_needed(path: str, snapshot: Snapshot) -> bool:
    """Say whether a path of the repository is one of the files that a snapshot needs."""
    return path.endswith(_DATA) and any(fits(path, one) for one in snapshot.include)


def is_license(path: str, snapshot: Snapshot) -> bool:
    """Say whether a path of the repository is one of a snapshot's licence texts."""
    plain = Path(path).suffix in _TEXT
    return plain and any(fits(path, one) for one in snapshot.license_files)


def fits(path: str, pattern: str) -> bool:
    """Say whether a path matches a pattern, part by part: a `*` stays within one folder."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


@dataclass(frozen=True, slots=True)
class SnapshotStatus:
    """Where a snapshot is.

    Attributes:
        asset: the snapshot.
        state: `cached` where it was pulled; `found` in a folder of `A1_ASSET_PATH`; `damaged`
            when what was pulled is not what was locked and no other is found; `missing`.
        path: its folder, for `cached` and `found`.
        lock: which commit it is, and its digests; None where it was found without a lock file,
            so that nobody can say.
        sizes: bytes of each file, by path in the folder.
        accepted: the day on which its licence was accepted on this machine.
    """

    asset: Snapshot
    state: State
    path: Path | None = None
    lock: SnapshotLock | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    accepted: date | None = None

    @property
    def revision(self) -> str:
        """The repository, and the commit where that is known."""
        if self.path is None:
            return self.asset.repo
        return (
            f"{self.asset.repo}@{self.lock.commit}" if self.lock else f"{self.asset.repo}, unpinned"
        )


class Places:
    """Where the snapshots of one repository are kept: `snapshots/OWNER/NAME@COMMIT`."""

    def __init__(self, home: Path, repo: str) -> None:
        owner, _, self._name = repo.partition("/")
        self.parent = home / "snapshots" / owner
        self.guard = self.parent / f".{self._name}.lock"  # held by the process that fetches
        self._pin = self.parent / f"{self._name}.pin"

    def folder(self, commit: str) -> Path:
        """Return where the snapshot of a commit is once it is complete."""
        return self.parent / f"{self._name}@{commit}"

    def staging(self, commit: str) -> Path:
        """Return where the snapshot of a commit is while it is fetched."""
        return self.parent / f".partial-{self._name}@{commit}"

    def leftovers(self) -> list[Path]:
        """Return what pulls that were cut short have left, of whatever commit."""
        return sorted(self.parent.glob(f".partial-{self._name}@*"))

    def pinned(self) -> str | None:
        """Return the commit that pulls chose, or None before the first."""
        try:
            text = self._pin.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return text if COMMIT.fullmatch(text) else None

    def pin(self, commit: str) -> None:
        """Make a commit the one that is used.

        Raises:
            StorageError: it cannot be written down.
        """
        write_text(self._pin, f"{commit}\n")


class Snapshots:
    """The snapshots of this machine."""

    def __init__(self, home: Path, search: SearchPath, memory: DigestMemory) -> None:
        self.home = home
        self.memory = memory
        self.licenses = home / "licenses.json"
        self._search = search

    def status(self, snapshot: Snapshot, *, rehash: bool = False) -> SnapshotStatus:
        """Say where a snapshot is.

        Args:
            snapshot: the snapshot.
            rehash: read files again even if they have not changed since they were verified.
        """
        places = Places(self.home, snapshot.repo)
        commit = snapshot.revision or places.pinned()
        if commit is not None:
            folder = places.folder(commit)
            lock = self.intact(folder, snapshot, rehash=rehash)
            if lock is not None and lock.commit == commit:
                return self._here(snapshot, "cached", folder, lock)
        for folder in self._search.folders():
            lock = self._lent(folder, snapshot, rehash=rehash)
            if lock is not None:
                return self._here(snapshot, "found", folder, lock)
        for folder in self._search.folders():
            if is_unpinned(folder, snapshot):
                return self._here(snapshot, "found", folder, None)
        damaged = commit is not None and places.folder(commit).exists()
        accepted = read_acceptances(self.licenses).since(snapshot)
        return SnapshotStatus(snapshot, "damaged" if damaged else "missing", accepted=accepted)

    def digests(self, status: SnapshotStatus) -> dict[str, str]:
        """Return the SHA-256 of each file of a snapshot that is here, by its path.

        Files that no lock file vouches for are read, once.

        Raises:
            OSError: one of them cannot be read.
        """
        if status.lock is not None:
            return {file.path: file.sha256 for file in status.lock.files}
        assert status.path is not None, "a snapshot that is not here has no files"
        return {name: self.memory.digest(status.path / name) for name in status.sizes}

    def intact(
        self, folder: Path, snapshot: Snapshot, *, rehash: bool = False
    ) -> SnapshotLock | None:
        """Return the lock of the snapshot in `folder`; None unless all is there as it was locked.

        A file that matches, and is not locked, is a fault too: a library might load it.
        """
        lock = read_lock(folder)
        if lock is None or lock.repo != snapshot.repo:
            return None
        needed = {file.path for file in lock.files if is_needed(file.path, snapshot)}
        if needed != set(matching(folder, snapshot)) or not covers(needed, snapshot):
            return None
        return lock if self._unchanged(folder, lock, rehash=rehash) else None

    def _lent(self, folder: Path, snapshot: Snapshot, *, rehash: bool) -> SnapshotLock | None:
        """Return the lock of a folder of `A1_ASSET_PATH` that holds the snapshot, or None."""
        if not (folder / LOCK_NAME).is_file():
            return None
        lock = self.intact(folder, snapshot, rehash=rehash)
        return lock if lock and snapshot.revision in (None, lock.commit) else None

    def _unchanged(self, folder: Path, lock: SnapshotLock, *, rehash: bool) -> bool:
        """Say whether all files are as they were locked; sizes first, for they cost nothing."""
        try:
            if any((folder / one.path).stat().st_size != one.size for one in lock.files):
                return False
            return all(
                self.memory.digest(folder / one.path, rehash=rehash) == one.sha256
                for one in lock.files
            )
        except OSError as error:
            logger.debug("%s cannot be read: %s", folder, error)
            return False

    def _here(
        self, snapshot: Snapshot, state: State, folder: Path, lock: SnapshotLock | None
    ) -> SnapshotStatus:
        if lock is not None:
            sizes = {file.path: file.size for file in lock.files}
        else:
            sizes = matching(folder, snapshot)
        known = read_acceptances(self.licenses)
        accepted = known.since(snapshot, lock.license_sha256 if lock else None)
        return SnapshotStatus(snapshot, state, folder, lock, sizes, accepted)


def covers(paths: set[str], snapshot: Snapshot) -> bool:
    """Say whether each pattern of a snapshot matches one of `paths` at least."""
    return all(any(fits(path, pattern) for path in paths) for pattern in snapshot.include)


def matching(folder: Path, snapshot: Snapshot) -> dict[str, int]:
    """Return the size of each file in `folder` that a snapshot needs, by its path therein."""
    found = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for pattern in snapshot.include
        for path in folder.glob(pattern)
        if path.is_file()
    }
    return {name: found[name] for name in sorted(found) if is_needed(name, snapshot)}


def is_unpinned(folder: Path, snapshot: Snapshot) -> bool:
    """Say whether a folder without a lock file is to be taken for the snapshot.

    It has to be called as the repository or the snapshot is, or to lie where the hub's library
    keeps the repository, and to hold what is needed. Where the spec names a revision nothing
    shows that it is that one, so it is not.
    """
    if snapshot.revision is not None:
        return False
    cache = f"models--{snapshot.repo.replace('/', '--')}"  # the library's: CACHE/snapshots/COMMIT
    named = folder.name in (snapshot.repo.rpartition("/")[2], snapshot.name)
    if not named and tuple(part.name for part in folder.parents)[:2] != ("snapshots", cache):
        return False
    return not (folder / LOCK_NAME).exists() and covers(set(matching(folder, snapshot)), snapshot)
