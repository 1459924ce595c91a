import math

import numpy as np
import pytest
from a1sdk_facemesh.regions import Region, region_of_landmarks
from hypothesis import given
from hypothesis import strategies as st


def ramp(height: int, width: int) -> np.ndarray:
    """A picture whose first two channels are the column and the row."""
    rows, columns = np.mgrid[:height, :width]
    return np.dstack([columns, rows, np.zeros_like(rows)]).astype(np.uint8)


def test_crop_of_the_whole_picture_at_its_own_size_is_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    assert np.array_equal(Region(32, 32, 64).crop(picture, 64), picture)


def test_crop_halved_averages_pairs_of_pixels() -> None:
    crop = Region(32, 32, 64).crop(ramp(64, 64), 32)
    assert np.allclose(crop[..., 0], np.arange(32) * 2 + 0.5, atol=0.51)


def test_crop_turned_by_a_quarter_is_the_turned_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    crop = Region(32, 32, 64, math.pi / 2).crop(picture, 64)
    assert np.array_equal(crop, np.rot90(picture))


def test_crop_beyond_the_picture_repeats_its_edge() -> None:
    crop = Region(0, 32, 64).crop(ramp(64, 64), 64)
    assert (crop[:, :32, 0] == 0).all()
    assert (crop[:, 40, 0] == 8).all()


def test_large_shrink_averages_instead_of_picking() -> None:
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 200
    crop = Region(256, 256, 512).crop(stripes, 32)
    assert np.abs(crop.astype(int) - 100).max() <= 2


def test_large_shrink_keeps_positions() -> None:
    picture = np.zeros((900, 1200, 3), np.uint8)
    picture[400:500, 700:800] = 255
    region = Region(700, 420, 512, 0.3)
    crop = region.crop(picture, 64)[..., 0].astype(float)
    rows, columns = np.mgrid[:64, :64] + 0.5
    middle = np.array([[(columns * crop).sum(), (rows * crop).sum()]]) / crop.sum()
    placed = region.to_picture(middle.astype(np.float32), 64)
    assert np.allclose(placed, [[750, 450]], atol=1)


@given(
    x=st.floats(-500, 5000),
    y=st.floats(-500, 5000),
    size=st.floats(8, 4000),
    angle=st.floats(-math.pi, math.pi),
)
def test_center_of_a_crop_is_the_center_of_its_region(
    x: float, y: float, size: float, angle: float
) -> None:
    points = np.array([[96, 96, 48]], np.float32)
    placed = Region(x, y, size, angle).to_picture(points, 192)[0]
    assert placed[:2] == pytest.approx((x, y), abs=1e-2 + size * 1e-5)
    assert placed[2] == pytest.approx(size / 4, rel=1e-5)  # z is on the scale of x


def head(angle: float) -> np.ndarray:
    """Points of a 100 x 200 face around (400, 300), tilted by `angle`."""
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = np.random.default_rng(1).uniform((-50, -100), (50, 100), (478, 2))
    points[0, :2], points[1, :2] = (-50, -100), (50, 100)
    points[33, :2], points[263, :2] = (-30, -20), (30, -20)
    cos, sin = math.cos(angle), math.sin(angle)
    points[:, :2] = points[:, :2] @ np.array([[cos, sin], [-sin, cos]]) + (400, 300)
    return points


@pytest.mark.parametrize("angle", [0.0, 0.7, -1.2, 2.5])
def test_region_of_landmarks_follows_the_tilt_and_keeps_its_size(angle: float) -> None:
    region = region_of_landmarks(head(angle))
    assert (region.x, region.y) == pytest.approx((400, 300), abs=1e-3)
    assert region.size == pytest.approx(1.5 * 200, abs=1e-2)
    assert region.angle == pytest.approx(angle, abs=1e-4)


def test_widened_keeps_the_center_and_magnified_does_not() -> None:
    assert Region(10, 20, 30, 0.5).widened(2) == Region(10, 20, 60, 0.5)
    assert Region(10, 20, 30, 0.5).magnified(2) == Region(20, 40, 60, 0.5)
