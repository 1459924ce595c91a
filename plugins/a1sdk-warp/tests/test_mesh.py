from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from a1sdk_warp import topology
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.rig import Rig

from a1sdk.plugin import FaceObservation, Portrait
from a1sdk.testing import faces

Fn = Callable[..., Any]

SIZE = 256
UNIT = SIZE * 0.26


def box(points: np.ndarray, indices: list[int], margin: float = 0.0) -> tuple[slice, slice]:
    low = np.floor(points[indices, :2].min(0) - margin).astype(int)
    high = np.ceil(points[indices, :2].max(0) + margin).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def moved(portrait: Portrait, motion: object) -> np.ndarray:
    return next(iter(faces.targets_of(portrait, [motion]))).landmarks  # type: ignore[list-item]


def test_what_does_not_move_is_bit_identical(draw: Fn, expressed: Fn, turned: Fn) -> None:
    portrait = faces.portrait(512, 512, center=(0.3, 0.3))
    motions = [turned(yaw=12, roll=8, expression=expressed(faces._open_mouth, 0.1))]
    picture = draw(portrait, motions)[0]
    changed = (picture != portrait.pixels).any(2)
    assert changed.any()
    left, top, right, bottom = portrait.face.box
    reach = 1.8 * 512 * 0.26
    assert not changed[int(bottom + reach) :].any()
    assert not changed[:, int(right + reach) :].any()
    assert top < bottom and left < right


def test_shoulders_stay_still(draw: Fn, turned: Fn) -> None:
    portrait = faces.portrait(SIZE, 384, center=(0.5, 0.35))
    for picture in draw(portrait, [turned(roll=20), turned(yaw=-20), turned(pitch=15)]):
        assert np.array_equal(picture[-60:], portrait.pixels[-60:])


@pytest.mark.parametrize("move", [{"roll": 20}, {"yaw": -20}, {"pitch": 15}])
def test_a_collar_and_a_ring_around_the_neck_stay_still(
    draw: Fn, turned: Fn, move: dict[str, float]
) -> None:
    portrait = faces.portrait(SIZE, 384, center=(0.5, 0.35))
    landmarks = portrait.face.landmarks
    middle, chin = landmarks[168, 0], landmarks[topology.CHIN, 1]
    still = (draw(portrait, [turned(**move)])[0] == portrait.pixels).all(2)
    assert not still[: int(chin)].all()
    assert still[int(chin + UNIT) :].all()
    beside = np.abs(np.arange(SIZE) - middle) > 1.2 * UNIT
    assert still[int(chin + 0.2 * UNIT) :, beside].all()


def test_background_stays_still(draw: Fn, turned: Fn) -> None:
    portrait = faces.portrait(SIZE, SIZE)
    stripes = portrait.pixels.copy()
    cutout = faces.portrait(SIZE, SIZE, alpha=True).pixels[..., 3:] / 255
    columns = (np.arange(SIZE) // 8 % 2 * 120 + 60)[None, :, None]
    stripes = np.rint(stripes * cutout + columns * (1 - cutout)).astype(np.uint8)
    picture = draw(Portrait(stripes, portrait.face), [turned(roll=12)])[0]
    far = cv2.dilate((cutout[..., 0] > 0).astype(np.uint8), np.ones((61, 61))) == 0
    assert far.mean() > 0.1
    assert np.abs(picture.astype(int) - stripes)[far].max() <= 2


def test_small_motions_change_little(draw: Fn, turned: Fn) -> None:
    portrait = faces.portrait(SIZE, SIZE)
    nudged = turned(roll=0.02)
    picture = draw(portrait, [nudged])[0]
    assert np.abs(picture.astype(int) - portrait.pixels).max() < 12
    assert np.abs(picture.astype(int) - portrait.pixels).mean() < 0.1


def test_motion_is_smooth_in_time(draw: Fn, turned: Fn) -> None:
    portrait = faces.portrait(SIZE, SIZE)
    motions = [turned(yaw=a, pitch=a / 2) for a in np.linspace(0.5, 3.0, 11)]
    pictures = np.stack(draw(portrait, motions)).astype(float)
    steps = np.abs(np.diff(pictures, axis=0)).mean((1, 2, 3))
    assert steps.max() < 2.5 * np.median(steps)


def test_draws_the_same_twice(draw: Fn) -> None:
    portrait = faces.portrait(SIZE, SIZE)
    motions = [faces.performing(phase) for phase in (0.2, 0.6)]
    for one, two in zip(draw(portrait, motions), draw(portrait, motions), strict=True):
        assert np.array_equal(one, two)


def test_sixteen_bits_say_the_same(draw: Fn) -> None:
    motions = [faces.performing(0.4)]
    deep = draw(faces.portrait(SIZE, SIZE, depth=16), motions)[0]
    flat = draw(faces.portrait(SIZE, SIZE), motions)[0]
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - flat).mean() < 1.0


