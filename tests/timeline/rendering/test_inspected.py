"""Shots that are inspected: what `a1 timeline render` says, writes, and exits with."""

from __future__ import annotations

import numpy as np
import pytest

from a1sdk import plugin
from a1sdk.cli import run
from a1sdk.qc.model import QcResult, result_path
from a1sdk.timeline.rendering.report import CutReport

FAKES = ("--renderer", "counting/number", "--tracker", "counting/any", "--codec", "png", "-q")


@pytest.fixture
def rendered(studio, driver, cut, capsys, monkeypatch):
    """Render a cut of two shots, whose face looks longer than it is; return exit code and words."""

    def track(self, frames, ctx, *, max_faces=1):
        for frame in frames:
            (face,) = self.detect(frame.pixels, ctx)
            longer = (face.landmarks - face.landmarks.mean(0)) * (1, 1.3, 1)
            points = (longer + face.landmarks.mean(0)).astype(np.float32)
            yield plugin.TrackedFrame(frame.pts, (plugin.FaceObservation(points, 1.0),))

    monkeypatch.setattr(studio.counting.Tracker, "track", track)
    driver()
    path = cut(sh010=("perf.mkv", 10, 12), sh020=("perf.mkv", 50, 12))

    def once(*flags: str) -> tuple[int, str]:
        code = run(["timeline", "render", str(path), "-o", str(studio.out), *FAKES, *flags])
        return code, capsys.readouterr().out

    return once


def media(studio):
    report = CutReport.load(studio.out / "cut.a1cut.json")
    return [one.media for one in report.shots]


def test_a_cut_whose_shots_do_not_pass_is_there_and_exits_with_6(rendered, studio):
    code, said = rendered()
    handed_back = CutReport.load(studio.out / "cut.a1cut.json").handed_back
    assert code == 6 and handed_back and all(path.is_file() for path in handed_back)
    films = media(studio)
    results = [QcResult.model_validate_json(result_path(one).read_bytes()) for one in films]
    assert [one.verdict for one in results] == ["fail", "fail"]
    worst, more = results[0].findings[0].sentence, len(results[0].findings) - 1
    assert f"  QC fail: {worst} And {more} more." in said
    assert rendered("--qc-fail-on", "never")[0] == 0


def test_kept_shots_keep_their_verdict(rendered, studio):
    rendered()
    code, said = rendered()
    assert code == 6 and said.count(": kept") == 2 and said.count("  QC fail: ") == 2
    for one in media(studio):
        result_path(one).unlink()
    code, said = rendered()
    assert code == 6 and said.count("  QC: not inspected when it was rendered") == 2
    assert rendered("--no-qc")[0] == 0


def test_pages_of_the_shots_and_one_that_leads_to_them(rendered, studio):
    code, said = rendered("--qc-page")
    index = studio.out / "cut.a1qc.html"
    assert code == 6 and f"page: {index}" in said
    text = index.read_text(encoding="utf-8")
    for name in ("sh010", "sh020"):
        assert f'href="{name}/{name}.a1qc.html"' in text
        assert (studio.out / name / f"{name}.a1qc.html").is_file()


def test_a_page_of_shots_that_are_gone_does_not_stay(rendered, studio):
    rendered("--qc-page")
    index = studio.out / "cut.a1qc.html"
    rendered()
    assert index.is_file()  # all are kept
    for path in (studio.out / "sh010").glob("*.png"):
        path.unlink()
    rendered()
    assert not index.exists()
    assert (studio.out / "sh020" / "sh020.a1qc.html").is_file()
    assert not (studio.out / "sh010" / "sh010.a1qc.html").exists()


def test_pages_of_shots_that_are_kept(rendered, studio):
    rendered()
    page = studio.out / "sh010" / "sh010.a1qc.html"
    assert not page.exists()
    assert ": kept" in rendered("--qc-page")[1]
    assert "The portrait that the film was made of" in page.read_text(encoding="utf-8")


def test_a_cut_of_numbered_pictures_is_inspected_afterwards(rendered, studio, capsys):
    rendered("--no-qc")
    report = studio.out / "cut.a1cut.json"
    assert run(["qc", str(report), "-q", "--page"]) == 6
    assert capsys.readouterr().out.count("FAIL  ") == 2
    assert (studio.out / "cut.a1qc.html").is_file()
    assert rendered()[1].count("  QC fail: ") == 2
