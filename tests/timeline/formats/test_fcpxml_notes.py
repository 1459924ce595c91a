"""FCPXML: roles, markers, keywords and metadata of editors; titles, effects and transitions."""

from __future__ import annotations

from fractions import Fraction
from xml.sax.saxutils import quoteattr

import pytest
from documents import Fcpxml

from a1sdk.timeline.formats.fcpxml.lanes import track_name
from a1sdk.timeline.model import Clip, Cut, Gap, Item, Marker, Nest, Transition

F = Fraction


def item(cut: Cut, place: int = 0, track: int = 0) -> Item:
    return cut.tracks[track].items[place]


def named(cut: Cut) -> list[tuple[str, str, list[str]]]:
    return [(one.kind, one.name, [item.name for item in one.items]) for one in cut.tracks]


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        (["a1-drive-bob"], "A1 DRIVE BOB"),
        (["A1 DRIVE BOB.A1 DRIVE BOB-1"], "A1 DRIVE BOB"),
        (["a1_drive"], "A1 DRIVE"),
        (["dialogue.a1-voice"], "A1 VOICE"),
        (["a1-portrait.bob"], "A1 PORTRAIT"),
        (["a1-portrait.a1-portrait-bob"], "A1 PORTRAIT BOB"),
        (["dialogue", "", "A1:KEYS"], "A1 KEYS"),
        (["a1-drive?captionFormat=SRT.de"], "A1 DRIVE"),
        (["A1 drvie"], "A1 DRVIE"),
        (["dialogue.dialogue-1"], ""),
        (["a1", "A1-", "a1drive", "VFX.VFX-1"], ""),
        ([], ""),
    ],
)
def test_roles_that_begin_with_our_name_name_tracks(roles: list[str], name: str) -> None:
    assert track_name(roles) == name


def test_a_lane_whose_clips_have_one_role_is_its_track(fcp: Fcpxml) -> None:
    under = fcp.clip("0s", "4s", lane="-1", videoRole="a1-drive-bob", name="perf")
    cut = fcp.cut(fcp.clip("0s", "4s", under, videoRole="A1 PORTRAIT BOB.A1 PORTRAIT BOB-1"))
    assert named(cut) == [
        ("video", "A1 DRIVE BOB", ["perf"]),
        ("video", "A1 PORTRAIT BOB", ["seen"]),
    ]


def test_lanes_are_split_by_role(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.clip("0s", "1s", name="plain"),
        fcp.item("gap", "1s", "1s", name="hole"),
        fcp.clip("2s", "1s", videoRole="a1-portrait", name="a"),
        fcp.item("gap", "3s", "1s", name="after"),
        fcp.clip("4s", "1s", name="plain too"),
        fcp.clip("5s", "1s", videoRole="a1-portrait-eve", name="b"),
    )
    assert named(cut) == [
        ("video", "", ["plain", "hole", "plain too"]),
        ("video", "A1 PORTRAIT", ["a", "after"]),
        ("video", "A1 PORTRAIT EVE", ["b"]),
    ]
    assert [track.number for track in cut.tracks] == [1, 2, 3]
    assert {track.metadata["lane"] for track in cut.tracks} == {"0"}


def test_roles_of_pictures_count_before_those_of_their_sound(fcp: Fcpxml) -> None:
    voice = '<audio-channel-source srcCh="1, 2" role="dialogue.a1-voice"/>'
    both = {"ref": "both", "audioRole": "dialogue"}
    sound = fcp.clip("0s", "1s", voice, lane="-1", srcEnable="audio", **both)
    cut = fcp.cut(
        fcp.clip("0s", "1s", voice + sound, videoRole="a1-drive", **both),
        fcp.clip("1s", "1s", voice, **both),
    )
    assert [(kind, name) for kind, name, _ in named(cut)] == [
        ("video", "A1 DRIVE"),
        ("video", "A1 VOICE"),
        ("audio", "A1 VOICE"),
    ]


def test_roles_are_kept(fcp: Fcpxml) -> None:
    voice = '<audio-channel-source srcCh="1, 2" role="music.music-1"/>'
    cut = fcp.cut(fcp.clip("0s", "1s", voice, audioRole="dialogue", videoRole="VFX.VFX-1"))
    metadata = item(cut).metadata
    assert metadata["audioRole"] == "dialogue"
    assert metadata["videoRole"] == "VFX.VFX-1"
    assert metadata["audio-channel-source"] == [{"srcCh": "1, 2", "role": "music.music-1"}]


