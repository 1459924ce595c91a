"""Films inspected: while they are made, and by themselves."""

from __future__ import annotations

import hashlib
import json
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk import plugin
from a1sdk.cli import run as a1
from a1sdk.components.choice import ComponentChoice
from a1sdk.errors import CapabilityError, ConfigError, PluginRunError
from a1sdk.media import open_video, open_writer
from a1sdk.media.numbered import numbered_files
from a1sdk.qc.model import Limit, QcProfile, QcResult, result_path
from a1sdk.qc.profile import Grounds, read_profile
from a1sdk.render.report import RenderReport
from a1sdk.testing import portrait

MOVING = [{"use": "fake/motion", "options": {"frames": 30}}]  # which the painter does not draw


def result_of(film: Path) -> QcResult:
    return QcResult.model_validate_json(result_path(film).read_bytes())


def measures(result: QcResult) -> set[str]:
    return {finding.measure for finding in result.findings}


def test_a_film_is_inspected_while_it_is_made(job, run, tmp_path):
    report = run(job())
    result = result_of(report.job.output)
    assert result.verdict == "pass" and result.findings == ()
    assert result.frames == 20 and result.size == (160, 120) and result.against_motion
    assert result.tracked_every == 2
    assert [one.role for one in result.inputs] == ["film", "portrait"]
    assert [one.ref for one in result.components] == ["fake/tracker"]
    assert report.qc is not None
    assert (report.qc.verdict, report.qc.findings) == ("pass", 0)
    assert report.qc.result == result_path(report.job.output)
    assert report.seconds["inspect"] > 0
    assert report.qc.worst is None and report.qc.page is None


def test_what_is_not_as_asked_is_told(job, run):
    report = run(job(motion=MOVING))
    result = result_of(report.job.output)
    assert measures(result) == {"repeated"}  # the painter draws one picture; one cause, one finding
    assert report.qc is not None and report.qc.verdict == result.verdict != "pass"
    assert report.qc.worst == result.findings[0].sentence
    assert report.outcome == "done"


def test_nothing_is_inspected_unless_asked(job, run, fakes):
    report = run(job(qc=False))
    assert report.qc is None
    assert not result_path(report.job.output).exists()
    assert fakes.EVENTS.count("setup tracker") == 1


def test_the_job_may_name_limits(job, run):
    strict = {"limits": {"brightness": {"warn": 5, "fail": 4}}}
    report = run(job(qc=strict))
    assert report.qc is not None and report.qc.verdict == "fail"
    assert measures(result_of(report.job.output)) == {"brightness"}


@pytest.mark.parametrize(
    "flags,asked,inspected",
    [
        ([], False, False),
        (["--qc"], False, True),
        (["--no-qc"], True, False),
        (["--qc"], {"name": "mine"}, True),
    ],
)
def test_render_may_be_told_to_inspect(flags, asked, inspected, job, tmp_path):
    made = job(qc=asked)
    path = tmp_path / "job.a1.json"
    path.write_text(made.model_dump_json(exclude_defaults=True))
    assert a1(["render", str(path), "--quiet", *flags]) == 0
    assert result_path(made.output).is_file() == inspected
    if inspected:
        assert result_of(made.output).profile.name == ("mine" if asked else "default")


class Faces(plugin.IdentityEncoder):
    """Knows two people: the one in the portrait, and the one in black pictures."""

    def encode(self, portraits, ctx):
        x, y = portraits[0].face.center
        dark = portraits[0].pixels[int(y), int(x)].max() < 20
        return plugin.Identity("faces/1", {"who": np.array([dark, not dark], np.float32)})


@pytest.fixture
def encoder(fakes, monkeypatch):
    """An identity encoder whose vectors can be compared, and one whose vectors cannot."""

    @plugin.hookimpl
    def a1_register_identity_encoders():
        made = {"factory": Faces, "produces": "faces/1", "summary": "Knows two people."}
        alike = plugin.Comparison(array="who", same_from=0.7, other_below=0.5)
        return [
            plugin.IdentityEncoderSpec(name="faces", comparison=alike, **made),
            plugin.IdentityEncoderSpec(name="blind", **made),
            plugin.IdentityEncoderSpec(name="rented", comparison=alike, commercial=False, **made),
        ]

    monkeypatch.setattr(fakes, "a1_register_identity_encoders", a1_register_identity_encoders)
    return "fake/faces"


def identity(result: QcResult) -> list[float | None]:
    return next(list(one.values) for one in result.series if one.name == "identity")


