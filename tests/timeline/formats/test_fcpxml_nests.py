"""FCPXML: clips that hold others: compound, multicam and synchronized clips, auditions, clips."""

from __future__ import annotations

from fractions import Fraction

import pytest
from documents import Fcpxml

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, Gap, Item, Nest, Track
from a1sdk.timeline.walk import placed, problems

F = Fraction


def seen(cut: Cut) -> list[tuple[str, str, Fraction, Fraction, Fraction]]:
    """Each clip that is seen or heard: its track's kind, its name, when, its first media time."""
    return [
        (one.track.kind, one.clip.name, one.span.start, one.span.stop, one.source(F(0)))
        for one in placed(cut)
    ]


def first(cut: Cut, kind: str = "video") -> Item:
    return next(track for track in cut.tracks if track.kind == kind).items[0]


def shape(tracks: tuple[Track, ...]) -> list[tuple[str, list[str]]]:
    return [(track.kind, [item.name for item in track.items]) for track in tracks]


def compound(fcp: Fcpxml, spine: str, attributes: str = 'tcStart="0s"', identity: str = "m") -> str:
    return f'<media id="{identity}">{fcp.sequence(spine, attributes)}</media>'


def test_compound_clips_are_nests_with_tracks_of_their_own(fcp: Fcpxml) -> None:
    over = fcp.clip("2s", "1s", lane="1", name="over")
    sound = fcp.clip("0s", "4s", ref="heard", lane="-1")
    media = compound(fcp, fcp.clip("0s", "4s", over + sound, name="a") + fcp.clip("4s", "4s"))
    cut = fcp.cut(fcp.item("ref-clip", "0s", "5s", ref="m", start="1s"), resources=media)
    nest = first(cut)
    assert isinstance(nest, Nest)
    assert (nest.rate, nest.source(F(0)), nest.source.speed) == (24, 1, 1)
    assert shape(nest.tracks) == [
        ("video", ["a", "seen"]),
        ("video", ["over"]),
        ("audio", ["heard"]),
    ]
    assert seen(cut) == [
        ("video", "a", 0, 3, 1),
        ("video", "seen", 3, 5, 0),
        ("video", "over", 1, 2, 0),
        ("audio", "heard", 0, 3, 1),
    ]


def test_compound_clips_begin_at_their_start_timecode(fcp: Fcpxml) -> None:
    media = compound(fcp, fcp.clip("3600s", "4s"), 'tcStart="3600s" duration="4s"')
    whole = fcp.item("ref-clip", "0s", "1s", ref="m")
    later = fcp.item("ref-clip", "1s", "1s", ref="m", start="3602s")
    cut = fcp.cut(whole, later, '<ref-clip ref="m" name="m" offset="2s"/>', resources=media)
    assert seen(cut) == [
        ("video", "seen", 0, 1, 0),
        ("video", "seen", 1, 2, 2),
        ("video", "seen", 2, 6, 0),
    ]


def test_compound_clips_may_give_pictures_or_sound_alone(fcp: Fcpxml) -> None:
    under = fcp.clip("0s", "4s", ref="heard", lane="-1")
    media = compound(fcp, fcp.clip("0s", "4s", under, ref="both") + fcp.clip("4s", "2s"))
    sound = fcp.item("ref-clip", "0s", "6s", ref="m", lane="-1", srcEnable="audio", name="sound")
    cut = fcp.cut(
        fcp.item("ref-clip", "0s", "6s", sound, ref="m", srcEnable="video"), resources=media
    )
    pictures, heard = first(cut), first(cut, "audio")
    assert isinstance(pictures, Nest) and isinstance(heard, Nest)
    assert shape(pictures.tracks) == [("video", ["both", "seen"])]
    assert shape(heard.tracks) == [("audio", ["both", "seen"]), ("audio", ["heard"])]
    assert [type(item) for item in heard.tracks[0].items] == [Clip, Gap]


def test_retimed_compound_clips_are_placed_at_their_speed(fcp: Fcpxml) -> None:
    media = compound(fcp, fcp.clip("0s", "4s", name="a") + fcp.clip("4s", "4s", name="b"))
    twice = '<timeMap><timept time="0s" value="0s"/><timept time="4s" value="8s"/></timeMap>'
    cut = fcp.cut(fcp.item("ref-clip", "0s", "3s", twice, ref="m", start="1s"), resources=media)
    assert seen(cut) == [("video", "a", 0, 1, 2), ("video", "b", 1, 3, 0)]
    assert [one.source.speed for one in placed(cut)] == [2, 2]
    back = '<timeMap><timept time="0s" value="8s"/><timept time="8s" value="0s"/></timeMap>'
    cut = fcp.cut(fcp.item("ref-clip", "0s", "3s", back, ref="m"), resources=media)
    assert [one.code for one in problems(cut)] == ["A1-NEST-RETIME"]


