"""Fetch snapshots: licence first, file by file, resumed where it broke, verified, then locked."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.assets.disk import require_space, storing
from a1sdk.assets.hub import Hub, HubFile, HuggingFace, Listing
from a1sdk.assets.licenses import Consent, Offer, read_acceptances, remember
from a1sdk.assets.lock import (
    PLAIN_PATH,
    LockedFile,
    SnapshotLock,
    read_lock,
    today,
    write_lock,
)
from a1sdk.assets.snapshots import (
    COMMIT,
    Places,
    Snapshots,
    covers,
    is_license,
    is_needed,
    matching,
)
from a1sdk.errors import ConfigError, ResourceError

if TYPE_CHECKING:
    from a1sdk.components.specs import Snapshot

Progress = Callable[[str, int, int], None]
"""Called with what is being fetched, how many bytes have come, and how many there are."""

_PARTIAL = ".part"
_LONGEST_TEXT = 1 << 20


class Puller:
    """Fetches snapshots from the hub into the home folder."""

    def __init__(
        self,
        snapshots: Snapshots,
        *,
        hub: Hub | None = None,
        consent: Consent | None = None,
        revision: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Prepare to fetch; nothing is asked for yet.

        Args:
            snapshots: those that are here.
            hub: where they come from; None for Hugging Face.
            consent: asks the user to accept a licence; None where nobody can be asked.
            revision: branch, tag or commit; None for the one pinned, or main for the first time.
            progress: is told what comes.
        """
        self._snapshots = snapshots
        self._memory = snapshots.memory
        self._hub = hub or HuggingFace()
        self._consent = consent
        self._revision = revision
        self._progress = progress

    def pull(self, snapshot: Snapshot) -> Path:
        """Return the folder of a snapshot, after fetching what of it is not here.

        What has come when this is interrupted is kept, and the next pull goes on from there.

        Raises:
            ConfigError: its licence is not accepted, or its spec names another revision.
            ResourceError: it cannot be fetched, or is not what the hub or its lock file states.
            StorageError: it cannot be written.
        """
        places = Places(self._snapshots.home, snapshot.repo)
        listing = self._hub.listing(snapshot.repo, self._wanted(snapshot, places))
        if not COMMIT.fullmatch(listing.commit):
            raise ResourceError(f"{listing.commit!r}, of {snapshot.repo!r}, is not a commit.")
        folder = places.folder(listing.commit)
        if self._snapshots.intact(folder, snapshot) is None:
            files = _chosen(listing, snapshot)
            offer = self._offer(snapshot, listing.commit, files)
            self._agree(offer)
            with storing(places.parent):
                places.parent.mkdir(parents=True, exist_ok=True)
            with _alone(places.guard, snapshot.repo):
                if snapshot.revision is None and places.pinned() is None:
                    places.pin(listing.commit)  # so that a pull that is cut short goes on with it
                self._complete(offer, files, places)
        if snapshot.revision is None:
            places.pin(listing.commit)
        return folder

    def _wanted(self, snapshot: Snapshot, places: Places) -> str | None:
        if snapshot.revision is None:
            return self._revision or places.pinned()
        if self._revision not in (None, snapshot.revision):
            raise ConfigError(
                f"{snapshot.name!r} is pinned to {snapshot.revision} by its plugin.",
                hint="leave out --revision",
            )
        return snapshot.revision

    def _offer(self, snapshot: Snapshot, commit: str, files: Sequence[HubFile]) -> Offer:
        """Return what the user has to accept, with the texts as the repository has them."""
        texts = [
            self._text(snapshot.repo, commit, file)
            for file in files
            if is_license(file.path, snapshot)
        ]
        whole = b"\n".join(texts)
        return Offer(
            snapshot=snapshot,
            commit=commit,
            text=whole.decode("utf-8", errors="replace"),
            sha256=hashlib.sha256(whole).hexdigest(),
            size=sum(file.size for file in files),
        )

    def _text(self, repo: str, commit: str, file: HubFile) -> bytes:
        if file.size > _LONGEST_TEXT:
            raise ResourceError(f"{file.path!r} of {repo!r} is too long for a licence.")
        into = io.BytesIO()
        self._hub.fetch(repo, commit, file, into)
        _require(file, _stated(io.BytesIO(into.getvalue()), file))
        return into.getvalue()

    def _agree(self, offer: Offer) -> None:
        """Return once the licence is accepted: now, or earlier on this machine.

        Raises:
            ConfigError: it is not.
        """
        snapshot, file = offer.snapshot, self._snapshots.licenses
        if read_acceptances(file).since(snapshot, offer.sha256) is not None:
            return
        if self._consent is None or not self._consent(offer):
            raise ConfigError(
                f"The licence {snapshot.license} of {snapshot.name!r} is not accepted,"
                " so nothing was fetched.",
                hint="read it, then run `a1 assets pull` with --accept-license",
            )
        remember(file, offer)

    def _complete(self, offer: Offer, files: Sequence[HubFile], places: Places) -> None:
        """Fetch what is lacking beside the place of the snapshot, lock it, and put it there."""
        folder, staging = places.folder(offer.commit), places.staging(offer.commit)
        with storing(staging):
            if folder.exists():  # damaged; what of it is sound need not come again
                shutil.rmtree(staging, ignore_errors=True)
                folder.rename(staging)
            staging.mkdir(exist_ok=True)
            locked = read_lock(staging)
            _hold_to(locked, {one.path: one.sha256 for one in files if one.sha256 is not None})
            self._fetch_lacking(offer.snapshot.repo, offer.commit, files, staging)
            lock = self._lock(offer, files, staging)
            _hold_to(locked, {one.path: one.sha256 for one in lock.files})
            for extra in set(matching(staging, offer.snapshot)) - {one.path for one in lock.files}:
                (staging / extra).unlink()
            write_lock(staging, lock)
            staging.rename(folder)
            for leftover in places.leftovers():
                shutil.rmtree(leftover, ignore_errors=True)
        for one in lock.files:
            self._memory.learn(folder / one.path, one.sha256)

    def _fetch_lacking(
        self, repo: str, commit: str, files: Sequence[HubFile], staging: Path
    ) -> None:
        lacking = [file for file in files if not self._is_there(staging / file.path, file)]
        total = sum(file.size for file in files)
        done = total - sum(file.size for file in lacking)
        require_space(staging, repo, sum(_rest(staging, file) for file in lacking))
        for file in lacking:
            self._fetch(repo, commit, file, staging, _Told(self._progress, file.path, done, total))
            done += file.size

    def _is_there(self, path: Path, file: HubFile) -> bool:
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        return self._digest(path, file) == (file.sha256 or file.git_sha1)

    def _fetch(self, repo: str, commit: str, file: HubFile, staging: Path, told: _Told) -> None:
        """Fetch a file, or its rest, under another name, and name it once it is verified."""
        path, partial = staging / file.path, _partial(staging, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        if partial.exists() and partial.stat().st_size > file.size:
            partial.unlink()
        with _Counted(partial, told) as into:
            if into.tell() < file.size:
                self._hub.fetch(repo, commit, file, into)
            into.flush()
            os.fsync(into.fileno())
        _require_whole(file, partial)
        try:
            _require(file, self._digest(partial, file))
        except ResourceError:
            partial.unlink()
            raise
        partial.replace(path)
        if file.sha256 is not None:
            self._memory.learn(path, file.sha256)

    def _digest(self, path: Path, file: HubFile) -> str:
        """Return the digest of what lies at `path`, of the kind that the hub states."""
        if file.sha256 is not None:
            return self._memory.digest(path)
        with path.open("rb") as stream:
            return _stated(stream, file)

    def _lock(self, offer: Offer, files: Sequence[HubFile], staging: Path) -> SnapshotLock:
        return SnapshotLock(
            repo=offer.snapshot.repo,
            commit=offer.commit,
            pulled=today(),
            license=offer.snapshot.license,
            license_sha256=offer.sha256,
            files=tuple(
                LockedFile(
                    path=file.path,
                    size=file.size,
                    sha256=self._memory.digest(staging / file.path),
                )
                for file in files
            ),
        )


class _Told:
    """Tells how much of all has come, while one file comes."""

    def __init__(self, progress: Progress | None, name: str, before: int, total: int) -> None:
        self._progress, self._name, self._before, self._total = progress, name, before, total

    def __call__(self, size: int) -> None:
        if self._progress is not None:
            self._progress(self._name, self._before + size, self._total)


class _Counted(io.BufferedWriter):
    """A file that is appended to, and tells its size after each piece."""

    def __init__(self, path: Path, told: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path, "ab"))
        self._told = told

    def write(self, piece: bytes, /) -> int:  # type: ignore[override]
        written = super().write(piece)
        self._told(self.tell())
        return written


