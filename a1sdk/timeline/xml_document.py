"""An XML document as an element tree that cannot hurt: no entities, a limited size and depth."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from a1sdk.errors import DecodeError
from a1sdk.timeline.content import read_bytes

MAX_DEPTH = 200
MAX_ELEMENTS = 8_000_000


def parse(path: Path) -> Element:
    """Return the root of the document in a file.

    A document type may be named, but nothing may be declared in it: no entity is
    expanded and nothing outside the file is read.

    Raises:
        DecodeError: no well-formed XML, an entity declared, or beyond the limits.
    """
    data = read_bytes(path)
    try:
        return _Tree().parse(data)
    except expat.ExpatError as error:
        raise DecodeError(f"The file is no well-formed XML: {error}.") from error
    except (LookupError, ValueError) as error:  # an encoding that is not known, or not its own
        raise DecodeError(f"The file's text cannot be decoded: {error}.") from error


class _Tree:
    """Builds the elements, counting how deep and how many."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._depth = self._count = 0

    def parse(self, data: bytes) -> Element:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data
        parser.EntityDeclHandler = self._entity
        parser.Parse(data, True)
        return self._builder.close()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise DecodeError(
                f"The file has over {MAX_ELEMENTS} elements, or over {MAX_DEPTH} in each other."
            )
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def _entity(self, *_: object) -> NoReturn:
        raise DecodeError("The file declares XML entities, which no editing program does.")


def text(element: Element, path: str) -> str:
    """Return what stands at `path`, without the space around it; empty where nothing does."""
    return (element.findtext(path) or "").strip()
