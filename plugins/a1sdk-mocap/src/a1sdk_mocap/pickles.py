"""Read pickles that hold arrays, and nothing else: no callable of a file's choice is reached.

Unpickling runs a program that the file brings. Here it has the instructions that arrays in dicts
and lists are made by, and no other; the few names that a numpy array needs lead to stand-ins of
our own, which only keep bytes and check them, and every other name is refused. Instructions and
results are counted, for a few bytes of program can ask for any amount of memory. The unpickler is
Python's own in Python: the one in C can be made to fill the memory by an index.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from math import prod
from struct import unpack
from typing import Any, NoReturn

import numpy as np

_KINDS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
_MOST_STEPS = 1 << 23
"""Instructions of a program: half an hour of a template at 25 frames a second."""

_MOST_NUMBERS = 1 << 26
"""Numbers in arrays in all, each as often as it is found: what is shared may be met often."""

_AN_OBJECT = 8
"""Numbers that any other object counts for: it takes some 60 bytes."""

_DEEPEST = 8


class UnsafeName(Exception):
    """A pickle asks for something that is no part of an array."""


class _Dtype:
    """Stands for `numpy.dtype`."""

    def __init__(self, code: object, *_: object) -> None:
        if code not in _KINDS:
            raise UnsafeName(f"an array of {code!r:.20}")
        self._code, self._order = str(code), "<"

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take what numpy keeps of it: a version, the order of bytes, and what records have."""
        self._order = ">" if state[1] == ">" else "<"

    @property
    def numpy(self) -> np.dtype[Any]:
        """The type, of numbers, which it stands for."""
        return np.dtype(self._order + self._code)


class _Array:
    """Stands for a `numpy.ndarray` that is being built."""

    def __init__(self, *_: object) -> None:
        self.value = np.zeros(0)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take what numpy keeps of it: a version, shape, type, order of axes, and bytes."""
        _, shape, dtype, by_columns, content = state
        self.value = _shaped(content, dtype, shape, "F" if by_columns else "C")


def _shaped(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return the array that has these bytes, without a copy."""
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("an array has a shape that is none")
    bytes_due = prod(shape) * dtype.numpy.itemsize
    if not isinstance(content, bytes | bytearray) or bytes_due != len(content):
        raise ValueError(f"an array of shape {shape!r:.60} has other than its bytes")
    return np.frombuffer(content, dtype.numpy).reshape(shape, order="F" if order == "F" else "C")


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    """Stand for `numpy._core.numeric._frombuffer`, by which protocol 5 holds arrays."""
    array = _Array()
    array.value = _shaped(content, dtype, shape, order)
    return array


def _scalar(dtype: _Dtype, content: bytes) -> float:
    if not isinstance(content, bytes) or len(content) != dtype.numpy.itemsize:
        raise ValueError("a number has other than its bytes")
    return float(np.frombuffer(content, dtype.numpy)[0])


_MODULES = (
    "numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric",
    "numpy._core.numeric", "_codecs",
)  # fmt: skip
_NAMES: dict[str, Callable[..., Any]] = {
    "_reconstruct": _Array,
    "ndarray": _Array,
    "dtype": _Dtype,
    "scalar": _scalar,
    "_frombuffer": _from_buffer,
}
_ENCODE = "encode"

_INSTRUCTIONS = (
    "PROTO FRAME STOP MARK POP POP_MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1"
    " BINFLOAT BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8"
    " BYTEARRAY8 EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS EMPTY_DICT"
    " SETITEM SETITEMS BINPUT LONG_BINPUT MEMOIZE BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE"
    " BUILD"
).split()


class _Unpickler(pickle._Unpickler):
    """Unpickles arrays; see the module."""

    stack: list[Any]
    read: Callable[[int], bytes]

    def __init__(self, content: bytes) -> None:
        super().__init__(BytesIO(content))
        self._content = content
        self._encoded = self._steps = 0

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Return the stand-in for a name."""
        if module == "_codecs" and name == _ENCODE:
            return self._encode
        if module not in _MODULES or name not in _NAMES:
            raise UnsafeName(f"{module}.{name}")
        return _NAMES[name]

    def _encode(self, text: str, encoding: str) -> bytes:
        """Stand for `_codecs.encode`, by which pickles of protocol 2 hold bytes, each once."""
        if encoding != "latin1":
            raise UnsafeName(f"text in {encoding!r:.20}")
        self._encoded += len(text)
        if self._encoded > len(self._content):
            raise ValueError("it makes more bytes than it has")
        return text.encode("latin1")

    def step(self, instruction: int) -> None:
        """Follow one instruction of the program."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ValueError(f"it takes more than {_MOST_STEPS} steps")
        _FOLLOWED[instruction](self)

    def restore(self) -> None:
        """Give a stand-in its state; nothing else has any."""
        state = self.stack.pop()
        made = self.stack[-1]
        if not isinstance(made, _Array | _Dtype):
            raise UnsafeName(f"a state of {type(made).__name__!r}")
        made.restore(state)

    def read_bytearray(self) -> None:
        """Read bytes that can be changed, if they are there."""
        (length,) = unpack("<Q", self.read(8))
        if length > len(self._content):
            raise ValueError("it makes more bytes than it has")
        self.stack.append(bytearray(self.read(length)))

    def refuse(self, instruction: int) -> NoReturn:
        """Refuse an instruction that arrays are not made by."""
        raise UnsafeName(f"instruction {bytes([instruction])!r}")


def _instruction(name: str) -> int:
    return int(getattr(pickle, name)[0])


_FOLLOWED: dict[int, Callable[[Any], None]] = {
    **{code: pickle._Unpickler.dispatch[code] for code in map(_instruction, _INSTRUCTIONS)},
    _instruction("BUILD"): _Unpickler.restore,
    _instruction("BYTEARRAY8"): _Unpickler.read_bytearray,
}
_Unpickler.dispatch = {
    code: partial(_Unpickler.step if code in _FOLLOWED else _Unpickler.refuse, instruction=code)
    for code in range(256)
}


def load_arrays(content: bytes) -> Any:
    """Return what a pickle of dicts, lists, numbers, text and numeric arrays holds.

    Raises:
        UnsafeName: it asks for anything else; nothing of that was looked up.
        ValueError: it is damaged, or takes more memory than a performance.
    """
    try:
        return _Plain().of(_Unpickler(content).load())
    except UnsafeName:
        raise
    except Exception as error:  # whatever a damaged program for a stack machine can do
        raise ValueError(f"{type(error).__name__}: {error}") from error


class _Plain:
    """Replaces the stand-ins by their arrays, in as much as a performance may hold."""

    def __init__(self) -> None:
        self._left = _MOST_NUMBERS

    def of(self, value: Any, depth: int = 0) -> Any:
        """Return a value without stand-ins."""
        if isinstance(value, _Array):
            value = value.value
        self._left -= value.size if isinstance(value, np.ndarray) else _AN_OBJECT
        if depth > _DEEPEST or self._left < 0:
            raise ValueError("it is nested too deep, or holds too much")
        if isinstance(value, dict):
            return {key: self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return self._items(value, depth + 1)
        return value

    def _items(self, values: Sequence[Any], depth: int) -> list[Any]:
        return [self.of(item, depth) for item in values]
