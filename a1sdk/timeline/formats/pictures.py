"""Numbered pictures that a cut names as one file, as Resolve does: `shot.[1001-1100].exr`."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from a1sdk.timeline.filenames import PictureName, base_name
from a1sdk.timeline.model import Media


def numbered(media: Media) -> Media:
    """Return a file as numbered pictures, if it is named as all of them."""
    url = media.url or ""
    name = base_name(url)
    found = PictureName.of_range(unquote(name) if "://" in url else name)
    if media.kind != "file" or found is None:
        return media
    pictures, first = found
    folder = url[: -len(name) - 1] or None
    return replace(media, kind="sequence", url=folder, pattern=pictures.pattern, first=first)
