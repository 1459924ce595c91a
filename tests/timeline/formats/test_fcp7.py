"""FCP 7 XML: the sequence, its tracks and items, and what they play."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, Media, Span

F = Fraction
NTSC24, NTSC30 = F(24000, 1001), F(30000, 1001)


def clips(cut: Cut) -> list[Clip]:
    return [item for track in cut.tracks for item in track.items if isinstance(item, Clip)]


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def test_clips_lie_where_start_and_end_say(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, 50, 10), xml.clip(75, 100, 5, name="b"))

    assert (cut.name, cut.dialect, cut.rate, cut.start) == ("s1", "fcp7", 25, 0)
    first, second = clips(cut)
    assert (first.name, first.span) == ("a", Span(F(0), F(2)))
    assert (second.name, second.span) == ("b", Span(F(3), F(4)))
    assert (first.source(F(0)), first.source(F(2))) == (F(10, 25), F(60, 25))
    assert cut.problems == ()


@pytest.mark.parametrize(
    ("timebase", "ntsc", "rate"),
    [
        (24, True, NTSC24),
        (30, True, NTSC30),
        (60, True, F(60000, 1001)),
        (24, False, F(24)),
        (25, True, F(25)),
        ("23.976", False, NTSC24),
    ],
)
def test_rates(xml: Any, timebase: int | str, ntsc: bool, rate: Fraction) -> None:
    cut = xml.cut(xml.clip(10, 20), more=xml.rate(timebase, ntsc))

    assert (cut.rate, clips(cut)[0].span) == (rate, Span(10 / rate, 20 / rate))


def test_a_given_rate_counts_the_frames_in_place_of_the_files(xml: Any) -> None:
    code = f"<timecode>{xml.rate(24)}<frame>86400</frame></timecode>"
    body = xml.sequence(f"<track>{xml.clip(24, 48)}</track>", more=xml.rate(24) + code)
    cut = xml.read(body, NTSC24)

    assert (cut.rate, cut.start) == (NTSC24, 86400 / NTSC24)


@pytest.mark.parametrize(
    ("code", "start"),
    [
        ("<frame>90000</frame>", F(3600)),
        ("<string>01:00:00:05</string>", 3600 + F(5, 25)),
        ("<string>01:00:00:00</string><frame>25</frame>", F(1)),
        ("", F(0)),
    ],
)
def test_the_timecode_of_the_sequence(xml: Any, code: str, start: Fraction) -> None:
    assert xml.cut(xml.clip(0, 25), more=f"<timecode>{code}</timecode>").start == start


def test_drop_frame_timecode(xml: Any) -> None:
    code = "<string>00:01:00;02</string><displayformat>DF</displayformat>"
    cut = xml.cut(xml.clip(0, 30), more=xml.rate(30, True) + f"<timecode>{code}</timecode>")

    assert (cut.drop_frame, cut.start) == (True, 1800 / NTSC30)


def test_tracks_have_kinds_numbers_names_and_switches(xml: Any) -> None:
    video = (
        f'<track MZ.TrackName="A1 DRIVE">{xml.clip(0, 5)}</track>'
        f"<track><name>A1 PORTRAIT</name>{xml.clip(0, 5)}<enabled>FALSE</enabled></track>"
    )
    audio = f"<track>{xml.clip(0, 5)}<outputchannelindex>2</outputchannelindex></track>"
    cut = xml.read(xml.sequence(video, audio))

    found = [(track.kind, track.number, track.name, track.enabled) for track in cut.tracks]
    assert found == [
        ("video", 1, "A1 DRIVE", True),
        ("video", 2, "A1 PORTRAIT", False),
        ("audio", 1, "", True),
    ]
    assert cut.tracks[2].metadata == {"outputchannelindex": "2"}


def test_second_channels_of_stereo_are_read_with_the_first(xml: Any) -> None:
    first = f'<track currentExplodedTrackIndex="0">{xml.clip(0, 5)}</track>'
    second = first.replace("0", "1", 1)
    other = f'<track currentExplodedTrackIndex="1">{xml.clip(5, 9)}</track>'
    cut = xml.read(xml.sequence(audio=first + second + first + other))

    assert [(track.number, len(track.items)) for track in cut.tracks] == [(1, 1), (2, 1), (2, 1)]
    assert codes(cut) == ["A1-FCP7-CHANNELS"]


@pytest.mark.parametrize(("written", "enabled"), [("TRUE", True), ("false", False), ("", True)])
def test_clips_may_be_switched_off(xml: Any, written: str, enabled: bool) -> None:
    (clip,) = clips(xml.cut(xml.clip(0, 5, 0, f"<enabled>{written}</enabled>" + xml.file())))

    assert clip.enabled is enabled


def test_an_origin_leads_back_to_its_element(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, 5), xml.clip(5, 9, name="b"))
    root = ElementTree.parse(xml.path).getroot()

    for item in cut.tracks[0].items:
        element = root.find(item.origin)
        assert element is not None
        assert (element.tag, element.get("id")) == ("clipitem", item.name)
    track = root.find(cut.tracks[0].origin)
    assert track is not None
    assert track.tag == "track"


def test_a_file_is_defined_once_and_named_later_or_before(xml: Any) -> None:
    defined = xml.clip(0, 5, 0, xml.file("f1"), name="b")
    named = xml.clip(5, 9, 0, '<file id="f1"/>', name="a")
    for items in ((defined, named), (named, defined)):
        one, other = clips(xml.cut(*items))
        assert one.media == other.media
        assert one.media.url == "file:///m/a.mov"


def test_media(xml: Any) -> None:
    code = "<timecode><string>01:00:00:00</string><frame>90000</frame></timecode>"
    (clip,) = clips(xml.cut(xml.clip(0, 25, 50, xml.file("f1", code))))

    media = clip.media
    assert (media.name, media.kind, media.rate, media.start) == ("f1.mov", "file", 25, 3600)
    assert media.duration == 40
    assert clip.source(F(0)) == 3602


def test_in_counts_frames_of_the_clips_own_rate(xml: Any) -> None:
    (clip,) = clips(xml.cut(xml.clip(0, 50, 15, xml.rate(30) + xml.file(), out=75)))

    assert (clip.span.duration, clip.source(F(0))) == (2, F(1, 2))


def test_subclips_begin_at_their_offset(xml: Any) -> None:
    info = "<subclipinfo><startoffset>100</startoffset></subclipinfo>"
    (clip,) = clips(xml.cut(xml.clip(0, 25, 10, info + xml.file())))

    assert clip.source(F(0)) == F(110, 25)


@pytest.mark.parametrize(
    ("url", "folder", "pattern", "first"),
    [
        ("file:///m/a%20b/sh.%5B0010-0099%5D.exr", "file:///m/a%20b", "sh.%04d.exr", 10),
        ("file:///m/sh.[7-9].exr", "file:///m", "sh.%d.exr", 7),
        ("file:///m/take%20dave.[07-99].exr", "file:///m", "take dave.%02d.exr", 7),
        ("file:///m/take%20d.%04d.exr", "file:///m", "take d.%04d.exr", 0),
        ("/m/100%25.[1-9].exr", "/m", "100%%25.%d.exr", 1),
    ],
)
def test_numbered_pictures(xml: Any, url: str, folder: str, pattern: str, first: int) -> None:
    (clip,) = clips(xml.cut(xml.clip(0, 5, 0, xml.file(url=url))))

    media = clip.media
    assert (media.kind, media.url, media.pattern, media.first) == (
        "sequence",
        folder,
        pattern,
        first,
    )


def test_offline_files_and_files_that_are_nowhere(xml: Any) -> None:
    unnamed = '<file id="x"><name>lost.mov</name></file>'
    lost, nowhere, none = clips(
        xml.cut(
            xml.clip(0, 5, 0, unnamed),
            xml.clip(5, 9, 0, '<file id="y"/>', name="b"),
            xml.clip(9, 12, 0, "", name="c"),
        )
    )

    assert (lost.media.name, lost.media.kind, lost.media.url) == ("lost.mov", "missing", None)
    assert nowhere.media == Media(name="b")
    assert none.media == Media(name="c")


def test_files_that_are_nowhere_are_told(xml: Any) -> None:
    (problem,) = xml.cut(xml.clip(25, 50, 0, '<file id="y"/>')).problems

    assert (problem.code, problem.where) == ("A1-MEDIA-MISSING", "V1/a @ 00:00:01:00")


def test_generators(xml: Any) -> None:
    slug = '<file id="g"><name>Slug</name><mediaSource>Slug</mediaSource></file>'
    text = xml.clip(5, 9, 0, "<effect><name>Text</name></effect>", name="t")
    cut = xml.cut(xml.clip(0, 5, 0, slug), text.replace("clipitem", "generatoritem"))

    assert [clip.media.kind for clip in clips(cut)] == ["generator", "generator"]
    assert [clip.media.name for clip in clips(cut)] == ["Slug", "Text"]


def test_links_effects_and_log_notes_are_kept(xml: Any) -> None:
    link = "<link><linkclipref>a</linkclipref><mediatype>video</mediatype></link>"
    blur = "<filter><effect><name>Blur</name><effectid>blur</effectid></effect></filter>"
    off = blur.replace("<filter>", "<filter><enabled>FALSE</enabled>").replace("Blur", "Off")
    note = "<logginginfo><lognote>A1 drive=x</lognote></logginginfo>"
    (clip,) = clips(xml.cut(xml.clip(0, 5, 0, xml.file() + link + blur + off + note)))

    assert clip.metadata["link"] == {"linkclipref": "a", "mediatype": "video"}
    assert clip.metadata["logginginfo"] == {"lognote": "A1 drive=x"}
    assert clip.effects == (("Blur", {"effectid": "blur"}),)


def test_every_link_is_kept(xml: Any) -> None:
    links = "".join(f"<link><linkclipref>{one}</linkclipref></link>" for one in "ab")
    (clip,) = clips(xml.cut(xml.clip(0, 5, 0, xml.file() + links)))

    assert clip.metadata["link"] == [{"linkclipref": "a"}, {"linkclipref": "b"}]


def test_a_sequence_without_tracks_is_told(xml: Any) -> None:
    cut = xml.read(xml.sequence())

    assert (cut.tracks, codes(cut)) == ((), ["A1-FCP7-EMPTY"])


def test_items_that_overlap_are_told(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, 10), xml.clip(5, 15, name="b"))

    (problem,) = cut.problems
    assert (problem.code, problem.severity) == ("A1-TIME-OVERLAP", "error")
    assert problem.where == "V1/b @ 00:00:00:05"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "no sequence"),
        ("<clip><name>a</name></clip>", "no sequence"),
        ('<sequence id="a"/>', "no sequence"),
        ("<sequence><name>x</name><media/></sequence>", "'x' has no frame rate"),
        (
            "<sequence><rate><timebase>0</timebase></rate></sequence>",
            "Rate .* not above zero",
        ),
        (
            "<sequence><rate><timebase>1e9</timebase></rate></sequence>",
            "<rate/timebase> of <sequence> is '1e9', not a number",
        ),
    ],
)
def test_what_is_no_sequence_is_refused(xml: Any, body: str, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        xml.read(body)
