"""Relink clips in an FCPXML without touching anything else in it.

The render becomes a new asset. A clip that names its media starts at the media's timecode after
that, so that the times of all that is on it and connected to it, which count on the same clock,
move along. One that contains its media keeps its clock; only what it contains is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from a1sdk.timeline.conform.relinks import Patched, Relink, Remarked, left
from a1sdk.timeline.conform.splices import Document, Splice
from a1sdk.timeline.conform.xml_spans import Node, XmlText, element
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.formats.fcpxml.document import DOCUMENT, STORY, frame_rate, seconds
from a1sdk.timeline.formats.fcpxml.retime import timing
from a1sdk.timeline.model import Cut, Nest, Problem, Span
from a1sdk.timeline.remarks import is_remark
from a1sdk.timeline.rendered import Rendered

_OFFSET = (*STORY, "spine", "caption")
_START = ("marker", "chapter-marker", "analysis-marker", "keyword", "rating")
_STALE = ("timeMap", "conform-rate")
"""What says how fast a clip's former media is played."""

_LAST = (
    "audio-channel-source",
    "audio-role-source",
    "filter-video",
    "filter-video-mask",
    "filter-audio",
    "metadata",
    "reserved",
)
"""What comes after the markers of a clip."""

_OF_SOUND = (
    "adjust-loudness",
    "adjust-noiseReduction",
    "adjust-humReduction",
    "adjust-EQ",
    "adjust-volume",
    "adjust-panner",
    "audio-channel-source",
    "filter-audio",
)
"""What says how a clip sounds."""


def patch(path: Path, relinks: Sequence[Relink], cut: Cut) -> Patched:
    """Return an FCPXML with clips relinked.

    Raises:
        DecodeError: a clip is not where its origin says.
    """
    path = path / DOCUMENT if path.is_dir() else path
    document = Document.decoded(read_bytes(path))
    text = XmlText(document.text)
    resources = _Resources(text)
    changes = _Changes(text)
    done: list[Relink] = []
    sounding: list[Relink] = []
    problems: list[Problem] = []
    for relink in relinks:
        node = text.at(relink.origin, first=0)
        refused = resources.refusal(node, relink)
        if refused is not None:
            code, why = refused
            problems.append(left(cut, relink, code, why))
            continue
        clip = _Clip(node, relink, cut, changes)
        if resources.sounds(node):
            clip.keep_sound()
            sounding.append(relink)
        clip.relink(resources.added(relink.rendered))
        done.append(relink)
    data = document.changed([*changes.splices(), *resources.splices()])
    return Patched(data, tuple(done), tuple(problems), tuple(sounding))


class _Changes:
    """What becomes of elements: one that is relinked may be connected to another that is."""

    def __init__(self, text: XmlText) -> None:
        self.text = text
        self._attributes: dict[Node, dict[str, str | None]] = {}
        self._removed: list[Node] = []
        self._begun: dict[Node, str] = {}
        self._marked: dict[Node, list[str]] = {}

    def put(self, node: Node, **attributes: str | None) -> None:
        """Set attributes of an element; None takes one away."""
        known = {name: one for name, one in attributes.items() if one or name in node.attributes}
        self._attributes.setdefault(node, {}).update(known)

    def remove(self, node: Node) -> None:
        """Take an element out."""
        self._removed.append(node)

    def begin(self, node: Node, text: str) -> None:
        """Put XML into an element, behind what has to come first in it."""
        self._begun[node] = text

    def mark(self, node: Node, texts: Iterable[str]) -> None:
        """Put markers into an element, behind those it has."""
        self._marked[node] = [*texts]

    def splices(self) -> Iterator[Splice]:
        """Yield the changes of the text."""
        for node, attributes in self._attributes.items():
            inside = self._inside(node) if node.inside == node.stop else ""
            if inside or any(node.attributes.get(key) != one for key, one in attributes.items()):
                yield self.text.attributed(node, attributes, inside)
        for node, text in self._begun.items():
            ahead = [child for child in node.children if _comes_first(child)]
            if ahead:
                yield self.text.added(ahead[-1], text)
            elif node.inside < node.stop:
                yield self.text.begun(node, text)
        for node, texts in self._marked.items():
            yield from self._markers(node, texts)
        for node in self._removed:
            yield self.text.removed(node)

    def _inside(self, node: Node) -> str:
        """Return what is put into an element that is empty."""
        parts = [self._begun.get(node, ""), *self._marked.get(node, ())]
        return "\n".join(filter(None, parts))

    def _markers(self, node: Node, texts: Sequence[str]) -> Iterator[Splice]:
        ahead = [child for child in node.children if child.tag not in _LAST]
        for text in texts if node.inside < node.stop else ():
            yield self.text.added(ahead[-1], text) if ahead else self.text.begun(node, text)


