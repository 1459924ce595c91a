"""What inspections of shots found is marked in the cut, in the frames where it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cuts import Folder, clip, video
from marking import marked

from a1sdk.media import sha256
from a1sdk.qc.model import Finding, QcInput, QcProfile, QcResult, Series, result_path
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.remarks import Remark, is_remark
from a1sdk.timeline.rendered import Rendered
from a1sdk.timeline.rendering.findings import MOST, remarked
from a1sdk.timing import Timecode

FRAMES = 216  # 200 of the shot, 8 of handle at each end


def finding(
    measure: str, first: int, last: int, severity: str = "warn", value: float = 2.0, **more: Any
) -> Finding:
    return Finding.model_validate(
        {"measure": measure, "severity": severity, "first": first, "last": last,
         "worst": more.pop("worst", first), "value": value, "limit": 1.0,
         "sentence": f"{measure} is off.", **more}
    )  # fmt: skip


def result(*findings: Finding, frames: int = FRAMES, film: Path | None = None) -> QcResult:
    """A result, its findings in the order that inspections have."""
    order = sorted(findings, key=lambda one: (one.severity == "warn", one.first))
    names = {one.measure for one in findings} - {"sound_slip"}
    return QcResult(
        verdict="fail" if any(one.severity == "fail" for one in findings) else "warn",
        a1sdk="1",
        rate=25,
        frames=frames,
        size=(96, 96),
        against_motion=True,
        inputs=() if film is None else (QcInput.of(film, role="film"),),
        profile=QcProfile(),
        series=tuple(
            Series(name=name, label=name, about="", unit="", values=()) for name in sorted(names)
        ),
        findings=tuple(order),
    )


@pytest.fixture
def remarks(tmp_path: Path) -> Callable[..., tuple[tuple[Remark, ...], list[str]]]:
    """What findings become for a shot of 200 frames at 01:00:00:00, with 8 frames of handle."""
    folder = Folder(tmp_path)
    folder.media("anna.png", "perf.mov")
    shots = folder.find(
        video("A1 DRIVE", clip("perf", 0, 200)),
        video("A1 PORTRAIT", clip("anna", 0, 200, url="anna.png")),
        handles=8,
    )
    (shot,) = shots
    media = Rendered(
        shot=replace(shot, head=8, tail=8),
        path=tmp_path / "sh010.mov",
        timecode=Timecode(90000 - 8, shot.rate),
        frames=FRAMES,
        size=(96, 96),
        codec="h264",
    )

    def found(*findings: Finding) -> tuple[tuple[Remark, ...], list[str]]:
        made, problems = remarked(media, result(*findings), shots.cut)
        return made.remarks, [problem.message for problem in problems]

    return found


def test_a_finding_is_a_remark_with_its_worst_frame(remarks: Any) -> None:
    bad = finding("color_face", 18, 27, "fail", 3.9, worst=20, limit=3.5)
    assert remarks(bad) == (
        (
            Remark(
                first=18,
                last=27,
                severity="fail",
                about="color_face",
                comment="color_face is off. Worst at 01:00:00:12, frame 20 of the film: 3.9,"
                " limit 3.5.",
                facts={"findings": [bad.model_dump(mode="json", exclude={"sentence", "who"})]},
            ),
        ),
        [],
    )


def test_a_worst_frame_that_the_cut_does_not_show_is_said_to_be_in_a_handle(remarks: Any) -> None:
    (one,), told = remarks(finding("head", 200, 215, worst=210))
    assert "Worst at 01:00:08:02, frame 210 of the film, in its handle: 2, limit 1." in one.comment
    assert not told


def test_what_is_of_the_whole_film_has_no_worst_frame(remarks: Any) -> None:
    (one,), _ = remarks(finding("sound_slip", 0, FRAMES - 1, value=60))
    assert (one.first, one.last, one.comment) == (0, FRAMES - 1, "sound_slip is off.")


def test_measures_that_are_bad_in_the_same_frames_are_one_remark(remarks: Any) -> None:
    (one,), _ = remarks(
        finding("face_looks", 50, 59, "fail"),
        finding("face_shape", 48, 60, "fail", 5.0),
        finding("color_face", 52, 58),
        finding("gaze", 50, 59),
    )
    assert (one.first, one.last, one.severity) == (48, 60, "fail")
    assert one.name == "A1 QC fail: face_shape, face_looks, gaze, 1 more"
    assert one.comment.count("is off.") == 4
    assert [fact["measure"] for fact in one.facts["findings"]] == [
        "face_shape", "face_looks", "gaze", "color_face"
    ]  # fmt: skip


def test_a_short_finding_within_a_long_one_is_a_remark_of_its_own(remarks: Any) -> None:
    found, _ = remarks(finding("sound_slip", 0, FRAMES - 1), finding("repeated", 80, 90, "fail"))
    assert [(one.about, one.first, one.last) for one in found] == [
        ("repeated", 80, 90), ("sound_slip", 0, 215)
    ]  # fmt: skip


@pytest.mark.parametrize(("between", "count"), [(0, 1), (11, 1), (12, 2), (40, 2)])
def test_the_same_within_half_a_second_is_one_remark(
    remarks: Any, between: int, count: int
) -> None:
    """At 25 frames a second that is 12 frames."""
    found, _ = remarks(finding("jitter", 40, 49), finding("jitter", 50 + between, 60 + between))
    assert len(found) == count
    if count == 1:
        assert (found[0].first, found[0].last) == (40, 60 + between)
        assert "2 times; this is the worst." in found[0].comment


def test_severities_and_people_are_kept_apart(remarks: Any) -> None:
    found, _ = remarks(
        finding("jitter", 40, 49, "fail"), finding("jitter", 52, 60), finding("gaze", 70, 72),
        finding("gaze", 75, 80, who="bob"),
    )  # fmt: skip
    assert sorted(one.name for one in found) == [
        "A1 QC fail: jitter", "A1 QC warn: gaze", "A1 QC warn: gaze of bob", "A1 QC warn: jitter"
    ]  # fmt: skip


def test_the_worst_of_many_places_are_kept_and_the_rest_is_told(remarks: Any) -> None:
    many = [finding(f"m{n}", 8 + 4 * n, 8 + 4 * n, "warn", 2.0 + n) for n in range(MOST + 5)]
    found, told = remarks(*many, finding("late", 200, 201, "fail", 1.1), finding("x", 0, 3))
    assert len(found) == MOST
    assert found[0].about == "late"
    assert {one.about for one in found[1:]} == {f"m{n}" for n in range(6, MOST + 5)}
    assert told == [
        f"Findings in 'anna' that have no marker: 1 in its handles, 6 beyond its {MOST} worst"
        " places."
    ]


def test_what_only_handles_show_has_none(remarks: Any) -> None:
    found, told = remarks(
        finding("jitter", 0, 7), finding("jitter", 208, 215), finding("eyes", 7, 8)
    )
    assert [one.about for one in found] == ["eyes"]
    assert told == ["Findings in 'anna' that have no marker: 2 in its handles."]


def plant(media: Path, *findings: Finding, frames: int = 28, film: Path | None = None) -> Path:
    """Write a result beside media, as `a1 qc` does."""
    path = result_path(media)
    result(*findings, frames=frames, film=film).save(path)
    return path


TWO = {"sh010": ("perf.mkv", 10, 12), "sh020": ("perf.mkv", 50, 12)}
BAD = finding("color_face", 10, 13, "fail")


def found_in(path: Path) -> list[tuple[int, int, str]]:
    return [one for one in marked(read_cut(path)) if is_remark(one[2])]


@pytest.fixture
def rendered(studio: Any, driver: Any, cut: Any) -> Path:
    """A cut whose two shots have been rendered, as pictures with 8 frames of handle."""
    driver()
    path = cut(**TWO)
    studio.render(path, handles=8)
    return path


def test_results_of_kept_shots_are_in_the_cut_the_next_time(studio: Any, rendered: Path) -> None:
    plant(studio.out / "sh020/sh020.%04d.png", BAD)
    report = studio.render(rendered, handles=8)
    assert {one.outcome for one in report.shots} == {"kept"}
    assert report.qc_markers == {"cut.a1.otio": 1, "cut_a1.otio": 1}
    # sh020 begins at record frame 12, and frame 10 of its media is its frame 2.
    for path in report.handed_back:
        assert found_in(path) == [(90014, 4, "A1 QC fail: color_face")]
    saved = json.loads((studio.out / "cut.a1cut.json").read_text())
    assert saved["qc_markers"] == {"cut.a1.otio": 1, "cut_a1.otio": 1}


def test_they_are_left_out_where_they_are_not_wanted(studio: Any, rendered: Path) -> None:
    plant(studio.out / "sh020/sh020.%04d.png", BAD)
    report = studio.render(rendered, handles=8, qc_markers=False)
    assert report.qc_markers == {}
    assert found_in(report.handed_back[1]) == []


@pytest.mark.parametrize("why", ["older", "shorter", "broken"])
def test_a_result_of_other_pictures_marks_nothing(studio: Any, rendered: Path, why: str) -> None:
    frames = 27 if why == "shorter" else 28
    path = plant(studio.out / "sh020/sh020.%04d.png", BAD, frames=frames)
    if why == "older":
        os.utime(path, (1, 1))
    if why == "broken":
        path.write_text("{")
    assert studio.render(rendered, handles=8).qc_markers == {}


def test_a_result_is_of_the_film_whose_digest_it_has(studio: Any, driver: Any, cut: Any) -> None:
    driver()
    path = cut(**TWO)
    wanted = {"delivered": {"codec": "h264"}, "handles": 8}
    studio.render(path, **wanted)
    film, other = studio.out / "sh010.mov", studio.out / "sh020.mov"
    assert sha256(film) != sha256(other)
    beside = plant(film, BAD, film=film)
    os.utime(beside, (1, 1))  # copies may be older than their films
    assert studio.render(path, **wanted).qc_markers == {"cut.a1.otio": 1, "cut_a1.otio": 1}
    plant(film, BAD, film=other)
    assert studio.render(path, **wanted).qc_markers == {}


def test_what_has_no_marker_is_in_the_report(studio: Any, rendered: Path) -> None:
    plant(studio.out / "sh010/sh010.%04d.png", finding("jitter", 0, 3), BAD)
    report = studio.render(rendered, handles=8)
    told = [one for one in report.problems if one.code == "A1-QC-UNMARKED"]
    assert [(one.severity, one.where) for one in told] == [
        ("note", "A1 PORTRAIT/anna.png @ 01:00:00:00")
    ]


def test_the_command_says_how_many_there_are(
    studio: Any, rendered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from a1sdk.cli import run

    plant(studio.out / "sh010/sh010.%04d.png", BAD)
    fakes = ["--renderer", "counting/number", "--tracker", "counting/any", "--codec", "png", "-q"]
    command = ["timeline", "render", str(rendered), "-o", str(studio.out), "--no-qc", *fakes]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert f"cut: {studio.out / 'cut_a1.otio'}, 1 QC marker\n" in out
    assert run([*command, "--no-qc-markers"]) == 0
    assert f"cut: {studio.out / 'cut_a1.otio'}\n" in capsys.readouterr().out
