"""Where in an XML text its elements stand, so that one can be changed and the others kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from a1sdk.errors import DecodeError
from a1sdk.timeline.conform.splices import Splice, indent_at

_TAG = re.compile(r"""<[^\s/>]+(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(r"""(\s+)([^\s=/>"']+)(\s*=\s*)("[^"]*"|'[^']*')""")
_STEP = re.compile(r"([^/\[\]]+)\[(\d+)\]")


@dataclass(eq=False)
class Node:
    """An element in the text.

    Attributes:
        start: where its `<` is.
        inside: where its start tag ends.
        stop: where it ends.
    """

    tag: str
    attributes: dict[str, str]
    start: int
    inside: int
    parent: Node | None
    stop: int = 0
    children: list[Node] = field(default_factory=list)

    def all(self, tag: str) -> list[Node]:
        """Return its children of a name."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Node | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.tag == tag), None)

    def below(self) -> Iterator[Node]:
        """Yield it and all elements in it, in the document's order."""
        yield self
        for child in self.children:
            yield from child.below()


class XmlText:
    """An XML text and its elements."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = _Parse(text).root

    def at(self, path: str, first: int = 1) -> Node:
        """Return the element at a path such as `./sequence[1]/media[1]`.

        Args:
            path: each step a name, and which of its parent's children of that name is meant.
            first: the number of the first of them.

        Raises:
            DecodeError: there is none.
        """
        node = self.root
        for tag, number in _STEP.findall(path):
            found = node.all(tag)
            if not 0 <= int(number) - first < len(found):
                raise DecodeError(f"The document has no element {path!r:.200}.")
            node = found[int(number) - first]
        return node

    def content(self, node: Node) -> str:
        """Return what is written between an element's tags."""
        if self._empty(node):
            return ""
        return self.text[node.inside : self.text.rindex("</", node.inside, node.stop)]

    def written(self, node: Node) -> str:
        """Return an element as it is written."""
        return self.text[node.start : node.stop]

    def replaced(self, node: Node, text: str) -> Splice:
        """Return the change that puts XML in an element's place, set in as it is."""
        return Splice(node.start, node.stop, self._set_in(text, node.start))

    def filled(self, node: Node, value: str) -> Splice:
        """Return the change that gives an element text as its only content."""
        if self._empty(node):
            return Splice(node.start, node.stop, element(node.tag, value))
        close = self.text.rindex("</", node.inside, node.stop)
        return Splice(node.inside, close, escape(value))

    def removed(self, node: Node) -> Splice:
        """Return the change that takes an element out, with the white space before it."""
        start = node.start
        while start and self.text[start - 1] in " \t\r\n":
            start -= 1
        return Splice(start, node.stop, "")

    def added(self, after: Node, text: str) -> Splice:
        """Return the change that puts XML after an element, on a line of its own if that is."""
        lead = indent_at(self.text, after.start)
        alone = lead is not None and not self.text.endswith(">", 0, after.start)
        text = self._set_in(text, after.start)
        return Splice(after.stop, after.stop, f"{self._line_end()}{lead}{text}" if alone else text)

    def attributed(self, node: Node, values: dict[str, str | None], inside: str = "") -> Splice:
        """Return the change that sets attributes; None takes one away.

        `inside` is XML to be put into an element that is empty.
        """
        tag = self.text[node.start : node.inside]
        ahead = dict(values)

        def put(match: re.Match[str]) -> str:
            space, name, equals, _ = match.groups()
            if name not in ahead:
                return match[0]
            value = ahead.pop(name)
            return "" if value is None else f"{space}{name}{equals}{quoteattr(value)}"

        tag = _ATTRIBUTE.sub(put, tag)
        more = "".join(f" {name}={quoteattr(v)}" for name, v in ahead.items() if v is not None)
        close = len(tag) - (2 if tag.endswith("/>") else 1)
        end = f">{self._set_in(inside, node.start)}</{node.tag}>" if inside else tag[close:]
        return Splice(node.start, node.inside, tag[:close].rstrip() + more + end)

    def begun(self, node: Node, text: str) -> Splice:
        """Return the change that puts XML at the beginning of an element that has content."""
        first = node.children[0] if node.children else node
        lead = indent_at(self.text, first.start) if node.children else None
        alone = lead is not None and "\n" in self.text[node.inside : first.start]
        text = self._set_in(text, first.start)
        return Splice(
            node.inside, node.inside, f"{self._line_end()}{lead}{text}" if alone else text
        )

    def _empty(self, node: Node) -> bool:
        return node.inside == node.stop

    def _set_in(self, text: str, at: int) -> str:
        lead = indent_at(self.text, at)
        return text.replace("\n", self._line_end() + lead) if lead is not None else _flat(text)

    def _line_end(self) -> str:
        return "\r\n" if "\r\n" in self.text[:2000] else "\n"


def element(tag: str, content: str | list[str], **attributes: str) -> str:
    """Return an element: with text, which is escaped, or with elements, each on its line."""
    start = tag + "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    if isinstance(content, str):
        return f"<{start}>{escape(content)}</{tag}>"
    if not content:
        return f"<{start}/>"
    inner = "".join(f"\n{child}" for child in content).replace("\n", "\n\t")
    return f"<{start}>{inner}\n</{tag}>"


def _flat(text: str) -> str:
    return re.sub(r"\n\t*", "", text)


class _Parse:
    """Reads the elements' places; the reader of the format has found the document harmless."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._data = text.encode("utf-8")
        self._bytes = self._chars = 0
        self._open: Node | None = None
        self._root: Node | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            raise DecodeError(f"The file is no well-formed XML: {error}.") from error

    @property
    def root(self) -> Node:
        assert self._root is not None  # a document without is not well-formed
        return self._root

    def _at(self) -> int:
        """Return the place in the text; places come in their order."""
        now = self._parser.CurrentByteIndex
        self._chars += len(self._data[self._bytes : now].decode("utf-8"))
        self._bytes = now
        return self._chars

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        start = self._at()
        match = _TAG.match(self._text, start)
        assert match is not None
        node = Node(tag, attributes, start, match.end(), self._open)
        if self._open is None:
            self._root = node
        else:
            self._open.children.append(node)
        self._open = node

    def _end(self, tag: str) -> None:
        node = self._open
        assert node is not None
        if self._text.endswith("/>", node.start, node.inside):
            node.stop = node.inside
        else:
            node.stop = self._text.index(">", self._at()) + 1
        self._open = node.parent
