"""Keep encoders from taking the machine's processors for themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_TASKS = "/proc/self/task"


@contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Take real-time priority from threads that get it in the block, this one included.

    SVT-AV1 gives it to the thread that opens it and to its own where it runs as root, as it does in
    most containers. Nothing else runs beside such threads for as long as they compute, and where
    one waits for another by spinning, as OpenBLAS does, for ever.
    """
    if sys.platform != "linux":
        yield
        return
    before = _real_time()
    try:
        yield
    finally:
        for thread in _real_time() - before:
            with suppress(OSError):  # it has ended
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _real_time() -> set[int]:
    """Return the threads of this process that have real-time priority."""
    found = set()
    for name in os.listdir(_TASKS):
        with suppress(OSError):
            if os.sched_getscheduler(int(name)) in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(int(name))
    return found
