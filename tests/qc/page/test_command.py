"""`a1 qc FILM --page`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from a1sdk.cli import run as a1
from a1sdk.qc.model import QcResult, result_path
from a1sdk.render.job import RenderJob
from a1sdk.render.report import RenderReport

ALONE = ["--tracker", "fake/tracker", "--quiet"]


def test_a_render_has_its_page_with_portrait_findings_and_report(
    job: Callable[..., RenderJob], run: Callable[[RenderJob], RenderReport]
) -> None:
    made = run(job(qc=False)).job.output
    assert a1(["qc", str(made), "--page", "--quiet", "--no-write"]) in (0, 6)
    page = made.with_name("film.mkv.a1qc.html").read_text(encoding="utf-8")
    assert 'src="film.mkv.a1qc.film.mp4"' in page
    assert made.with_name("film.mkv.a1qc.film.mp4").is_file()
    assert "The portrait that the film was made of" in page
    assert "fake/painter" in page and "Time it took" in page


def test_a_film_by_others_has_one_without(film: Callable[..., Path]) -> None:
    shown = film("theirs.mp4", black=range(5, 8))
    assert a1(["qc", str(shown), "--page", *ALONE]) == 6
    page = shown.with_name("theirs.mp4.a1qc.html").read_text(encoding="utf-8")
    assert 'src="theirs.mp4"' in page
    assert "Settings of the render" not in page
    assert "In frames 5 to 7 the picture is black" in page


def test_there_is_none_unless_asked(film: Callable[..., Path]) -> None:
    shown = film("theirs.mp4")
    assert a1(["qc", str(shown), *ALONE]) == 0
    assert not list(shown.parent.glob("*.html"))


def test_worst_frames_are_cut_out_where_the_face_is(film: Callable[..., Path]) -> None:
    shown = film("theirs.mp4", black=range(5, 8))
    assert a1(["qc", str(shown), "--page", *ALONE]) == 6
    result = QcResult.model_validate_json(result_path(shown).read_bytes())
    (face,) = result.faces
    left, top, right, bottom = face.boxes[0]
    assert 0 < left < 80 < right < 160 and 0 < top < 60 < bottom < 120
