"""A made-up face for tests: its landmarks, a picture drawn from them, and motions of it.

The landmarks are an average over many people made symmetric (`tools/make_test_face.py`), so the
face looks like nobody; the picture is drawn, not photographed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import FaceObservation, Portrait, TargetFrame
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.landmarks import (
    BROWS,
    FACE_OVAL,
    IRISES,
    LOWER_LIDS,
    LOWER_LIP,
    UPPER_LIDS,
    UPPER_LIP,
    flat,
)
from a1sdk.motion.rotation import from_euler

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from a1sdk.components.data import Floats

_FINE = 2  # the picture is drawn this many times too large, so that edges come out smooth
_SHAPE_SHARE = 0.26  # face units per shorter side of the picture: the face fills half of it
_SKIN, _HAIR, _LIPS = (224, 172, 138), (70, 48, 36), (178, 92, 88)
_WHITE, _IRIS, _PUPIL = (240, 236, 230), (86, 110, 84), (16, 14, 16)
_SHADE, _SHIRT = (190, 138, 108), (52, 70, 98)


@cache
def neutral_shape() -> Floats:
    """Return the landmarks of the made-up face in face space: float32 [478, 3], read-only."""
    with as_file(files("a1sdk.testing") / "face.npy") as path:
        shape: Floats = (np.load(path) / 1000).astype(np.float32)
    shape.setflags(write=False)
    return shape


def portrait(
    width: int = 256,
    height: int = 256,
    *,
    alpha: bool = False,
    depth: int = 8,
    center: tuple[float, float] = (0.5, 0.52),
) -> Portrait:
    """Return a drawn portrait of the made-up face.

    Args:
        width: pixels.
        height: pixels.
        alpha: leave the background out, and give the picture an alpha channel.
        depth: bits per channel, 8 or 16.
        center: where the face is, as shares of width and height.
    """
    unit = min(width, height) * _SHAPE_SHARE
    middle = np.array([center[0] * width, center[1] * height, 0])
    landmarks = (neutral_shape() * unit + middle).astype(np.float32)
    pixels = np.array(_picture(width, height, center, alpha))
    if depth == 16:
        pixels = pixels.astype(np.uint16) * 257
    return Portrait(pixels, FaceObservation(landmarks, 1.0))


def still() -> FaceMotion:
    """Return the neutral face: no motion at all."""
    zeros = np.zeros_like(neutral_shape())
    return FaceMotion(zeros, np.eye(3, dtype=np.float32), np.zeros(3, np.float32))


def performing(phase: float, *, strength: float = 1.0) -> FaceMotion:
    """Return a moment of a made-up performance: head turning, mouth opening, a blink.

    Args:
        phase: 0..1, once through the performance; at 0 the face is neutral.
        strength: 1 for a lively performance, more to exaggerate it.
    """
    turn = 2 * pi * phase
    expression = np.zeros_like(neutral_shape())
    _open_mouth(expression, strength * 0.16 * sin(pi * phase) ** 2)
    _close_eyes(expression, min(1.0, strength) * max(0.0, cos(2 * turn - pi)) ** 4)
    rotation = from_euler(strength * 12 * sin(turn), strength * 6 * sin(2 * turn), 0)
    translation = np.array([0.04 * strength * sin(turn), 0, 0], np.float32)
    return FaceMotion(expression, rotation.astype(np.float32), translation)


def performance(count: int) -> Iterator[MotionFrame]:
    """Yield `count` frames, once through the made-up performance."""
    for pts in range(count):
        yield MotionFrame(pts, performing(pts / max(1, count)))


def targets_of(picture: Portrait, motions: Iterable[FaceMotion]) -> Iterator[TargetFrame]:
    """Yield where the face of a made-up portrait has to be under each of these motions."""
    neutral = picture.face.landmarks.astype(np.float64)
    shape = neutral_shape().astype(np.float64)
    unit = float(neutral[263, 0] - neutral[33, 0])
    middle = neutral[1] - shape[1] * unit
    for pts, motion in enumerate(motions):
        moved = (shape + motion.expression) @ motion.rotation.T + motion.translation
        yield TargetFrame(pts, (moved * unit + middle).astype(np.float32), motion)


def _open_mouth(expression: Floats, amount: float) -> None:
    """Lower lip, chin and jaw go down, fading out towards the ears."""
    shape = neutral_shape()
    lower = (shape[:, 1] > 0.52) & (np.abs(shape[:, 0]) < 0.75)
    for index in (*flat(LOWER_LIP), *np.flatnonzero(lower)):
        expression[index, 1] = amount * cos(min(1.0, abs(float(shape[index, 0])) / 0.8) * pi / 2)


def _close_eyes(expression: Floats, amount: float) -> None:
    shape = neutral_shape()
    for upper, lower in zip(flat(UPPER_LIDS), flat(LOWER_LIDS), strict=True):
        expression[upper] = amount * 0.9 * (shape[lower] - shape[upper])


@lru_cache(maxsize=16)
def _picture(width: int, height: int, center: tuple[float, float], alpha: bool) -> Image:
    from PIL import Image, ImageDraw, ImageFilter

    size = (width * _FINE, height * _FINE)
    unit = min(size) * _SHAPE_SHARE
    points = neutral_shape()[:, :2] * unit + np.array(center) * size
    layer = Image.new("RGBA", size)
    _draw_person(ImageDraw.Draw(layer), points, unit, size[1])
    layer = layer.filter(ImageFilter.GaussianBlur(unit / 90))
    if not alpha:
        layer = Image.alpha_composite(_background(size), layer).convert("RGB")
    return layer.resize((width, height), Image.Resampling.BOX)


def _background(size: tuple[int, int]) -> Image:
    from PIL import Image

    across, down = np.arange(size[0]) / size[0], np.arange(size[1]) / size[1]
    light = 120 + 60 * down[:, None] + 8 * np.sin(across * 40)
    rgb = light[..., None] * np.array([0.8, 0.9, 1.0])
    return Image.fromarray(rgb.astype(np.uint8)).convert("RGBA")


def _draw_person(draw: ImageDraw, points: Any, unit: float, bottom: int) -> None:
    x, y = (points[33] + points[263]) / 2
    draw.ellipse((x - 1.05 * unit, y - 1.15 * unit, x + 1.05 * unit, y + 1.1 * unit), _HAIR)
    draw.rectangle((x - 0.42 * unit, y + unit, x + 0.42 * unit, y + 2 * unit), _SHADE)
    shoulders = (x - 1.9 * unit, y + 1.7 * unit, x + 1.9 * unit, y + 4 * unit + bottom)
    draw.ellipse(shoulders, _SHIRT)
    _fill(draw, points, FACE_OVAL, _SKIN)
    _fill(draw, points, (193, 198, 129, 64, 94, 294, 358, 420, 417), _SHADE)
    _fill(draw, points, (6, 196, 45, 1, 275, 419), (236, 188, 156))
    for brow in BROWS:
        _fill(draw, points, (*brow[:5], *reversed(brow[5:])), _HAIR)
    for upper, lower, iris in zip(UPPER_LIDS, LOWER_LIDS, IRISES, strict=True):
        _draw_eye(draw, points, (*upper, *reversed(lower)), iris)
    _fill(draw, points, (*UPPER_LIP[3], *reversed(LOWER_LIP[3])), _LIPS)
    _fill(draw, points, (*UPPER_LIP[0], *reversed(LOWER_LIP[0])), _PUPIL)


def _draw_eye(draw: ImageDraw, points: Any, lids: Sequence[int], iris: Sequence[int]) -> None:
    _fill(draw, points, lids, _WHITE)
    x, y = points[iris[0]]
    height = float(points[list(lids)][:, 1].max() - points[list(lids)][:, 1].min())
    for color, radius in ((_IRIS, height * 0.5), (_PUPIL, height * 0.22)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), color)


def _fill(
    draw: ImageDraw, points: Any, indices: Sequence[int], color: tuple[int, int, int]
) -> None:
    draw.polygon([tuple(points[index]) for index in indices], color)
