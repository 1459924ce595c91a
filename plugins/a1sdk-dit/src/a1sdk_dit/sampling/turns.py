"""Clips that are drawn at the same time, by turns: one at a time uses the networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class Turns:
    """Who uses the networks of one engine, and whose memory lies on their device.

    What a clip keeps between two of its turns, a few gigabytes for the release, stays on the
    device as long as nobody else has a turn. So one clip alone moves nothing, and the device never
    holds what two of them keep.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: Turn | None = None

    def of(self, put_away: Callable[[], None]) -> Turn:
        """Return the turns of one clip; `put_away` moves what it keeps to the host."""
        return Turn(self, put_away)

    def _begin(self, turn: Turn) -> None:
        self._lock.acquire()
        last, self._last = self._last, turn
        if last is None or last is turn:
            return
        try:
            last.put_away()
        except BaseException:
            self._lock.release()
            raise

    def _end(self) -> None:
        self._lock.release()

    def _leave(self, turn: Turn) -> None:
        with self._lock:
            if self._last is turn:
                self._last = None


class Turn:
    """The turns of one clip: a context manager, entered for each, that waits for all others.

    None may be taken while anything is awaited that another clip has to do first, such as that its
    pictures are taken.
    """

    def __init__(self, turns: Turns, put_away: Callable[[], None]) -> None:
        self._turns = turns
        self.put_away = put_away

    def __enter__(self) -> None:
        self._turns._begin(self)

    def __exit__(self, *_: object) -> None:
        self._turns._end()

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """Yield `items`, a turn for each."""
        iterator = iter(items)
        while True:
            with self:
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def close(self) -> None:
        """Take no more turns."""
        self._turns._leave(self)
