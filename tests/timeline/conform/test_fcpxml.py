"""FCPXML is handed back with nothing changed but the relinked clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

F = Fraction
RESOURCES = """
        <format id="r1" frameDuration="1/25s" width="1920" height="1080"/>
        <asset id="r2" name="anna" start="0s" duration="0s" hasVideo="1" format="r1">
            <media-rep kind="original-media" src="file:///stills/anna.png"/>
        </asset>
        <asset id="r3" name="bob" start="10s" duration="100s" hasVideo="1" hasAudio="1"
            audioSources="1"
            format="r1">
            <media-rep kind="original-media" src="file:///films/bob.mov"/>
        </asset>"""


def document(spine: str, version: str = "1.10", resources: str = RESOURCES) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>

<fcpxml version="{version}">
    <resources>{resources}
    </resources>
    <library><event><project name="cut">
        <sequence format="r1" tcStart="3600s" tcFormat="NDF" duration="20s">
            <spine>
{spine}
            </spine>
        </sequence>
    </project></event></library>
</fcpxml>
"""


STILL = """<video ref="r2" name="anna" offset="3600s" start="7200s" duration="4s">
                    <video ref="r2" lane="1" name="over" offset="7201s" start="50s" duration="1s"/>
                    <marker start="7202s" duration="1/25s" value="A1" note="shot=x"/>
                    <filter-video ref="r9" name="blur"><param name="amount" key="1">
                        <keyframeAnimation><keyframe time="7203s" value="1"/></keyframeAnimation>
                    </param></filter-video>
                </video>"""
FILM = '<asset-clip ref="r3" name="bob" offset="3604s" start="12s" duration="4s"/>'


def element(path: Path, tag: str, name: str) -> ElementTree.Element:
    found = [one for one in ElementTree.parse(path).iter(tag) if one.get("name") == name]
    assert len(found) == 1
    return found[0]


def test_a_still_starts_at_its_timecode_and_takes_along_what_is_on_it(shooting: Any) -> None:
    cut = shooting.cut("cut.fcpxml", document(STILL + FILM))
    done = shooting.conform(cut, "anna")
    assert [path.name for path in done.files] == ["cut.a1.otio", "cut_a1.fcpxml"]
    after = element(done.files[1], "video", "sh010.mov")
    assert (after.get("start"), after.get("offset"), after.get("duration")) == (
        "3600s",
        "3600s",
        "4s",
    )
    times = [after.find(tag).attrib for tag in ("video", "marker")]  # type: ignore[union-attr]
    assert (times[0]["offset"], times[0]["start"], times[1]["start"]) == ("3601s", "50s", "3602s")
    assert [one.get("time") for one in after.iter("keyframe")] == ["3603s"]
    asset = element(done.files[1], "asset", "sh010.mov")
    assert after.get("ref") == asset.get("id") == "a1r1"
    assert (asset.get("start"), asset.get("duration")) == ("89992/25s", "116/25s")
    assert asset.get("format") == "r1"  # the one there is has the same rate and size
    rep = asset.find("media-rep")
    assert rep is not None
    assert rep.get("src") == "file:///renders/d%C3%ADa%201/sh010.mov"


def test_everything_else_keeps_its_bytes(shooting: Any) -> None:
    text = document(STILL + FILM).replace('name="bob" offset', "name='bob'   offset")
    cut = shooting.cut("cut.fcpxml", text.replace("\n", "\r\n"))
    before, after = cut.path.read_bytes(), shooting.conform(cut, "anna").files[1].read_bytes()
    assert after.startswith(before[: before.index(b"    </resources>")].rstrip())
    assert after.endswith(before[before.index(b"</video><asset-clip") :])
    start, stop = (text.index(b"</resources>") for text in (before, after))
    middle = before[start : before.index(b"<video ref")]
    assert after[stop:].startswith(middle)
    assert after.count(b"\r\n") == after.count(b"\n")


