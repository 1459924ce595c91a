"""The values that elements of an FCPXML hold: rational times, frame rates, roles, notes."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.xml_document import Paths
from a1sdk.timeline.numbers import MAX_SECONDS, exact_rate
from a1sdk.timing import MAX_RATE

DOCUMENT = "Info.fcpxml"
"""The document in a folder `.fcpxmld`."""
CLIPS = ("asset-clip", "clip", "ref-clip", "sync-clip", "mc-clip", "audition")
"""What a library keeps, and a file may hold without a project."""
STORY = (*CLIPS, "video", "audio", "title", "gap", "live-drawing")
"""What takes up time in a storyline."""

_TIME = re.compile(r"([+-]?[0-9]{1,19})(\.[0-9]{1,12})?(?:/([0-9]{1,19}))?s?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_NAMED = re.compile(r"FFVideoFormat.*?(?P<scan>[pi])(?P<rate>2398|2997|5994|[0-9]{2,3})")
_RATES = {"2398": 24, "2997": 30, "5994": 60}
_ADDRESSED = frozenset((*STORY, "project", "spine", "transition"))
_KEY = "a1sdk"


def seconds(element: Element, name: str) -> Fraction | None:
    """Return the time in an attribute, as `1001/24000s`, exactly; None where there is none.

    Raises:
        DecodeError: it is no time.
    """
    written = element.get(name)
    if written is None:
        return None
    found = _TIME.fullmatch(written.strip())
    below = int(found[3] or 1) if found is not None else 0
    if found is None or not below:
        raise DecodeError(f"{name!r} of {_called(element)} is {written!r:.40}, not a time.")
    time = Fraction(found[1] + found[2]) / below if found[2] else Fraction(int(found[1]), below)
    if abs(time) > MAX_SECONDS:
        raise DecodeError(f"{name!r} of {_called(element)} is {written!r:.40}, years away.")
    return time


def length(element: Element) -> Fraction | None:
    """Return the duration of an element in seconds; None where it has none.

    Raises:
        DecodeError: it is no time, or negative.
    """
    found = seconds(element, "duration")
    if found is not None and found < 0:
        raise DecodeError(f"{_called(element)} ends before it starts.")
    return found


def lane(element: Element) -> int | None:
    """Return the lane of an element: above 0 over what it is connected to, below 0 under it.

    Raises:
        DecodeError: it is no whole number.
    """
    written = element.get("lane")
    if written is None:
        return None
    if not _WHOLE.fullmatch(written.strip()):
        raise DecodeError(f"The lane of {_called(element)} is {written!r:.40}, not a whole number.")
    return int(written)


def _called(element: Element) -> str:
    name = element.get("name")
    return f"<{element.tag}>" if name is None else f"<{element.tag}> {name!r:.40}"


def off(element: Element, name: str = "enabled") -> bool:
    """Whether a switch that is on by default is off."""
    return element.get(name, "1").strip() == "0"


def frame_rate(element: Element) -> Fraction | None:
    """Return the frames per second of a format; None where it has none, as of stills and sound.

    Raises:
        DecodeError: its frame duration is no time, zero, negative, or under a thousandth second.
    """
    duration = seconds(element, "frameDuration")
    if duration is not None:
        if duration <= 0 or 1 / duration > MAX_RATE:
            raise DecodeError(f"Format {element.get('id')!r:.40} has no frame duration there is.")
        return exact_rate(1 / duration)
    named = _NAMED.fullmatch(element.get("name", ""))
    if named is None:
        return None
    written = named["rate"]
    rate = Fraction(_RATES[written] * 1000, 1001) if written in _RATES else Fraction(written)
    return rate / 2 if named["scan"] == "i" else rate  # two fields are a frame


def addresses(root: Element) -> Paths:
    """Return the path to every part of the story, such as `/fcpxml/library[0]/event[1]/clip[3]`.

    Each step is a tag and how many siblings of that tag are ahead of it.
    """
    return Paths(root, _ADDRESSED, f"/{root.tag}", 0)


def notes(element: Element) -> dict[str, Any]:
    """Return what an editor wrote about an element: its note, its keywords, its metadata."""
    found: dict[str, Any] = {}
    text = (element.findtext("note") or "").strip()
    if text:
        found["note"] = text
    keywords = [dict(one.attrib) for one in element.findall("keyword")]
    if keywords:
        found["keywords"] = keywords
    kept = element.find("metadata")
    values = {} if kept is None else {md.get("key", ""): _value(md) for md in kept.findall("md")}
    if values:
        found["metadata"] = values
    ours = _ours(values)
    return found | {_KEY: ours} if ours else found


def _value(md: Element) -> Any:
    strings = [(one.text or "").strip() for one in md.findall("array/string")]
    return strings or md.get("value", "")


def _ours(values: dict[str, Any]) -> dict[str, Any]:
    """Return our own settings: a JSON object at the key `a1sdk`, and values at `a1sdk.NAME`."""
    found: dict[str, Any] = {}
    try:
        whole = json.loads(values.get(_KEY, "{}"))
    except (TypeError, ValueError):
        whole = {}  # it stays among the metadata, as it is written
    if isinstance(whole, dict):
        found.update(whole)
    prefix = f"{_KEY}."
    named = {key.removeprefix(prefix): one for key, one in values.items() if key.startswith(prefix)}
    return found | named
