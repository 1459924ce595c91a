"""Every OTIO sample against two counts that have nothing of the reader in them.

One walks the raw JSON and adds up ranges; the other is opentimelineio's own, for what it can read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Nest, Track
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

pytestmark = pytest.mark.shared

REFUSED = {"zero_rate.otio": "Rate 0 is not above zero"}
RECORDED = ("screening_example.otio",)  # its track starts at minus its record time, 86243
WARPED = ("Clip Inside A Stack 2",)  # in a sequence at 0.85 speed, which opentimelineio ignores
NTSC = {23.976: Fraction(24000, 1001), 29.97: Fraction(30000, 1001), 59.94: Fraction(60000, 1001)}
Found = tuple[str, Fraction, Fraction]


@pytest.fixture(scope="module")
def samples(shared: Path) -> list[Path]:
    return sorted(
        path
        for path in (shared / "timelines").rglob("*.otio")
        if "restricted" not in str(path) and path.name not in REFUSED
    )


def raw(path: Path) -> Any:
    return json.loads(path.read_text("utf-8-sig"))


def kind(node: Any) -> str:
    name = str(node["OTIO_SCHEMA"]).split(".")[0] if isinstance(node, dict) else ""
    return {"Sequence": "Track", "Filler": "Gap"}.get(name, name)


def root_stack(document: Any) -> Any:
    if kind(document) == "SerializableCollection":
        document = next(child for child in document["children"] if kind(child) == "Timeline")
    if kind(document) == "Timeline":
        return document["tracks"]
    return document if kind(document) == "Stack" else {
        "OTIO_SCHEMA": "Stack.1", "children": [document]
    }  # fmt: skip


def clips_below(node: Any) -> Iterator[Any]:
    if kind(node) == "Clip":
        yield node
    for child in node.get("children") or ():
        yield from clips_below(child)


def time(node: Any) -> Fraction:
    rate = NTSC.get(node["rate"], Fraction(node["rate"]))
    return Fraction(node["value"]) / rate


def active(clip: Any) -> Any:
    references = clip.get("media_references") or {"DEFAULT_MEDIA": clip.get("media_reference")}
    key = clip.get("active_media_reference_key", "DEFAULT_MEDIA")
    return references.get(key) or references.get("DEFAULT_MEDIA") or {}


def own_range(node: Any) -> tuple[Fraction, Fraction]:
    """First time and length of a node, in its own time."""
    window = node.get("source_range")
    if window is None and kind(node) == "Clip":
        window = active(node).get("available_range")
    if window is not None:
        return time(window["start_time"]), time(window["duration"])
    lengths = [own_range(c)[1] for c in node.get("children", ()) if kind(c) != "Transition"]
    total = sum(lengths, Fraction(0)) if kind(node) == "Track" else max(lengths, default=0)
    return Fraction(0), Fraction(total)


def speed(node: Any) -> Fraction:
    """How fast a composition plays; frozen ones are placed at full speed."""
    found = Fraction(1)
    for effect in node.get("effects") or ():
        if kind(effect) == "LinearTimeWarp":
            found *= Fraction(effect["time_scalar"]).limit_denominator(1000)
    return found


def walked(
    node: Any, at: Fraction, fast: Fraction, low: Fraction, high: Fraction
) -> Iterator[Found]:
    """Clips of a composition whose own time 0 is at `at`, as far as within low and high."""
    for child in node["children"]:
        if kind(child) == "Transition":
            continue
        first, length = own_range(child)
        start, stop = max(at, low), min(at + length / fast, high)
        if start < stop and kind(child) == "Clip":
            yield child["name"], start, stop
        elif start < stop and kind(child) in ("Stack", "Track"):
            inner = fast * speed(child)
            yield from walked(child, at - first / inner, inner, start, stop)
        if kind(node) == "Track":
            at += length / fast


def expected(path: Path) -> Counter[Found]:
    stack = root_stack(raw(path))
    if path.name in RECORDED:
        for track in stack["children"]:
            track["source_range"] = None
    first, length = own_range(stack)
    return Counter(walked(stack, -first, Fraction(1), Fraction(0), length))


def model_clips(tracks: tuple[Track, ...]) -> int:
    items = [item for track in tracks for item in track.items]
    inner = sum(model_clips(item.tracks) for item in items if isinstance(item, Nest))
    return inner + sum(isinstance(item, Clip) for item in items)


def test_there_are_samples(samples: list[Path]) -> None:
    assert len(samples) >= 49


def test_no_clip_is_lost_on_reading(samples: list[Path]) -> None:
    found = {path.name: model_clips(read_cut(path).tracks) for path in samples}
    assert found == {path.name: len([*clips_below(root_stack(raw(path)))]) for path in samples}


def test_absolute_spans_are_those_of_the_raw_json(samples: list[Path]) -> None:
    for path in samples:
        found = Counter((p.clip.name, p.span.start, p.span.stop) for p in placed(read_cut(path)))
        assert _close(found, expected(path)), path.name


def _close(found: Counter[Found], wanted: Counter[Found]) -> bool:
    """Whether spans are equal to a nanosecond; decimals of files may have no exact fraction."""

    def rounded(spans: Counter[Found]) -> list[tuple[str, Fraction, Fraction]]:
        return sorted((n, round(a, 9), round(b, 9)) for n, a, b in spans.elements())

    return rounded(found) == rounded(wanted)


def test_absolute_spans_are_those_of_opentimelineio(samples: list[Path]) -> None:
    compared = 0
    for path in samples:
        timeline = _by_otio(path)
        if timeline is None or path.name in RECORDED:
            continue
        found = sorted((p.clip.name, *_seconds(p.whole)) for p in placed(read_cut(path)))
        found = [one for one in found if one[0] not in WARPED]
        wanted = sorted(one for one in _of_otio(timeline) if one[0] not in WARPED)
        kept = [one for one in wanted if any(_near(one, other) for other in found)]
        assert len(kept) == len(found), path.name
        assert all(_near(a, b) for a, b in zip(found, kept, strict=True)), path.name
        compared += len(found)
    assert compared > 100


def _by_otio(path: Path) -> Any:
    try:
        found = otio.core.deserialize_json_from_file(str(path))
    except (ValueError, KeyError, otio.exceptions.OTIOError):
        return None
    return found if isinstance(found, otio.schema.Timeline) else None


def _of_otio(timeline: Any) -> Iterator[tuple[str, float, float]]:
    for clip in timeline.find_clips():
        lasts = clip.trimmed_range()
        span = clip.transformed_time_range(lasts, timeline.tracks)
        start = span.start_time.to_seconds()
        yield clip.name, start, start + lasts.duration.to_seconds()


def _seconds(span: Any) -> tuple[float, float]:
    return float(span.start), float(span.stop)


def _near(one: tuple[str, float, float], other: tuple[str, float, float]) -> bool:
    slack = 1e-5 * max(1, abs(other[1]))  # opentimelineio counts 23.976 as it is written
    return one[0] == other[0] and all(
        abs(a - b) <= slack for a, b in zip(one[1:], other[1:], strict=True)
    )


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_placed_is_refused_with_a_reason(name: str, shared: Path) -> None:
    path = shared / "timelines" / "synthetic-hostile" / name
    with pytest.raises(DecodeError, match=REFUSED[name]) as error:
        read_cut(path)
    assert name in str(error.value)
    assert " @ " in str(error.value)  # which clip, and when
