"""What becomes of a render whose film is inspected: exit code, page, and what lay there before."""

from __future__ import annotations

import json

import numpy as np
import pytest

from a1sdk import plugin
from a1sdk.cli import run as a1
from a1sdk.cli.inspecting import exit_code
from a1sdk.errors import StorageError
from a1sdk.media import open_video
from a1sdk.qc.model import QcResult, result_path
from a1sdk.qc.page import page_path
from a1sdk.render.report import RenderReport

BAD = {"use": "fake/motion", "options": {"frames": 30}}  # which the painter does not draw
GOOD = {"use": "fake/motion", "options": {"shift": 0.0, "frames": 20}}


@pytest.fixture
def rendered(job, tmp_path, capsys):
    """Render a job by `a1 render`; return the exit code, the film, and what was said."""

    def once(*flags: str, **parts):
        made = job(**parts)
        path = tmp_path / "job.a1.json"
        path.write_text(made.model_dump_json(exclude_defaults=True))
        code = a1(["render", str(path), "--quiet", *flags])
        said = capsys.readouterr()
        return code, made.output, said.out + said.err

    return once


@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [("fail", [0, 0, 6, 6]), ("warn", [0, 6, 6, 6]), ("never", [0, 0, 0, 0])],
)
def test_the_worst_verdict_decides(fail_on, codes):
    verdicts = ["pass", "warn", "fail", None]
    assert [exit_code(["pass", verdict], fail_on) for verdict in verdicts] == codes
    assert exit_code([], fail_on) == 0


@pytest.mark.parametrize(
    ("motion", "flags", "code"),
    [
        (BAD, [], 6),
        (BAD, ["--qc-fail-on", "warn"], 6),
        (BAD, ["--qc-fail-on", "never"], 0),
        (BAD, ["--no-qc"], 0),
        (GOOD, [], 0),
        (GOOD, ["--qc-fail-on", "warn"], 0),
    ],
)
def test_a_render_that_does_not_pass_exits_with_6_and_keeps_its_film(rendered, motion, flags, code):
    found, film, said = rendered(*flags, motion=[motion])
    assert found == code
    with open_video(film) as reader:
        assert reader.count() == motion["options"]["frames"]
    verdict = "FAIL" if motion is BAD else "PASS"
    assert (f"{verdict}  {film}: " in said) == ("--no-qc" not in flags)


def test_animate_is_gated_too(film, tmp_path):
    told = ["animate", "portrait.png", str(film("driver.mp4")), "-o", "film.mkv", "-q", "--qc"]
    fakes = ["--renderer", "fake/painter", "--tracker", "fake/tracker"]
    assert a1([*told, *fakes]) == 6
    assert a1([*told, *fakes, "--qc-fail-on", "never"]) == 0
    assert (tmp_path / "film.mkv").is_file()


def test_inspecting_alone_never_fails_if_told(film):
    shown = str(film("theirs.mp4", black=range(5, 8)))
    alone = ["--tracker", "fake/tracker", "-q"]
    assert a1(["qc", shown, *alone]) == 6
    assert a1(["qc", shown, *alone, "--fail-on", "never"]) == 0


def test_what_could_not_be_inspected_has_not_passed(rendered):
    broken = {"use": "fake/tracker", "options": {"wrong": "frame", "at": 4}}
    code, film, said = rendered(tracker=broken)
    assert code == 6 and film.is_file() and "was not inspected" in said
    assert rendered("--qc-fail-on", "never", tracker=broken)[0] == 0


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--qc-fail-on", "fail"], "needs a verdict"),
        (["--no-qc", "--qc-page"], "--no-qc leaves nothing for --qc-page"),
    ],
)
def test_what_makes_no_sense_together(rendered, flags, told):
    code, film, said = rendered(*flags, qc=False)
    assert code == 2 and told in said and not film.exists()


def test_a_job_with_a_page_and_no_inspection_is_refused(job):
    with pytest.raises(ValueError, match="needs qc"):
        job(qc=False, qc_page=True)


def test_a_page_is_written_of_the_film_that_was_made(rendered):
    code, film, said = rendered("--qc-page", qc=False, motion=[BAD])
    page = page_path(film)
    assert code == 6 and f"page: {page}" in said
    text = page.read_text(encoding="utf-8")
    assert "The portrait that the film was made of" in text and "Time it took" in text
    report = RenderReport.model_validate_json(film.with_name("film.mkv.a1report.json").read_bytes())
    assert report.qc is not None and report.qc.page == page
    assert report.job.qc_page and report.job.qc is True


def test_a_page_that_cannot_be_written_costs_no_film(rendered, monkeypatch):
    def fails(*_, **__):
        raise StorageError("The disk is full.")

    monkeypatch.setattr("a1sdk.qc.page.write_page", fails)
    code, film, said = rendered("--qc-page", motion=[GOOD])
    assert code == 0 and film.is_file() and result_path(film).is_file()
    assert "its page was not written: The disk is full." in said
    report = film.with_name("film.mkv.a1report.json").read_text()
    assert "was not written" in report and RenderReport.model_validate_json(report).qc.page is None


def test_what_was_found_in_an_earlier_film_does_not_stay(rendered):
    _, film, _ = rendered("--qc-page", motion=[BAD])
    kept = film.with_name("film.mkv.a1qcx.json")
    kept.write_text("{}")
    assert page_path(film).is_file()
    rendered(motion=[GOOD])
    assert result_path(film).is_file() and not page_path(film).exists()
    rendered("--no-qc", motion=[GOOD])
    assert not result_path(film).exists() and kept.is_file()


