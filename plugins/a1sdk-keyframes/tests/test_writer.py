from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from a1sdk_keyframes.curve import Curve
from a1sdk_keyframes.options import WriterOptions
from a1sdk_keyframes.performance import Performance
from a1sdk_keyframes.reading import parse_keys, read_keys
from a1sdk_keyframes.reduction import reduced
from a1sdk_keyframes.writer import KeysWriter
from hypothesis import given
from hypothesis import strategies as st

from a1sdk import HostContext, Registry
from a1sdk.plugin import (
    CapabilityError,
    FaceMotion,
    MotionClip,
    MotionFrame,
    StreamInfo,
    euler,
    from_coefficients,
    neck_swing,
)
from a1sdk.testing import MotionWriterContract, neutral_shape

RATE = Fraction(30000, 1001)
BUSY = """{
  "rate": "30000/1001",
  "channels": {"smile": [[0, 0], ["1s", 0.7], ["4s", 0.2]], "head.yaw": [[0, -8], ["2s", 9]]},
  "presets": [{"preset": "blink", "at": "0.5s"}, {"preset": "nod", "at": "1s"},
              {"preset": "surprise", "at": "2s"}],
  "idle": {}
}"""


class TestKeysWriter(MotionWriterContract):
    ref = "keyframes/json"


def performance(seconds: int = 6) -> MotionClip:
    playing = Performance(parse_keys(BUSY, "busy"), 3)
    frames = [MotionFrame(n, playing(n / RATE)) for n in range(int(seconds * RATE))]
    return MotionClip.from_frames(frames, StreamInfo(RATE))


def written(clip: MotionClip, tmp_path: Path, **options: float) -> Path:
    path = tmp_path / "take.json"
    with HostContext() as context:
        lent = context.lend(Registry().spec("motion_writer", "keyframes/json"))
        KeysWriter(WriterOptions(**options)).write(clip, path, lent)
    return path


def replayed(path: Path, count: int) -> list[FaceMotion]:
    playing = Performance(read_keys(path), 0)
    return [playing(n / RATE) for n in range(count)]


@pytest.mark.parametrize("tolerances", [{}, {"shapes": 0.002, "degrees": 0.02, "units": 0.001}])
def test_written_motion_plays_within_the_tolerances(
    tmp_path: Path, tolerances: dict[str, float]
) -> None:
    clip = performance()
    known = WriterOptions(**tolerances)
    path = written(clip, tmp_path, **tolerances)
    for before, after in zip(clip.frames(), replayed(path, len(clip)), strict=True):
        one, two = before.face, after
        assert np.abs(one.blendshapes - two.blendshapes).max() <= known.shapes + 1e-5
        angles = np.subtract(euler(one.rotation), euler(two.rotation))
        assert np.abs(angles).max() <= known.degrees + 1e-3
        places = [face.translation - neck_swing(face.rotation) for face in (one, two)]
        assert np.abs(places[0] - places[1]).max() <= known.units + 1e-3  # a clip keeps float16


def test_keys_are_few(tmp_path: Path) -> None:
    clip = performance(20)
    channels = read_keys(written(clip, tmp_path)).channels
    keyed = sum(len(channel.keys) for channel in channels.values())
    assert keyed < 0.15 * len(clip) * len(channels)


def test_gaps_are_joined_by_keys_on_both_sides(tmp_path: Path) -> None:
    frames = list(performance(2).frames())
    for n in range(20, 30):
        frames[n] = MotionFrame(n, None)
    clip = MotionClip.from_frames(frames, StreamInfo(RATE, duration=Fraction(2)))
    file = read_keys(written(clip, tmp_path))
    at = [key.at * RATE for key in file.channels["head.yaw"].keys]
    assert {19, 30} <= set(at) and not {*range(20, 30)} & set(at)
    assert (file.rate, file.duration) == (RATE, 2)


def test_motion_without_any_face_is_refused(tmp_path: Path) -> None:
    clip = MotionClip.from_frames([MotionFrame(n, None) for n in range(3)], StreamInfo(RATE))
    with pytest.raises(CapabilityError, match="no frame of it shows a face"):
        written(clip, tmp_path)


def test_landmarks_of_a_subject_tell_the_shapes(tmp_path: Path) -> None:
    made = from_coefficients(np.eye(52, dtype=np.float32)[24] * 0.6)  # jawOpen
    subject = FaceMotion(
        made.expression,
        made.rotation,
        made.translation,
        blendshapes=np.full(52, 0.4, np.float32),  # as a tracker would say
        neutral=neutral_shape(),
    )
    clip = MotionClip.from_frames([MotionFrame(n, subject) for n in range(4)], StreamInfo(RATE))
    channels = read_keys(written(clip, tmp_path)).channels
    assert channels["jawOpen"].keys[0].value == pytest.approx(0.6, abs=0.15)
    assert "eyeSquintLeft" not in channels or channels["eyeSquintLeft"].keys[0].value < 0.2


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40), st.floats(0.001, 0.5))
def test_reduced_curves_are_near_every_sample(samples: list[float], tolerance: float) -> None:
    times = np.arange(len(samples)) / 25
    keys = reduced(times, np.array(samples), tolerance)
    if len(keys) == 1:
        assert np.abs(np.array(samples) - samples[0]).max() <= tolerance
        return
    curve = Curve.smooth(times[keys].tolist(), [samples[n] for n in keys])
    for when, sample in zip(times.tolist(), samples, strict=True):
        assert abs(curve(when) - sample) <= tolerance + 1e-9


def test_a_smooth_move_needs_two_keys() -> None:
    u = np.linspace(0, 1, 50)
    assert reduced(u, 3 * u**2 - 2 * u**3, 1e-6) == [0, 49]


def test_long_takes_are_reduced_quickly() -> None:
    random = np.random.default_rng(1)
    samples = np.cumsum(random.normal(0, 0.02, 15000))
    start = time.perf_counter()
    reduced(np.arange(15000) / 25, samples, 0.01)
    assert time.perf_counter() - start < 2
