"""What a run reads: the portrait, and the files and folders that its components' options name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.options import path_fields
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media import sha256

if TYPE_CHECKING:
    from a1sdk.assets.digests import DigestMemory
    from a1sdk.components.registry import Chosen

_MOST_FILES = 10_000  # in a folder that an option names; a checkpoint has some dozens


def paths_of(components: Iterable[Chosen[Any]]) -> list[Path]:
    """Return the files and folders that options of components name, each once."""
    models = (one.options for one in components if one.options is not None)
    named = (getattr(model, field) for model in models for field in path_fields(type(model)))
    return list(dict.fromkeys(path for path in named if path is not None))


def files_at(paths: Iterable[Path]) -> list[Path]:
    """Return the files that paths lead to: each itself, or those in the folder that it is.

    What does not exist is left out: its component says what it misses.

    Raises:
        ConfigError: a folder has too many files to be what a component reads.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_file():
            files[path] = None
        elif path.is_dir():
            files |= dict.fromkeys(files_in(path))
    return list(files)


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder and those below it, in order, but for hidden ones.

    Raises:
        ConfigError: there are too many to be what a component reads.
    """
    found: list[Path] = []
    for above, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = (Path(above, name) for name in names if not name.startswith("."))
        found += [path for path in inside if path.is_file()]
        if len(found) > _MOST_FILES:
            raise ConfigError(
                f"The folder {str(folder)!r} has more than {_MOST_FILES} files, too many to read.",
                hint="name the folder that holds what the component reads, and nothing else",
            )
    return sorted(found)


def check_files(paths: Sequence[Path]) -> None:
    """Raise `DecodeError` for a path that leads to no file."""
    for path in paths:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "does not exist"
            hint = f"it was looked for in {str(path.absolute().parent)!r}"
            raise DecodeError(f"{str(path)!r} {what}.", path=str(path), hint=hint)


class ContentDigests:
    """SHA-256 of what paths lead to, each read once; files in folders once on this machine.

    A folder may be a checkpoint of many gigabytes: its files are read again only if their size or
    time of change is another than when they were read.
    """

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, path: Path) -> str:
        """Return the digest of a file, or of a folder by the names and content of its files.

        Raises:
            ConfigError: a folder has too many files to be what a component reads.
            DecodeError: a file cannot be read.
        """
        if path not in self._known:
            self._known[path] = self._of_folder(path) if path.is_dir() else sha256(path)
        return self._known[path]

    def of_file_in_folder(self, path: Path) -> str:
        """Return the digest of a file that lies in a folder that an option names.

        Raises:
            DecodeError: it cannot be read.
        """
        try:
            return self._memory.digest(path.absolute())
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            raise DecodeError(f"{str(path)!r} {reason}.", path=str(path)) from error

    def _of_folder(self, folder: Path) -> str:
        lines = (
            f"{self.of_file_in_folder(path)} {path.relative_to(folder).as_posix()}\n"
            for path in files_in(folder)
        )
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @cached_property
    def _memory(self) -> DigestMemory:
        from a1sdk.assets.digests import DigestMemory
        from a1sdk.assets.home import cache_home

        return DigestMemory(cache_home() / "digests.json")
