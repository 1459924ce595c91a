"""Remarks on rendered media are markers in every dialect, where other readers find them too."""

from __future__ import annotations

import json
import logging
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from marking import CUTS, REMARKS, edl, fcp7, fcpxml, marked
from marking import otio as document

from a1sdk.timeline.conform import lists, otio_write
from a1sdk.timeline.conform.relinks import address, relinks_of
from a1sdk.timeline.conform.verify import verify_list
from a1sdk.timeline.model import Transition
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.remarks import Remark, is_remark

F = Fraction
FAIL, WARN = "A1 QC fail: color_face", "A1 QC warn: head, gaze"
EXPECTED = [
    (90010, 1, "A1 anna"), (90010, 10, FAIL), (90049, 1, WARN),
    (90060, 1, "A1 bob"), (90060, 10, FAIL), (90099, 1, WARN),
]  # fmt: skip
"""First record frame, frames, name: record starts at 01:00:00:00, and bob 50 frames later."""


def opened(path: Path, adapter: str = "otio_json", **options: Any) -> Any:
    """What opentimelineio's own adapters read."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return otio.adapters.read_from_file(
                str(path), adapter, media_linker_name="__do_not_link_media", **options
            )
    finally:
        logging.disable(logging.NOTSET)


def seen(made: Any, start: int = 90000) -> list[tuple[int, int, str]]:
    """The markers that opentimelineio has read, as `marked` has them, by its own arithmetic."""
    found, stack = [], made.tracks
    for clip in made.find_clips():
        for marker in clip.markers:
            at = clip.transformed_time(marker.marked_range.start_time, stack)
            frames = at.value + start, marker.marked_range.duration.value
            assert all(abs(n - round(n)) < 1e-6 for n in frames)
            found.append((round(frames[0]), round(frames[1]), marker.name))
    return sorted(found)


@pytest.mark.parametrize("name", CUTS)
def test_all_files_have_the_editors_markers_and_the_remarks(shooting: Any, name: str) -> None:
    cut = shooting.cut(name, CUTS[name](), F(25))
    done = shooting.conform(cut, remarks=REMARKS, flavours=("resolve", "premiere"))
    assert len(done.files) == 4
    assert set(done.markers.values()) == {4}
    assert set(done.markers) == {path.name for path in done.files}
    for path in done.files:
        again = marked(read_cut(path, rate=F(25)))
        if path.suffix == ".edl":
            again = [(at, frames, name.partition(". ")[0]) for at, frames, name in again]
            assert again == [
                (at, 1, name.upper() if name.startswith("A1 ") and "QC" not in name else name)
                for at, _, name in EXPECTED
            ]
        elif name == "cut.edl":  # whose notes are in capitals
            assert [(at, n, name.upper()) for at, n, name in again] == [
                (at, n, name.upper()) for at, n, name in EXPECTED
            ]
        else:
            assert again == EXPECTED, path


@pytest.mark.parametrize("name", CUTS)
def test_opentimelineio_finds_them_where_they_are(shooting: Any, name: str) -> None:
    cut = shooting.cut(name, CUTS[name](), F(25))
    done = shooting.conform(cut, remarks=REMARKS, flavours=("resolve", "premiere"))
    whole = [path for path in done.files if path.suffix == ".otio"]
    assert len(whole) == (4 if name == "cut.otio" else 3)
    for path in whole:
        found = [(at, n, name.upper()) for at, n, name in seen(opened(path))]
        assert found == [(at, n, name.upper()) for at, n, name in EXPECTED], path


def test_otio_has_them_on_the_clock_of_the_media(shooting: Any) -> None:
    cut = shooting.cut("cut.otio", document())
    for path in shooting.conform(cut, remarks=REMARKS).files:
        clip = json.loads(path.read_text())["tracks"]["children"][0]["children"][1]
        note, fail, _ = clip["markers"]
        assert clip["source_range"]["start_time"]["value"] == 90050
        assert note["marked_range"]["start_time"]["value"] == 90060
        times = fail["marked_range"]
        assert (times["start_time"]["value"], times["start_time"]["rate"]) == (90060, 25)
        assert (times["duration"]["value"], fail["color"]) == (10, "RED")
        assert fail["comment"] == 'Off by 3 & "more".'
        ours = {"schema_version": "a1.remark/1", "severity": "fail", "first": 18, "last": 27}
        assert fail["metadata"] == {"a1sdk": ours}


@pytest.mark.parametrize(
    ("rate", "exact"), [(23.976, F(24000, 1001)), (29.97, F(30000, 1001)), (24000 / 1001, None)]
)
def test_rates_of_television_keep_their_frames(
    shooting: Any, rate: float, exact: Fraction | None
) -> None:
    cut = shooting.cut("cut.otio", document(rate, first=7, start=86400))
    assert cut.rate == (exact or F(24000, 1001))
    expected = [(at - 90000 + 86400, n, name) for at, n, name in EXPECTED]
    for path in shooting.conform(cut, remarks=REMARKS).files:
        assert marked(read_cut(path)) == expected
        assert seen(opened(path), 86400) == expected


def test_notes_are_where_resolve_keeps_them(shooting: Any) -> None:
    cut = shooting.cut("cut.edl", edl(), F(25))
    path = shooting.conform(cut, remarks=REMARKS, flavours=("resolve",)).files[-1]
    first = next(iter(opened(path).find_clips()))
    notes = [marker.metadata.get("Resolve_OTIO", {}).get("Note") for marker in first.markers]
    assert notes == [None, 'Off by 3 & "more".', "It turns away."]
    assert [marker.color for marker in first.markers] == ["GREEN", "RED", "YELLOW"]


def test_resolves_own_file_gets_them_as_resolve_writes_them(shooting: Any) -> None:
    text = json.loads(document())
    text["metadata"] = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}
    cut = shooting.cut("cut.otio", json.dumps(text))
    assert cut.dialect == "resolve-otio"
    path = shooting.conform(cut, remarks=REMARKS).files[1]
    clip = json.loads(path.read_text())["tracks"]["children"][0]["children"][0]
    assert [one.get("metadata", {}).get("Resolve_OTIO") for one in clip["markers"]] == [
        None, {"Note": 'Off by 3 & "more".'}, {"Note": "It turns away."}
    ]  # fmt: skip


def test_fcp7_counts_frames_of_the_media(shooting: Any) -> None:
    path = shooting.conform(shooting.cut("cut.xml", fcp7()), remarks=REMARKS).files[1]
    (bob,) = (one for one in ElementTree.parse(path).iter("clipitem") if one.get("id") == "bob")
    tags = [child.tag for child in bob]
    assert tags[-5:] == ["file", "marker", "marker", "marker", "link"]
    facts = [[child.text or "" for child in one] for one in bob.findall("marker")]
    assert facts == [
        ["", "A1 bob", "18", "19"],
        ['Off by 3 & "more".', FAIL, "18", "28", "4281740498"],
        ["It turns away.", WARN, "57", "58", "4281049552"],
    ]
    assert [bob.findtext(tag) for tag in ("in", "out", "start")] == ["8", "58", "50"]
    made = opened(path, "fcp_xml")  # which counts markers from the media's first frame
    found = [
        (at.value - before.value + marker.marked_range.start_time.value + 90000, marker.name)
        for clip in made.find_clips()
        for at in [clip.range_in_parent().start_time]
        for before in [clip.source_range.start_time - clip.available_range().start_time]
        for marker in clip.markers
    ]
    assert found == [(at, name) for at, _, name in EXPECTED]


ORDER = {  # after Apple's DTD of FCPXML 1.10; markers are of one place, `note` is before the rest
    "video": ["note", "adjust-blend", "marker", "filter-video"],
    "clip": ["video", "marker", "metadata"],
}


def test_fcpxml_has_them_in_the_order_of_its_document_type(shooting: Any) -> None:
    path = shooting.conform(shooting.cut("cut.fcpxml", fcpxml()), remarks=REMARKS).files[1]
    video, clip = ElementTree.parse(path).findall(".//spine/*")
    for element in (video, clip):
        order = ORDER[element.tag]
        places = [order.index(child.tag) for child in element]
        assert places == sorted(places)
    times = [dict(one.attrib) for one in clip.findall("marker")]
    assert times == [
        {"start": "27/5s", "duration": "1/25s", "value": "A1 bob"} | {"start": "135/25s"},
        {"start": "135/25s", "duration": "10/25s", "value": FAIL, "completed": "0",
         "note": 'Off by 3 & "more".'},
        {"start": "174/25s", "duration": "1/25s", "value": WARN, "note": "It turns away."},
    ]  # fmt: skip
    starts = [one.get("start") for one in video.findall("marker")]
    assert starts == ["90010/25s", "90010/25s", "90049/25s"]


EMPTY = """<video ref="r2" name="anna" offset="3600s" start="40s" duration="2s"/>
        <video ref="r2" name="bob" offset="3602s" start="40s" duration="2s"
            ><filter-video ref="r9" name="Blur"/></video>"""


def test_fcpxml_without_markers_gets_some(shooting: Any) -> None:
    head, _, rest = fcpxml().partition('<video ref="r2" name="anna"')
    text = head + EMPTY + "</spine>" + rest.partition("</spine>")[2]
    done = shooting.conform(shooting.cut("cut.fcpxml", text), remarks=REMARKS)
    for path in done.files:
        assert marked(read_cut(path)) == [one for one in EXPECTED if "QC" in one[2]]
    clips = ElementTree.parse(done.files[1]).findall(".//spine/*")
    tags = [[child.tag for child in clip] for clip in clips]
    assert tags == [["marker", "marker"], ["marker", "marker", "filter-video"]]


def test_a_list_has_locators_under_the_events(shooting: Any) -> None:
    path = shooting.conform(shooting.cut("cut.edl", edl(), F(25)), remarks=REMARKS).files[1]
    lines = path.read_text().splitlines()
    assert lines[9:] == [
        "* FROM CLIP NAME: sh020.mov",
        "* LOC: 01:00:02:10 GREEN   A1 BOB",
        '* LOC: 01:00:02:10 RED     A1 QC fail: color_face. Off by 3 & "more".',
        "* LOC: 01:00:03:24 YELLOW  A1 QC warn: head, gaze. It turns away.",
    ]
    made = opened(path, "cmx_3600", rate=25)
    found = [
        (str(marker.color), marker.name, marker.marked_range.start_time.to_timecode())
        for clip in made.find_clips()
        for marker in clip.markers
    ]
    assert found[4:] == [
        ("RED", 'A1 QC fail: color_face. Off by 3 & "more".', "01:00:02:10"),
        ("YELLOW", "A1 QC warn: head, gaze. It turns away.", "01:00:03:24"),
    ]


DROP = """TITLE: cut
FCM: DROP FRAME

