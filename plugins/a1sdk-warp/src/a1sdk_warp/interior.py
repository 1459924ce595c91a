"""What is behind the lips: real where the portrait shows it, painted where it does not.

Two plates, premultiplied pictures in the mouth's own frame: one fixed to the skull (upper teeth)
and one to the jaw (lower teeth, tongue).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from a1sdk_warp.field import Slit
from a1sdk_warp.geometry import Floats, smoothstep
from a1sdk_warp.pixels import Layer, sample, spread, to_dtype
from a1sdk_warp.tones import Tones, luma

UPPER_TEETH = (0.0, 0.094, 0.166, 0.230, 0.280, 0.318, 0.345)
LOWER_TEETH = (0.0, 0.058, 0.121, 0.186, 0.236, 0.276, 0.305)
"""Where teeth meet as seen from the front, from the middle outwards, in units (Wheeler's Dental
Anatomy: crown widths; outer eye distance 90 mm)."""

REAL = 0.03
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
    for number, (near, far) in enumerate(zip(meets[:-1], meets[1:], strict=True)):
        near, far = near * size, far * size
        half = (far - near) / 2
        across = np.abs(away - (near + far) / 2) / half
        short = (0.0, 0.008, 0.0, 0.012, 0.02, 0.03)[number]
        inside = depth - short - 0.25 * half * smoothstep(0.45, 1.0, across)
        shape = smoothstep(-0.004, 0.004, inside) * (1.0 - smoothstep(0.96, 1.04, across))
        round_off = 1.0 - 0.22 * smoothstep(0.5, 1.0, across) ** 1.5
        tip = 0.9 + 0.1 * smoothstep(0.0, 0.03, inside)
        root = 1.0 - 0.25 * smoothstep(0.05, 0.14, inside)
        back = (1.0, 0.97, 0.9, 0.74, 0.55, 0.38)[number]
        bright = np.maximum(bright, shape * round_off * tip * root * back)
        opaque = np.maximum(opaque, shape)
    return opaque, bright


def _painted_upper(canvas: Canvas, slit: Slit, unit: float, tones: Tones) -> Floats:
    lip = float(slit.edges(np.float32([0.5]))[0][0]) / unit
    size = float(np.clip(slit.width / (0.56 * unit), 0.85, 1.15))
    edge = lip + 0.035 - 0.35 * canvas.x**2
    opaque, bright = _row(canvas, UPPER_TEETH, size, edge, -1.0)
    gum = edge - 0.125
    flesh = smoothstep(-0.01, 0.01, gum - canvas.y) * (np.abs(canvas.x) < 0.345 * size)
    color = bright[..., None] * tones.white
    color = color * (1.0 - flesh[..., None]) + flesh[..., None] * tones.flesh
    return _premultiplied(color, np.maximum(opaque, flesh))


def _painted_lower(
    canvas: Canvas, slit: Slit, unit: float, tones: Tones, *, teeth: bool
) -> Floats:
    lip = float(slit.edges(np.float32([0.5]))[1][0]) / unit
    size = float(np.clip(slit.width / (0.56 * unit), 0.85, 1.15))
    x, y = canvas.x / size, canvas.y - lip
    mound = smoothstep(-0.1, 0.02, y + 0.03 - 0.9 * x**2) * (1.0 - smoothstep(0.2, 0.3, np.abs(x)))
    groove = 1.0 - 0.18 * np.exp(-((x / 0.02) ** 2))
    shine = 0.62 + 0.38 * smoothstep(-0.12, 0.0, y)
    out = _premultiplied((mound * groove * shine)[..., None] * tones.flesh, mound)
    if not teeth:
        return out
    opaque, bright = _row(canvas, LOWER_TEETH, size, lip - 0.012 + 0.3 * canvas.x**2, 1.0)
    row = _premultiplied(0.86 * bright[..., None] * tones.white, opaque)
    return np.asarray(row + out * (1.0 - opaque[..., None]), np.float32)


def _premultiplied(color: Floats, opaque: Floats) -> Floats:
    """Join colours that are already scaled by how opaque they are."""
    return np.dstack([color, opaque]).astype(np.float32)


def _split(view: Floats, along: Floats, across: Floats, skin: float) -> float:
    """Return where between the lips, 0..1, the picture's upper teeth end."""
    bright, middle = luma(view[..., :3]), np.abs(along - 0.5) < 0.3
    levels = np.linspace(0.0, 1.0, 17)
    profile = []
    for low, high in zip(levels[:-1], levels[1:], strict=True):
        here = middle & (across >= low) & (across < high)
        profile.append(np.percentile(bright[here], 65) if here.any() else np.nan)
    found = np.interp(np.arange(16), np.flatnonzero(~np.isnan(profile)),
                      np.asarray(profile)[~np.isnan(profile)])  # fmt: skip
    darkest = 5 + int(found[5:].argmin())
    if found[darkest] > 0.6 * found.max() and found.max() > 0.5 * skin:
        return 1.2
    return float((darkest + 0.5) / 16)


