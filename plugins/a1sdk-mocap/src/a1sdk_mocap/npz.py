"""Read arrays of an `.npz` without pickles, and without believing its headers."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

    Arrays = Mapping[str, "np.ndarray[Any, np.dtype[Any]]"]

_MOST = 1 << 29
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
)


def member_names(sample: Sample) -> list[str]:
    """Return the names of the arrays; none where the file is no zip archive."""
    if not sample.head.startswith(b"PK\x03\x04"):
        return []
    with _archive(sample) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def load_arrays(sample: Sample, names: Mapping[str, object] | frozenset[str]) -> Arrays:
    """Return those of the arrays `names` that the file has.

    Raises:
        DecodeError: one is not of numbers, says another size than it has, or is damaged.
    """
    with _archive(sample) as archive:
        found = [info for info in archive.infolist() if info.filename.removesuffix(".npy") in names]
        if sum(info.file_size for info in found) > _MOST:
            sample.refuse(f"unpacks to more than {_MOST >> 20} MiB")
        return {info.filename.removesuffix(".npy"): _array(archive, info) for info in found}


@contextmanager
def _archive(sample: Sample) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(sample.path) as archive:
            yield archive
    except _DAMAGED as error:
        sample.refuse(f"is a damaged archive of arrays: {error}")


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray[Any, np.dtype[Any]]:
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    file = BytesIO(content)
    version = npy.read_magic(file)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, by_columns, dtype = read_header(file)
    if dtype.kind not in "fiu":
        raise ValueError(f"{info.filename!r} holds {dtype}, not numbers")
    rest = content[file.tell() :]
    if prod(shape) * dtype.itemsize != len(rest):
        raise ValueError(
            f"{info.filename!r} says it is {dtype} {list(shape)}, but has {len(rest)} bytes"
        )
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if by_columns else "C")
