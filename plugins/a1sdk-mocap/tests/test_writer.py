"""Live Link Face CSV, written and read again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_mocap.writer import COLUMNS, timecode

from a1sdk import HostContext, Registry
from a1sdk.plugin import (
    BLENDSHAPE_NAMES,
    MotionClip,
    MotionFrame,
    StreamInfo,
    from_coefficients,
    from_euler,
)

APP = (
    "Timecode,BlendshapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,"
    "EyeLookUpLeft,EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,"
    "EyeLookOutRight,EyeLookUpRight,EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,"
    "JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,MouthSmileLeft,"
    "MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,"
    "MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,"
    "MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,"
    "MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,"
    "BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,"
    "TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,"
    "RightEyePitch,RightEyeRoll"
)


def _clip(rate: Fraction = Fraction(25), gap: int = 7, count: int = 20) -> MotionClip:
    drawn = np.random.default_rng(3)
    frames = [
        MotionFrame(number, None if number == gap else from_coefficients(
            drawn.random(52).astype(np.float32),
            rotation=from_euler(*(20 * drawn.random(3) - 10)),
        ))
        for number in range(count)
    ]  # fmt: skip
    return MotionClip.from_frames(frames, StreamInfo(rate, start=Fraction(7201, 2)))


def _write(clip: MotionClip, path: Path) -> Path:
    chosen = Registry().choose("motion_writer", "mocap/livelink", {})
    with HostContext() as context, closing(chosen.build()) as writer:
        writer.write(clip, path, context.lend(chosen.spec))
    return path


def test_columns_are_the_apps() -> None:
    assert ",".join(COLUMNS) == APP and len(COLUMNS) == 63


@pytest.mark.parametrize("rate", ["25", "30000/1001", "60", "24000/1001", "7488/125"])
def test_what_is_written_reads_the_same(tmp_path: Path, play: Any, rate: str) -> None:
    clip = _clip(Fraction(rate), count=900)
    take = play(_write(clip, tmp_path / "take.csv"), head="absolute")
    assert take.info.rate == Fraction(rate) and take.info.start == clip.info.start
    assert take.gaps == [7]
    for there, back in zip(clip.frames(), take.frames, strict=True):
        if there.face is not None and back.face is not None:
            assert np.allclose(there.face.blendshapes, back.face.blendshapes, atol=1e-6)
            assert np.allclose(there.face.rotation, back.face.rotation, atol=1e-6)


def test_rows_without_a_face_count_0(tmp_path: Path) -> None:
    lines = _write(_clip(), tmp_path / "take.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in lines[7:10]] == ["61", "0", "61"]
    assert {len(line.split(",")) for line in lines} == {63}


def test_eyes_have_angles(tmp_path: Path) -> None:
    """Positive to the subject's right and down, as in the app's own files."""
    shapes = np.zeros(52, np.float32)
    for name in ("eyeLookInLeft", "eyeLookOutRight", "eyeLookDownLeft"):
        shapes[BLENDSHAPE_NAMES.index(name)] = 0.5
    clip = MotionClip.from_frames(
        [MotionFrame(0, from_coefficients(shapes))], StreamInfo(Fraction(1))
    )
    head, row = _write(clip, tmp_path / "take.csv").read_text().splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert float(cells["LeftEyeYaw"]) > 0.2 and float(cells["RightEyeYaw"]) > 0.2
    assert float(cells["LeftEyePitch"]) > 0.3 and float(cells["RightEyePitch"]) == 0


def test_time_codes() -> None:
    assert timecode(Fraction(0)) == "00:00:00:00.000"
    assert timecode(Fraction(69389) + Fraction("35.273") / 60) == "19:16:29:35.273"
    assert timecode(Fraction(24 * 3600)) == "00:00:00:00.000"


def test_motion_without_coefficients_is_solved(tmp_path: Path, play: Any) -> None:
    shapes = np.zeros(52, np.float32)
    shapes[BLENDSHAPE_NAMES.index("jawOpen")] = 0.6
    bare = replace(from_coefficients(shapes), blendshapes=None)
    clip = MotionClip.from_frames([MotionFrame(0, bare)], StreamInfo(Fraction(25)))
    take = play(_write(clip, tmp_path / "take.csv"))
    assert take.curve("jawOpen")[0] == pytest.approx(0.6, abs=0.1)
