"""Remarks of an earlier round give way, are no notes, and wrong ones never stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from marking import CUTS, REMARKS, edl, marked, otio

from a1sdk.errors import ConformError
from a1sdk.timeline.conform import otio_write
from a1sdk.timeline.conform.splices import Document
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.remarks import Remark, is_remark
from a1sdk.timeline.shots import find_shots

F = Fraction
LATER = (Remark(first=30, last=30, severity="warn", about="jitter", comment="It shakes."),)


def read(path: Path) -> Cut:
    return read_cut(path, rate=F(25))


def editors(cut: Cut) -> list[tuple[int, int, str]]:
    return [one for one in marked(cut) if not is_remark(one[2])]


@pytest.mark.parametrize("name", CUTS)
def test_a_second_round_has_its_own_remarks_alone(shooting: Any, name: str) -> None:
    """Each file that was handed back comes in again, with other media and other remarks."""
    cut = shooting.cut(name, CUTS[name](), F(25))
    first = shooting.conform(cut, remarks=REMARKS, flavours=("resolve", "premiere"))
    for file in first.files:
        came = read(file)
        again = shooting.conform(came, remarks=LATER, folder=Path("/renders/two"))
        assert not again.problems
        assert set(again.markers.values()) == {2}
        for path in again.files:
            found = marked(read(path))
            assert editors(read(path)) == editors(came)
            new = [(at, frames) for at, frames, text in found if is_remark(text)]
            assert new == [(90022, 1), (90072, 1)], path
            assert "color_face" not in path.read_text()


@pytest.mark.parametrize("name", CUTS)
def test_a_clean_second_round_has_none(shooting: Any, name: str) -> None:
    cut = shooting.cut(name, CUTS[name](), F(25))
    for file in shooting.conform(cut, remarks=REMARKS).files:
        again = shooting.conform(read(file), folder=Path("/renders/two"))
        assert again.markers == {}
        for path in again.files:
            assert "A1 QC" not in path.read_text()
            assert marked(read(path)) == editors(read(file))


@pytest.mark.parametrize("name", CUTS)
def test_clips_that_are_left_alone_keep_theirs(shooting: Any, name: str) -> None:
    cut = shooting.cut(name, CUTS[name](), F(25))
    came = read(shooting.conform(cut, remarks=REMARKS).files[1])
    anna = next(one.name for one in came.tracks[0].items)
    for path in shooting.conform(came, anna, folder=Path("/renders/two")).files:
        assert [at for at, _, text in marked(read(path)) if is_remark(text)] == [90060, 90099]


@pytest.mark.parametrize("name", CUTS)
def test_they_are_no_notes_of_the_editors(shooting: Any, name: str) -> None:
    cut = shooting.cut(name, CUTS[name](), F(25))
    before = find_shots(cut)
    for path in shooting.conform(cut, remarks=REMARKS).files:
        found = find_shots(read(path))
        told = ["sh010", "sh020"] if path.name == "cut.a1.otio" else ["anna", "bob"]
        assert [shot.name.lower() for shot in found] == told
        assert not {problem.code for shot in found for problem in shot.problems} & {
            "A1-SHOT-SETTINGS", "A1-SHOT-NAME", "A1-SHOT-NOTE-UNUSED"
        }  # fmt: skip
        assert {one.code for one in found.problems} <= {one.code for one in before.problems}


def test_on_a_cut_or_on_another_clip_they_are_no_notes_either(shooting: Any) -> None:
    """As programs leave them that move markers from clips to the timeline, or to what performs."""
    text = json.loads(otio())
    clips = text["tracks"]["children"][0]["children"]
    stray = dict(clips[0]["markers"][0], name="A1 QC fail: color_face", comment="It is off.")
    text["tracks"]["markers"] = [stray]
    clips[1]["markers"] = [stray, dict(stray, name="Marker 1", comment="A1 QC WARN: HEAD. X.")]
    plain = dict(text["tracks"]["children"][0], name="V1", children=[dict(clips[1])])
    text["tracks"]["children"].insert(0, plain)
    found = find_shots(shooting.cut("cut.otio", json.dumps(text)))
    assert [shot.track for shot in (one.placed for one in found)] == [
        found.cut.tracks[1], found.cut.tracks[1]
    ]  # fmt: skip
    assert not found.problems
    assert not {problem.code for shot in found for problem in shot.problems} & {"A1-SHOT-SETTINGS"}


Damage = Callable[[bytes], bytes]


def moved(data: bytes) -> bytes:
    """Later by a frame."""
    for pattern, instead in (
        (rb'("value": )90010(\.0\s*\}\s*\}\s*\}\s*\]?\s*,?)', rb"\g<1>90011\2"),
        (rb"LOC: 01:00:00:10 RED", rb"LOC: 01:00:00:11 RED"),
        (rb"(color_face</name>\s*<in>)18<", rb"\g<1>19<"),
        (rb'start="90010/25s"( duration="10/25s")', rb'start="90011/25s"\1'),
    ):
        data, count = re.subn(pattern, instead, data, count=1)
        if count:
            return data
    start = data.index(b'"A1 QC fail')
    head, value, rest = data[start:].partition(b"90010.0")
    assert value
    return data[:start] + head + b"90011.0" + rest


def renamed(data: bytes) -> bytes:
    assert b"color_face" in data
    return data.replace(b"color_face", b"color_fade", 1)


def lost(data: bytes) -> bytes:
    """Without the editor's own marker on the first clip."""
    assert re.search(rb"A1 anna", data, re.IGNORECASE)
    return re.sub(rb"A1 anna", b"A2 anna", data, count=1, flags=re.IGNORECASE)


