"""Read a cut, whatever program and format it comes from."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pathlib import Path

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Cut

Reader = Callable[[Path, Fraction | None], Cut]

MAX_BYTES = 256 * 2**20
"""Largest file that is read as a cut, the media in a bundle apart."""

_SNIFFED = 4096  # bytes; a document's root element is within them, after its comments
_ARCHIVE = b"PK\x03\x04"
_SUFFIXES = {
    ".otio": "otio",
    ".otioz": "bundles",
    ".otiod": "bundles",
    ".edl": "edl",
    ".fcpxml": "fcpxml",
    ".fcpxmld": "fcpxml",
    ".aaf": "aaf",
    ".xml": "fcp7",
}
_OTHERS = {
    b"<mlt": ("a Kdenlive or MLT project", "export it from Kdenlive as OpenTimelineIO"),
    b"Heading\n": ("an Avid log (ALE), which lists media and is no cut", "export an AAF or EDL"),
    b"Heading\r": ("an Avid log (ALE), which lists media and is no cut", "export an AAF or EDL"),
}


def read_cut(path: Path, *, rate: Fraction | None = None) -> Cut:
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
    reader: Reader = import_module(f"a1sdk.timeline.{_format(path)}").read
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
    head = _head(path)
    found = _by_content(head) or _SUFFIXES.get(suffix)
    if found is not None:
        return found
    for mark, (what, hint) in _OTHERS.items():
        if mark in head:
            raise DecodeError(f"{path} is {what}.", path=str(path), hint=hint)
    raise DecodeError(
        f"{path} is no cut that can be read.",
        path=str(path),
        hint="export it as OpenTimelineIO, FCP 7 XML, FCPXML, AAF or CMX 3600 EDL",
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
        if path.stat().st_size > MAX_BYTES and not head.startswith(_ARCHIVE):
            limit = f"{MAX_BYTES // 2**20} MiB"
            raise DecodeError(f"{path} is larger than {limit}.", path=str(path))
        return head
    except OSError as error:
        reason = error.strerror or str(error)
        raise DecodeError(f"{path} cannot be read: {reason}.", path=str(path)) from error


def _by_content(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(_ARCHIVE):
        return "bundles"
    if text.startswith(b"\xd0\xcf\x11\xe0"):
        return "aaf"
    if text.startswith((b"{", b"[")):
        return "otio"
    if text.startswith(b"<"):
        text = text.replace(b"\x00", b"")  # UTF-16
        marks = {b"<fcpxml": "fcpxml", b"<xmeml": "fcp7"}
        return next((name for mark, name in marks.items() if mark in text), None)
    return None