def test_compound_clips_within_each_other_are_read_once(fcp: Fcpxml) -> None:
    inner = compound(fcp, fcp.clip("0s", "1s"), identity="i")
    twice = "".join(fcp.item("ref-clip", f"{at}s", "1s", ref="i") for at in range(2))
    cut = fcp.cut(
        fcp.item("ref-clip", "0s", "2s", ref="m"),
        fcp.item("ref-clip", "2s", "2s", ref="m"),
        resources=inner + compound(fcp, twice),
    )
    one, other = cut.tracks[0].items
    assert isinstance(one, Nest) and isinstance(other, Nest)
    assert one.tracks is other.tracks
    assert [clip[2] for clip in seen(cut)] == [0, 1, 2, 3]


def test_compound_clips_that_are_not_defined_are_refused(fcp: Fcpxml) -> None:
    with pytest.raises(DecodeError, match="'m': It is sequence 'm', which the document lacks"):
        fcp.cut(fcp.item("ref-clip", "0s", "1s", ref="m"))


ANGLES = (
    '<media id="mc"><multicam format="r24" tcStart="3600s">'
    '<mc-angle name="A" angleID="a"><gap offset="3600s" duration="2s"/>'
    '<asset-clip ref="both" name="camera" offset="3602s" start="10s" duration="20s"/></mc-angle>'
    '<mc-angle name="B" angleID="b">'
    '<asset-clip ref="heard" name="recorder" offset="3600s" duration="30s"/></mc-angle>'
    '<mc-angle name="C" angleID="c">'
    '<asset-clip ref="both" name="other" offset="3600s" duration="30s"/></mc-angle>'
    "</multicam></media>"
)


def multicam(fcp: Fcpxml, *sources: tuple[str, str]) -> Cut:
    inside = "".join(f'<mc-source angleID="{one}" srcEnable="{kind}"/>' for one, kind in sources)
    item = fcp.item("mc-clip", "0s", "4s", inside, ref="mc", start="3601s")
    return fcp.cut(item, resources=ANGLES)


def test_multicam_clips_show_the_angle_that_is_chosen(fcp: Fcpxml) -> None:
    cut = multicam(fcp, ("a", "all"))
    nest = first(cut)
    assert isinstance(nest, Nest)
    assert shape(nest.tracks) == [("video", ["", "camera"])]
    assert seen(cut) == [("video", "camera", 1, 4, 10)]
    assert not cut.problems


def test_multicam_clips_may_play_the_sound_of_another_angle(fcp: Fcpxml) -> None:
    assert seen(multicam(fcp, ("a", "video"), ("b", "audio"))) == [
        ("video", "camera", 1, 4, 10),
        ("audio", "recorder", 0, 4, 1),
    ]
    assert seen(multicam(fcp, ("a", "video"), ("c", "audio"))) == [
        ("video", "camera", 1, 4, 10),
        ("audio", "other", 0, 4, 1),
    ]
    assert seen(multicam(fcp, ("a", "none"), ("c", "all"))) == [("video", "other", 0, 4, 1)]


@pytest.mark.parametrize("sources", [(), (("gone", "all"),)])
def test_the_first_angle_is_taken_where_none_is_named(
    fcp: Fcpxml, sources: tuple[tuple[str, str], ...]
) -> None:
    cut = multicam(fcp, *sources)
    assert seen(cut) == [("video", "camera", 1, 4, 10)]
    (problem,) = cut.problems
    assert (problem.code, problem.where) == ("A1-FCPXML-ANGLE", "lane 0/mc @ 00:00:00:00")


def test_synchronized_clips_hold_pictures_and_sound(fcp: Fcpxml) -> None:
    sound = fcp.item("clip", "100s", "50s", fcp.item("audio", "7s", "50s", ref="heard", start="7s"),
                     lane="-1", start="10s", name="recorder")  # fmt: skip
    video = fcp.item("video", "90s", "60s", ref="seen", start="20s")
    camera = fcp.item("clip", "90s", "60s", video + sound, start="90s", name="camera")
    over = fcp.clip("103s", "1s", lane="1", name="over")
    cut = fcp.cut(fcp.item("sync-clip", "0s", "6s", camera + over, start="98s"))
    assert seen(cut) == [
        ("video", "camera", 0, 6, 28),
        ("audio", "recorder", 2, 6, 10),
        ("video", "over", 5, 6, 0),
    ]


def test_synchronized_clips_may_hold_a_storyline(fcp: Fcpxml) -> None:
    spine = f"<spine>{fcp.clip('0s', '3s', name='a')}{fcp.clip('3s', '3s', name='b')}</spine>"
    cut = fcp.cut(fcp.item("sync-clip", "0s", "3s", spine, start="2s"))
    assert seen(cut) == [("video", "a", 0, 1, 2), ("video", "b", 1, 3, 0)]


