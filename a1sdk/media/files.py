"""Files as such: what they are called, whether two are one, their digest, safe replacement."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from a1sdk.errors import A1Error, DecodeError, EncodeError, StorageError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "its parent is not a folder",
    errno.EISDIR: "a folder has that name",
    errno.EEXIST: "a file has that name",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EIO: "the disk reports an error",
}


def sha256(path: Path | str) -> str:
    """Return the SHA-256 of a file as 64 hex digits, read in pieces.

    Raises:
        DecodeError: the file cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DecodeError(
            f"{str(path)!r} cannot be read: {error.strerror}.", path=str(path)
        ) from error


def same_file(a: Path | str, b: Path | str) -> bool:
    """Return whether two paths lead to one file, links included; False where one is missing."""
    try:
        return os.path.samefile(a, b)
    except OSError:
        return os.path.realpath(a) == os.path.realpath(b)


def url(path: Path | str) -> str:
    """Return a path in the form in which FFmpeg takes it for a local file and nothing else."""
    return "file:" + os.path.abspath(path)


def check_readable(path: Path | str) -> None:
    """Raise `DecodeError` unless `path` is a file that holds something and may be read."""
    if os.path.isdir(path):
        raise DecodeError(
            f"{str(path)!r} is a folder, not a media file.",
            path=str(path),
            hint="name a file in it",
        )
    try:
        with open(path, "rb") as file:
            empty = not file.read(1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DecodeError(f"{str(path)!r} cannot be opened: {reason}.", path=str(path)) from error
    if empty:
        raise DecodeError(f"{str(path)!r} is empty.", path=str(path), hint="copy it again")


PICTURES = ((0, b"\x89PNG"), (0, b"\xff\xd8\xff"), (8, b"WEBP"), (0, b"II*\0"), (0, b"MM\0*"))
FILMS = ((4, b"ftyp"), (4, b"moov"), (0, b"\x1aE\xdf\xa3"), (8, b"AVI "), (0, b"\0\0\1\xba"))


def begins_like(path: Path | str, marks: tuple[tuple[int, bytes], ...]) -> bool:
    """Return whether a file begins as one of some formats does, be the rest as it may."""
    with open(path, "rb") as file:
        head = file.read(16)
    return any(head[at:].startswith(mark) for at, mark in marks)


def temporary_name(path: Path) -> Path:
    """Return a hidden name that nobody else uses, in the folder of `path`, with its suffix."""
    return path.with_name(f".{path.stem[:40]}.{secrets.token_hex(4)}.part{path.suffix}")


def write_error(path: Path | str, error: OSError) -> A1Error:
    """Return the error to raise when writing `path` failed with `error`."""
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        return EncodeError(f"{str(path)!r} cannot be written: {error}.", path=str(path))
    return StorageError(
        f"{str(path)!r} cannot be written: {reason}.", hint="free space or choose another folder"
    )


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a temporary name beside `path`, renamed to it when the block succeeds.

    Whatever ends the block otherwise, the temporary file is removed and `path` is untouched.

    Raises:
        StorageError: no space, no permission, no such folder.
    """
    temporary = temporary_name(path)
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there.

    Raises:
        StorageError: no permission, or a file where a folder should be.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file under its final name when it is complete, and the folders above it.

    Raises:
        StorageError: no space, no permission, or a file where a folder should be.
    """
    make_folder(path.parent)
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