class _Clip:
    """An element of the story that is to show something else."""

    def __init__(self, node: Node, relink: Relink, cut: Cut, changes: _Changes) -> None:
        self._node = node
        self._relink = relink
        self._changes = changes
        nests = [one for one in relink.placed.path if isinstance(one, Nest)]
        self._timeline = nests[-1].rate if nests else cut.rate
        own = time_of(node, "start")
        begins = relink.clip.media.start if node.tag != "clip" else Fraction(0)
        self._start = begins if own is None else own

    def relink(self, asset: Mapping[str, str]) -> None:
        """Make it show an asset: its id, and its format's."""
        inner = [child for child in self._node.children if child.tag == "video"]
        pace = self._pace()
        name = self._relink.rendered.whole.name
        if self._node.tag == "clip":
            self._changes.put(self._node, name=name)
            self._contain(inner[0], asset)
            self._move(self._start, pace)
        else:
            lead = self._time(self._relink.lead)
            self._changes.put(self._node, ref=asset["id"], name=name, start=lead)
            if "format" in self._node.attributes:
                self._changes.put(self._node, format=asset["format"])
            self._move(self._relink.lead, pace)
        self._drop_speeds(self._node)
        self._remark(self._start if self._node.tag == "clip" else self._relink.lead)

    def _remark(self, start: Fraction) -> None:
        """Put the media's remarks on it, which starts at `start`, in place of former ones."""
        for node in filter(_is_remark, self._node.children):
            self._changes.remove(node)
        texts = [_marker(one, start, self._relink.rate) for one in self._relink.remarked]
        self._changes.mark(self._node, texts)

    def keep_sound(self) -> None:
        """Connect what the clip had of sound to it, as a clip that plays its sound alone."""
        node = self._node
        kept = ("ref", "name", "duration", "audioRole", "format", "tcFormat", "enabled")
        about = {name: node.attributes[name] for name in kept if name in node.attributes}
        lanes = [int(child.attributes.get("lane", "0")) for child in node.children]
        about |= {"lane": str(min([0, *lanes]) - 1), "srcEnable": "audio"}
        about |= {"offset": self._time(self._relink.lead)}
        about |= {"start": node.attributes.get("start") or self._time(self._start)}
        about.setdefault("duration", self._time(self._relink.clip.span.duration))
        written = self._changes.text.written
        inner = [written(child) for child in node.children if child.tag in (*_STALE, *_OF_SOUND)]
        self._changes.begin(node, element(node.tag, inner, **about))

    def _contain(self, inner: Node, asset: Mapping[str, str]) -> None:
        """Lay the media out in the clip that contains it, its handles included."""
        relink = self._relink
        early = relink.lead - relink.first
        self._changes.put(
            inner,
            ref=asset["id"],
            name=relink.rendered.whole.name if "name" in inner.attributes else None,
            offset=self._time(self._start - early),
            start=self._time(relink.first),
            duration=self._time(relink.rendered.frames / relink.rate),
        )
        self._drop_speeds(inner)

    def _pace(self) -> Fraction:
        """Return the seconds of the timeline that one of the clip's own takes."""
        written = fromstring(self._changes.text.written(self._node))
        clip = self._relink.clip
        span = Span(Fraction(0), clip.span.duration)
        return timing(written, span, self._start, self._timeline, clip.media.rate).pace

    def _move(self, start: Fraction, pace: Fraction) -> None:
        """Keep everything on the clip where it is in the cut, when the clip starts at `start`."""
        if start == self._start and pace == 1:
            return
        for node, name in self._timed():
            local = time_of(node, name)
            if local is None:
                continue
            self._changes.put(node, **{name: self._time(start + (local - self._start) * pace)})
            if name == "start" and pace != 1 and (lasts := time_of(node, "duration")) is not None:
                self._changes.put(node, duration=self._time(lasts * pace))

    def _timed(self) -> Iterator[tuple[Node, str]]:
        """Yield what is on the clip, and the attribute that says when."""
        contained = self._node.tag == "clip"
        for child in self._node.children:
            if _is_remark(child):
                continue
            if child.tag in _OFFSET:
                if not contained or child.attributes.get("lane", "0") != "0":
                    yield child, "offset"
                continue
            for node in child.below():
                if node.tag in _START:
                    yield node, "start"
                elif node.tag == "keyframe":
                    yield node, "time"

    def _drop_speeds(self, node: Node) -> None:
        for child in node.children:
            if child.tag in _STALE:
                self._changes.remove(child)

    def _time(self, seconds: Fraction) -> str:
        return time_text(seconds, self._relink.rate)


