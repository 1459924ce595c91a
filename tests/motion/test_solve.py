from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.motion.blendshapes import (
    BLENDSHAPE_NAMES,
    INDEX,
    UNSEEN,
    displacement,
    mirror_indices,
    reference_face,
)
from a1sdk.motion.carry import Carry
from a1sdk.motion.landmarks import IRISES
from a1sdk.motion.mix import resting
from a1sdk.motion.solve import _bounded, coefficients

VISIBLE = [name for name in BLENDSHAPE_NAMES if name not in UNSEEN]


def _scores(**values: float) -> np.ndarray:
    scores = np.zeros(52, np.float32)
    for name, value in values.items():
        scores[INDEX[name]] = value
    return scores


def _both(name: str, value: float) -> dict[str, float]:
    return {f"{name}Left": value, f"{name}Right": value}


@pytest.mark.parametrize("name", VISIBLE)
@pytest.mark.parametrize("value", [0.3, 1.0])
def test_each_shape_comes_back(name: str, value: float) -> None:
    asked = _scores(**{name: value})
    assert coefficients(displacement(asked)) == pytest.approx(asked, abs=0.09)


@pytest.mark.parametrize(
    "asked",
    [
        _scores(jawOpen=0.5, mouthFunnel=0.6, browInnerUp=0.4),
        _scores(jawOpen=0.7, mouthClose=0.7),
        _scores(**_both("mouthSmile", 0.8), **_both("eyeSquint", 0.4), **_both("cheekSquint", 0.5)),
        _scores(**_both("eyeBlink", 1.0), jawOpen=0.2),
        _scores(mouthSmileLeft=0.9, browDownRight=0.7, eyeLookInLeft=0.5, eyeLookOutRight=0.5),
        _scores(**_both("mouthFrown", 0.6), browInnerUp=0.8, **_both("eyeLookDown", 0.7)),
        _scores(mouthPucker=0.8, jawLeft=0.4, **_both("eyeWide", 0.9)),
    ],
)
def test_mixtures_come_back(asked: np.ndarray) -> None:
    assert coefficients(displacement(asked)) == pytest.approx(asked, abs=0.1)


def test_no_expression_has_no_coefficients() -> None:
    found = coefficients(np.zeros((478, 3), np.float32))
    assert found.dtype == np.float32
    assert not found.any()


@given(st.integers(0, 1000))
def test_any_displacement_has_coefficients_within_bounds(seed: int) -> None:
    noise = 0.05 * np.random.default_rng(seed).standard_normal((478, 3)).astype(np.float32)
    found = coefficients(noise)
    assert (found >= 0).all() and (found <= 1).all()
    assert all(found[INDEX[name]] == 0 for name in UNSEEN)
    assert (found == coefficients(noise)).all()
    for one, other in (("eyeLookUp", "eyeLookDown"), ("eyeLookIn", "eyeLookOut")):
        for side in ("Left", "Right"):
            assert min(found[INDEX[one + side]], found[INDEX[other + side]]) == 0


@given(st.integers(0, 1000))
def test_the_solution_is_the_best_there_is(seed: int) -> None:
    """No single coefficient, and no pair, can be changed for the better."""
    random = np.random.default_rng(seed)
    factor = random.standard_normal((12, 9))
    stiffness = factor.T @ factor + 0.01 * np.eye(9)
    pull = 3 * random.standard_normal(9)
    most = np.where(random.random(9) < 0.2, 0.0, 1.0)
    found = _bounded(stiffness, pull, most, random.random(9) < 0.5)
    assert (found >= 0).all() and (found <= most).all()

    def cost(x: np.ndarray) -> float:
        return float(x @ stiffness @ x / 2 - pull @ x)

    moves = [*np.eye(9), *(np.eye(9)[a] - np.eye(9)[b] for a, b in combinations(range(9), 2))]
    for move in moves:
        for step in (-0.01, 0.01):
            assert cost(np.clip(found + step * move, 0, most)) >= cost(found) - 1e-9


def test_the_iris_behind_a_shut_lid_is_not_believed() -> None:
    """Trackers let it drop during a blink."""
    blink = displacement(_scores(**_both("eyeBlink", 1.0)))
    blink[[index for iris in IRISES for index in iris], 1] += 0.05
    found = coefficients(blink)
    assert found[INDEX["eyeBlinkLeft"]] > 0.9
    assert found[INDEX["eyeLookDownLeft"]] < 0.1


def test_a_subjects_own_proportions_are_allowed_for() -> None:
    face = reference_face()
    subject = (face * np.float32([1.0, 1.12, 1.05])).astype(np.float32)
    asked = _scores(jawOpen=0.6, **_both("mouthSmile", 0.5), **_both("eyeBlink", 1.0))
    ours = replace(resting(), expression=displacement(asked))
    theirs = Carry()(ours, subject)
    found = coefficients(theirs.expression, subject)
    assert found == pytest.approx(asked, abs=0.12)


def test_left_and_right_are_treated_alike() -> None:
    asked = _scores(mouthSmileLeft=0.8, eyeBlinkRight=0.6, jawRight=0.5, browOuterUpLeft=0.4)
    mirrored = displacement(asked)[mirror_indices()] * np.float32([-1, 1, 1])
    swapped = _scores(mouthSmileRight=0.8, eyeBlinkLeft=0.6, jawLeft=0.5, browOuterUpRight=0.4)
    assert coefficients(mirrored) == pytest.approx(swapped, abs=0.06)
