from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from a1sdk_warp import field
from a1sdk_warp.geometry import barycentric, delaunay, fit_similarity, smooth_rows, smoothstep
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.pixels import look_up
from a1sdk_warp.rig import _CORNER, Rig

from a1sdk.plugin import FaceMotion
from a1sdk.testing import faces

Fn = Callable[..., Any]

TURNS = [(20, 0, 0), (-20, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 20), (0, 0, -20), (12, 8, 10)]


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig(faces.portrait(512, 512), MeshOptions())


def solve(rig: Rig, motion: FaceMotion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    portrait = faces.portrait(512, 512)
    target = next(iter(faces.targets_of(portrait, [motion]))).landmarks
    target = target - _CORNER - rig.shift
    coarse, _ = rig._solve(field.movement(rig.head.landmarks, target))
    return coarse, target, rig._pull(coarse, target)


@pytest.mark.parametrize("turn", TURNS)
def test_a_turning_head_does_not_fold_over(
    rig: Rig, turn: tuple[int, int, int], turned: Fn
) -> None:
    coarse, target, _ = solve(rig, turned(*turn))
    step = rig.frame.step
    down, across = np.gradient(coarse / step, axis=(0, 1))
    area = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    at = rig.field.grid.locate(np.ascontiguousarray(target[:468, :2]))
    assert look_up(area.astype(np.float32), at[None]).min() > 0.0


@pytest.mark.parametrize("turn", TURNS)
def test_landmarks_land_where_asked(rig: Rig, turn: tuple[int, int, int], turned: Fn) -> None:
    _, _, pulled = solve(rig, turned(*turn))
    face = [i for i in range(468) if i not in field.LIDS]
    off = np.linalg.norm(pulled - rig.head.landmarks[:, :2], axis=1)[face] / rig.head.unit
    assert off.mean() < 0.02
    assert np.median(off) < 0.007


def test_depth_does_not_move_what_does_not_turn(rig: Rig) -> None:
    move = field.movement(rig.head.landmarks, rig.head.landmarks)
    assert np.abs(rig.field.displacement(move)).max() < 1e-3


def test_similarity_is_recovered(turned: Fn) -> None:
    points = np.random.default_rng(1).normal(size=(30, 3)).astype(np.float32)
    rotation = turned(20, -10, 30).rotation
    matrix, offset = fit_similarity(points, points @ rotation.T * 1.5 + (1, 2, 3))
    assert np.allclose(matrix, 1.5 * rotation, atol=1e-4)
    assert np.allclose(offset, (1, 2, 3), atol=1e-4)


def test_barycentric_weights_interpolate() -> None:
    points = np.random.default_rng(2).uniform(0, 100, (40, 2)).astype(np.float32)
    places = np.random.default_rng(3).uniform(30, 70, (50, 2)).astype(np.float32)
    weights = barycentric(points, delaunay(points, range(40)), places)
    assert np.allclose(weights @ points, places, atol=1e-2)
    assert weights.min() > -1e-3


def test_barycentric_weights_are_zero_outside() -> None:
    points = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    assert not barycentric(points, delaunay(points, range(3)), points[:1] - 5.0).any()


def test_curves_pass_through_their_knots() -> None:
    rows = smooth_rows(9, 65)
    assert np.allclose(rows[::8], np.eye(9), atol=1e-6)
    assert np.allclose(rows.sum(1), 1.0, atol=1e-6)


def test_smoothstep_ends() -> None:
    assert smoothstep(1.0, 3.0, [0.0, 1.0, 2.0, 3.0, 9.0]).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
