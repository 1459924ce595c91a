"""A cut of any format as an OTIO document, with all that the model has of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from a1sdk.errors import A1Error
from a1sdk.timeline.conform.otio_nodes import (
    pictures_node,
    portrait_node,
    range_node,
    reference_node,
    remark_node,
    shot_node,
    time_node,
)
from a1sdk.timeline.conform.relinks import Key, Relink, step
from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.formats.otio.dialects import RAMP_SCHEMA
from a1sdk.timeline.formats.otio.rescue import Node
from a1sdk.timeline.model import (
    Clip,
    Cut,
    Gap,
    Item,
    Marker,
    Media,
    Metadata,
    Nest,
    SourceMap,
    Span,
    Track,
    Transition,
)
from a1sdk.timeline.numbers import exact_factor
from a1sdk.timeline.remarks import is_remark
from a1sdk.timeline.shots.films import FORMER

CUT_SCHEMA = "a1.cut/1"
"""What `metadata["a1sdk"]` of a timeline written by us calls itself."""


def write(cut: Cut, relinks: Mapping[Key, Relink]) -> bytes:
    """Return a cut as an OTIO document.

    Args:
        cut: the cut, of any format.
        relinks: what clips are to show instead, by the keys of `relinks.address`.
    """
    writer = _Writer(cut, relinks)
    facts = {"schema_version": CUT_SCHEMA, "dialect": cut.dialect, "drop_frame": cut.drop_frame}
    facts["rate"] = [cut.rate.numerator, cut.rate.denominator]
    metadata = writer.metadata(cut.metadata)
    metadata["a1sdk"] = {**metadata.get("a1sdk", {}), **facts}
    stack = writer.stack("tracks", cut.tracks, ())
    whole = Placing(Span(Fraction(0), Fraction(0)), Fraction(0), Fraction(1), cut.rate)
    stack["markers"] = [writer.marker(marker, whole) for marker in cut.markers]
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": metadata,
        "name": cut.name,
        "global_start_time": time_node(cut.start, cut.rate),
        "tracks": stack,
    }
    return (json.dumps(timeline, indent=4) + "\n").encode()


@dataclass(frozen=True)
class Placing:
    """How the time of an item's own range lies in that of its parent.

    Attributes:
        span: when the item is, in its parent's time.
        first: the lowest time of its range, in seconds.
        speed: seconds of its own time for one of its parent's; 1 where there is no one speed.
        rate: frames per second its own time is counted in.
    """

    span: Span
    first: Fraction
    speed: Fraction
    rate: Fraction

    @classmethod
    def of(cls, span: Span, source: SourceMap, rate: Fraction, record: Fraction) -> Placing:
        """Return how an item with a source lies; one played backwards begins with its last frame.

        `record` is the cut's rate. `formats.retime.Retime.source` is the way back.
        """
        speed = _steady(source)
        first = source(Fraction(0))
        if speed is not None and speed < 0:
            first += min(1 / rate, -speed / record) + span.duration * speed
        return cls(span, first, speed or Fraction(1), rate)

    def own(self, span: Span) -> Span:
        """Return a span of the parent's time in the item's own."""
        edge = self.span.start if self.speed > 0 else self.span.stop
        edges = [self.first + (time - edge) * self.speed for time in (span.start, span.stop)]
        return Span(min(edges), max(edges))


class _Writer:
    def __init__(self, cut: Cut, relinks: Mapping[Key, Relink]) -> None:
        self._cut = cut
        self._relinks = relinks

    def stack(
        self, name: str, tracks: Sequence[Track], path: Key, begin: Fraction = Fraction(0)
    ) -> Node:
        """Return tracks as a stack, which begins at `begin` of their time; `path` leads to it."""
        children = [
            node for track in tracks for node in self._tracks(track, (*path, step(track)), begin)
        ]
        return {**_common("Stack.1", name, {}), "source_range": None, "children": children}

    def _tracks(self, track: Track, path: Key, begin: Fraction) -> Iterator[Node]:
        """Yield a track, and more above it for items that overlap."""
        items: Sequence[Item] = track.items
        while True:
            children, over = self._children(items, path, begin)
            yield {
                **_common("Track.1", track.name, self.metadata(track.metadata), track.enabled),
                "source_range": None,
                "kind": track.kind.capitalize(),
                "children": children,
            }
            if not over:
                return
            items = over

    def _children(
        self, items: Sequence[Item], path: Key, begin: Fraction
    ) -> tuple[list[Node], list[Item]]:
        """Return items in a row, gaps between them filled, and those there was no room for."""
        nodes: list[Node] = []
        over: list[Item] = []
        at = begin
        for item in items:
            start = item.cut if isinstance(item, Transition) else item.span.start
            if start < at and nodes and not isinstance(item, Transition):
                over.append(item)
                continue
            if start > at:
                nodes.append(self._gap(Gap(name="", span=Span(at, start))))
                at = start
            if isinstance(item, Transition):
                nodes.append(self._transition(item, at))
            else:
                nodes.append(self._item(item, path))
                at = item.span.stop
        return nodes, over

    def _item(self, item: Item, path: Key) -> Node:
        if isinstance(item, Clip):
            return self._clip(item, (*path, step(item)))
        if isinstance(item, Nest):
            return self._nest(item, (*path, step(item)))
        return self._gap(item)

    def _gap(self, gap: Item) -> Node:
        placing = Placing(gap.span, Fraction(0), Fraction(1), self._cut.rate)
        return {**self._described("Gap.1", gap, placing), "effects": self._effects(gap)}

    def _transition(self, item: Transition, at: Fraction) -> Node:
        dissolve = "dissolve" in item.kind.lower()
        metadata = self.metadata(item.metadata)
        metadata["a1sdk"] = {"kind": item.kind}
        return {
            **_common("Transition.1", item.name, metadata),
            "in_offset": time_node(at - item.span.start, self._cut.rate),
            "out_offset": time_node(item.span.stop - at, self._cut.rate),
            "transition_type": "SMPTE_Dissolve" if dissolve else "Custom_Transition",
        }

    def _nest(self, nest: Nest, path: Key) -> Node:
        starts = [item.span.start for track in nest.tracks for item in track.items[:1]]
        begin = min([Fraction(0), *starts])
        source = SourceMap(tuple((at, inner - begin) for at, inner in nest.source.points))
        placing = Placing.of(nest.span, source, nest.rate, self._cut.rate)
        effects = [*self._effects(nest), *_retime(source, placing)]
        inner = self.stack(nest.name, nest.tracks, path, begin)
        return {**inner, **self._described("Stack.1", nest, placing), "effects": effects}

    def _clip(self, clip: Clip, path: Key) -> Node:
        relink = self._relinks.get(path)
        if relink is not None:
            return self._relinked(clip, relink)
        own = clip.media.rate or self._cut.rate
        placing = Placing.of(clip.span, clip.source, own, self._cut.rate)
        references = {key: self._reference(media) for key, media in clip.alternatives.items()}
        node = self._described("Clip.2", clip, placing)
        node["source_range"]["start_time"] = _decimal(placing.first, own)
        return {
            **node,
            "effects": [*self._effects(clip), *_retime(clip.source, placing)],
            "media_references": references | {"DEFAULT_MEDIA": self._reference(clip.media)},
            "active_media_reference_key": "DEFAULT_MEDIA",
        }

    def _relinked(self, clip: Clip, relink: Relink) -> Node:
        placing = Placing(clip.span, relink.lead, Fraction(1), relink.rate)
        former = relink.former
        kept = tuple(marker for marker in clip.markers if not is_remark(marker.name))
        node = self._described("Clip.2", replace(clip, markers=kept), placing)
        node["markers"] += [remark_node(relink, one) for one in relink.remarked]
        own = node["metadata"].get("a1sdk")
        node["metadata"]["a1sdk"] = shot_node(relink.rendered.shot, own)
        references = {
            "DEFAULT_MEDIA": reference_node(relink, "url", external=False),
            FORMER: self._reference(clip.media) if former is None else portrait_node(former),
        }
        node |= {"effects": self._effects(clip), "media_references": references}
        return {**node, "active_media_reference_key": "DEFAULT_MEDIA"}

    def _described(self, schema: str, item: Item, placing: Placing) -> Node:
        """Return what every item has, its range and markers in its own time."""
        node = _common(schema, item.name, self.metadata(item.metadata), item.enabled)
        lasts = item.span.duration
        node["source_range"] = range_node(placing.first, lasts, placing.rate)
        node["source_range"]["duration"] = time_node(lasts, self._cut.rate)
        node["markers"] = [self.marker(marker, placing) for marker in item.markers]
        return node

    def _effects(self, item: Item) -> list[Node]:
        return [
            {**_common("Effect.1", "", self.metadata(metadata)), "effect_name": name}
            for name, metadata in item.effects
        ]

    def marker(self, marker: Marker, placing: Placing) -> Node:
        """Return a marker, in the own time of what it is on."""
        span = placing.own(marker.span)
        return {
            "OTIO_SCHEMA": "Marker.2",
            "metadata": self.metadata(marker.metadata),
            "name": marker.name,
            "color": marker.color,
            "comment": marker.comment,
            "marked_range": range_node(span.start, span.duration, placing.rate),
        }

    def _reference(self, media: Media) -> Node:
        rate = media.rate or self._cut.rate
        known = media.rate is not None and media.duration is not None
        node = _common("MissingReference.1", media.name, self.metadata(media.metadata))
        whole = range_node(media.start, media.duration or Fraction(0), rate) if known else None
        node |= {"available_range": whole, "available_image_bounds": None}
        if media.kind == "generator":
            generator = {"generator_kind": media.name, "parameters": {}}
            return {**node, "OTIO_SCHEMA": "GeneratorReference.1", **generator}
        pictures = PictureName.parsed(media.pattern or "")
        if media.kind == "sequence" and pictures is not None:
            return {**node, **pictures_node(pictures, media.first, media.url or "", float(rate))}
        if media.kind != "missing" and media.url:
            return {**node, "OTIO_SCHEMA": "ExternalReference.1", "target_url": media.url}
        return node

    def metadata(self, metadata: Metadata) -> dict[str, Any]:
        """Return what a file says of something under the name of the file's dialect."""
        found: dict[str, Any] = plain(metadata)
        ours = {"a1sdk": found.pop("a1sdk")} if isinstance(found.get("a1sdk"), dict) else {}
        if not found or set(found) <= {self._cut.dialect, self._cut.dialect.upper()}:
            return found | ours
        return {self._cut.dialect: found} | ours


