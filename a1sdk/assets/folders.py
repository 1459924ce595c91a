"""Find folders that users bring: by their name and by what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.components.specs import Folder

if TYPE_CHECKING:
    from a1sdk.assets.digests import DigestMemory
    from a1sdk.assets.search import SearchPath
    from a1sdk.assets.store import State
    from a1sdk.components.specs import AnyAsset, AssetGroup


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """Where a folder is.

    Attributes:
        asset: the folder.
        state: `found` in a folder of `A1_ASSET_PATH`, or `missing`.
        path: where it is, for `found`.
        sizes: bytes of each file that is needed, by its name in the folder.
    """

    asset: Folder
    state: State
    path: Path | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)


def is_brought(group: AssetGroup) -> bool:
    """Return whether users have to bring something, whichever alternative they choose."""
    return all(any(isinstance(one, Folder) for one in some) for some in group.alternatives)


def how_to_bring(assets: Iterable[AnyAsset]) -> str:
    """Return, in words, what has to be done to have one of the folders among some assets here."""
    folders = [one for one in assets if isinstance(one, Folder)]
    *others, last = [repr(one.name) for one in folders]
    called = f"{', '.join(others)} or {last}" if others else last
    files = ", ".join(dict.fromkeys(pattern for one in folders for pattern in one.include))
    sources = ", ".join(dict.fromkeys(one.source for one in folders))
    return f"put a folder {called} with {files} into one that A1_ASSET_PATH names; see {sources}"


def find_folder(folder: Folder, search: SearchPath) -> FolderStatus:
    """Return the first folder of the name that holds a match for each pattern, from the top."""
    for path in search.folders():
        sizes = _matching(path, folder) if path.name == folder.name else {}
        if sizes:
            return FolderStatus(folder, "found", path, sizes)
    return FolderStatus(folder, "missing")


def folder_digests(status: FolderStatus, memory: DigestMemory) -> dict[str, str]:
    """Return the SHA-256 of each file of a folder that is here, by its name in the folder.

    Raises:
        OSError: one of them cannot be read.
    """
    assert status.path is not None, "a folder that is not here has no files"
    return {name: memory.digest(status.path / name) for name in status.sizes}


def _matching(path: Path, folder: Folder) -> dict[str, int]:
    """Return the size of each file that is needed; none unless each pattern matches one."""
    found = [[file for file in path.glob(one) if file.is_file()] for one in folder.include]
    if not all(found):
        return {}
    return {
        file.relative_to(path).as_posix(): file.stat().st_size
        for file in sorted(file for files in found for file in files)
    }
