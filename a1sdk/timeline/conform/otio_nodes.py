"""Times and media references as OTIO's JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from a1sdk.errors import A1Error
from a1sdk.timeline.conform.relinks import Relink, Remarked
from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.formats.otio.rescue import Node
from a1sdk.timeline.numbers import MAX_TICKS, exact_rate
from a1sdk.timeline.remarks import COLORS
from a1sdk.timeline.shots.binding import SHOT_SCHEMA

if TYPE_CHECKING:
    from a1sdk.timeline.plan import ShotFacts
    from a1sdk.timeline.shots import Shot

RENDER_SCHEMA = "a1.render/1"
"""What `metadata["a1sdk"]` of a media reference to a rendered shot calls itself."""

REMARK_SCHEMA = "a1.remark/1"
"""What `metadata["a1sdk"]` of a marker that is a remark calls itself."""

Flavour = Literal["resolve", "premiere"]
"""Editing programs for which an OTIO file of their own habits can be written."""

Addressing = Literal["url", "path"]
"""How files are named: `file://` URLs, or the plain paths that Resolve writes and reads."""


_FINEST = 10**9
"""Parts of a second of times that cannot be written exactly; a day of them fits into a float."""


def time_node(seconds: Fraction, rate: Fraction, written: float | None = None) -> Node:
    """Return a RationalTime: frames at `rate`, or, between two frames, an exact fraction.

    Args:
        seconds: the time.
        rate: frames per second.
        written: the number that the document has for this rate.
    """
    frames = seconds * rate
    if frames.denominator == 1:
        value, per_second = float(frames), float(rate) if written is None else float(written)
    else:
        if seconds.denominator > MAX_TICKS:  # what no reader takes; floats made it of a rounder one
            seconds = seconds.limit_denominator(_FINEST)
        value, per_second = float(seconds.numerator), float(seconds.denominator)
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": per_second, "value": value}


def range_node(
    start: Fraction, duration: Fraction, rate: Fraction, written: float | None = None
) -> Node:
    """Return a TimeRange, in frames at `rate`."""
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": time_node(duration, rate, written),
        "start_time": time_node(start, rate, written),
    }


def rate_written(node: Any, rate: Fraction) -> float | None:
    """Return how a clip's own range writes a rate: 23.976 stays 23.976."""
    window = node.get("source_range") if isinstance(node, dict) else None
    time = window.get("start_time") if isinstance(window, dict) else None
    value = time.get("rate") if isinstance(time, dict) else None
    try:
        same = isinstance(value, (int, float)) and exact_rate(value) == rate
    except A1Error:
        return None
    return float(value) if same and value is not None else None


def address_of(path: Path, addressing: Addressing) -> str:
    """Return how a document names an absolute path."""
    return str(path) if addressing == "path" else path.as_uri()


def pictures_node(name: PictureName, first: int, folder: str, rate: float) -> Node:
    """Return what an ImageSequenceReference has beside what every reference has."""
    return {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        "target_url_base": f"{folder}/" if folder and not folder.endswith("/") else folder,
        "name_prefix": name.before,
        "name_suffix": name.after,
        "start_frame": first,
        "frame_step": 1,
        "rate": rate,
        "frame_zero_padding": name.digits,
        "missing_frame_policy": "error",
    }


def reference_node(
    relink: Relink, addressing: Addressing, *, external: bool, written: float | None = None
) -> Node:
    """Return the media reference to a rendered shot, all of its media available.

    Args:
        relink: what is relinked.
        addressing: how its file is named.
        external: whether pictures too are an ExternalReference, for programs without sequences.
        written: the number that the clip's range has for the rate: an hour at 23.976 is not where
            it is at 24000/1001, so that both have to be counted alike.
    """
    rendered = relink.rendered
    whole = range_node(relink.first, rendered.frames / relink.rate, relink.rate, written)
    common: Node = {"available_image_bounds": None, "available_range": whole, "enabled": True}
    ours = {**rendered.provenance, **render_node(rendered.shot, rendered.codec)}
    common |= {"metadata": {"a1sdk": ours}, "name": rendered.whole.name}
    if rendered.pictures is None or rendered.first is None or external:
        url = address_of(rendered.whole, addressing)
        return {"OTIO_SCHEMA": "ExternalReference.1", **common, "target_url": url}
    folder = address_of(rendered.path.parent, addressing)
    rate = float(relink.rate) if written is None else written
    return {**common, **pictures_node(rendered.pictures, rendered.first, folder, rate)}


def portrait_node(path: Path) -> Node:
    """Return the media reference to the portrait that a film was rendered of before."""
    common: Node = {"available_image_bounds": None, "available_range": None, "enabled": True}
    common |= {"metadata": {}, "name": path.name, "target_url": path.as_uri()}
    return {"OTIO_SCHEMA": "ExternalReference.1", **common}


def render_node(shot: Shot | ShotFacts, codec: str | None) -> Node:
    """Return what `metadata["a1sdk"]` of a media reference says of the shot it is a render of."""
    facts: Node = {"schema_version": RENDER_SCHEMA, "shot": shot.id, "name": shot.name}
    return {**facts, "head": shot.head, "tail": shot.tail, "codec": codec}


def remark_node(relink: Relink, one: Remarked, written: float | None = None) -> Node:
    """Return the marker of a remark, on the media's clock; `written` is as of `reference_node`."""
    remark, rate = one.remark, relink.rate
    start, lasts = relink.first + one.frames.start / rate, len(one.frames) / rate
    ours: Node = {"schema_version": REMARK_SCHEMA, "severity": remark.severity}
    ours |= {"first": remark.first, "last": remark.last, **remark.facts}
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {"a1sdk": ours},
        "name": remark.name,
        "color": COLORS[remark.severity],
        "comment": remark.comment,
        "marked_range": range_node(start, Fraction(lasts), rate, written),
    }


def note_for_resolve(marker: Node) -> None:
    """Put a marker's comment where Resolve keeps notes as well, for it reads no other."""
    if not marker.get("comment"):
        return
    if not isinstance(marker.get("metadata"), dict):
        marker["metadata"] = {}
    own = marker["metadata"].get("Resolve_OTIO")
    own = own if isinstance(own, dict) else {}
    marker["metadata"]["Resolve_OTIO"] = {"Note": marker["comment"], **own}


def shot_node(shot: Shot | ShotFacts, own: Any) -> Node:
    """Return `metadata["a1sdk"]` of a clip: which shot it is, and what its `own` settings say."""
    ours = {"schema_version": SHOT_SCHEMA, "id": shot.id, "shot": shot.name}
    return {**ours, **own} if isinstance(own, Mapping) else ours
