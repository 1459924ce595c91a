"""The lock file of a snapshot: which commit it is, and the digest of every file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from a1sdk.media.files import write_text

LOCK_NAME = "a1.lock.json"
"""What the lock file is called; it lies in the snapshot's folder."""

PLAIN_PATH = r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*"
"""Paths that mean the same on every system and stay within the folder."""

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LockedFile(_Record):
    """A file of a snapshot."""

    path: str = Field(pattern=rf"^{PLAIN_PATH}$", description="Path within the snapshot.")
    size: int = Field(ge=0, description="Bytes.")
    sha256: _Sha256 = Field(description="Digest of the content, 64 hex digits.")


class SnapshotLock(_Record):
    """What a snapshot is; files that are not listed are no part of it."""

    schema_version: Literal["a1.snapshot/1"] = "a1.snapshot/1"
    repo: str = Field(description="The hub's repository, owner/name.")
    commit: str = Field(pattern=r"^[0-9a-f]{40}$", description="Full hash of the commit.")
    pulled: date = Field(description="Day on which the files were fetched.")
    license: str = Field(description="SPDX identifier, or LicenseRef-... for other terms.")
    license_sha256: _Sha256 = Field(description="Digest of the licence texts that were accepted.")
    files: tuple[LockedFile, ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def read_lock(folder: Path) -> SnapshotLock | None:
    """Return the lock of the snapshot in `folder`; None where there is none that can be read."""
    try:
        return SnapshotLock.model_validate_json((folder / LOCK_NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def today() -> date:
    """Return the day it is, in UTC."""
    return datetime.now(UTC).date()


def write_lock(folder: Path, lock: SnapshotLock) -> None:
    """Write the lock into the folder of its snapshot.

    Raises:
        StorageError: it cannot be written.
    """
    write_text(folder / LOCK_NAME, lock.model_dump_json(indent=2) + "\n")
