from __future__ import annotations

import numpy as np
import pytest
from a1sdk_audio.gestures import LIVELINESS, Gesture, Gestures

from a1sdk.plugin import BLENDSHAPE_NAMES

_BROW = BLENDSHAPE_NAMES.index("browInnerUp")


def _gesture(**values: float) -> Gesture:
    return Gesture(1.0, 0.2, 0.1, 0.4, values or {"browInnerUp": 0.5})


def test_a_gesture_rises_holds_and_falls() -> None:
    gesture = _gesture()
    levels = [gesture.level(t) for t in (0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0)]
    assert levels == pytest.approx([0, 0, 0.5, 1, 1, 0.5, 0, 0])


def test_a_gesture_begins_and_ends_without_a_jerk() -> None:
    times = np.linspace(0.9, 1.8, 901)
    levels = np.array([_gesture().level(t) for t in times])
    speed = np.diff(levels) / 0.001
    assert np.abs(np.diff(speed)).max() < 0.2


def test_gestures_add_up_and_are_forgotten() -> None:
    gestures = Gestures()
    gestures.add([_gesture(), _gesture(pitch=-2.0, browInnerUp=0.1), _gesture(liveliness=1.0)])
    gestures.add([_gesture(**{LIVELINESS: 1.0})])
    stance = gestures.at(1.25)
    assert stance.blendshapes[_BROW] == pytest.approx(0.6)
    assert stance.angles == pytest.approx([0, -2, 0])
    assert stance.liveliness == 1
    after = gestures.at(2.0)
    assert not after.blendshapes.any()
    assert not after.angles.any()
    assert after.liveliness == 0
