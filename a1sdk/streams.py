"""Close iterators in time, and work ahead on them in threads of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """Follows the last item; carries what ended the iterator, if that was an exception."""

    error: BaseException | None


@contextmanager
def iterating(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """Lend an iterator over `items`, and close it if it was made here.

    An iterator that is handed over is its owner's to close.
    """
    iterator = iter(items)
    try:
        yield iterator
    finally:
        close = None if iterator is items else getattr(iterator, "close", None)
        if close is not None:
            close()


def prefetch(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Yield `items`, which another thread computes up to `depth` ahead.

    The thread starts with the first item asked for. An exception of `items` is raised here, after
    the items before it. Closing this generator, or exhausting it, ends the thread, closes `items`
    in the thread that ran it, and returns when both are done; what was computed ahead is dropped.
    """
    ready: queue.Queue[T | _End] = queue.Queue(maxsize=max(1, depth))
    stop = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, ready, stop), daemon=True)
    thread.start()
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        item = _End(None)  # its error knows this frame by its traceback: both would stay
        stop.set()
        _drain(ready)  # wakes the thread if it waits for room; it puts no more than one item after
        thread.join()


def _fill(items: Iterable[T], ready: queue.Queue[T | _End], stop: threading.Event) -> None:
    error: BaseException | None = None
    iterator: Iterator[T] | None = None
    try:
        iterator = iter(items)
        for item in iterator:
            ready.put(item)
            if stop.is_set():
                break
    except BaseException as raised:  # raised again where the items are asked for
        error = raised
    try:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
    except BaseException as raised:
        error = error or raised
    if not stop.is_set():
        ready.put(_End(error))
    error = None  # it knows this frame by its traceback: both would stay


def _drain(ready: queue.Queue[T | _End]) -> None:
    while True:
        try:
            ready.get_nowait()
        except queue.Empty:
            return
