from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.motion.rotation import (
    euler,
    from_euler,
    mean_rotation,
    rotation_exp,
    rotation_log,
    slerp,
)

TURNS = st.tuples(st.floats(-170, 170), st.floats(-85, 85), st.floats(-170, 170))
VECTORS = st.tuples(*[st.floats(-1.7, 1.7)] * 3)


@given(TURNS)
def test_angles_come_back(angles: tuple[float, float, float]) -> None:
    assert np.allclose(euler(from_euler(*angles)), angles, atol=1e-6)


def test_signs_are_as_documented() -> None:
    nose, crown = np.array([0, 0, -1.0]), np.array([0, -1.0, 0])
    assert (from_euler(20, 0, 0) @ nose)[0] > 0.3, "yaw: the nose goes to the right"
    assert (from_euler(0, 20, 0) @ nose)[1] < -0.3, "pitch: the nose goes up"
    assert (from_euler(0, 0, 20) @ crown)[0] > 0.3, "roll: the crown goes to the right"


@given(VECTORS)
def test_log_undoes_exp(vector: tuple[float, float, float]) -> None:
    assert np.allclose(rotation_log(rotation_exp(np.array(vector))), vector, atol=1e-7)


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0, 0.8)])
def test_log_of_half_a_turn(axis: tuple[float, float, float]) -> None:
    half = rotation_exp(pi * np.array(axis, float))
    assert np.allclose(rotation_exp(rotation_log(half)), half, atol=1e-6)


def test_identity_is_exact() -> None:
    assert (rotation_log(np.eye(3)) == 0).all()
    assert (rotation_exp(np.zeros(3)) == np.eye(3)).all()


@given(TURNS, TURNS, st.floats(0, 1))
def test_slerp_turns_at_constant_speed(
    first: tuple[float, float, float], second: tuple[float, float, float], weight: float
) -> None:
    start, end = from_euler(*first), from_euler(*second)
    between = slerp(start, end, weight)
    whole = np.linalg.norm(rotation_log(start.T @ end))
    part = np.linalg.norm(rotation_log(start.T @ between))
    assert part == pytest.approx(weight * whole, abs=1e-5)


def test_mean_of_opposite_turns_is_between() -> None:
    turns = np.stack([from_euler(angle, 0, 0) for angle in (-10, 10, 4, -4)])
    assert np.allclose(mean_rotation(turns), np.eye(3), atol=1e-9)
