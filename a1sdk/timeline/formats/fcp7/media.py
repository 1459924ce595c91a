"""The media of an FCP 7 XML: files that are defined once and named by their id later."""

from __future__ import annotations

import re
from fractions import Fraction
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.formats.fcp7.document import facts, number, rate
from a1sdk.timeline.formats.xml_document import text
from a1sdk.timeline.model import Media, MediaKind
from a1sdk.timeline.numbers import timecode_seconds

_PADDED = re.compile(r"%0([1-9])d")  # as an escape it would be a control character


class Files:
    """The files of a document, by id."""

    def __init__(self, root: Element) -> None:
        self._defined: dict[str, Element] = {}
        for element in root.iter("file"):
            if len(element):
                self._defined.setdefault(element.get("id", ""), element)
        self._read: dict[Element, Media] = {}

    def of(self, item: Element) -> Media | None:
        """Return what a clip item plays; None where it names no file that is defined."""
        element = item.find("file")
        if element is None:
            return None
        if not len(element):
            element = self._defined.get(element.get("id", ""))
            if element is None:
                return None
        if element not in self._read:
            self._read[element] = _media(element)
        return self._read[element]


def generated(item: Element) -> Media:
    """Return what a generator item plays."""
    name = text(item, "effect/name") or text(item, "name")
    return Media(name=name, kind="generator", metadata=facts(item, "effect"))


def _media(element: Element) -> Media:
    url = text(element, "pathurl") or None
    own = rate(element)
    duration = number(element, "duration")
    kind, pattern, first = _kind(element, url)
    metadata = {"id": element.get("id", "")} | facts(element, "mediaSource", "media", "timecode")
    return Media(
        name=text(element, "name"),
        url=url if pattern is None or url is None else url.rpartition("/")[0] or None,
        kind=kind,
        rate=own,
        start=start_timecode(element, own),
        duration=duration / own if duration is not None and own is not None else None,
        pattern=pattern,
        first=first,
        metadata=metadata,
    )


def _kind(element: Element, url: str | None) -> tuple[MediaKind, str | None, int]:
    if url is None:
        return ("generator" if text(element, "mediaSource") else "missing"), None, 0
    name = url.rpartition("/")[2]
    padded = _PADDED.search(name)
    if padded is not None:
        before, after = _decoded(url, name[: padded.start()]), _decoded(url, name[padded.end() :])
        return "sequence", PictureName(before, int(padded[1]), after).pattern, 0
    numbered = PictureName.of_range(_decoded(url, name))
    if numbered is None:
        return "file", None, 0
    return "sequence", numbered[0].pattern, numbered[1]


def _decoded(url: str, name: str) -> str:
    return unquote(name) if "://" in url else name


def start_timecode(element: Element, default: Fraction | None) -> Fraction:
    """Return the seconds from 00:00:00:00 to the first frame, by an element's `<timecode>`.

    Args:
        element: a file or a sequence.
        default: the rate it is counted at where the timecode names none.

    Raises:
        DecodeError: it is no timecode.
    """
    code = element.find("timecode")
    if code is None:
        return Fraction(0)
    counted = rate(code) or default
    if counted is None:
        return Fraction(0)
    frame = number(code, "frame")
    if frame is not None:
        return frame / counted
    label = text(code, "string")
    return timecode_seconds(label, counted) if label else Fraction(0)
