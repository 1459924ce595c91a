"""Jobs from end to end, on plugins made up for the purpose."""

from __future__ import annotations

import json
import threading
import time
from fractions import Fraction

import numpy as np
import pytest

from a1sdk.errors import (
    A1Error,
    Cancelled,
    CapabilityError,
    ConfigError,
    ContractError,
    NoFaceError,
    PluginRunError,
)
from a1sdk.media import AudioSource, open_video, probe, read_still
from a1sdk.media.audio import SoundTrack
from a1sdk.media.files import sha256
from a1sdk.render.context import HostContext
from a1sdk.render.job import RenderJob
from a1sdk.render.report import RenderReport
from a1sdk.testing import open_resources, portrait


def numbers(film) -> list[int]:
    """What the pictures of a film say their numbers are."""
    with open_video(film) as reader:
        return [round(float(frame.pixels[2:6, 2:6].mean())) for frame in reader.frames()]


def left(job: RenderJob) -> list[str]:
    return sorted(path.name for path in job.output.parent.iterdir())


def motion(**options) -> list[dict]:
    return [{"use": "fake/motion", "options": options}]


def test_every_frame_is_drawn_and_written_in_order(job, run):
    report = run(job())
    assert numbers(report.job.output) == list(range(10))
    assert left(report.job) == ["film.mkv", "film.mkv.a1report.json"]
    assert (report.outcome, report.frames, report.rate) == ("done", 10, 25)
    assert report.size == (160, 120) and report.faces_in_portrait == 1


def test_components_are_set_up_and_closed_in_order(job, run, fakes):
    run(job(renderer={"use": "fake/knower"}))
    assert fakes.EVENTS == [
        "started",
        "setup tracker",
        "setup likeness",
        "encode at 3",
        "close likeness",  # its memory is free before the renderer loads
        "setup motion",
        "setup painter",
        "identities ['fake/1']",
        "close painter",
        "close motion",
        "close tracker",
        "finished done: None",
    ]


def test_a_renderer_has_a_tracker_of_its_own_that_works_beside_the_sources(job, run, fakes):
    run(job(renderer={"use": "fake/teller"}))
    events = [event for event in fakes.EVENTS if "tracker" in event or "teller" in event]
    opened = ["setup tracker", "setup tracker", "setup teller"]
    assert events == [*opened, "close teller", "close tracker", "close tracker"]


def test_renderers_that_need_no_tracker_get_none(job, run, fakes):
    fakes.Painter.setup = lambda self, ctx: ctx.face_tracker()
    with pytest.raises(CapabilityError, match="'fake/painter' asked for a face tracker"):
        run(job())


def test_what_components_tell_is_in_the_report(job, run):
    report = run(job(renderer={"use": "fake/teller"}))
    assert report.warnings == ["It may rain.", "There are 1 faces."]
    facts = {one.ref: one.facts for one in report.components}
    assert facts["fake/teller"] == {"device": "auto", "seed": 0, "curve": [0.5, 0.25]}
    assert facts["fake/tracker"] == facts["fake/motion"] == {}
    text = report.job.output.with_name("film.mkv.a1report.json").read_text("utf-8")
    assert RenderReport.model_validate_json(text) == report


@pytest.mark.parametrize(("device", "lent"), [("cuda:1", "cuda:1"), ("cpu", "cpu")])
def test_the_job_says_where_its_renderer_works_and_with_which_seed(job, run, device, lent):
    report = run(job(renderer={"use": "fake/teller"}, device=device, seed=5))
    assert report.components[-1].facts["device"] == lent
    assert report.components[-1].facts["seed"] == 5


