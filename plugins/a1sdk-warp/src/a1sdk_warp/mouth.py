"""The mouth: two lips that part, and what is behind them."""

from __future__ import annotations

import cv2
import numpy as np

from a1sdk_warp import field, interior, tones
from a1sdk_warp import topology as topo
from a1sdk_warp.anatomy import Head
from a1sdk_warp.field import Field, Grid, Movement, Slit
from a1sdk_warp.geometry import Floats, smooth_rows, smoothstep
from a1sdk_warp.pixels import Box, Layer, full, mix, over, sample


class Mouth:
    """The portrait's mouth."""

    def __init__(self, head: Head, slit: Slit, picture: Layer, *, teeth: bool) -> None:
        """Measure the lips and make the mouth's inside."""
        self.unit = head.unit
        self.step = max(1, round(head.unit / 24))
        grid = _around(slit, head, self.step)
        self.upper = field.build(head, slit, grid, lip="upper")
        self.lower = field.build(head, slit, grid, lip="lower")
        self.marks = {
            rows: head.landmarks[list(rows), :2] for rows in (topo.INNER_UPPER, topo.INNER_LOWER)
        }
        self.opening = _opening(slit)
        lips = [*topo.INNER_UPPER, *topo.INNER_LOWER]
        self.depth = float(head.landmarks[lips, 2].mean() + 0.06 * head.unit)
        color = tones.measure(picture, head.landmarks)
        self.inside = interior.build(slit, picture, head.unit, color, teeth=teeth)

    def draw(self, layer: Layer, box: Box, picture: Layer, move: Movement, target: Floats) -> None:
        """Draw the mouth into the warped layer, in place; `box` says where in the region it is."""
        slit = Slit(target)
        grid = self._cover(target, box)
        if grid is None:
            return
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
        gaps = np.dstack([down - top, bottom - down, along])
        below, above, gaps = (
            cv2.resize(part, grid.size, interpolation=cv2.INTER_LINEAR)
            for part in (below, above, gaps)
        )
        upper, lower = gaps[..., 0], gaps[..., 1]
        drawn = mix(
            sample(picture, below),
            sample(picture, above),
            np.clip(0.5 - 0.5 * (upper - lower), 0.0, 1.0),
        )
        more = _opening(slit) - self.opening
        shown = 1.0 if self.inside.real else float(smoothstep(0.002, 0.03, more / self.unit))
        if shown > 0.0:
            wider = np.clip(0.1 * (upper + lower), 0.0, 0.01 * self.unit)
            hole = np.clip(np.minimum(upper, lower) + wider - 0.3, 0.0, 1.0) * np.float32(shown)
            drawn = mix(drawn, self._behind(grid, gaps, move, more, drawn), hole)
        x, y = grid.left - box[0], grid.top - box[1]
        width, height = grid.size
        old = layer[y : y + height, x : x + width]
        layer[y : y + height, x : x + width] = mix(old, drawn, self._rim(grid))

    def _rim(self, grid: Grid) -> Floats:
        width, height = grid.size
        x, y = (np.arange(n, dtype=np.float32) for n in (width, height))
        edge = np.minimum.outer(np.minimum(y, y[::-1]), np.minimum(x, x[::-1]))
        return smoothstep(0.0, 0.08 * self.unit, edge)

    def _behind(
        self, grid: Grid, gaps: Floats, move: Movement, more: float, like: Layer
    ) -> Layer:
        """Return the inside of the mouth over the grid's pixels."""
        matrix, depth = move.matrix[:2, :2], move.matrix[:2, 2] * self.depth
        offset = move.offset[:2] + depth - np.float32([grid.left, grid.top])
        jaw = self._jaw(move)
        upper = self._plate(self.inside.upper, matrix, offset, grid)
        lower = self._plate(self.inside.lower, matrix, offset + jaw, grid)
        ground = np.empty_like(like)
        ground[..., :3] = self.inside.dark
        ground[..., 3] = full(like)
        out = over(over(ground, lower), upper)
        gain = float(smoothstep(0.0, 0.08, more / self.unit))
        shade = self._shade(gaps, gain)
        dim = cv2.merge([shade, shade, shade, np.ones_like(shade)])
        return np.rint(out * dim).astype(like.dtype)

    def _jaw(self, move: Movement) -> Floats:
        """Return how far the lower teeth go beyond the head: with the chin, near the lip."""
        chin = move.rest[list(topo.JAW)].mean(0)
        lip = move.rest[[87, 14, 317]].mean(0)
        loose = 0.06 * self.unit
        return np.asarray(lip + loose * np.tanh((chin - lip) / loose), np.float32)

    def _shade(self, gaps: Floats, gain: float) -> Floats:
        """Return how much light reaches each pixel between the lips, 0..1."""
        upper, lower, along = gaps[..., 0], gaps[..., 1], gaps[..., 2]
        lip = 0.6 + 0.4 * smoothstep(-0.01, 0.06, upper / self.unit)
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

    def _cover(self, target: Floats, box: Box) -> Grid | None:
        points = target[[*topo.INNER_UPPER, *topo.INNER_LOWER], :2]
        margin = 0.3 * self.unit
        low = np.maximum(np.floor(points.min(0) - margin), box[:2])
        high = np.minimum(np.ceil(points.max(0) + margin), box[2:])
        count = ((high - low) // self.step).astype(int)
        if count.min() < 2:
            return None
        return Grid(int(low[0]), int(low[1]), int(count[0]), int(count[1]), self.step)


def _opening(slit: Slit) -> float:
    """Return how far the lips are apart at most, in pixels."""
    upper, lower = slit.edges(np.linspace(0.1, 0.9, 17, dtype=np.float32))
    return float((lower - upper).max())


def _around(slit: Slit, head: Head, step: int) -> Grid:
    middle = slit.corner + slit.axes[0] * slit.width / 2
    low = middle - np.float32([0.7, 0.6]) * head.unit
    high = middle + np.float32([0.7, 0.8]) * head.unit
    columns, rows = np.ceil((high - low) / step).astype(int)
    return Grid(int(low[0]), int(low[1]), int(columns), int(rows), step)
