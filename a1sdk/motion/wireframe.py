"""Draw a face of landmarks as lines: pictures of any motion, without a portrait.

The face is drawn at twice the size and averaged, which smooths every edge. What has not moved is
drawn pale beneath it: the neutral face, turned with the head, so that what differs is expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.landmarks import (
    BROWS,
    IRISES,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LOWER_LIDS,
    LOWER_LIP,
    NOSE_LINES,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    UPPER_LIDS,
    UPPER_LIP,
)
from a1sdk.motion.pose import CAMERA_DISTANCE, NEAREST

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.ImageDraw import ImageDraw

    from a1sdk.motion.frame import FaceMotion
    from a1sdk.motion.pose import Points

    Color = tuple[int, int, int]

FINE = 2
"""How many times too large pictures are drawn."""

_STEPS = 4  # points of a curve between two landmarks
_MESH = 468  # landmarks without the irises

_RIGHT_LIDS = (
    (RIGHT_EYE_OUTER, *UPPER_LIDS[0], RIGHT_EYE_INNER),
    (RIGHT_EYE_OUTER, *LOWER_LIDS[0], RIGHT_EYE_INNER),
)
_LEFT_LIDS = (
    (LEFT_EYE_OUTER, *UPPER_LIDS[1], LEFT_EYE_INNER),
    (LEFT_EYE_OUTER, *LOWER_LIDS[1], LEFT_EYE_INNER),
)
_OUTER_LIPS = ((61, *UPPER_LIP[3], 291), (61, *LOWER_LIP[3], 291))
_INNER_LIPS = ((78, *UPPER_LIP[0], 308), (78, *LOWER_LIP[0], 308))


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a drawing, RGB."""

    background: Color = (22, 24, 29)
    skin: Color = (35, 39, 47)
    dots: Color = (104, 113, 130)
    pale: Color = (116, 126, 144)
    ink: Color = (226, 228, 232)
    brow: Color = (150, 158, 172)
    lips: Color = (206, 104, 98)
    lip_line: Color = (240, 158, 150)
    mouth: Color = (58, 22, 26)
    eye: Color = (236, 238, 240)
    iris: Color = (64, 132, 190)
    pupil: Color = (14, 18, 24)


DARK = Palette()


@dataclass(frozen=True, slots=True)
class View:
    """Where face space is in a picture: pixels of a face unit, and of the origin."""

    unit: float
    x: float
    y: float


