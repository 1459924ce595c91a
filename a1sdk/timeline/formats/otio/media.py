"""Media references of OTIO, and the media's own clock."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from a1sdk.errors import DecodeError
from a1sdk.timeline.filenames import PictureName, base_name
from a1sdk.timeline.formats.otio.dialects import Convention
from a1sdk.timeline.formats.otio.rescue import Node, schema
from a1sdk.timeline.formats.pictures import numbered
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.model import Media
from a1sdk.timeline.numbers import exact_rate, exact_seconds

_WHOLE = Fraction(1, 1000)  # frames; what conversions between rates leave beside a whole frame


def seconds(time: Any) -> Fraction:
    """Return a RationalTime in exact seconds.

    Raises:
        DecodeError: it has no value or no rate, or one of them is beyond all use.
    """
    return exact_seconds(*_written(time))


def rate_of(time: Any) -> Fraction:
    """Return the rate that a RationalTime counts at; errors as of `seconds`."""
    return exact_rate(_written(time)[1])


def counted(time: Any) -> tuple[float, float]:
    """Return value and rate of a RationalTime as they are written; errors as of `seconds`."""
    value, rate = _written(time)
    exact_seconds(value, rate)
    return value, rate


def ranged(node: Node, key: str) -> tuple[Node, Node] | None:
    """Return start and duration of a TimeRange; None where there is none."""
    found = node.get(key)
    if not isinstance(found, dict):
        return None
    start, duration = found.get("start_time"), found.get("duration")
    return start if isinstance(start, dict) else {}, duration if isinstance(duration, dict) else {}


def media_of(reference: Node, convention: Convention) -> Media:
    """Return what a media reference says."""
    kind = schema(reference)[0]
    available = ranged(reference, "available_range")
    name = text(reference["name"])
    common: dict[str, Any] = {"name": name, "metadata": reference["metadata"]}
    if available is not None:
        common |= {
            "rate": rate_of(available[0]),
            "start": seconds(available[0]),
            "duration": seconds(available[1]),
        }
    if kind == "ExternalReference":
        url = text(reference.get("target_url"))
        common["name"] = name or base_name(url.rstrip("/\\"))
        return numbered(Media(kind="file" if url else "missing", url=url or None, **common))
    if kind == "ImageSequenceReference":
        return _sequence(reference, common)
    if kind == "GeneratorReference":
        common["name"] = name or text(reference.get("generator_kind"))
        kept = {key: reference.get(key) for key in ("generator_kind", "parameters")}
        return Media(kind="generator", **(common | {"metadata": {**reference["metadata"], **kept}}))
    url = convention.url(reference) or ""
    return Media(kind="file" if url else "missing", url=url or None, **common)


def media_start(start: Node, reference: Node, media: Media) -> Fraction:
    """Return the time on the media's own clock at which a clip's range starts.

    Where range and media count at different rates, the program has converted between the rates as
    they are written (23.976, or single precision), so the way from the media's start to the
    range's is measured with those, and a whole number of media frames is taken where it is one.
    Whole counts at two spellings of one rate have not been converted.
    """
    available = ranged(reference, "available_range")
    value, rate = counted(start)
    if available is None or media.rate is None:
        return exact_seconds(value, rate)
    first, media_rate = _written(available[0])
    if media.kind == "sequence" and _counts_from_zero(reference, media, start):
        return media.start + exact_seconds(value, rate)
    if rate == media_rate or (exact_rate(rate) == media.rate and _whole(value) and _whole(first)):
        return media.start + exact_seconds(value - first, rate)
    way = Fraction(value) / Fraction(rate) - Fraction(first) / Fraction(media_rate)
    frames = way * media.rate
    if abs(frames - round(frames)) <= _WHOLE:
        return media.start + round(frames) / media.rate
    return media.start + way.limit_denominator(10**6)


def _whole(value: float) -> bool:
    return value == round(value)


def _counts_from_zero(pictures: Node, media: Media, start: Node) -> bool:
    """Whether a range counts from the first picture, though the media counts from its number.

    Exporters of Hiero did so.
    """
    if media.duration is None or media.rate is None:
        return False
    by_number = media.start * media.rate == pictures.get("start_frame")
    return by_number and 0 <= seconds(start) < min(media.start, media.duration)


def _sequence(reference: Node, common: dict[str, Any]) -> Media:
    padding = reference.get("frame_zero_padding")
    digits = padding if isinstance(padding, int) and 0 < padding < 20 else 1
    prefix, suffix = (text(reference.get(key)) for key in ("name_prefix", "name_suffix"))
    step = reference.get("frame_step", 1)
    if step != 1:
        common["metadata"] = {**common["metadata"], "frame_step": step}
    if "rate" not in common and reference["rate"] is not None:
        common["rate"] = exact_rate(reference["rate"])
    return Media(
        kind="sequence",
        url=text(reference.get("target_url_base")) or None,
        pattern=PictureName(prefix, digits, suffix).pattern,
        first=reference["start_frame"],
        **(common | {"name": common["name"] or prefix.rstrip("._-")}),
    )


def _written(time: Any) -> tuple[float, float]:
    value = time.get("value") if isinstance(time, dict) else None
    rate = time.get("rate") if isinstance(time, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DecodeError(f"Time {time!r:.80} has no value.")
    if isinstance(rate, bool) or not isinstance(rate, (int, float)):
        raise DecodeError(f"Time {time!r:.80} has no rate.")
    return value, rate
