"""What programs mean by the OTIO they write, where they differ.

Sources: genuine exports and captures of Resolve, Hiero and Flame; of Premiere, what those who
write for it found out (auto-editor, ReCut). All nodes are plain JSON, as `rescue` leaves them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, ClassVar

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.otio.rescue import Node, schema
from a1sdk.timeline.formats.retime import Frames, Retime, unsupported
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.model import Dialect, Severity
from a1sdk.timeline.numbers import MAX_SECONDS, exact_factor, playable

MAX_TIME_EFFECTS = 16
"""How many time effects one item may have."""

RAMP_SCHEMA = "a1.ramp/1"
"""What `metadata["a1sdk"]` of a TimeEffect calls itself that holds a ramp as a table."""

_TIME_EFFECTS = {"LinearTimeWarp", "FreezeFrame", "TimeEffect"}


class Convention:
    """OTIO as its own documentation has it; other meanings override what they change."""

    dialect: ClassVar[Dialect] = "otio"

    def rate(self, timeline: Node) -> Any:
        """Return the frame rate that the file states for the whole cut; None where it does not."""
        return None

    def track_name(self, track: Node) -> str:
        """Return what the editor called the track."""
        return text(track["name"])

    def enabled(self, node: Node) -> bool:
        """Return whether an item or track is switched on."""
        return bool(node["enabled"])

    def note(self, marker: Node) -> str:
        """Return a marker's note."""
        own = text(marker["comment"])
        return own or _noted(marker["metadata"])

    def url(self, reference: Node) -> str | None:
        """Return where media is that the reference itself counts as missing."""
        return None

    def retime(self, item: Node, frames: Frames) -> Retime:
        """Return what the item's time effects amount to."""
        speed, issues = Fraction(1), []
        effects = time_effects(item)
        table = _own_table(effects[0]["metadata"].get("a1sdk")) if len(effects) == 1 else ()
        if table:
            return Retime(table=table)
        for effect in effects:
            kind = schema(effect)[0]
            if kind == "TimeEffect":
                issues.append(unsupported(effect["effect_name"] or effect["name"]))
            else:
                speed *= linear_speed(effect)
        return Retime(playable(speed), issues=tuple(issues))

    def duration(self, ranged: Fraction, retime: Retime) -> Fraction:
        """Return how long an item lasts in the cut, whose range lasts `ranged` seconds."""
        return ranged

    def marked_from_start(self, marked: Fraction, start: Fraction) -> bool:
        """Return whether a marker's time counts from the item's start, not on the media's clock."""
        return False


class Resolve(Convention):
    """DaVinci Resolve 18.5 and later."""

    dialect = "resolve-otio"

    def url(self, reference: Node) -> str | None:
        """Return the path Resolve notes for media that was offline, or is of sound only."""
        own = reference["metadata"].get("Resolve_OTIO")
        found = own.get("Media Url") if isinstance(own, dict) else None
        return text(found) or None

    def retime(self, item: Node, frames: Frames) -> Retime:
        """Follow ramps whose keys are plain pairs of timeline and source seconds."""
        effects = list(time_effects(item))
        if len(effects) != 1 or schema(effects[0])[0] != "TimeEffect":
            return super().retime(item, frames)
        table = _key_frames(effects[0]["metadata"])
        return Retime(table=table) if table else super().retime(item, frames)


class Premiere(Convention):
    """Adobe Premiere 25 and later: the range of a retimed clip lasts as long as its media."""

    dialect = "premiere-otio"

    def rate(self, timeline: Node) -> Any:
        """Return the sequence's rate, which Premiere notes on the stack."""
        own = timeline["tracks"].get("metadata", {}).get("PremierePro_OTIO")
        return own.get("VideoFrameRate") if isinstance(own, dict) else None

    def retime(self, item: Node, frames: Frames) -> Retime:
        """Say of every retimed clip that its range is a guess."""
        found = super().retime(item, frames)
        if found.speed in (0, 1):
            return found
        severity: Severity = "error" if found.speed < 0 else "warning"
        message = (
            f"Premiere's range of a clip at {float(found.speed):.4g} times speed is ambiguous."
        )
        issue = ("A1-OTIO-RETIME-AMBIGUOUS", severity, message)
        return Retime(found.speed, found.table, (*found.issues, issue))

    def duration(self, ranged: Fraction, retime: Retime) -> Fraction:
        """Return the seconds it takes to play the range at the clip's speed."""
        return ranged / abs(retime.speed) if retime.speed else ranged


class Hiero(Convention):
    """Hiero and Nuke Studio, as AYON and OpenPype export them."""

    dialect = "hiero-otio"

    def rate(self, timeline: Node) -> Any:
        """Return the sequence's rate, which is noted as text of two decimals."""
        return timeline["metadata"].get("foundry.timeline.framerate")

    def note(self, marker: Node) -> str:
        """Return the tag's note, or the JSON that pipelines keep in it."""
        own = super().note(marker)
        return own or text(marker["metadata"].get("json_metadata"))

    def retime(self, item: Node, frames: Frames) -> Retime:
        """Follow time warps: for each frame of the item, how many media frames later it shows.

        The effects apply from the last to the first, as in the tree of nodes they come from. All
        but the one next to the media count frames of the cut.
        """
        effects = list(time_effects(item))
        lookups = [_lookup(effect) for effect in effects]
        count = max((len(lookup) for lookup in lookups if lookup), default=0)
        warped = [schema(effect)[0] == "TimeEffect" for effect in effects]
        if not count or any(
            warp and not lookup for warp, lookup in zip(warped, lookups, strict=True)
        ):
            return super().retime(item, frames)
        points = []
        for frame in range(count):
            time, media = Fraction(frame), Fraction(0)
            for effect, lookup in zip(reversed(effects), reversed(lookups), strict=True):
                if not lookup:
                    time *= linear_speed(effect)
                elif effect is effects[0]:
                    media = _between(lookup, time) * frames.media
                else:
                    time += _between(lookup, time)
            points.append((frame * frames.record, time * frames.record + media))
        return Retime(table=tuple(points))

    def marked_from_start(self, marked: Fraction, start: Fraction) -> bool:
        """Tags that apply to the whole item say zero."""
        return marked < start


