"""Several layers that perform together, on plugins made up for the purpose."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import pytest

from a1sdk.errors import (
    Cancelled,
    CapabilityError,
    ConfigError,
    ContractError,
    NoFaceError,
    PluginRunError,
)
from a1sdk.media import AudioSource, open_video, probe
from a1sdk.media.audio import SoundTrack
from a1sdk.motion.rotation import euler
from a1sdk.render.context import HostContext
from a1sdk.render.report import RenderReport
from a1sdk.testing import open_resources

LIP, FOREHEAD = 13, 10
MOUTH = {"regions": {"mouth": 1}}


def layer(name: str, use: str = "motion", blend: dict | None = None, **options) -> dict:
    return {"name": name, "use": f"fake/{use}", "options": options, **(blend or {})}


def left(job) -> list[str]:
    return sorted(path.name for path in job.output.parent.iterdir())


def moved(fakes, point: int) -> list[float]:
    """How far the motion moves a landmark in every frame that was drawn."""
    return [round(float(target.motion.expression[point, 0]), 2) for target in fakes.TARGETS]


@pytest.fixture(autouse=True)
def _forget(fakes):
    fakes.TARGETS.clear()


def test_lips_come_from_one_layer_and_the_rest_from_another(job, run, fakes):
    report = run(job(motion=[layer("driver", shift=0.1), layer("voice", blend=MOUTH, shift=0.3)]))
    assert report.frames == 10 and moved(fakes, LIP) == [0.3] * 10
    assert moved(fakes, FOREHEAD) == [0.1] * 10
    assert all(abs(euler(t.motion.rotation).yaw - 10) < 1e-3 for t in fakes.TARGETS)


def test_a_layer_can_be_added_and_come_and_go(job, run, fakes):
    keys = {"mode": "add", "weight": [["0.08s", 0], ["0.16s", 1]], "regions": {"face": 1}}
    run(job(motion=[layer("driver", shift=0.1), layer("keys", blend=keys, shift=0.2)]))
    assert moved(fakes, LIP)[:6] == [0.1, 0.1, 0.1, 0.2, 0.3, 0.3]
    assert abs(euler(fakes.TARGETS[9].motion.rotation).yaw - 10) < 1e-3


@pytest.mark.parametrize(
    ("first", "second", "asked", "rate"),
    [
        ({"use": "motion", "rate": "24"}, {"use": "motion", "rate": "30"}, None, 24),
        ({"use": "keys"}, {"use": "motion", "rate": "30000/1001"}, None, Fraction(30000, 1001)),
        ({"use": "keys"}, {"use": "keys"}, None, 30),  # what they would play at by themselves
        ({"use": "keys", "seconds": "2"}, {"use": "motion", "rate": "24"}, None, 24),
        ({"use": "keys", "rate": 12}, {"use": "motion", "rate": "24"}, None, 12),
        ({"use": "motion", "rate": "24"}, {"use": "keys"}, 50, 50),
    ],
)
def test_the_rate_is_that_of_the_first_layer_that_has_one(job, run, first, second, asked, rate):
    layers = [layer("one", **first), layer("two", **second)]
    report = run(job(motion=layers, delivery={"rate": asked}))
    assert report.rate == rate == probe(report.job.output).video.rate


def test_layers_of_any_rate_are_asked_for_the_films(job, run, fakes):
    report = run(job(motion=[layer("keys", "keys")], delivery={"rate": "24000/1001"}))
    assert "free at 24000/1001" in fakes.EVENTS
    assert (report.layers[0].rate, report.frames) == (Fraction(24000, 1001), 24)
    run(job(motion=[layer("keys", "keys", rate=10)], delivery={"rate": 25}))
    assert "free at 10" in fakes.EVENTS and len(fakes.TARGETS) == 24 + 25


@pytest.mark.parametrize(
    ("time", "frames"),
    [({}, 20), ({"offset": "1s"}, 45), ({"speed": 2}, 10), ({"offset": "-0.4s"}, 10)],
)
def test_the_longest_layer_says_how_long_the_film_is(job, run, time, frames):
    long = layer("long", blend={"time": time, **MOUTH}, frames=20)
    report = run(job(motion=[layer("short", frames=5), long]))
    assert report.frames == max(5, frames)


def test_beyond_its_end_a_layer_weighs_nothing_and_the_base_rests(job, run, fakes):
    run(job(motion=[layer("base", frames=20, shift=0.1), layer("top", frames=5, shift=0.3)]))
    assert moved(fakes, LIP) == [0.3] * 5 + [0.1] * 15
    fakes.TARGETS.clear()
    top = layer("top", blend=MOUTH, frames=50, shift=0.3)
    run(job(motion=[layer("base", frames=20, shift=0.1), top]))
    assert moved(fakes, LIP) == [0.3] * 50
    assert moved(fakes, FOREHEAD)[:20] == [0.1] * 20 and moved(fakes, FOREHEAD)[-1] == 0


def test_a_layer_fades_where_it_ends_inside_the_film_and_only_there(job, run, fakes):
    fading = {"fade_out": "0.2s"}
    run(job(motion=[layer("a", frames=20, shift=0.0), layer("b", blend=fading, shift=0.5)]))
    assert moved(fakes, LIP)[:11] == [0.5] * 6 + [0.4, 0.3, 0.2, 0.1, 0]
    fakes.TARGETS.clear()
    run(job(motion=[layer("a", shift=0.0), layer("b", blend=fading, shift=0.5)]))
    assert moved(fakes, LIP) == [0.5] * 10


def test_a_duration_can_be_asked_for(job, run, fakes):
    assert run(job(motion=[layer("a")], delivery={"duration": "0.2s"})).frames == 5
    fakes.TARGETS.clear()
    longer = run(job(motion=[layer("a", shift=0.2)], delivery={"duration": "2s"}))
    assert longer.frames == 50 and moved(fakes, LIP)[9] == pytest.approx(0.2)
    assert moved(fakes, LIP)[-1] == 0 and not longer.gaps
    both = job(motion=[layer("a"), layer("b")], delivery={"duration": "3/5"})
    assert run(both).frames == 15


def test_motion_without_an_end_needs_a_duration(job, run):
    endless = job(motion=[layer("loop", "keys", seconds="0")])
    with pytest.raises(ConfigError, match="'loop' does not end") as raised:
        run(endless)
    assert "--duration" in str(raised.value.hint) and left(endless) == []
    asked = job(motion=[layer("loop", "keys", seconds="0")], delivery={"duration": "1.5s"})
    assert run(asked).frames == 45
    bounded = job(motion=[layer("loop", "keys", seconds="0"), layer("b", frames=7)])
    assert run(bounded).frames == 7


@pytest.mark.parametrize("duration", ["0", "-1s", "86401", "1e3"])
def test_durations_that_no_film_has_are_refused(job, duration):
    with pytest.raises(ValueError, match="duration"):
        job(delivery={"duration": duration})


def test_a_film_longer_than_its_base_is_refused_where_gaps_are(job, run):
    layers = [layer("base", frames=5), layer("top", blend=MOUTH, frames=10)]
    with pytest.raises(NoFaceError, match=r"'base' has motion for frames 0 to 5, and .* has 10"):
        run(job(motion=layers, performance={"gaps": "fail"}))


def test_gaps_of_each_layer_are_filled_and_told_apart(job, run):
    report = run(job(motion=[layer("driver", gaps=[2]), layer("voice", blend=MOUTH, gaps=[0, 1])]))
    assert [(gap.layer, gap.first, gap.last) for gap in report.gaps] == [
        ("driver", 2, 2),
        ("voice", 0, 1),
    ]
    assert report.warnings == [
        "The face of 'driver' was lost in 1 frames; they were filled in.",
        "The face of 'voice' was lost in 2 frames; they were filled in.",
    ]


def test_a_layer_without_any_face_is_refused(job, run):
    bad = job(motion=[layer("driver"), layer("mocap", path=None, gaps=list(range(10)))])
    with pytest.raises(NoFaceError, match="No frame of 'fake/motion' has a face"):
        run(bad)
    assert left(bad) == []


def test_the_report_tells_of_every_layer(job, run):
    words = [["0", "1/5"], ["1/5", "2/5"]]
    voice = layer("voice", blend=MOUTH, words=words)
    report = run(job(motion=[layer("driver"), voice]))
    assert [(one.name, one.ref, one.labels) for one in report.layers] == [
        ("driver", "fake/motion", 0),
        ("voice", "fake/motion", 2),
    ]
    assert report.layers[1].regions == {"lips": 1, "jaw": 1}
    assert [one.ref for one in report.components].count("fake/motion") == 1
    text = report.job.output.with_name("film.mkv.a1report.json").read_text("utf-8")
    assert RenderReport.model_validate_json(text) == report


def test_labels_that_fail_cost_no_film(job, run):
    report = run(job(motion=[layer("driver"), layer("voice", blend=MOUTH, wrong="labels")]))
    assert report.frames == 10 and report.layers[1].labels is None
    assert report.warnings == [
        "Plugin 'fake/motion as voice' failed in labels: ValueError: broken labels."
    ]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"wrong": "setup"}, PluginRunError, "'fake/motion as voice' failed in setup"),
        ({"wrong": "probe"}, PluginRunError, "'fake/motion as voice' failed in probe"),
        ({"wrong": "frame"}, PluginRunError, "'fake/motion as voice' failed at frame 3"),
        ({"wrong": "pts"}, ContractError, "'fake/motion as voice' yielded frame 1"),
        ({"wrong": "short"}, ContractError, "'fake/motion as voice' ended after 3"),
        ({"frame": 1}, ConfigError, "Layer 'voice': There is no option 'motion_source.opt"),
    ],
)
def test_the_layer_at_fault_is_named_and_nothing_is_left(job, run, options, error, message):
    bad = job(motion=[layer("driver"), layer("voice", blend=MOUTH, **options)])
    before = open_resources()
    with pytest.raises(error, match=message) as raised:
        run(bad)
    assert getattr(raised.value, "plugin", "fake") == "fake"
    assert left(bad) == [] and not open_resources() - before


def test_heads_have_to_be_measured_from_the_same(job, run):
    absolute = layer("mocap", head="absolute")
    with pytest.raises(CapabilityError, match="layer 'mocap' is absolute"):
        run(job(motion=[layer("driver"), absolute]))
    assert run(job(motion=[layer("driver"), {**absolute, **MOUTH}])).outcome == "done"


def clicks(film) -> list[float]:
    """Seconds of the clicks in a film's sound."""
    length = probe(film).video.duration
    track = SoundTrack(AudioSource(film, Fraction(0), length))
    samples = np.abs(np.concatenate(list(track.samples()), axis=1)[0]) > 0.2
    track.close()
    starts = np.flatnonzero(samples & ~np.roll(samples, 1))
    return sorted({round(start / track.rate * 10) / 10 for start in starts})


