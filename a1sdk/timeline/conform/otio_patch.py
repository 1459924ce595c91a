"""Relink clips in an OTIO document without touching anything else in it.

The text is changed where the clips stand. Whatever else is in the file, known or not, keeps its
bytes: how numbers are written, the order of keys, white space, other programs' objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from a1sdk.timeline.conform.json_spans import JsonText, Place
from a1sdk.timeline.conform.otio_nodes import (
    Addressing,
    note_for_resolve,
    portrait_node,
    range_node,
    rate_written,
    reference_node,
    remark_node,
    shot_node,
    time_node,
)
from a1sdk.timeline.conform.relinks import Relink, Remarked
from a1sdk.timeline.conform.splices import Document, Splice
from a1sdk.timeline.formats.otio.dialects import is_time_effect
from a1sdk.timeline.formats.otio.media import ranged, seconds
from a1sdk.timeline.formats.otio.rescue import Node, schema
from a1sdk.timeline.model import Marker
from a1sdk.timeline.remarks import is_remark
from a1sdk.timeline.shots.films import FORMER


@dataclass(frozen=True)
class Style:
    """How relinked clips are written.

    Attributes:
        keep: whether the clip keeps its former media under another key, and learns its shot's id:
            the master. Otherwise only the reference that was active is replaced.
        addressing: how files are named.
        external: whether numbered pictures too are an ExternalReference.
        noting: whether comments of markers are written where Resolve keeps them as well.
    """

    keep: bool = False
    addressing: Addressing = "url"
    external: bool = False
    noting: bool = False


def patch(data: bytes, relinks: Sequence[Relink], style: Style) -> bytes:
    """Return an OTIO document with clips relinked.

    Raises:
        DecodeError: a clip is not where its origin says.
    """
    document = Document.decoded(data)
    text = JsonText(document.text)
    places = text.find(relink.origin for relink in relinks)
    splices: list[Splice] = []
    for relink in relinks:
        splices += _Clip(text, places[relink.origin], relink, style).splices()
    return document.changed(splices)


def with_absolute_paths(data: bytes, folder: Path) -> bytes:
    """Return an OTIO document from a bundle, whose media lies in `folder`, for any other place."""
    document = Document.decoded(data)
    text = JsonText(document.text)
    root = json.loads(document.text.removeprefix("\ufeff"))
    found = {pointer: path for pointer, url in _urls(root, "") if (path := _inside(folder, url))}
    places = text.find(found)
    return document.changed(
        Splice(place.start, place.stop, json.dumps(found[pointer].as_uri()))
        for pointer, place in places.items()
    )


def _urls(node: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield where media is named by a path in the bundle, and the path."""
    if isinstance(node, list):
        for n, child in enumerate(node):
            yield from _urls(child, f"{pointer}/{n}")
    elif isinstance(node, dict):
        for key, child in node.items():
            if key in ("target_url", "target_url_base") and isinstance(child, str):
                yield f"{pointer}/{key}", child
            elif key != "metadata" and "/" not in key:
                yield from _urls(child, f"{pointer}/{key}")


def _inside(folder: Path, url: str) -> Path | None:
    """Return what a path in the bundle leads to; None for what is no such path."""
    if not url or "://" in url:
        return None
    there = (folder / text for text in (url, unquote(url)))
    return next((path.absolute() for path in there if _exists(path, folder)), None)


def _exists(path: Path, folder: Path) -> bool:
    return ".." not in path.parts and path.is_relative_to(folder) and path.exists()


