"""Where the SDK keeps what it may always fetch or compute again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from a1sdk.errors import StorageError


def cache_home() -> Path:
    r"""Return the folder of everything cached: `A1_HOME`, else the platform's own place.

    That is `$XDG_CACHE_HOME/a1sdk` or `~/.cache/a1sdk` on Linux, `~/Library/Caches/a1sdk` on
    macOS, `%LOCALAPPDATA%\a1sdk` on Windows. The folder need not exist yet.

    Raises:
        StorageError: `A1_HOME` is not set, and the user has no home folder.
    """
    if chosen := os.environ.get("A1_HOME"):
        return Path(chosen).expanduser().resolve()
    return _platform_cache() / "a1sdk"


def _platform_cache() -> Path:
    try:
        home = Path.home()
    except RuntimeError:  # a container's user of no name, and no HOME
        raise StorageError(
            "There is no home folder to keep files in.", hint="set A1_HOME to a folder"
        ) from None
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # the XDG base directory specification: relative paths are invalid and to be ignored
    return stated if stated.is_absolute() else home / ".cache"


def asset_path() -> list[Path]:
    """Return the folders that `A1_ASSET_PATH` names, separated as in `PATH`."""
    named = os.environ.get("A1_ASSET_PATH", "").split(os.pathsep)
    return [Path(name).expanduser().resolve() for name in named if name]
