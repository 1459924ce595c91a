"""What a source clip of an AAF plays: from mob to mob to the file, the tape and its timecode.

A clip points into a master mob, that into the mob of a media file, that into the tape or the file
that was imported. Each gives a position in the next one; the positions of all are followed, and
the timecode is that of the first mob on the way which has one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.aaf.file import (
    comments,
    components,
    count,
    kind_of,
    many,
    media_kind,
    name_of,
    rate_of,
    value,
)
from a1sdk.timeline.model import Media, SourceMap
from a1sdk.timeline.numbers import exact_rate

_NEAR = Fraction(1, 999)  # 24 and 23.976, 30 and 29.97: taken for each other, frame for frame
_LONGEST = 32  # mobs from a clip to its tape; three are usual
_ONE_SEGMENT = ("Usage_SubClip", "Usage_AdjustedClip")


@dataclass(frozen=True)
class Link:
    """One mob on the way from a clip to its media.

    Attributes:
        mob: the mob.
        slot: the slot of it that is played.
        at: seconds after the slot's start at which the clip starts.
        speed: seconds of the slot for one of the clip; not 1 where rates are taken for each other.
    """

    mob: Any
    slot: Any
    at: Fraction
    speed: Fraction = Fraction(1)


@dataclass(frozen=True)
class Source:
    """What a source clip plays.

    Attributes:
        name: of the first mob, as the editor sees it in the bin.
        media: the file.
        alternatives: other places where it, or what it was made from, may be.
        shown: which time of the media is shown when.
        links: the mobs on the way, the nearest first.
        metadata: the columns of the bin.
    """

    name: str
    media: Media
    alternatives: Mapping[str, Media]
    shown: SourceMap
    links: tuple[Link, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def source_of(clip: Any, rate: Fraction) -> Source:
    """Follow a source clip, whose slot counts `rate` edit units a second, to its media.

    Raises:
        DecodeError: the mobs lead in a circle.
    """
    links = tuple(_links(clip, rate))
    files = [link for link in links if kind_of(link.mob) == "SourceMob"]
    last = files[0] if files else links[-1] if links else Link(None, None, _start(clip, rate))
    at, speed = last.at, last.speed
    clock = next((found for found in map(_clock, _clocked(links)) if found is not None), at) - at
    metadata = comments(links[0].mob) if links else {}
    urls = list(dict.fromkeys(_urls(files, metadata)))
    name = name_of(links[0].mob) if links else ""
    common: dict[str, Any] = {"start": clock, "name": _file_name(files) or name}
    if files:
        common["rate"] = rate_of(files[0].slot)
        length = count(value(files[0].slot, "Segment"), "Length")
        common["duration"] = length / common["rate"] if length > 0 else None
        common["metadata"] = {"AAF": {"MobID": str(value(files[0].mob, "MobID"))}}
    kinds = [Media(url=url, kind="file", **common) for url in urls]
    return Source(
        name=name,
        media=kinds[0] if kinds else Media(**common),
        alternatives={f"AAF_{n}": media for n, media in enumerate(kinds[1:], 1)},
        shown=SourceMap.linear(clock + at, speed),
        links=links,
        metadata=metadata,
    )


def composed(clip: Any) -> Any:
    """Return the composition that a clip plays as a sequence; None where it plays media.

    A subclip is a composition too, of one source clip, and plays media.
    """
    mob = clip.mob
    if kind_of(mob) != "CompositionMob":
        return None
    slot = slot_of(mob, count(clip, "SourceMobSlotID"))
    alone = slot is not None and [kind_of(c) for c in components(value(slot, "Segment"))] == [
        "SourceClip"
    ]
    return None if alone and value(mob, "UsageCode") in _ONE_SEGMENT else mob


def slot_of(mob: Any, number: int) -> Any:
    """Return a mob's slot by its number; None where it has no such one."""
    return next((slot for slot in many(mob, "Slots") if count(slot, "SlotID") == number), None)


