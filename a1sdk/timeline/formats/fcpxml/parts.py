"""What an item of an FCPXML is made of: its markers, effects and roles, and a clip's one medium."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from a1sdk.timeline.formats.fcpxml.document import STORY, lane, length, notes, off, seconds
from a1sdk.timeline.formats.fcpxml.media import Resources
from a1sdk.timeline.formats.fcpxml.retime import Points, Timing, timing
from a1sdk.timeline.model import Marker, Media, Span, TrackKind

_PLACED = frozenset(("name", "offset", "start", "duration", "enabled"))
_CHANNELS = ("audio-channel-source", "audio-role-source", "mc-source")
_MARKERS = ("marker", "chapter-marker")
_FILTERS = ("filter-video", "filter-audio", "filter-video-mask")
_UNSEEN = frozenset(
    f"adjust-{what}"
    for what in (
        "colorConform", "volume", "loudness", "noiseReduction", "humReduction", "EQ", "matchEQ",
        "panner", "voiceIsolation",
    )
)  # fmt: skip
_CONTAINERS = ("clip", "sync-clip")


def contents(element: Element) -> list[Element]:
    """Return what a clip contains, which is what it has in no lane of its own."""
    if element.tag not in _CONTAINERS:
        return []
    inside = [one for one in element if one.tag in STORY or one.tag == "spine"]
    return [one for one in inside if not lane(one)]


def connected(element: Element) -> Iterator[Element]:
    """Yield what is connected to an item: in a lane, over it or under it."""
    container = element.tag in _CONTAINERS
    for child in element:
        if child.tag in STORY or child.tag in ("spine", "caption"):
            if lane(child) or not container:
                yield child


def belongs(audio: Element, ref: str | None, resources: Resources) -> bool:
    """Whether a part of a clip is sound of the medium that it is connected to, and in step with it.

    Then it is no clip of its own: nobody has detached it.
    """
    if audio.tag != "audio" or audio.get("ref") != ref:
        return False
    offset = seconds(audio, "offset")
    if offset is not None and offset != _begin(audio, resources):
        return False
    return all(belongs(one, ref, resources) for one in connected(audio))


def _begin(element: Element, resources: Resources) -> Fraction:
    """Return the local time at which an item of media starts."""
    start = seconds(element, "start")
    if start is not None:
        return start
    media = next(iter(resources.media(element).values()), Media())
    return media.start


@dataclass(frozen=True)
class Medium:
    """The one medium that an item plays.

    Attributes:
        element: the element that names it.
        kinds: whether the item has its pictures, its sound, or both.
        points: (the item's inner time, time of the medium); None where they are the same.
    """

    element: Element
    kinds: frozenset[TrackKind]
    points: Points | None = None


def medium(element: Element, rate: Fraction, resources: Resources) -> Medium | None:
    """Return the one medium that an item plays; None where it is several, or a timeline.

    Args:
        element: the item.
        rate: frames per second of its timeline.
        resources: of the document.
    """
    if element.tag != "clip":
        return Medium(element, resources.kinds(element))
    inside = contents(element)
    if len(inside) != 1:
        return None
    own = resources.rate(element) or rate
    only = inside[0]
    offset = seconds(only, "offset") or Fraction(0)
    if only.tag == "gap":
        return _heard(only, offset, own, resources)
    if only.tag not in ("video", "audio"):
        return None
    parts = list(connected(only))
    if not all(belongs(one, only.get("ref"), resources) for one in parts):
        return None
    kinds: frozenset[TrackKind] = resources.kinds(only) | (
        frozenset({"audio"}) if parts else frozenset()
    )
    return Medium(only, kinds, _played(only, offset, own, resources))


def _heard(gap: Element, offset: Fraction, rate: Fraction, resources: Resources) -> Medium | None:
    """Return the medium of a clip whose pictures were taken away: a gap with its sound under it."""
    parts = list(connected(gap))
    if not parts or any(not belongs(one, parts[0].get("ref"), resources) for one in parts):
        return None
    start = seconds(gap, "start") or Fraction(0)
    at = offset + (seconds(parts[0], "offset") or start) - start
    return Medium(parts[0], frozenset({"audio"}), _played(parts[0], at, rate, resources))


def _played(element: Element, offset: Fraction, rate: Fraction, resources: Resources) -> Points:
    """Return which time of the media is shown at which time of the clip that contains it."""
    media = next(iter(resources.media(element).values()), Media())
    span = Span(offset, offset + (length(element) or media.duration or 0))
    found = timing(element, span, _begin(element, resources), rate, media.rate)
    return tuple((offset + time, value) for time, value in found.points)


def markers(element: Element, at: Timing) -> tuple[Marker, ...]:
    """Return the markers on an item, in its timeline's time."""
    return tuple(_marker(one, at) for one in element if one.tag in _MARKERS)


def _marker(element: Element, at: Timing) -> Marker:
    start = seconds(element, "start")
    time = at.span.start if start is None else at.at(start)
    about = {key: one for key, one in element.attrib.items() if key not in ("start", "value")}
    return Marker(
        name=element.get("value", ""),
        comment=element.get("note", ""),
        span=Span(time, time + (length(element) or 0) * at.pace),
        metadata={"element": element.tag} | about,
    )


def effects(element: Element, resources: Resources) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the filters and adjustments of an item that are switched on.

    Adjustments of sound are left out, and that of colour, which every clip has.
    """
    found = []
    for one in element:
        if off(one):
            continue
        if one.tag in _FILTERS:
            effect = resources.find("effect", one.get("ref"))
            uid = "" if effect is None else effect.get("uid", "")
            found.append((one.get("name", ""), {"element": one.tag, "uid": uid}))
        elif one.tag.startswith("adjust-") and one.tag not in _UNSEEN:
            found.append((one.tag, dict(one.attrib)))
    return tuple(found)


def about(element: Element, inner: Element | None) -> dict[str, Any]:
    """Return what the document says of an item beside its place; `inner` is its one medium."""
    found: dict[str, Any] = {"element": element.tag}
    if inner is not None:
        found |= {key: inner.attrib[key] for key in ("ref", "role") if key in inner.attrib}
    found |= {key: one for key, one in element.attrib.items() if key not in _PLACED}
    for child in element:
        for one in child if child.tag == "sync-source" else (child,):
            if one.tag in _CHANNELS:
                found.setdefault(one.tag, []).append(dict(one.attrib))
    return found | notes(element)


def roles(element: Element, inner: Element | None, kind: TrackKind) -> Sequence[str]:
    """Return the roles of an item, those of its kind first."""
    both = [element] if inner is None or inner is element else [element, inner]
    seen = [one.get(key, "") for one in both for key in ("videoRole", "role")]
    sources = [one.get("role", "") for one in element.findall("audio-channel-source")]
    heard = [*sources, *(one.get(key, "") for one in both for key in ("audioRole", "role"))]
    return [*seen, *heard] if kind == "video" else [*heard, *seen]
