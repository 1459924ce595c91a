"""Read pickles that hold arrays, and nothing else: no callable of a file's choice is reached.

Unpickling runs what the file names. Here the few names that a numpy array needs lead to
stand-ins of our own, which only keep bytes and check them; every other name is refused. The
unpickler is Python's own in Python: the one in C can be made to fill the memory by an index.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from io import BytesIO
from math import prod
from typing import Any, NoReturn

import numpy as np

_KINDS = {"f": "floating", "i": "integer", "u": "integer"}


class UnsafeName(Exception):
    """A pickle asks for something that is no part of an array."""


class _Dtype:
    """Stands for `numpy.dtype`."""

    def __init__(self, code: str, *_: object) -> None:
        self.code = str(code)
        self.order = "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = ">" if state[1] == ">" else "<"

    @property
    def numpy(self) -> np.dtype[Any]:
        dtype = np.dtype(self.order + self.code)
        if dtype.kind not in _KINDS or dtype.itemsize > 8:
            raise UnsafeName(f"an array of {dtype}")
        return dtype


class _Array:
    """Stands for a `numpy.ndarray` that is being built."""

    def __init__(self, *_: object) -> None:
        self.value = np.zeros(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, by_columns, content = state
        kind = dtype.numpy
        if not isinstance(content, bytes) or prod(shape) * kind.itemsize != len(content):
            raise ValueError(f"an array of shape {shape!r:.60} has other than its bytes")
        flat = np.frombuffer(content, kind)
        self.value = flat.reshape(shape, order="F" if by_columns else "C")


def _scalar(dtype: _Dtype, content: bytes) -> float:
    if len(content) != dtype.numpy.itemsize:
        raise ValueError("a number has other than its bytes")
    return float(np.frombuffer(content, dtype.numpy)[0])


def _encode(text: str, encoding: str) -> bytes:
    """Stand for `_codecs.encode`, by which pickles of protocol 2 hold bytes."""
    if encoding != "latin1":
        raise UnsafeName(f"text in {encoding!r:.20}")
    return text.encode("latin1")


_MODULES = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray", "_codecs")
_NAMES: dict[str, Callable[..., Any]] = {
    "_reconstruct": _Array,
    "ndarray": _Array,
    "dtype": _Dtype,
    "scalar": _scalar,
    "encode": _encode,
}


class _Unpickler(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Return the stand-in for a name."""
        if module not in _MODULES or name not in _NAMES:
            raise UnsafeName(f"{module}.{name}")
        return _NAMES[name]

    def persistent_load(self, pid: object) -> NoReturn:
        """Refuse objects that are kept elsewhere."""
        raise UnsafeName("an object outside the file")

    def get_extension(self, code: int) -> NoReturn:
        """Refuse the names of the process's extension registry."""
        raise UnsafeName(f"extension {code}")


def load_arrays(content: bytes) -> Any:
    """Return what a pickle of dicts, lists, numbers, text and numeric arrays holds.

    Raises:
        UnsafeName: it asks for anything else; nothing of that was looked up.
        ValueError: it is damaged.
    """
    try:
        return _plain(_Unpickler(BytesIO(content)).load())
    except (UnsafeName, RecursionError):
        raise
    except Exception as error:  # whatever a damaged program for a stack machine can do
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _plain(value: Any, depth: int = 0) -> Any:
    """Replace the stand-ins by their arrays."""
    if depth > 8:
        raise ValueError("it is nested too deep")
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return value