def doubled(data: bytes) -> bytes:
    """With a remark that nobody made."""
    patterns = (
        rb'\{\s*"OTIO_SCHEMA": "Marker.2",\s*"metadata": \{\s*"a1sdk".*?90010.0\s*\}\s*\}\s*\},',
        rb"\* LOC: 01:00:00:10 RED[^\n]*\n",
        rb"<marker>\s*<comment>Off by.*?</marker>",
        rb'<marker [^>]*completed="0"[^>]*/>',
    )
    for pattern in patterns:
        if found := re.search(pattern, data, re.DOTALL):
            return data[: found.end()] + found[0] + data[found.end() :]
    raise AssertionError(data)


@pytest.mark.parametrize("damage", [moved, renamed, lost, doubled])
@pytest.mark.parametrize("name", CUTS)
def test_a_wrong_marker_does_not_stay(
    shooting: Any, monkeypatch: pytest.MonkeyPatch, name: str, damage: Damage
) -> None:
    cut = shooting.cut(name, CUTS[name](), F(25))
    changed = Document.changed

    def damaged(self: Document, splices: Any) -> bytes:
        return damage(changed(self, splices))

    monkeypatch.setattr(Document, "changed", damaged)
    with pytest.raises(ConformError, match=r"is not as it was \(markers\)"):
        shooting.conform(cut, remarks=REMARKS)
    kept = [path.name for path in (shooting.folder / "out").iterdir()]
    assert kept == ([] if name == "cut.otio" else ["cut.a1.otio"])


@pytest.mark.parametrize("damage", [moved, renamed, lost, doubled])
def test_nor_does_one_in_the_master_of_another_format(
    shooting: Any, monkeypatch: pytest.MonkeyPatch, damage: Damage
) -> None:
    write = otio_write.write
    monkeypatch.setattr(otio_write, "write", lambda *args: damage(write(*args)))
    with pytest.raises(ConformError, match=r"is not as it was \(markers\)"):
        shooting.conform(shooting.cut("cut.edl", edl(), F(25)), remarks=REMARKS)
    assert not list((shooting.folder / "out").iterdir())


def test_the_damages_are_what_they_are_said_to_be() -> None:
    data = b'"name": "A1 QC fail: color_face", "value": 90010.0}'
    assert moved(data) == data.replace(b"90010.0", b"90011.0")
    with pytest.raises(AssertionError):
        doubled(b"")


def test_a_remark_that_is_not_written_is_missed(
    shooting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from a1sdk.timeline.conform import fcp7_patch

    monkeypatch.setattr(fcp7_patch, "_marker", lambda one: "<enabled>TRUE</enabled>")
    with pytest.raises(ConformError, match=r"\(markers\)"):
        shooting.conform(shooting.cut("cut.xml", CUTS["cut.xml"]()), remarks=REMARKS)


@pytest.mark.shared
@pytest.mark.parametrize("suffix", [".otio", ".edl", ".xml", ".fcpxml", ".aaf"])
def test_cuts_of_real_programs_are_marked_and_marked_again(
    shooting: Any, shared: Path, suffix: str
) -> None:
    from a1sdk.errors import A1Error

    whole = Remark(first=0, last=10**6, severity="fail", about="head", comment="All of it.")
    count = rounds = 0
    for path in sorted((shared / "timelines").rglob(f"*{suffix}")):
        try:
            cut = read_cut(path)
        except A1Error:
            continue
        if sum(len(track.items) for track in cut.tracks) > 200:
            continue  # they say no more, and take long
        done = shooting.conform_some(cut, 2, remarks=[whole, *LATER])
        count += sum(done.markers.values())
        for file in (one for one in done.files if one.suffix != ".ale"):
            came = read_cut(file, rate=cut.rate)
            again = shooting.conform_some(replace(came, path=file), 1, remarks=LATER)
            for other in (one for one in again.files if one.suffix != ".ale"):
                found = [
                    marker.name
                    for one in marked_clips(read_cut(other, rate=cut.rate))
                    for marker in one.markers
                    if is_remark(marker.name)
                ]
                left = {one.origin for one in again.relinked if one.file == other}
                assert not left or not [name for name in found if "head" in name], (path, file)
                rounds += 1
    assert count > 100
    assert rounds > 10


def marked_clips(cut: Cut) -> list[Any]:
    from a1sdk.timeline.walk import placed

    return [one.clip for one in placed(cut) if one.track.kind == "video" and one.enabled]