def build(slit: Slit, picture: Layer, unit: float, tones: Tones, *, teeth: bool) -> Interior:
    """Make the inside of a portrait's mouth."""
    canvas = lay_out(slit, unit)
    white = 65535.0 if picture.dtype == np.uint16 else 255.0
    upper = np.zeros((*canvas.x.shape, 4), np.float32)
    if teeth:
        upper = _painted_upper(canvas, slit, unit, tones)
    lower = _painted_lower(canvas, slit, unit, tones, teeth=teeth)
    for plate in (upper, lower):
        plate[..., 3] *= white
        plate[:] = cv2.GaussianBlur(plate, (0, 0), max(0.5, 0.006 * unit))
    top, bottom = slit.edges(canvas.x.ravel() * unit / slit.width + 0.5)
    top, bottom = (line.reshape(canvas.x.shape) / unit for line in (top, bottom))
    real = float((bottom - top).max()) > REAL
    if real:
        upper, lower = _with_real(canvas, picture, (top, bottom), (upper, lower), tones, unit)
    like = picture
    return Interior(canvas, to_dtype(upper, like), to_dtype(lower, like), tones.dark, real)


def _with_real(
    canvas: Canvas,
    picture: Layer,
    lips: tuple[Floats, Floats],
    painted: tuple[Floats, Floats],
    tones: Tones,
    unit: float,
) -> tuple[Floats, Floats]:
    """Lay the picture's own mouth over the painted one, upper part and lower part."""
    view = sample(picture, canvas.places()).astype(np.float32)
    top, bottom = lips
    height = np.maximum(bottom - top, 1e-3)
    across = (canvas.y - top) / height
    inset = np.minimum(canvas.y - top, bottom - canvas.y) * unit
    seen = np.clip(inset, 0.0, 1.0) * (bottom - top > 0.01)
    along = np.where(seen > 0.5, canvas.x * unit / max(unit * 0.56, 1.0) + 0.5, -1.0)
    end = _split(view, along, across, float(luma(tones.skin)))
    above = seen * (1.0 - smoothstep(end - 0.06, end + 0.06, across))
    below = seen * smoothstep(end - 0.08, end - 0.02, across)
    filled = spread(view, above * (inset > 0.01 * unit), 0.01 * unit)
    hidden = smoothstep(-0.1, -0.06, canvas.y - top) * (canvas.y < top + height / 2)
    hidden = hidden * (bottom - top > 0.01)
    upper = _lay(filled * hidden[..., None], view, above)
    lower = _lay(painted[1], view, below)
    return upper, lower


def _lay(plate: Floats, view: Floats, share: Floats) -> Floats:
    return np.asarray(plate * (1.0 - share[..., None]) + view * share[..., None], np.float32)
