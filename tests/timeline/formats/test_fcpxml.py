"""FCPXML: which cut a document holds, where its storylines lie and what is connected to them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from documents import Fcpxml

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, Gap, Item, Media, Nest, Track
from a1sdk.timeline.read import read_cut

F = Fraction


def spans(cut: Cut, kind: str = "video") -> list[list[tuple[str, Fraction, Fraction]]]:
    """Where the clips of each track lie, the lowest video or the topmost audio track first."""
    return [
        [(one.name, one.span.start, one.span.stop) for one in track.items if type(one) is not Gap]
        for track in cut.tracks
        if track.kind == kind
    ]


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def only(cut: Cut) -> Item:
    (track,) = cut.tracks
    (item,) = track.items
    return item


def test_clips_lie_where_their_offsets_say_after_the_start_timecode(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.clip("86400/24s", "24/24s", name="a"),
        fcp.item("gap", "3601s", "1/2s", start="3600s"),
        fcp.clip("86436/24s", "1s", name="b"),
        attributes='tcStart="3600s" tcFormat="NDF"',
    )
    assert (cut.name, cut.dialect, cut.rate, cut.start) == ("p", "fcpxml", 24, 3600)
    assert spans(cut) == [[("a", 0, 1), ("b", F(3, 2), F(5, 2))]]
    (track,) = cut.tracks
    assert (track.kind, track.number, track.name, track.enabled) == ("video", 1, "", True)
    assert [type(item) for item in track.items] == [Clip, Gap, Clip]
    assert not cut.problems


def test_items_without_offsets_follow_one_another(fcp: Fcpxml) -> None:
    items = [f'<asset-clip ref="seen" name="{name}" duration="1001/24000s"/>' for name in "ab"]
    assert spans(fcp.cut(*items)) == [
        [("a", 0, F(1001, 24000)), ("b", F(1001, 24000), F(1001, 12000))]
    ]


def test_storylines_that_count_from_zero_all_the_same_begin_at_the_start(fcp: Fcpxml) -> None:
    over = fcp.clip("1s", "1s", lane="1", name="over")
    first, second = fcp.clip("0s", "2s", over, name="a"), fcp.clip("2s", "1s", name="b")
    cut = fcp.cut(first, second, attributes='tcStart="3600s"')
    assert spans(cut) == [[("a", 0, 2), ("b", 2, 3)], [("over", 1, 2)]]
    assert (cut.start, codes(cut)) == (3600, ["A1-FCPXML-OFFSET"])


@pytest.mark.parametrize(
    ("form", "rate"),
    [
        ('frameDuration="1001/24000s"', F(24000, 1001)),
        ('frameDuration="15015/360000s"', F(24000, 1001)),
        ('frameDuration="200/5000s"', F(25)),
        ('name="FFVideoFormat1080p2997"', F(30000, 1001)),
        ('name="FFVideoFormatDV720x576i50"', F(25)),
        ('name="FFVideoFormat1080i5994"', F(30000, 1001)),
        ('name="FFVideoFormat3840x2160p60"', F(60)),
    ],
)
def test_rates_are_exact(fcp: Fcpxml, form: str, rate: Fraction) -> None:
    spine = fcp.clip("0s", "1s")
    cut = fcp.read(
        f'<project><sequence format="x"><spine>{spine}</spine></sequence></project>',
        f'<format id="x" {form}/>',
    )
    assert cut.rate == rate


def test_drop_frame_is_what_the_sequence_says_at_rates_that_have_it(fcp: Fcpxml) -> None:
    def drops(duration: str) -> bool:
        spine = fcp.clip("0s", "1s")
        sequence = f'<sequence format="x" tcFormat="DF"><spine>{spine}</spine></sequence>'
        form = f'<format id="x" frameDuration="{duration}"/>'
        return fcp.read(f"<project>{sequence}</project>", form).drop_frame

    assert drops("1001/30000s") and drops("1001/60000s")
    assert not drops("1/25s")


def test_a_rate_that_is_given_counts_the_start_timecode_anew(fcp: Fcpxml) -> None:
    sequence = fcp.sequence(fcp.clip("3600s", "1s"), 'tcStart="3600s"')
    cut = fcp.read(f"<project>{sequence}</project>", rate=F(24000, 1001))
    assert (cut.rate, cut.start) == (F(24000, 1001), F(36036, 10))
    assert spans(cut) == [[("seen", 0, 1)]]


def test_a_sequence_without_rate_wants_one(fcp: Fcpxml) -> None:
    body = f"<project><sequence><spine>{fcp.clip('0s', '1s')}</spine></sequence></project>"
    with pytest.raises(DecodeError, match="no frame rate") as caught:
        fcp.read(body)
    assert caught.value.hint is not None and "--rate" in caught.value.hint
    assert fcp.read(body, rate=F(25)).rate == 25


def test_lanes_become_tracks_over_and_under_the_primary_storyline(fcp: Fcpxml) -> None:
    over = fcp.clip("11s", "1s", lane="1", name="over")
    top = fcp.clip("11s", "1s", lane="2", name="top")
    under = fcp.clip("12s", "2s", lane="-1", name="under")
    lowest = fcp.clip("12s", "2s", lane="-2", name="lowest")
    cut = fcp.cut(fcp.clip("0s", "5s", over + top + under + lowest, start="10s", name="primary"))
    assert spans(cut) == [
        [("lowest", 2, 4)],
        [("under", 2, 4)],
        [("primary", 0, 5)],
        [("over", 1, 2)],
        [("top", 1, 2)],
    ]
    assert [track.number for track in cut.tracks] == [1, 2, 3, 4, 5]
    assert [track.metadata["lane"] for track in cut.tracks] == ["-2", "-1", "0", "1", "2"]


def test_what_is_connected_to_connected_clips_is_next_to_them(fcp: Fcpxml) -> None:
    inner = fcp.clip("1s", "1s", lane="-1", name="between")
    over = fcp.clip("0s", "3s", inner, lane="1", name="over")
    cut = fcp.cut(fcp.clip("0s", "5s", over + fcp.clip("0s", "1s", lane="2", name="top")))
    assert [[one[0] for one in track] for track in spans(cut)] == [
        ["seen"],
        ["between"],
        ["over"],
        ["top"],
    ]
    assert spans(cut)[1] == [("between", 1, 2)]


def test_storylines_that_are_connected_count_from_their_own_start(fcp: Fcpxml) -> None:
    inside = fcp.clip("0s", "1s", name="a") + fcp.clip("1s", "2s", name="b")
    spine = f'<spine lane="1" offset="61s">{inside}</spine>'
    cut = fcp.cut(fcp.clip("0s", "10s"), fcp.item("gap", "10s", "10s", spine, start="60s"))
    assert spans(cut) == [[("seen", 0, 10)], [("a", 11, 12), ("b", 12, 14)]]


def test_items_of_a_lane_that_overlap_are_on_tracks_of_their_own(fcp: Fcpxml) -> None:
    def heard(offset: str, name: str) -> str:
        return fcp.clip(offset, "2s", ref="heard", lane="-1", name=name)

    cut = fcp.cut(
        fcp.clip("0s", "1s", heard("0s", "a")),
        fcp.clip("1s", "1s", heard("0s", "b")),
        fcp.clip("2s", "1s", heard("0s", "c")),
    )
    assert spans(cut, "audio") == [[("a", 0, 2), ("c", 2, 4)], [("b", 1, 3)]]
    assert not cut.problems


def test_storylines_whose_items_overlap_are_told_of(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.clip("0s", "2s", name="a"), fcp.clip("1s", "2s", name="b"))
    (problem,) = cut.problems
    assert (problem.code, problem.severity) == ("A1-TIME-OVERLAP", "error")
    assert problem.where == "lane 0/b @ 00:00:01:00"


def test_audio_tracks_are_counted_from_the_top(fcp: Fcpxml) -> None:
    def heard(lane: str) -> str:
        return fcp.clip("0s", "1s", ref="heard", lane=lane, name=lane)

    cut = fcp.cut(fcp.clip("0s", "1s", heard("-2") + heard("1") + heard("-1")))
    assert [track[0][0] for track in spans(cut, "audio")] == ["1", "-1", "-2"]
    assert [track.number for track in cut.tracks if track.kind == "audio"] == [1, 2, 3]


def test_sound_of_pictures_is_no_clip_of_its_own(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.clip("0s", "1s", ref="both"))
    assert spans(cut) == [[("both", 0, 1)]]
    assert not spans(cut, "audio")
    assert spans(fcp.cut(fcp.clip("0s", "1s", ref="both", srcEnable="audio")), "audio") == [
        [("both", 0, 1)]
    ]


def test_media_is_what_the_asset_says(fcp: Fcpxml) -> None:
    asset = (
        '<asset id="x" name="A001" uid="U" start="3600s" duration="10s" hasVideo="1" format="r23">'
        '<media-rep kind="original-media" src="file:///m/a%20b.mov"/>'
        '<media-rep kind="proxy-media" src="file:///m/proxy.mov"/></asset>'
    )
    item = only(fcp.cut(fcp.clip("0s", "2s", ref="x", start="3605s"), resources=asset))
    assert isinstance(item, Clip)
    media = item.media
    assert (media.name, media.url, media.kind) == ("A001", "file:///m/a%20b.mov", "file")
    assert (media.rate, media.start, media.duration) == (F(24000, 1001), 3600, 10)
    assert media.metadata["uid"] == "U"
    assert {key: one.url for key, one in item.alternatives.items()} == {
        "proxy-media": "file:///m/proxy.mov"
    }
    assert (item.source(F(0)), item.source(F(1))) == (3605, 3606)


def test_clips_begin_where_their_media_does_and_last_as_long_unless_they_say(fcp: Fcpxml) -> None:
    asset = '<asset id="x" start="3600s" duration="10s" hasVideo="1" src="file:///x.mov"/>'
    item = only(fcp.cut('<asset-clip ref="x" offset="0s"/>', resources=asset))
    assert isinstance(item, Clip)
    assert (item.span.stop, item.source(F(0))) == (10, 3600)


def test_stills_have_no_length(fcp: Fcpxml) -> None:
    asset = '<asset id="x" start="0s" duration="0s" hasVideo="1" src="file:///x.png"/>'
    item = only(fcp.cut(fcp.item("video", "0s", "5s", ref="x", start="3600s"), resources=asset))
    assert isinstance(item, Clip)
    assert item.media.duration is None
    assert item.span.stop == 5


@pytest.mark.parametrize("asset", ["", '<asset id="x" name="x" duration="9s" hasVideo="1"/>'])
def test_media_that_is_not_there_is_missing(fcp: Fcpxml, asset: str) -> None:
    cut = fcp.cut(fcp.clip("0s", "2s", ref="x"), resources=asset)
    item = only(cut)
    assert isinstance(item, Clip)
    assert (item.media.kind, item.media.url, item.media.name) == ("missing", None, "x")
    assert codes(cut) == ["A1-MEDIA-MISSING"]


def test_clips_that_are_switched_off_say_so(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.clip("0s", "1s", enabled="0"), fcp.clip("1s", "1s", enabled="1"))
    assert [item.enabled for item in cut.tracks[0].items] == [False, True]


def test_the_first_of_several_projects_is_read(fcp: Fcpxml) -> None:
    def project(name: str) -> str:
        return f'<project name="{name}">{fcp.sequence(fcp.clip("0s", "1s"))}</project>'

    event = f"<event>{fcp.clip('0s', '9s')}{project('first')}</event>"
    cut = fcp.read(f"<library>{event}</library>{project('second')}")
    assert cut.name == "first"
    assert codes(cut) == ["A1-FCPXML-PROJECTS", "A1-FCPXML-EVENT-CLIPS"]
    assert "'first', 'second'" in cut.problems[0].message


def test_clips_without_a_project_are_read_one_after_another(fcp: Fcpxml) -> None:
    clips = [
        f'<asset-clip ref="{ref}" name="{ref}" duration="2s" format="r25"/>'
        for ref in ("seen", "both")
    ]
    for body in ("".join(clips), f"<library><event>{clips[0]}{clips[1]}</event></library>"):
        cut = fcp.read(body)
        assert (cut.rate, cut.start, cut.name) == (25, 0, "seen")
        assert spans(cut) == [[("seen", 0, 2), ("both", 2, 4)]]
        assert codes(cut) == ["A1-FCPXML-CLIPS"]


def test_lone_compound_clips_have_the_rate_of_their_sequence(fcp: Fcpxml) -> None:
    media = f'<media id="m">{fcp.sequence(fcp.clip("0s", "3s"))}</media>'
    cut = fcp.read('<ref-clip ref="m" name="m" duration="3s"/>', media)
    assert cut.rate == 24
    assert isinstance(only(cut), Nest)


def test_an_empty_project_is_read_with_a_warning(fcp: Fcpxml) -> None:
    cut = fcp.cut()
    assert (cut.tracks, codes(cut)) == ((), ["A1-FCPXML-EMPTY"])


@pytest.mark.parametrize(
    ("version", "known"),
    [("1.8", True), ("1.13", True), ("1.14", False), ("2.0", False), ("", False)],
)
def test_versions_that_are_not_known_are_noted(fcp: Fcpxml, version: str, known: bool) -> None:
    body = f"<project>{fcp.sequence(fcp.clip('0s', '1s'))}</project>"
    fcp.path.write_text(fcp.document(body, version=version), encoding="utf-8")
    assert ("A1-FCPXML-VERSION" not in codes(read_cut(fcp.path))) == known


def test_a_folder_is_read_by_the_document_in_it(fcp: Fcpxml, tmp_path: Path) -> None:
    body = f"<project>{fcp.sequence(fcp.clip('0s', '1s'))}</project>"
    folder = tmp_path / "cut.fcpxmld"
    folder.mkdir()
    with pytest.raises(DecodeError, match=r"Info\.fcpxml"):
        read_cut(folder)
    (folder / "Info.fcpxml").write_text(fcp.document(body), encoding="utf-8")
    cut = read_cut(folder)
    assert (cut.path, spans(cut)) == (folder, [[("seen", 0, 1)]])


def everything(tracks: tuple[Track, ...]) -> list[Item]:
    found = []
    for item in (item for track in tracks for item in track.items):
        found.append(item)
        if isinstance(item, Nest):
            found += everything(item.tracks)
    return found


def test_origins_lead_back_to_the_elements(fcp: Fcpxml) -> None:
    media = f'<media id="m">{fcp.sequence(fcp.clip("0s", "3s", name="inside"))}</media>'
    spine = f'<spine lane="1" offset="0s">{fcp.clip("0s", "1s", name="over")}</spine>'
    chosen = f"{fcp.clip('0s', '1s', name='chosen')}{fcp.clip('0s', '1s', name='other')}"
    cut = fcp.cut(
        fcp.clip("0s", "1s", spine, name="a"),
        fcp.item("gap", "1s", "1s", name="hole"),
        f'<audition offset="2s">{chosen}</audition>',
        fcp.item("ref-clip", "3s", "3s", ref="m", name="nest"),
        fcp.clip("6s", "1s", name="b"),
        resources=media,
    )
    root = ElementTree.parse(fcp.path).getroot()
    items = everything(cut.tracks)
    assert {item.name for item in items} == {"a", "hole", "chosen", "nest", "inside", "b", "over"}
    for item in items:
        element = root
        first, *steps = item.origin.strip("/").split("/")
        assert first == "fcpxml"
        for step in steps:
            tag, _, place = step.rstrip("]").partition("[")
            element = element.findall(tag)[int(place)]
        assert element.get("name") == item.name
    assert cut.metadata["origin"] == "/fcpxml/project[0]"
    assert items[-2].origin == "/fcpxml/project[0]/sequence[0]/spine[0]/asset-clip[1]"


def test_media_is_read_once_for_all_clips_that_play_it(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.clip("0s", "1s"), fcp.clip("1s", "1s"))
    first, second = cut.tracks[0].items
    assert isinstance(first, Clip) and isinstance(second, Clip)
    assert isinstance(first.media, Media) and first.media is second.media
