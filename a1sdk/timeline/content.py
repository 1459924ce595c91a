"""The bytes of a cut's file: of a plain file, and not more of them than can be."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from a1sdk.errors import DecodeError

MAX_BYTES = 256 * 2**20
"""Largest file that is read as a cut, the media in a bundle apart."""


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return what is in a file.

    Raises:
        DecodeError: it has more than `limit` bytes, is a pipe or a device, or cannot be read.
    """
    check_size(path, limit)
    with _plain(path) as size, path.open("rb") as file:
        return file.read(min(size, limit))  # room is made for as much as is asked for


def read_head(path: Path, count: int) -> bytes:
    """Return the first `count` bytes of a file.

    Raises:
        DecodeError: it is a pipe or a device, or cannot be read.
    """
    with _plain(path), path.open("rb") as file:
        return file.read(count)


def check_size(path: Path, limit: int = MAX_BYTES) -> None:
    """Check that a file has at most `limit` bytes.

    Raises:
        DecodeError: it has more, is a pipe or a device, or cannot be read.
    """
    with _plain(path) as size:
        if size > limit:
            raise DecodeError(f"{path} is larger than {limit // 2**20} MiB.", path=str(path))


@contextmanager
def _plain(path: Path) -> Iterator[int]:
    """Give a file's size, and an error that says what is wrong with it."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for, a device never ends
            raise DecodeError(f"{path} is no plain file.", path=str(path))
        yield found.st_size
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise DecodeError(f"{path} cannot be read: {reason}.", path=str(path)) from error
