"""The disk that assets are kept on: whether they fit, and its errors in our words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from a1sdk.errors import StorageError


def require_space(folder: Path, name: str, size: int) -> None:
    """Raise `StorageError` where `folder` has no room for the `size` bytes of `name`."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise StorageError(
            f"{name!r} needs {size} bytes, and {str(folder)!r} has {free} left.",
            hint="free some space, or set A1_HOME to a folder on another disk",
        )


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the system's errors into a `StorageError` about `path`."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written: {error.strerror or error}.",
            hint="free some space, or set A1_HOME to a folder that can be written to",
        ) from error