def timecode_of(mob: Any, at: Fraction = Fraction(0)) -> tuple[Fraction, bool] | None:
    """Return a mob's timecode, `at` seconds after its start.

    Returns:
        Seconds after 00:00:00:00, and whether it is drop-frame; None for a mob without timecode.
    """
    slots = [slot for slot in many(mob, "Slots") if kind_of(slot) == "TimelineMobSlot"]
    slots = [slot for slot in slots if media_kind(value(slot, "Segment")) == "Timecode"]
    for slot in sorted(slots, key=lambda slot: count(slot, "PhysicalTrackNumber") != 1):
        rate = rate_of(slot)
        found, begins = _under(value(slot, "Segment"), at * rate)
        if kind_of(found) == "Timecode" and count(found, "FPS"):
            counted = _real(count(found, "FPS"), rate)
            seconds = count(found, "Start") / counted + at - begins / rate
            return seconds, bool(value(found, "Drop"))
    return None


def _links(clip: Any, rate: Fraction) -> Iterator[Link]:
    """Yield the mobs that a clip leads through."""
    at, speed = _start(clip, rate), Fraction(1)
    for _ in range(_LONGEST):
        mob = clip.mob
        slot = slot_of(mob, count(clip, "SourceMobSlotID")) if mob is not None else None
        if slot is None or kind_of(slot) != "TimelineMobSlot":
            return
        own = rate_of(slot)
        if own != rate and abs(own / rate - 1) <= _NEAR:
            at, speed = at * rate / own, speed * rate / own
        yield Link(mob, slot, at, speed)
        rate = own
        clip, begins = _under(value(slot, "Segment"), at * rate)
        if kind_of(clip) != "SourceClip":
            return
        at += _start(clip, rate) - begins / rate
    raise DecodeError("The sources of a clip lead in a circle.")


def _start(clip: Any, rate: Fraction) -> Fraction:
    return count(clip, "StartTime") / rate


def _under(segment: Any, at: Fraction) -> tuple[Any, int]:
    """Return what of a segment is at a position, and where it begins, in edit units.

    Of what is offered for choice, the first is taken, as programs do.
    """
    begins, found = 0, None
    for component in components(segment):
        found = component
        length = count(component, "Length")
        if at < begins + length:
            break
        begins += length
    else:
        begins -= count(found, "Length") if found is not None else 0
    if kind_of(found) == "EssenceGroup":
        return next(iter(many(found, "Choices")), None), begins
    return found, begins


def _clocked(links: tuple[Link, ...]) -> Iterator[Link]:
    """Yield the mobs whose timecode a file may have, the surest first: a clip's own comes last."""
    yield from (link for link in links if kind_of(link.mob) == "SourceMob")
    yield from (link for link in links if kind_of(link.mob) == "MasterMob")


def _clock(link: Link) -> Fraction | None:
    found = timecode_of(link.mob, link.at)
    return None if found is None else found[0]


def _real(fps: int, rate: Fraction) -> Fraction:
    """Return the exact rate of a timecode of `fps` beside edit units at `rate`: 30 is 29.97 too."""
    return exact_rate(Fraction(fps) * rate / math.ceil(rate))


def _urls(files: list[Link], metadata: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the media may be: as Avid notes its origin, then the files from near to far."""
    path = metadata.get("UNC Path")
    if isinstance(path, str) and path:
        yield path
    for link in files:
        for locator in many(value(link.mob, "EssenceDescription"), "Locator"):
            url = name_of(locator, "URLString")
            if url:
                yield _as_share(url)


def _as_share(url: str) -> str:
    """Return the path of a share for a URL that names a host, so that it is looked for by name.

    Avid writes its own workspaces so: `file://NEXIS/PROJECT/V01.mxf`.
    """
    host, slash, path = url.removeprefix("file://").partition("/")
    if not url.startswith("file://") or host.lower() in ("", "localhost"):
        return url
    return unquote(f"//{host}{slash}{path}")


def _file_name(files: list[Link]) -> str:
    """Return the name of the tape, or of the file that was imported."""
    return next(filter(None, (name_of(link.mob) for link in reversed(files))), "")
