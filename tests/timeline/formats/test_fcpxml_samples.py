"""FCPXML of real productions, counted by other means than the reader's.

The reader goes down from a project. Here each clip's place is found by going up from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from a1sdk.timeline.model import Clip, Cut, Item, Media, Nest, Track
from a1sdk.timeline.numbers import timecode
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed, problems

pytestmark = pytest.mark.shared

F = Fraction
Placed = tuple[str, Fraction, Fraction]

SAMPLES = {
    "DAWFileKit/24.fcpxml": (F(24), "00:00:00:00", 22),
    "DAWFileKit/25i.fcpxml": (F(25), "00:00:00:00", 12),
    "DAWFileKit/29.97.fcpxml": (F(30000, 1001), "00:00:00:00", 12),
    "DAWFileKit/30.fcpxml": (F(30), "00:00:00:00", 22),
    "DAWFileKit/59.94.fcpxml": (F(60000, 1001), "00:00:00:00", 22),
    "DAWFileKit/AudioOnly.fcpxml": (F(24000, 1001), "00:00:00:00", 5),
    "DAWFileKit/AuditionMarkers.fcpxml": (F(30000, 1001), "01:00:00:00", 1),
    "DAWFileKit/BasicMarkers.fcpxml": (F(30000, 1001), "00:00:00:00", 1),
    "DAWFileKit/BasicMarkers_1HourProjectStart.fcpxml": (F(30000, 1001), "01:00:00:00", 1),
    "DAWFileKit/ClipMetadata.fcpxml": (F(25), "01:00:00:00", 3),
    "DAWFileKit/Complex.fcpxml": (F(25), "00:00:00:00", 7),
    "DAWFileKit/CompoundClips.fcpxml": (F(25), "01:00:00:00", 3),
    "DAWFileKit/Keywords.fcpxml": (F(25), "00:00:00:00", 6),
    "DAWFileKit/Occlusion3.fcpxml": (F(25), "00:59:50:00", 14),
    "DAWFileKit/StandaloneAssetClip.fcpxml": (F(30000, 1001), "00:00:00:00", 1),
    "DAWFileKit/StandaloneLibraryEventClip.fcpxml": (F(25), "00:00:00:00", 5),
    "DAWFileKit/StandaloneRefClip.fcpxml": (F(30000, 1001), "00:00:00:00", 1),
    "DAWFileKit/Structure.fcpxml": (F(30000, 1001), "00:00:00:00", 0),
    "DAWFileKit/TitlesRoles.fcpxml": (F(24), "00:00:00:00", 3),
    "DAWFileKit/TransitionMarkers1.fcpxml": (F(24), "01:00:00:00", 3),
    "DAWFileKit/TwoClipsMarkers.fcpxml": (F(30000, 1001), "01:00:00:00", 2),
    "otio-fcpx-xml-adapter/fcpx_clips.fcpxml": (F(30), "00:00:00:00", 8),
    "otio-fcpx-xml-adapter/fcpx_event.fcpxml": (F(30), "00:00:00:00", 19),
    "otio-fcpx-xml-adapter/fcpx_example.fcpxml": (F(30), "00:00:00:00", 19),
    "otio-fcpx-xml-adapter/fcpx_project.fcpxml": (F(30), "00:00:00:00", 19),
}
"""Every sample: its rate, its start timecode, and the clips that are seen or heard in it."""


def seconds(text: str | None) -> Fraction:
    return F(text.rstrip("s")) if text else F(0)


class Counted:
    """Finds where the clips of a document lie, from the clips up."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.above = {child: one for one in root.iter() for child in one}
        self.ids = {one.get("id"): one for one in root.find("resources") or ()}

    def clips(self) -> Counter[Placed]:
        project = next(self.root.iter("project"), None)
        if project is not None:
            found = self.within(project.find("sequence"), {"video", "audio"})
            return Counter(one for one in found if one[1] < one[2])
        clips: Counter[Placed] = Counter()
        end = F(0)
        for one in self.root.iter():
            if one.get("duration") and self.above[one].tag in ("fcpxml", "event"):
                length = seconds(one.get("duration"))
                if one.tag == "ref-clip":
                    clips += Counter(self.referred(one, end, end + length, {"video", "audio"}))
                else:
                    clips[one.get("name"), end, end + length] += 1
                end += length
        return clips

    def within(self, top: Element | None, kinds: set[str]) -> Iterator[Placed]:
        """Yield what lies in a sequence, in its own time."""
        assert top is not None
        for one in top.iter():
            if not self.chosen(one, top):
                continue
            start, low, high = self.place(one, top)
            stop = start + seconds(one.get("duration"))
            if one.tag == "ref-clip":
                own = kinds & ({one.get("srcEnable")} if one.get("srcEnable") else kinds)
                yield from self.referred(one, start, stop, own)
            elif self.plays(one) & kinds:
                first = start if low is None else max(start, low)
                last = stop if high is None else min(stop, high)
                yield one.get("name", ""), first, last

    def referred(
        self, clip: Element, start: Fraction, stop: Fraction, kinds: set[str]
    ) -> Iterator[Placed]:
        media = self.ids[clip.get("ref")]
        by = start - seconds(clip.get("start"))
        for name, first, last in self.within(media.find("sequence"), kinds):
            yield name, max(first + by, start), min(last + by, stop)

    def chosen(self, one: Element, top: Element) -> bool:
        """Whether an element is a clip that plays something by itself."""
        if one.tag not in ("asset-clip", "title", "video", "clip", "ref-clip"):
            return False
        around, child = self.above[one], one
        while child is not top:
            if around.tag == "audition" and next(iter(around)) is not child:
                return False
            if around.tag == "clip" and one.tag == "video":
                return False
            around, child = self.above[around], around
        return True

    def plays(self, one: Element) -> set[str]:
        if one.tag in ("title", "video"):
            return {"video"}
        if one.tag == "asset-clip":
            asset = self.ids[one.get("ref")]
            return {kind for kind in ("video", "audio") if asset.get(f"has{kind.title()}") == "1"}
        parts = [part for child in one if child.tag != "clip" for part in child.iter()]
        return {part.tag for part in parts} & {"video", "audio"}

    def place(
        self, one: Element, top: Element
    ) -> tuple[Fraction, Fraction | None, Fraction | None]:
        """Return where an element starts, and what the clips that contain it let through."""
        element, at = one, F(0)
        windows = []
        while element is not top:
            parent = self.above[element]
            offset = seconds(element.get("offset"))
            if parent.tag == "audition":
                offset = F(0)
            elif parent.tag not in ("spine", "sequence"):
                offset = (offset - seconds(parent.get("start"))) * self.pace(parent)
            at += offset
            if parent.tag == "sync-clip" and not element.get("lane"):
                windows.append(parent)
            element = parent
        spans = [(self.place(clip, top)[0], seconds(clip.get("duration"))) for clip in windows]
        low = max((start for start, _ in spans), default=None)
        high = min((start + length for start, length in spans), default=None)
        return at - seconds(top.get("tcStart")), low, high

    @staticmethod
    def pace(clip: Element) -> Fraction:
        """Media of 23.98 frames per second plays as if it had 24, in all samples that conform."""
        conform = clip.find("conform-rate")
        if conform is None or conform.get("scaleEnabled") == "0":
            return F(1)
        assert conform.get("srcFrameRate") == "23.98"
        return F(1000, 1001)


