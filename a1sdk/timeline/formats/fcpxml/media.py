"""The resources of an FCPXML, by id: formats, assets, effects, compound and multicam clips."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from a1sdk.timeline.formats.fcpxml.document import frame_rate, length, notes, seconds
from a1sdk.timeline.formats.pictures import numbered
from a1sdk.timeline.model import Media, TrackKind

_ORIGINAL = "original-media"
_KEPT = ("id", "uid", "audioRate", "audioChannels", "audioSources", "videoSources", "format")


class Resources:
    """What the story of a document refers to."""

    def __init__(self, root: Element) -> None:
        self._defined: dict[tuple[str, str], Element] = {}
        for element in (one for group in root.findall("resources") for one in group):
            self._defined.setdefault((element.tag, element.get("id", "")), element)
        self._played: dict[Element, Mapping[str, Media]] = {}

    def find(self, tag: str, identity: str | None) -> Element | None:
        """Return the asset, effect, media or format of an id; None where there is none."""
        return None if identity is None else self._defined.get((tag, identity))

    def rate(self, element: Element | None) -> Fraction | None:
        """Return the frames per second of the format that an element names.

        Raises:
            DecodeError: the format's frame duration is not above zero.
        """
        found = None if element is None else self.find("format", element.get("format"))
        return None if found is None else frame_rate(found)

    def media(self, element: Element) -> Mapping[str, Media]:
        """Return what the item `element` plays and, by their kind, what it may play instead.

        The former comes first; nothing comes where the document does not define it.
        """
        identity = element.get("ref")
        asset = self.find("asset", identity)
        if asset is not None:
            if asset not in self._played:
                self._played[asset] = self._of_asset(asset)
            return self._played[asset]
        effect = self.find("effect", identity)
        if effect is None and element.tag not in ("title", "live-drawing"):
            return {}
        name = element.get("name", "") if effect is None else effect.get("name", "")
        metadata = {} if effect is None else {"uid": effect.get("uid", "")}
        return {_ORIGINAL: Media(name=name, kind="generator", metadata=metadata)}

    def _of_asset(self, asset: Element) -> Mapping[str, Media]:
        duration = length(asset)
        about: dict[str, Any] = {key: asset.attrib[key] for key in _KEPT if key in asset.attrib}
        about |= notes(asset)
        found = {_ORIGINAL: asset.get("src")}  # up to version 1.8
        for one in asset.findall("media-rep"):
            kind = one.get("kind", _ORIGINAL)
            found[kind] = found.get(kind) or one.get("src")
        return {
            kind: numbered(
                Media(
                    name=asset.get("name", ""),
                    url=url or None,
                    kind="file" if url else "missing",
                    rate=self.rate(asset),
                    start=seconds(asset, "start") or Fraction(0),
                    duration=duration or None,  # a still's is zero
                    metadata=about,
                )
            )
            for kind, url in found.items()
        }

    def kinds(self, element: Element) -> frozenset[TrackKind]:
        """Return whether what an item plays has pictures, sound or both.

        An asset that says neither has pictures; `video` and `audio` play only theirs.
        """
        if element.tag == "audio":
            return frozenset({"audio"})
        asset = self.find("asset", element.get("ref"))
        if asset is None or element.tag == "video":
            return frozenset({"video"})
        sound = asset.get("hasAudio") == "1"
        seen = asset.get("hasVideo") == "1" or not ("hasVideo" in asset.attrib or sound)
        found: set[TrackKind] = {"video"} if seen else set()
        return frozenset(found | {"audio"} if sound else found or {"video"})
