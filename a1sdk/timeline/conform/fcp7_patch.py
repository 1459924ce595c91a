"""Relink clip items in an FCP 7 XML without touching anything else in it.

A file is written out once and named by its id after that, so that taking a clip item off a file
may mean writing the file out at the next item that uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import unescape

from a1sdk.timeline.conform.relinks import Patched, Relink, Remarked, left
from a1sdk.timeline.conform.splices import Document, Splice
from a1sdk.timeline.conform.xml_spans import Node, XmlText, element
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.model import Clip, Cut, Marker, Problem
from a1sdk.timeline.remarks import Severity, is_remark
from a1sdk.timeline.rendered import Rendered

_COLORS: Mapping[Severity, str] = {"fail": "4281740498", "warn": "4281049552"}
"""Red and yellow of Premiere's markers, as it writes them."""

_STALE = (
    "masterclipid", "pproTicksIn", "pproTicksOut", "subclipinfo", "stillframe", "stillframeoffset",
)  # fmt: skip
"""What says of a clip item which part of its former media it shows, in other words."""


def patch(path: Path, relinks: Sequence[Relink], cut: Cut) -> Patched:
    """Return an FCP 7 XML with clips relinked.

    Raises:
        DecodeError: a clip is not where its origin says.
    """
    document = Document.decoded(read_bytes(path))
    text = XmlText(document.text)
    items: dict[Node, _Item] = {}
    problems: list[Problem] = []
    for relink in relinks:
        item = _Item(text, text.at(relink.origin), relink)
        refused = item.refused()
        if refused is None:
            items[item.node] = item
        else:
            problems.append(left(cut, relink, *refused))
    ids = _free_ids(text.root, len(items))
    splices = [
        one for item, free in zip(items.values(), ids, strict=True) for one in item.splices(free)
    ]
    splices += _moved(text, set(items))
    done = tuple(item.relink for item in items.values())
    return Patched(document.changed(splices), done, tuple(problems))


class _Item:
    """A clip item that is to show something else."""

    def __init__(self, text: XmlText, node: Node, relink: Relink) -> None:
        self.node = node
        self.relink = relink
        self._text = text

    @property
    def _first(self) -> int:
        """The media's frame that `in` has to name: beside a transition, the first one it shows."""
        early = self.relink.clip.in_offset if self._number("start") == -1 else Fraction(0)
        return self._frames(self.relink.lead - self.relink.first - early)

    @property
    def _last(self) -> int:
        late = self.relink.clip.out_offset if self._number("end") == -1 else Fraction(0)
        shown = self.relink.clip.span.duration + late
        return self._frames(self.relink.lead - self.relink.first + shown)

    def refused(self) -> tuple[str, str] | None:
        """Return the problem that keeps it from being relinked, if there is one."""
        if self.node.tag != "clipitem":
            return "A1-CONFORM-MEDIA", "is generated, and has no media that could be replaced"
        if self._first < 0 or self._last > self.relink.rendered.frames:
            why = "is shown longer by a transition than the handles of its render are"
            return "A1-CONFORM-HANDLES", why
        return None

    def splices(self, identity: str) -> Iterator[Splice]:
        rendered = self.relink.rendered
        yield from self._put("name", rendered.whole.name)
        yield from self._put("duration", str(rendered.frames))
        yield from self._rate()
        yield from self._put("in", str(self._first))
        yield from self._put("out", str(self._last))
        yield from self._file(file(rendered, identity))
        yield from self._markers()
        for child in self.node.children:
            if child.tag in _STALE or self._is_remap(child):
                yield self._text.removed(child)

    def _rate(self) -> Iterator[Splice]:
        new = rate(self.relink.rate)
        old = self.node.first("rate")
        if old is not None:
            if "".join(self._text.written(old).split()) != "".join(new.split()):
                yield self._text.replaced(old, new)
        else:
            yield self._added(new)

    def _file(self, new: str) -> Iterator[Splice]:
        old = self.node.first("file")
        yield self._added(new) if old is None else self._text.replaced(old, new)

    def _markers(self) -> Iterator[Splice]:
        """Keep markers, whose times are frames of the clip, where they are in the cut.

        Former remarks are of former media, and give way to those of this.
        """
        relink, written = self.relink, self.node.all("marker")
        for node, marker in relink.marked(written):
            marker = kept(relink, relink.clip, marker)
            start = relink.lead - relink.first + marker.span.start - relink.clip.span.start
            for tag, time in (("in", start), ("out", start + marker.span.duration)):
                child = node.first(tag)
                if child is not None and self._text.content(child).strip() != "-1":
                    yield self._text.filled(child, str(self._frames(time)))
        yield from (self._text.removed(node) for node in written if self._is_remark(node))
        last = [self._head, *self.node.all("file"), *written][-1]
        yield from (self._text.added(last, _marker(one)) for one in relink.remarked)

    def _is_remark(self, marker: Node) -> bool:
        name = marker.first("name")
        return name is not None and is_remark(unescape(self._text.content(name)))

    def _is_remap(self, node: Node) -> bool:
        effect = node.first("effect") if node.tag == "filter" else None
        name = effect.first("effectid") if effect is not None else None
        return name is not None and self._text.content(name).strip().lower() == "timeremap"

    def _put(self, tag: str, value: str) -> Iterator[Splice]:
        child = self.node.first(tag)
        if child is None:
            yield self._added(element(tag, value))
        elif self._text.content(child).strip() != value:
            yield self._text.filled(child, value)

    def _added(self, new: str) -> Splice:
        return self._text.added(self._head, new)

    @property
    def _head(self) -> Node:
        """What new elements are put behind."""
        return self.node.first("name") or self.node.children[0]

    def _number(self, tag: str) -> int | None:
        child = self.node.first(tag)
        content = self._text.content(child).strip() if child is not None else ""
        return int(content) if content.lstrip("-").isdecimal() else None

    def _frames(self, seconds: Fraction) -> int:
        return round(seconds * self.relink.rate)


