"""Sound in a shot's film: to the sample where the cut has it, or left out with a note."""

from __future__ import annotations

import json
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from a1sdk.media import AudioSource, open_writer

RATE = 48000
PRORES = {"codec": "prores-422hq"}


def clicking(path: Path, rate: int = RATE) -> Path:
    """Eight seconds with a click at each half second."""
    samples = np.zeros(8 * rate, "<i2")
    samples[:: rate // 2] = 20000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


@pytest.fixture
def speaking(studio):
    """A driver of eight seconds, black, with a click at each half second."""

    def make(rate: Fraction = Fraction(25)) -> None:
        clicks = clicking(studio.folder / "clicks.wav")
        count = int(8 * rate)
        sound = AudioSource(clicks, Fraction(0), count / rate)
        path = studio.folder / "perf.mkv"
        with open_writer(path, rate=rate, width=80, height=16, audio=sound) as writer:
            for _ in range(count):
                writer.write(np.zeros((16, 80, 3), np.uint8))

    return make


def samples_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        assert container.streams.audio[0].rate == RATE
        parts = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(parts, axis=1)[0].astype(np.float64)


def heard(path: Path) -> list[int]:
    """Where the clicks are, each at its loudest sample."""
    loud = np.abs(samples_of(path))
    near = np.flatnonzero(loud > 0.3 * loud.max())
    groups = np.split(near, np.flatnonzero(np.diff(near) > 10) + 1)
    return [int(group[loud[group].argmax()]) for group in groups]


def clicks_of(*pieces: tuple[Fraction, Fraction, Fraction]) -> list[int]:
    """Where the clicks belong of pieces: their place in the film, first second and length."""
    halves = [Fraction(k, 2) for k in range(16)]
    return [
        int((at + time - first) * RATE)
        for at, first, lasts in pieces
        for time in halves
        if first <= time < first + lasts
    ]


def frames(*numbers: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(number, 25) for number in numbers)


def codes(shot) -> list[str]:
    return [problem.code for problem in shot.shot.problems]


@pytest.mark.parametrize("handles", [0, 8])
def test_sound_is_where_the_cut_has_it(studio, speaking, cut, handles):
    speaking()
    path = cut(sh010=("perf.mkv", 40, 50))
    report = studio.render(path, handles=handles, delivered=PRORES)
    piece = frames(0, 40 - handles, 50 + 2 * handles)
    assert heard(report.shots[0].media) == clicks_of(piece)


def test_no_sound_when_it_is_not_wanted(studio, speaking, cut):
    speaking()
    path = cut(sh010=("perf.mkv", 40, 50))
    report = studio.render(path, delivered={**PRORES, "sound": False})
    with av.open(str(report.shots[0].media)) as container:
        assert not container.streams.audio


@pytest.fixture
def edited(cut, studio):
    """Write a cut of one portrait of 100 frames, under which clips lie as (url, start, frames).

    A clip without a url is a gap; a fourth number is the clip's speed.
    """

    def write(*clips: tuple, track: str = "A1 DRIVE") -> Path:
        path = cut(sh010=("perf.mkv", 0, 100))
        document = json.loads(path.read_text())
        drives = document["tracks"]["children"][0]
        if track != "A1 DRIVE":
            document["tracks"]["children"].insert(0, {**drives, "name": track, "kind": "Audio"})
        (model,) = drives["children"]
        lane = document["tracks"]["children"][0]
        lane["children"] = [_child(model, *one) for one in clips]
        path.write_text(json.dumps(document))
        return path

    def _child(model: dict, url: str, start: int, frames: int, speed: float = 1) -> dict:
        child = json.loads(json.dumps(model))
        child["source_range"]["start_time"]["value"] = start
        child["source_range"]["duration"]["value"] = frames
        if not url:
            return {
                "OTIO_SCHEMA": "Gap.1",
                "source_range": child["source_range"],
            }
        child["name"] = child["media_references"]["DEFAULT_MEDIA"]["target_url"] = url
        if speed != 1:
            child["effects"] = [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": speed}]
        return child

    return write


def test_the_sound_of_a_driver_that_is_cut_is_cut_with_it(studio, speaking, edited):
    speaking()
    path = edited(("perf.mkv", 10, 30), ("perf.mkv", 80, 40), ("", 0, 10), ("perf.mkv", 7, 20))
    (shot,) = studio.render(path, delivered=PRORES, handles=0).shots
    pieces = frames(0, 10, 30), frames(30, 80, 40), frames(80, 7, 20)
    assert heard(shot.media) == clicks_of(*pieces)
    assert len(samples_of(shot.media)) == 4 * RATE
    assert "A1-SOUND-LEFT-OUT" not in codes(shot)


def test_two_lines_of_dialogue_are_heard_at_the_rate_of_the_better(studio, speaking, edited):
    """Their files differ in their sample rates; the driver's own sound is not heard."""
    speaking()
    clicking(studio.folder / "low.wav", 16000)
    path = edited(("low.wav", 21, 30), ("", 0, 25), ("clicks.wav", 61, 30), track="A1 VOICE")
    (shot,) = studio.render(path, delivered=PRORES, handles=0).shots
    pieces = frames(0, 21, 30), frames(55, 61, 30)
    assert heard(shot.media) == clicks_of(*pieces)
    samples = samples_of(shot.media)
    assert not samples[30 * RATE // 25 : 55 * RATE // 25].any() and len(samples) == 4 * RATE
    assert "A1-SOUND-LEFT-OUT" not in codes(shot)


def test_a_driver_that_ends_before_its_shot_is_heard_to_its_end(studio, speaking, edited):
    speaking()
    (shot,) = studio.render(edited(("perf.mkv", 10, 40)), delivered=PRORES, handles=0).shots
    assert heard(shot.media) == clicks_of(frames(0, 10, 40))
    assert len(samples_of(shot.media)) == 4 * RATE


def test_a_piece_that_is_retimed_is_silent_and_that_is_said(studio, speaking, edited):
    speaking()
    path = edited(("perf.mkv", 10, 30), ("perf.mkv", 50, 30, 2.0), ("perf.mkv", 120, 40))
    (shot,) = studio.render(path, delivered=PRORES, handles=0).shots
    assert heard(shot.media) == clicks_of(frames(0, 10, 30), frames(60, 120, 40))
    (note,) = [one for one in shot.shot.problems if one.code == "A1-SOUND-LEFT-OUT"]
    assert note.message == "the sound of driver2 is retimed; the media is silent there"


def test_a_driver_that_is_retimed_throughout_has_no_sound(studio, speaking, edited):
    speaking()
    (shot,) = studio.render(edited(("perf.mkv", 10, 100, 1.5)), delivered=PRORES).shots
    assert "A1-SOUND-LEFT-OUT" in codes(shot)
    with av.open(str(shot.media)) as container:
        assert not container.streams.audio
