"""Import PyTorch and its kin without what they log about kernels that nobody asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """Hold back what is logged below errors in the block.

    All of it, since the libraries set up loggers of their own while they are imported.
    """
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        yield
    finally:
        logging.disable(before)
