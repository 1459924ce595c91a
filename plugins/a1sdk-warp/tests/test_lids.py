from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from a1sdk_warp.topology import LEFT_EYE, RIGHT_EYE

from a1sdk.plugin import Portrait
from a1sdk.testing import faces

Fn = Callable[..., Any]
Paint = Callable[[np.ndarray, np.ndarray], None]

UNIT = 512 * 0.26


def hair(pixels: np.ndarray, strip: np.ndarray) -> None:
    """A brow that hangs down to the lid."""
    cv2.fillPoly(pixels, [strip], (30, 20, 15))


def stripes(pixels: np.ndarray, strip: np.ndarray) -> None:
    """Something fine on the lid's skin, as bright as that."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [strip], 1)
    columns = (np.arange(pixels.shape[1]) // 3 % 2 * 60 - 30)[None, :, None]
    marked = np.clip(pixels.astype(int) + columns, 0, 255).astype(np.uint8)
    pixels[mask > 0] = marked[mask > 0]


def marked(paint: Paint, *, narrow: bool = False) -> Portrait:
    """A portrait with something painted on the strip of lid that open eyes show."""
    portrait = faces.portrait(512, 512)
    pixels, landmarks = portrait.pixels.copy(), portrait.face.landmarks.copy()
    for eye in (RIGHT_EYE, LEFT_EYE) if narrow else ():
        inner = slice(1, -1)
        landmarks[list(eye["crease"])[inner], 1] = (
            landmarks[list(eye["upper"])[inner], 1] - 0.035 * UNIT
        )
    for eye in (RIGHT_EYE, LEFT_EYE):
        crease, upper = (landmarks[list(eye[k]), :2] for k in ("crease", "upper"))
        lifted = upper - (0.0, 0.012 * UNIT)
        top = crease - (0.0, 0.04 * UNIT)
        paint(pixels, np.concatenate([top, lifted[::-1]]).round().astype(np.int32))
    return Portrait(pixels, replace(portrait.face, landmarks=landmarks))


def lid(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The middle of a lid that hides where the right eye was open."""
    upper, lower = landmarks[159, :2], landmarks[145, :2]
    rows = slice(int(0.75 * upper[1] + 0.25 * lower[1]), int(0.4 * upper[1] + 0.6 * lower[1]))
    return picture[rows, int(upper[0]) - 10 : int(upper[0]) + 11].astype(float)


@pytest.fixture
def shut(expressed: Fn, turned: Fn) -> Any:
    return turned(expression=expressed(faces._close_eyes, 1.0))


def test_a_closed_lid_is_skin_where_a_brow_hangs_over_it(draw: Fn, shut: Any) -> None:
    portrait = marked(hair)
    landmarks = portrait.face.landmarks
    cheek = portrait.pixels[int(landmarks[50, 1]), int(landmarks[50, 0])].astype(float)
    seen = lid(draw(portrait, [shut])[0], landmarks)
    assert np.median(seen, (0, 1)).mean() > 0.6 * cheek.mean()


def test_what_is_fine_on_a_lid_is_not_drawn_out_into_streaks(draw: Fn, shut: Any) -> None:
    portrait = marked(stripes, narrow=True)
    before = portrait.pixels.mean(2)
    assert (before != faces.portrait(512, 512).pixels.mean(2)).any()
    seen = lid(draw(portrait, [shut])[0], portrait.face.landmarks).mean((0, 2))
    assert np.abs(np.diff(seen)).max() < 6


def test_a_lid_that_falls_a_little_keeps_its_own_skin(draw: Fn, expressed: Fn, turned: Fn) -> None:
    plain, painted = faces.portrait(512, 512), marked(stripes)
    motion = turned(expression=expressed(faces._close_eyes, 0.1))
    change = draw(painted, [motion])[0].astype(int) - draw(plain, [motion])[0]
    assert np.abs(change).max() > 25


def test_a_gray_lid_stays_gray(draw: Fn, shut: Any) -> None:
    portrait = marked(hair)
    gray = np.repeat(cv2.cvtColor(portrait.pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    picture = draw(Portrait(gray, portrait.face), [shut])[0]
    assert np.ptp(picture.astype(int), 2).max() <= 1


def test_the_same_lid_at_sixteen_bits(draw: Fn, shut: Any) -> None:
    flat = lid(draw(faces.portrait(512, 512), [shut])[0], faces.portrait(512, 512).face.landmarks)
    deep = faces.portrait(512, 512, depth=16)
    assert np.abs(lid(draw(deep, [shut])[0], deep.face.landmarks) / 257 - flat).mean() < 1.5
