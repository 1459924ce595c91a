from __future__ import annotations

import cv2
import numpy as np
import pytest
from a1sdk_warp import anatomy, matte
from a1sdk_warp.pixels import lay_over, membrane, premultiply

from a1sdk.testing import faces


def parts(depth: int = 8) -> tuple[np.ndarray, matte.Matte]:
    portrait = faces.portrait(320, 320, depth=depth)
    picture = premultiply(portrait.pixels)
    cut = matte.cut_out(picture, anatomy.measure(portrait.face.landmarks))
    assert cut is not None
    return portrait.pixels, cut


@pytest.mark.parametrize("depth", [8, 16])
def test_the_parts_make_the_picture_again(depth: int) -> None:
    pixels, cut = parts(depth)
    again = np.empty_like(pixels)
    lay_over(cut.behind, cut.head, again)
    assert np.array_equal(again, pixels)


def test_the_head_is_found() -> None:
    _, cut = parts()
    truth = faces.portrait(320, 320, alpha=True).pixels[..., 3] > 127
    found = cut.head[..., 3] > 127
    above = slice(0, 220)
    wrong = (truth[above] != found[above]).sum() / truth[above].sum()
    assert wrong < 0.06


def with_wide_hair(texture: float) -> tuple[np.ndarray, anatomy.Head]:
    """A face in hair that reaches far beside it, before a wall as rough as wanted."""
    portrait = faces.portrait(480, 400)
    cutout = faces.portrait(480, 400, alpha=True).pixels[..., 3:] / 255
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:400, :480]
    wall = np.dstack([40 + x / 20, 170 + y / 20, 210 - x / 20])
    coarse = cv2.resize(rng.normal(0, texture, (20, 24)), (480, 400))[..., None]
    head = anatomy.measure(portrait.face.landmarks)
    place = head.place(np.dstack([x, y]).astype(np.float32))
    hair = (np.hypot(place[..., 0], place[..., 1] - 0.2) < 1.5)[..., None]
    shades = 150 + rng.normal(0, 15, (400, 480, 1))
    behind = np.where(hair, shades * (1.0, 0.95, 0.8), wall + coarse)
    pixels = portrait.pixels * cutout + np.clip(behind, 0, 255) * (1 - cutout)
    return premultiply(np.rint(pixels).astype(np.uint8)), head


def test_wide_hair_before_a_smooth_wall_belongs_to_the_head() -> None:
    picture, head = with_wide_hair(0.0)
    cut = matte.cut_out(picture, head)
    assert cut is not None
    y, x = np.mgrid[:400, :480].astype(np.float32)
    place = head.place(np.dstack([x, y]))
    away = np.hypot(place[..., 0], place[..., 1] - 0.2)
    above = place[..., 1] < head.chin
    opaque = cut.head[..., 3] > 127
    assert opaque[above & (away < 1.4)].mean() > 0.97
    assert opaque[above & (away > 1.65)].mean() < 0.03


def test_nothing_is_said_to_stand_out_before_a_busy_wall() -> None:
    picture, head = with_wide_hair(60.0)
    small = np.ascontiguousarray(picture[..., :3])
    mask = matte._guess(head, small.shape[:2], 1.0)
    assert not matte._stands_out(small, mask, head, 1.0).any()


def test_the_background_forgets_the_head() -> None:
    pixels, cut = parts()
    face = faces.portrait(320, 320).face
    x, y = (int(v) for v in face.center)
    assert np.abs(cut.behind[y, x].astype(int) - pixels[y, x]).max() > 40


def test_a_head_that_cannot_be_told_from_its_background_is_not_cut_out() -> None:
    portrait = faces.portrait(320, 320)
    flat = premultiply(np.full_like(portrait.pixels, 120))
    assert matte.cut_out(flat, anatomy.measure(portrait.face.landmarks)) is None


@pytest.mark.parametrize("depth", [8, 16])
def test_no_colour_of_the_head_is_brighter_than_white(depth: int) -> None:
    portrait = faces.portrait(320, 320, depth=depth)
    pixels = portrait.pixels.copy()
    beside = int(portrait.face.center[0] - portrait.face.size * 0.75)
    pixels[60:90, beside : beside + 12] = [0, pixels.max(), pixels.max()]
    cut = matte.cut_out(premultiply(pixels), anatomy.measure(portrait.face.landmarks))
    assert cut is not None
    assert (cut.head[..., :3].max(2).astype(int) - cut.head[..., 3]).max() <= 1
    again = np.empty_like(pixels)
    lay_over(cut.behind, cut.head, again)
    assert np.array_equal(again, pixels)


def blob(edge: int) -> tuple[np.ndarray, np.ndarray]:
    """A wall that is dark to the left of an edge and bright to the right; a wavy hole in it."""
    y, x = np.mgrid[:160, :200].astype(np.float32)
    wall = np.dstack([np.where(x < edge, 60.0, 200.0)] * 3).astype(np.float32)
    reach = 38 + 9 * np.sin(5 * np.arctan2(y - 80, x - 100))
    return wall, (np.hypot(x - 100, y - 80) > reach).astype(np.float32)


def test_a_membrane_leaves_what_is_known() -> None:
    wall, known = blob(90)
    assert np.array_equal(membrane(wall, known)[known > 0], wall[known > 0])


def test_a_membrane_goes_on_with_a_slope() -> None:
    _, known = blob(90)
    slope = np.dstack([np.mgrid[:160, :200][1]] * 3).astype(np.float32)
    assert np.abs(membrane(slope, known) - slope).max() < 2


@pytest.mark.parametrize("edge", [58, 64, 70, 90])
def test_no_ghost_of_the_outline_is_left_behind(edge: int) -> None:
    """Deep in the hole there is no line; across it, it gets brighter only."""
    wall, known = blob(edge)
    filled = membrane(wall, known)[..., 0]
    hole = (known == 0).astype(np.uint8)
    deep = cv2.erode(hole, np.ones((17, 17), np.uint8)) > 0
    fine = cv2.GaussianBlur(filled, (0, 0), 1.0) - cv2.GaussianBlur(filled, (0, 0), 4.0)
    assert deep.sum() > 1000
    assert np.abs(fine[deep]).max() < 2
    for row in (60, 80, 100):
        across = filled[row][known[row] == 0]
        assert np.abs(np.diff(across)).sum() < across[-1] - across[0] + 10


def test_nothing_known_is_no_error() -> None:
    assert not membrane(np.ones((20, 30, 2), np.float32), np.zeros((20, 30), np.float32)).any()