001  ANNA     V     C        01:00:00;00 01:00:02;00 01:00:58;15 01:01:00;17
* FROM CLIP NAME: anna
"""


def test_drop_frame_locators_skip_the_labels_that_there_are_not(shooting: Any) -> None:
    """Frame 49 of the clip is 64 frames after 01:00:58;00, and ;00 and ;01 of minute 1 are not."""
    cut = shooting.cut("cut.edl", DROP, F(30000, 1001))
    done = shooting.conform(cut, remarks=REMARKS)
    lines = done.files[1].read_text().splitlines()
    assert [line.split()[2] for line in lines if "LOC" in line] == ["01:00:58;25", "01:01:00;06"]
    # In the master frames count from 0 at 00:00:00;00: an hour has 107892 of them.
    starts = [at - 107892 - 58 * 30 for at, _, _ in marked(read_cut(done.files[0]))]
    assert starts == [25, 64]


def test_locators_after_midnight_are_of_their_events(shooting: Any) -> None:
    text = DROP.replace("01:00:58;15 01:01:00;17", "23:59:59;00 00:00:01;00")
    cut = shooting.cut("cut.edl", text + "* LOC: 00:00:00;10 RED     LATE\n", F(30000, 1001))
    (marker,) = cut.tracks[0].items[0].markers
    assert marker.span.start * cut.rate == 40
    assert not cut.problems


def test_what_a_list_cannot_spell_is_spelt_otherwise(shooting: Any) -> None:
    remark = Remark(first=10, last=10, severity="warn", about="gaze", comment="Zoë's\neyes.\t\0")
    cut = shooting.cut("cut.edl", edl(), F(25))
    done = shooting.conform(cut, "anna", remarks=[remark])
    assert "* LOC: 01:00:00:02 YELLOW  A1 QC warn: gaze. Zoe's eyes.\n" in done.files[1].read_text()
    markers = read_cut(done.files[0]).tracks[0].items[0].markers
    assert [marker.comment for marker in markers] == ["", "Zoë's eyes."]


@pytest.mark.parametrize("plant", [None, "01:00:02:11", "gone"])
def test_lists_that_answer_an_aaf_have_them_and_are_checked(
    shooting: Any, tmp_path: Path, plant: str | None
) -> None:
    from a1sdk.errors import ConformError

    cut = replace(shooting.cut("cut.edl", edl(), F(25)), dialect="aaf")
    shots = shooting.shots(cut)
    media = [replace(one, remarks=REMARKS) for one in shooting.rendered(shots)]
    relinks = relinks_of(shots, media, address).relinks
    path = tmp_path / "cut_a1.V1.edl"
    text = lists.edl(cut, relinks)
    assert "* LOC: 01:00:02:10 RED     A1 QC fail: color_face." in text
    if plant is None:
        path.write_text(text)
        verify_list(path, cut, relinks)
        return
    line = next(one for one in text.splitlines(True) if "* LOC: 01:00:02:10" in one)
    path.write_text(text.replace(line, line.replace("01:00:02:10", plant) if ":" in plant else ""))
    with pytest.raises(ConformError, match=r"\.edl differs"):
        verify_list(path, cut, relinks)


def test_what_only_a_transition_shows_is_marked_at_the_edge(shooting: Any) -> None:
    text = edl().replace("BOB      V     C       ", "BOB      V     D    012")
    text = text.replace("* FROM CLIP NAME: bob", "* FROM CLIP NAME: anna\n* TO CLIP NAME: bob")
    cut = shooting.cut("cut.edl", text, F(25))
    assert any(isinstance(item, Transition) for item in cut.tracks[0].items)
    remarks = [
        Remark(first=66, last=68, severity="warn", about="dissolving", comment="."),
        Remark(first=70, last=80, severity="warn", about="beyond", comment="."),
    ]
    done = shooting.conform(cut, "anna", remarks=remarks, handles=16)
    for path in done.files:
        names = [(at, name) for at, _, name in marked(read_cut(path, rate=F(25))) if "QC" in name]
        assert [at for at, _ in names] == [90049, 90049]
    done = shooting.conform(cut, "anna", remarks=[replace(remarks[1], first=90)], handles=16)
    assert done.markers == {}


def test_a_master_has_the_remarks_of_each_use_of_a_clip(shooting: Any) -> None:
    """One medium in two places: each place has its own render, and its own remarks."""
    text = fcp7().replace('<file id="f-bob">', '<file id="f-anna">')
    done = shooting.conform(shooting.cut("cut.xml", text), "anna", remarks=REMARKS)
    for path in done.files:
        names = [(at, name) for at, _, name in marked(read_cut(path))]
        assert names == [(90010, "A1 anna"), (90010, FAIL), (90049, WARN), (90060, "A1 bob")]


def test_speeds_do_not_move_them(shooting: Any) -> None:
    """A reversed, slow still: its own marker stays in its record frame, and remarks in theirs."""
    text = json.loads(document())
    clip = text["tracks"]["children"][0]["children"][0]
    warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "name": "", "effect_name": "", "time_scalar": -0.5}
    clip["effects"] = [warp]
    cut = shooting.cut("cut.otio", json.dumps(text))
    was = next(at for at, _, name in marked_loosely(cut) if name == "A1 anna")
    done = shooting.conform(cut, remarks=REMARKS)
    for path in done.files:
        found = marked_loosely(read_cut(path))
        assert [one for one in found if is_remark(one[2])] == [
            one for one in EXPECTED if is_remark(one[2])
        ]
        assert next(at for at, _, name in found if name == "A1 anna") == was


def marked_loosely(cut: Any) -> list[tuple[Any, Any, str]]:
    """As `marked`, of markers that lie between two frames too."""
    return sorted(
        ((cut.start + one.span.start) * cut.rate, one.span.duration * cut.rate, one.name)
        for item in cut.tracks[0].items
        for one in item.markers
    )


def test_a_nested_clip_has_them_at_its_own_place(shooting: Any) -> None:
    text = json.loads(document())
    track = text["tracks"]["children"][0]
    inner = {"OTIO_SCHEMA": "Stack.1", "name": "nest", "children": [dict(track)]}
    start = dict(track["children"][0]["source_range"]["start_time"], value=20.0)
    lasts = dict(start, value=60.0)
    inner["source_range"] = {
        "OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": lasts
    }  # fmt: skip
    text["tracks"]["children"] = [dict(track, children=[inner])]
    cut = shooting.cut("cut.otio", json.dumps(text))
    done = shooting.conform(cut, remarks=REMARKS, handles=24)
    assert not done.problems
    # Anna shows frames 20 to 49 of her clip, at record frame 0: frame 24 of the media is the first.
    # Bob shows frames 0 to 29 of his, from record frame 30 on.
    for path in done.files:
        found = [one for one in marked(read_cut(path)) if "QC" in one[2]]
        assert found == [(90000, 4, FAIL), (90030, 4, FAIL)]
        assert [one for one in seen(opened(path)) if "QC" in one[2]] == found


def test_a_remark_is_known_by_its_name_alone() -> None:
    assert is_remark("A1 QC FAIL: COLOR_FACE. IT IS OFF.")
    assert is_remark(" a1  qc warn:")
    assert not any(map(is_remark, ("A1 QC", "A1 QC | expr=1", "A1 QC failed", "QC fail: x", "")))


def test_the_writer_of_masters_is_not_asked_for_remarks_of_clips_left_alone(shooting: Any) -> None:
    cut = shooting.cut("cut.edl", edl(), F(25))
    assert "A1 QC" not in otio_write.write(cut, {}).decode()