def test_an_identity_network_is_asked_while_the_film_is_made(job, run, encoder):
    report = run(job(qc={"identity": {"use": encoder}}))
    result = result_of(report.job.output)
    assert result.verdict == "pass" and result.profile.identity == ComponentChoice(use=encoder)
    assert identity(result)[::2] == [1.0] * 10 and set(identity(result)[1::2]) == {None}
    assert [one.ref for one in result.components] == ["fake/tracker", encoder]
    assert encoder in {one.ref for one in report.components}


def test_an_identity_network_sees_another_person(film, encoder):
    shown = film("theirs.mp4", black=range(5, 10))
    Path("dark.json").write_text('{"limits": {"brightness": {}}}')
    told = ["--tracker", "fake/tracker", "--identity", encoder, "--profile", "dark.json", "-q"]
    assert a1(["qc", str(shown), *told]) == 6
    result = result_of(shown)
    assert identity(result) == [1.0] * 5 + [0.0] * 5 + [1.0] * 10
    assert [(f.first, f.last) for f in result.findings if f.measure == "identity"] == [(5, 9)]


def test_an_encoder_brings_its_limits_unless_a_profile_has_its_own(job, run, encoder):
    own = result_of(run(job(qc={"identity": {"use": encoder}})).job.output).profile.limits
    assert (own["identity"].warn, own["identity"].fail) == (0.7, 0.5)
    limits = {"identity": {"fail": 0.1}}
    profile = {"identity": {"use": encoder}, "limits": limits}
    mine = result_of(run(job(qc=profile)).job.output).profile.limits
    assert (mine["identity"].warn, mine["identity"].fail) == (None, 0.1)
    assert "identity" not in result_of(run(job()).job.output).profile.limits


def test_animate_may_be_told_which_identity_network_to_ask(film, encoder, tmp_path):
    told = ["animate", "portrait.png", str(film("driver.mp4")), "-o", "film.mkv", "-q"]
    fakes = ["--renderer", "fake/painter", "--tracker", "fake/tracker"]
    assert a1([*told, *fakes, "--qc-identity", encoder, "--qc-fail-on", "never"]) == 0
    assert set(identity(result_of(tmp_path / "film.mkv"))) == {1.0, None}


def test_no_identity_network_is_asked_unless_named(job, run, encoder):
    result = result_of(run(job()).job.output)
    assert "identity" not in {one.name for one in result.series}
    assert [one.ref for one in result.components] == ["fake/tracker"]


def test_vectors_that_cannot_be_compared_are_refused_before_anything_is_drawn(job, run, encoder):
    with pytest.raises(CapabilityError, match="does not tell people apart"):
        run(job(qc={"identity": {"use": "fake/blind"}}))
    assert not job().output.exists()


def test_an_identity_network_needs_permission(job, run, encoder, capsys):
    refused = job(qc={"identity": {"use": "fake/rented"}}, commercial=True)
    with pytest.raises(CapabilityError, match=r"only what allows commercial use: .*fake/rented"):
        run(refused)
    made = run(job(commercial=True)).job.output
    assert a1(["qc", str(made), "-q", "--identity", "fake/rented"]) not in (0, 6)
    assert "fake/rented" in capsys.readouterr().err
    assert a1(["qc", str(made), "-q", "--identity", encoder]) == 0
    assert set(identity(result_of(made))) == {1.0}


def test_a_tracker_that_breaks_costs_no_film(job, run):
    report = run(job(tracker={"use": "fake/tracker", "options": {"wrong": "frame", "at": 4}}))
    assert report.outcome == "done" and report.qc is None
    assert any("was not inspected" in text and "broken" in text for text in report.warnings)
    assert not result_path(report.job.output).exists()
    with open_video(report.job.output) as reader:
        assert reader.count() == 20


def test_a_run_that_fails_leaves_no_result_and_no_thread(job, run):
    before = threading.active_count()
    with pytest.raises(PluginRunError, match="broken frame"):
        run(job(renderer={"use": "fake/painter", "options": {"wrong": "frame", "at": 7}}))
    assert threading.active_count() == before
    assert not result_path(job().output).exists()


def test_pictures_are_inspected_as_a_sequence_too(job, run, tmp_path):
    report = run(job(output=tmp_path / "shot.%04d.png"))
    assert report.qc is not None and report.qc.result == tmp_path / "shot.a1qc.json"


