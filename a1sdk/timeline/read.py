"""Read a cut, whatever program and format it comes from."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pathlib import Path

from a1sdk.errors import DecodeError
from a1sdk.timeline.content import check_size, read_head
from a1sdk.timeline.model import Cut

Reader = Callable[[Path, Fraction | None], Cut]

_SNIFFED = 4096  # bytes; a document's root element is within them, after its comments
_SUFFIXES = {
    ".otio": "otio.reader",
    ".otioz": "bundles",
    ".otiod": "bundles",
    ".edl": "edl.reader",
    ".fcpxml": "fcpxml.reader",
    ".fcpxmld": "fcpxml.reader",
    ".aaf": "aaf.reader",
    ".xml": "fcp7.reader",
}
_STARTS = {
    b"PK\x03\x04": "bundles",
    b"\xd0\xcf\x11\xe0": "aaf.reader",
    b"{": "otio.reader",
    b"[": "otio.reader",
    b"TITLE:": "edl.reader",
    b"FCM:": "edl.reader",
}
_ROOTS = {b"<fcpxml": "fcpxml.reader", b"<xmeml": "fcp7.reader"}
_MLT = ("a Kdenlive or MLT project", "export it from Kdenlive as OpenTimelineIO")
_LOG = ("an Avid log (ALE), which lists media and is no cut", "export an AAF or EDL")


def read_cut(path: Path | str, *, rate: Fraction | None = None) -> Cut:
    """Read the timeline in a file, with its tracks, nests, retimes, markers and problems.

    OTIO JSON, `.otioz`, `.otiod`, CMX 3600 EDL, FCP 7 XML, FCPXML and AAF are told apart by what
    is in the file, then by its suffix. No media is opened and no address is followed.

    Args:
        path: the file; of `.otiod` and `.fcpxmld`, the folder.
        rate: frames per second of the cut, for files that do not say (EDL) or say it wrong.

    Raises:
        DecodeError: the file is none of these, damaged, or beyond the limits on size and depth.
        ResourceError: a package that reads the format is not installed.
    """
    path = Path(path)
    reader: Reader = import_module(f"a1sdk.timeline.formats.{_format(path)}").read
    try:
        return reader(path, rate)
    except DecodeError as error:
        if error.path:
            raise
        raise DecodeError(f"{path}: {error}", path=str(path), hint=error.hint) from error
    except RecursionError:
        raise DecodeError(f"{path} is nested too deeply.", path=str(path)) from None


def _format(path: Path) -> str:
    """Return the module that reads the file."""
    suffix = path.suffix.lower()
    if path.is_dir():
        if suffix in (".otiod", ".fcpxmld"):
            return _SUFFIXES[suffix]
        raise DecodeError(f"{path} is a folder, not a cut.", path=str(path))
    head = read_head(path, _SNIFFED).removeprefix(b"\xef\xbb\xbf").lstrip()
    found = _by_content(head)
    if found != "bundles":
        check_size(path)
    if found is None and (other := _other(head)) is not None:
        what, hint = other
        raise DecodeError(f"{path} is {what}.", path=str(path), hint=hint)
    found = found or _SUFFIXES.get(suffix)
    if found is None:
        hint = "export it as OpenTimelineIO, FCP 7 XML, FCPXML, AAF or CMX 3600 EDL"
        raise DecodeError(f"{path} is no cut that can be read.", path=str(path), hint=hint)
    return found


def _by_content(head: bytes) -> str | None:
    for start, name in _STARTS.items():
        if head.startswith(start):
            return name
    text = head.replace(b"\x00", b"")  # UTF-16
    if not text.startswith((b"<", b"\xff\xfe<", b"\xfe\xff<")):
        return None
    return next((name for root, name in _ROOTS.items() if root in text), None)


def _other(head: bytes) -> tuple[str, str] | None:
    """Return what a file is that is often taken for a cut, and what to do instead."""
    if head.startswith(b"<") and b"<mlt" in head:
        return _MLT
    return _LOG if head.split(None, 1)[:1] == [b"Heading"] else None