def test_older_versions_name_the_file_in_the_asset(shooting: Any) -> None:
    resources = RESOURCES.replace('">\n            <media-rep kind="original-media"', '"').replace(
        "/>\n        </asset>", "/>"
    )
    done = shooting.conform(
        shooting.cut("cut.fcpxml", document(STILL, "1.8", resources)), "anna", pictures=True
    )
    asset = element(done.files[1], "asset", "sh010.[1001-1116].exr")
    assert str(asset.get("src")).endswith("/sh010.%5B1001-1116%5D.exr")
    assert asset.find("media-rep") is None


def test_a_format_is_added_where_there_is_none(shooting: Any) -> None:
    text = document(STILL).replace('height="1080"', 'height="1081"')
    path = shooting.conform(shooting.cut("cut.fcpxml", text), "anna").files[1]
    asset = element(path, "asset", "sh010.mov")
    made = [one for one in ElementTree.parse(path).iter("format") if one.get("id") != "r1"]
    assert [one.attrib for one in made] == [
        {"id": asset.get("format"), "frameDuration": "1/25s", "width": "1920", "height": "1080"}
    ]


@pytest.mark.parametrize(
    "film", [FILM, FILM.replace("/>", '><marker start="13s" value="m"/></asset-clip>')]
)
def test_the_sound_of_a_film_goes_on(shooting: Any, film: str) -> None:
    cut = shooting.cut("cut.fcpxml", document(STILL + film))
    done = shooting.conform(cut, "bob")
    assert [one.code for one in done.problems] == ["A1-CONFORM-SILENT"]
    after = element(done.files[1], "asset-clip", "sh010.mov")
    sound = after[0]
    assert (sound.get("srcEnable"), sound.get("lane"), sound.get("ref")) == ("audio", "-1", "r3")
    assert (sound.get("offset"), sound.get("start")) == (after.get("start"), "12s")
    heard = [one for one in placed(read_cut(done.files[1])) if one.track.kind == "audio"]
    assert [(one.span, one.source(F(0))) for one in heard] == [(cut.tracks[0].items[1].span, 12)]


def test_speeds_are_baked(shooting: Any) -> None:
    mapped = """<video ref="r2" name="anna" offset="3600s" start="7200s" duration="4s">
        <timeMap><timept time="0s" value="0s"/><timept time="10s" value="20s"/></timeMap></video>"""
    path = shooting.conform(shooting.cut("cut.fcpxml", document(mapped))).files[1]
    assert element(path, "video", "sh010.mov").find("timeMap") is None


def test_a_clip_that_contains_its_media_keeps_its_clock(shooting: Any) -> None:
    contained = """<clip name="anna" offset="3600s" start="5s" duration="4s">
        <video ref="r2" offset="0s" start="40s" duration="60s"/>
        <marker start="6s" value="m"/></clip>"""
    cut = shooting.cut("cut.fcpxml", document(contained))
    path = shooting.conform(cut).files[1]
    after = element(path, "clip", "sh010.mov")
    inner, marker = after
    assert (after.get("start"), marker.get("start")) == ("5s", "6s")
    assert inner.attrib == {
        "ref": "a1r1", "offset": "117/25s", "start": "89992/25s", "duration": "116/25s",
    }  # fmt: skip
    assert next(placed(read_cut(path))).source(F(0)) == 3600


def test_a_title_is_left(shooting: Any) -> None:
    title = '<title ref="r9" name="t" offset="3600s" start="1s" duration="4s"/>'
    done = shooting.conform(shooting.cut("cut.fcpxml", document(title)))
    assert [one.code for one in done.problems] == ["A1-CONFORM-MEDIA"]


def test_a_connected_clip_and_what_it_is_connected_to_are_relinked_together(shooting: Any) -> None:
    path = shooting.conform(shooting.cut("cut.fcpxml", document(STILL))).files[1]
    over = element(path, "video", "sh020.mov")
    assert (over.get("offset"), over.get("start")) == ("3601s", "3601s")


def test_ntsc_times_are_whole_frames(shooting: Any) -> None:
    text = (
        document('<video ref="r2" name="anna" offset="0s" start="0s" duration="4004/1000s"/>')
        .replace("1/25s", "1001/24000s")
        .replace("3600s", "0s")
    )
    path = shooting.conform(shooting.cut("cut.fcpxml", text), "anna").files[1]
    assert element(path, "asset", "sh010.mov").get("duration") == "104104/24000s"
