"""Stand-ins that watch what a component does."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from a1sdk.render.context import HostContext

T = TypeVar("T")


class Counted(Generic[T]):
    """An iterator that counts how many items were pulled through it."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self.pulled = 0

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item = next(self._items)
        self.pulled += 1
        return item


class WatchedContext(HostContext):
    """A context that counts the items that went through `track`, in all its views."""

    def __init__(self, *, device: str = "cpu", seed: int = 0) -> None:
        super().__init__(device=device, seed=seed)
        self.tracked: list[None] = []  # a list, because views share it

    def track(self, items: Iterable[T], *, total: int | None = None) -> Iterator[T]:
        """Yield `items`, counting them."""
        for item in super().track(items, total=total):
            self.tracked.append(None)
            yield item


@contextmanager
def released(stream: Iterator[T]) -> Iterator[Iterator[T]]:
    """Close a stream afterwards, as far as it can be closed."""
    try:
        yield stream
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def open_resources() -> Counter[str]:
    """Return the files and threads that this process holds, and how often; files on Linux only."""
    held = Counter(f"thread {thread.name}" for thread in threading.enumerate())
    folder = Path("/proc/self/fd")
    if folder.is_dir():
        held.update(f"file {target}" for target in map(_target, folder.iterdir()) if target)
    return held


def _target(link: Path) -> str:
    try:
        target = os.readlink(link)
    except OSError:  # the one that listed the folder
        return ""
    return target if target.startswith("/") and not target.startswith("/proc/") else ""