def everything(tracks: tuple[Track, ...]) -> Iterator[Item]:
    for item in (item for track in tracks for item in track.items):
        yield item
        if isinstance(item, Nest):
            yield from everything(item.tracks)


@pytest.fixture(scope="module")
def cuts(shared: Path) -> dict[str, Cut]:
    """Every sample, read."""
    folder = shared / "timelines"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.fcpxml")}
    assert found == set(SAMPLES)
    return {name: read_cut(folder / name) for name in found}


@pytest.mark.parametrize("name", SAMPLES)
def test_clips_lie_where_counting_from_below_finds_them(cuts: dict[str, Cut], name: str) -> None:
    cut = cuts[name]
    found = Counter((one.clip.name, one.span.start, one.span.stop) for one in placed(cut))
    counted = Counted(ElementTree.parse(cut.path).getroot()).clips()
    assert found == counted
    assert sum(found.values()) == SAMPLES[name][2]


@pytest.mark.parametrize("name", SAMPLES)
def test_rates_and_start_timecodes(cuts: dict[str, Cut], name: str) -> None:
    cut = cuts[name]
    assert (cut.rate, timecode(cut.start, cut.rate)) == SAMPLES[name][:2]
    assert not cut.drop_frame


def test_no_sample_has_a_problem_that_keeps_it_from_being_rendered(cuts: dict[str, Cut]) -> None:
    for name, cut in cuts.items():
        assert not [one for one in (*cut.problems, *problems(cut)) if one.severity == "error"], name
        assert "A1-MEDIA-MISSING" not in {one.code for one in cut.problems}