def file(rendered: Rendered, identity: str) -> str:
    """Return the `<file>` of rendered media."""
    path = rendered.whole
    own = rate(rendered.rate)
    counted = "DF" if rendered.timecode.drop_frame else "NDF"
    code = [own, element("string", str(rendered.timecode))]
    code += [element("frame", str(rendered.timecode.frame)), element("displayformat", counted)]
    width, height = (
        element(n, str(v)) for n, v in zip(("width", "height"), rendered.size, strict=True)
    )
    look = element("samplecharacteristics", [own, width, height])
    url = path.as_uri().replace("file:///", "file://localhost/", 1)
    parts = [
        element("name", path.name),
        element("pathurl", url),
        own,
        element("duration", str(rendered.frames)),
        element("timecode", code),
        element("media", [element("video", [element("duration", str(rendered.frames)), look])]),
    ]
    return element("file", parts, id=identity)


def kept(relink: Relink, clip: Clip, marker: Marker) -> Marker:
    """Return a marker of a relinked clip, which counts frames of the media from 0.

    One that is ahead of the media, on what has been trimmed off, goes to its first frame.
    """
    early = clip.span.start - (relink.lead - relink.first) - marker.span.start
    return marker if early <= 0 else replace(marker, span=marker.span.moved(early))


def _marker(one: Remarked) -> str:
    """Return the `<marker>` of a remark, which counts frames of the media."""
    remark, frames = one.remark, one.frames
    parts = {"comment": remark.comment, "name": remark.name, "in": str(frames.start)}
    parts |= {"out": str(frames.stop), "pproColor": _COLORS[remark.severity]}
    return element("marker", [element(tag, text) for tag, text in parts.items()])


def rate(value: Fraction) -> str:
    """Return the `<rate>` of an exact rate."""
    base = -(-value.numerator // value.denominator)
    ntsc = "TRUE" if value.denominator == 1001 else "FALSE"
    return element("rate", [element("timebase", str(base)), element("ntsc", ntsc)])


def _free_ids(root: Node, count: int) -> list[str]:
    """Return ids of files that the document does not have."""
    taken = {node.attributes.get("id") for node in root.below() if node.tag == "file"}
    numbers = (f"a1-file-{n}" for n in range(1, count + len(taken) + 1))
    return [name for name in numbers if name not in taken][:count]


def _moved(text: XmlText, relinked: set[Node]) -> Iterator[Splice]:
    """Yield what writes files out anew that were written out in relinked items."""
    uses: dict[str, list[Node]] = defaultdict(list)
    lost: dict[str, Node] = {}
    for node in text.root.below():
        if node.tag != "file" or "id" not in node.attributes:
            continue
        identity = node.attributes["id"]
        if node.parent not in relinked:
            uses[identity].append(node)
        elif node.children:
            lost.setdefault(identity, node)
    for identity, node in lost.items():
        heirs = uses[identity]
        if heirs and not any(heir.children for heir in heirs):
            yield Splice(heirs[0].start, heirs[0].stop, text.written(node))
