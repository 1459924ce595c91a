"""FCP 7 XML as text: an element tree that cannot hurt, and the values its elements hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from a1sdk.errors import DecodeError
from a1sdk.timeline.numbers import exact_rate

MAX_DEPTH = 200
MAX_ELEMENTS = 8_000_000

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")
_NTSC = (12, 15, 18, 24, 30, 48, 60, 72, 90, 96, 120)  # 25 x 1000/1001 is nobody's rate
_ADDRESSED = ("sequence", "track", "clipitem", "generatoritem", "transitionitem")


def parse(path: Path) -> Element:
    """Return the root of the document in a file.

    The document type `xmeml` may be named, but nothing may be declared in it: no entity is
    expanded and nothing outside the file is read.

    Raises:
        DecodeError: no well-formed XML, an entity declared, or beyond the limits.
    """
    try:
        return _Tree().parse(path.read_bytes())
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


def addresses(root: Element) -> dict[Element, str]:
    """Return the path to each sequence, track and item, as `root.find` understands it."""

    def below(parent: Element, path: str) -> Iterator[tuple[Element, str]]:
        seen: Counter[str] = Counter()
        for child in parent:
            seen[child.tag] += 1
            here = f"{path}/{child.tag}[{seen[child.tag]}]"
            if child.tag in _ADDRESSED:
                yield child, here
            if len(child):
                yield from below(child, here)

    return dict(below(root, "."))


def text(element: Element, path: str) -> str:
    """Return what stands at `path`, without the space around it; empty where nothing does."""
    return (element.findtext(path) or "").strip()


def number(element: Element, path: str) -> Fraction | None:
    """Return the exact number at `path`; None where there is none.

    Raises:
        DecodeError: what stands there is no number.
    """
    written = text(element, path)
    if not written:
        return None
    if not _NUMBER.fullmatch(written):
        raise DecodeError(f"<{path}> of <{element.tag}> is {written!r:.40}, not a number.")
    return Fraction(written)


def flag(element: Element, path: str, *, default: bool) -> bool:
    """Return the truth at `path`; `default` where nothing stands there."""
    written = text(element, path).upper()
    return written in ("TRUE", "1", "YES") if written else default


def rate(element: Element) -> Fraction | None:
    """Return the frames per second of an element's own `<rate>`; None where it has none.

    Raises:
        DecodeError: it is zero or no number.
    """
    base = number(element, "rate/timebase")
    if base is None:
        return None
    if flag(element, "rate/ntsc", default=False) and base in _NTSC:
        return base * 1000 / 1001
    return exact_rate(base)


def plain(element: Element) -> Any:
    """Return an element's text, or a dict of its children with lists where they repeat."""
    if not len(element):
        return (element.text or "").strip()
    values: dict[str, Any] = {}
    for child in element:
        value = plain(child)
        if child.tag not in values:
            values[child.tag] = value
        elif isinstance(values[child.tag], list):
            values[child.tag].append(value)
        else:
            values[child.tag] = [values[child.tag], value]
    return values


def facts(element: Element, *tags: str) -> dict[str, Any]:
    """Return what those of its children hold that hold anything."""
    found = {tag: plain(child) for tag in tags if (child := element.find(tag)) is not None}
    return {tag: value for tag, value in found.items() if value}
