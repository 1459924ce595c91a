"""The mouth: two lips that part, and what is behind them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from a1sdk_warp import field, interior, tones
from a1sdk_warp import topology as topo
from a1sdk_warp.anatomy import Head
from a1sdk_warp.field import Field, Grid, Movement, Slit
from a1sdk_warp.geometry import Floats, clamp, smooth_rows, smoothstep
from a1sdk_warp.pixels import Box, Layer, dim, enlarge, full, look_up, mix, over, sample

EDGE = 0.016
"""How much of the wet inner edge of parted lips disappears when they meet, in units."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Where places come from with the upper and with the lower lip, [h, w, 2] each.

    `gaps`, [h, w, 4]: how far below the upper lip's edge and above the lower's, in pixels; how far
    along the mouth, 0..1; and by how much less the lips are apart there than in the portrait.
    """

    above: Floats
    below: Floats
    gaps: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Parting:
    """The lips at one instant.

    Attributes:
        part: rows and columns of the box at and between the lips' edges.
        inner: grid over the same.
        move: the movement of all.
        down: direction across the slit, downwards, [2].
        more: how much further the lips are apart than in the portrait, in pixels.
        nodes: sides of the nodes of the grid around the mouth.
        fine: sides of the pixels of `part`.
    """

    part: tuple[slice, slice]
    inner: Grid
    move: Movement
    down: Floats
    more: float
    nodes: _Sides
    fine: _Sides


class Mouth:
    """The portrait's mouth."""

    def __init__(self, head: Head, slit: Slit, picture: Layer, *, teeth: bool) -> None:
        """Measure the lips and make the mouth's inside."""
        self.unit = head.unit
        self.slit = slit
        self.step = max(1, round(head.unit / 24))
        grid = _around(slit, head, self.step)
        self.upper = field.build(head, slit, grid, lip="upper")
        self.lower = field.build(head, slit, grid, lip="lower")
        self.marks: dict[tuple[int, ...], Floats] = {
            rows: head.landmarks[list(rows), :2] for rows in (topo.INNER_UPPER, topo.INNER_LOWER)
        }
        self.opening = _opening(slit)
        lips = [*topo.INNER_UPPER, *topo.INNER_LOWER]
        self.depth = float(head.landmarks[lips, 2].mean() + 0.06 * head.unit)
        color = tones.measure(picture, head.landmarks)
        self.inside = interior.build(slit, picture, head.unit, color, teeth=teeth)

    def bend(
        self, back: Floats, box: Box, move: Movement, target: Floats, coarse: Floats, frame: Grid
    ) -> Parting | None:
        """Make the skin around the mouth come from where each lip takes it.

        Args:
            back: for each pixel of the box, where it comes from; changed in place.
            box: where in the region that is.
            move: the movement of all.
            target: where the landmarks go, [478, 3].
            coarse: where the nodes of the region's grid come from.
            frame: that grid.

        Returns:
            What `draw` needs; None where the mouth is outside the box.
        """
        slit = Slit(target)
        grid, inner = self._cover(target, box, 0.26), self._cover(target, box, 0.12)
        if grid is None or inner is None:
            return None
        parting = self._part(slit, grid, inner, move, target, box)
        nodes = parting.nodes
        places = grid.nodes()
        rest = look_up(coarse, frame.locate(places))
        upper = (nodes.gaps[..., 0] < nodes.gaps[..., 1])[..., None]
        lips = np.where(upper, nodes.above, nodes.below)
        rest += (lips - rest) * self._rim(grid)[..., None]
        rows, columns = _slices(grid, box)
        fine = enlarge(rest, grid.size)
        step = self.step
        rows, columns = (slice(s.start + step, s.stop - step) for s in (rows, columns))
        back[rows, columns] = fine[step:-step, step:-step]
        return parting

    def _part(
        self, slit: Slit, grid: Grid, inner: Grid, move: Movement, target: Floats, box: Box
    ) -> Parting:
        places = grid.nodes()
        along, down = np.moveaxis(slit.place(places), -1, 0)
        below, above = (
            self._origin(lip, rows, move, target, curve, places, along)
            for lip, rows, curve in (
                (self.lower, topo.INNER_LOWER, slit.lower),
                (self.upper, topo.INNER_UPPER, slit.upper),
            )
        )
        top, bottom = slit.edges(along)
        gaps = (down - top) / self._steepness(top), (bottom - down) / self._steepness(bottom)
        own_top, own_bottom = self.slit.edges(along)
        closing = (own_bottom - own_top) - (bottom - top)
        nodes = _Sides(above, below, np.dstack([*gaps, along, closing]))
        x, y = (inner.left - grid.left) // self.step, (inner.top - grid.top) // self.step
        window = slice(y, y + inner.rows), slice(x, x + inner.columns)
        sides = (enlarge(part[window], inner.size) for part in (above, below, nodes.gaps))
        step = self.step  # a resized picture's outermost half node is not interpolated
        fine = _Sides(*(side[step:-step, step:-step] for side in sides))
        inner = Grid(inner.left + step, inner.top + step, inner.columns - 2, inner.rows - 2, step)
        more = _opening(slit) - self.opening
        return Parting(_slices(inner, box), inner, move, slit.axes[1], more, nodes, fine)

    def _steepness(self, edge: Floats) -> Floats:
        """Return the ratio of vertical distance to distance from a lip's edge at each node."""
        return np.asarray(np.sqrt(1.0 + (np.gradient(edge, axis=1) / self.step) ** 2))

    def draw(self, parting: Parting, layer: Layer, picture: Layer) -> None:
        """Draw the lips' edges, and what is between them, into the warped layer."""
        fine, more = parting.fine, parting.more
        upper, lower = fine.gaps[..., 0], fine.gaps[..., 1]
        meeting = self._meeting(upper + lower, fine.gaps[..., 3])
        down = (parting.down * np.float32(EDGE * self.unit))[None, None]
        drawn = mix(
            sample(picture, fine.below + (meeting * self._near(lower))[..., None] * down),
            sample(picture, fine.above - (meeting * self._near(upper))[..., None] * down),
            clamp(0.5 - 0.5 * (upper - lower)),
        )
        if self.inside.real:
            line = np.exp(-(((upper - lower) / max(0.014 * self.unit, 1.5)) ** 2))
            drawn = dim(drawn, 1.0 - 0.3 * meeting * line)
        gain = self._opened(parting)
        if gain > 0.0:
            drawn = dim(drawn, 1.0 - gain * self._corners(fine.gaps))
        shown = 1.0 if self.inside.real else float(smoothstep(0.002, 0.03, more / self.unit))
        if shown > 0.0:
            wider = np.clip(0.1 * (upper + lower), 0.0, 0.01 * self.unit)
            hole = clamp(np.minimum(upper, lower) + wider - 0.3) * np.float32(shown)
            drawn = mix(drawn, self._behind(parting, drawn), hole)
        layer[parting.part] = drawn

    def _meeting(self, gap: Floats, closing: Floats) -> Floats:
        """Return how nearly lips meet at each pixel that are apart in the picture, 0..1."""
        near = np.float32(0.04 * self.unit)
        return clamp(1.0 - gap / near) * clamp(closing / near)

    def _opened(self, parting: Parting) -> float:
        """Return whether the lips are further apart than in the portrait, 0..1."""
        return float(smoothstep(0.0, 0.08, parting.more / self.unit))

    def _corners(self, gaps: Floats) -> Floats:
        """Return the shadow on the lips' edges in the corners of the mouth at each pixel, 0..1.

        There the lips come from next to each other, and the skin beside them would shine through.
        """
        away = np.maximum(-np.minimum(gaps[..., 0], gaps[..., 1]), 0.0)
        aside = np.abs(2.0 * gaps[..., 2] - 1.0)
        corner = smoothstep(0.6, 0.95, aside) * (1.0 - smoothstep(0.98, 1.08, aside))
        return np.asarray(0.55 * corner * np.exp(-away / np.float32(0.018 * self.unit)))

    def _near(self, distance: Floats) -> Floats:
        """Return 1 at a lip's edge, fading out over the lip."""
        return np.asarray(np.exp(-np.abs(distance) / np.float32(0.04 * self.unit)))

    def _rim(self, grid: Grid) -> Floats:
        """Return how far nodes are from the grid's rim: 0 on it, 1 well inside."""
        x, y = (np.arange(n, dtype=np.float32) for n in (grid.columns, grid.rows))
        edge = np.minimum.outer(np.minimum(y, y[::-1]), np.minimum(x, x[::-1]))
        return smoothstep(1.0, 3.5, edge)

    def _behind(self, parting: Parting, like: Layer) -> Layer:
        """Return the inside of the mouth over the parting's pixels."""
        grid, move = parting.inner, parting.move
        matrix, depth = move.matrix[:2, :2], move.matrix[:2, 2] * self.depth
        offset = move.offset[:2] + depth - np.array([grid.left, grid.top], np.float32)
        upper = self._plate(self.inside.upper, matrix, offset, grid)
        lower = self._plate(self.inside.lower, matrix, offset + self._jaw(move), grid)
        ground = np.empty_like(like)
        ground[:] = (*self.inside.dark, full(like))
        out = over(over(ground, lower), upper)
        gain = self._opened(parting)
        if gain == 0.0:
            return out
        shade = self._shade(parting.fine.gaps, gain)
        return dim(out, shade)

    def _jaw(self, move: Movement) -> Floats:
        """Return how far the lower teeth go beyond the head: with the chin, near the lip."""
        chin = move.rest[list(topo.JAW)].mean(0)
        lip = move.rest[[87, 14, 317]].mean(0)
        loose = 0.06 * self.unit
        return np.asarray(lip + loose * np.tanh((chin - lip) / loose), np.float32)

    def _shade(self, gaps: Floats, gain: float) -> Floats:
        """Return how much light reaches each pixel between the lips, 0..1."""
        upper, lower, along = gaps[..., 0], gaps[..., 1], gaps[..., 2]
        lip = 0.82 + 0.18 * smoothstep(-0.01, 0.04, upper / self.unit)
        low = 0.8 + 0.2 * smoothstep(0.0, 0.05, lower / self.unit)
        side = 1.0 - 0.5 * np.abs(np.clip(2.0 * along - 1.0, -1.0, 1.0)) ** 3
        return np.asarray(1.0 - gain * (1.0 - lip * low * side), np.float32)

    def _plate(self, plate: Layer, matrix: Floats, offset: Floats, grid: Grid) -> Layer:
        return cv2.warpAffine(
            plate, self.inside.canvas.affine(matrix, offset), grid.size, flags=cv2.INTER_LINEAR
        )

    def _origin(
        self, lip: Field, rows: tuple[int, ...], move: Movement, target: Floats, curve: Floats,
        places: Floats, along: Floats,
    ) -> Floats:  # fmt: skip
        """Return where places came from with one lip; the lip's edge is a good first guess."""
        gone = smooth_rows(len(rows), len(curve)) @ (target[list(rows), :2] - self.marks[rows])
        guess = [np.interp(along, curve[:, 0], gone[:, k]) for k in (0, 1)]
        start = places - np.stack(guess, -1).astype(np.float32)
        return lip.origin_of(places, lip.displacement(move), start)

    def _cover(self, target: Floats, box: Box, margin: float) -> Grid | None:
        """Return the grid over the lips' edges and a margin of so many units, inside the box."""
        points = target[[*topo.INNER_UPPER, *topo.INNER_LOWER], :2]
        step, edge = self.step, margin * self.unit
        first, last = np.array(box[:2]), np.array(box[2:])
        low = np.floor((points.min(0) - edge - first) / step)
        high = np.ceil((points.max(0) + edge - first) / step)
        low, high = np.maximum(low, 0).astype(int), np.minimum(high, (last - first) // step)
        count = high.astype(int) - low
        if count.min() < 3:
            return None
        left, top = first + low * step
        return Grid(int(left), int(top), int(count[0]), int(count[1]), step)


def _slices(grid: Grid, box: Box) -> tuple[slice, slice]:
    """Return the rows and columns of the box that a grid covers."""
    x, y = grid.left - box[0], grid.top - box[1]
    width, height = grid.size
    return slice(y, y + height), slice(x, x + width)


def _opening(slit: Slit) -> float:
    """Return how far the lips are apart at most, in pixels."""
    upper, lower = slit.edges(np.linspace(0.1, 0.9, 17, dtype=np.float32))
    return float((lower - upper).max())


def _around(slit: Slit, head: Head, step: int) -> Grid:
    middle = slit.corner + slit.axes[0] * slit.width / 2
    low = middle - np.array([0.7, 0.6], np.float32) * head.unit
    high = middle + np.array([0.7, 0.8], np.float32) * head.unit
    columns, rows = np.ceil((high - low) / step).astype(int)
    return Grid(int(low[0]), int(low[1]), int(columns), int(rows), step)