def _chosen(listing: Listing, snapshot: Snapshot) -> list[HubFile]:
    """Return the files of a repository that make up a snapshot, licence texts first.

    Raises:
        ResourceError: the repository lacks some of them, or names them oddly.
    """
    needed = [file for file in listing.files if is_needed(file.path, snapshot)]
    texts = [file for file in listing.files if is_license(file.path, snapshot)]
    for file in (*texts, *needed):
        if not re.fullmatch(PLAIN_PATH, file.path):
            raise ResourceError(f"{snapshot.repo!r} holds {file.path!r}, which is no plain path.")
    if not covers({file.path for file in needed}, snapshot):
        wanted = ", ".join(snapshot.include)
        raise ResourceError(
            f"{snapshot.repo!r} at {listing.commit} does not hold all of {wanted}.",
            hint="choose another --revision",
        )
    return [*texts, *sorted(needed, key=lambda file: file.size)]


def _stated(stream: io.BufferedIOBase, file: HubFile) -> str:
    """Return a content's digest as the hub states it: SHA-256, or SHA-1 as a git blob."""
    if file.sha256 is not None:
        return hashlib.file_digest(stream, "sha256").hexdigest()
    digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _require(file: HubFile, digest: str) -> None:
    """Raise `ResourceError` unless a digest is the one that the hub states."""
    stated = file.sha256 or file.git_sha1
    if digest != stated:
        raise ResourceError(
            f"The digest of {file.path!r} is {digest}, but the hub states {stated}."
        )


