"""A file to be recognised, and the ways to read it within bounds."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import IO, Any, NoReturn

from a1sdk.plugin import DecodeError

HEAD = 1 << 16
"""Bytes at the beginning of a file that have to show what it is."""

MOST_BYTES = 1 << 30
MOST_JSON = 1 << 27
MOST_ROWS = 1_000_000
"""Four and a half hours at 60 rows a second."""

_LONGEST_LINE = 1 << 20


class Sample:
    """A file: its first bytes, and its text as a table or a JSON document where it is one.

    Attributes:
        path: the file.
        head: its first `HEAD` bytes, without a byte order mark.

    Raises:
        DecodeError: it cannot be opened, is empty, or is too large to be a performance.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._opened() as file:
            self.head = file.read(HEAD).removeprefix(b"\xef\xbb\xbf")
        if not self.head.strip():
            self.refuse("is empty")

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            with self.path.open("rb") as file:
                yield file
        except OSError as error:
            raise DecodeError(
                f"{str(self.path)!r} cannot be read: {error.strerror or error}.",
                path=str(self.path),
            ) from error

    def refuse(self, why: str, hint: str | None = None) -> NoReturn:
        """Raise the `DecodeError` that says that the file `why`."""
        raise DecodeError(f"{str(self.path)!r} {why}.", path=str(self.path), hint=hint)

    def read_bytes(self, most: int = MOST_BYTES) -> bytes:
        """Return all of the file.

        Raises:
            DecodeError: it has more bytes than `most`, or cannot be read.
        """
        with self._opened() as file:
            content = file.read(most + 1)
        if len(content) > most:
            self.refuse(f"is larger than {most >> 20} MiB")
        return content

    def read_text(self, most: int = MOST_JSON) -> str:
        """Return all of the file, which is UTF-8 text, without a byte order mark."""
        try:
            return self.read_bytes(most).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.refuse(f"is no UTF-8 text: byte {error.start} is {error.object[error.start]:#x}")

    @cached_property
    def is_json(self) -> bool:
        """Whether the file begins as a JSON object or list does."""
        return self.head.lstrip()[:1] in (b"{", b"[")

    @cached_property
    def document(self) -> Any:
        """The file's JSON, parsed; None where it is none."""
        if not self.is_json:
            return None
        try:
            return json.loads(self.read_text(), parse_constant=self._no_number)
        except RecursionError:
            self.refuse("is JSON nested too deep to be a performance")
        except ValueError as error:
            self.refuse(f"is no valid JSON: {error}")

    def _no_number(self, text: str) -> NoReturn:
        self.refuse(f"has {text} where JSON has a number")

    @property
    def keys(self) -> frozenset[str]:
        """Names at the top of the file's JSON object."""
        return frozenset(self.document) if isinstance(self.document, dict) else frozenset()

    @cached_property
    def first_line(self) -> str:
        """The first line, as far as it is text."""
        return self.head.split(b"\n", 1)[0].decode("utf-8", "replace").strip("\r")

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """Names in the first line, if it is that of a table, trimmed."""
        if self.is_json or len(self.first_line) > HEAD // 2:
            return ()
        cells = self.first_line.split(_separator(self.first_line))
        return tuple(cell.strip().strip('"') for cell in cells)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The titles in small letters, to look for names in."""
        return tuple(title.lower() for title in self.titles)


def _separator(line: str) -> str:
    return max(",;\t", key=line.count)


class Table:
    """Rows of text under named columns, read as they are needed.

    Cells are separated by commas, semicolons or tabs. Where they are not separated by commas,
    numbers may have a decimal comma.

    Args:
        sample: the file.
        label: column that names a row in messages, such as its time code.
    """

    def __init__(self, sample: Sample, label: int | None = None) -> None:
        self._sample = sample
        self._separator = _separator(sample.first_line)
        self.names = sample.columns
        self._label = label

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each row's name, for messages, and its cells; blank lines are left out.

        Raises:
            DecodeError: a row has too few or too many cells, or there are too many rows.
        """
        try:
            with self._sample.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(_lines(file), delimiter=self._separator)
                next(reader, None)
                for number, cells in enumerate(filter(None, reader), start=2):
                    if number > MOST_ROWS:
                        self._sample.refuse(f"has more than {MOST_ROWS} rows")
                    name = self._name(number, cells)
                    self._expect_whole(name, cells)
                    yield name, cells
        except (csv.Error, UnicodeDecodeError) as error:
            self._sample.refuse(f"is no table: {error}")
        except OSError as error:
            self._sample.refuse(f"cannot be read: {error.strerror or error}")

    def _name(self, number: int, cells: Sequence[str]) -> str:
        if self._label is None or self._label >= len(cells):
            return f"row {number}"
        return f"row {number} ({cells[self._label].strip():.40})"

    def _expect_whole(self, name: str, cells: Sequence[str]) -> None:
        if len(cells) != len(self.names):
            last = self._sample.titles[min(len(cells), len(self.names)) - 1]
            self._sample.refuse(
                f"is damaged: {name} has {len(cells)} cells, up to column {last}, where the"
                f" first line names {len(self.names)} columns",
                hint="export the take again, or delete that row",
            )

    def numbers(self, row: tuple[str, list[str]], columns: Sequence[int]) -> list[float]:
        """Return the numbers in some columns of a row.

        Raises:
            DecodeError: one is no finite number; the message names its row and column.
        """
        name, cells = row
        return [self._number(name, column, cells[column]) for column in columns]

    def _number(self, name: str, column: int, cell: str) -> float:
        text = cell.replace(",", ".") if self._separator != "," else cell
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            self._sample.refuse(
                f"has {cell!r:.40} in column {self._sample.titles[column]} of {name}, not a number",
                hint="mend that cell, or delete the row: rows without a face are gaps",
            )
        return value


def _lines(file: IO[str]) -> Iterator[str]:
    """Yield the lines of a file, none of which may be endless."""
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error("it has a line of a million characters")
        yield line