def plain(value: Any) -> Any:
    """Return a value as JSON has it; what JSON has not, as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _common(schema: str, name: str, metadata: Node, enabled: bool = True) -> Node:
    node: Node = {"OTIO_SCHEMA": schema, "metadata": metadata, "name": name, "enabled": enabled}
    if schema.startswith(("Clip", "Gap", "Stack", "Track")):
        node |= {"effects": [], "markers": []}
    return node


def _retime(source: SourceMap, placing: Placing) -> list[Node]:
    """Return the time effect of a source: none at full speed, a table where OTIO has nothing."""
    speed = _steady(source)
    if speed == 1:
        return []
    if speed == 0:
        effect = _common("FreezeFrame.1", "", {})
        return [effect | {"effect_name": "FreezeFrame", "time_scalar": 0.0}]
    if speed is not None:
        effect = _common("LinearTimeWarp.1", "", {})
        return [effect | {"effect_name": "LinearTimeWarp", "time_scalar": float(speed)}]
    points = [[_pair(at), _pair(media - placing.first)] for at, media in source.points]
    ours = {"schema_version": RAMP_SCHEMA, "points": points}
    return [_common("TimeEffect.1", "", {"a1sdk": ours}) | {"effect_name": "a1 ramp"}]


def _steady(source: SourceMap) -> Fraction | None:
    """Return the one speed of a source, if it is read again from a decimal number just so."""
    try:
        same = source.speed is not None and exact_factor(float(source.speed)) == source.speed
    except A1Error:
        return None
    return source.speed if same else None


def _decimal(time: Fraction, rate: Fraction) -> Node:
    """Return a time counted at a rate, between two frames too: a media's clock has one rate."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(time * rate)}


def _pair(time: Fraction) -> list[int]:
    return [time.numerator, time.denominator]
