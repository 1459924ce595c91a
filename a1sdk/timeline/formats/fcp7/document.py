"""The values that elements of an FCP 7 XML hold, and the paths that lead to them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.xml_document import Paths, text
from a1sdk.timeline.numbers import exact_rate

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")
_NTSC = (12, 15, 18, 24, 30, 48, 60, 72, 90, 96, 120)  # 25 x 1000/1001 is nobody's rate
_ADDRESSED = ("sequence", "track", "clipitem", "generatoritem", "transitionitem")


def addresses(root: Element) -> Paths:
    """Return the path to each sequence, track and item, as `root.find` understands it."""
    return Paths(root, _ADDRESSED, ".", 1)


def number(element: Element, path: str) -> Fraction | None:
    """Return the exact number at `path`; None where there is none.

    Raises:
        DecodeError: what stands there is no number.
    """
    written = text(element, path)
    if not written:
        return None
    if not _NUMBER.fullmatch(written):
        raise DecodeError(f"<{path}> of <{element.tag}> is {written!r:.40}, not a number.")
    return Fraction(written)


def flag(element: Element, path: str, *, default: bool) -> bool:
    """Return the truth at `path`; `default` where nothing stands there."""
    written = text(element, path).upper()
    return written in ("TRUE", "1", "YES") if written else default


def rate(element: Element) -> Fraction | None:
    """Return the frames per second of an element's own `<rate>`; None where it has none.

    Raises:
        DecodeError: it is zero or no number.
    """
    base = number(element, "rate/timebase")
    if base is None:
        return None
    if flag(element, "rate/ntsc", default=False) and base in _NTSC:
        return base * 1000 / 1001
    return exact_rate(base)


def plain(element: Element) -> Any:
    """Return an element's text, or a dict of its children with lists where they repeat."""
    if not len(element):
        return (element.text or "").strip()
    return facts(element, *dict.fromkeys(child.tag for child in element), empty=True)


def facts(element: Element, *tags: str, empty: bool = False) -> dict[str, Any]:
    """Return what those of its children hold, with lists where they repeat.

    Args:
        element: the parent.
        tags: the children's.
        empty: whether those that hold nothing are told too.
    """
    values: dict[str, list[Any]] = {tag: [] for tag in tags}
    for child in element:
        if child.tag in values:
            values[child.tag].append(plain(child))
    held = {tag: each[0] if len(each) == 1 else each for tag, each in values.items() if each}
    return {tag: value for tag, value in held.items() if value or empty}
