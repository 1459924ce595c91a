"""Performances that are kept in motion files."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from a1sdk.errors import ConfigError, DecodeError, NoFaceError, PluginRunError
from a1sdk.motion.clip import MotionClip
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import LayerStack
from a1sdk.render.jobfile import load_job

MOUTH = {"mouth": 1}


@pytest.fixture
def extract(registry, tmp_path):
    """Extract the layers given by their fields; return the motion file."""

    def run(*layers: dict, **options) -> MotionClip:
        stack = LayerStack.model_validate({"layers": layers}).layers
        output = tmp_path / "take.a1motion"
        with HostContext() as context:
            options = {"tracker": "fake/tracker", **options}
            extract_motion(stack, output, registry=registry, context=context, **options)
        return MotionClip.load(output)

    return run


def layer(use: str = "motion", **options) -> dict:
    return {"use": f"fake/{use}", "options": options}


def gaps(clip: MotionClip) -> list[tuple[int, int]]:
    return [(gap.start, gap.stop) for gap in clip.gaps()]


def test_gaps_of_one_layer_stay_gaps(extract):
    clip = extract(layer(gaps=[0, 4, 5], start="1/2"))
    assert gaps(clip) == [(0, 1), (4, 6)]
    assert (len(clip), clip.info.rate, clip.info.start) == (10, 25, Fraction(1, 2))


def test_gaps_of_layers_that_are_mixed_are_filled(extract):
    top = {**layer(gaps=[7]), "regions": MOUTH, "name": "voice"}
    assert gaps(extract(layer(gaps=[4, 5]), top)) == []
    assert gaps(extract({**layer(gaps=[4, 5]), "weight": 0.5})) == []
    with pytest.raises(NoFaceError):
        extract(layer(gaps=[4, 5]), top, gaps="fail")


@pytest.mark.parametrize(("seconds", "count", "lost"), [("0.2", 5, []), ("0.8", 20, [(10, 20)])])
def test_a_take_can_be_cut_and_prolonged(extract, seconds, count, lost):
    clip = extract(layer(), duration=Fraction(seconds))
    assert len(clip) == count and gaps(clip) == lost


def test_another_rate_can_be_asked_for(extract):
    assert (len(extract(layer(), rate=Fraction(50)))) == 20
    assert (len(extract(layer("keys", seconds="2"), rate=Fraction(24000, 1001)))) == 48


def test_labels_are_kept_where_they_are_in_the_film(extract):
    words = [["0", "1/5"], ["1/5", "2/5"]]
    late = {**layer(words=words), "regions": MOUTH, "time": {"offset": "1/10"}, "name": "voice"}
    clip = extract(layer(), late, duration=Fraction(2, 5))
    assert [(one.start, one.end, one.text) for one in clip.labels] == [
        (Fraction(1, 10), Fraction(3, 10), "word"),
        (Fraction(3, 10), Fraction(2, 5), "word"),
    ]


def test_trackers_are_opened_for_sources_that_need_one_only(extract, fakes):
    extract(layer())
    assert fakes.EVENTS == ["setup motion", "close motion"]


def test_labels_that_fail_leave_no_file(extract, tmp_path):
    with pytest.raises(PluginRunError, match="'fake/motion' failed in labels"):
        extract(layer(wrong="labels"))
    assert not (tmp_path / "take.a1motion").exists()


def test_files_have_to_be_there_and_are_not_written_over(extract, tmp_path):
    with pytest.raises(DecodeError, match=r"no.csv' does not exist"):
        extract(layer(path=str(tmp_path / "no.csv")))
    (tmp_path / "take.a1motion").write_text("x")
    with pytest.raises(ConfigError, match="is one of the inputs"):
        extract(layer(path=str(tmp_path / "take.a1motion")))


@pytest.mark.parametrize("duration", [Fraction(0), Fraction(-1), Fraction(1, 100)])
def test_takes_of_no_frame_are_refused(extract, duration):
    with pytest.raises(ConfigError, match="would have no frame"):
        extract(layer(), duration=duration)


def test_where_a_take_comes_from_is_kept(extract, film):
    source = extract(layer(path=str(film(8)), frames=8)).header.source
    assert (source["driver"], source["source"]) == ("driver.mkv", "fake/motion")
    assert len(source["sha256"]) == 64


def test_jobs_root_the_paths_of_every_component(tmp_path, registry):
    job = {
        "portrait": "p.png",
        "output": "film.mp4",
        "motion": [layer(path="a.mp4"), layer(path="/far/b.mp4", wrong="a/b")],
        "renderer": {"use": "fake/painter", "options": {"weights": "models", "wrong": "models"}},
        "encoders": [{"use": "fake/likeness", "options": {"weights": "../look"}}],
        "tracker": {"use": "fake/tracker", "options": {"weights": "faces.bin", "faces": 2}},
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    read = load_job(tmp_path / "job.json", registry)
    assert [one.options.get("path") for one in read.motion] == [
        str(tmp_path / "a.mp4"),
        "/far/b.mp4",
    ]
    assert read.motion[1].options["wrong"] == "a/b"
    assert read.renderer.options == {"weights": str(tmp_path / "models"), "wrong": "models"}
    assert read.encoders[0].options == {"weights": str(tmp_path / ".." / "look")}
    assert read.tracker.options == {"weights": str(tmp_path / "faces.bin"), "faces": 2}
