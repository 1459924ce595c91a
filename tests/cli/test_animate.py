"""`a1 animate`: what it says, what it writes, how it exits."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from a1sdk import cli
from a1sdk.media import probe, read_still


@pytest.fixture
def a1(studio, capsys):
    """Run `a1 animate` on made-up components; return exit code, output and errors."""

    def run(*arguments: str, output: str = "out/film.mkv", driver: str = "driver.mkv"):
        fixed = ["--renderer", "fake/painter", "--tracker", "fake/tracker"]
        first = ["animate", "portrait.png", *filter(None, [driver]), "-o", output]
        code = cli.run([*first, *fixed, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def left(folder: str = "out") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_film_is_written_and_described(a1):
    code, out, err = a1("-q")
    assert (code, out, err) == (0, "out/film.mkv: 10 frames, 160x120, 25 fps\n", "")
    assert left() == ["film.mkv", "film.mkv.a1report.json"]


def test_progress_goes_to_stderr(a1):
    code, out, _ = a1()
    assert code == 0 and out == "out/film.mkv: 10 frames, 160x120, 25 fps\n"


def test_what_is_delivered_can_be_chosen(a1):
    code, out, _ = a1("-q", "--rate", "50", "--size", "96x64", "--timecode", "01:00:00:00")
    assert code == 0 and "20 frames, 96x64, 50 fps" in out
    assert probe("out/film.mkv").timecode == "01:00:00:00"


def test_notes_are_shown(a1):
    code, out, _ = a1("-q", "--set", "driver.gaps=[2]")
    assert code == 2  # lists cannot be given as text
    code, out, _ = a1("-q", "--size", "160x40")
    assert code == 0
    assert "note: The face does not fit into the size asked for" in out


def test_options_of_source_and_renderer_can_be_set(a1):
    code, _, err = a1("-q", "--set", "driver.wrong=frame", "--set", "driver.at=7")
    assert code == 3
    assert "error: Plugin 'fake/motion' failed at frame 7: ValueError: broken frame." in err
    code, _, err = a1("-q", "--set", "renderer.wrong=setup")
    assert code == 3 and "'fake/painter' failed in setup" in err
    assert left() == []


def test_the_driver_stands_beside_the_result(a1):
    code, out, _ = a1("-q", "--side-by-side")
    assert code == 0 and "320x120" in out


def test_head_and_expression_can_be_absolute(a1, tmp_path):
    code, _, err = a1("-q", "--head-mode", "absolute")
    assert code == 0 and not err
    report = (tmp_path / "out" / "film.mkv.a1report.json").read_text("utf-8")
    assert '"head": "absolute"' in report
    assert a1("-q", "--expression-mode", "absolute")[0] == 0
    report = (tmp_path / "out" / "film.mkv.a1report.json").read_text("utf-8")
    assert '"expression": "absolute"' in report


def test_a_contact_sheet_shows_driver_and_result(a1):
    code, out, _ = a1("-q", "--sheet", "sheet.png")
    assert code == 0 and out.endswith("contact sheet: sheet.png\n")
    height = read_still("sheet.png").pixels.shape[0]
    assert a1("-q", "--side-by-side", "--sheet", "sheet.png")[0] == 0
    assert read_still("sheet.png").pixels.shape[0] < height - 300  # one row less


def test_a_contact_sheet_of_a_source_without_pictures_shows_the_result(a1):
    code, _, err = a1("-q", "--source", "fake/live", "--sheet", "sheet.png")
    assert code == 0 and not err
    assert read_still("sheet.png").pixels.shape[0] < 420


@pytest.mark.parametrize(
    ("sheet", "output", "words"),
    [
        ("sheet.jpg", "out/film.mkv", "has to be a .png"),
        ("portrait.png", "out/film.mkv", "would replace another file"),
        ("sheet.png", "out/shot", "the output is a picture sequence"),
        ("sheet.png", "out/shot.%04d.png", "the output is a picture sequence"),
    ],
)
def test_a_sheet_that_cannot_be_made_is_refused_before_rendering(a1, sheet, output, words):
    code, _, err = a1("-q", "--sheet", sheet, output=output)
    assert code == 2 and words in err and left() == []


def test_a_sheet_in_a_folder_that_is_not_there_is_refused_before_rendering(a1):
    code, _, err = a1("-q", "--sheet", "nowhere/sheet.png")
    assert code == 4 and "does not exist" in err and left() == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--size", "96"], 2, "'96' is not a size; write it as 1280x720"),
        (["--size", "²x²"], 2, "'²x²' is not a size; write it as 1280x720"),
        (["--size", "5x5"], 2, "between 16 and 16384 pixels"),
        (["--rate", "fast"], 2, "frame rate 'fast' is not a number"),
        (["--timecode", "1:2:3"], 2, "'1:2:3' is not a timecode"),
        (["--expression", "9"], 2, "less than or equal to 3"),
        (["--face", "7"], 2, "There is no face 7: 'portrait.png' has 1 face, counted from 0"),
        (["--face", "1,1"], 2, "No face lies at 1,1"),
        (["--codec", "mjpeg"], 2, "There is no codec 'mjpeg'"),
        (["--set", "driver"], 2, "'driver' sets nothing; write it as driver.neutral=12"),
        (["--set", "drivr.x=1"], 2, "There is no layer 'drivr' to set options of"),
        (["--set", "drivr.x=1"], 2, "did you mean 'driver'?"),
        (["--set", "driver.wrnog=1"], 2, "did you mean 'wrong'?"),
        (["--gaps", "jump"], 2, "'jump' is not one of"),
        (["--driver-face", "1"], 2, "Layer 'driver', which is 'fake/motion', has no option 'face'"),
        (["--device", "cuda:0"], 2, "does not run on 'cuda:0'"),
        (["--renderer", "fake/nothing"], 3, "No plugin provides a renderer 'fake/nothing'"),
        (["--renderer", "nobody"], 3, "No plugin provides a renderer 'nobody'"),
        (["--tracker", "fake/finder"], 3, "'fake/finder'"),
        (["--set", "renderer.wrong=shape"], 3, "'fake/painter' gave picture 0 as"),
        (["--set", "renderer.wrong=cancelled"], 130, "The painter was stopped."),
    ],
)
def test_what_goes_wrong_is_said_in_one_line_with_an_exit_code(a1, arguments, code, words):
    ended, out, err = a1("-q", *arguments)
    assert (ended, out) == (code, "") and words in err.replace("Error: ", "error: ")
    assert "Traceback" not in err and left() == []


@pytest.mark.parametrize(
    ("output", "code", "words"),
    [
        ("out/film.avi", 2, "'film.avi' does not tell what to write"),
        ("out/film.png", 2, "names one picture, not a film"),
        ("driver.mkv", 2, "is one of the inputs"),
        ("nowhere/film.mkv", 4, "The output's folder"),
    ],
)
def test_outputs_that_cannot_be(a1, output, code, words):
    ended, _, err = a1("-q", output=output)
    assert ended == code and words in err


def test_inputs_that_cannot_be(a1):
    Path("portrait.png").unlink()
    code, _, err = a1("-q")
    assert code == 5 and "error: 'portrait.png' does not exist." in err
    Path("driver.mkv").write_text("no film")
    code, _, err = a1("-q")
    assert code == 5 and "'driver.mkv' is no film or sound file" in err


@pytest.fixture
def stage(a1, tmp_path):
    """`a1`, with a voice, keys and a take beside the driver."""
    with wave.open(str(tmp_path / "line.wav"), "wb") as out:
        out.setparams((1, 2, 16000, 16000, "NONE", ""))
        out.writeframes(b"\1\0" * 16000)
    Path("beat.json").write_text('{"schema_version": "fake.keys/1"}')
    Path("take.csv").write_text("rows")
    return a1


ALL = ("--voice", "line.wav", "--keys", "beat.json", "--mocap", "take.csv")


def layers() -> dict[str, dict]:
    """The layers that the last film was made of, by name."""
    report = json.loads(Path("out/film.mkv.a1report.json").read_text("utf-8"))
    return {layer["name"]: layer for layer in report["job"]["motion"]}


def test_several_perform_together(stage):
    code, _, err = stage("-q", *ALL, "--from", "head=mocap", "--from", "eyes,brows=keys*0.5")
    assert (code, err) == (0, "")
    made = layers()
    assert list(made) == ["driver", "mocap", "voice", "keys"]
    assert made["mocap"]["regions"] == {"head": 1} and made["voice"]["regions"] == {"mouth": 1}
    assert made["keys"]["regions"] == {"eyes": 0.5, "brows": 0.5}
    assert probe("out/film.mkv").audio is not None


@pytest.mark.parametrize(("name", "file"), [("voice", "line.wav"), ("keys", "beat.json")])
def test_a_driver_is_optional_and_may_be_anything(stage, name, file):
    code, _, err = stage("-q", f"--{name}", file, driver="")
    assert (code, err, list(layers())) == (0, "", [name])
    assert (stage("-q", driver=file)[0], list(layers())) == (0, ["driver"])
    assert layers()["driver"]["use"] == f"fake/{name}"


def test_rate_and_duration_can_be_asked_for(stage):
    code, out, _ = stage("-q", "--keys", "beat.json", "--duration", "2.5s", "--rate", "24")
    assert code == 0 and "60 frames, 160x120, 24 fps" in out


def test_options_of_every_layer_can_be_set(stage):
    code, _, _ = stage("-q", *ALL, "--set", "keys.seconds=3", "--set", "driver.frames=4")
    made = layers()
    assert code == 0 and made["keys"]["options"]["seconds"] == "3"
    assert made["driver"]["options"]["frames"] == "4"
    code, _, err = stage("-q", *ALL, "--set", "voice.wrong=frame")
    assert code == 3 and "Plugin 'fake/voice as voice' failed at frame 3" in err


def test_a_stack_can_be_given_in_a_file(stage):
    stack = [{"use": "fake/take", "options": {"path": "../take.csv"}, "name": "base"}]
    stack.append({"use": "fake/keys", "mode": "add", "time": {"offset": "1/5"}})
    Path("deep").mkdir()
    Path("deep/stack.json").write_text(json.dumps({"layers": stack}))
    code, out, err = stage("-q", "--layers", "deep/stack.json", driver="")
    assert (code, err) == (0, "") and "30 frames" in out
    assert layers()["base"]["options"]["path"] == "deep/../take.csv"


@pytest.mark.parametrize(
    ("arguments", "driver", "code", "words"),
    [
        ([], "", 2, "There is nobody to perform"),
        (["--voice", "line.wav", "--from", "lisp=voice"], "", 2, "did you mean 'lips'?"),
        (["--voice", "line.wav", "--from", "lips=voise"], "", 2, "did you mean 'voice'?"),
        (["--voice", "no.wav"], "", 5, "no.wav"),
        (["--voice", "portrait.png"], "", 5, "is a picture"),
        (["--layers", "beat.json"], "driver.mkv", 2, "cannot be given together with 'driver'"),
        (["--layers", "beat.json"], "", 2, "schema_version"),
        (["--keys", "beat.json", "--duration", "1e9"], "", 2, "no exact time"),
        (["--keys", "beat.json", "--duration", "-1s"], "", 2, "at most a day"),
        (["--keys", "beat.json", "--set", "keys.seconds=0"], "", 2, "'keys' does not end"),
        (["--keys", "beat.json", "--side-by-side"], "", 2, "no picture to show side by side"),
        (["--set", "source.neutral=1"], "driver.mkv", 2, "There is no layer 'source'"),
    ],
)
def test_performers_that_make_no_sense(stage, arguments, driver, code, words):
    ended, _, err = stage("-q", *arguments, driver=driver)
    assert ended == code and words in err and "Traceback" not in err and left() == []


def test_sheets_show_the_first_film_in_its_time(stage):
    code, _, _ = stage("-q", *ALL, "--sheet", "sheet.png")
    with_driver = read_still("sheet.png").pixels.shape[0]
    assert code == 0 and stage("-q", "--voice", "line.wav", "--sheet", "s.png", driver="")[0] == 0
    assert read_still("s.png").pixels.shape[0] < with_driver - 300


def test_encoders_and_their_options_can_be_chosen(a1, studio):
    knower = ("-q", "--renderer", "fake/knower")
    assert a1(*knower, "--set", "renderer.at=8")[0] == 0 and "encode at 8" in studio.EVENTS
    other = ("--encoder", "fake/other", "--set", "other.at=5")
    assert a1(*knower, "--set", "renderer.at=8", *other)[0] == 0
    assert "encode at 5" in studio.EVENTS
    report = json.loads(Path("out/film.mkv.a1report.json").read_text("utf-8"))
    assert report["job"]["encoders"] == [{"use": "fake/other", "options": {"at": "5"}}]
    code, _, err = a1("-q", "--encoder", "fake/other")
    assert code == 2 and "'fake/painter' has no use for the likeness of 'fake/other'" in err


def test_what_components_tell_is_shown_at_the_end(a1):
    code, out, _ = a1("-q", "--renderer", "fake/teller")
    assert code == 0 and out.splitlines()[1:] == ["note: It may rain.", "note: There are 1 faces."]


def test_the_output_is_not_optional(a1):
    assert cli.run(["animate", "portrait.png", "driver.mkv"]) == 2
