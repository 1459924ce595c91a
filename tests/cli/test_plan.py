"""`a1 plan`: what it says of a render, and when it refuses one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from a1sdk import cli

TELLER = ("--renderer", "fake/teller")


@pytest.fixture
def a1(studio, capsys):
    """Run `a1 plan`; return exit code, output and errors."""

    def run(*arguments: str, driver: str = "driver.mkv"):
        first = ["plan", "portrait.png", *filter(None, [driver]), "--tracker", "fake/tracker"]
        code = cli.run([*first, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_renderers_without_an_estimate_are_planned_too(a1, studio):
    code, out, err = a1("--renderer", "fake/painter")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "film: 10 frames, 160x120, 25 fps, 0.40 s, h264",
        "layer driver: fake/motion, 25 fps, lips, jaw, cheeks, eyes, brows, gaze, head",
        "tracker: fake/tracker",
        "renderer: fake/painter, device cpu, looks 2 frames ahead",
        "estimate: none; the renderer does not say what it takes",
    ]
    assert sorted(path.name for path in Path().iterdir()) == ["driver.mkv", "out", "portrait.png"]


def test_nothing_is_set_up_but_what_knows_the_motion(a1, studio):
    assert a1(*TELLER)[0] == a1("--renderer", "fake/knower")[0] == 0
    setups = {event for event in studio.EVENTS if event.startswith("setup")}
    assert setups == {"setup motion"}
    assert studio.EVENTS.count("close teller") == 1


def test_the_estimate_is_shown(a1):
    code, out, _ = a1(*TELLER, "--memory", "24GB", "--size", "200x100", "--rate", "50")
    assert code == 0
    assert out.splitlines()[-5:] == [
        "renderer: fake/teller, device auto, draws 12 fps and fills in the rest,"
        " looks 27 frames ahead",
        "memory: 20.0 MB of the device, 5.0 kB beside it, fits",
        "time: 0 s",
        "settings: device=auto, tiling=on",
        "note: Tiles show slightly.",
    ]


def test_what_does_not_fit_is_shown_and_refused(a1):
    code, out, err = a1(*TELLER, "--memory", "19MB")
    assert code == 2 and "memory: 19.2 MB of the device, 5.0 kB beside it, does not fit" in out
    assert err.splitlines() == [
        "error: 'fake/teller' does not fit into 19.0 MB: it needs 19.2 MB.",
        "hint: deliver it smaller",
    ]


@pytest.mark.parametrize(
    ("memory", "code"),
    [("19.2MB", 0), ("19.1 mb", 2), ("18.5MiB", 0), ("18.2MiB", 2), ("19200000", 0), ("20M", 0)],
)
def test_memory_is_read_as_people_write_it(a1, memory, code):
    assert a1(*TELLER, "--memory", memory)[0] == code


@pytest.mark.parametrize("memory", ["much", "-1GB", "1e9", "24 cards", ""])
def test_what_is_no_memory_is_refused(a1, memory):
    code, _, err = a1(*TELLER, "--memory", memory)
    assert code == 2 and "is no amount of memory; write it as 24GB" in err


def test_everything_can_be_had_as_json(a1):
    code, out, _ = a1(*TELLER, "--json", "--device", "cuda:1", "--rate", "24000/1001")
    assert code == 0
    made = json.loads(out)
    assert made["layers"][0].pop("regions")["head"] == 1
    assert made == {
        "frames": 10,
        "rate": "24000/1001",
        "duration": "1001/2400",
        "size": [160, 120],
        "codec": "h264",
        "faces": ["largest"],
        "components": [
            {"ref": "fake/tracker", "kind": "face_tracker"},
            {"ref": "fake/motion", "kind": "motion_source"},
            {"ref": "fake/teller", "kind": "renderer"},
        ],
        "layers": [{"name": "driver", "ref": "fake/motion", "rate": "25", "frames": 10}],
        "renderer": {
            "ref": "fake/teller",
            "device": "cuda:1",
            "native_rate": "12",
            "frames_ahead": 14,
        },
        "estimate": {
            "peak_bytes": 19200000,
            "host_bytes": 5000,
            "face_bytes": 0,
            "seconds": pytest.approx(10 * 1001 / 24000),
            "fits": None,
            "settings": {"device": "cuda:1", "tiling": "on"},
            "notes": ["Tiles show slightly."],
            "advice": "deliver it smaller",
        },
    }
    assert json.loads(a1("--renderer", "fake/painter", "--json")[1])["estimate"] is None


def test_what_would_be_written_may_be_named(a1):
    assert (
        "50 fps, 0.40 s, prores-422hq" in a1("--rate", "50", "--codec", "prores-422hq", *TELLER)[1]
    )
    assert "0.40 s, exr" in a1("--codec", "exr", *TELLER)[1]
    assert "0.40 s, ffv1" in a1("-o", "out/film.mkv", *TELLER)[1]
    code, _, err = a1("--codec", "mjpeg", *TELLER)
    assert code == 2 and "There is no codec 'mjpeg'" in err


def test_inputs_may_be_called_as_they_like(a1):
    Path("driver.mkv").rename("film.mp4")
    assert a1(*TELLER, driver="film.mp4")[0] == 0
    code, _, err = a1(*TELLER, "-o", "film.mp4", driver="film.mp4")
    assert code == 2 and "is one of the inputs" in err


def write_job(**parts) -> None:
    job = {
        "portrait": "portrait.png",
        "output": "out/film.mkv",
        "motion": [{"use": "fake/motion", "options": {"frames": 50}}],
        "renderer": {"use": "fake/teller"},
        "tracker": {"use": "fake/tracker"},
        **parts,
    }
    Path("job.json").write_text(json.dumps(job), encoding="utf-8")


def test_a_job_file_is_planned_as_it_stands(studio, capsys):
    write_job(device="cuda:0")
    assert cli.run(["plan", "job.json"]) == 0
    out = capsys.readouterr().out
    assert "film: 50 frames, 160x120, 25 fps, 2.00 s, ffv1" in out and "device cuda:0" in out
    assert cli.run(["plan", "job.json", "--device", "cpu", "--memory", "1TB", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["renderer"]["device"] == "cpu"
    assert cli.run(["plan", "job.json", "--memory", "1kB"]) == 2


def test_a_job_file_takes_no_options_of_a_render(studio, capsys):
    write_job()
    assert cli.run(["plan", "job.json", "driver.mkv", "--rate", "50"]) == 2
    said = capsys.readouterr().err
    assert "planned as it stands, and driver, rate would change it" in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--size", "400x100"], 2, "draws at most 300 pixels a side"),
        (["--device", "mps"], 2, "does not run on 'mps'"),
        (["--set", "renderer.wrong=estimate"], 3, "'fake/teller' failed in estimate"),
        (["--set", "renderer.wrong=guess"], 3, "estimated peak_bytes as -1"),
        (["--head-mode", "absolute", "--set", "driver.head=relative"], 2, "relative head motion"),
        (["-o", "nowhere/film.mp4"], 4, "The output's folder"),
    ],
)
def test_what_cannot_be_rendered_is_refused(a1, arguments, code, words):
    ended, _, err = a1(*TELLER, *arguments)
    assert ended == code and words in err and "Traceback" not in err


def test_huge_portraits_are_planned_at_the_size_of_the_film(a1, studio):
    from a1sdk.media import write_still
    from a1sdk.testing import portrait

    write_still(Path("portrait.png"), portrait(5000, 120).pixels)
    assert "4096x98" in a1("--renderer", "fake/painter")[1]


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ([], "162x122,"),
        (["--codec", "prores-4444"], "161x121,"),
        (["--codec", "png"], "161x121,"),
        (["--side-by-side"], "162x122 and the driver beside it,"),
    ],
)
def test_the_size_is_that_of_the_film(a1, studio, arguments, size):
    from a1sdk.media import write_still
    from a1sdk.testing import portrait

    write_still(Path("portrait.png"), portrait(161, 121).pixels)
    code, out, _ = a1("--renderer", "fake/painter", *arguments)
    assert code == 0 and f"film: 10 frames, {size} 25 fps" in out


def test_motion_without_a_known_end_is_planned(a1):
    code, out, _ = a1(*TELLER, "--set", "driver.counted=false")
    assert code == 0 and "film: frames until it ends, 160x120, 25 fps, h264" in out


def test_a_source_that_looks_for_faces_too_early_is_refused(a1, studio):
    def look(self, ctx):
        ctx.face_tracker().detect(None, ctx)

    studio.Motion.setup = look
    code, _, err = a1(*TELLER, "--source", "fake/watching")
    assert code == 2 and "looks for faces before its stream is asked for" in err
