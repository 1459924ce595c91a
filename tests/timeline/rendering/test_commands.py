"""`a1 timeline inspect` and `a1 timeline render`, as they are typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from a1sdk.cli import run
from a1sdk.timeline.plan import CutPlan
from a1sdk.timeline.rendering.report import CutReport
from a1sdk.timeline.shots import HANDLES

UNFOLLOWED = ("--renderer", "counting/number", "--tracker", "counting/any", "--codec", "png")
FAKES = (*UNFOLLOWED, "--no-qc")  # that tracker follows nobody


@pytest.fixture
def a1(capsys):
    """Run a command line; return exit code, what it said, and what it said on stderr."""

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_inspect_shows_shots_and_problems(studio, driver, cut, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12), sh020=("gone.mkv", 50, 12))
    code, out, _ = a1("timeline", "inspect", path)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "cut.otio: otio, 25 fps from 01:00:00:00, 2 tracks, 2 shots"
    assert lines[3].split() == [
        "sh010", "ready", "A1", "PORTRAIT", "01:00:00:00", "8+12+8", "anna.png", "drive",
        "perf.mkv", "-",
    ]  # fmt: skip
    assert "blocked" in lines[4] and lines[4].endswith("A1-MEDIA-OFFLINE")
    assert any(line.startswith("error   A1-MEDIA-OFFLINE") for line in lines[5:])


def test_inspect_prints_json(studio, driver, cut, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    code, out, _ = a1("timeline", "inspect", path, "--json", "--handles", "3")
    plan = CutPlan.model_validate_json(out)
    assert code == 0
    assert (plan.start, plan.rate, plan.shots[0].head, plan.shots[0].frames) == (
        "01:00:00:00", 25, 3, 12,
    )  # fmt: skip
    assert plan.shots[0].performers[0].path == studio.folder / "perf.mkv"


def test_the_command_gives_the_handles_that_python_gives(studio, driver, cut, a1):
    driver()
    _, out, _ = a1("timeline", "inspect", cut(sh010=("perf.mkv", 50, 12)), "--json")
    assert CutPlan.model_validate_json(out).shots[0].head == HANDLES


def test_inspect_of_a_cut_without_shots_says_what_to_do(cut, a1):
    path = cut()
    code, out, _ = a1("timeline", "inspect", path)
    assert code == 0 and "name its track A1 PORTRAIT" in out
    assert out.splitlines()[-2:] == ["  V2  0 clips  A1 PORTRAIT", "  V1  0 clips  A1 DRIVE"]


@pytest.mark.parametrize(("shots", "lines"), [(4, 4), (5, 5), (6, 5), (40, 5)])
def test_inspect_counts_what_is_wrong_everywhere(cut, a1, shots, lines):
    path = cut(**{f"sh{n:03}": ("gone.mkv", 50 * n, 12) for n in range(shots)})
    out = a1("timeline", "inspect", path)[1]
    told = [line for line in out.splitlines() if line.startswith("error   A1-MEDIA-OFFLINE")]
    assert len(told) == lines
    assert (f"{shots - 4} more of them; --json has all" in told[-1]) == (shots > 5)


def test_render_says_what_is_not_as_the_cut_has_it(studio, driver, cut, a1):
    driver(count=200)
    path = cut(sh010=("perf.mkv", 190, 20))
    code, out, _ = a1("timeline", "render", path, "-o", studio.out, "-q", *FAKES)
    assert code == 0
    line = next(line for line in out.splitlines() if "A1-DRIVE-SHORT" in line)
    assert line.startswith("  warning A1-DRIVE-SHORT") and "0.400 s" in line


@pytest.mark.parametrize(("start", "short"), [(150, None), (180, None), (185, "0.200 s")])
def test_render_finds_what_a_file_lacks(studio, driver, cut, a1, start, short):
    """The cut does not say how long the media is; handles that are not there are no matter."""
    driver(count=200)
    path = cut(sh010=("perf.mkv", start, 20))
    path.write_text(path.read_text().replace('"available_range"', '"no_range"'))
    out = a1("timeline", "render", path, "-o", studio.out, "-q", *FAKES)[1]
    told = [line for line in out.splitlines() if "A1-DRIVE-SHORT" in line]
    assert [line.startswith("  warning") and str(short) in line for line in told] == (
        [True] if short else []
    )


def test_shots_are_inspected_unless_told_not_to_and_none_is_lost_to_it(studio, driver, cut, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    code, out, _ = a1("timeline", "render", path, "-o", studio.out, "-q", *UNFOLLOWED)
    assert code == 6  # what could not be inspected has not passed
    assert "sh010: rendered, " in out
    assert "note: The film is complete, but was not inspected: Plugin 'counting/any'" in out
    code, out, _ = a1("timeline", "render", path, "-o", studio.out, "-q", *FAKES)
    assert code == 0 and "sh010: kept, " in out  # inspecting makes no other film


def test_render_tells_what_became_of_each_shot(studio, driver, cut, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12), sh020=("gone.mkv", 50, 12))
    code, out, _ = a1("timeline", "render", path, "-o", studio.out, "-q", *FAKES)
    assert code == 5  # media is missing
    assert "sh010: rendered, " in out and "28 frames from 00:59:59:17" in out
    assert "sh020: blocked: A1-MEDIA-OFFLINE: " in out
    report = CutReport.model_validate_json((studio.out / "cut.a1cut.json").read_text())
    assert [one.outcome for one in report.shots] == ["rendered", "blocked"]
    assert sorted(path.name for path in studio.out.iterdir()) == [
        ".a1", "cut.a1.otio", "cut.a1cut.json", "cut_a1.otio", "sh010",
    ]  # fmt: skip


def test_nothing_is_left_of_a_cut_that_cannot_be_read(studio, a1):
    path = studio.folder / "cut.otio"
    path.write_text("{ this is no cut")
    code, _, err = a1("timeline", "render", path, "-o", studio.out, *FAKES)
    assert code == 5 and err.startswith("error: ") and "no valid JSON" in err
    assert not studio.out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "No cut is given"),
        (["CUT", "--edl", "A1 DRIVE=v1.edl"], "one of them is the cut"),
        (["--edl", "v1.edl"], "names no track"),
        (["CUT", "--rate", "fast"], "is not a number"),
        (["CUT", "--media-root", "nowhere"], "is no folder"),
        (["CUT", "--codec", "h265"], "There is no codec"),
        (["CUT", "--shots", "sh99"], "There is no shot"),
        (["CUT", "--size", "99999x10"], "between 16 and 16384 pixels"),
        (["CUT", "--codec", "exr", "--sheet", "sheet.png"], "shows no EXR"),
        (["CUT", "--jobs", "0"], "0 is not in the range"),
    ],
)
def test_wrong_arguments_are_one_error(studio, driver, cut, a1, arguments, words):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    given = [path if argument == "CUT" else argument for argument in arguments]
    code, _, err = a1("timeline", "render", *given, "-o", studio.out)
    assert code == 2 and words in err
    assert not [p for p in studio.out.rglob("*") if p.is_file()] if studio.out.exists() else True


@pytest.mark.parametrize("wrong", ["--renderer", "--tracker"])
def test_a_wrong_component_is_one_error_for_all_shots(studio, driver, cut, a1, wrong):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12), sh020=("perf.mkv", 50, 12))
    code, out, err = a1("timeline", "render", path, "-o", studio.out, *FAKES, wrong, "counting/no")
    assert code == 3 and "No plugin provides a" in err and "sh010" not in out


def test_options_of_renderer_and_encoders_can_be_set(studio, driver, cut, a1):
    driver()
    command = ("timeline", "render", cut(sh010=("perf.mkv", 10, 12)), "-o", studio.out, *FAKES)
    code, out, _ = a1(*command, "--set", "renderer.breaks_at=15")
    assert code == 3 and "broken brush" in out
    likeness = (*command, "--renderer", "counting/likeness", "--encoder", "counting/look")
    code, out, _ = a1(*likeness, "--set", "look.pause=soon")
    assert code == 2 and "'identity_encoder.options.pause' cannot be 'soon'" in out
    assert a1(*likeness, "--set", "look.pause=1", "--set", "renderer.pause=0")[0] == 0
    code, _, err = a1(*command, "--set", "look.pause=1")
    assert code == 2 and "nothing called 'look' to set options of" in err


def test_a_folder_that_cannot_be_made_is_named(studio, driver, cut, a1):
    driver()
    path = cut(sh010=("perf.mkv", 10, 12))
    (studio.folder / "file").touch()
    code, _, err = a1("timeline", "render", path, "-o", studio.folder / "file" / "out", *FAKES)
    assert code == 4 and "cannot be written" in err


def _begin(studio, path, *options: str) -> subprocess.Popen[bytes]:
    """Begin a slow render in a process of its own."""
    site = os.pathsep.join([str(studio.folder.parent / "site"), *sys.path])
    environment = {**os.environ, "PYTHONPATH": site, "A1_PLUGINS": "counting"}
    return subprocess.Popen(
        [sys.executable, "-m", "a1sdk", "timeline", "render", str(path), "-o", str(studio.out),
         "-q", *FAKES, *options],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _await(studio, shot: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a shot is being drawn."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        folder = studio.out / shot
        if folder.is_dir() and any(
            ".part" in p.name and any(p.iterdir()) for p in folder.iterdir()
        ):
            return
        time.sleep(0.01)
    raise AssertionError(process.communicate())


@pytest.fixture
def slow(studio, driver, cut):
    """A cut whose third shot takes five seconds to draw, while the others take none."""
    driver(count=700)
    return cut(
        sh010=("perf.mkv", 10, 12),
        sh020=("perf.mkv", 50, 12),
        sh030=("perf.mkv", 20, 600),
        sh040=("perf.mkv", 90, 12),
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_cleanly_and_keeps_what_is_done(studio, slow, number, jobs):
    process = _begin(studio, slow, "--jobs", jobs)
    _await(studio, "sh030", process)
    process.send_signal(number)
    begin = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begin < 5
    assert process.returncode == 130 and b"error: The run was cancelled." in err
    assert b"hint: run it again: shots that are complete are kept" in err
    assert not [p for p in studio.out.rglob("*") if ".part" in p.name]
    report = json.loads((studio.out / "cut.a1cut.json").read_text())
    assert report["outcome"] == "cancelled"
    states = {one["shot"]["name"]: one["outcome"] for one in report["shots"]}
    assert states["sh030"] == "waiting"
    done = {name for name in ("sh010", "sh020") if states[name] == "rendered"}
    assert len(done) >= (1 if jobs == "2" else 2)  # of two at a time, one may have been stopped


def test_a_killed_render_goes_on_with_the_same_result(studio, slow, a1):
    process = _begin(studio, slow)
    _await(studio, "sh030", process)
    process.kill()
    process.communicate(timeout=30)
    assert not list((studio.out / "sh030").glob("*.png"))
    code, out, _ = a1("timeline", "render", slow, "-o", studio.out, "-q", *FAKES)
    assert code == 0
    assert "sh010: kept" in out and "sh020: kept" in out and "sh030: rendered" in out
    whole = studio.out.with_name("whole")
    a1("timeline", "render", slow, "-o", whole, "-q", *FAKES)
    for shot in ("sh010", "sh020", "sh030", "sh040"):
        files = {p.name: p.read_bytes() for p in (whole / shot).glob("*.png")}
        assert len(files) >= 12
        assert {p.name: p.read_bytes() for p in (studio.out / shot).glob("*.png")} == files