def test_the_film_sounds_like_the_first_layer_that_reads_sound(job, run, film, tmp_path):
    video = str(film(30, sound=True))
    voice = layer("voice", "voice", blend=MOUTH, path=str(tmp_path / "clicks.wav"), frames=25)
    silent = layer("a", path=str(film(30)), frames=30)
    report = run(job(motion=[silent, voice]))
    assert clicks(report.job.output) == [0, 0.5, 1]
    report = run(job(motion=[layer("a"), layer("b", path=video, frames=30)]))
    assert probe(report.job.output).audio is None  # the film was written over by the silent one


def test_sound_moves_with_its_layer(job, run, film, tmp_path):
    film(50, sound=True)
    late = {"time": {"offset": "0.3s"}, **MOUTH}
    voice = layer("voice", "voice", blend=late, path=str(tmp_path / "clicks.wav"), frames=25)
    report = run(job(motion=[layer("a", frames=40), voice]))
    assert clicks(report.job.output) == [0.3, 0.8, 1.3]
    early = {**voice, "time": {"offset": "-0.2s"}}
    assert clicks(run(job(motion=[layer("a", frames=40), early])).job.output) == [0.3, 0.8, 1.3]


@pytest.mark.parametrize("time", [{"speed": 2}, {"points": [[0, 0], [1, "1/2"]]}])
def test_sound_that_would_have_to_be_retimed_is_refused(job, run, film, tmp_path, time):
    film(50, sound=True)
    blend = {"time": time, **MOUTH}
    voice = layer("voice", "voice", blend=blend, path=str(tmp_path / "clicks.wav"), frames=25)
    retimed = job(motion=[layer("a"), voice])
    with pytest.raises(ConfigError, match="'voice' is retimed") as raised:
        run(retimed)
    assert "--no-audio" in str(raised.value.hint) and left(retimed) == []
    mute = run(job(motion=[layer("a"), voice], delivery={"audio": False}))
    assert probe(mute.job.output).audio is None


