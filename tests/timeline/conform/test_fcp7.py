"""FCP 7 XML is handed back with nothing changed but the relinked clip items."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

F = Fraction
RATE = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"
FILE = (
    f'<file id="f1"><name>a.png</name><pathurl>file://localhost/a.png</pathurl>{RATE}'
    "<duration>500</duration><media><video/></media></file>"
)
REMAP = """<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>
<parameter><parameterid>speed</parameterid><valuemin>-100</valuemin><valuemax>100</valuemax>
<value>200</value></parameter></effect></filter>"""


def item(name: str, start: int, end: int, first: int, file: str, more: str = "") -> str:
    return f"""
        <clipitem id="{name}">
            <masterclipid>m</masterclipid>
            <name>{name}</name>
            <duration>500</duration>
            {RATE}
            <start>{start}</start>
            <end>{end}</end>
            <in>{first}</in>
            <out>{first + end - start}</out>
            <pproTicksIn>{first * 254016000000 // 25}</pproTicksIn>
            {file}
            {more}
        </clipitem>"""


def sequence(items: str, name: str = "s1") -> str:
    return f"""<sequence id="{name}"><name>cut</name>{RATE}
    <timecode>{RATE}<frame>90000</frame></timecode>
    <media><video><track>{items}
    </track></video></media></sequence>"""


def document(items: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4">\n'
        f"{sequence(items)}\n</xmeml>\n"
    )


def items(path: Path) -> dict[str, ElementTree.Element]:
    return {one.get("id", ""): one for one in ElementTree.parse(path).iter("clipitem")}


def test_a_clip_item_shows_the_render_from_its_cut_in_on(shooting: Any) -> None:
    more = f"{REMAP}<marker><name>A1</name><in>30</in><out>-1</out></marker>"
    cut = shooting.cut("cut.xml", document(item("a", 0, 50, 10, FILE, more)))
    at = cut.tracks[0].items[0].markers[0].span.start
    done = shooting.conform(cut)
    assert [path.name for path in done.files] == ["cut.a1.otio", "cut_a1.xml"]
    after = items(done.files[1])["a"]
    text = {tag: after.findtext(tag) for tag in ("name", "duration", "start", "end", "in", "out")}
    assert text == dict(
        name="sh010.mov", duration="66", start="0", end="50", **{"in": "8", "out": "58"}
    )
    file = after.find("file")
    assert file is not None
    assert file.get("id") == "a1-file-1"
    assert file.findtext("pathurl") == "file://localhost/renders/d%C3%ADa%201/sh010.mov"
    assert file.findtext("timecode/frame") == "89992"
    assert file.findtext("media/video/samplecharacteristics/width") == "1920"
    assert not after.findall("filter") + after.findall("masterclipid")
    assert after.find("pproTicksIn") is None
    again = read_cut(done.files[1]).tracks[0].items[0]
    assert again.markers[0].span.start == at
    assert done.files[1].read_text().startswith(document("")[:65])


def test_a_shared_file_is_written_out_at_its_next_user(shooting: Any) -> None:
    short = '<file id="f1"/>'
    text = document(
        item("a", 0, 50, 0, FILE)
        + item("b", 50, 80, 5, short)
        + item("c", 80, 99, 5, short)
        + item("d", 99, 120, 0, short)
    )
    done = shooting.conform(shooting.cut("cut.xml", text), "a", "b")
    after = items(done.files[1])
    assert [len(after[name].find("file") or ()) > 0 for name in "abcd"] == [True, True, True, False]
    moved = after["c"].find("file")
    assert moved is not None
    assert (
        ElementTree.tostring(moved).split()
        == ElementTree.tostring(ElementTree.fromstring(FILE)).split()
    )
    ids = [file.get("id") for file in ElementTree.parse(done.files[1]).iter("file")]
    assert ids == ["a1-file-1", "a1-file-2", "f1", "f1"]


def test_everything_else_keeps_its_bytes(shooting: Any) -> None:
    text = document(item("a", 0, 50, 0, FILE) + item("b", 50, 80, 5, FILE.replace("f1", "f2")))
    text = text.replace("<ntsc>FALSE</ntsc></rate>\n    <time", "<ntsc  >FALSE</ntsc></rate><time")
    cut = shooting.cut("cut.xml", text.replace("\n", "\r\n"))
    after = shooting.conform(cut, "b").files[1].read_bytes()
    before = cut.path.read_bytes()
    start = before.index(b'<clipitem id="b">')
    stop = before.index(b"</clipitem>", start)
    assert after.startswith(before[:start])
    assert after.endswith(before[stop:])
    assert after.count(b"\r\n") == after.count(b"\n")


def test_transitions_are_left_and_shown_from_the_handles(shooting: Any) -> None:
    dissolve = (
        f"<transitionitem><start>40</start><end>60</end><alignment>center</alignment>{RATE}"
        "<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid></effect>"
        "</transitionitem>"
    )
    first = item("a", 0, 60, 0, FILE).replace("<end>60</end>", "<end>-1</end>")
    second = item("b", 40, 90, 100, '<file id="f1"/>').replace("<start>40<", "<start>-1<")
    cut = shooting.cut("cut.xml", document(first + dissolve + second))
    done = shooting.conform(cut)
    after = items(done.files[1])
    assert after["a"].findtext("end") == after["b"].findtext("start") == "-1"
    assert [after["a"].findtext(tag) for tag in ("in", "out")] == ["8", "68"]
    assert [after["b"].findtext(tag) for tag in ("in", "out")] == ["0", "50"]
    shown = [one.source(F(0)) for one in placed(read_cut(done.files[1]))]
    assert shown == [F(3600), F(3602)]


def nests(count: int) -> str:
    inner = sequence(item("inside", 0, 40, 0, FILE), "s2")
    again = '<sequence id="s2"/>'
    whole = [
        f'<clipitem id="n{n}"><name>nest</name>{RATE}<start>{n * 40}</start>'
        f"<end>{n * 40 + 40}</end><in>0</in><out>40</out>{again if n else inner}</clipitem>"
        for n in range(count)
    ]
    return document("".join(whole))


@pytest.mark.parametrize("count", [1, 2])
def test_a_nest_is_relinked_inside_if_it_is_used_once(shooting: Any, count: int) -> None:
    cut = shooting.cut("cut.xml", nests(count))
    done = shooting.conform(cut)
    codes = [one.code for one in done.problems]
    assert codes == ([] if count == 1 else ["A1-CONFORM-NEST"])
    copied = [one for one in done.relinked if one.file == done.files[1]]
    assert len(copied) == (1 if count == 1 else 0)
    master = [one for one in done.relinked if one.file == done.files[0]]
    assert len(master) == count  # there, every use is a sequence of its own


def test_what_is_generated_is_left(shooting: Any) -> None:
    text = item("g", 0, 50, 0, "").replace("clipitem", "generatoritem")
    effect = "<effect><name>Matte</name></effect></generatoritem>"
    text = document(text.replace("</generatoritem>", effect))
    done = shooting.conform(shooting.cut("cut.xml", text))
    assert [one.code for one in done.problems] == ["A1-CONFORM-MEDIA"]
    assert done.files[1].read_text() == text
