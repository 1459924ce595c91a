"""Changes to a document as text: what is replaced, and nothing around it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from a1sdk.errors import ConformError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """The characters from `start` to `stop`, the latter excluded, become `text`."""

    start: int
    stop: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can be written again byte for byte.

    Attributes:
        text: all of it, a byte order mark included.
        encoding: what it is encoded in.
    """

    text: str
    encoding: str

    @classmethod
    def decoded(cls, data: bytes, fallback: str = "utf-8") -> Document:
        """Return bytes as text: by their mark, their XML declaration, UTF-8, else `fallback`.

        Raises:
            UnicodeDecodeError: they are none of these.
        """
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                return cls(data.decode(encoding), encoding)
        if b"\0" in data[:4]:  # JSON without a mark
            encoding = json.detect_encoding(data)
            return cls(data.decode(encoding), encoding)
        declared = _DECLARED.match(data[:1000].lstrip())
        for encoding in (_known(declared[1].decode()) if declared else "utf-8", "utf-8"):
            try:
                return cls(data.decode(encoding), encoding)
            except UnicodeDecodeError:
                continue
        return cls(data.decode(fallback), fallback)

    def changed(self, splices: Iterable[Splice]) -> bytes:
        """Return the bytes of the document with all changes made.

        Two changes may touch, and are then made in order, but not overlap. What XML cannot encode
        it names by its number.

        Raises:
            ConformError: the document's encoding has not the letters of what is put into it.
        """
        parts, at = [], 0
        for one in sorted(splices, key=lambda splice: (splice.start, splice.stop)):
            if one.start < at:
                raise ValueError(f"changes overlap at {one.start}")
            parts += [self.text[at : one.start], one.text]
            at = one.stop
        text = "".join([*parts, self.text[at:]])
        is_xml = self.text.lstrip("\ufeff \t\r\n").startswith("<")
        try:
            return text.encode(self.encoding, "xmlcharrefreplace" if is_xml else "strict")
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise ConformError(
                f"A file name has {letter!r}, which the document's {self.encoding} has not.",
                hint="render to a folder and a name in plain letters",
            ) from error


def indent_at(text: str, at: int) -> str | None:
    """Return the white space that the line of a place begins with; None if it is the first."""
    line = text.rfind("\n", 0, at) + 1
    if not line:
        return None
    return text[line : line + len(text[line:at]) - len(text[line:at].lstrip(" \t"))]


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return "utf-8"
    # What declares UTF-16 and has no mark is read as it is, byte for byte.
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else name
