"""What is heard of several layers, and when."""

from __future__ import annotations

import wave
from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a1sdk.errors import ConfigError
from a1sdk.media import AudioSource, open_writer, probe
from a1sdk.media.audio import SoundTrack
from a1sdk.media.sound import open_sound

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
        return heard_in(hear.report.job.output, seconds)

    return hear


def heard_in(film: Path, seconds: int) -> list[tuple[float, int]]:
    """Return the levels in a film, and the sample at which each begins."""
    assert probe(film).audio.sample_rate == 48000
    samples = np.round(samples_of(film, seconds), 2)
    changes = [0, *(np.flatnonzero(np.diff(samples)) + 1)]
    return [(round(float(samples[at]), 2), int(at)) for at in changes]


def samples_of(film: Path, seconds: int) -> np.ndarray:
    with closing(SoundTrack(AudioSource(film, Fraction(0), Fraction(seconds)))) as track:
        return np.concatenate(list(track.samples()), axis=1)[0]


@pytest.fixture
def together(run: Any, job: Any) -> Callable[..., list[tuple[float, int]]]:
    """Let several people perform in one picture, each over a silent base, as `levels` does."""

    def hear(*people: list[Layer]) -> list[tuple[float, int]]:
        base = {"use": "fake/motion", "options": {"frames": 100}}
        first, *others = ([{**base, "name": f"base{n}"}, *one] for n, one in enumerate(people))
        hear.report = run(
            job(
                motion=first,
                face="0",
                cast=[{"face": str(n), "motion": one} for n, one in enumerate(others, 1)],
                tracker={"use": "fake/tracker", "options": {"faces": len(people)}},
                delivery={"duration": "4s"},
            )
        )
        return heard_in(hear.report.job.output, 4)

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


def test_different_people_are_mixed_each_at_its_level_and_time(together, voice):
    ann = voice("ann", 0.2, time={"offset": "0.5s"})
    ben = voice("ben", 0.4, rate=16000, time=points(("1s", "0s"), ("2s", "1s")))
    heard = together([ann], [ben])
    assert heard[0] == (0, 0) and heard[1] == (0.2, 24000) and heard[-1] == (0.2, 96000)
    assert (0.6, 48000) in heard
    assert together.report.warnings == []


@pytest.mark.shared
def test_real_voices_of_two_are_both_heard_as_they_are(run, job, shared):
    """What is heard is the sum of both, to the sample: nothing else is left over."""
    names = ("a04_jfk_44k_stereo.flac", "a11_two_speakers_left_man.wav")
    paths = [shared / "data" / "audio" / name for name in names]
    ann, ben = (
        {"name": path.stem, "use": "fake/voice", "options": {"path": str(path), "frames": 150}}
        for path in paths
    )
    asked = job(
        motion=[ann],
        face="0",
        cast=[{"face": "1", "motion": [{**ben, "time": {"offset": "1s"}}]}],
        tracker={"use": "fake/tracker", "options": {"faces": 2}},
        delivery={"duration": "6s"},
    )
    heard = heard_at_16k(run(asked).job.output)
    first, second = (heard_at_16k(path) for path in paths)
    alone = np.stack([first[:96000], np.concatenate([np.zeros(16000), second])[:96000]], axis=1)
    gains, left, *_ = np.linalg.lstsq(alone, heard, rcond=None)
    assert gains == pytest.approx([1, 1], abs=1e-3)
    assert left[0] < 1e-6 * (heard**2).sum()


def heard_at_16k(path: Path) -> np.ndarray:
    return np.concatenate(list(open_sound(path, rate=16000).blocks())).astype(float)


def test_one_mouth_says_one_thing_at_a_time_whoever_else_speaks(together, voice):
    later = voice("later", 0.3, time=points(("1s", "0s"), ("2s", "1s")))
    heard = together([voice("first", 0.1), later], [voice("ben", 0.5)])
    assert heard == [(0.6, 0), (0.8, 48000), (0.6, 96000)]


def test_a_film_in_which_several_perform_is_heard_once(together, speaking_film):
    film = speaking_film("film", 0.3)
    assert together([film], [{**film, "name": "again"}]) == [(0.3, 0)]
    first = {**film, "time": points(("0s", "0s"), ("1s", "1s"))}
    longer = {**film, "name": "longer", "time": points(("0.5s", "0.5s"), ("3s", "3s"))}
    assert together([first], [longer]) == [(0.3, 0), (0, 144000)]
    assert together([longer], [first]) == [(0.3, 0), (0, 144000)]


def test_a_film_that_is_named_by_two_paths_is_heard_once(together, speaking_film, tmp_path):
    film = speaking_film("film", 0.3)
    path = tmp_path / "link.mkv"
    path.symlink_to(film["options"]["path"])
    linked = {**film, "name": "again", "options": {**film["options"], "path": str(path)}}
    assert together([film], [linked]) == [(0.3, 0)]


def test_a_film_at_two_times_is_heard_at_both(together, speaking_film):
    film = speaking_film("film", 0.3)
    later = {**film, "name": "later", "time": {"offset": "1s"}}
    assert together([film], [later]) == [(0.3, 0), (0.6, 48000)]


def test_voices_that_are_too_loud_together_are_limited_and_that_is_said(together, voice):
    """What is further than 50 ms from the loud part is not touched."""
    loud = voice("loud", 0.8, time=points(("1s", "0s"), ("2s", "1s")))
    together([voice("ann", 0.8)], [loud])
    assert together.report.warnings == [
        "Voices together are up to 4.1 dB over full scale; a limiter holds them there."
    ]
    sound = samples_of(together.report.job.output, 4)
    assert np.abs(sound[: 48000 - 2400] - 0.8).max() < 1e-4
    assert np.abs(sound[48000:96000] - 1).max() < 1e-4
    assert np.abs(sound[96000 + 2400 :] - 0.8).max() < 1e-4


def test_who_is_retimed_is_silent_beside_another(together, voice):
    quick = voice("quick", 0.4, time={"speed": 2})
    assert together([quick], [voice("ben", 0.2)]) == [(0.2, 0)]
    assert together.report.warnings == ["Layer 'quick' is retimed, and is not heard."]


def test_a_film_that_gives_a_head_is_not_heard_beside_another_who_speaks(
    together, speaking_film, voice
):
    head = speaking_film("head", 0.4, regions={"head": 1})
    assert together([head], [voice("ben", 0.2)]) == [(0.2, 0)]
    assert together([head], [speaking_film("ben", 0.3)]) == [(0.3, 0)]
