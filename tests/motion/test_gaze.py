"""Where the eyes look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, from_coefficients
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.gaze import FULL_GAZE, gaze, gaze_shapes
from a1sdk.motion.rotation import from_euler

INDEX = {name: index for index, name in enumerate(BLENDSHAPE_NAMES)}


def looking(shapes: dict[str, float]) -> FaceMotion:
    scores = np.zeros(52, np.float32)
    for name, value in shapes.items():
        scores[INDEX[name]] = value
    return from_coefficients(scores, rotation=from_euler(30, 20, 10))


@pytest.mark.parametrize(
    ("shapes", "wanted"),
    [
        (("eyeLookInLeft", "eyeLookOutRight"), (-1, 0)),  # to the subject's right
        (("eyeLookOutLeft", "eyeLookInRight"), (1, 0)),
        (("eyeLookUpLeft", "eyeLookUpRight"), (0, 1)),
        (("eyeLookDownLeft", "eyeLookDownRight"), (0, -1)),
        (("mouthSmileLeft", "jawOpen"), (0, 0)),
    ],
)
def test_gaze_goes_where_the_irises_go(shapes: tuple[str, ...], wanted: tuple[int, int]) -> None:
    found = gaze(looking(dict.fromkeys(shapes, 1.0)))
    for degrees, sign in zip(found, wanted, strict=True):
        assert degrees * sign > 1 if sign else abs(degrees) < 1


@given(st.floats(-40, 40), st.floats(-33, 33))
def test_eyes_look_where_they_are_told_to(right: float, up: float) -> None:
    """Half a degree is what the blendshapes and `FULL_GAZE` are apart."""
    assert gaze(looking(gaze_shapes(right, up))) == pytest.approx((right, up), abs=1.0)


def test_both_eyes_turn_alike_and_no_further_than_eyes_go() -> None:
    shapes = gaze_shapes(90, -90)
    assert shapes == gaze_shapes(FULL_GAZE[0], -FULL_GAZE[1])
    assert {name for name, value in shapes.items() if value} == {
        "eyeLookOutLeft", "eyeLookInRight", "eyeLookDownLeft", "eyeLookDownRight",
    }  # fmt: skip
    assert set(shapes.values()) == {0, 1}
    assert len(shapes) == 8 and not any(gaze_shapes(0, 0).values())