class _Clip:
    """A clip in the text that is to show something else."""

    def __init__(self, text: JsonText, place: Place, relink: Relink, style: Style) -> None:
        self._text = text
        self._place = place
        self._members = text.members(place)
        self._node: Node = text.value(place)
        self._relink = relink
        self._style = style
        self._written = rate_written(self._node, relink.rate)

    def splices(self) -> Iterator[Splice]:
        relink = self._relink
        window = range_node(relink.lead, relink.clip.span.duration, relink.rate, self._written)
        yield from self._media()
        yield self._text.put(self._place, "source_range", window)
        yield from self._effects()
        yield from self._markers()
        if self._style.keep:
            yield from self._identity()

    def _media(self) -> Iterator[Splice]:
        style = self._style
        new = reference_node(
            self._relink, style.addressing, external=style.external, written=self._written
        )
        references = self._node.get("media_references")
        if not isinstance(references, dict):
            yield from self._old_media(new)
            return
        active = self._node.get("active_media_reference_key", "DEFAULT_MEDIA")
        if active not in references:
            active = "DEFAULT_MEDIA" if "DEFAULT_MEDIA" in references else min(references)
        if not style.keep:
            yield self._text.put(self._members["media_references"], active, new)
            return
        former = self._former(references[active])
        yield self._put("media_references", _kept(references, active, new, former))
        yield self._put("active_media_reference_key", "DEFAULT_MEDIA")

    def _old_media(self, new: Node) -> Iterator[Splice]:
        """Relink a `Clip.1`, which has one reference, and becomes a `Clip.2` to keep it."""
        old = self._node.get("media_reference")
        if not self._style.keep and "media_reference" in self._node:
            yield self._put("media_reference", new)
            return
        references = {"DEFAULT_MEDIA": new}
        references |= {} if old is None else {FORMER: self._former(old)}
        if "media_reference" in self._members:
            member = self._members["media_reference"]
            key = self._text.text.rindex('"media_reference"', 0, member.start)
            start = self._text.written(references, member.start)
            active = '"active_media_reference_key": "DEFAULT_MEDIA", "media_references": '
            yield Splice(key, member.stop, active + start)
            yield self._put("OTIO_SCHEMA", "Clip.2")
        else:
            yield self._put("media_references", references)

    def _former(self, active: Any) -> Any:
        """Return what the clip showed before it was rendered: not what an earlier render is."""
        portrait = self._relink.former
        return active if portrait is None else portrait_node(portrait)

    def _effects(self) -> Iterator[Splice]:
        effects = self._node.get("effects")
        if isinstance(effects, list):
            timed = {n for n, one in enumerate(effects) if is_time_effect(one)}
            if timed:
                yield from self._text.edited(self._members["effects"], timed)

    def _markers(self) -> Iterator[Splice]:
        """Keep markers, which lie in the time of the media, where they are in the cut.

        Former remarks are of former media, and give way to those of this.
        """
        remarks = [self._remark(one) for one in self._relink.remarked]
        nodes = self._node.get("markers")
        if not isinstance(nodes, list):
            if remarks:
                yield self._put("markers", remarks)
            return
        place = self._members["markers"]
        read = [
            (node, at, n)
            for n, (node, at) in enumerate(zip(nodes, self._text.elements(place), strict=True))
            if schema(node)[0] == "Marker"
        ]
        for (node, at, _), marker in self._relink.marked(read):
            yield from self._marker(node, at, marker)
        old = {n for node, _, n in read if is_remark(str(node.get("name")))}
        if old or remarks:
            yield from self._text.edited(place, old, remarks)

    def _remark(self, one: Remarked) -> Node:
        node = remark_node(self._relink, one, self._written)
        if self._style.noting:
            note_for_resolve(node)
        return node

    def _marker(self, node: Node, place: Place, marker: Marker) -> Iterator[Splice]:
        key = "marked_range" if "marked_range" in node else "range"
        marked = ranged(node, key)
        if marked is None:
            return
        span = self._text.members(place)[key]
        relink = self._relink
        start = relink.lead + marker.span.start - relink.clip.span.start
        if marker.span.duration != max(seconds(marked[1]), Fraction(0)):
            duration = time_node(marker.span.duration, relink.rate, self._written)
            yield self._text.put(span, "duration", duration)
        yield self._text.put(span, "start_time", time_node(start, relink.rate, self._written))

    def _identity(self) -> Iterator[Splice]:
        """Note which shot it is, beside what the clip's own settings say."""
        metadata = self._node.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        ours = shot_node(self._relink.rendered.shot, metadata.get("a1sdk"))
        if isinstance(self._node.get("metadata"), dict):
            yield self._text.put(self._members["metadata"], "a1sdk", ours)
        else:
            yield self._put("metadata", {"a1sdk": ours})

    def _put(self, key: str, value: Any) -> Splice:
        return self._text.put(self._place, key, value)


def _kept(references: dict[str, Any], active: str, new: Node, former: Any) -> dict[str, Any]:
    """Return all references of a clip beside the new one, which is the default."""
    found = {key: value for key, value in references.items() if key not in (active, FORMER)}
    if "DEFAULT_MEDIA" in found:
        found["a1_default"] = found.pop("DEFAULT_MEDIA")
    return {"DEFAULT_MEDIA": new, FORMER: references.get(FORMER, former), **found}
