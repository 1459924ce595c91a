"""The mouth: two lips that part, and what is behind them."""

from __future__ import annotations

import cv2
import numpy as np

from a1sdk_warp import field
from a1sdk_warp import topology as topo
from a1sdk_warp.anatomy import Head
from a1sdk_warp.field import Field, Grid, Movement, Slit
from a1sdk_warp.geometry import Floats, smoothstep
from a1sdk_warp.pixels import Layer, mix, sample


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
            "upper": head.landmarks[list(topo.INNER_UPPER), :2],
            "lower": head.landmarks[list(topo.INNER_LOWER), :2],
        }

    def draw(
        self, layer: Layer, picture: Layer, move: Movement, target: Floats, coarse: Floats
    ) -> None:
        """Draw the mouth into the warped layer, in place."""
        slit = Slit(target)
        grid = self._cover(target, (layer.shape[1], layer.shape[0]))
        if grid is None:
            return
        places = grid.nodes()
        below = self._origin(self.lower, "lower", move, target, places)
        above = self._origin(self.upper, "upper", move, target, places)
        along, down = np.moveaxis(slit.place(places), -1, 0)
        top, bottom = slit.edges(along)
        inside = np.dstack([down - top, bottom - down])
        below, above, inside = (
            cv2.resize(part, grid.size, interpolation=cv2.INTER_LINEAR)
            for part in (below, above, inside)
        )
        upper, lower = inside[..., 0], inside[..., 1]
        skin = mix(
            sample(picture, below),
            sample(picture, above),
            np.clip(0.5 - 0.5 * (upper - lower), 0.0, 1.0),
        )
        hole = np.clip(np.minimum(upper, lower) - 0.3, 0.0, 1.0)
        dark = np.zeros_like(skin)
        dark[..., 0] = 60
        dark[..., 3] = 255
        full = mix(skin, dark, hole)
        width, height = grid.size
        rim = np.minimum.outer(
            np.minimum(np.arange(height), np.arange(height)[::-1]),
            np.minimum(np.arange(width), np.arange(width)[::-1]),
        ).astype(np.float32)
        share = smoothstep(0, 0.08 * self.unit, rim)
        x, y = grid.left, grid.top
        old = layer[y : y + height, x : x + width]
        layer[y : y + height, x : x + width] = mix(old, full, share)

    def _origin(
        self, lip: Field, name: str, move: Movement, target: Floats, places: Floats
    ) -> Floats:
        rows = topo.INNER_UPPER if name == "upper" else topo.INNER_LOWER
        gone = (target[list(rows), :2] - self.marks[name]).mean(0)
        return lip.origin_of(places, lip.displacement(move), places - gone)

    def _cover(self, target: Floats, size: tuple[int, int]) -> Grid | None:
        points = target[[*topo.INNER_UPPER, *topo.INNER_LOWER], :2]
        margin = 0.3 * self.unit
        low = np.maximum(np.floor(points.min(0) - margin), 0)
        high = np.minimum(np.ceil(points.max(0) + margin), size)
        count = ((high - low) // self.step).astype(int)
        if count.min() < 2:
            return None
        return Grid(int(low[0]), int(low[1]), int(count[0]), int(count[1]), self.step)


def _around(slit: Slit, head: Head, step: int) -> Grid:
    middle = slit.corner + slit.axes[0] * slit.width / 2
    low = middle - np.float32([0.7, 0.6]) * head.unit
    high = middle + np.float32([0.7, 0.8]) * head.unit
    columns, rows = np.ceil((high - low) / step).astype(int)
    return Grid(int(low[0]), int(low[1]), int(columns), int(rows), step)
