"""Rendering a cut: what is kept, what fails, what is written."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.components.choice import ComponentChoice
from a1sdk.errors import Cancelled, ConfigError
from a1sdk.media import read_still, write_still
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.rendering.running import _listen
from a1sdk.timeline.walk import placed


def outcomes(report) -> dict[str, str]:
    return {one.shot.name: one.outcome for one in report.shots}


TWO = {"sh010": ("perf.mkv", 10, 12), "sh020": ("perf.mkv", 50, 12)}


def test_shots_that_have_not_changed_are_kept(studio, driver, cut):
    driver()
    path = cut(**TWO)
    first = studio.render(path)
    assert outcomes(first) == {"sh010": "rendered", "sh020": "rendered"}
    assert outcomes(studio.render(path)) == {"sh010": "kept", "sh020": "kept"}
    moved = cut(sh010=TWO["sh010"], sh020=("perf.mkv", 51, 12))
    again = studio.render(moved)
    assert outcomes(again) == {"sh010": "kept", "sh020": "rendered"}
    assert studio.numbers(again, "sh020") == list(range(51, 63))


@pytest.mark.parametrize("change", ["portrait", "driver", "options", "media", "record"])
def test_what_shapes_a_shot_is_noticed(studio, driver, cut, change):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    report = studio.render(path)
    options = {}
    if change == "portrait":
        pixels = read_still(studio.folder / "anna.png").pixels.copy()
        pixels[40, 40] = 7
        write_still(studio.folder / "anna.png", pixels)
    elif change == "driver":
        driver(count=199)
    elif change == "options":
        options = {"delivered": {"renderer_options": {"pause": 0.0001}}}
    elif change == "media":
        next(report.shots[0].media.parent.glob("*.1005.png")).unlink()
    else:
        for record in (studio.out / ".a1").glob("*.json"):
            record.write_text("{")
    assert outcomes(studio.render(path, **options)) == {"sh010": "rendered"}
    assert outcomes(studio.render(path, **options)) == {"sh010": "kept"}


def test_a_shot_is_rendered_again_when_its_likeness_is_made_in_another_way(studio, driver, cut):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))

    def render(*encoders):
        drawn = {"renderer": "counting/likeness", "encoders": encoders}
        return outcomes(studio.render(path, delivered=drawn))

    other = ComponentChoice(use="counting/look", options={"pause": 1})
    assert render() == render(other) == {"sh010": "rendered"}
    assert render(other) == {"sh010": "kept"}


@pytest.fixture
def weights(studio, monkeypatch):
    """A folder of weights, and a home in which the digests of such files are remembered."""
    monkeypatch.setenv("A1_HOME", str(studio.folder / "home"))
    folder = studio.folder / "weights"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.bin").write_bytes(b"first")
    return folder


@pytest.mark.parametrize("of", ["", "deep/a.bin"])
def test_what_the_renderer_reads_is_noticed_by_its_content(studio, driver, cut, weights, of):
    driver()
    path, option = cut(sh010=("perf.mkv", 10, 12)), weights / of

    def render(weights):
        return outcomes(studio.render(path, delivered={"renderer_options": {"weights": weights}}))

    assert render(option) == {"sh010": "rendered"}
    assert render(f"{option.parent}/./{option.name}") == {"sh010": "kept"}
    (weights / "deep" / "a.bin").write_bytes(b"other")
    assert render(option) == {"sh010": "rendered"}
    copied = shutil.copytree(weights, studio.folder / "elsewhere", copy_function=shutil.copyfile)
    assert render(copied / of) == {"sh010": "kept"}
    shutil.move(weights / "deep" / "a.bin", weights / "b.bin")
    if not of:
        assert render(option) == {"sh010": "rendered"}


def test_the_files_of_a_folder_are_read_once(studio, driver, cut, weights, monkeypatch):
    driver()
    path, options = cut(**TWO), {"delivered": {"renderer_options": {"weights": weights}}}
    studio.render(path, **options)
    monkeypatch.setattr("hashlib.file_digest", _refusing(weights))
    assert outcomes(studio.render(path, **options)) == {"sh010": "kept", "sh020": "kept"}


def test_another_snapshot_is_noticed_where_there_is_one(studio, driver, cut, monkeypatch):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    monkeypatch.setenv("A1_HOME", str(studio.folder / "home"))
    monkeypatch.setenv("A1_ASSET_PATH", str(studio.folder / "models"))
    net = studio.folder / "models" / "Net" / "net.json"
    net.parent.mkdir(parents=True)

    def render():
        return outcomes(studio.render(path, delivered={"renderer": "counting/trained"}))

    net.write_text("{}")
    assert render() == {"sh010": "rendered"}
    assert render() == {"sh010": "kept"}
    net.write_text("[ ]")
    assert render() == {"sh010": "rendered"}
    assert render() == {"sh010": "kept"}
    shutil.rmtree(net.parent)  # as on the machine of an editor, who only wants the cut
    assert render() == {"sh010": "kept"}


def _refusing(folder):
    digest = hashlib.file_digest

    def refuse(file, *args):
        assert not Path(file.name).is_relative_to(folder)
        return digest(file, *args)

    return refuse


def test_a_file_that_is_elsewhere_but_the_same_changes_nothing(studio, driver, cut):
    film = driver()
    studio.render(cut(sh010=("perf.mkv", 10, 12)))
    shutil.copy(film, film.with_name("other.mkv"))
    assert outcomes(studio.render(cut(sh010=("other.mkv", 10, 12)))) == {"sh010": "kept"}


def test_copied_media_is_known_by_its_content(studio, driver, cut):
    driver()
    path = cut(**TWO)
    studio.render(path)
    picture = next((studio.out / "sh010").glob("*.1004.png"))
    os.utime(picture, (1, 1))
    assert outcomes(studio.render(path)) == {"sh010": "kept", "sh020": "kept"}
    data = bytearray(picture.read_bytes())
    data[-20] ^= 1
    picture.write_bytes(data)
    assert outcomes(studio.render(path)) == {"sh010": "rendered", "sh020": "kept"}


def test_a_shot_that_fails_stops_no_other(studio, driver, cut):
    driver()
    (studio.folder / "text.mkv").write_text("this is no film")
    path = cut(
        sh010=("perf.mkv", 10, 12),
        sh020=("text.mkv", 10, 12),
        sh030=("gone.mkv", 10, 12),
        sh040=("perf.mkv", 60, 12),
        sh050=("perf.mkv", 90, 12),
    )
    report = studio.render(path, delivered={"renderer_options": {"breaks_at": 65}})
    assert outcomes(report) == {
        "sh010": "rendered",
        "sh020": "failed",
        "sh030": "blocked",
        "sh040": "failed",
        "sh050": "rendered",
    }
    assert report.outcome == "incomplete"
    by_name = {one.shot.name: one for one in report.shots}
    assert "text.mkv" in by_name["sh020"].error
    assert "broken brush" in by_name["sh040"].error and "counting" in by_name["sh040"].error
    assert [p.code for p in by_name["sh030"].shot.problems] == ["A1-MEDIA-OFFLINE"]
    assert not list((studio.out / "sh040").iterdir())
    assert len(report.handed_back) == 2


def test_only_some_shots(studio, driver, cut):
    driver()
    path = cut(**TWO)
    report = studio.render(path, only=["SH020"])
    assert outcomes(report) == {"sh010": "waiting", "sh020": "rendered"}
    studio.render(path)
    driver(count=198)
    assert outcomes(studio.render(path, only=["sh020"])) == {
        "sh010": "waiting",
        "sh020": "rendered",
    }
    studio.render(path)
    again = studio.render(path, only=["sh020"])
    assert outcomes(again) == {"sh010": "kept", "sh020": "kept"}
    back = read_cut(again.handed_back[1])
    shown = [one.clip.media.kind for one in placed(back) if one.track.name == "A1 PORTRAIT"]
    assert shown == ["sequence", "sequence"]
    with pytest.raises(ConfigError, match="no shot 'sh01'") as caught:
        studio.render(path, only=["sh01"])
    assert "sh010" in (caught.value.hint or "")


def test_media_that_the_cut_names_from_its_own_folder(studio, driver, cut):
    """Handed back elsewhere, the cut does not find its drivers; beside it, it does."""
    driver()
    away = studio.render(cut(sh010=("perf.mkv", 10, 12)))
    (problem,) = away.problems
    assert (problem.code, problem.severity) == ("A1-CONFORM-RELATIVE", "warning")
    assert problem.message.startswith("A clip names media relative to the cut, as 'perf.mkv'")
    beside = replace(studio, out=studio.folder).render(cut(sh010=("perf.mkv", 10, 12)))
    assert not beside.problems


def test_several_at_a_time_give_the_same(studio, driver, cut):
    driver()
    shots = {f"sh0{n}0": ("perf.mkv", 10 * n, 12) for n in range(1, 6)}
    seen = set()
    report = studio.render(
        cut(**shots), jobs=2, progress=lambda shot, stage, done, total: seen.add((shot, stage))
    )
    assert set(outcomes(report).values()) == {"rendered"}
    assert [one.shot.name for one in report.shots] == list(shots)
    assert studio.numbers(report, "sh030") == list(range(30, 42))
    assert {shot for shot, _ in seen} == set(shots)


def test_a_process_that_dies_takes_no_other_shot_with_it(studio, driver, cut):
    driver()
    shots = {f"sh0{n}0": ("perf.mkv", 10 * n, 12) for n in range(1, 7)}
    report = studio.render(cut(**shots), jobs=2, delivered={"renderer_options": {"dies_at": 25}})
    states = outcomes(report)
    assert states.pop("sh020") == "failed"
    assert set(states.values()) == {"rendered"}
    assert "Rendering broke off" in report.shots[1].error


def test_a_process_may_die_in_the_middle_of_a_word():
    told, telling = multiprocessing.Pipe(duplex=False)
    telling.send(("sh010", "rendering", 1, 9))
    os.write(telling.fileno(), struct.pack("!i", 1000) + b"the rest never comes")
    telling.close()
    heard = []
    _listen(told, lambda *progress: heard.append(progress))
    assert heard == [("sh010", "rendering", 1, 9)] and told.closed


@pytest.fixture
def life(studio):
    """Options with which the renderer logs its life, and a look into the log."""
    log = studio.folder / "log"

    def events():
        return [line.split() for line in log.read_text().splitlines()]

    return {"log": str(log)}, events


FIVE = {f"sh0{n}0": ("perf.mkv", 10 * n, 12) for n in range(1, 6)}


def test_the_renderer_is_kept_from_shot_to_shot(studio, driver, cut, life):
    driver()
    options, events = life
    report = studio.render(cut(**FIVE), delivered={"renderer_options": options})
    assert [event for event, _ in events()] == ["setup", "close"]
    assert studio.numbers(report, "sh050") == list(range(50, 62))


def test_a_shot_that_fails_leaves_no_renderer_to_the_next(studio, driver, cut, life):
    driver()
    options, events = life
    report = studio.render(
        cut(**FIVE), delivered={"renderer_options": {**options, "breaks_at": 34}}
    )
    assert set(outcomes(report).values()) == {"rendered", "failed"}
    assert outcomes(report)["sh030"] == "failed"
    assert [event for event, _ in events()] == 2 * ["setup", "close"]
    assert studio.numbers(report, "sh040") == list(range(40, 52))


def test_each_process_keeps_a_renderer_and_closes_it(studio, driver, cut, life):
    driver()
    options, events = life
    report = studio.render(cut(**FIVE), jobs=2, delivered={"renderer_options": options})
    assert set(outcomes(report).values()) == {"rendered"}
    lives = {process: [e for e, at in events() if at == process] for _, process in events()}
    assert list(lives.values()) == 2 * [["setup", "close"]]
    assert str(os.getpid()) not in lives


@pytest.mark.parametrize(
    ("renderer", "jobs", "device", "warned"),
    [
        ("counting/large", 2, "auto", 1),
        ("large", 2, "cuda:0", 1),
        ("counting/large", 1, "auto", 0),
        ("counting/large", 2, "cpu", 0),
        ("counting/number", 2, "auto", 0),
    ],
)
def test_loading_a_large_renderer_several_times_is_warned_of(
    studio, cut, caplog, renderer, jobs, device, warned
):
    delivered = {"renderer": renderer, "device": device}
    studio.render(cut(sh010=("gone.mkv", 10, 12)), jobs=jobs, delivered=delivered)
    said = [one.message for one in caplog.records if "is loaded by each of 2" in one.message]
    assert len(said) == warned


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_can_be_cancelled_and_goes_on(studio, driver, cut, jobs):
    driver()
    shots = {f"sh0{n}0": ("perf.mkv", 10 * n, 12) for n in range(1, 6)}
    slow = {"renderer_options": {"pause": 0.05}}

    def progress(shot, stage, done, total):
        if shot == "sh030":
            run.cancel()

    run = studio.prepare(cut(**shots), delivered=slow, jobs=jobs, progress=progress)
    with pytest.raises(Cancelled):
        run.run()
    report = json.loads(run.report_path.read_text())
    assert report["outcome"] == "cancelled"
    states = {one["shot"]["name"]: one["outcome"] for one in report["shots"]}
    done = [name for name in ("sh010", "sh020") if states[name] == "rendered"]
    assert len(done) >= 3 - jobs  # of two at a time, one may have been stopped
    assert states["sh050"] == "waiting"
    assert not [p for p in studio.out.rglob("*") if ".part" in p.name]
    again = outcomes(studio.render(cut(**shots), delivered=slow))
    assert {again[name] for name in done} == {"kept"} and again["sh050"] == "rendered"


def test_films_carry_record_timecode_and_handles(studio, driver, cut):
    driver()
    path = cut(sh010=("perf.mkv", 30, 25), sh020=("perf.mkv", 80, 25))
    report = studio.render(path, handles=5, delivered={"codec": "prores-422hq"})
    from a1sdk.media import probe

    assert [one.timecode for one in report.shots] == ["00:59:59:20", "01:00:00:20"]
    for one in report.shots:
        film = probe(one.media)
        assert film.timecode == one.timecode
        assert (film.video.count, film.video.rate) == (35, Fraction(25))


def test_the_report_says_everything(studio, driver, cut):
    driver()
    report = studio.render(cut(sh010=("perf.mkv", 10, 12)))
    saved = json.loads((studio.out / "cut.a1cut.json").read_text())
    assert saved["schema_version"] == "a1.cut-report/1"
    assert saved["outcome"] == report.outcome == "done"
    (shot,) = saved["shots"]
    assert shot["frames"] == 12 and len(shot["digest"]) == 64
    assert shot["shot"]["performers"][0]["name"] == "perf.mkv"
    assert shot["shot"]["settings"] == {"shot": {"value": "sh010", "layer": "marker"}}
