"""Files already on this machine, in the folders that the user names."""

from __future__ import annotations

import logging
import os
import stat
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

MAX_FILES = 200_000
"""Files looked at in all folders together; a home folder named by mistake costs seconds."""


class SearchPath:
    """Folders searched to any depth, once, for files of a given size."""

    def __init__(self, folders: Sequence[Path], *, limit: int = MAX_FILES) -> None:
        self._folders = tuple(folders)
        self._limit = limit
        self._by_size: dict[int, list[Path]] | None = None

    def holds(self, path: Path) -> bool:
        """Say whether `path` is inside one of the folders."""
        return any(path.is_relative_to(folder) for folder in self._folders)

    def files_of(self, size: int) -> list[Path]:
        """Return all regular files of `size` bytes; those nearest to the top come first."""
        return self._sized().get(size, [])

    def folders(self) -> list[Path]:
        """Return all folders that hold a file, or a folder that does; the top comes first."""
        folders: set[Path] = set()
        for file in (file for files in self._sized().values() for file in files):
            for parent in file.parents:
                if parent in folders or not self.holds(parent):
                    break
                folders.add(parent)
        return sorted(folders, key=lambda folder: (len(folder.parts), folder))

    def _sized(self) -> dict[int, list[Path]]:
        if self._by_size is None:
            self._by_size = self._scan()
        return self._by_size

    def _scan(self) -> dict[int, list[Path]]:
        by_size: dict[int, list[Path]] = defaultdict(list)
        for count, (path, size) in enumerate(_walk(self._folders)):
            if count == self._limit:
                logger.warning(
                    "A1_ASSET_PATH holds more than %d files; the rest, deeper down, was left out",
                    self._limit,
                )
                break
            by_size[size].append(Path(path))
        return by_size


def _walk(folders: Sequence[Path]) -> Iterator[tuple[str, int]]:
    """Yield regular files and their sizes, level by level; links are followed, loops are not."""
    pending = deque(str(folder) for folder in folders)
    visited: set[tuple[int, int]] = set()
    while pending:
        folder = pending.popleft()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(folder))
        except OSError as error:
            logger.debug("A1_ASSET_PATH: %s is left out: %s", folder, error)
            continue
        for path in (os.path.join(folder, name) for name in names):
            try:
                status = os.stat(path)
            except OSError:  # a dangling link, or gone meanwhile
                continue
            if stat.S_ISDIR(status.st_mode):
                pending.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield path, status.st_size
