"""Every example runs as it stands."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from a1sdk.assets import AssetStore
from a1sdk.components.registry import Registry
from a1sdk.media import probe
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.walk import placed

EXAMPLES = Path(__file__).parents[1] / "examples"
MEDIA = (EXAMPLES / "media" / "portrait.png", EXAMPLES / "media" / "driver.mp4")


@pytest.fixture(autouse=True)
def _needs_face_models() -> None:
    group = Registry().spec("face_tracker", "facemesh").assets
    if AssetStore().resolve(group) is None:
        pytest.skip("the face models are not here: a1 assets pull facemesh")


def run(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_animate(tmp_path: Path) -> None:
    said = run(EXAMPLES / "animate.py", *MEDIA, tmp_path / "out.mp4")
    assert said == "160 frames at 25 fps, 0 gaps\n"
    film = probe(tmp_path / "out.mp4")
    assert film.video is not None and film.video.count == 160
    assert film.audio is not None


def test_job_file(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "media", tmp_path / "media")
    job = shutil.copy(EXAMPLES / "job.json", tmp_path)
    run("-m", "a1sdk", "render", job, "-q")
    film = probe(tmp_path / "job.mp4")
    assert film.video is not None and str(film.video.rate) == "24000/1001"
    assert film.timecode == "01:00:00:00"
    report = json.loads((tmp_path / "job.mp4.a1report.json").read_text())
    assert (report["frames"], report["outcome"]) == (film.video.count, "done")


def test_motion_pieces(tmp_path: Path) -> None:
    take = tmp_path / "take.a1motion"
    run("-m", "a1sdk", "motion", "extract", MEDIA[1], "-o", take, "-q")
    lines = run(EXAMPLES / "motion_pieces.py", take, MEDIA[0]).splitlines()
    assert len(lines) == 160
    yaws = [float(line.split()[2]) for line in lines]
    assert max(yaws) - min(yaws) > 10  # the driver turns its head


def test_duet(tmp_path: Path) -> None:
    inputs = MEDIA[0], EXAMPLES / "media" / "voice.flac", EXAMPLES / "keys" / "talk.json"
    film = tmp_path / "duet.mp4"
    said = run(EXAMPLES / "duet.py", *inputs, film)
    assert said == "157 frames, quality control: pass\n"
    result = json.loads((tmp_path / "duet.mp4.a1qc.json").read_text())
    places = [one["who"].removeprefix("Face at ").split(",") for one in result["faces"]]
    assert [round(int(x), -2) for x, _ in places] == [300, 900]
    assert (tmp_path / "duet.mp4.a1qc.html").is_file()
    made = probe(film)
    assert made.video is not None and (made.video.width, made.video.count) == (1152, 157)


def test_cut(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES, tmp_path / "examples")
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    cut = folder / "cut.otio"
    options = ("-o", out, "--codec", "h264", "--sheet", sheet, "-q")
    run("-m", "a1sdk", "timeline", "render", cut, *options)
    report = json.loads((out / "cut.a1cut.json").read_text())
    assert [(one["shot"]["name"], one["outcome"]) for one in report["shots"]] == [
        (f"sh0{n}0", "rendered") for n in range(1, 6)
    ]
    for one in report["shots"]:
        film = probe(one["media"])
        assert film.video is not None
        assert (film.video.count, film.timecode) == (one["frames"], one["timecode"])
    assert sheet.is_file()
    back = read_cut(out / "cut_a1.otio")
    shown = [one.clip.media.url for one in placed(back) if "PORTRAIT" in one.track.name]
    assert [Path(url).name for url in shown if url] == [f"sh0{n}0.mov" for n in range(1, 6)]