class Numbers(plugin.IdentityEncoder):
    """Gives every face the same vector, which says nothing."""

    def encode(self, portraits, ctx):
        assert self.options.at == 5
        return plugin.Identity("faces/1", {"who": np.array([1, 0], np.float32)})


@pytest.fixture
def encoder(fakes, monkeypatch):
    @plugin.hookimpl
    def a1_register_identity_encoders():
        return [
            plugin.IdentityEncoderSpec(
                name="numbers",
                summary="Counts.",
                factory=Numbers,
                options=fakes.Trouble,
                produces="faces/1",
                comparison=plugin.Comparison(array="who", same_from=0.5),
            )
        ]

    monkeypatch.setattr(fakes, "a1_register_identity_encoders", a1_register_identity_encoders)
    return "fake/numbers"


def test_the_identity_encoder_takes_options(film, encoder, capsys):
    shown = str(film("theirs.mp4"))
    asked = ["qc", shown, "--tracker", "fake/tracker", "-q", "--identity", encoder]
    assert a1([*asked, "--set", "identity.at=5"]) == 0
    result = QcResult.model_validate_json(result_path(film("theirs.mp4")).read_bytes())
    assert result.profile.identity is not None
    assert result.profile.identity.options == {"at": "5"}
    assert a1([*asked, "--set", "identity.att=5"]) == 2
    assert "att'" in capsys.readouterr().err
    assert a1([*asked, "--set", "other.at=5"]) == 2
    assert "nothing called 'other'" in capsys.readouterr().err
    assert a1(["qc", shown, "--tracker", "fake/tracker", "--set", "identity.at=5"]) == 2
    assert "no identity encoder" in capsys.readouterr().err


def test_animate_sets_options_of_the_encoder_that_inspects(film, encoder, tmp_path):
    told = ["animate", "portrait.png", str(film("driver.mp4")), "-o", "film.mkv", "-q"]
    fakes = ["--renderer", "fake/painter", "--tracker", "fake/tracker", "--qc-fail-on", "never"]
    asked = ["--qc-identity", encoder, "--set", "qc-identity.at=5"]
    assert a1([*told, *fakes, *asked]) == 0
    result = QcResult.model_validate_json(result_path(tmp_path / "film.mkv").read_bytes())
    assert "identity" in {one.name for one in result.series}


def test_paths_of_an_encoder_in_a_profile_start_from_its_folder(film, encoder, tmp_path):
    folder = tmp_path / "profiles"
    folder.mkdir()
    chosen = {"use": encoder, "options": {"at": 5, "weights": "net.bin"}}
    (folder / "strict.json").write_text(json.dumps({"identity": chosen}))
    asked = ["--tracker", "fake/tracker", "-q", "--profile", "profiles/strict.json"]
    assert a1(["qc", str(film("theirs.mp4")), *asked]) == 0
    result = QcResult.model_validate_json(result_path(tmp_path / "theirs.mp4").read_bytes())
    assert result.profile.identity is not None
    assert result.profile.identity.options["weights"] == "profiles/net.bin"


def test_numbered_pictures_by_others_need_a_rate(job, run, tmp_path, capsys):
    made = run(job(output=tmp_path / "shot.%04d.png", qc=False)).job.output
    (tmp_path / "shot.a1report.json").unlink()
    asked = ["qc", str(made), "--tracker", "fake/tracker", "-q", "--page"]
    assert a1(asked) == 2
    assert "--rate" in capsys.readouterr().err
    assert a1([*asked, "--rate", "23.976", "--fail-on", "never"]) == 0
    result = QcResult.model_validate_json((tmp_path / "shot.a1qc.json").read_bytes())
    assert (str(result.rate), result.frames) == ("24000/1001", 20)
    page = (tmp_path / "shot.a1qc.html").read_text(encoding="utf-8")
    assert 'src="shot.a1qc.film.mp4"' in page


def test_a_folder_may_hold_pictures_films_and_what_is_neither(job, run, film, tmp_path, capsys):
    folder = tmp_path / "dailies"
    film("dailies/a.mkv")
    film("dailies/z.mkv", black=range(3, 4))
    run(job(output=folder / "b.%04d.png", qc=False))
    run(job(output=folder / "c", qc=False))
    (folder / "d").mkdir()
    run(job(output=folder / "d" / "d.%04d.exr", qc=False))
    (folder / "e.mov").write_bytes(b"nothing")
    capsys.readouterr()
    assert a1(["qc", str(folder), "--tracker", "fake/tracker", "-q", "--page"]) == 5
    said = capsys.readouterr()
    names = ["a.mkv", "b.%04d.png", "c", "d/d.%04d.exr", "z.mkv"]
    told = [line for line in said.out.splitlines() if line[:4] in ("PASS", "FAIL")]
    assert [line.split(": ")[0][6:] for line in told] == [str(folder / name) for name in names]
    assert "6 films: 4 pass, 1 fail, 1 could not be inspected" in said.out
    assert "e.mov" in said.err
    index = (folder / "a1qc.html").read_text(encoding="utf-8")
    for link in ("a.mkv.a1qc.html", "b.a1qc.html", "c.a1qc.html", "d/d.a1qc.html"):
        assert f'href="{link}"' in index and (folder / link).is_file()
    assert "Not inspected" in index and "In frame 3 the picture is black" in index
    assert "6 films: 1 fail, 4 pass, 1 not inspected." in index