def test_media_of_all_samples_is_what_their_assets_say(cuts: dict[str, Cut]) -> None:
    for cut in cuts.values():
        root = ElementTree.parse(cut.path).getroot()
        written = {one.get("src") for tag in ("asset", "media-rep") for one in root.iter(tag)}
        played: list[Media] = [one.clip.media for one in placed(cut)]
        assert {one.url for one in played if one.kind == "file"} <= written - {None}
        assert all(one.kind in ("file", "generator") for one in played)


def test_no_marker_is_lost(cuts: dict[str, Cut]) -> None:
    for name, cut in cuts.items():
        root = ElementTree.parse(cut.path).getroot()
        tops = [next(root.iter("project"), root), *root.iter("media")]
        chosen = {id(one) for top in tops for one in top.iter()}
        for audition in root.iter("audition"):
            chosen -= {id(one) for other in list(audition)[1:] for one in other.iter()}
        written = Counter(
            (one.get("value"), one.get("note", ""))
            for tag in ("marker", "chapter-marker")
            for one in root.iter(tag)
            if id(one) in chosen
        )
        found = {
            (item.origin, number): (marker.name, marker.comment)
            for item in everything(cut.tracks)
            for number, marker in enumerate(item.markers)
        }
        assert Counter(found.values()) == written, name


def test_markers_lie_on_frames_where_final_cut_put_them(cuts: dict[str, Cut]) -> None:
    """Retimed and conformed clips have theirs in local time; in the cut's time they are frames."""
    for name in ("DAWFileKit/29.97.fcpxml", "DAWFileKit/Complex.fcpxml"):
        cut = cuts[name]
        video = [track for track in cut.tracks if track.kind == "video"]
        marks = [mark for track in video for item in track.items for mark in item.markers]
        assert len(marks) > 10
        assert all((mark.span.start * cut.rate).denominator == 1 for mark in marks), name


def test_pictures_lie_on_frames_whatever_they_are_connected_to(cuts: dict[str, Cut]) -> None:
    """Final Cut Pro cuts between frames, so that this proves the paces of conformed clips."""
    projects = {name: cut for name, cut in cuts.items() if "project" in cut.metadata["origin"]}
    assert len(projects) == 21
    for name, cut in projects.items():
        items = [one for track in cut.tracks if track.kind == "video" for one in track.items]
        edges = {edge for one in items for edge in (one.span.start, one.span.stop)}
        assert not {edge for edge in edges if (edge * cut.rate).denominator != 1}, name


def test_origins_of_all_samples_are_their_own(cuts: dict[str, Cut]) -> None:
    for cut in cuts.values():
        names: dict[str, str] = {}
        for item in everything(cut.tracks):
            assert names.setdefault(item.origin, item.name) == item.name
        assert all(isinstance(one.clip, Clip) and one.clip.origin in names for one in placed(cut))
