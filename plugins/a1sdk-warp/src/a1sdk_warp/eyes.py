"""Eyes: lids that slide over an eyeball, and an iris that looks around under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from a1sdk_warp.anatomy import Head
from a1sdk_warp.chart import Chart
from a1sdk_warp.geometry import Floats, clamp, smoothstep
from a1sdk_warp.lidskin import Cover, Lids, LidSkin
from a1sdk_warp.pixels import (
    Box,
    Layer,
    dim,
    enlarge,
    full,
    look_up,
    mix,
    over,
    sample,
    sample_inside,
    spread,
    to_dtype,
)

LASHES = 0.03
"""How far above the lid's edge skin and lashes move with it as one, in units."""

RIM = 0.014
"""How wide the edge between lid and eyeball is, in units."""

LINE = 0.012
"""How wide the shadow is where lids meet, in units."""

SHADOW = 0.03
"""How far a lid's shadow reaches over the eyeball, in units."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """An eye at one instant.

    Attributes:
        part: rows and columns of the box between and at the lids' edges.
        back: where they come from without lids, [h, w, 2].
        gaze: how far the iris moved, [2].
        lids: at each pixel, [h, w, 4]: how far down the picture upper and lower lid are from
            there, and how far it is inside their edges.
        closing: how far the lids have come together, 0..1.
        cover: what of the upper lid is painted.
    """

    part: tuple[slice, slice]
    back: Floats
    gaze: Floats
    lids: Floats
    closing: float
    cover: Cover | None


class Eye:
    """One eye of the portrait."""

    def __init__(self, head: Head, rows: Mapping[str, Sequence[int]], picture: Layer) -> None:
        """Measure the eye and make its eyeball and its lid from what the picture shows of it."""
        self.chart = Chart(head, rows)
        self.unit = head.unit
        upper, lower, iris = (
            head.landmarks[self.chart.rows[name], :2] for name in ("upper", "lower", "iris")
        )
        self.iris = iris[0]
        self.gap = float(((lower - upper)[2:7] @ self.chart.normal).mean())
        inside = np.minimum(self.chart.along, 1.0 - self.chart.along)
        self.between = smoothstep(0.0, 0.1, inside)
        self.skin = LidSkin(self.chart, head.outline(), picture)
        self._paint(picture, iris)

    def _paint(self, picture: Layer, iris: Floats) -> None:
        """Make the eyeball without iris, and the iris, both as seen in the picture and beyond."""
        view, white = self.chart.view(picture), full(picture)
        inside = np.minimum(self.chart.beyond("upper"), -self.chart.beyond("lower"))
        seen = clamp(inside - RIM * self.unit)
        radius = max(float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean()), 1.0)
        y, x = np.mgrid[: view.shape[0], : view.shape[1]].astype(np.float32)
        center = self.chart.pixels(iris[0])
        away = np.hypot(x - center[0], y - center[1]) / radius
        disc = 1.0 - smoothstep(0.94, 1.14, away)
        ball = spread(view, seen * (away > 1.16), 0.015 * self.unit)
        ball += (view - ball) * (seen * (1.0 - disc))[..., None]
        ball[..., 3] = white
        lens = self._whole_iris(view, seen * (away < 1.0), away)
        lens += (view - lens) * seen[..., None]
        lens[..., 3] = white
        lens -= ball * (1.0 - disc)[..., None]
        self.ball = to_dtype(ball, picture)
        self.lens = to_dtype(np.minimum(lens, disc[..., None] * white), picture)

    def _whole_iris(self, view: Floats, seen: Floats, away: Floats) -> Floats:
        """Paint the iris's hidden part with the mean of each ring's visible part."""
        ring = np.clip(away * 16.0, 0.0, 23.0)
        count = np.bincount(ring.astype(np.intp).ravel(), seen.ravel(), 24)
        known = np.flatnonzero(count > 0.5)
        if len(known) == 0:
            return view
        out = np.empty_like(view)
        for c in range(4):
            total = np.bincount(ring.astype(np.intp).ravel(), (seen * view[..., c]).ravel(), 24)
            out[..., c] = np.interp(ring, known + 0.5, (total / np.maximum(count, 1e-6))[known])
        return out

    def _lids(self, pulled: Floats, closing: float) -> Lids:
        """Return where the lids are."""
        chart, lines, down = self.chart, self.chart.lines, self.chart.down
        shift = {name: chart.shift(name, pulled) for name in ("upper", "lower", "crease")}
        shut = float(smoothstep(0.7, 0.9, closing))
        gap = lines["lower"] + shift["lower"] - lines["upper"] - shift["upper"]
        shift["upper"] += shut * chart.hold * (np.maximum(gap, 0.0) + RIM * self.unit)
        upper, lower = lines["upper"] + shift["upper"], lines["lower"] + shift["lower"]
        strip = np.maximum(lines["upper"] - lines["crease"], 0.02 * self.unit)
        lashes = np.minimum(LASHES * self.unit, 0.6 * strip)
        stop = upper - lashes
        crease = np.minimum(lines["crease"] + shift["crease"], stop - 0.3 * (strip - lashes))
        crease_shift = crease - lines["crease"]
        brow = np.minimum(lines["brow"], crease - 0.1 * strip)
        first = clamp((down - brow) / np.maximum(crease - brow, 1e-3))
        second = clamp((down - crease) / np.maximum(stop - crease, 1e-3))
        above = -(crease_shift * first + (shift["upper"] - crease_shift) * second)
        reach = np.maximum(lines["pouch"] - lower, 0.05 * self.unit)
        below = -shift["lower"] * (1.0 - clamp((down - lower) / reach))
        stretch = (stop - crease) / np.maximum(strip - lashes, 0.3)
        return Lids(upper, lower, crease, stop, above, below, shift["upper"], stretch)

    def bend(self, back: Floats, box: Box, target: Floats, pulled: Floats) -> Look | None:
        """Make the skin around the eye come from where the lids take it.

        Args:
            back: for each pixel of the box, where it comes from without lids; changed in place.
            box: where in the region that is.
            target: where the landmarks go, [478, 3].
            pulled: the same brought back to the portrait's pose, [478, 2].

        Returns:
            What `draw` needs; None where the eye is outside the box.
        """
        part = self._part(target, box, ("upper", "lower", "crease", "pouch", "brow"), 0.08)
        gap = self._part(target, box, ("upper", "lower"), 0.05)
        if part is None or gap is None:
            return None
        closing = self._closing(pulled)
        lids, down = self._lids(pulled, closing), self.chart.down
        inside = down - lids.upper, lids.lower - down
        near = np.dstack([lids.above, lids.below, *inside])
        look = Look(
            gap,
            back[gap].copy(),
            self._gaze(pulled),
            self._at(near, back[gap]),
            closing,
            self._cover(lids, back, box, target),
        )
        self._slide(back[part], np.where(inside[0] < inside[1], lids.above, lids.below))
        return look

    def _at(self, nodes: Floats, places: Floats) -> Floats:
        return look_up(nodes, self.chart.grid.locate(places))

    def _cover(self, lids: Lids, back: Floats, box: Box, target: Floats) -> Cover | None:
        """Return what of the lid has to be painted; None where nothing has."""
        table = self.skin.table(lids)
        part = self._part(target, box, ("upper", "crease"), 0.05)
        if table is None or part is None:
            return None
        return Cover(part, back[part].copy(), self._at(table, back[part]))

    def _slide(self, places: Floats, shift: Floats) -> None:
        """Move places, [h, w, 2], down the eye by what the grid says of them, in place.

        The grid is coarser than the pixels, so one look-up for each of its squares is enough.
        """
        step = self.chart.grid.step
        size = places.shape[1], places.shape[0]
        some = np.ascontiguousarray(places[step // 2 :: step, step // 2 :: step])
        moved = look_up(shift, self.chart.grid.locate(some))
        if step > 1:
            full_size = moved.shape[1] * step, moved.shape[0] * step
            moved = enlarge(moved, full_size)
        known = moved[: size[1], : size[0]]
        places[: known.shape[0], : known.shape[1]] += known[..., None] * self.chart.normal

    def draw(self, look: Look, layer: Layer, picture: Layer) -> None:
        """Draw the edges of the lids, and the eyeball between them, into the warped layer."""
        lids = look.lids
        upper, lower = lids[..., 2], lids[..., 3]
        skin = mix(
            sample(picture, look.back + lids[..., 1:2] * self.chart.normal),
            sample(picture, look.back + lids[..., 0:1] * self.chart.normal),
            clamp(0.5 - 0.5 * (upper - lower)),
        )
        shut = float(smoothstep(0.6, 0.95, look.closing))
        if shut > 0.0:
            skin = dim(skin, 1.0 - shut * self._line(look))
        hole = clamp(np.minimum(upper, lower) - 0.3 - self._rim(look))
        here = self.chart.pixels(look.back)
        lens = sample_inside(self.lens, here - look.gaze)
        ball = over(sample(self.ball, here), lens)
        layer[look.part] = mix(skin, self._shaded(ball, upper, look.closing), hole)
        if look.cover is not None:
            self.skin.draw(look.cover, layer)

    def _line(self, look: Look) -> Floats:
        """Return the shadow between lids that meet at each pixel, 0..1."""
        away = (look.lids[..., 2] - look.lids[..., 3]) / max(LINE * self.unit, 1.0)
        return np.asarray(0.2 * np.exp(-(away**2)) * self._at(self.between, look.back))

    def _rim(self, look: Look) -> Floats:
        """Return how much of the picture's own eye stays at the lids' edges, in pixels.

        Lids and eyeball that did not move are left as they are, with the wet line between them.
        """
        rim = RIM * self.unit
        moved = np.abs(look.lids[..., :2]).max(2) + np.float32(np.abs(look.gaze).max())
        return np.asarray(np.maximum(rim - moved, 0.0), np.float32)

    def _shaded(self, ball: Layer, below_lid: Floats, closing: float) -> Layer:
        """Return the eyeball in the shadow of a lid that has come down on it."""
        if closing <= 0.0:
            return ball
        near = np.exp(
            np.minimum(below_lid, 0.0) - np.maximum(below_lid, 0.0) / (SHADOW * self.unit)
        )
        light = 1.0 - closing * (0.15 + 0.35 * near)
        return dim(ball, light)

    def _closing(self, pulled: Floats) -> float:
        """Return how much nearer the lids are than in the picture: 0 not at all, 1 shut."""
        upper, lower = (pulled[self.chart.rows[name][2:7]] for name in ("upper", "lower"))
        gap = float(((lower - upper) @ self.chart.normal).mean())
        return float(clamp(1.0 - gap / max(self.gap, 1e-3)))

    def _gaze(self, pulled: Floats) -> Floats:
        most = 0.6 * self.chart.width
        moved = pulled[self.chart.rows["iris"][0]] - self.iris
        return np.asarray(np.clip(moved, -most, most), np.float32)

    def _part(
        self, target: Floats, box: Box, names: tuple[str, ...], margin: float
    ) -> tuple[slice, slice] | None:
        """Return the rows and columns of the box that some rows of landmarks cover."""
        points = target[[i for name in names for i in self.chart.rows[name]], :2] - box[:2]
        edge = margin * self.unit + 2.0
        size = box[2] - box[0], box[3] - box[1]
        left, top = np.maximum(np.floor(points.min(0) - edge), 0).astype(int)
        right, bottom = np.minimum(np.ceil(points.max(0) + edge), size).astype(int)
        if right - left < 2 or bottom - top < 2:
            return None
        return slice(int(top), int(bottom)), slice(int(left), int(right))
