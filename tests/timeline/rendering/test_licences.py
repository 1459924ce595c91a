"""Cuts that may be sold: which shots are refused, made again and recorded."""

from __future__ import annotations

import dataclasses

import pytest

from a1sdk.cli import run
from a1sdk.plugin import hookimpl
from a1sdk.render.licensing import UsedLicenses
from a1sdk.timeline.rendering.report import CutReport

FAKES = ("--renderer", "counting/number", "--tracker", "counting/any")
SOLD = {"commercial": True}


@pytest.fixture
def a1(capsys):
    def command(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def rent(studio, monkeypatch: pytest.MonkeyPatch):
    """Change the terms of the renderer."""
    made = studio.counting.a1_register_renderers()

    def change(**terms):
        changed = [dataclasses.replace(one, **terms) for one in made]
        monkeypatch.setattr(studio.counting, "a1_register_renderers", hookimpl(lambda: changed))

    return change


def outcomes(report: CutReport) -> list[tuple[str, str | None]]:
    return [(shot.outcome, shot.commercial) for shot in report.shots]


def test_media_that_may_not_be_sold_is_made_again_for_that(studio, driver, cut, rent):
    driver()
    path = cut(sh010=("perf.mkv", 10, 5))
    rent(commercial=False)
    assert outcomes(studio.render(path)) == [("rendered", "no")]
    assert outcomes(studio.render(path)) == [("kept", "no")]
    (refused,) = studio.render(path, delivered=SOLD).shots
    assert refused.outcome == "failed"
    assert refused.error.startswith("The run may use only what allows commercial use: 'counting")
    rent(commercial=True)
    assert outcomes(studio.render(path)) == [("kept", "no")]
    assert outcomes(studio.render(path, delivered=SOLD)) == [("rendered", "yes")]
    assert outcomes(studio.render(path, delivered=SOLD)) == [("kept", "yes")]
    assert outcomes(studio.render(path)) == [("kept", "yes")]


def test_a_cut_is_refused_on_the_command_line(studio, driver, cut, rent, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 5))
    rent(commercial=False)
    asked = (
        "timeline",
        "render",
        path,
        "-o",
        studio.out,
        *FAKES,
        "--codec",
        "png",
        "--no-qc",
        "-q",
    )
    code, out, _ = a1(*asked, "--commercial")
    assert code == 2
    assert "sh010: failed: The run may use only what allows commercial use" in out
    assert not list(studio.out.glob("**/*.png"))
    assert a1(*asked, "--commercial", "--licensed", "counting/number")[0] == 0
    (shot,) = CutReport.load(studio.out / "cut.a1cut.json").shots
    assert (shot.outcome, shot.commercial) == ("rendered", "terms")
    assert shot.warnings == ("'counting/number' is used under a licence of your own.",)


def test_a_cuts_licences_are_shown(studio, driver, cut, rent, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 5), sh020=("gone.mkv", 30, 5))
    rent(commercial=None, license="LicenseRef-Some", license_url="https://x.test")
    before = sorted(studio.folder.rglob("*"))
    code, out, err = a1("licences", path, *FAKES, "--set", "renderer.pause=0", "--json")
    assert (code, err) == (0, "note: sh020 is blocked; it is left out.\n")
    found = UsedLicenses.model_validate_json(out)
    names = [(one.name, one.commercial) for one in found.parts if one.role == "component"]
    assert names == [
        ("counting/any", "yes"),
        ("counting/film", "yes"),
        ("counting/number", "terms"),
    ]
    assert found.commercial == "terms"
    assert sorted(studio.folder.rglob("*")) == before