def test_a_clips_medium_may_have_the_role(fcp: Fcpxml) -> None:
    video = fcp.item("video", "0s", "9s", ref="seen", role="a1-drive.a1-drive-1")
    cut = fcp.cut(fcp.item("clip", "0s", "3s", video))
    assert named(cut) == [("video", "A1 DRIVE", ["clip"])]


def test_tracks_within_clips_have_their_roles(fcp: Fcpxml) -> None:
    spine = f"<spine>{fcp.clip('0s', '3s', videoRole='a1-drive')}</spine>"
    nest = item(fcp.cut(fcp.item("sync-clip", "0s", "3s", spine)))
    assert isinstance(nest, Nest)
    assert nest.tracks[0].name == "A1 DRIVE"


def test_markers_are_in_the_cuts_time_with_their_notes(fcp: Fcpxml) -> None:
    inside = (
        '<marker start="12s" duration="1/24s" value="A1 sh010" note="expr=0.8"/>'
        '<marker start="13s" value="do" completed="0"/>'
        '<chapter-marker start="14s" duration="1s" value="chapter" posterOffset="11/25s"/>'
    )
    markers = item(fcp.cut(fcp.clip("5s", "10s", inside, start="10s"))).markers
    assert [(m.name, m.comment, m.span.start, m.span.duration) for m in markers] == [
        ("A1 sh010", "expr=0.8", 7, F(1, 24)),
        ("do", "", 8, 0),
        ("chapter", "", 9, 1),
    ]
    assert markers[1].metadata["completed"] == "0"
    assert markers[2].metadata["element"] == "chapter-marker"


def test_markers_on_gaps_are_the_cuts_too(fcp: Fcpxml) -> None:
    marker = '<marker start="3602s" duration="1/24s" value="here"/>'
    cut = fcp.cut(fcp.clip("0s", "1s"), fcp.item("gap", "1s", "5s", marker, start="3600s"))
    gap = item(cut, 1)
    assert isinstance(gap, Gap)
    assert gap.markers == cut.markers
    (found,) = cut.markers
    assert isinstance(found, Marker)
    assert (found.name, found.span.start) == ("here", 3)


def test_keywords_notes_and_metadata_are_kept(fcp: Fcpxml) -> None:
    inside = (
        "<note> a note </note>"
        '<keyword start="0s" duration="1s" value="one, two"/><keyword value="three"/>'
        '<metadata><md key="com.apple.reel" value="5"/>'
        '<md key="codecs"><array><string>a</string><string>b</string></array></md></metadata>'
    )
    metadata = item(fcp.cut(fcp.clip("0s", "1s", inside, lane="0"))).metadata
    assert metadata["note"] == "a note"
    assert [one["value"] for one in metadata["keywords"]] == ["one, two", "three"]
    assert metadata["metadata"] == {"com.apple.reel": "5", "codecs": ["a", "b"]}
    assert "a1sdk" not in metadata


def test_our_own_metadata_is_read_whole_or_by_name(fcp: Fcpxml) -> None:
    whole = quoteattr('{"schema_version": "a1.shot/1", "expr": 0.8, "head": 1}')
    inside = (
        f'<metadata><md key="a1sdk" value={whole}/><md key="a1sdk.drive" value="perf"/>'
        '<md key="a1sdk.head" value="2"/></metadata>'
    )
    metadata = item(fcp.cut(fcp.clip("0s", "1s", inside))).metadata
    assert metadata["a1sdk"] == {
        "schema_version": "a1.shot/1",
        "expr": 0.8,
        "drive": "perf",
        "head": "2",
    }


@pytest.mark.parametrize("value", ["{", "[1]", "7", ""])
def test_metadata_of_ours_that_is_no_object_stays_as_it_is_written(fcp: Fcpxml, value: str) -> None:
    inside = f'<metadata><md key="a1sdk" value={quoteattr(value)}/></metadata>'
    metadata = item(fcp.cut(fcp.clip("0s", "1s", inside))).metadata
    assert metadata["metadata"] == {"a1sdk": value}
    assert "a1sdk" not in metadata


def test_titles_and_generators_play_what_is_generated(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.item("title", "0s", "2s", ref="title", start="3600s", name="Hello"),
        fcp.item("video", "2s", "2s", ref="title", name="Clouds"),
        fcp.item("title", "4s", "2s", ref="gone", name="Unknown"),
    )
    clips = [one for one in cut.tracks[0].items if isinstance(one, Clip)]
    assert [(one.name, one.media.kind, one.media.name) for one in clips] == [
        ("Hello", "generator", "Basic"),
        ("Clouds", "generator", "Basic"),
        ("Unknown", "generator", "Unknown"),
    ]
    assert clips[0].media.metadata["uid"] == "t"
    assert not cut.problems


