"""From the lanes of an FCPXML to tracks: over and under each other, split by what they are for.

FCPXML has no tracks. What is connected over the primary storyline has lanes above 0, what is under
it below 0, and each storyline and each connected clip stands for itself. Its items become tracks
lane by lane. There are no names of tracks either: where clips have a role that begins with `A1`,
such as `a1-drive-bob` or `dialogue.a1-voice`, those of a lane with one such role are a track with
its name, `A1 DRIVE BOB`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from typing import NamedTuple

from a1sdk.timeline.model import Gap, Item, Track, TrackKind, Transition

Lane = tuple[int, ...]
"""The lane, and that of what it is connected to before it; none for the primary storyline."""

_OURS = re.compile(r"a1[\s_:-]+[^\s_:-].*", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s_:-]+")


class Laid(NamedTuple):
    """An item, where it goes.

    Attributes:
        item: the item.
        kind: which tracks it goes to; None for gaps and transitions, which follow the clips.
        name: of its track, as its role says; empty for none of ours.
    """

    item: Item
    kind: TrackKind | None
    name: str = ""


class Row(NamedTuple):
    """Items in one lane that belong together: a storyline, or a connected clip."""

    lane: Lane
    laid: Sequence[Laid]


@dataclass(frozen=True)
class _Piece:
    """The part of a row that goes to one track."""

    items: tuple[Item, ...]

    @property
    def start(self) -> Fraction:
        return min(item.span.start for item in self.items)

    @property
    def stop(self) -> Fraction:
        return max(item.span.stop for item in self.items)


def track_name(roles: Iterable[str]) -> str:
    """Return the name of a track for clips with some roles: that of the first that is ours.

    A subrole counts before its role. The one that Final Cut Pro makes of each role, `Name-1`,
    says nothing of its own.
    """
    for role in roles:
        main, _, sub = role.partition("?")[0].partition(".")
        for part in (sub if not re.fullmatch(r"-[0-9]+", sub.removeprefix(main)) else "", main):
            if _OURS.fullmatch(part.strip()):
                return _BETWEEN.sub(" ", part.strip()).upper()
    return ""


def tracks(rows: Sequence[Row]) -> tuple[Track, ...]:
    """Return the tracks, video from the lowest up, then audio from the topmost down.

    Items of a lane that overlap, as those that are connected to different clips may, are spread
    over tracks of their own.
    """
    places: dict[tuple[TrackKind, Lane, str], list[_Piece]] = defaultdict(list)
    depth = max((len(row.lane) for row in rows), default=0)
    for row in rows:
        lane = row.lane + (0,) * (depth - len(row.lane))
        for (kind, name), items in _by_track(row.laid).items():
            places[kind, lane, name].append(_Piece(tuple(items)))
    return (*_of_kind("video", places), *_of_kind("audio", places))


def _of_kind(
    kind: TrackKind, places: dict[tuple[TrackKind, Lane, str], list[_Piece]]
) -> Iterator[Track]:
    ours = sorted(place for place in places if place[0] == kind)
    if kind == "audio":
        ours.sort(key=lambda place: place[1], reverse=True)
    number = 0
    for _, lane, name in ours:
        for pieces in _layers(places[kind, lane, name]):
            number += 1
            items = tuple(item for piece in pieces for item in piece.items)
            about = {"lane": "/".join(map(str, lane)) or "0"}
            yield Track(name=name, kind=kind, number=number, items=items, metadata=about)


def _by_track(laid: Sequence[Laid]) -> dict[tuple[TrackKind, str], list[Item]]:
    """Return the items of a row by kind and name of track, gaps with the clips before them.

    Transitions go with the clips after them; at the end, with the last.
    """
    found: dict[tuple[TrackKind, str], list[Item]] = defaultdict(list)
    waiting: list[Item] = []
    last: tuple[TrackKind, str] | None = None
    for item, kind, name in laid:
        if kind is None and (last is None or isinstance(item, Transition)):
            waiting.append(item)
        elif kind is None:
            assert last is not None
            found[last] += [*waiting, item]
            waiting = []
        else:
            last = kind, name
            found[last] += [*waiting, item]
            waiting = []
    if last is not None:
        found[last] += waiting
    return found


def _layers(pieces: list[_Piece]) -> Sequence[list[_Piece]]:
    """Return the pieces as few tracks on which none overlap."""
    found: list[list[_Piece]] = []
    ends: list[tuple[Fraction, int]] = []
    for piece in sorted(pieces, key=lambda one: one.start):
        if ends and ends[0][0] <= piece.start:
            _, layer = heappop(ends)
        else:
            layer = len(found)
            found.append([])
        found[layer].append(piece)
        heappush(ends, (piece.stop, layer))
    return found


def marked_gaps(rows: Iterable[Row]) -> Iterator[Gap]:
    """Yield the gaps that an editor has left markers on."""
    for row in rows:
        yield from (one.item for one in row.laid if isinstance(one.item, Gap) and one.item.markers)
