"""Sound in a shot's film: to the sample where the cut has it, or left out with a note."""

from __future__ import annotations

import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from a1sdk.media import AudioSource, open_writer

RATE = 48000


@pytest.fixture
def speaking(studio):
    """A driver of eight seconds, black, with a click at each half second."""

    def make(rate: Fraction = Fraction(25)) -> None:
        samples = np.zeros(8 * RATE, "<i2")
        samples[:: RATE // 2] = 20000
        clicks = studio.folder / "clicks.wav"
        with wave.open(str(clicks), "wb") as out:
            out.setparams((1, 2, RATE, len(samples), "NONE", ""))
            out.writeframes(samples.tobytes())
        count = int(8 * rate)
        sound = AudioSource(clicks, Fraction(0), count / rate)
        path = studio.folder / "perf.mkv"
        with open_writer(path, rate=rate, width=80, height=16, audio=sound) as writer:
            for _ in range(count):
                writer.write(np.zeros((16, 80, 3), np.uint8))

    return make


def heard(path) -> np.ndarray:
    with av.open(str(path)) as container:
        parts = [frame.to_ndarray() for frame in container.decode(audio=0)]
    samples = np.concatenate(parts, axis=1)[0].astype(np.float64)
    return np.flatnonzero(np.abs(samples) > 0.3 * np.abs(samples).max())


@pytest.mark.parametrize("handles", [0, 8])
def test_sound_is_where_the_cut_has_it(studio, speaking, cut, handles):
    speaking()
    path = cut(sh010=("perf.mkv", 40, 50))
    report = studio.render(path, handles=handles, delivered={"codec": "prores-422hq"})
    first = Fraction(40 - handles, 25)
    lasts = Fraction(50 + 2 * handles, 25)
    halves = [Fraction(k, 2) for k in range(16)]
    wanted = [int((t - first) * RATE) for t in halves if first <= t < first + lasts]
    assert list(heard(report.shots[0].media)) == wanted


def test_no_sound_when_it_is_not_wanted(studio, speaking, cut):
    speaking()
    path = cut(sh010=("perf.mkv", 40, 50))
    report = studio.render(path, delivered={"codec": "prores-422hq", "sound": False})
    with av.open(str(report.shots[0].media)) as container:
        assert not container.streams.audio


def test_sound_that_is_put_together_is_left_out_and_said(studio, speaking, otio_pieces):
    speaking()
    report = studio.render(otio_pieces, delivered={"codec": "prores-422hq"})
    (shot,) = report.shots
    assert "A1-SOUND-LEFT-OUT" in [problem.code for problem in shot.shot.problems]
    with av.open(str(shot.media)) as container:
        assert not container.streams.audio


@pytest.fixture
def otio_pieces(studio, cut):
    """A cut whose one portrait has two pieces of the driver under it."""
    import json

    path = cut(sh010=("perf.mkv", 10, 30), sh020=("perf.mkv", 80, 30))
    document = json.loads(path.read_text())
    faces = document["tracks"]["children"][1]["children"]
    faces[0]["source_range"]["duration"]["value"] = 60
    del faces[1]
    path.write_text(json.dumps(document))
    return path
