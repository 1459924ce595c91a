"""Whether memory ran out, which libraries say in many ways, and how to let go of what is left."""

from __future__ import annotations

from traceback import clear_frames

_WORDS = ("out of memory", "allocate memory", "ALLOC_FAILED")
"""Of pinned memory and NCCL; of PyTorch's allocator on the CPU; of cuBLAS and cuDNN."""


def ran_out(error: BaseException) -> bool:
    """Return whether an exception says that memory ran out, on the device or on the host."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _WORDS)


def release(error: BaseException) -> None:
    """Let go of what an exception holds: all that the functions had in hand that it went through.

    Otherwise networks and what they computed stay as long as somebody looks at the exception.
    """
    held: BaseException | None = error
    while held is not None:
        clear_frames(held.__traceback__)
        held = held.__context__
