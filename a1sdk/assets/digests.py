"""SHA-256 digests of files, remembered between runs so that each is read once."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_Seen = tuple[int, int, str]  # size, time of change in nanoseconds, digest


class DigestMemory:
    """Digests by path; one counts for as long as the file's size and time of change stay."""

    def __init__(self, file: Path) -> None:
        """Remember in `file`, a JSON file that is made when there is something to keep."""
        self._file = file
        self._seen: dict[str, _Seen] | None = None

    def digest(self, path: Path, *, rehash: bool = False) -> str:
        """Return the SHA-256 of a file in hex, from memory unless `rehash` or it changed.

        Raises:
            OSError: the file cannot be read.
        """
        status = path.stat()
        seen = self._entries().get(str(path))
        if seen is not None and not rehash and seen[:2] == (status.st_size, status.st_mtime_ns):
            return seen[2]
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self._remember(path, (status.st_size, status.st_mtime_ns, digest))
        return digest

    def learn(self, path: Path, digest: str) -> None:
        """Remember the digest of a file that was just written and hashed on the way."""
        status = path.stat()
        self._remember(path, (status.st_size, status.st_mtime_ns, digest))

    def paths_of(self, digest: str) -> list[Path]:
        """Return where a file of that digest was seen; it may have changed or gone since."""
        return [Path(path) for path, seen in self._entries().items() if seen[2] == digest]

    def _entries(self) -> dict[str, _Seen]:
        if self._seen is None:
            self._seen = _load(self._file)
        return self._seen

    def _remember(self, path: Path, seen: _Seen) -> None:
        entries = self._entries()
        if entries.get(str(path)) == seen:
            return
        entries.update({**_load(self._file), str(path): seen})  # others may have added theirs
        kept = {name: entry for name, entry in entries.items() if os.path.exists(name)}
        self._seen = kept
        partial = self._file.with_name(f"{self._file.name}.{uuid.uuid4().hex}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(kept, indent=0), encoding="utf-8")
            partial.replace(self._file)
        except OSError as error:  # a read-only home costs time on the next run, nothing else
            logger.debug("Digests are not kept in %s: %s", self._file, error)
            with suppress(OSError):
                partial.unlink()


def _load(file: Path) -> dict[str, _Seen]:
    """Return what the file holds; nothing where it is absent, damaged or from elsewhere."""
    try:
        stored: Any = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {path: (*entry,) for path, entry in stored.items() if _is_seen(entry)}


def _is_seen(entry: Any) -> bool:
    return isinstance(entry, list) and [type(part) for part in entry] == [int, int, str]
