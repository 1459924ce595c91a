"""AAF files as pyaaf2 opens them, checked first, and what its objects say in our own types.

An AAF is a compound file: a little file system of its own. pyaaf2 trusts its sizes and its tree of
folders, so these are checked before anything is read through them.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from a1sdk.errors import A1Error, DecodeError, ResourceError
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.numbers import exact_rate

_ENTRY = 128  # bytes of a folder's or stream's entry
_NONE = 0xFFFFFFFA  # entry and sector numbers from here on mean none
_FREE = 0xFFFFFFFF  # what follows a sector that is not used
_SIZES, _DIFAT_COUNT, _DIRECTORY = 30, 72, 48  # where the header has them
_STORAGES = (1, 5)  # folder, root
_STREAM = 2


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an AAF file for reading.

    Whatever pyaaf2 raises on the way, also later while its objects are read, is one DecodeError.

    Raises:
        DecodeError: the file is damaged, or no AAF.
        ResourceError: pyaaf2 is not installed.
    """
    aaf2 = _aaf2()
    try:
        with _quiet(), path.open("rb") as raw:
            _check(aaf2, raw, path.stat().st_size)
            with _file(aaf2, path) as file:
                yield file
    except A1Error:
        raise
    except Exception as error:  # pyaaf2 raises whatever a damaged file leads it into
        reason = " ".join(f"{error}".split())[:200]
        raise DecodeError(
            f"{path} is damaged, or not an AAF ({type(error).__name__}: {reason}).",
            path=str(path),
            hint="export it again",
        ) from error


def value(thing: Any, key: str) -> Any:
    """Return a property's value; None where the object does not have it."""
    found = thing.get(key) if thing is not None else None
    return None if found is None else found.value


def many(thing: Any, key: str) -> list[Any]:
    """Return the objects that a property holds; none where the object does not have it."""
    found = value(thing, key)
    return [] if found is None else list(found)


def name_of(thing: Any, key: str = "Name") -> str:
    """Return an object's name, as text that can be encoded; empty where it has none."""
    return text(value(thing, key))


def count(thing: Any, key: str) -> int:
    """Return a whole number that an object has, 0 where it has not."""
    return int(value(thing, key) or 0)


def kind_of(thing: Any) -> str:
    """Return what a component is, by its class's name in AAF: SourceClip, Filler, ..."""
    return type(thing).__name__


def media_kind(segment: Any) -> str:
    """Return `Picture`, `Sound`, `Timecode` or what else a segment carries; empty if unsaid."""
    if segment is None or "DataDefinition" not in segment:
        return ""
    return text(segment.media_kind).removeprefix("Legacy")


def rate_of(slot: Any) -> Fraction:
    """Return how many edit units of a slot make a second.

    Raises:
        DecodeError: it is not above zero.
    """
    return exact_rate(exact(value(slot, "EditRate")))


def exact(number: Any) -> Fraction:
    """Return a number of AAF, whose rationals need not be in lowest terms."""
    if isinstance(number, float):
        return Fraction(number)
    return Fraction(number.numerator, number.denominator)


def components(segment: Any) -> Sequence[Any]:
    """Return the components of a sequence; of another segment, itself alone."""
    if segment is None:
        return []
    return many(segment, "Components") if kind_of(segment) == "Sequence" else [segment]


def comments(thing: Any) -> dict[str, Any]:
    """Return what users, and the program for them, have attached to an object by name."""
    found: dict[str, Any] = {}
    for key in ("Attributes", "ComponentAttributeList", "UserComments"):
        for tagged in many(thing, key):
            content = tagged.value
            if isinstance(content, (str, int, float)):
                found[text(tagged.name)] = text(content) if isinstance(content, str) else content
    return found


def _aaf2() -> Any:
    try:
        import aaf2  # type: ignore[import-untyped]
        import aaf2.cfb  # type: ignore[import-untyped]
    except ImportError as error:
        raise ResourceError(
            "Reading an AAF needs the package pyaaf2.", hint="pip install 'a1sdk[aaf]'"
        ) from error
    return aaf2


def _file(aaf2: Any, path: Path) -> Any:
    """Open a file as `aaf2.open` does, which leaves it open where it fails."""

    class File(aaf2.file.AAFFile):  # type: ignore[misc]
        def __init__(self) -> None:
            try:
                super().__init__(str(path), "r")
            except BaseException:
                self.f.close()
                raise

    return File()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pyaaf2's remarks, which it makes to the root logger, from the user's terminal."""

    def ours(record: logging.LogRecord) -> bool:
        return "aaf2" not in Path(record.pathname).parts

    root = logging.getLogger()
    root.addFilter(ours)
    try:
        yield
    finally:
        root.removeFilter(ours)


def _check(aaf2: Any, raw: Any, size: int) -> None:
    """Refuse a compound file whose tables or streams are larger than it is, or whose tree is none.

    Raises:
        DecodeError: it is such a file.
    """
    header = raw.read(512)
    if len(header) < 512:
        raise DecodeError("It is cut off within its header.")
    shift = struct.unpack_from("<H", header, _SIZES)[0]
    tables = struct.unpack_from("<I", header, _DIFAT_COUNT)[0]
    if shift not in (9, 12) or tables > size >> shift:
        raise DecodeError("Its header is damaged.")
    container = aaf2.cfb.CompoundFileBinary(raw, "rb")
    used = [number for number, after in enumerate(container.fat) if after != _FREE]
    table = container.fat_sector_count << shift >> 2
    if len(container.fat) < table or (used and (used[-1] + 1) << shift >= size):
        raise DecodeError("It is cut off: the file is shorter than it says.")
    entries = b"".join(_sector(raw, number, shift) for number in container.dir_fat_chain)
    _check_tree(entries, size)


def _sector(raw: Any, number: int, shift: int) -> bytes:
    raw.seek((number + 1) << shift)
    data: bytes = raw.read(1 << shift)
    return data


def _check_tree(entries: bytes, size: int) -> None:
    """Walk all folders from the root: each entry is in one place, each stream within the file."""
    waiting, seen = [0], set[int]()
    while waiting:
        number = waiting.pop()
        at = number * _ENTRY
        if number in seen or at + _ENTRY > len(entries):
            raise DecodeError("Its folders are damaged: they lead in a circle or nowhere.")
        seen.add(number)
        kind = entries[at + 66]
        left, right, child = struct.unpack_from("<III", entries, at + 68)
        waiting += [left, right] if kind in (1, _STREAM) else []
        waiting += [child] if kind in _STORAGES else []
        waiting = [found for found in waiting if found < _NONE]
        if kind == _STREAM and struct.unpack_from("<Q", entries, at + 120)[0] > size:
            raise DecodeError("One of its streams is larger than the file.")
