from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from a1sdk.streams import iterating, prefetch
from a1sdk.testing import Counted


def _threads() -> int:
    return threading.active_count()


def test_items_come_in_order() -> None:
    assert list(prefetch(range(100), 3)) == list(range(100))
    assert list(prefetch([], 3)) == []


def test_work_is_done_ahead_and_no_further() -> None:
    source = Counted(range(100))
    items = prefetch(source, 4)
    assert next(items) == 0
    deadline = time.monotonic() + 2
    while source.pulled < 6 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert source.pulled == 6  # the one taken, four that wait, and one in hand
    items.close()


def test_nothing_starts_before_it_is_asked_for() -> None:
    source = Counted(range(3))
    before = _threads()
    items = prefetch(source, 2)
    assert source.pulled == 0 and _threads() == before
    items.close()


def test_it_runs_in_another_thread() -> None:
    names = list(prefetch((threading.current_thread().name for _ in range(3)), 1))
    assert threading.current_thread().name not in names


def test_exceptions_come_after_the_items_before_them() -> None:
    def failing() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("broken")

    got = []
    with pytest.raises(ValueError, match="broken"):
        for item in prefetch(failing(), 5):
            got.append(item)
    assert got == [1, 2]


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_closing_ends_the_thread_and_closes_the_source(taken: int) -> None:
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(threading.current_thread().name)

    before = _threads()
    items = prefetch(source(), 2)
    for _ in range(taken):
        next(items)
    items.close()
    assert _threads() == before
    assert len(closed) == (1 if taken else 0)  # a generator never started has nothing to close
    assert threading.current_thread().name not in closed


def test_exhausting_closes_the_source_too() -> None:
    closed = []

    class Source:
        def __iter__(self) -> Iterator[int]:
            return iter((1, 2))

    def source() -> Iterator[int]:
        try:
            yield from Source()
        finally:
            closed.append(True)

    before = _threads()
    assert list(prefetch(source(), 1)) == [1, 2]
    assert closed and _threads() == before


def test_a_failing_consumer_leaves_no_thread() -> None:
    before = _threads()
    items = prefetch(range(10_000), 2)
    with pytest.raises(RuntimeError):
        for _ in items:
            raise RuntimeError("consumer")
    items.close()
    assert _threads() == before


def test_closing_often_never_hangs() -> None:
    before = _threads()
    for number in range(200):
        items = prefetch(iter(range(50)), 1 + number % 3)
        for _ in range(number % 7):
            next(items)
        items.close()
    assert _threads() == before


def test_what_a_failure_held_goes_with_it() -> None:
    """At once, not when cycles are collected: it may be the memory of a GPU."""

    class Held:
        pass

    kept: list[weakref.ref[Held]] = []

    def failing() -> Iterator[int]:
        held = Held()
        kept.append(weakref.ref(held))
        yield 1
        raise ValueError

    gc.disable()
    try:
        with pytest.raises(ValueError):
            list(prefetch(failing(), 1))
        assert kept[0]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("ending", ["exhausted", "left", "failed"])
def test_what_was_opened_here_is_closed_here_and_nothing_else(ending: str) -> None:
    closed: list[str] = []

    class Opened:
        def __init__(self, name: str) -> None:
            self.name = name

        def __iter__(self) -> Iterator[int]:
            try:
                yield from range(3)
            finally:
                closed.append(self.name)

    mine = iter(Opened("mine"))
    for items in (Opened("theirs"), mine):
        try:
            with iterating(items) as numbers:
                first = next(numbers)
                if ending == "failed":
                    raise ValueError
                rest = list(numbers) if ending == "exhausted" else []
                assert [first, *rest] == [0, 1, 2][: 1 + len(rest)]
        except ValueError:
            assert ending == "failed"
    assert closed == (["theirs", "mine"] if ending == "exhausted" else ["theirs"])
    with iterating([1, 2]) as plain:
        assert list(plain) == [1, 2]
