"""Every AAF sample against two counts that have nothing of the reader in them.

One walks pyaaf2's objects and adds up lengths; the other is otio-aaf-adapter's reading, which is
compared where it keeps what the file says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import pytest
from aaf2 import components as parts
from aaf2.misc import generate_offset_map

from a1sdk.timeline.model import Clip, Cut, Gap, Item, Nest
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

pytestmark = [pytest.mark.shared, pytest.mark.filterwarnings("ignore::ResourceWarning")]

CURVES = ("bezier01", "linear01", "spline01", "step01")
FAR = 10**9
Count = Counter[tuple[str, Fraction, Fraction]]


@pytest.fixture(scope="module")
def cuts(shared: Path) -> dict[str, Cut]:
    samples = (shared / "timelines").glob("*/*.aaf")
    return {path.stem: read_cut(path) for path in sorted(samples)}


def main(file: Any) -> Any:
    (mob,) = file.content.toplevel()
    return mob


def counted(segment: Any, at: int, stop: int, rate: Fraction) -> Iterator[Any]:
    """Source clips under a segment that starts `at` edit units, cut off at `stop`."""
    if isinstance(segment, parts.SourceClip):
        end = min(at + segment.length, stop)
        yield segment.mob.name, Fraction(at) / rate, Fraction(end) / rate
    elif isinstance(segment, parts.Sequence):
        yield from in_sequence(list(segment.components), at, stop, rate)
    elif isinstance(segment, parts.OperationGroup):
        end = min(at + segment.length, stop)
        warp = "IsTimeWarp" in segment.operation and segment.operation["IsTimeWarp"].value
        for inner in segment.segments:
            for name, start, until in counted(inner, at, FAR if warp else end, rate):
                yield name, start, Fraction(end) / rate if warp else until
    elif isinstance(segment, parts.NestedScope):
        for layer in segment.slots:
            yield from counted(layer, at, stop, rate)
    elif isinstance(segment, parts.Selector):
        chosen = segment["Selected"].value
        empty = isinstance(chosen, (parts.Filler, parts.ScopeReference))
        yield from counted(segment["Alternates"].value[0] if empty else chosen, at, stop, rate)


def in_sequence(inside: list[Any], at: int, stop: int, rate: Fraction) -> Iterator[Any]:
    for n, part in enumerate(inside):
        if isinstance(part, parts.Transition):
            at -= part.length
            continue
        before, after = (inside[n - 1] if n else None), (inside[n + 1 :] or [None])[0]
        head = before.cutpoint if isinstance(before, parts.Transition) else 0
        tail = after.length - after.cutpoint if isinstance(after, parts.Transition) else 0
        end = at + part.length
        yield from counted(part, at + head, min(end - tail, stop), rate)
        at = end


def in_file(path: Path) -> Count:
    found: Count = Counter()
    with aaf2.open(str(path)) as file:
        for slot in main(file).slots:
            kind = slot.segment.media_kind
            if kind in ("Picture", "Sound"):
                rate = Fraction(slot.edit_rate.numerator, slot.edit_rate.denominator)
                found.update(counted(slot.segment, 0, FAR, rate))
    return found


def test_every_sample_is_read(cuts: dict[str, Cut]) -> None:
    assert len(cuts) == 20
    assert {cut.dialect for cut in cuts.values()} == {"aaf"}


def test_clips_and_spans_are_those_of_the_file(cuts: dict[str, Cut]) -> None:
    for name, cut in cuts.items():
        read = Counter((c.clip.name, c.span.start, c.span.stop) for c in placed(cut))
        assert read == in_file(cut.path), name


def test_nothing_is_found_wrong_but_rates_that_differ_by_a_thousandth(
    cuts: dict[str, Cut],
) -> None:
    found = {name: {p.code for p in cut.problems} for name, cut in cuts.items() if cut.problems}
    assert found == {name: {"A1-AAF-NEAR-RATE"} for name in CURVES}


def otio_clips(path: Path) -> Iterator[tuple[str, Any]]:
    """Clips of otio-aaf-adapter, with the media time they start at, in seconds."""
    from otio_aaf_adapter.adapters.advanced_authoring_format import read_from_file

    timeline = read_from_file(str(path))
    for clip in timeline.find_clips():
        yield clip.name, clip.source_range


LOST = {  # by the adapter
    "subclip_sourceclip_references_compositionmob_with_mastermob",  # the subclip's name
}


def test_media_times_are_those_of_the_adapter(cuts: dict[str, Cut]) -> None:
    for name, cut in cuts.items():
        if name in LOST or name in CURVES:
            continue
        theirs = Counter(
            (label, round(window.start_time.to_seconds(), 3))
            for label, window in otio_clips(cut.path)
        )
        ours = Counter(
            (one.clip.name, round(float(one.clip.source(Fraction(0))), 3)) for one in placed(cut)
        )
        assert ours == theirs, name


def test_rates_and_start_timecodes(cuts: dict[str, Cut]) -> None:
    film, ntsc = Fraction(24000, 1001), Fraction(30000, 1001)
    rates = {"2997fps-DFTC": ntsc, "30fps": Fraction(30), **dict.fromkeys(CURVES, film)}
    assert {name: cut.rate for name, cut in cuts.items()} == {
        name: rates.get(name, Fraction(24)) for name in cuts
    }
    drop = cuts["2997fps-DFTC"]
    assert (drop.drop_frame, drop.start * ntsc) == (True, 5 * 107892)  # 05:00:00;00
    assert not any(cut.drop_frame for cut in cuts.values() if cut is not drop)
    starts = {"2997fps-DFTC": 539460, "essence_group": 87162, "30fps": 108000}
    starts["subclip_sourceclip_references_compositionmob_with_mastermob"] = 90597
    for name, cut in cuts.items():
        assert cut.start * cut.rate == starts.get(name, 86400), name


def test_the_muted_clip_is_off_and_no_other(cuts: dict[str, Cut]) -> None:
    off = [(name, c.clip.name) for name, cut in cuts.items() for c in placed(cut) if not c.enabled]
    assert off == [("test_muted_clip", "Frame Debugger 0h.mov")]


def test_names_are_utf8(cuts: dict[str, Cut]) -> None:
    tail = "ABCXYZñçêœ•∑´®†¥¨ˆøπ“‘åß∂ƒ©˙∆˚¬…æΩ≈ç√∫˜µ≤≥÷"  # noqa: RUF001
    assert cuts["utf8"].name == f"Sequence_{tail}.Exported.01"
    assert {one.clip.name for one in placed(cuts["utf8"])} == {f"Clip_{tail}"}


def events(path: Path) -> Counter[tuple[str, int]]:
    """Markers of the sequence, as the file has them."""
    found: Counter[tuple[str, int]] = Counter()
    with aaf2.open(str(path)) as file:
        for slot in main(file).slots:
            for event in getattr(slot.segment, "components", ()):
                if isinstance(event, parts.DescriptiveMarker):
                    found[event["Comment"].value, event["Position"].value] += 1
    return found


def test_every_marker_of_a_sequence_is_at_its_time(cuts: dict[str, Cut]) -> None:
    seen = 0
    for name, cut in cuts.items():
        items = [item for track in cut.tracks for item in track.items]
        markers = [*cut.markers, *(marker for item in items for marker in item.markers)]
        found = {(marker.comment, marker.span.start * cut.rate) for marker in markers}
        expected = events(cut.path)
        assert set(expected) <= found, name
        seen += expected.total()
    assert seen == 18


def test_markers_lie_on_the_clip_of_their_track(cuts: dict[str, Cut]) -> None:
    first, second, third = cuts["keyframed_properties"].tracks[:3]
    marked = [(item.name, item.markers[0].name) for item in first.items if item.markers]
    assert marked[0] == ("", "PUBLISH")
    assert ("zts02_1070", "Retime Shelf 150%") in marked
    assert len(marked) == 9
    assert [item.markers[0].name for item in (second.items[0], third.items[0])] == ["FX", "INSERT"]


def test_a_marker_of_no_track_is_on_the_cut(cuts: dict[str, Cut]) -> None:
    (marker,) = cuts["bad_marker_track_from_avid"].markers
    assert (marker.span.start * 24, marker.name[:17]) == (54, "Marker on Track 3")


def only(cut: Cut) -> Clip:
    (found,) = placed(cut)
    return found.clip


@pytest.mark.parametrize("name", CURVES)
def test_curves_of_speed_are_followed_to_a_millionth_of_a_frame(
    cuts: dict[str, Cut], name: str
) -> None:
    """Against the integral of the editor's keys, which the file's own points are not part of."""
    cut = cuts[name]
    clip = only(cut)
    with aaf2.open(str(cut.path)) as file:
        warp = next(find_warps(main(file)))
        (speeds,) = (p for p in warp.parameters if p.name == "PARAM_SPEED_MAP_U")
        expected = dict(generate_offset_map(speeds, 0, 56))
    for at, offset in expected.items():
        shown = clip.source(Fraction(at) / cut.rate) * 24 - clip.source(Fraction(0)) * 24
        assert float(shown) == pytest.approx(offset, abs=2e-6), at


def find_warps(mob: Any) -> Iterator[Any]:
    def within(segment: Any) -> Iterator[Any]:
        if isinstance(segment, parts.OperationGroup):
            if segment.operation.name == "Motion Control":
                yield segment
            for inner in segment.segments:
                yield from within(inner)
        for inner in getattr(segment, "components", ()):
            yield from within(inner)

    for slot in mob.slots:
        yield from within(slot.segment)


def test_steady_speeds_and_ramps_of_a_cut(cuts: dict[str, Cut]) -> None:
    track = cuts["keyframed_properties"].tracks[1]
    speeds = {i.name: i.source.speed for i in track.items if isinstance(i, Clip)}
    assert speeds == {
        "zts02_1030": 1,
        "zts02_1040": 1,
        "zts02_1050": 1,
        "zts02_1060": None,
        "zts02_1070": Fraction(3, 2),
        "zts02_1080": Fraction(4, 5),
        "zts02_1090": Fraction(3, 10),
        "zts02_1100": 2,
    }


def test_a_dissolve_shows_handles_of_both_clips(cuts: dict[str, Cut]) -> None:
    a, _, b, _ = cuts["avid_data_track_example"].tracks[0].items
    assert isinstance(a, Clip)
    assert isinstance(b, Clip)
    assert (a.out_offset * 24, b.in_offset * 24) == (4, 4)
    assert b.source(Fraction(0)) * 24 == 6


def shape(items: tuple[Item, ...]) -> list[Any]:
    return [
        [shape(track.items) for track in item.tracks]
        if isinstance(item, Nest)
        else "-" if isinstance(item, Gap) else item.name[-6:-4]
        for item in items
    ]  # fmt: skip


def test_layers_under_an_effect_are_a_nest(cuts: dict[str, Cut]) -> None:
    (track,) = cuts["nested_stack"].tracks
    layers = [["-", "0h", "0h", "-", "0h"], ["-", "1h", "-"], ["-", "1h", "-"]]
    assert shape(track.items) == ["0h", layers, "0h", "1h"]