def test_the_first_film_is_shown_beside_the_result_in_its_own_time(job, run, film):
    late = {"time": {"offset": "0.2s"}, **MOUTH}
    layers = [layer("keys", "keys"), layer("film", blend=late, path=str(film(8)), frames=8)]
    delivery = {"side_by_side": True, "duration": "0.4s"}
    report = run(job(motion=layers, delivery=delivery))
    with open_video(report.job.output) as reader:
        shades = [int(np.median(frame.pixels[:, :150])) for frame in reader.frames()]
    assert np.abs(np.array(shades) - [0, 0, 0, 0, 0, 0, 20, 40, 60, 80]).max() <= 3


@pytest.mark.parametrize(("regions", "replaced"), [({"mouth": 1}, True), ({"brows": 1}, False)])
def test_a_smile_stays_where_nobody_moves_the_mouth(job, run, regions, replaced):
    smiling = {"use": "fake/tracker", "options": {"smile": 0.9}}
    report = run(job(motion=[layer("keys", blend={"regions": regions})], tracker=smiling))
    assert bool(report.warnings) == replaced


def test_cancelling_ends_every_layer_and_leaves_nothing(job, run, fakes):
    endless = layer("loop", "keys", blend=MOUTH, seconds="0")
    long = job(motion=[layer("a", frames=10_000, pause=0.01), endless])
    context, before = HostContext(), open_resources()
    timer = threading.Timer(0.3, context.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        run(long, context)
    timer.join()
    assert fakes.EVENTS[-1].startswith("finished cancelled") and left(long) == []
    assert fakes.EVENTS.count("close motion") == 2 and not open_resources() - before


def test_layers_are_closed_in_order(job, run, fakes):
    run(job(motion=[layer("a"), layer("b", "keys", blend=MOUTH)]))
    closed = [event for event in fakes.EVENTS if event.startswith("close")]
    assert closed == ["close painter", "close motion", "close motion", "close tracker"]


@pytest.mark.parametrize(("rate", "warned"), [("7488/125", True), ("25", False)])
def test_a_rate_that_no_editor_plays_is_pointed_out(job, run, rate, warned):
    report = run(job(motion=[layer("take", "motion", rate=rate)]))
    assert any("7488/125 frames per second" in text for text in report.warnings) is warned