@pytest.mark.parametrize(
    ("frames", "rate", "asked", "count"),
    [
        (10, "25", None, 10),
        (10, "25", "50", 20),
        (10, "25", "30000/1001", 12),  # 11.988
        (10, "24000/1001", "24", 10),  # 10.01
        (7, "60000/1001", "25", 3),  # 2.919
        (1, "1/5", "25", 125),
        (100, "1000", "24", 2),  # 2.4
    ],
)
def test_frame_counts_are_exact_at_any_rate(job, run, frames, rate, asked, count):
    report = run(job(motion=motion(frames=frames, rate=rate), delivery={"rate": asked}))
    facts = probe(report.job.output).video
    wanted = Fraction(asked or rate)
    assert (report.frames, report.rate) == (count, wanted)
    assert (facts.count, facts.rate, facts.duration) == (count, wanted, count / wanted)
    assert numbers(report.job.output) == [number % 256 for number in range(count)]


def test_the_drivers_own_duration_decides_not_its_rounded_count(job, run):
    options = {"frames": 4, "rate": "10", "duration": "0.44"}
    report = run(job(motion=motion(**options), delivery={"rate": "100"}))
    assert report.frames == 44


def test_fewer_frames_than_announced_make_no_film(job, run):
    bad = job(motion=motion(wrong="short", at=4))
    with pytest.raises(ContractError, match="fake/motion"):
        run(bad)
    assert left(bad) == []


def test_the_tracker_is_blamed_for_what_it_does_to_a_source(job, run):
    with pytest.raises(PluginRunError, match="fake/tracker"):
        run(job(motion=[{"use": "fake/watching", "options": {"wrong": "tracker"}}]))


def test_the_number_of_frames_need_not_be_known(job, run):
    report = run(job(motion=motion(counted=False), delivery={"rate": "50"}))
    assert report.frames == 20


def test_lost_faces_are_filled_and_reported(job, run):
    report = run(job(motion=motion(gaps=[0, 4, 5])))
    assert report.frames == 10
    assert [(gap.first, gap.last) for gap in report.gaps] == [(0, 0), (4, 5)]
    assert report.warnings == ["The face of 'motion' was lost in 3 frames; they were filled in."]


def test_gaps_can_be_refused(job, run):
    with pytest.raises(NoFaceError, match="4"):
        run(job(motion=motion(gaps=[4]), performance={"gaps": "fail"}))


def test_a_driver_without_any_face_is_refused(job, run):
    bad = job(motion=motion(gaps=list(range(10))))
    with pytest.raises(NoFaceError, match="No frame of 'fake/motion' has a face"):
        run(bad)
    assert left(bad) == []


def broken(part: str, **options) -> dict:
    if part == "motion":
        return {part: motion(**options)}
    use = {"tracker": "tracker", "renderer": "painter"}[part]
    return {part: {"use": f"fake/{use}", "options": options}}


@pytest.mark.parametrize(
    ("part", "options", "error", "message"),
    [
        ("tracker", {"wrong": "setup"}, PluginRunError, "'fake/tracker' failed in setup"),
        ("tracker", {"wrong": "detect"}, PluginRunError, "'fake/tracker' failed in detect"),
        ("tracker", {"faces": 0}, NoFaceError, "No face was found in 'portrait.png'"),
        ("motion", {"wrong": "setup"}, PluginRunError, "'fake/motion' failed in setup"),
        ("motion", {"wrong": "probe"}, PluginRunError, "'fake/motion' failed in probe"),
        ("motion", {"wrong": "frame"}, PluginRunError, "'fake/motion' failed at frame 3"),
        ("motion", {"wrong": "pts"}, ContractError, "'fake/motion' yielded frame 1 where"),
        ("renderer", {"wrong": "setup"}, PluginRunError, "'fake/painter' failed in setup"),
        ("renderer", {"wrong": "frame"}, PluginRunError, "'fake/painter' failed at frame 3"),
        ("renderer", {"wrong": "shape"}, ContractError, "'fake/painter' gave picture 0 as"),
        ("renderer", {"wrong": "pts"}, ContractError, "'fake/painter' drew frame 7"),
        ("renderer", {"wrong": "missing"}, ContractError, "ended without drawing frame 9"),
    ],
)
def test_the_plugin_at_fault_is_named_and_nothing_is_left(
    job, run, fakes, part, options, error, message
):
    bad = job(**broken(part, **options))
    before = open_resources()
    with pytest.raises(error, match=message) as raised:
        run(bad)
    assert isinstance(raised.value, A1Error)
    assert raised.value.exit_code == (5 if error is NoFaceError else 3)
    assert left(bad) == []
    assert fakes.EVENTS[-1].startswith(f"finished failed: {str(raised.value)[:40]}")
    opened = {event.split()[1] for event in fakes.EVENTS if event.startswith("setup")}
    closed = {event.split()[1] for event in fakes.EVENTS if event.startswith("close")}
    assert closed == opened
    assert not open_resources() - before


