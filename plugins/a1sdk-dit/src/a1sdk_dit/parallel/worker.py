"""A worker process: it loads the transformer and does its part of each step.

It starts light: libraries are imported after their output has been put away.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from a1sdk_dit.parallel.orders import Failed, Order, Post


def serve(post: Post, pipe: Connection) -> None:
    """Work until told to stop; report what goes wrong, which ends the process at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; one decides
    _print_to(post.log)
    faulthandler.enable()  # where it was when it crashed goes to the log too
    orders: SimpleQueue[Order] = SimpleQueue()
    Thread(target=_listen, args=(pipe, orders), daemon=True).start()
    try:
        from a1sdk_dit.parallel.rank import work

        work(post, orders, pipe)
    except BaseException as error:
        pipe.send(Failed.because(error))
        os._exit(1)  # what libraries do at exit may wait for other ranks


def _print_to(log: Path) -> None:
    with log.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _listen(pipe: Connection, orders: SimpleQueue[Order]) -> None:
    """Pass on orders; end the process when the one that gives them is gone."""
    try:
        while True:
            orders.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(1)