def draw_face(
    draw: ImageDraw, motion: FaceMotion, view: View, *, palette: Palette = DARK, moved: bool = True
) -> None:
    """Draw a face under a motion, over its own neutral face.

    Args:
        draw: what to draw on, `FINE` times too large.
        motion: the motion.
        view: where to, in the picture's final pixels.
        palette: colours.
        moved: whether the head's translation is shown.
    """
    neutral = reference_face() if motion.neutral is None else motion.neutral
    rest = _placed(neutral, motion, view, moved)
    face = _placed(neutral + motion.expression, motion, view, moved)
    width = max(1, round(view.unit * FINE / 110))
    outline = _silhouette(face)
    _fill(draw, outline, palette.skin)
    _draw_dots(draw, face, palette.dots)
    for line in (*_RIGHT_LIDS, *_LEFT_LIDS, *_OUTER_LIPS, *(brow[:5] for brow in BROWS)):
        _line(draw, _curve(rest, line), palette.pale, max(FINE, width // 2))
    for line in NOSE_LINES:
        _line(draw, _curve(face, line), palette.brow, width)
    for brow in BROWS:
        _fill(draw, _loop(face, brow[:5], brow[5:]), palette.brow)
    for lids, iris in ((_RIGHT_LIDS, IRISES[0]), (_LEFT_LIDS, IRISES[1])):
        _draw_eye(draw, face, lids, iris, palette, width)
    _draw_mouth(draw, face, palette, width)
    _line(draw, outline, palette.ink, width)


def _placed(shape: Points, motion: FaceMotion, view: View, moved: bool) -> Points:
    """Return landmarks in the pixels that are drawn, [478, 2]."""
    turned = shape @ motion.rotation.T
    right, down, away = motion.translation.tolist() if moved else (0.0, 0.0, 0.0)
    unit = FINE * view.unit * CAMERA_DISTANCE / (CAMERA_DISTANCE + max(NEAREST, away))
    origin = np.array([view.x, view.y]) * FINE
    placed: Points = turned[:, :2] * unit + origin + np.array([right, down]) * unit
    return placed


def _silhouette(face: Points) -> Points:
    """Return the outline of a face, also of a turned one: the convex hull of its points."""
    points = sorted(map(tuple, face[:_MESH].tolist()))
    lower, upper = _half_hull(points), _half_hull(points[::-1])
    hull = np.array([*lower[:-1], *upper])
    steps = np.linalg.norm(np.diff(hull, axis=0), axis=1)
    far = np.append(steps > 0.2 * steps.mean(), True)  # a spline bulges between close points
    hull = hull[far] if far[0] else np.concatenate([hull[-1:], hull[far]])
    outline: Points = _spline(len(hull), True) @ hull
    return outline


def _half_hull(points: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Return one side of the hull of sorted points (Andrew 1979)."""
    side: list[tuple[float, ...]] = []
    for point in points:
        while len(side) > 1 and _turn(side[-2], side[-1], point) <= 0:
            side.pop()
        side.append(point)
    return side


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _draw_dots(draw: ImageDraw, face: Points, color: Color) -> None:
    """Draw the landmarks of the mesh, which show what the lines do not, such as the cheeks."""
    x, y = face[:_MESH].round().astype(int).T
    for right in (0, 1):
        for down in (0, 1):
            points = np.stack([x + right, y + down], axis=1).ravel().tolist()
            draw.point(points, color)


def _draw_eye(
    draw: ImageDraw,
    face: Points,
    lids: tuple[tuple[int, ...], tuple[int, ...]],
    iris: Sequence[int],
    palette: Palette,
    width: int,
) -> None:
    """Draw an eye; the lids hide what they cover of the iris, line by line."""
    upper, lower = (_curve(face, line) for line in lids)
    _fill(draw, np.concatenate([upper, lower[::-1]]), palette.eye)
    center = face[iris[0]]
    radius = float(np.linalg.norm(face[list(iris[1:])] - center, axis=1).mean())
    for color, share in ((palette.iris, 1.0), (palette.pupil, 0.42)):
        disc = _disc_between(center, radius * share, upper, lower)
        if disc is not None:
            _fill(draw, disc, color)
    _line(draw, upper, palette.ink, width + 1)
    _line(draw, lower, palette.ink, max(1, width - 1))


def _disc_between(center: Points, radius: float, upper: Points, lower: Points) -> Points | None:
    """Return the outline of a disc, cut off by the lids; None where it is wholly covered."""
    x = center[0] + radius * np.cos(np.linspace(np.pi, 0, 25))
    half = np.sqrt(np.maximum(0, radius**2 - (x - center[0]) ** 2))
    top = np.maximum(center[1] - half, _height(upper, x))
    bottom = np.minimum(center[1] + half, _height(lower, x))
    open_ = top < bottom
    if open_.sum() < 2:
        return None
    edge = np.concatenate([top[open_], bottom[open_][::-1]])
    return np.stack([np.concatenate([x[open_], x[open_][::-1]]), edge], axis=1)


def _height(line: Points, x: Points) -> Points:
    """Return the height of a lid at `x`; beyond its corners, that of the corner."""
    order = np.argsort(line[:, 0])
    height: Points = np.interp(x, line[order, 0], line[order, 1])
    return height


def _draw_mouth(draw: ImageDraw, face: Points, palette: Palette, width: int) -> None:
    outer, inner = (_loop(face, *lips) for lips in (_OUTER_LIPS, _INNER_LIPS))
    _fill(draw, outer, palette.lips)
    _fill(draw, inner, palette.mouth)
    for line in _OUTER_LIPS:
        _line(draw, _curve(face, line), palette.lip_line, max(1, width - 1))
    for line in _INNER_LIPS:
        _line(draw, _curve(face, line), palette.mouth, max(1, width - 1))


def _loop(face: Points, first: Sequence[int], second: Sequence[int]) -> Points:
    """Return the outline between two lines that run side by side."""
    return np.concatenate([_curve(face, first), _curve(face, second)[::-1]])


def _curve(face: Points, line: Sequence[int]) -> Points:
    """Return a smooth curve through landmarks (Catmull and Rom 1974)."""
    through: Points = _spline(len(line), line[0] == line[-1]) @ face[list(line)]
    return through


@lru_cache
def _spline(count: int, closed: bool) -> npt.NDArray[np.float64]:
    """Return the weights of `count` points in each point of a curve through them."""
    steps = np.arange(_STEPS) / _STEPS
    t = np.stack([np.ones_like(steps), steps, steps**2, steps**3], axis=1)
    catmull = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    weights = np.zeros(((count - 1) * _STEPS + 1, count))
    for number in range(count - 1):
        around = np.arange(number - 1, number + 3)
        around = around % (count - 1) if closed else np.clip(around, 0, count - 1)
        for place, column in zip(around, (t @ catmull).T, strict=True):
            weights[number * _STEPS : (number + 1) * _STEPS, place] += column
    weights[-1, -1] = 1
    return weights


def _line(draw: ImageDraw, points: Points, color: Color, width: int) -> None:
    draw.line(points.ravel().tolist(), color, width, joint="curve" if width > 2 else None)


def _fill(draw: ImageDraw, points: Points, color: Color) -> None:
    draw.polygon(points.ravel().tolist(), color)