def test_a_film_with_a_report_is_held_to_its_job(job, run, capsys):
    made = run(job(motion=MOVING, qc=False)).job.output
    assert a1(["qc", str(made), "--fail-on", "warn", "-q"]) == 6
    result = result_of(made)
    assert result.against_motion and result.tracked_every == 1
    assert measures(result) == {"repeated"}
    assert capsys.readouterr().out.startswith(f"{result.verdict.upper()}  {made}: 30 frames, ")


def test_a_report_may_have_moved_with_its_film(job, run, tmp_path):
    made = run(job(qc=False)).job.output
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for path in (made, made.with_name("film.mkv.a1report.json")):
        path.rename(folder / path.name)
    (tmp_path / "portrait.png").unlink()
    moved = folder / made.name
    assert a1(["qc", str(moved), "--tracker", "fake/tracker", "-q"]) in (0, 6)
    result = result_of(moved)
    assert not result.against_motion
    assert any("no longer there" in note for note in result.notes)


def test_files_that_changed_are_noted(job, run, tmp_path):
    made = run(job(qc=False)).job.output
    path = made.with_name("film.mkv.a1report.json")
    report = RenderReport.model_validate_json(path.read_bytes())
    report.inputs[0] = report.inputs[0].model_copy(update={"sha256": "0" * 64})
    report.save(path)
    assert a1(["qc", str(made), "-q"]) == 0
    assert any("has changed" in note for note in result_of(made).notes)


def test_what_is_no_report_is_refused(film, capsys):
    made = film("film.mkv")
    report = made.with_name("film.mkv.a1report.json")
    for text, why in (("{}", "outcome: "), ("{", "Invalid JSON"), ("[]", "Input should be")):
        report.write_text(text)
        assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q"]) == 2
        told = capsys.readouterr().err
        assert "is no report of a render: " in told and why in told


def test_a_report_of_another_schema_is_told_of_and_not_used(film, capsys):
    made = film("film.mkv")
    report = made.with_name("film.mkv.a1report.json")
    report.write_text('{"schema_version": "a1.report/0", "portrait": "p.png"}')
    assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q"]) == 0
    said = capsys.readouterr().out
    assert "is of the schema a1.report/0, and this version reads a1.report/1" in said
    result = result_of(made)
    assert not result.against_motion and {one.held_to for one in result.shots} == {"itself"}


def test_a_film_by_others_is_held_to_itself(film, capsys):
    made = film("others.mkv", black=range(7, 9))
    assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q", "--json"]) == 6
    printed = QcResult.model_validate_json(capsys.readouterr().out)
    assert printed == result_of(made)
    assert printed.verdict == "fail" and not printed.against_motion
    dark = [one for one in printed.findings if one.measure == "brightness"]
    assert [(one.first, one.last) for one in dark] == [(7, 8)]
    assert any("no portrait" in note for note in printed.notes)


def test_a_film_by_others_is_held_to_a_portrait(film):
    made = film("others.mkv")
    options = ["--tracker", "fake/tracker", "--portrait", "portrait.png", "-q"]
    assert a1(["qc", str(made), *options]) == 0
    result = result_of(made)
    assert [one.role for one in result.inputs] == ["film", "portrait"]
    drift = next(one for one in result.series if one.name == "color_face")
    assert np.array(drift.values, float).max() < 3


def test_a_driver_alone_is_not_enough(film, capsys):
    assert a1(["qc", str(film("others.mkv")), "--driver", "others.mkv", "-q"]) == 2
    assert "--portrait" in capsys.readouterr().err


def test_results_may_be_printed_alone(film):
    made = film("others.mkv")
    assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q", "--no-write"]) == 0
    assert not result_path(made).exists()


def test_all_films_of_a_folder(film, capsys):
    film("dailies/b.mkv", black=range(3, 4))
    film("dailies/a.mkv")
    assert a1(["qc", "dailies", "--tracker", "fake/tracker", "-q"]) == 6
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("  ")]
    assert lines == [
        "PASS  dailies/a.mkv: 20 frames",
        "FAIL  dailies/b.mkv: 20 frames, 1 failure",
        "2 films: 1 pass, 1 fail",
    ]
    assert a1(["qc", ".", "--tracker", "fake/tracker", "-q"]) == 2  # has no films itself


