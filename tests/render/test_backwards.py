"""Layers that are played backwards, and that show more than their takes have."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.errors import CapabilityError, ConfigError, PluginRunError
from a1sdk.media import open_video, probe
from a1sdk.motion.clip import MotionClip
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import LayerStack
from a1sdk.testing import open_resources


def layer(points: list, use: str = "motion", **options) -> dict:
    fields = {"name": "driver", "use": f"fake/{use}", "options": options}
    return {**fields, "time": {"points": points}} if points else fields


@pytest.fixture
def drawn(job, run, fakes):
    """Render a layer, and return the motion of every frame as one array a frame."""

    def render(one: dict, above: tuple = (), **delivery) -> list[np.ndarray]:
        fakes.TARGETS.clear()
        report = run(job(motion=[one, *above], delivery=delivery))
        assert report.frames == len(fakes.TARGETS)
        return [
            np.concatenate([target.motion.expression.ravel(), target.motion.rotation.ravel()])
            for target in fakes.TARGETS
        ]

    return render


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def test_a_driver_played_backwards_is_drawn_from_its_end(drawn):
    forward = drawn(layer([], frames=20))
    assert same(drawn(layer([[0, "19/25"], ["20/25", "-1/25"]], frames=20)), forward[::-1])


def test_a_ramp_turns_round(drawn):
    forward = drawn(layer([], frames=20))
    points = [[0, 0], ["4/25", "8/25"], ["6/25", "8/25"], ["14/25", 0]]
    expected = [forward[n] for n in (0, 2, 4, 6, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1)]
    assert same(drawn(layer(points, frames=20)), expected)


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        ([[0, "-3/25"], ["8/25", "5/25"]], (0, 0, 0, 0, 1, 2, 3, 4)),
        ([[0, "6/25"], ["6/25", "12/25"]], (6, 7, 8, 9, 9, 9)),
        ([[0, "12/25"], ["6/25", "6/25"]], (9, 9, 9, 9, 8, 7)),
        ([[0, "4/25"], ["8/25", "-4/25"]], (4, 3, 2, 1, 0, 0, 0, 0)),
        ([[0, "20/25"], ["2/25", "18/25"]], (9, 9)),
        ([[0, "-2/25"], ["2/25", "-4/25"]], (0, 0)),
        ([["-3/25", "9/25"], ["4/25", "2/25"]], (6, 5, 4, 3)),
    ],
)
@pytest.mark.parametrize("counted", [True, False])
def test_handles_beyond_the_take_hold_its_first_and_last_frame(drawn, points, shown, counted):
    forward = drawn(layer([], frames=10))
    got = drawn(layer(points, frames=10, counted=counted))
    assert same(got, [forward[number] for number in shown])


def test_a_film_shorter_than_the_map_spools_only_what_it_shows(drawn, fakes):
    forward = drawn(layer([], frames=50))
    points = [[0, "20/25"], ["20/25", 0], [20, 20]]
    got = drawn(layer(points, frames=50, at=23, wrong="frame"), duration="4/25")
    assert same(got, [forward[number] for number in (20, 19, 18, 17)])
    with pytest.raises(PluginRunError, match="at frame 21"):
        drawn(layer(points, frames=50, at=21, wrong="frame"), duration="4/25")


def test_a_film_that_ends_between_two_frames_finds_what_follows_its_last(drawn):
    forward = drawn(layer([], frames=50))
    got = drawn(layer([[0, "40/25"], ["20/25", 0]], frames=50), duration="7/50")
    assert same(got, [forward[number] for number in (40, 38, 36, 34)])


@pytest.mark.parametrize("rate", ["24", "30000/1001", "50"])
def test_rates_are_brought_together_backwards_as_forwards(drawn, rate):
    """Shown from its last frame to its first and back, every film frame comes twice."""
    there = [[0, 0], ["1/2", "1/2"]]
    back = [[0, "1/2"], ["1/2", 0]]
    once, again = (drawn(layer(way, frames=20), rate=rate) for way in (there, back))
    middle = Fraction(1, 2) * Fraction(rate)
    if middle.denominator == 1:
        assert all(np.array_equal(a, b) for a, b in zip(once[1:], again[:0:-1], strict=True))
    mirrored = [["0", "0"], ["1/4", "1/4"], ["1/2", "0"]]
    assert same(drawn(layer(mirrored, frames=20), rate=rate)[:6], once[:6])


def test_two_layers_that_follow_each_other_meet_in_one_frame(drawn):
    ground = layer([], frames=1, shift=0.0)
    fore = {**layer([[0, "8/25"], ["5/25", "3/25"]], frames=10), "name": "a"}
    after = {**layer([["5/25", "1/25"], ["9/25", "5/25"]], frames=10), "name": "b"}
    alone = drawn(ground, duration="10/25")
    first, second = (drawn(ground, (one,), duration="10/25") for one in (fore, after))
    both = drawn({**ground, "name": "base"}, (fore, after), duration="10/25")
    assert same(both, [*first[:5], *second[5:9], *alone[9:]])
    assert all(np.array_equal(a, b) for a, b in zip(first[5:], alone[5:], strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(second[:5], alone[:5], strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(both[:9], alone[:9], strict=True))


def test_gaps_are_filled_in_the_takes_own_time(job, run, drawn):
    forward = drawn(layer([], frames=20, gaps=[9, 10]))
    back = layer([[0, "19/25"], ["20/25", "-1/25"]], frames=20, gaps=[9, 10])
    assert same(drawn(back), forward[::-1])
    report = run(job(motion=[back]))
    assert [(gap.first, gap.last) for gap in report.gaps] == [(9, 10)]


def test_a_live_source_is_not_played_backwards(job, run):
    points = [[0, "1/5"], ["1/5", 0]]
    with pytest.raises(CapabilityError, match=r"'driver' is played backwards, and .* is live"):
        run(job(motion=[layer(points, "live")]))
    assert run(job(motion=[layer([[0, 0], ["1/5", "1/5"]], "live")])).frames == 5


def test_the_scratch_file_is_gone_when_the_run_has_ended_or_failed(job, run, monkeypatch, tmp_path):
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    points, before = [[0, "9/25"], ["10/25", "-1/25"]], open_resources()
    run(job(motion=[layer(points)]))
    with pytest.raises(PluginRunError):
        run(job(motion=[layer(points, wrong="frame", at=5)]))
    assert list((tmp_path / "temp").iterdir()) == [] and not open_resources() - before


def test_a_film_played_backwards_is_shown_so_and_has_no_sound(job, run, film):
    driver = str(film(10, sound=True))
    back = layer([[0, "9/25"], ["10/25", "-1/25"]], path=driver)
    with pytest.raises(ConfigError, match="'driver' is retimed"):
        run(job(motion=[back]))
    report = run(job(motion=[back], delivery={"side_by_side": True, "audio": False}))
    assert probe(report.job.output).audio is None
    with open_video(report.job.output) as reader:
        shades = [int(np.median(frame.pixels[:, :150])) for frame in reader.frames()]
    assert np.abs(np.array(shades) - np.arange(180, -1, -20)).max() <= 3


def test_words_of_a_voice_played_backwards_are_mirrored(registry, tmp_path):
    points = [[0, "10/25"], ["10/25", 0]]
    words = [["0", "4/25"], ["4/25", "9/25"]]
    stack = LayerStack.model_validate({"layers": [layer(points, words=words)]}).layers
    output: Path = tmp_path / "take.a1motion"
    with HostContext() as context:
        extract_motion(stack, output, registry=registry, context=context, tracker="fake/tracker")
    labels = MotionClip.load(output).labels
    spans = [(label.start * 25, label.end * 25) for label in labels]
    assert spans == [(1, 6), (6, 10)]
