"""What is behind the lips: real where the portrait shows it, painted where it does not.

Two plates, premultiplied pictures in the mouth's own frame: one fixed to the skull (upper teeth)
and one to the jaw (lower teeth, tongue).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from a1sdk_warp.field import Slit
from a1sdk_warp.geometry import Floats, smoothstep
from a1sdk_warp.pixels import Layer, full, sample, spread, to_dtype
from a1sdk_warp.tones import Tones, luma

UPPER_TEETH = (0.0, 0.094, 0.166, 0.230, 0.280, 0.318, 0.345)
LOWER_TEETH = (0.0, 0.058, 0.121, 0.186, 0.236, 0.276, 0.305)
"""Where teeth meet as seen from the front, from the middle outwards, in units (Wheeler's Dental
Anatomy: crown widths; outer eye distance 90 mm)."""

_SHORTER = (0.0, 0.008, 0.0, 0.012, 0.02, 0.03)
_FURTHER_BACK = (1.0, 0.96, 0.88, 0.78, 0.58, 0.4)
_UNEVEN = ((0.0, 0.006, -0.002, 0.004, 0.0, 0.0), (0.003, -0.003, 0.004, 0.0, 0.003, 0.0))
"""How much shorter than its kind each tooth is, in the picture's left and right half, units: no two
teeth are alike."""

TEETH = 0.2
"""Opening, in units, that upper teeth cannot fill."""

REAL = 0.095
"""Opening, in units, from which on the picture's own mouth is used."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A sheet in the mouth's frame: x along the slit, y down, one pixel of the picture each.

    Attributes:
        corner: place of the sheet's first pixel in the picture, [2].
        axes: rows are the sheet's x and y in the picture, [2, 2].
        x: units from the middle of the mouth, [height, width].
        y: units below the line between the mouth's corners, [height, width].
    """

    corner: Floats
    axes: Floats
    x: Floats
    y: Floats

    def places(self) -> Floats:
        """Return where in the picture the sheet's pixels are, [height, width, 2]."""
        height, width = self.x.shape
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
        return np.asarray(self.corner + grid.astype(np.float32) @ self.axes, np.float32)

    def affine(self, matrix: Floats, offset: Floats) -> Floats:
        """Return the 2x3 matrix from sheet to target, given that from picture to target."""
        linear = matrix @ self.axes.T
        return np.hstack([linear, (matrix @ self.corner + offset)[:, None]]).astype(np.float32)


def lay_out(slit: Slit, unit: float) -> Canvas:
    """Lay a sheet over a mouth."""
    half, above, below = 0.62 * unit, 0.35 * unit, 0.75 * unit
    middle = slit.corner + slit.axes[0] * slit.width / 2
    corner = middle - slit.axes[0] * half - slit.axes[1] * above
    x = (np.arange(round(2 * half)) - half) / unit
    y = (np.arange(round(above + below)) - above) / unit
    grid = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return Canvas(corner.astype(np.float32), slit.axes, *grid)


@dataclass(frozen=True, slots=True, eq=False)
class Interior:
    """The two plates, and the colour of the depth behind them."""

    canvas: Canvas
    upper: Layer
    lower: Layer
    dark: Floats
    real: bool


def _row(
    canvas: Canvas, meets: tuple[float, ...], size: float, edge: Floats, up: float
) -> tuple[Floats, Floats]:
    """Paint one row of teeth: how opaque and how bright each pixel is.

    Args:
        canvas: the sheet.
        meets: where teeth meet.
        size: scale of the teeth.
        edge: y of the biting edge at each pixel, units.
        up: -1 where teeth rise above the edge (upper row), 1 where they go down from it.
    """
    opaque, bright = np.zeros_like(canvas.x), np.zeros_like(canvas.x)
    away = np.abs(canvas.x)
    depth = (canvas.y - edge) * up
    for number, (near, far) in enumerate(pairwise(meets)):
        near, far = near * size, far * size
        half = (far - near) / 2
        across = np.abs(away - (near + far) / 2) / half
        uneven = np.where(canvas.x < 0.0, _UNEVEN[0][number], _UNEVEN[1][number]).astype(np.float32)
        inside = depth - _SHORTER[number] - uneven - 0.25 * half * smoothstep(0.45, 1.0, across)
        neck = 0.13 - inside - 0.35 * half * smoothstep(0.3, 1.0, across)
        shape = smoothstep(-0.004, 0.004, inside) * (1.0 - smoothstep(0.96, 1.04, across))
        shape = shape * smoothstep(-0.006, 0.006, neck)
        round_off = 1.0 - 0.2 * smoothstep(0.5, 1.0, across) ** 1.5
        tip = 0.92 + 0.08 * smoothstep(0.0, 0.03, inside)
        root = 1.0 - 0.2 * smoothstep(0.05, 0.14, inside)
        light = round_off * tip * root * (1.0 - 5.0 * uneven) * _FURTHER_BACK[number]
        bright = np.maximum(bright, shape * light)
        opaque = np.maximum(opaque, shape)
    return opaque, bright