def test_opaque_alpha_stays_opaque(draw: Fn) -> None:
    portrait = faces.portrait(SIZE, SIZE)
    solid = np.dstack([portrait.pixels, np.full((SIZE, SIZE), 255, np.uint8)])
    drawn = draw(Portrait(solid, portrait.face), [faces.performing(0.4)])[0]
    plain = draw(portrait, [faces.performing(0.4)])[0]
    assert (drawn[..., 3] == 255).all()
    assert np.array_equal(drawn[..., :3], plain)


def test_colors_under_transparent_pixels_do_not_bleed(draw: Fn, turned: Fn) -> None:
    portrait = faces.portrait(SIZE, SIZE, alpha=True)
    pixels = portrait.pixels.copy()
    pixels[pixels[..., 3] == 0] = (255, 0, 255, 0)
    for picture in draw(Portrait(pixels, portrait.face), [turned(roll=15), turned(yaw=15)]):
        seen = picture[picture[..., 3] > 8].astype(int)
        magenta = (seen[:, 0] > 200) & (seen[:, 1] < 60) & (seen[:, 2] > 200)
        assert not magenta.any()
        assert (picture[..., 3] != pixels[..., 3]).any()


def test_eyes_close_steadily(draw: Fn, expressed: Fn, turned: Fn) -> None:
    portrait = faces.portrait(512, 512)
    amounts = (0.01, 0.25, 0.5, 0.75, 1.0)
    motions = [turned(expression=expressed(faces._close_eyes, a)) for a in amounts]
    white = []
    for motion, picture in zip(motions, draw(portrait, motions), strict=True):
        part = picture[box(moved(portrait, motion), [33, 133, 159, 145], 4.0)].astype(int)
        white.append(int(((part[..., 2] > 200) & (part.min(-1) > 190)).sum()))
    assert all(more >= less for more, less in pairwise(white))
    assert white[0] > 100 and white[-1] <= 0.02 * white[0]


def test_lashes_come_down_with_the_lid(draw: Fn, expressed: Fn, turned: Fn) -> None:
    portrait = faces.portrait(512, 512)
    motion = turned(expression=expressed(faces._close_eyes, 1.0))
    picture = draw(portrait, [motion])[0]
    lid = portrait.face.landmarks[159, :2].astype(int)
    skin = portrait.pixels[lid[1] - 14, lid[0]].astype(int)
    ball = picture[lid[1] + 4 : lid[1] + 12, lid[0] - 4 : lid[0] + 4].reshape(-1, 3)
    assert np.abs(np.median(ball, axis=0) - skin).max() < 25


def test_irises_follow_the_gaze(draw: Fn, turned: Fn) -> None:
    portrait = faces.portrait(512, 512)
    pictures = []
    for side in (-1.0, 1.0):
        expression = np.zeros_like(faces.neutral_shape())
        expression[468:, 0] = 0.05 * side
        pictures.append(draw(portrait, [turned(expression=expression)])[0])
    part = box(portrait.face.landmarks, [33, 133, 159, 145])
    centers = []
    for picture in pictures:
        dark = picture[part].sum(2) < 150
        centers.append(np.nonzero(dark)[1].mean())
    assert centers[1] - centers[0] == pytest.approx(0.1 * 512 * 0.26, rel=0.25)


def mouth(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    inner = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88]
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [landmarks[inner, :2].round().astype(np.int32)], 1)
    return picture[cv2.erode(mask, np.ones((3, 3))) > 0].astype(int)


