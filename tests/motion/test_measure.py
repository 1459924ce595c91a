from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.components.data import StreamInfo
from a1sdk.errors import StorageError
from a1sdk.motion.blendshapes import INDEX, displacement
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.measure import measure
from a1sdk.motion.mix import resting
from a1sdk.motion.rotation import from_euler

RATE = Fraction(25)


def _frame(pts: int, shut: float = 0.0, opened: float = 0.0, yaw: float = 0.0) -> MotionFrame:
    scores = np.zeros(52, np.float32)
    scores[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = shut
    scores[INDEX["jawOpen"]] = opened
    rotation = from_euler(yaw, 0, 0).astype(np.float32)
    face = replace(
        resting(), expression=displacement(scores), rotation=rotation, blendshapes=scores
    )
    return MotionFrame(pts, face)


def _clip() -> MotionClip:
    """Two blinks, one of them cut off by a gap of five frames, eyes shut for long, one turn."""
    shut = {10: 0.6, 11: 1.0, 12: 0.4, 30: 0.8, 31: 1.0, 32: 0.9} | dict.fromkeys(range(60, 90), 1)
    frames = [_frame(n, shut.get(n, 0.0), 0.5 * (n == 50), 12.0 * (n == 52)) for n in range(100)]
    for lost in range(33, 38):
        frames[lost] = MotionFrame(lost, None)
    return MotionClip.from_frames(frames, StreamInfo(RATE), {"driver": "take.mov"})


def test_curves_say_what_happens() -> None:
    curves = measure(_clip().frames())
    assert curves.angles[52] == pytest.approx((12, 0, 0), abs=1e-3)
    assert curves.eyes[0] == pytest.approx(1.0)
    assert curves.eyes[11] == pytest.approx(0.0, abs=0.02)
    assert int(np.nanargmax(curves.mouth)) == 50
    assert curves.mouth_width[0] == pytest.approx(1.0)
    assert np.isnan(curves.mouth[33:38]).all()


def test_only_blinks_are_blinks() -> None:
    assert measure(_clip().frames()).blinks(RATE) == [11]


def test_curves_of_nothing() -> None:
    curves = measure([])
    assert curves.mouth.shape == (0,) and curves.blinks(RATE) == []


@pytest.mark.parametrize(
    "clip",
    [
        _clip(),
        MotionClip.from_frames([MotionFrame(n, None) for n in range(9)], StreamInfo(RATE)),
        MotionClip.from_frames([_frame(0)], StreamInfo(RATE)),
        MotionClip.from_frames([], StreamInfo(RATE)),
    ],
    ids=["performance", "no face", "one frame", "empty"],
)
def test_anything_can_be_drawn(clip: MotionClip, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from PIL import Image

    from a1sdk.motion.plot import plot_clip

    plot_clip(clip, tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.format == "PNG" and picture.width > 1000
        assert len(set(picture.convert("L").resize((64, 64)).tobytes())) > 5, "it is not blank"
    with pytest.raises(StorageError):
        plot_clip(clip, tmp_path / "no" / "curves.png")


def test_telling_frames_are_told_apart() -> None:
    pytest.importorskip("matplotlib")
    from a1sdk.motion.plotfaces import telling_frames

    telling = dict(telling_frames(measure(_clip().frames()), RATE))
    assert telling[11] == "blink"
    assert telling[50] == "mouth widest open"
    assert len(telling) <= 6
