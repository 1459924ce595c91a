"""Pictures between two others, guided by landmarks, on the contract kit's painted face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from a1sdk_dit.interpolation.apertures import EYES, LIPS, wiener
from a1sdk_dit.interpolation.blend import cross_fade
from a1sdk_dit.interpolation.guided import LandmarkWarp, nearer
from a1sdk_dit.interpolation.mesh import SKIN, FaceMesh, Plane, laid_out, triangulate
from a1sdk_dit.interpolation.protocol import InBetween

from a1sdk.testing import faces

SIZE = (240, 200)
PORTRAIT = faces.portrait(*SIZE)
POINTS = PORTRAIT.face.landmarks


@pytest.fixture(scope="module")
def warp() -> LandmarkWarp:
    return LandmarkWarp(POINTS)


def shifted(x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """The portrait's person moved before a flat background, and its landmarks."""
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    pixels = cv2.warpAffine(
        PORTRAIT.pixels, matrix, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return pixels, POINTS + np.array([x, y, 0], np.float32)


def error(a: np.ndarray, b: np.ndarray) -> float:
    left, top = POINTS[:, :2].min(0).astype(int)
    right, bottom = POINTS[:, :2].max(0).astype(int)
    part = np.s_[top:bottom, left:right]
    return float(np.square(a[part].astype(np.float32) - b[part]).mean())


@pytest.mark.parametrize("weight", [0.2, 0.5, 0.8])
def test_equal_pictures_stay_as_they_are(warp: LandmarkWarp, weight: float) -> None:
    still = PORTRAIT.pixels
    made = warp(still, still.copy(), POINTS, POINTS, POINTS, weight)
    assert np.array_equal(made, still)
    assert made is not still


@pytest.mark.parametrize("weight", [0.25, 0.5])
def test_a_moving_head_is_drawn_where_it_is(warp: LandmarkWarp, weight: float) -> None:
    (a, points_a), (b, points_b) = shifted(-6, 2), shifted(6, -2)
    truth, points = shifted(-6 + 12 * weight, 2 - 4 * weight)
    made = warp(a, b, points_a, points_b, points, weight)
    faded = cross_fade(a, b, points_a, points_b, points, weight)
    assert error(made, truth) < 0.1 * error(faded, truth)


def test_a_detour_between_the_pictures_is_drawn(warp: LandmarkWarp) -> None:
    (a, points_a), (b, points_b) = shifted(0, 0), shifted(0, 0)
    truth, points = shifted(0, 5)
    made = warp(a, b, points_a, points_b, points, 0.5)
    assert error(made, truth) < 0.2 * error(a, truth)


def test_jitter_of_landmarks_is_no_movement(warp: LandmarkWarp) -> None:
    jitter = np.random.default_rng(0).normal(0, 0.05, POINTS.shape).astype(np.float32)
    still = PORTRAIT.pixels
    made = warp(still, still, POINTS, POINTS, POINTS + jitter, 0.5)
    assert error(made, still) < 0.05


def test_the_background_is_untouched(warp: LandmarkWarp) -> None:
    texture = np.random.default_rng(1).integers(0, 256, PORTRAIT.pixels.shape, np.uint8)
    across = np.abs(np.arange(SIZE[0]) - POINTS[:, 0].mean())
    beside = np.broadcast_to(across[None, :, None] > 0.36 * SIZE[0], texture.shape)
    (a, points_a), (b, points_b) = shifted(-3, 0), shifted(3, 0)
    a, b = (np.where(beside, texture, each) for each in (a, b))
    made = warp(a, b, points_a, points_b, POINTS, 0.5)
    far = np.broadcast_to(across[None, :, None] > 0.45 * SIZE[0], texture.shape)
    assert far.sum() > 10000
    assert np.array_equal(made[far], texture[far])
    assert not np.array_equal(made, cross_fade(a, b, POINTS, POINTS, POINTS, 0.5))


def test_inside_of_the_mouth_comes_from_where_it_is_open(warp: LandmarkWarp) -> None:
    opened = POINTS.copy()
    lower = [each for each in LIPS if POINTS[each, 1] > POINTS[list(LIPS), 1].mean()]
    opened[lower, 1] += 0.25 * np.linalg.norm(POINTS[33] - POINTS[263])
    a = PORTRAIT.pixels.copy()
    b = a.copy()
    cv2.fillPoly(b, [np.round(opened[list(LIPS), :2]).astype(np.int32)], (255, 255, 255))
    half = (POINTS + opened) / 2
    made = warp(a, b, POINTS, opened, half, 0.5)
    x, y = half[list(LIPS), :2].mean(0).astype(int)
    assert made[y, x].min() > 240
    assert cross_fade(a, b, POINTS, opened, half, 0.5)[y, x].min() < 200


def test_teeth_keep_their_height_when_the_mouth_closes(warp: LandmarkWarp) -> None:
    unit = float(np.linalg.norm(POINTS[33] - POINTS[263]))
    opened = POINTS.copy()
    opened[list(LIPS[11:]), 1] += 0.4 * unit
    opened[[*LIPS[:11]], 1] -= 0.1 * unit
    a = PORTRAIT.pixels.copy()
    x, top = round(float(opened[13, 0])), float(opened[13, 1])
    cv2.fillPoly(a, [np.round(opened[list(LIPS), :2]).astype(np.int32)], (0, 0, 0))
    teeth = round(0.13 * unit)
    a[round(top) + 1 : round(top) + 1 + teeth, x - 3 : x + 4] = 255
    shut = opened.copy()
    shut[list(LIPS[11:]), 1] -= 0.15 * unit
    made = warp(a, a, opened, opened, shut, 0.5)
    bright = (made[round(top) + 1 : round(top) + 2 * teeth, x] > 128).all(1).sum()
    assert abs(int(bright) - teeth) <= 1


def test_eyeballs_do_not_bend_with_the_lids(warp: LandmarkWarp) -> None:
    eye = EYES[0]
    centre = POINTS[eye.iris[0], :2]
    narrowed = POINTS.copy()
    lids = [each for each in eye.lids if each not in eye.corners]
    narrowed[lids, 1] = centre[1] + 0.5 * (POINTS[lids, 1] - centre[1])
    made = warp(PORTRAIT.pixels, PORTRAIT.pixels, POINTS, POINTS, narrowed, 0.5)
    x, y = centre.astype(int)
    assert np.array_equal(made[y, x - 1 : x + 2], PORTRAIT.pixels[y, x - 1 : x + 2])


def test_a_face_that_leaves_the_picture(warp: LandmarkWarp) -> None:
    away = POINTS + np.array([3 * SIZE[0], 0, 0], np.float32)
    still = PORTRAIT.pixels
    made = warp(still, still, away, away, away, 0.5)
    assert np.array_equal(made, still)


def test_landmarks_may_be_flat_and_sizes_odd(warp: LandmarkWarp) -> None:
    a = np.ascontiguousarray(PORTRAIT.pixels[:-1, :-1])
    flat = POINTS[:, :2]
    made = warp(a, a, flat, flat, flat, 0.5)
    assert np.array_equal(made, a)


def test_one_maker_takes_shots_of_any_size(warp: LandmarkWarp) -> None:
    for width, height in ((96, 64), (64, 96)):
        picture = np.full((height, width, 3), 90, np.uint8)
        assert warp(picture, picture, POINTS, POINTS, POINTS, 0.5).shape == picture.shape


def test_lips_that_touch_are_not_crossed_by_triangles() -> None:
    closed = POINTS.copy()
    middle = closed[list(LIPS), 1].mean()
    closed[list(LIPS), 1] = middle
    where = laid_out(closed)
    upper, lower = where[[13, 14], 1]
    assert lower - upper > 5
    assert len(triangulate(where[:SKIN])) > 850


def test_spreading_is_exact_at_the_landmarks_and_linear_between() -> None:
    plane = Plane.over(*SIZE, 1)
    spread, face = FaceMesh(POINTS).spread(plane, POINTS, POINTS[:, :2].copy())
    found, places = spread[face > 0], plane.places[face > 0]
    assert len(found) > 5000
    assert np.quantile(np.abs(found - places), 0.99) < 1e-2


def test_what_is_in_front_is_what_is_spread() -> None:
    folded = POINTS.copy()
    folded[:, 0] = POINTS[:, 0].mean() + 0.0 * folded[:, 0] + np.abs(POINTS[:, 0] - 120) * 0.9
    values = np.sign(POINTS[:, :1] - 120).astype(np.float32)
    folded[:, 2] = np.where(values[:, 0] > 0, 5, -5)
    spread, face = FaceMesh(POINTS).spread(Plane.over(*SIZE, 1), folded, values)
    assert np.median(spread[face > 0]) == -1


def test_wiener() -> None:
    moves = np.array([[0, 0], [0.1, 0], [1, 0], [10, 0]], np.float32)
    gains = wiener(moves, 1.0)[1:, 0] / moves[1:, 0]
    assert gains == pytest.approx([0.0099, 0.5, 0.9901], abs=1e-4)


def test_the_nearer_picture_counts_more() -> None:
    assert nearer(0.5) == 0.5
    assert nearer(0.2) == pytest.approx(1 / 9)
    assert nearer(0.2) + nearer(0.8) == pytest.approx(1)


def test_a_cross_fade_is_an_in_between() -> None:
    made: InBetween = cross_fade
    a, b = (np.full((2, 2, 3), value, np.uint8) for value in (0, 200))
    assert (made(a, b, POINTS, POINTS, POINTS, 0.25) == 50).all()