def test_a_plugin_that_cannot_be_closed_costs_no_film(job, run, fakes):
    report = run(job(**broken("renderer", wrong="close")))
    assert report.frames == 10 and "close tracker" in fakes.EVENTS
    assert report.warnings == [
        "Plugin 'fake/painter' failed when it was closed: ValueError: broken close."
    ]


def test_an_earlier_film_survives_a_failed_render(job, run):
    run(job())
    bad = job(**broken("renderer", wrong="frame"))
    before = sha256(bad.output)
    with pytest.raises(PluginRunError):
        run(bad)
    assert sha256(bad.output) == before
    assert left(bad) == ["film.mkv", "film.mkv.a1report.json"]


def test_a_film_is_replaced_only_when_the_new_one_is_complete(job, run):
    first = run(job())
    before = sha256(first.job.output)
    seen = []
    done = HostContext(progress=lambda *_: seen.append(sha256(first.job.output)))
    run(job(motion=motion(frames=5)), done)
    assert set(seen) == {before} and numbers(first.job.output) == list(range(5))


def cancelled_after(seconds: float, context: HostContext) -> threading.Timer:
    timer = threading.Timer(seconds, context.cancel)
    timer.start()
    return timer


@pytest.mark.parametrize("part", ["motion", "renderer"])
def test_cancelling_takes_less_than_a_second_and_leaves_nothing(job, run, fakes, part):
    endless = job(motion=motion(frames=10_000, pause=0.01)) if part == "motion" else job(
        motion=motion(frames=10_000), **broken("renderer", pause=0.01)
    )  # fmt: skip
    context = HostContext()
    timer = cancelled_after(0.5, context)
    begin = time.monotonic()
    with pytest.raises(Cancelled) as raised:
        run(endless, context)
    timer.join()
    assert time.monotonic() - begin < 1.5
    assert raised.value.exit_code == 130
    assert left(endless) == []
    assert fakes.EVENTS[-1] == "finished cancelled: The run was cancelled."


