from __future__ import annotations

import math
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.components.data import Label, StreamInfo
from a1sdk.errors import Cancelled, ConfigError
from a1sdk.media import AudioSource, open_video, probe
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import MotionFrame
from a1sdk.render.context import HostContext
from a1sdk.render.show import MotionPictures, show_motion
from a1sdk.testing import performing

RATE = Fraction(30000, 1001)
LABELS = (
    Label("words", Fraction(0), Fraction(1, 2), "papa"),
    Label("visemes", Fraction(0), Fraction(1, 10), "PP"),
    Label("words", Fraction(1, 2), Fraction(9, 10), "mama"),
)


def clip(count: int = 30) -> MotionClip:
    frames = (MotionFrame(n, None if n == 4 else performing(n / count)) for n in range(count))
    return MotionClip.from_frames(frames, StreamInfo(RATE), labels=lambda: LABELS)


def tone(path: Path) -> AudioSource:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        samples = [int(9000 * math.sin(n / 9)) for n in range(32000)]
        file.writeframes(np.array(samples, "<i2").tobytes())
    return AudioSource(path, Fraction(0), 30 / RATE)


def test_a_film_has_every_frame_and_the_sound(tmp_path: Path) -> None:
    output = tmp_path / "film.mp4"
    with HostContext() as context:
        sound = tone(tmp_path / "tone.wav")
        assert show_motion(clip(), output, context=context, size=(160, 120), sound=sound) == 30
    info = probe(output)
    assert info.video is not None and info.audio is not None
    assert (info.video.rate, info.video.width, info.video.height) == (RATE, 160, 120)
    with open_video(output) as film:
        assert film.count() == 30


def test_a_cancelled_film_leaves_nothing(tmp_path: Path) -> None:
    with HostContext() as context:
        context.cancel()
        with pytest.raises(Cancelled):
            show_motion(clip(), tmp_path / "film.mp4", context=context, size=(160, 120))
    assert list(tmp_path.iterdir()) == []


def test_a_film_is_no_picture(tmp_path: Path) -> None:
    with HostContext() as context, pytest.raises(ConfigError):
        show_motion(clip(), tmp_path / "film.txt", context=context)


def test_pictures_show_what_is_said_at_their_time() -> None:
    labelled, bare = MotionPictures(RATE, LABELS, (320, 320)), MotionPictures(RATE, (), (320, 320))
    frames = list(clip().frames())
    captions = slice(270, 320), slice(60, 260)

    def said(number: int) -> bool:
        ours, theirs = (pictures.draw(frames[number]) for pictures in (labelled, bare))
        assert (ours[:260] == theirs[:260]).all()
        return bool((ours[captions] != theirs[captions]).any())

    assert said(0) and said(14)
    assert not said(27)  # 27 / RATE is 0.9009 s: "mama" is over


def test_a_gap_shows_no_face() -> None:
    pictures = MotionPictures(RATE, (), (320, 320))
    frames = list(clip().frames())
    lost, seen = pictures.draw(frames[4]), pictures.draw(frames[5])
    assert (lost[20:250] != lost[0, 0]).any(axis=2).mean() < 0.05
    assert (seen[20:250] != seen[0, 0]).any(axis=2).mean() > 0.2


def test_long_words_fit() -> None:
    word = "Donaudampfschifffahrtsgesellschaft" * 2
    label = Label("words", Fraction(0), Fraction(1), word)
    picture = MotionPictures(RATE, [label], (320, 320)).draw(next(clip().frames()))
    background = picture[0, 0]
    words = (picture[272:292] != background).any(axis=(0, 2))
    assert words[60:260].any()
    assert not words[48:50].any() and not words[-50:-48].any()