def test_a_profile_in_a_file(film, tmp_path):
    made = film("others.mkv", black=range(7, 9))
    lax = {"schema_version": "a1.qc-profile/1", "name": "lax", "limits": {"brightness": {}}}
    (tmp_path / "lax.json").write_text(json.dumps(lax))
    options = ["--tracker", "fake/tracker", "--profile", "lax.json", "-q"]
    a1(["qc", str(made), *options])
    result = result_of(made)
    assert result.profile.name == "lax"
    assert "brightness" not in measures(result)
    assert result.profile.limits["not_numbers"].fail is not None  # the default's


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"limits": {"jiter": {}}}', "jiter"),
        ('{"limit": {}}', "limit"),
        ("{", "is no JSON"),
        ('{"limits": {"jitter": {"release": 0}}}', "release"),
    ],
)
def test_profiles_that_make_no_sense(content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=told):
        read_profile(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_profile(tmp_path / "none.json")


def test_an_empty_profile_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text("{}")
    assert read_profile(path) == QcProfile()


@pytest.mark.parametrize("name", ["shot.%04d.png", "shot.%04d.exr", "shot"])
def test_numbered_pictures_are_held_to_their_job(name, job, run, tmp_path):
    made = run(job(output=tmp_path / name, motion=MOVING, qc=False)).job.output
    assert a1(["qc", str(made), "-q"]) == 6
    result = result_of(made)
    assert result.against_motion and (result.rate, result.frames) == (25, 30)
    assert measures(result) == {"repeated"}
    assert [one.role for one in result.inputs] == ["film", "portrait"]
    content = b"".join(one.read_bytes() for one in numbered_files(made))
    assert result.inputs[0].sha256 == hashlib.sha256(content).hexdigest()
    assert result.inputs[0].bytes == len(content)


def test_what_lies_under_transparency_is_not_inspected(fakes, tmp_path):
    made = tmp_path / "cut_out.mov"
    seen = portrait(160, 120, center=(0.5, 0.5)).pixels
    kind = {"codec": "prores-4444", "alpha": True}
    with open_writer(made, rate=Fraction(25), width=160, height=120, **kind) as writer:
        for number in range(20):
            pixels = np.dstack([seen ^ np.uint8(number % 2), np.full(seen.shape[:2], 255, "u1")])
            for part in (pixels[:, :50], pixels[:, 110:]):
                part[...] = (255, 0, 255, 0) if number % 4 else (0, 255, 0, 0)
            writer.write(pixels)
    assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q"]) == 0
    flicker = next(one for one in result_of(made).series if one.name == "flicker_outside")
    assert max(value for value in flicker.values if value is not None) < 0.2


def test_a_film_of_another_rate_than_its_job_is_told_of(job, run, tmp_path):
    made = run(job(qc=False)).job.output
    with open_video(made) as reader:
        pictures = [frame.pixels for frame in reader.frames()]
    with open_writer(made, rate=Fraction(50), width=160, height=120) as writer:
        for picture in (one for one in pictures for _ in range(2)):
            writer.write(picture)
    assert a1(["qc", str(made), "-q"]) == 0
    result = result_of(made)
    assert (result.rate, result.frames) == (25, 20)
    assert any("has 50 frames per second, and was to have 25" in note for note in result.notes)


def test_a_film_in_which_no_face_is_known_warns(film, monkeypatch, fakes, capsys):
    monkeypatch.setattr(fakes.Tracker, "detect", lambda self, pixels, ctx: [])
    made = film("plate.mkv", count=1)
    assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q"]) == 0
    assert capsys.readouterr().out.startswith(f"WARN  {made}: 1 frame, 1 warning\n")
    assert a1(["qc", str(made), "--tracker", "fake/tracker", "-q", "--fail-on", "warn"]) == 6
    assert {one.held_to for one in result_of(made).shots} == {"nothing"}


LIVE = {"face_looks": 0.5, "color_face": 5.0, "jitter": 9.0, "face_shape": 1.0}


@pytest.mark.parametrize(
    ("grounds", "limited"),
    [
        (Grounds(), {"face_looks", "color_face", "jitter", "face_shape"}),
        (Grounds(motion=False), {"face_looks", "color_face", "face_shape"}),
        (Grounds(made=False), {"face_looks", "jitter", "face_shape"}),
        (Grounds(made=False, motion=False), {"face_looks"}),
        (Grounds(made=False, motion=False, portrait=False), set()),
    ],
)
def test_limits_are_of_what_is_known(grounds, limited):
    limits = grounds.limits(QcProfile())
    assert {name for name in LIVE if limits[name] != Limit()} == limited
    assert limits["brightness"].fail == 0.15
    named = QcProfile(limits={name: Limit(fail=value) for name, value in LIVE.items()})
    assert {name: grounds.limits(named)[name].fail for name in LIVE} == LIVE
