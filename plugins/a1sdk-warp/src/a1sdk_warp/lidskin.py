"""The skin of an upper lid that is folded away while the eye is open.

What is seen of the lid, a narrow strip between its crease and its lashes, covers the closed eye
when it is stretched several times; where that strip is thin, or brow and shadow, it would show
streaks. Its colours are then taken from the skin around the eye, which does not stretch: smooth
ones from near by, the fine texture from the cheek below.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from a1sdk_warp.chart import Chart
from a1sdk_warp.geometry import Floats, clamp, smoothstep
from a1sdk_warp.pixels import Layer, full, look_up, mix, sample, spread, to_dtype
from a1sdk_warp.tones import luma

LITTLE, MUCH = 1.6, 3.4
"""How many times a lid's own skin may be stretched; from there on none of it is shown."""

PORES = 0.02
"""Deviation of the blur that leaves no fine texture, in units."""

DARKEST = 0.4
"""How dark the crease at most makes the skin under it, as a share of light."""


@dataclass(frozen=True, slots=True, eq=False)
class Lids:
    """Where the lids are at one instant, at each node of the chart, in pixels.

    Attributes:
        upper: how far down the upper lid's edge is.
        lower: how far down the lower lid's.
        crease: how far down the fold is from which the upper lid comes.
        lashes: how far down the strip begins that moves with the upper edge as one.
        above: how far down the picture is what shows above the upper edge, from where it shows.
        below: the same below the lower edge.
        fallen: how far down the upper edge went.
        stretch: how many times as long as in the picture the upper lid is.
    """

    upper: Floats
    lower: Floats
    crease: Floats
    lashes: Floats
    above: Floats
    below: Floats
    fallen: Floats
    stretch: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Painted skin at one instant.

    Attributes:
        part: rows and columns of the box it may be in.
        back: where they come from without lids, [h, w, 2].
        table: share of it that shows, light on it, and how far down the picture its colours and
            its texture are, at each pixel, [h, w, 4].
    """

    part: tuple[slice, slice]
    back: Floats
    table: Floats


class LidSkin:
    """What an upper lid shows when it is shut, over the chart of its eye."""

    def __init__(self, chart: Chart, outline: Floats, picture: Layer) -> None:
        """Take its colours from the picture, inside the face's outline [n, 2]."""
        self.chart = chart
        view = chart.view(picture)
        known = self._skin(view, outline)
        smooth = spread(view, known, PORES * chart.unit)
        smooth = cv2.GaussianBlur(smooth, (0, 0), 0.025 * chart.unit)
        smooth[..., 3] = full(picture)
        self.light = self._under_crease(view, smooth)
        self.smooth = to_dtype(smooth, picture)
        lid = float((chart.lines["lower"] - chart.lines["upper"]).max()) + 0.2 * chart.unit
        cheek = chart.view(picture, lid)[..., :3]
        fine = cheek - cv2.GaussianBlur(cheek, (0, 0), PORES * chart.unit)
        most = 2.5 * np.median(np.abs(fine), (0, 1))  # no rim of glasses, no lock of hair
        self.fine = np.clip(fine, -most, most)

    def _skin(self, view: Floats, outline: Floats) -> Floats:
        """Return how surely each pixel is skin: no eye, lashes, brow, shadow or background."""
        chart = self.chart
        low, high, brow = (chart.beyond(name) / chart.unit for name in ("lower", "upper", "brow"))
        face = self._face(outline)
        below = smoothstep(0.03, 0.05, low) * (1.0 - smoothstep(0.12, 0.16, low)) * face
        cheek = spread(view, below, 0.03 * chart.unit)
        bright = luma(view[..., :3]) / np.maximum(luma(cheek[..., :3]), 1.0)
        alike = smoothstep(0.5, 0.75, bright) * (1.0 - smoothstep(1.3, 1.6, bright))
        above = smoothstep(0.025, 0.04, -high) * smoothstep(0.0, 0.02, brow)
        return np.asarray(np.maximum(above, smoothstep(0.025, 0.04, low)) * alike * face)

    def _face(self, outline: Floats) -> Floats:
        """Return where the face is, a little inside its outline, 0 or 1."""
        face = np.zeros(self.chart.grid.size[::-1], np.uint8)
        cv2.fillPoly(face, [self.chart.pixels(outline).round().astype(np.int32)], 1)
        edge = max(1, round(0.02 * self.chart.unit))
        return np.asarray(cv2.erode(face, np.ones((3, 3), np.uint8), iterations=edge), np.float32)

    def _under_crease(self, view: Floats, smooth: Floats) -> Floats:
        """Return at each node how dark the crease above it is, as a share of the skin's light."""
        chart = self.chart
        up = chart.lines["crease"] - chart.down - 0.012 * chart.unit
        places = chart.grid.nodes() + up[..., None] * chart.normal
        at = chart.pixels(places.astype(np.float32))
        dark = cv2.GaussianBlur(luma(view[..., :3]), (0, 0), 0.012 * chart.unit)
        share = look_up(dark, at) / np.maximum(luma(look_up(smooth, at)[..., :3]), 1.0)
        return np.asarray(cv2.GaussianBlur(np.clip(share, DARKEST, 1.0), (0, 0), 2.0))

    def table(self, lids: Lids) -> Floats | None:
        """Return `Cover.table` at each node, [rows, columns, 4]; None where none of it shows."""
        share = smoothstep(LITTLE, MUCH, lids.stretch)
        if float(share.max()) <= 0.0:
            return None
        down, length = self.chart.down, np.maximum(lids.lashes - lids.crease, 1e-3)
        under = (down - lids.crease) / length
        fringe = (down - lids.lashes) / np.maximum(lids.upper - lids.lashes, 1e-3)
        share = share * smoothstep(0.0, 0.25, under) * (1.0 - smoothstep(-0.3, 0.3, fringe))
        light = 1.0 - (1.0 - self.light) * np.exp(-2.5 * clamp(under))
        return np.dstack([share, light, lids.above, -lids.fallen]).astype(np.float32)

    def draw(self, cover: Cover, layer: Layer) -> None:
        """Paint the skin over the warped layer."""
        here, normal = self.chart.pixels(cover.back), self.chart.normal
        share, light, smooth, fine = np.moveaxis(cover.table, -1, 0)[..., None]
        painted = sample(self.smooth, here + smooth * normal).astype(np.float32)
        painted[..., :3] += look_up(self.fine, here + fine * normal)
        painted[..., :3] *= light
        lids = to_dtype(painted, layer)
        layer[cover.part] = mix(layer[cover.part], lids, np.ascontiguousarray(share[..., 0]))