def _gums(canvas: Canvas, edge: Floats, size: float, up: float) -> Floats:
    """Return how much gum covers each pixel, beyond the teeth."""
    depth = (canvas.y - edge) * up
    band = smoothstep(0.09, 0.1, depth) * (1.0 - smoothstep(0.2, 0.26, depth))
    return np.asarray(band * (1.0 - smoothstep(0.3, 0.345, np.abs(canvas.x) / size)), np.float32)


def _jaw_row(
    canvas: Canvas, meets: tuple[float, ...], size: float, edge: Floats, up: float, tones: Tones
) -> Floats:
    """Paint teeth and their gums, premultiplied."""
    opaque, bright = _row(canvas, meets, size, edge, up)
    gums = _gums(canvas, edge, size, up)
    fade = 1.0 - 0.6 * smoothstep(0.12, 0.32, np.abs(canvas.x) / size)
    flesh = (gums * fade)[..., None] * tones.flesh
    color = bright[..., None] ** tones.shadow * tones.white + flesh * (1.0 - opaque[..., None])
    return np.dstack([color, opaque + gums * (1.0 - opaque)]).astype(np.float32)


def _painted_lower(canvas: Canvas, lip: float, size: float, tones: Tones, *, teeth: bool) -> Floats:
    """Paint the tongue, and the lower teeth before it."""
    x, y = canvas.x / size, canvas.y - lip
    mound = smoothstep(-0.17, -0.08, y - 0.9 * x**2) * (1.0 - smoothstep(0.2, 0.3, np.abs(x)))
    groove = 1.0 - 0.1 * np.exp(-((x / 0.025) ** 2))
    shine = 0.35 + 0.65 * smoothstep(-0.19, 0.02, y)
    color = (mound * groove * shine)[..., None] * tones.flesh
    out = np.dstack([color, mound]).astype(np.float32)
    if not teeth:
        return out
    row = _jaw_row(canvas, LOWER_TEETH, size, lip - 0.012 + 0.3 * canvas.x**2, 1.0, tones)
    row[..., :3] *= 0.9**tones.shadow
    return np.asarray(row + out * (1.0 - row[..., 3:]), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the picture shows between the lips.

    Attributes:
        view: the picture on the sheet.
        upper: how much of each pixel belongs to the skull.
        lower: how much belongs to the jaw.
        edge: y of the upper teeth's biting edge in the middle, or None where none are seen.
        white: colour of the teeth seen, or None.
        wide: how far from the middle teeth are seen.
        above: where its upper part goes on behind the upper lip.
    """

    view: Floats
    upper: Floats
    lower: Floats
    edge: float | None
    white: Floats | None
    wide: float
    above: Floats


def _profile(bright: Floats, across: Floats, middle: Floats) -> Floats:
    """Return the brightness between the lips, from the upper to the lower, 16 values."""
    values = np.full(16, np.nan, np.float32)
    for number in range(16):
        here = middle & (across >= number / 16) & (across < (number + 1) / 16)
        if here.any():
            values[number] = np.percentile(bright[here], 65)
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(16), known, values[known]).astype(np.float32)


def _look(canvas: Canvas, slit: Slit, picture: Layer, unit: float, tones: Tones) -> _Seen | None:
    """Find teeth and depth in the picture's open mouth; None where it is shut."""
    top, bottom = slit.edges(canvas.x.ravel() * unit / slit.width + 0.5)
    top, bottom = (line.reshape(canvas.x.shape) / unit for line in (top, bottom))
    gap = bottom - top
    if float(gap.max()) <= REAL:
        return None
    view = sample(picture, canvas.places()).astype(np.float32)
    bright = luma(view[..., :3])
    inset = np.minimum(canvas.y - top - 0.008, bottom - canvas.y - 0.012)
    seen = np.clip(inset * unit, 0.0, 1.0)
    across = (canvas.y - top) / np.maximum(gap, 1e-3)
    middle = (seen > 0.5) & (np.abs(canvas.x) * unit < 0.3 * slit.width)
    if not middle.any():
        return None
    profile = _profile(bright, across, middle)
    darkest = 5 + int(profile[5:].argmin())
    teeth = bool(profile[:darkest].max() > 0.5 * luma(tones.skin))
    thin = (1.0 - (darkest + 0.5) / 16) * float(gap.max()) < 0.03
    wide_open = float(gap.max()) > TEETH
    whole = teeth and not wide_open and (thin or profile[darkest] > 0.6 * profile.max())
    end = 1.0 if whole else (darkest + 0.5) / 16
    end = min(end, 0.5 * TEETH / float(gap.max())) if wide_open else end
    reference = float(np.percentile(bright[middle & (across < end)], 85)) if teeth else 1.0
    tooth = smoothstep(0.4, 0.62, bright / reference) if teeth else np.ones_like(bright)
    brim = smoothstep(end - 0.6, end - 0.3, across)
    low = np.clip((bottom - canvas.y - 0.035) * unit, 0.0, 1.0) if whole else 1.0
    upper = seen * low * (1.0 - brim * (1.0 - tooth))
    upper = upper * (1.0 - smoothstep(end, end + 0.06, across))
    lower = seen * smoothstep(end - 0.04, end + 0.02, across) * (not whole)
    edge = float(np.median(top[middle] + end * gap[middle])) if teeth else None
    white, wide = None, 1.0
    if teeth:
        white = np.median(view[middle & (across < end) & (bright > 0.85 * reference)], 0)[:3]
        wide = float(np.percentile(np.abs(canvas.x[(upper > 0.5) & (tooth > 0.5)]), 98))
    above = smoothstep(-0.12, -0.06, canvas.y - top) * smoothstep(0.01, 0.05, gap)
    above = above * (canvas.y < top + 0.3 * gap)
    return _Seen(view, upper, lower, edge, white, wide, above)


def build(slit: Slit, picture: Layer, unit: float, tones: Tones, *, teeth: bool) -> Interior:
    """Make the inside of a portrait's mouth."""
    canvas = lay_out(slit, unit)
    size = float(np.clip(slit.width / (0.56 * unit), 0.85, 1.15))
    above, below = (float(line[0]) / unit for line in slit.edges(np.array([0.5], np.float32)))
    seen = _look(canvas, slit, picture, unit, tones)
    edge = above + 0.035
    if seen is not None and seen.edge is not None and seen.white is not None:
        edge, tones = seen.edge, replace(tones, white=seen.white)
    upper = np.zeros((*canvas.x.shape, 4), np.float32)
    if teeth:
        upper = _jaw_row(canvas, UPPER_TEETH, size, edge - 0.35 * canvas.x**2, -1.0, tones)
    lower = _painted_lower(canvas, below, size, tones, teeth=teeth)
    for plate in (upper, lower):
        plate[..., 3] *= full(picture)
        plate[:] = cv2.GaussianBlur(plate, (0, 0), max(0.5, 0.006 * unit))
    if seen is not None:
        if seen.lower.any():
            upper = _continued(seen, unit, tones)
        upper *= 1.0 - smoothstep(seen.wide - 0.02, seen.wide + 0.06, np.abs(canvas.x))[..., None]
        upper = _lay(upper, seen.view, seen.upper)
        lower = _lay(lower, seen.view, seen.lower)
    parts = to_dtype(upper, picture), to_dtype(lower, picture)
    return Interior(canvas, *parts, tones.dark, seen is not None)


def _continued(seen: _Seen, unit: float, tones: Tones) -> Floats:
    """Continue what a wide open mouth shows at its top upwards, into the lip's shadow."""
    plate = spread(seen.view, seen.upper, 0.01 * unit)
    plate[..., :3] = 0.4 * plate[..., :3] + 0.4 * tones.flesh
    return np.asarray(plate * seen.above[..., None], np.float32)


def _lay(plate: Floats, view: Floats, share: Floats) -> Floats:
    return np.asarray(plate * (1.0 - share[..., None]) + view * share[..., None], np.float32)
