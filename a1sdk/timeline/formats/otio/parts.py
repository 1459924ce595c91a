"""What is played of a composition of OTIO, and where its markers come to lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from a1sdk.timeline.formats.otio.dialects import time_effects
from a1sdk.timeline.formats.otio.media import ranged
from a1sdk.timeline.formats.otio.rescue import Node
from a1sdk.timeline.formats.retime import Retime
from a1sdk.timeline.model import Marker, Nest, SourceMap, Span, Track


@dataclass(frozen=True, slots=True)
class Part:
    """What is played of a composition: `first` is where, in its own time, that starts."""

    span: Span
    first: Fraction
    retime: Retime
    source: SourceMap
    rate: Fraction

    def of(self, track: Track) -> Track:
        """Return a track of a cut that shows the part of `track`, as a sequence on it."""
        nest = Nest(
            name=track.name,
            span=self.span,
            source=self.source,
            rate=self.rate,
            tracks=(replace(track, enabled=True),),
            origin=track.origin,
        )
        return replace(track, items=(nest,))

    def placed(self, marker: Marker) -> Marker:
        """Return a marker of the composition's own time where it is shown."""
        return placed_marker(marker, self.span, self.retime, self.first, self.span.duration)


def is_part(node: Node) -> bool:
    """Return whether a track or stack of the cut itself is not played as it is, from its start."""
    return ranged(node, "source_range") is not None or bool(time_effects(node))


def placed_marker(
    marker: Marker, span: Span, retime: Retime, first: Fraction, duration: Fraction
) -> Marker:
    """Return a marker of an item's own time at the time of its parent at which it is shown.

    `first` is where the item's range starts in its own time. A frozen or ramped item has no one
    place for it; there it keeps its distance from the start.
    """
    speed = Fraction(1) if retime.table or not retime.speed else retime.speed
    after, until = ((t - first) / speed for t in (marker.span.start, marker.span.stop))
    if speed < 0:
        after, until = duration + until, duration + after
    return replace(marker, span=Span(span.start + after, span.start + until))