def test_captions_are_left_out_and_counted(fcp: Fcpxml) -> None:
    caption = fcp.item("caption", "0s", "1s", lane="1")
    cut = fcp.cut(fcp.clip("0s", "2s", caption + caption))
    assert len(cut.tracks) == 1
    assert [one.message for one in cut.problems] == ["2 captions are left out."]


def test_effects_are_those_that_are_switched_on(fcp: Fcpxml) -> None:
    inside = (
        '<filter-video ref="title" name="Blur"/><filter-video ref="title" name="Off" enabled="0"/>'
        '<adjust-volume amount="-3dB"/><adjust-colorConform enabled="1"/>'
        '<adjust-transform scale="2 2"/><adjust-blend enabled="0" amount="0.5"/>'
    )
    assert item(fcp.cut(fcp.clip("0s", "1s", inside))).effects == (
        ("Blur", {"element": "filter-video", "uid": "t"}),
        ("adjust-transform", {"scale": "2 2"}),
    )


DISSOLVE = '<filter-video ref="title" name="Cross"/><marker start="3601s" value="m"/>'


def test_transitions_lie_around_the_cut_and_show_what_is_beyond_it(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.clip("0s", "10s", name="a"),
        fcp.item("transition", "19/2s", "3/2s", DISSOLVE),
        fcp.clip("10s", "10s", name="b"),
    )
    before, between, after = cut.tracks[0].items
    assert isinstance(between, Transition)
    assert (between.span.start, between.cut, between.span.stop) == (F(19, 2), 10, 11)
    assert (between.kind, between.markers[0].span.start) == ("Cross", F(21, 2))
    assert isinstance(before, Clip) and isinstance(after, Clip)
    assert (before.in_offset, before.out_offset) == (0, 1)
    assert (after.in_offset, after.out_offset) == (F(1, 2), 0)
    assert (before.span.stop, after.span.start) == (10, 10)


def test_transitions_at_the_ends_of_a_storyline_show_nothing_beyond(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.item("transition", "0s", "1s", DISSOLVE),
        fcp.clip("0s", "10s"),
        fcp.item("transition", "9s", "1s", DISSOLVE),
    )
    fade_in, clip, fade_out = cut.tracks[0].items
    assert isinstance(fade_in, Transition) and isinstance(fade_out, Transition)
    assert (fade_in.cut, fade_in.span.stop, fade_out.cut) == (0, 1, 10)
    assert isinstance(clip, Clip)
    assert (clip.in_offset, clip.out_offset) == (0, 0)


def test_transitions_of_connected_storylines_are_in_the_cuts_time(fcp: Fcpxml) -> None:
    inside = (
        fcp.clip("0s", "2s", name="a")
        + fcp.item("transition", "3/2s", "1s", DISSOLVE)
        + fcp.clip("2s", "2s", name="b")
    )
    spine = f'<spine lane="1" offset="5s">{inside}</spine>'
    between = item(fcp.cut(fcp.clip("0s", "10s", spine)), 1, track=1)
    assert isinstance(between, Transition)
    assert (between.span.start, between.cut) == (F(13, 2), 7)


def test_transitions_longer_than_what_is_beside_them_are_cut_off(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.clip("0s", "1s"),
        fcp.item("transition", "-1s", "4s", DISSOLVE, name="Long"),
        fcp.clip("1s", "10s"),
    )
    between = item(cut, 1)
    assert (between.span.start, between.span.stop) == (0, 3)
    (problem,) = cut.problems
    assert problem.code == "A1-TIME-OVERLONG-TRANSITION"
    assert problem.where.startswith("lane 0/Long @ ")


def test_transitions_between_tracks_go_with_the_clip_after_them(fcp: Fcpxml) -> None:
    cut = fcp.cut(
        fcp.clip("0s", "2s", name="a"),
        fcp.item("transition", "1s", "2s", DISSOLVE, name="t"),
        fcp.clip("2s", "2s", name="b", videoRole="a1-portrait"),
    )
    assert named(cut) == [("video", "", ["a"]), ("video", "A1 PORTRAIT", ["t", "b"])]
    first = item(cut)
    assert isinstance(first, Clip)
    assert first.out_offset == 1


def test_transitions_of_nothing_are_nothing(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.item("transition", "0s", "1s", DISSOLVE))
    assert cut.tracks == ()
