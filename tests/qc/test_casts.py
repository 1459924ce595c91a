"""Several faces of one portrait that perform: inspected while the film is made, and afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from a1sdk.cli import run as a1
from a1sdk.media import write_still
from a1sdk.qc.model import QcResult, result_path
from a1sdk.render.job import RenderJob
from a1sdk.render.report import RenderReport
from a1sdk.testing import portrait

LEFT, RIGHT = "Face at 80,63", "Face at 240,63"
FACES_ALONE = {"limits": {"repeated": {}}}  # the painter draws one picture, which would say it all


@pytest.fixture
def couple(job: Callable[..., RenderJob], tmp_path: Path) -> Callable[..., RenderJob]:
    """A job of two faces, of which the painter moves none; `still` says which are to stay still."""
    one = portrait(160, 120, center=(0.5, 0.5)).pixels
    write_still(tmp_path / "couple.png", np.concatenate([one, one], axis=1))

    def motion(*, still: bool) -> list[dict[str, object]]:
        options = {"frames": 30, "duration": "6/5", **({"shift": 0.0} if still else {})}
        return [{"use": "fake/motion", "options": options}]

    def make(still: tuple[bool, bool], **parts: object) -> RenderJob:
        fields = {
            "portrait": tmp_path / "couple.png",
            "tracker": {"use": "fake/tracker", "options": {"faces": 2}},
            "face": "0",
            "motion": motion(still=still[0]),
            "cast": [{"face": "1", "motion": motion(still=still[1])}],
            **parts,
        }
        return job(**fields)

    return make


def result_of(film: Path) -> QcResult:
    return QcResult.model_validate_json(result_path(film).read_bytes())


def found(result: QcResult) -> set[tuple[str | None, str]]:
    return {(one.who, one.measure) for one in result.findings}


def test_what_the_second_face_does_not_do_is_found(couple, run) -> None:
    report: RenderReport = run(couple((True, False), qc=FACES_ALONE))
    while_made = result_of(report.job.output)
    names = {who for who, _ in found(while_made)}
    assert RIGHT in names and LEFT not in names
    assert {(RIGHT, "mouth_follow"), (RIGHT, "face_repeated")} <= found(while_made)
    assert report.qc is not None and report.qc.verdict == "fail"
    assert [(one.who) for one in while_made.shots] == [None, LEFT, RIGHT]


@pytest.mark.parametrize("still", [(True, False), (False, True), (True, True)])
def test_the_same_is_found_afterwards_by_the_report(still, couple, run) -> None:
    film = run(couple(still)).job.output
    while_made = result_of(film)
    assert a1(["qc", str(film), "-q"]) == (0 if all(still) else 6)
    afterwards = result_of(film)
    assert found(afterwards) == found(while_made)
    assert afterwards.against_motion and len(afterwards.shots) == 3
    assert bool(found(afterwards)) != all(still)


def test_a_face_alone_has_no_name(couple, run) -> None:
    report = run(couple((False, True), cast=[]))
    result = result_of(report.job.output)
    assert {who for who, _ in found(result)} == {None}
    assert "face_repeated" not in {one.name for one in result.series}
    assert len(result.shots) == 1


def test_the_page_shows_each_face_by_itself(couple, run) -> None:
    film = run(couple((False, False))).job.output
    (film.parent / "faces.json").write_text(json.dumps(FACES_ALONE))
    assert a1(["qc", str(film), "-q", "--page", "--profile", "faces.json"]) == 6
    page = film.with_name("film.mkv.a1qc.html").read_text(encoding="utf-8")
    for who in (LEFT, RIGHT, "Pictures"):
        assert f"</svg>{who}</h3>" in page
    assert page.index(f"</svg>{LEFT}</h3>") < page.index(f"</svg>{RIGHT}</h3>")
    assert f"{RIGHT}: in frames" in page and "2 faces perform" in page
