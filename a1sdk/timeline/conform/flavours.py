"""OTIO as editing programs take it best: the master, with each one's habits put on.

What the habits are is reported by those who write for these programs; none was tested in the
programs themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from a1sdk.timeline.conform.otio_nodes import (
    RENDER_SCHEMA,
    Flavour,
    note_for_resolve,
    range_node,
    time_node,
)
from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.formats.otio.dialects import Convention
from a1sdk.timeline.formats.otio.media import media_of, media_start, ranged, rate_of, seconds
from a1sdk.timeline.formats.otio.rescue import Node, schema
from a1sdk.timeline.numbers import exact_rate
from a1sdk.timeline.shots.locate import file_kind, plain_path
from a1sdk.timeline.shots.sidecar import Curves

_CURVES = Curves.model_fields["schema_version"].default


def flavoured(master: bytes, flavour: Flavour) -> bytes:
    """Return a master as a program takes it best.

    For both: numbered pictures are named as one file, relinked clips have their render alone, and
    our own effects are left out. Resolve gets plain paths, clips called as their files, and
    markers' notes where it keeps them; Premiere no speeds of 1, and stills that are available for
    as long as they are shown.
    """
    root = json.loads(master)
    for node in list(_objects(root)):
        if isinstance(node.get("effects"), list):
            node["effects"] = [one for one in node["effects"] if _kept(one, flavour)]
        if schema(node)[0] == "Clip":
            _clip(node, flavour)
        elif schema(node)[0] == "Marker" and flavour == "resolve":
            note_for_resolve(node)
    return (json.dumps(root, indent=4) + "\n").encode()


def _objects(node: Any) -> Iterator[Node]:
    """Yield every object of a document, those in metadata left out."""
    if isinstance(node, list):
        for child in node:
            yield from _objects(child)
    elif isinstance(node, dict):
        yield node
        for key, child in node.items():
            if key != "metadata":
                yield from _objects(child)


def _kept(effect: Any, flavour: Flavour) -> bool:
    metadata = effect.get("metadata") if isinstance(effect, dict) else None
    ours = metadata.get("a1sdk") if isinstance(metadata, dict) else None
    if isinstance(ours, dict) and ours.get("schema_version") == _CURVES:
        return False
    idle = schema(effect)[0] == "LinearTimeWarp" and effect.get("time_scalar") == 1
    return not (idle and flavour == "premiere")


def _clip(clip: Node, flavour: Flavour) -> None:
    references = clip.get("media_references")
    active = clip.get("active_media_reference_key", "DEFAULT_MEDIA")
    if not isinstance(references, dict):  # Clip.1
        references, active = {"": clip.get("media_reference")}, ""
    for key, reference in list(references.items()):
        if isinstance(reference, dict):
            if key == active:
                _count_on_clock(clip, reference)
            _reference(reference, clip, flavour)
            if key == active and _ours(reference):
                clip["media_references"] = {key: reference}
                clip["name"] = reference["name"] if flavour == "resolve" else clip["name"]


def _ours(reference: Node) -> bool:
    metadata = reference.get("metadata")
    ours = metadata.get("a1sdk") if isinstance(metadata, dict) else None
    return isinstance(ours, dict) and ours.get("schema_version") == RENDER_SCHEMA


def _reference(reference: Node, clip: Node, flavour: Flavour) -> None:
    if schema(reference)[0] == "ImageSequenceReference":
        _as_one_file(reference, flavour)
    if schema(reference)[0] != "ExternalReference":
        return
    if flavour == "resolve":
        reference["target_url"] = plain_path(str(reference.get("target_url") or ""))
    elif file_kind(str(reference.get("target_url"))) == "picture":
        _lengthen(reference, clip)


def _count_on_clock(clip: Node, reference: Node) -> None:
    """Count a range on the media's clock that some count from the first of numbered pictures."""
    window = ranged(clip, "source_range")
    if window is None or schema(reference)[0] != "ImageSequenceReference":
        return
    own = {"name": "", "metadata": {}, "rate": None, "start_frame": 0, **reference}
    media = media_of(own, Convention())
    start = media_start(window[0], own, media)
    if media.rate is not None and abs(start - seconds(window[0])) * media.rate >= 1:
        clip["source_range"]["start_time"] = time_node(start, media.rate)


def _as_one_file(reference: Node, flavour: Flavour) -> None:
    """Name numbered pictures as Resolve does, by all their numbers; for Premiere, by the first."""
    first, digits = reference.get("start_frame", 0), reference.get("frame_zero_padding", 0)
    pictures = PictureName(
        str(reference.get("name_prefix", "")), digits, str(reference.get("name_suffix", ""))
    )
    name = pictures.of(first)
    available = ranged(reference, "available_range")
    if flavour == "resolve" and available is not None:
        count = round(seconds(available[1]) * rate_of(available[0]))
        name = pictures.ranged(first, first + count - 1)
    folder = str(reference.get("target_url_base") or "")
    slash = "/" if folder and not folder.endswith("/") else ""
    kept = ("metadata", "available_range", "available_image_bounds", "enabled")
    node = {key: reference[key] for key in kept if key in reference}
    node |= {"name": name if _ours(reference) else reference.get("name", "")}
    named = quote(name, safe="[]") if "://" in folder else name
    node |= {"OTIO_SCHEMA": "ExternalReference.1", "target_url": f"{folder}{slash}{named}"}
    reference.clear()
    reference.update(node)


def _lengthen(reference: Node, clip: Node) -> None:
    """Make a still available for as long as it is shown, or Premiere rescales its keyframes."""
    shown, available = ranged(clip, "source_range"), ranged(reference, "available_range")
    if shown is None or available is None:
        return
    spans = [(seconds(one), seconds(one) + seconds(two)) for one, two in (shown, available)]
    start, stop = min(one for one, _ in spans), max(two for _, two in spans)
    if (start, stop) != spans[1]:
        rate = available[0]["rate"]
        reference["available_range"] = range_node(start, stop - start, exact_rate(rate), rate)