class _Resources:
    """The document's resources, and those that are added."""

    def __init__(self, text: XmlText) -> None:
        self._text = text
        self._node = text.root.first("resources") or text.root
        children = self._node.children
        self._taken = {node.attributes["id"] for node in children if "id" in node.attributes}
        self._assets = {node.attributes.get("id"): node for node in self._node.all("asset")}
        self._formats = {self._looks(node): node.attributes["id"] for node in self._formatted()}
        self._added: list[str] = []
        self._ids: dict[Path, Mapping[str, str]] = {}
        version = text.root.attributes.get("version", "1").split(".")
        self._with_rep = [int(part) for part in version if part.isdecimal()] >= [1, 9]

    def sounds(self, node: Node) -> bool:
        """Return whether a clip that names its media plays the media's sound as well."""
        asset = self._assets.get(node.attributes.get("ref"))
        heard = asset is not None and asset.attributes.get("hasAudio") == "1"
        return node.tag == "asset-clip" and heard and node.attributes.get("srcEnable") != "video"

    def refusal(self, node: Node, relink: Relink) -> tuple[str, str] | None:
        """Return the problem that keeps a clip from being relinked, if there is one."""
        if node.tag not in ("asset-clip", "video", "clip"):
            return "A1-CONFORM-MEDIA", "has no media that could be replaced"
        parts = [node, *(child for child in node.children if node.tag == "clip")]
        seen = next((one for one in parts if one.tag in ("asset-clip", "video")), None)
        asset = self._assets.get(seen.attributes.get("ref")) if seen is not None else None
        if seen is None or asset is None:
            return "A1-CONFORM-MEDIA", "has no media that could be replaced"
        ref = seen.attributes.get("ref")
        heard = [one for one in seen.all("audio") if one.attributes.get("ref") == ref]
        if heard or (self.sounds(node) and len(relink.placed.path) > 1):
            return "A1-CONFORM-SOUND", "has picture and sound in one"
        return None

    def added(self, rendered: Rendered) -> Mapping[str, str]:
        """Return the ids of rendered media's asset and of its format; they are added once."""
        path = rendered.whole
        if path not in self._ids:
            look = (rendered.rate, str(rendered.size[0]), str(rendered.size[1]))
            if look not in self._formats:
                self._formats[look] = self._new_id()
                self._added.append(_format(self._formats[look], rendered))
            own = {"id": self._new_id(), "format": self._formats[look]}
            self._added.append(self._asset(rendered, own))
            self._ids[path] = own
        return self._ids[path]

    def splices(self) -> Iterator[Splice]:
        """Yield the change that adds them."""
        if self._added:
            last = self._node.children[-1]
            yield from (self._text.added(last, text) for text in self._added)

    def _asset(self, rendered: Rendered, own: Mapping[str, str]) -> str:
        path = rendered.whole
        url = path.as_uri()
        about = {
            "id": own["id"],
            "name": path.name,
            "start": time_text(rendered.timecode.frame / rendered.rate, rendered.rate),
            "duration": time_text(rendered.frames / rendered.rate, rendered.rate),
            "hasVideo": "1",
            "format": own["format"],
        }
        if not self._with_rep:
            return element("asset", [], **about, src=url)
        about["videoSources"] = "1"
        return element("asset", [element("media-rep", [], kind="original-media", src=url)], **about)

    def _new_id(self) -> str:
        name = next(one for n in count(1) if (one := f"a1r{n}") not in self._taken)
        self._taken.add(name)
        return name

    def _formatted(self) -> Iterator[Node]:
        return (node for node in self._node.all("format") if "id" in node.attributes)

    def _looks(self, node: Node) -> tuple[Fraction | None, str, str]:
        """Return the rate and the size of a format."""
        attributes = node.attributes
        rate = frame_rate(fromstring(self._text.written(node)))
        return rate, attributes.get("width", ""), attributes.get("height", "")


def _format(identity: str, rendered: Rendered) -> str:
    width, height = map(str, rendered.size)
    frame = time_text(1 / rendered.rate, rendered.rate)
    return element("format", [], id=identity, frameDuration=frame, width=width, height=height)


def _is_remark(node: Node) -> bool:
    return node.tag in _START and is_remark(node.attributes.get("value", ""))


def _marker(one: Remarked, start: Fraction, rate: Fraction) -> str:
    """Return the marker of a remark on a clip that starts at `start`.

    Markers have no colours but by what they are: red is a to-do, which what fails becomes.
    """
    about = {"start": time_text(start + one.span.start, rate)}
    about |= {"duration": time_text(one.span.duration, rate), "value": one.remark.name}
    about |= {"completed": "0"} if one.remark.severity == "fail" else {}
    return element("marker", [], **about, note=one.remark.comment)


def _comes_first(node: Node) -> bool:
    return node.tag in ("note", *_STALE) or node.tag.startswith("adjust-")


def time_of(node: Node, name: str) -> Fraction | None:
    """Return the time in an attribute, in seconds; None where there is none.

    Raises:
        DecodeError: it is no time.
    """
    return seconds(Element(node.tag, node.attributes), name)


def time_text(time: Fraction, rate: Fraction) -> str:
    """Return a time as FCPXML has it, in frames of a rate where it is a whole number of them."""
    frames = time * rate
    if frames.denominator != 1:
        return f"{time.numerator}/{time.denominator}s"
    ticks = frames.numerator * rate.denominator
    return f"{ticks}/{rate.numerator}s" if ticks % rate.numerator else f"{ticks // rate.numerator}s"
