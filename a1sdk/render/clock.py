"""Where the time of a run goes: wall-clock seconds each stage was busy."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class StageClock:
    """Adds up the seconds that each stage of a chain worked.

    A stage's own time is what its `next` took, less what it waited for the stage before it.
    """

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def worked(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """Yield `items`, adding the time they take to `stage`."""
        return self._timed(stage, items, 1)

    def waited(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """Yield `items`, taking the time they take off `stage`, which pulls them."""
        return self._timed(stage, items, -1)

    @contextmanager
    def busy(self, stage: str) -> Iterator[None]:
        """Add the time of the block to `stage`."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[stage] += time.perf_counter() - begin

    def seconds(self) -> dict[str, float]:
        """Return the seconds of every stage, to the millisecond."""
        return {stage: round(max(0.0, spent), 3) for stage, spent in self._seconds.items()}

    def _timed(self, stage: str, items: Iterable[T], sign: int) -> Iterator[T]:
        iterator = iter(items)
        while True:
            begin = time.perf_counter()
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self._seconds[stage] += sign * (time.perf_counter() - begin)
            yield item