def test_a_bug_counts_as_a_failure_for_observers(job, run, fakes, monkeypatch):
    monkeypatch.setattr("a1sdk.render.pipeline.write_film", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(job())
    assert fakes.EVENTS[-1] == "finished failed: ZeroDivisionError: division by zero"


@pytest.mark.parametrize("output", ["film.mkv", "film.mov"])
def test_sound_is_carried_over_in_step_with_the_picture(job, run, film, output):
    driver = film(30, sound=True)
    report = run(job(output, motion=motion(path=str(driver), frames=30)))
    facts = probe(report.job.output)
    assert facts.audio is not None
    sound = SoundTrack(AudioSource(report.job.output, Fraction(0), facts.video.duration))
    samples = np.concatenate(list(sound.samples()), axis=1)[0]
    sound.close()
    clicks = np.flatnonzero(np.abs(samples) > 0.2)
    expected = [n * sound.rate // 2 for n in range(3)]
    late = [int(np.abs(clicks - at).min()) for at in expected]
    assert max(late) <= sound.rate / 25 / 2  # half a frame


def test_sound_can_be_left_out(job, run, film):
    driver = film(sound=True)
    options = motion(path=str(driver), frames=20)
    report = run(job(motion=options, delivery={"audio": False}))
    assert probe(report.job.output).audio is None


def test_the_films_first_frame_carries_the_timecode(job, run):
    delivery = {"timecode": "01:00:00:24"}
    assert probe(run(job("film.mov", delivery=delivery)).job.output).timecode == "01:00:00:24"


@pytest.mark.parametrize("timecode", ["01:00:00:25", "nonsense", "01:00:00;02"])
def test_a_timecode_that_does_not_exist_is_refused(job, run, timecode):
    bad = job("film.mov", delivery={"timecode": timecode})
    with pytest.raises(ConfigError):
        run(bad)
    assert left(bad) == []


def saved(path, pixels):
    from a1sdk.media import write_still

    write_still(path, pixels)
    return path


def test_transparency_is_kept_where_the_codec_can(job, run, tmp_path):
    pixels = portrait(160, 120, alpha=True).pixels
    cutout = saved(tmp_path / "cutout.png", pixels)
    report = run(job("shot.%04d.png", portrait=cutout))
    assert left(report.job)[:2] == ["shot.1001.png", "shot.1002.png"]
    assert left(report.job)[-1] == "shot.a1report.json"
    drawn = read_still(report.job.output.with_name("shot.1005.png")).pixels
    assert drawn.dtype == np.uint8 and drawn[0, 0, 0] == 4
    assert np.array_equal(drawn[8:], pixels[8:]) and not report.warnings


@pytest.mark.parametrize(
    ("renderer", "output", "lacking"),
    [("fake/painter", "film.mp4", "h264"), ("fake/plain", "film.mkv", "fake/plain")],
)
def test_transparency_that_is_lost_is_mentioned(job, run, tmp_path, renderer, output, lacking):
    cutout = saved(tmp_path / "cutout.png", portrait(160, 120, alpha=True).pixels)
    report = run(job(output, portrait=cutout, renderer={"use": renderer}))
    assert report.warnings == [
        f"The portrait's transparency is laid over black: {lacking} has none."
    ]


def test_sixteen_bits_are_kept(job, run, tmp_path):
    pixels = portrait(160, 120, depth=16).pixels
    deep = saved(tmp_path / "deep.png", pixels + np.uint16(3))
    report = run(job("shot.%04d.png", portrait=deep))
    drawn = read_still(report.job.output.with_name("shot.1001.png")).pixels
    assert np.array_equal(drawn[8:], pixels[8:] + np.uint16(3))


def test_the_driver_is_shown_to_the_left(job, run, film):
    driver = film(8)
    report = run(job(motion=motion(path=str(driver), frames=10), delivery={"side_by_side": True}))
    assert report.size == (320, 120) and report.frames == 10
    with open_video(report.job.output) as reader:
        shades = [int(np.median(frame.pixels[:, :150])) for frame in reader.frames()]
        result = [frame.pixels[4, 164, 0] for frame in reader.frames()]
    assert np.abs(np.array(shades) - [0, 20, 40, 60, 80, 100, 120, 140, 140, 140]).max() <= 3
    assert result == list(range(10))


def test_a_delivered_size_is_kept_exactly(job, run):
    report = run(job(delivery={"size": (96, 128)}))
    facts = probe(report.job.output).video
    assert report.size == (facts.width, facts.height) == (96, 128)


@pytest.mark.parametrize(("output", "size"), [("film.mp4", (98, 66)), ("film.mkv", (97, 65))])
def test_odd_sizes_are_reported_as_they_are_written(job, run, output, size):
    report = run(job(output, delivery={"size": (97, 65)}))
    facts = probe(report.job.output).video
    assert report.size == (facts.width, facts.height) == size


def test_a_crop_that_cuts_the_face_is_mentioned(job, run):
    cut = run(job(delivery={"size": (160, 40)}))
    assert cut.warnings == [
        "The face does not fit into the size asked for; fit pad shows all of it."
    ]
    assert run(job(delivery={"size": (160, 40), "fit": "pad"})).warnings == []


def test_a_giant_portrait_is_scaled_and_that_is_said(job, run, tmp_path):
    giant = saved(tmp_path / "giant.png", np.full((32, 5000, 3), 90, np.uint8))
    report = run(job("film.mkv", portrait=giant))
    assert report.size == (4096, 26)
    assert numbers(report.job.output) == list(range(10))
    assert "5000x32 pixels; the film has 4096x26" in report.warnings[0]


def test_a_renderer_has_its_limits(job, run, tmp_path):
    wide = saved(tmp_path / "wide.png", np.full((64, 301, 3), 90, np.uint8))
    with pytest.raises(CapabilityError, match="at most 300 pixels a side"):
        run(job(portrait=wide, renderer={"use": "fake/plain"}))


def test_head_motion_has_to_be_of_the_kind_asked_for(job, run):
    with pytest.raises(CapabilityError, match="gives relative head motion"):
        run(job(performance={"head": "absolute"}))
    wanted = job(motion=motion(head="absolute"), performance={"head": "absolute"})
    assert run(wanted).outcome == "done"


@pytest.mark.parametrize(
    ("mode", "smile", "lips", "replaced"),
    [
        ("auto", 0.9, 0.01, True),
        ("auto", 0.1, 0.01, False),
        ("auto", None, 0.01, False),
        ("auto", 0.9, 0.15, False),  # the driver smiles all along
        ("auto", 0.9, None, True),  # the motion has no subject: it is drawn on a resting face
        ("relative", 0.9, 0.01, False),
    ],
)
def test_a_smiling_portrait_does_not_smile_twice(job, run, mode, smile, lips, replaced):
    report = run(
        job(
            motion=motion(lips=lips),
            tracker={"use": "fake/tracker", "options": {"smile": smile}},
            performance={"expression": mode},
        )
    )
    said = [warning for warning in report.warnings if "the performance replaces its" in warning]
    assert bool(said) == replaced == bool(report.warnings)


def test_expression_is_absolute_where_that_is_asked_for(job, run, fakes):
    smiling = {"tracker": {"use": "fake/tracker", "options": {"smile": 0.9}}}
    run(job(performance={"expression": "relative"}, **smiling))
    added = fakes.TARGETS[0].landmarks
    run(job(performance={"expression": "absolute"}, **smiling))
    replaced = fakes.TARGETS[-10].landmarks
    corners = [61, 291]
    assert (replaced[corners, 1] > added[corners, 1] + 1).all()  # the corners have come down


def test_the_report_is_the_record_of_the_render(job, run):
    report = run(job())
    text = report.job.output.with_name("film.mkv.a1report.json").read_text("utf-8")
    assert RenderReport.model_validate_json(text) == report
    stored = json.loads(text)
    assert stored["inputs"][0]["sha256"] == sha256(report.job.portrait)
    assert stored["outputs"][0]["sha256"] == sha256(report.job.output)
    assert stored["outputs"][0]["bytes"] == report.job.output.stat().st_size
    assert [one["ref"] for one in stored["components"]] == [
        "fake/tracker",
        "fake/motion",
        "fake/painter",
    ]
    assert set(stored["seconds"]) == {"prepare", "motion", "render", "write"}
    assert RenderJob.model_validate(stored["job"]) == report.job


def test_the_report_lists_the_files_that_components_read(job, run, tmp_path, monkeypatch):
    monkeypatch.setenv("A1_HOME", str(tmp_path / "home"))
    names = [".git/config", "b/config.json", "b/weights.bin", "lora.bin"]
    for name in names:
        (tmp_path / "models" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / name).write_text(name)
    folder, lora = tmp_path / "models" / "b", tmp_path / "models" / "lora.bin"
    asked = job(
        renderer={"use": "fake/painter", "options": {"weights": str(folder.parent)}},
        tracker={"use": "fake/tracker", "options": {"weights": str(lora)}},
    )
    report = run(asked)
    read = [(one.path, one.sha256, one.bytes) for one in report.inputs]
    paths = [asked.portrait, lora, folder / "config.json", folder / "weights.bin", lora]
    assert read == [(path, sha256(path), path.stat().st_size) for path in paths]


def test_a_job_from_its_report_renders_the_same_film(job, run):
    first = run(job("film.mp4", motion=motion(gaps=[3]), delivery={"rate": "30000/1001"}))
    before = sha256(first.job.output)
    again = run(RenderJob.model_validate_json(first.job.model_dump_json()))
    assert sha256(again.job.output) == before
