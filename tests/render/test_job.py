"""Jobs as files, and the plans made of them."""

from __future__ import annotations

import os
from fractions import Fraction
from importlib.metadata import EntryPoint

import pytest
from pydantic import ValidationError

from a1sdk.components.choice import ComponentChoice
from a1sdk.components.registry import Registry
from a1sdk.errors import (
    CapabilityError,
    ConfigError,
    DecodeError,
    PluginNotFoundError,
    StorageError,
)
from a1sdk.render.animate import make_job
from a1sdk.render.job import Delivery, RenderJob
from a1sdk.render.plan import make_plan, report_path


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        (25, Fraction(25)),
        ("24000/1001", Fraction(24000, 1001)),
        (23.976, Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_jobs_keep_exact_rates_through_json(job, given, rate):
    made = job(delivery={"rate": given, "size": (640, 480), "timecode": "01:00:00:00"})
    text = made.model_dump_json()
    assert f'"rate":"{rate}"' in text
    again = RenderJob.model_validate_json(text)
    assert again == made and again.delivery.rate == rate


@pytest.mark.parametrize(
    "wrong",
    [
        {"portrat": "x.png"},
        {"schema_version": "a1.job/2"},
        {"face": "the left one"},
        {"motion": {"use": "fake/motion"}},
        {"motion": []},
        {"face": "1,2,3"},
        {"seed": -1},
        {"performance": {"head_gain": 3.5}},
        {"performance": {"expression_gain": -0.1}},
        {"performance": {"gaps": "skip"}},
        {"delivery": {"size": (15, 100)}},
        {"delivery": {"size": (100, 16385)}},
        {"delivery": {"fit": "stretch"}},
        {"delivery": {"audio": "maybe"}},
    ],
)
def test_jobs_that_make_no_sense_are_refused(job, wrong):
    with pytest.raises(ValidationError):
        job(**wrong)


@pytest.mark.parametrize("rate", ["0", "-25", "fast", "1001", "25/0"])
def test_rates_that_are_none_are_refused(rate):
    with pytest.raises(ValidationError, match="rame rate"):
        Delivery(rate=rate)


def test_jobs_cannot_be_changed(job):
    with pytest.raises(ValidationError, match="frozen"):
        job().seed = 3


def test_a_plan_names_the_components_in_working_order(job, registry):
    plan = make_plan(job(renderer={"use": "fake/knower"}), registry)
    refs = [chosen.ref for chosen in plan.components]
    assert refs == ["fake/tracker", "fake/motion", "fake/likeness", "fake/knower"]


@pytest.mark.parametrize(
    ("renderer", "output", "alpha", "depth"),
    [
        ("painter", "film.mp4", False, 8),
        ("painter", "film.mkv", True, 16),
        ("painter", "shot.%04d.png", True, 16),
        ("plain", "film.mkv", False, 8),
    ],
)
def test_a_plan_keeps_what_renderer_and_codec_both_can(
    job, registry, renderer, output, alpha, depth
):
    plan = make_plan(job(output, renderer={"use": f"fake/{renderer}"}), registry)
    assert (plan.alpha, plan.depth) == (alpha, depth)


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ({"motion": [{"use": "fake/nothing"}]}, PluginNotFoundError, "'fake/nothing'"),
        (
            {"motion": [{"use": "fake/motion", "options": {"frame": 1}}]},
            ConfigError,
            "options.frame",
        ),
        ({"renderer": {"use": "fake/stranger"}}, CapabilityError, "kind 'nobody/1'"),
        ({"device": "cuda:0"}, CapabilityError, "does not run on 'cuda:0'"),
        (
            {"device": "mps", "renderer": {"use": "fake/teller"}},
            CapabilityError,
            "does not run on 'mps'",
        ),
        ({"delivery": {"codec": "vp9"}}, ConfigError, "does not go into 'film.mkv'"),
        (
            {"motion": [{"use": "fake/live"}], "renderer": {"use": "fake/patient"}},
            CapabilityError,
            "'live' is live",
        ),
        (
            {"motion": [{"use": "fake/live"}], "delivery": {"side_by_side": True}},
            CapabilityError,
            "no picture to show",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_runs(
    job, registry, fakes, parts, error, message
):
    with pytest.raises(error, match=message):
        make_plan(job(**parts), registry)
    assert fakes.EVENTS == []


def test_inputs_have_to_be_files(job, registry, tmp_path):
    with pytest.raises(DecodeError, match=r"nowhere.png' does not exist") as caught:
        make_plan(job(portrait=tmp_path / "nowhere.png"), registry)
    assert caught.value.hint == f"it was looked for in {str(tmp_path)!r}"
    with pytest.raises(DecodeError, match="is no regular file"):
        make_plan(job(portrait=tmp_path), registry)
    missing = [{"use": "fake/motion", "options": {"path": str(tmp_path / "no.mp4")}}]
    with pytest.raises(DecodeError, match=r"no.mp4' does not exist"):
        make_plan(job(motion=missing), registry)


def test_the_outputs_folder_has_to_be_there(job, registry, tmp_path):
    with pytest.raises(StorageError) as raised:
        make_plan(job(output=tmp_path / "new" / "film.mkv"), registry)
    assert raised.value.hint == f"mkdir -p '{tmp_path / 'new'}'"


@pytest.mark.parametrize("name", ["x" * 260 + ".mkv", "y" * 245 + ".mkv"])
def test_names_too_long_for_film_or_report_are_refused(job, registry, name):
    with pytest.raises(StorageError, match="too long"):
        make_plan(job(name), registry)


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_no_input_is_written_over(job, registry, picture, tmp_path, link):
    film = tmp_path / "driver.mkv"
    film.write_bytes(b"anything")
    output = film
    if link is not None:
        output = tmp_path / "link.mkv"
        link(film, output)
    motion = [{"use": "fake/motion", "options": {"path": str(film)}}]
    with pytest.raises(ConfigError, match="is one of the inputs"):
        make_plan(job(motion=motion, output=output), registry)


@pytest.mark.parametrize("kind", ["renderer", "encoders", "tracker"])
@pytest.mark.parametrize("named", ["models/film.mkv", "models"])
def test_no_file_that_a_component_reads_is_written_over(job, registry, tmp_path, kind, named):
    weights = tmp_path / "models" / "film.mkv"
    weights.parent.mkdir()
    weights.touch()
    use = {"renderer": "knower", "encoders": "likeness", "tracker": "tracker"}
    choices = {part: {"use": f"fake/{name}", "options": {}} for part, name in use.items()}
    choices[kind]["options"]["weights"] = str(tmp_path / named)
    parts = {**choices, "encoders": [choices["encoders"]]}
    assert tmp_path / named in make_plan(job(**parts), registry).reads
    with pytest.raises(ConfigError, match="is one of the inputs"):
        make_plan(job(**parts, output=weights), registry)


def test_what_a_component_reads_is_its_own_to_miss(job, registry, picture, tmp_path):
    """It knows best what has to be there, and what it is told from where to fetch."""
    missing = {"use": "fake/painter", "options": {"weights": str(tmp_path / "no")}}
    assert make_plan(job(renderer=missing), registry).reads == [picture, tmp_path / "no"]


def test_a_folder_of_everything_is_not_read(job, registry, tmp_path, monkeypatch):
    monkeypatch.setattr("a1sdk.render.inputs._MOST_FILES", 3)
    everything = {"use": "fake/painter", "options": {"weights": str(tmp_path)}}
    for number in range(4):
        (tmp_path / f"{number}.bin").touch()
    with pytest.raises(ConfigError, match="has more than 3 files"):
        make_plan(job(renderer=everything), registry)


@pytest.mark.parametrize("output", ["shots", "shots/shots.%04d.png"])
def test_no_sequence_is_written_over_a_portrait_in_it(job, registry, picture, tmp_path, output):
    (tmp_path / "shots").mkdir()
    inside = picture.rename(tmp_path / "shots" / "shots.1001.png")
    with pytest.raises(ConfigError, match="is one of the inputs"):
        make_plan(job(portrait=inside, output=tmp_path / output), registry)


def test_a_sequence_may_lie_beside_its_portrait(job, registry, picture, tmp_path):
    plan = make_plan(job(portrait=picture, output=tmp_path / "shot.%04d.png"), registry)
    assert plan.codec.name == "png"


@pytest.mark.parametrize(
    ("output", "report"),
    [
        ("out/film.mp4", "out/film.mp4.a1report.json"),
        ("film.final.mov", "film.final.mov.a1report.json"),
        ("out/shot.%04d.png", "out/shot.a1report.json"),
        ("out/shot", "out/shot.a1report.json"),
    ],
)
def test_where_the_report_lies(tmp_path, output, report):
    assert report_path(tmp_path / output) == tmp_path / report


@pytest.fixture
def several(fakes):
    """A registry in which the fakes are the video source."""
    return Registry([EntryPoint("fake", "a1_render_fakes", "a1sdk.plugins.v1")])


def test_make_job_finds_the_source_by_what_the_driver_is(several, picture, film):
    driver = film()
    made = make_job(picture, driver, "out.mp4", registry=several, rate="23.976", size=(64, 64))
    (layer,) = made.motion
    assert (layer.name, layer.use, layer.path) == ("driver", "fake/motion", driver)
    assert made.delivery.rate == Fraction(24000, 1001)


def test_make_job_asks_the_source_for_absolute_head_motion_if_it_can(several, picture, film):
    made = make_job(picture, film(), "out.mp4", registry=several, head_mode="absolute")
    assert made.motion[0].options["head"] == made.performance.head == "absolute"


def test_what_is_added_to_a_head_stays_relative(several, picture):
    layers = [{"use": "fake/motion"}, {"use": "fake/motion", "mode": "add", "name": "more"}]
    made = make_job(picture, layers, "out.mp4", registry=several, head_mode="absolute")
    assert [layer.options for layer in made.motion] == [{"head": "absolute"}, {}]


def test_an_option_called_head_may_be_something_else(several, picture):
    made = make_job(picture, [{"use": "keys"}], "o.mp4", registry=several, head_mode="absolute")
    assert made.motion[0].options == {}


def test_make_job_leaves_the_device_to_the_components(several, picture, film):
    assert make_job(picture, film(), "out.mp4", registry=several).device == "auto"


def test_make_job_takes_encoders_with_and_without_options(several, picture, film):
    second = ComponentChoice(use="fake/other", options={"at": 2})
    asked = {"registry": several, "encoders": ["fake/likeness", second]}
    made = make_job(picture, film(), "out.mp4", **asked)
    assert made.encoders == (ComponentChoice(use="fake/likeness"), second)
    assert RenderJob.model_validate_json(made.model_dump_json()) == made


def test_make_job_refuses_pictures_as_drivers_and_says_the_order(several, picture):
    with pytest.raises(DecodeError, match="is a picture") as raised:
        make_job(picture, picture, "out.mp4", registry=several)
    assert "PORTRAIT DRIVER" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expression": 4}, "performance.expression_gain|expression_gain"),
        ({"size": (5, 5)}, "between 16 and 16384"),
        ({"face": "left"}, "face"),
        ({"rate": "x"}, "frame rate 'x' is not a number"),
    ],
)
def test_make_job_says_which_option_is_wrong(several, picture, film, options, message):
    with pytest.raises(ConfigError, match=message):
        make_job(picture, film(), "out.mp4", registry=several, **options)


def test_a_driver_that_no_source_reads_is_refused(picture, film):
    with pytest.raises(PluginNotFoundError, match="reads 'video'"):
        make_job(picture, film(), "out.mp4", registry=Registry([]))
