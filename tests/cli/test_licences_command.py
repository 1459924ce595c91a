"""`a1 licences`, and what `--commercial` refuses, as they are typed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from a1sdk.cli import run
from a1sdk.plugin import hookimpl
from a1sdk.render.licensing import UsedLicenses
from a1sdk.render.report import RenderReport

JOB = {
    "portrait": "portrait.png",
    "motion": [{"use": "fake/motion"}],
    "output": "out/film.mkv",
    "renderer": {"use": "fake/painter"},
    "tracker": {"use": "fake/tracker"},
}


@pytest.fixture
def a1(studio, capsys):
    """Run a command line; return exit code, what it said, and what it said on stderr."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def job(studio) -> str:
    Path("job.json").write_text(json.dumps(JOB))
    return "job.json"


@pytest.fixture
def rented(studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the painter be of a kind that may not be used for money."""
    made = studio.a1_register_renderers()
    house = {
        "license": "LicenseRef-House",
        "license_url": "https://x.test",
        "license_notes": "For the house only.",
        "commercial": False,
    }
    changed = [dataclasses.replace(made[0], **house), *made[1:2]]
    monkeypatch.setattr(studio, "a1_register_renderers", hookimpl(lambda: changed))


def test_a_jobs_licences_are_shown(a1, job, rented):
    code, out, err = a1("licences", job)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "a1sdk 0.1.0, Apache-2.0, commercial use allowed",
        "unknown, licence not stated, commercial use not known",
        "  fake/motion, Apache-2.0, commercial use allowed",
        "  fake/painter, LicenseRef-House, commercial use not allowed  https://x.test",
        "  fake/tracker, Apache-2.0, commercial use allowed",
        "note on fake/painter: For the house only.",
        "commercial use: not allowed",
    ]
    assert not any(Path("out").iterdir())


def test_a_job_that_would_be_refused_is_shown_all_the_same(a1, job, rented, monkeypatch):
    monkeypatch.setenv("A1_COMMERCIAL", "1")
    assert a1("licences", job)[1].endswith("commercial use: not allowed\n")
    told = a1("licenses", job, "--licensed", "fake/painter")[1]
    assert "not allowed, a licence of your own  https://x.test" in told
    assert told.endswith("commercial use: allowed on conditions\n")


def test_all_that_is_installed_is_shown_without_a_job(a1):
    _, out, _ = a1("licences")
    assert "  fake/unwanted, Apache-2.0, commercial use allowed" in out.splitlines()
    assert "commercial use:" not in out


def test_licences_are_printed_as_json(a1, job, rented):
    code, out, _ = a1("licences", job, "--json")
    found = UsedLicenses.model_validate_json(out)
    assert (code, found.commercial, found.file) == (0, "no", Path(job))
    (painter,) = (one for one in found.parts if one.name == "fake/painter")
    assert (painter.license, painter.commercial, painter.package) == (
        "LicenseRef-House",
        "no",
        "unknown",
    )
    assert UsedLicenses.model_validate_json(a1("licences", "--json")[1]).commercial is None


def test_dependencies_are_listed_where_asked(a1, job):
    out = a1("licences", job, "--dependencies")[1].splitlines()
    listed = out[out.index("needed by these") + 1 : -1]
    names = {line.split()[0] for line in listed}
    assert {"numpy", "pydantic", "pydantic_core"} <= names and "pytest" not in names
    assert not {line for line in listed if "commercial" in line}


def test_a_report_shows_what_its_film_was_made_with(a1, studio, job, rented, monkeypatch):
    assert a1("render", job, "-q", "--licensed", "fake/painter")[0] == 0
    recorded = "out/film.mkv.a1report.json"
    shown = a1("licences", job, "--licensed", "fake/painter")[1]
    assert "a licence of your own" in shown
    monkeypatch.setattr(studio, "a1_register_renderers", hookimpl(lambda: []))  # it left
    code, out, err = a1("licences", recorded)
    assert (code, out, err) == (0, shown, "")
    assert a1("licences", "out/film.mkv") == (0, shown, "")
    report = RenderReport.model_validate_json(Path(recorded).read_bytes())
    found = UsedLicenses.model_validate_json(a1("licences", recorded, "--json")[1])
    assert found.parts == tuple(report.licenses) and found.commercial == report.commercial
    Path(recorded).write_text("{}")
    assert a1("licences", recorded)[0] == 2


def test_what_is_no_job_is_an_error(a1):
    Path("job.json").write_text("{}")
    assert a1("licences", "job.json")[0] == 2
    assert a1("licences", "gone.otio")[0] == 5
    assert a1("licences", ".")[0] == 5


ASKED = ("portrait.png", "driver.mkv", "--renderer", "fake/painter", "--tracker", "fake/tracker")
REFUSED = [
    "error: The run may use only what allows commercial use: 'fake/painter' does not allow it"
    " (LicenseRef-House, https://x.test).",
    "hint: use --renderer fake/plain; or say --licensed fake/painter if you hold a licence that"
    " allows it",
]


@pytest.mark.parametrize(
    "arguments",
    [
        ("animate", *ASKED, "-o", "out/film.mkv", "--commercial"),
        ("plan", *ASKED, "--commercial"),
        ("render", "job.json", "--commercial"),
        ("plan", "job.json", "--commercial"),
    ],
)
def test_commercial_refuses_before_anything_is_done(a1, studio, job, rented, arguments):
    studio.EVENTS.clear()
    code, out, err = a1(*arguments)
    assert (code, out, err.strip().splitlines()) == (2, "", REFUSED)
    assert not studio.EVENTS and not any(Path("out").iterdir())
    assert a1(*arguments, "--licensed", "fake/painter")[0] == 0


def test_a_job_file_and_the_environment_ask_for_the_same(a1, job, rented, monkeypatch):
    Path("sold.json").write_text(json.dumps({**JOB, "commercial": True}))
    assert a1("render", "sold.json")[0] == 2
    allowed = {**JOB, "commercial": True, "licensed": ["fake/painter"]}
    Path("sold.json").write_text(json.dumps(allowed))
    code, out, _ = a1("render", "sold.json", "-q")
    assert code == 0
    assert "note: 'fake/painter' is used under a licence of your own." in out.splitlines()
    monkeypatch.setenv("A1_COMMERCIAL", "1")
    assert a1("render", job)[0] == 2


def test_a_film_that_may_not_be_sold_says_so(a1, job, rented):
    code, out, _ = a1("render", job, "-q")
    assert code == 0
    assert "note: The result may not be used commercially: 'fake/painter' does not" in out
    report = RenderReport.model_validate_json(Path("out/film.mkv.a1report.json").read_bytes())
    assert report.commercial == "no"


def test_what_allows_it_is_rendered_for_money(a1, job):
    assert a1("render", job, "-q", "--commercial")[0] == 0
    report = RenderReport.model_validate_json(Path("out/film.mkv.a1report.json").read_bytes())
    assert (report.commercial, report.job.commercial) == ("yes", True)