def convention_of(root: Node) -> Convention:
    """Return whose meaning a document has, as its vendors' metadata tells."""
    found = set(_vendors(root, 4))
    if "PremierePro_OTIO" in found:
        return Premiere()
    if "Resolve_OTIO" in found:
        return Resolve()
    return Hiero() if "hiero" in found else Convention()


def time_effects(item: Node) -> Sequence[Node]:
    """Return the time effects of an item that are switched on.

    Raises:
        DecodeError: there are more than any editor stacks.
    """
    found = [e for e in item["effects"] if e["enabled"] and is_time_effect(e)]
    if len(found) > MAX_TIME_EFFECTS:
        raise DecodeError(f"It has {len(found)} time effects; up to {MAX_TIME_EFFECTS} are read.")
    return found


def is_time_effect(effect: Node) -> bool:
    """Return whether an effect changes which time of the media is shown when."""
    return schema(effect)[0] in _TIME_EFFECTS


def linear_speed(effect: Node) -> Fraction:
    """Return the speed of a LinearTimeWarp; a FreezeFrame has 0."""
    if schema(effect)[0] == "FreezeFrame":
        return Fraction(0)
    return exact_factor(effect.get("time_scalar", 1.0))


def _vendors(node: Node, depth: int) -> Iterator[str]:
    """Yield what the metadata of a node and of the first ones below it is called."""
    yield from (_vendor(key) for key in node["metadata"])
    if depth:
        for child in _below(node):
            yield from _vendors(child, depth - 1)


def _below(node: Node) -> Sequence[Node]:
    kind = schema(node)[0]
    if kind == "Timeline":
        return [node["tracks"]]
    if kind in ("Stack", "Track"):
        return [*node["children"][:32], *node["markers"][:4]]
    if kind == "Clip":
        return [*node["markers"][:4], *islice(node["media_references"].values(), 4)]
    return []


def _vendor(key: str) -> str:
    hiero = key.startswith(("foundry.", "hiero", "clip.properties", "timeline.properties"))
    return "hiero" if hiero else key


def _noted(metadata: Node) -> str:
    """Return the note from wherever a program keeps it, beside the marker's own."""
    for vendor, key in (
        ("Resolve_OTIO", "Note"),
        ("fcp_xml", "comment"),
        ("AAF", "Comment"),
        ("cmx_3600", "comment"),
    ):
        own = metadata.get(vendor)
        if isinstance(own, dict) and text(own.get(key)):
            return text(own[key])
    return text(metadata.get("note"))


def _own_table(ours: Any) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return the table of a ramp that the hand-back wrote; empty for anything else."""
    if not isinstance(ours, dict) or ours.get("schema_version") != RAMP_SCHEMA:
        return ()
    try:
        points = tuple((Fraction(*at), Fraction(*media)) for at, media in ours["points"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return ()
    return points if len(points) > 1 and all(a[0] < b[0] for a, b in pairwise(points)) else ()


def _lookup(effect: Node) -> tuple[Fraction, ...]:
    """Return a Nuke TimeWarp's offsets for each frame; empty for another effect."""
    values = effect["metadata"].get("lookup")
    if schema(effect)[0] != "TimeEffect" or not isinstance(values, list):
        return ()
    if not all(map(_is_time, values)):
        return ()
    return tuple(Fraction(value).limit_denominator(10**6) for value in values)


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and -MAX_SECONDS <= value <= MAX_SECONDS


def _between(values: tuple[Fraction, ...], at: Fraction) -> Fraction:
    """Return the value at a place between two; the first or last one outside."""
    at = min(max(at, Fraction(0)), Fraction(len(values) - 1))
    before = math.floor(at)
    after = min(before + 1, len(values) - 1)
    return values[before] + (at - before) * (values[after] - values[before])


def _key_frames(metadata: Node) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return Resolve's keys of a ramp: timeline and source seconds; empty if it is curved."""
    own = metadata.get("Resolve_OTIO", metadata)
    keys = own.get("Key Frames") if isinstance(own, dict) else None
    if not isinstance(keys, list) or len(keys) < 2:
        return ()
    if not all(isinstance(key, list) and len(key) >= 2 and not any(key[2:]) for key in keys):
        return ()
    if not all(_is_time(value) for key in keys for value in key[:2]):
        return ()
    fine = 10**6
    points = tuple(
        (Fraction(at).limit_denominator(fine), Fraction(media).limit_denominator(fine))
        for at, media, *_ in keys
    )
    return points if all(a[0] < b[0] for a, b in pairwise(points)) else ()