def test_an_open_mouth_is_no_flat_hole(draw: Fn, expressed: Fn, turned: Fn) -> None:
    portrait = faces.portrait(512, 512)
    motion = turned(expression=expressed(faces._open_mouth, 0.16))
    target = moved(portrait, motion)
    inside = mouth(draw(portrait, [motion])[0], target)
    bare = mouth(draw(portrait, [motion], MeshOptions(teeth=False))[0], target)
    assert len(inside) > 300
    assert inside.mean(1).std() > 25
    assert np.percentile(inside.mean(1), 95) > 130 > 90 > np.percentile(inside.mean(1), 20)
    assert np.percentile(bare.mean(1), 95) < 120


def test_no_skin_glares_in_the_corners_of_an_open_mouth(
    draw: Fn, expressed: Fn, turned: Fn
) -> None:
    """All around the corners the skin is white; next to the opening it is in shadow."""
    portrait = faces.portrait(512, 512)
    pixels = portrait.pixels.copy()
    lips = portrait.face.landmarks[:, :2]
    for corner in (78, 308):
        cv2.circle(
            pixels,
            tuple(lips[corner].round().astype(int)),
            round(0.12 * 512 * 0.26),
            (255,) * 3,
            -1,
        )
    motion = turned(expression=expressed(faces._open_mouth, 0.16))
    white = Portrait(pixels, portrait.face)
    picture, target = draw(white, [motion])[0], moved(portrait, motion)
    opening = np.zeros(picture.shape[:2], np.uint8)
    ring = [*topology.INNER_UPPER, *topology.INNER_LOWER[::-1]]
    cv2.fillPoly(opening, [target[ring, :2].round().astype(np.int32)], 1)
    rim, beyond = (cv2.dilate(opening, np.ones((n, n), np.uint8)) > 0 for n in (5, 15))
    part = box(target, [78, 95, 191], 2.0)
    edge = (rim & (opening == 0))[part]
    around = (beyond & ~rim)[part]
    bright = picture[part].mean(2)
    assert np.median(bright[edge]) < 0.85 * np.median(bright[around])


def test_an_open_mouth_shuts(draw: Fn, expressed: Fn, turned: Fn) -> None:
    """The portrait is a picture drawn with an open mouth; its lips are brought together."""
    shut = faces.portrait(512, 512)
    motion = turned(expression=expressed(faces._open_mouth, 0.16))
    opened, landmarks = draw(shut, [motion])[0], moved(shut, motion)
    target = landmarks.copy()
    for upper, lower in zip(topology.INNER_UPPER, topology.INNER_LOWER, strict=True):
        target[lower] = landmarks[upper]
    gap = landmarks[14, 1] - landmarks[13, 1]
    rest = [i for i in topology.LOWER_LIP if i not in topology.INNER_LOWER]
    target[[*rest, *topology.JAW], 1] -= gap
    rig = Rig(Portrait(opened, FaceObservation(landmarks, 1.0)), MeshOptions())
    closed = rig.draw(target)
    seam = box(target, [82, 312], 0.0)
    rows = slice(seam[0].start - 4, seam[0].stop + 4)
    lips = closed[rows, seam[1]].astype(int)
    assert mouth(opened, landmarks).mean(1).min() < 60
    assert np.percentile(lips.mean(2), 5) > 70
    assert lips.mean(2).max() < 150


@pytest.mark.parametrize("size", [(40, 40), (64, 48), (1400, 900)])
def test_draws_tiny_and_large_faces(draw: Fn, size: tuple[int, int]) -> None:
    portrait = faces.portrait(*size)
    picture = draw(portrait, [faces.performing(0.4)])[0]
    assert picture.shape == portrait.pixels.shape
    assert (picture != portrait.pixels).any()


@pytest.mark.parametrize("center", [(0.02, 0.5), (0.98, 0.5), (0.5, 0.05), (0.5, 0.97)])
def test_faces_cut_by_an_edge_leave_no_holes(
    draw: Fn, center: tuple[float, float], turned: Fn
) -> None:
    portrait = faces.portrait(SIZE, SIZE, center=center)
    for picture in draw(portrait, [turned(roll=15), turned(yaw=-15), turned(pitch=12)]):
        assert picture.shape == portrait.pixels.shape
        assert (picture.max(2) > 0).mean() > 0.99