def test_a_clip_of_one_medium_plays_it_and_its_sound(fcp: Fcpxml) -> None:
    sound = fcp.item("audio", "5s", "9s", ref="both", start="5s", lane="-1")
    video = fcp.item("video", "5s", "9s", sound, ref="both", start="5s", role="r")
    cut = fcp.cut(fcp.item("clip", "0s", "3s", video, start="6s", name="c"))
    assert seen(cut) == [("video", "c", 0, 3, 6)]
    item = first(cut)
    assert isinstance(item, Clip)
    assert item.media.url == "file:///m/both.mov"
    assert item.metadata["ref"] == "both"
    assert item.origin.endswith("/spine[0]/clip[0]")


def test_channels_of_sound_are_one_clip(fcp: Fcpxml) -> None:
    second = fcp.item("audio", "0s", "9s", ref="heard", lane="-1", srcCh="2")
    channels = fcp.item("audio", "0s", "9s", second, ref="heard", srcCh="1")
    cut = fcp.cut(fcp.item("clip", "0s", "3s", channels, start="6s", name="c"))
    assert seen(cut) == [("audio", "c", 0, 3, 6)]


def test_sound_that_is_detached_is_a_clip(fcp: Fcpxml) -> None:
    """As Final Cut Pro writes it: a clip of sound alone, whose pictures became a gap."""
    audio = fcp.item("audio", "0s", "90s", ref="both", lane="-1")
    sound = fcp.item("clip", "7s", "2s", fcp.item("gap", "0s", "90s", audio), lane="-1",
                     start="8s", name="sound")  # fmt: skip
    video = fcp.item("video", "0s", "90s", ref="both")
    cut = fcp.cut(fcp.item("clip", "0s", "4s", video + sound, start="6s", name="pictures"))
    assert seen(cut) == [("video", "pictures", 0, 4, 6), ("audio", "sound", 1, 3, 8)]


def test_sound_out_of_step_or_of_another_medium_makes_a_nest(fcp: Fcpxml) -> None:
    for sound in (
        fcp.item("audio", "5s", "9s", ref="both", start="6s", lane="-1", name="sound"),
        fcp.item("audio", "5s", "9s", ref="heard", start="5s", lane="-1", name="sound"),
    ):
        video = fcp.item("video", "5s", "9s", sound, ref="both", start="5s", name="pictures")
        cut = fcp.cut(fcp.item("clip", "0s", "3s", video, start="6s"))
        kinds = [(kind, name, start, stop) for kind, name, start, stop, _ in seen(cut)]
        assert kinds == [("video", "pictures", 0, 3), ("audio", "sound", 0, 3)]
        assert isinstance(first(cut), Nest)


def test_video_in_a_storyline_has_its_sound_with_it(fcp: Fcpxml) -> None:
    sound = fcp.item("audio", "5s", "3s", ref="both", start="5s", lane="-1", name="sound")
    cut = fcp.cut(fcp.item("video", "0s", "3s", sound, ref="both", start="5s"))
    assert [one[1] for one in seen(cut)] == ["both"]
    other = sound.replace("both", "heard")
    cut = fcp.cut(fcp.item("video", "0s", "3s", other, ref="both", start="5s"))
    assert [one[1] for one in seen(cut)] == ["both", "sound"]


def test_clips_switched_off_inside_are_off(fcp: Fcpxml) -> None:
    video = fcp.item("video", "0s", "9s", ref="seen", enabled="0")
    assert not first(fcp.cut(fcp.item("clip", "0s", "3s", video))).enabled


def test_the_first_clip_of_an_audition_is_the_one_that_counts(fcp: Fcpxml) -> None:
    over = fcp.clip("0s", "1s", lane="1", name="over")
    clips = fcp.clip("0s", "2s", over, name="chosen").replace('offset="0s" ', "", 1)
    audition = f'<audition offset="1s">{clips}{fcp.clip("0s", "5s", name="other")}</audition>'
    cut = fcp.cut(fcp.clip("0s", "1s", name="a"), audition)
    assert [one[1:4] for one in seen(cut)] == [("a", 0, 1), ("chosen", 1, 3), ("over", 1, 2)]
    lane = f'<audition offset="0s" lane="-1">{fcp.clip("9s", "1s", name="under")}</audition>'
    cut = fcp.cut(fcp.clip("0s", "1s", lane, name="a"))
    assert [one[1:4] for one in seen(cut)] == [("under", 0, 1), ("a", 0, 1)]


def test_an_audition_of_nothing_is_refused(fcp: Fcpxml) -> None:
    with pytest.raises(DecodeError, match="audition has no clips"):
        fcp.cut('<audition offset="0s"/>')


def test_clips_with_nothing_inside_are_nests_of_nothing(fcp: Fcpxml) -> None:
    nest = first(fcp.cut(fcp.item("sync-clip", "0s", "3s")))
    assert isinstance(nest, Nest)
    assert (nest.tracks, nest.span.stop) == ((), 3)