def _require_whole(file: HubFile, partial: Path) -> None:
    size = partial.stat().st_size
    if size != file.size:
        if size > file.size:
            partial.unlink()
        raise ResourceError(f"{file.path!r} ended after {size} of {file.size} bytes.")


def _hold_to(lock: SnapshotLock | None, digests: dict[str, str]) -> None:
    """Raise `ResourceError` where a file's digest is not the one that was locked."""
    for file in lock.files if lock is not None else ():
        if digests.get(file.path, file.sha256) != file.sha256:
            raise ResourceError(
                f"The digest of {file.path!r} is {digests[file.path]}, but {file.sha256} was"
                " locked for the same commit."
            )


def _partial(staging: Path, file: HubFile) -> Path:
    path = staging / file.path
    return path.with_name(path.name + _PARTIAL)


def _rest(staging: Path, file: HubFile) -> int:
    """Return how many bytes of a file have not come yet."""
    partial = _partial(staging, file)
    here = partial.stat().st_size if partial.exists() else 0
    return file.size - here if here <= file.size else file.size


@contextmanager
def _alone(guard: Path, repo: str) -> Iterator[None]:
    """Keep other processes from fetching the same repository meanwhile.

    Raises:
        ResourceError: one of them is fetching it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(guard, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ResourceError(f"Another process is fetching {repo!r}.") from None
    try:
        yield
    finally:
        lock.release()
