from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from a1sdk_warp import interior, tones, topology
from a1sdk_warp.field import Slit
from a1sdk_warp.pixels import premultiply
from a1sdk_warp.tones import luma

from a1sdk.plugin import Portrait
from a1sdk.testing import faces

Fn = Callable[..., Any]

UNIT = 512 * 0.26


def between_the_lips(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The pixels of an open mouth, [n, 3]."""
    ring = [*topology.INNER_UPPER, *topology.INNER_LOWER[::-1]]
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [landmarks[ring, :2].round().astype(np.int32)], 1)
    return picture[cv2.erode(mask, np.ones((3, 3))) > 0].astype(np.float32)


def teeth(pixels: np.ndarray) -> np.ndarray:
    """The median of the brightest tenth, behind an opening lip and in its shadow."""
    bright = luma(pixels)
    return np.median(pixels[bright >= np.percentile(bright, 90)], 0)


def cheek(portrait: Portrait) -> np.ndarray:
    x, y = portrait.face.landmarks[50, :2].astype(int)
    return portrait.pixels[y, x].astype(np.float32)


@pytest.fixture
def opened(expressed: Fn, turned: Fn) -> Any:
    return turned(expression=expressed(faces._open_mouth, 0.16))


def lit(portrait: Portrait, light: float) -> Portrait:
    """A portrait in less light."""
    return Portrait(np.rint(portrait.pixels * light).astype(np.uint8), portrait.face)


def target(portrait: Portrait, motion: Any) -> np.ndarray:
    return next(iter(faces.targets_of(portrait, [motion]))).landmarks


@pytest.mark.parametrize("light", [0.3, 0.45, 0.6])
def test_teeth_in_a_mouth_are_about_as_bright_as_skin_also_in_little_light(
    draw: Fn, opened: Any, light: float
) -> None:
    portrait = lit(faces.portrait(512, 512), light)
    seen = teeth(between_the_lips(draw(portrait, [opened])[0], target(portrait, opened)))
    assert 0.92 < luma(seen) / luma(cheek(portrait)) < 2.0


def test_teeth_are_no_brighter_than_what_can_be_told_from_white(draw: Fn, opened: Any) -> None:
    portrait = faces.portrait(512, 512)
    seen = teeth(between_the_lips(draw(portrait, [opened])[0], target(portrait, opened)))
    assert luma(seen) < 0.9 * 255


def test_shadow_on_teeth_is_warm() -> None:
    portrait = faces.portrait(512, 512)
    picture = premultiply(portrait.pixels)
    color = tones.measure(picture, portrait.face.landmarks)
    slit = Slit(portrait.face.landmarks)
    plate = interior.build(slit, picture, UNIT, color, teeth=True).upper.astype(np.float32)
    solid = plate[plate[..., 3] > 250][:, :3]
    bright = luma(solid) / luma(color.white)
    front, shaded = (
        np.median(solid[(bright > low) & (bright < low + 0.1)], 0) for low in (0.9, 0.7)
    )
    assert shaded[0] / shaded[2] > 1.03 * front[0] / front[2]


def test_teeth_of_a_gray_portrait_are_gray(draw: Fn, opened: Any) -> None:
    portrait = faces.portrait(512, 512)
    gray = np.repeat(cv2.cvtColor(portrait.pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    picture = draw(Portrait(gray, portrait.face), [opened])[0]
    assert np.ptp(picture.astype(int), 2).max() <= 1


def test_no_two_halves_of_a_row_are_alike(draw: Fn, opened: Any) -> None:
    portrait = faces.portrait(512, 512)
    picture = draw(portrait, [opened])[0].astype(int)
    landmarks = target(portrait, opened)
    x, top, bottom = (round(float(v)) for v in (landmarks[13, 0], *landmarks[[13, 14], 1]))
    right = picture[top:bottom, x : x + 30]
    left = picture[top:bottom, x - 30 : x][:, ::-1]
    assert np.abs(right - left).max() > 30
