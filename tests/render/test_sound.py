"""What is heard of several layers, and when."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a1sdk.errors import ConfigError
from a1sdk.media import AudioSource, open_writer, probe
from a1sdk.media.audio import SoundTrack

MOUTH = {"regions": {"mouth": 1}}
Layer = dict[str, Any]


def wav(path: Path, level: float, rate: int = 48000, seconds: int = 4) -> Path:
    """Write a sound of one level throughout."""
    samples = np.full(seconds * rate, round(level * 32768), "<i2")
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


@pytest.fixture
def voice(tmp_path: Path) -> Callable[..., Layer]:
    """A layer of four seconds that says a level."""

    def make(name: str, level: float, rate: int = 48000, **blend: Any) -> Layer:
        path = wav(tmp_path / f"{name}.wav", level, rate)
        options = {"path": str(path), "frames": 100}
        return {"name": name, "use": "fake/voice", "options": options, **MOUTH, **blend}

    return make


@pytest.fixture
def speaking_film(tmp_path: Path) -> Callable[..., Layer]:
    """A layer of four seconds of a film that says a level."""

    def make(name: str, level: float, **blend: Any) -> Layer:
        sound = AudioSource(wav(tmp_path / f"{name}.wav", level), Fraction(0), Fraction(4))
        path = tmp_path / f"{name}.mkv"
        with open_writer(path, rate=Fraction(25), width=64, height=48, audio=sound) as writer:
            for _ in range(100):
                writer.write(np.zeros((48, 64, 3), np.uint8))
        options = {"path": str(path), "frames": 100}
        return {"name": name, "use": "fake/motion", "options": options, **blend}

    return make


@pytest.fixture
def levels(run: Any, job: Any) -> Callable[..., list[tuple[float, int]]]:
    """Render layers over a silent base, and return the levels heard and where each begins."""

    def hear(*layers: Layer, seconds: int = 4) -> list[tuple[float, int]]:
        base = {"name": "base", "use": "fake/motion", "options": {"frames": 25 * seconds}}
        hear.report = run(job(motion=[base, *layers], delivery={"duration": f"{seconds}s"}))
        output = hear.report.job.output
        assert probe(output).audio.sample_rate == 48000
        track = SoundTrack(AudioSource(output, Fraction(0), Fraction(seconds)))
        samples = np.round(np.concatenate(list(track.samples()), axis=1)[0], 2)
        track.close()
        changes = [0, *(np.flatnonzero(np.diff(samples)) + 1)]
        return [(round(float(samples[at]), 2), int(at)) for at in changes]

    return hear


def points(*given: tuple[str, str]) -> dict[str, Any]:
    return {"points": given}


def test_each_voice_is_heard_while_it_is_there(levels, voice):
    first = voice("first", 0.2, time=points(("0.2s", "1s"), ("1s", "1.8s")))
    second = voice("second", 0.4, time=points(("2s", "0s"), ("3.1s", "1.1s")))
    assert levels(first, second) == [(0, 0), (0.2, 9600), (0, 48000), (0.4, 96000), (0, 148800)]
    assert levels.report.warnings == []


def test_one_voice_by_points_is_heard_while_it_runs(levels, voice):
    """What is held at its ends, or lies beyond it, is silence."""
    held = points(("0.5s", "1s"), ("1s", "1s"), ("2s", "2s"), ("3s", "2s"))
    assert levels(voice("v", 0.2, time=held)) == [(0, 0), (0.2, 48000), (0, 96000)]
    beyond = points(("0s", "-1s"), ("2s", "1s"))
    assert levels(voice("v", 0.2, time=beyond)) == [(0, 0), (0.2, 48000), (0, 96000)]


def test_a_voice_that_begins_later_is_heard_instead(levels, voice):
    """They cross-fade; where the later one is over, the one beneath goes on."""
    fade = {"fade_in": "0.2s", "fade_out": "0.2s"}
    first = voice("first", 0.2, **fade)
    second = voice("second", 0.4, time=points(("1s", "0s"), ("2s", "1s")), **fade)
    third = voice("third", 0.6, time={"offset": "3s"}, **fade)
    heard = [(0.2, 0), (0.4, 48000), (0.2, 96000), (0.6, 144000)]
    assert levels(first, second, third) == heard
    assert levels(third, second, first) == heard


def test_of_voices_that_begin_together_the_first_is_heard(levels, voice):
    short = voice("short", 0.2, time={"offset": "-2s"})
    assert levels(short, voice("long", 0.4)) == [(0.2, 0), (0.4, 96000)]
    assert levels(voice("long", 0.4), short) == [(0.4, 0)]


def test_what_is_retimed_among_others_is_silent_and_said(levels, voice):
    first = voice("first", 0.2, time=points(("0s", "0s"), ("1s", "1s")))
    quick = voice("quick", 0.4, time=points(("1s", "0s"), ("2s", "1.5s")))
    last = voice("last", 0.6, time=points(("2s", "0s"), ("3s", "1s")))
    assert levels(first, quick, last) == [(0.2, 0), (0, 48000), (0.6, 96000), (0, 144000)]
    assert levels.report.warnings == ["Layer 'quick' is retimed, and is not heard."]


def test_nothing_is_heard_where_all_are_retimed(levels, voice):
    quick = [voice(name, 0.2, time={"speed": 2}) for name in ("one", "two")]
    with pytest.raises(ConfigError, match="'one' is retimed, and its sound cannot be"):
        levels(*quick)


def test_a_voice_at_a_lower_rate_keeps_its_place(levels, voice):
    first = voice("first", 0.2, rate=16000, time=points(("0s", "1s"), ("1.01s", "2.01s")))
    second = voice("second", 0.4, time=points(("2s", "0s"), ("3s", "1s")))
    assert levels(first, second) == [(0.2, 0), (0, 48480), (0.4, 96000), (0, 144000)]


def test_films_are_heard_where_no_voice_is(levels, speaking_film, voice):
    one = speaking_film("one", 0.2, time=points(("0s", "1s"), ("1s", "2s")))
    two = speaking_film("two", 0.4, time=points(("1.5s", "0s"), ("2s", "0.5s")))
    assert levels(one, two) == [(0.2, 0), (0, 48000), (0.4, 72000), (0, 96000)]
    assert levels(one, two, voice("voice", 0.6)) == [(0.6, 0)]


def test_a_film_that_gives_the_head_alone_is_not_heard_beside_one_that_moves_the_mouth(
    levels, speaking_film
):
    head = speaking_film("head", 0.4, time={"offset": "1s"}, regions={"head": 1})
    assert levels(speaking_film("one", 0.2), head) == [(0.2, 0)]
    assert levels(head) == [(0, 0), (0.4, 48000)]


def test_layers_that_are_over_before_the_film_begins_leave_it_without_sound(job, run, voice):
    gone = [voice(name, 0.2, time={"offset": "-9s"}) for name in ("one", "two")]
    base = {"name": "base", "use": "fake/motion", "options": {}}
    assert probe(run(job(motion=[base, *gone])).job.output).audio is None
