"""An XML document as an element tree that cannot hurt: no entities, a limited size and depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from a1sdk.errors import DecodeError
from a1sdk.timeline.content import read_bytes

MAX_DEPTH = 200
MAX_ELEMENTS = 8_000_000

_Step = tuple["_Step | None", str, int]


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


class Paths(Mapping[Element, str]):
    """The paths of a document's elements of some kinds: each step a tag and a sibling's number.

    A path is put together when it is asked for, since together they can be longer by far than the
    document.
    """

    def __init__(self, root: Element, tags: Collection[str], start: str, first: int) -> None:
        """Number the elements.

        Args:
            root: the document.
            tags: of which kinds.
            start: what the paths begin with.
            first: the number of the first of the siblings that have one tag.
        """
        self._start, self._first = start, first
        self._steps: dict[Element, _Step] = {}
        parents: list[tuple[Element, _Step | None]] = [(root, None)]
        while parents:
            parent, place = parents.pop()
            seen: Counter[str] = Counter()
            for child in parent:
                if len(child) or child.tag in tags:
                    step = place, child.tag, seen[child.tag]
                    if child.tag in tags:
                        self._steps[child] = step
                    if len(child):
                        parents.append((child, step))
                seen[child.tag] += 1

    def __getitem__(self, element: Element) -> str:
        steps = []
        step: _Step | None = self._steps[element]
        while step is not None:
            step, tag, number = step
            steps.append(f"{tag}[{number + self._first}]")
        return "/".join([self._start, *reversed(steps)])

    def __iter__(self) -> Iterator[Element]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


def text(element: Element, path: str) -> str:
    """Return what stands at `path`, without the space around it; empty where nothing does."""
    return (element.findtext(path) or "").strip()
