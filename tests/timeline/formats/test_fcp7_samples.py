"""FCP 7 XML of editing programs, counted by a walk of its elements that owes the reader nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Transition
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

pytestmark = pytest.mark.shared

F = Fraction
TICKS = 254016000000  # of Premiere, a second
NAMES = [
    "kdenlive-opentimelineio/kdenlive_example_from_fcp.xml",
    "otio-fcp-adapter/empty_name_tags.xml",
    "otio-fcp-adapter/hiero_xml_export.xml",
    "otio-fcp-adapter/premiere_enable_property.xml",
    "otio-fcp-adapter/premiere_example.xml",
    "otio-fcp-adapter/sample_just_track.xml",
    "sg-otio/blue_frame_5_to_25.xml",
]
Found = tuple[str, str, Fraction, Fraction]


def test_these_are_all_samples(shared: Path) -> None:
    found = {
        str(path.relative_to(shared / "timelines")) for path in shared.rglob("timelines/*/*.xml")
    }

    assert found == {*NAMES, "otio-fcp-adapter/premiere_example_filter.xml"}


def test_a_fragment_is_refused(shared: Path) -> None:
    with pytest.raises(DecodeError, match="a fragment of FCP 7 XML: its root is <filter>") as one:
        read_cut(shared / "timelines/otio-fcp-adapter/premiere_example_filter.xml")
    assert one.value.hint == "export the whole sequence"


def rate(element: Element) -> Fraction:
    base = F(element.findtext("rate/timebase") or "0")
    return base * 1000 / 1001 if element.findtext("rate/ntsc") == "TRUE" else base


@dataclass
class Counted:
    """A document, walked from its outermost sequence."""

    root: Element

    def __post_init__(self) -> None:
        self.sequences = {s.get("id"): s for s in self.root.iter("sequence") if len(s)}

    def clips(self, sequence: Element, kind: str, by: Fraction) -> Iterator[Found]:
        """Yield kind, name, start and stop of each clip, in the outermost sequence's time."""
        first: list[Found] = []
        for track in sequence.findall(f"media/{kind}/track"):
            items = [item for item in track if item.tag.endswith("item")]
            found = [
                clip
                for at, item in enumerate(items)
                if item.tag != "transitionitem"
                for clip in self.placed(items, at, sequence, kind, by)
            ]
            if track.get("currentExplodedTrackIndex", "0") == "0":
                first = found
            elif set(found) <= set(first):
                continue  # the second channel of a stereo track
            yield from found

    def placed(
        self, items: list[Element], at: int, sequence: Element, kind: str, by: Fraction
    ) -> Iterator[Found]:
        item, own = items[at], rate(sequence)
        start, stop = (self.edge(items, at, side, own) for side in ("start", "end"))
        nested = item.find("sequence")
        if nested is None:
            yield kind, item.findtext("name", ""), by + start, by + stop
            return
        inner = nested if len(nested) else self.sequences[nested.get("id")]
        first = F(item.findtext("in", "0")) / rate(item)
        for _, name, begin, end in self.clips(inner, kind, by + start - first):
            begin, end = max(begin, by + start), min(end, by + stop)
            if begin < end:
                yield kind, name, begin, end

    def edge(self, items: list[Element], at: int, side: str, own: Fraction) -> Fraction:
        written = F(items[at].findtext(side, "-1"))
        if written >= 0:
            return written / own
        beside = items[at - 1] if side == "start" else items[at + 1]
        assert beside.tag == "transitionitem"
        begin, end = (F(beside.findtext(edge, "")) for edge in ("start", "end"))
        ticks = beside.findtext("cutPointTicks")
        if ticks is not None:
            return begin / own + F(ticks) / TICKS
        shift = {"start": 0, "start-black": 0, "end": end - begin, "end-black": end - begin}
        return (begin + shift.get(beside.findtext("alignment", ""), (end - begin) // 2)) / own


@pytest.mark.parametrize("name", NAMES)
def test_every_clip_lies_where_it_is_counted(shared: Path, name: str) -> None:
    path = shared / "timelines" / name
    counted = Counted(ElementTree.parse(path).getroot())
    outermost = next(counted.root.iter("sequence"))
    cut = read_cut(path)

    expected = Counter(
        found for kind in ("video", "audio") for found in counted.clips(outermost, kind, F(0))
    )
    read = Counter(
        (one.outermost.kind, one.clip.name, one.span.start, one.span.stop) for one in placed(cut)
    )
    assert read == expected
    assert bool(expected) == (name != "otio-fcp-adapter/sample_just_track.xml")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_is_what_in_out_and_ticks_say(shared: Path, name: str) -> None:
    """Of clips without a time remap: from the first frame's time on, as long as `in` to `out`."""
    path = shared / "timelines" / name
    root = ElementTree.parse(path).getroot()
    cut = read_cut(path)
    tried = 0
    for track in cut.tracks:
        for item in track.items:
            element = root.find(item.origin)
            assert element is not None
            assert item.name == (element.findtext("name") or element.findtext("effect/name", ""))
            plain = all(each.text != "timeremap" for each in element.iter("effectid"))
            if not isinstance(item, Clip) or item.media.kind != "file" or not plain:
                continue
            first = item.source(-item.in_offset) - item.media.start
            last = item.source(item.span.duration + item.out_offset) - item.media.start
            ticks, own = element.findtext("pproTicksIn"), rate(element)
            frame = 1 / own
            assert item.source.speed == 1
            assert ticks is None or first == F(ticks) / TICKS
            if "A1-FCP7-TICKS" not in {problem.code for problem in cut.problems}:
                assert abs(first - F(element.findtext("in", "")) / own) < frame
                assert abs(last - F(element.findtext("out", "")) / own) <= frame
            tried += 1
    assert tried or name.startswith("otio-fcp-adapter/sample_just_track")


@pytest.mark.parametrize("name", NAMES)
def test_every_transition_is_read(shared: Path, name: str) -> None:
    path = shared / "timelines" / name
    outermost = next(ElementTree.parse(path).getroot().iter("sequence"))
    cut = read_cut(path)
    written = [
        (F(one.findtext("start", "")) / cut.rate, F(one.findtext("end", "")) / cut.rate)
        for kind in ("video", "audio")
        for track in outermost.findall(f"media/{kind}/track")
        if track.get("currentExplodedTrackIndex", "0") == "0"
        for one in track.findall("transitionitem")
    ]
    read = [
        (item.span.start, item.span.stop)
        for track in cut.tracks
        for item in track.items
        if isinstance(item, Transition)
    ]
    assert read == written


@pytest.mark.parametrize(
    ("name", "rate_", "start", "program"),
    [
        ("kdenlive-opentimelineio/kdenlive_example_from_fcp.xml", F(30000, 1001), 0, "premiere"),
        ("otio-fcp-adapter/empty_name_tags.xml", F(24000, 1001), 0, "premiere"),
        ("otio-fcp-adapter/hiero_xml_export.xml", F(24), 3600, "hiero"),
        ("sg-otio/blue_frame_5_to_25.xml", F(24), 0, "premiere"),
    ],
)
def test_rates_starts_and_programs(
    shared: Path, name: str, rate_: Fraction, start: int, program: str
) -> None:
    cut = read_cut(shared / "timelines" / name)

    assert (cut.rate, cut.start, cut.metadata["program"]) == (rate_, start, program)


def test_disabled_clips_tracks_and_names(shared: Path) -> None:
    path = shared / "timelines/otio-fcp-adapter/premiere_enable_property.xml"
    text = path.read_text("utf-8")
    cut = read_cut(path)

    off = [one.metadata["id"] for track in cut.tracks for one in track.items if not one.enabled]
    assert off == [f"clipitem-{number}" for number in (130, 132, 134, 137)]
    assert sum(not track.enabled for track in cut.tracks) == 1
    assert {track.name for track in cut.tracks} - {""} != set()
    assert all(f'MZ.TrackName="{track.name}"' in text for track in cut.tracks if track.name)


def test_premieres_speed_of_500_percent(shared: Path) -> None:
    path = shared / "timelines/kdenlive-opentimelineio/kdenlive_example_from_fcp.xml"
    speeds = {one.clip.source.speed for one in placed(read_cut(path))}

    assert speeds == {F(1), F(5)}


def test_hieros_speed_is_the_one_that_its_own_lengths_have(shared: Path) -> None:
    """A speed of 0.25, with which 1 frame of the file lasts 400: a percentage."""
    path = shared / "timelines/otio-fcp-adapter/hiero_xml_export.xml"
    plain, slow = (one.clip.source for one in placed(read_cut(path)))

    assert (plain.speed, slow.speed) == (1, F(1, 400))
    assert slow(F(0)) == F(326400, 400) / 24
