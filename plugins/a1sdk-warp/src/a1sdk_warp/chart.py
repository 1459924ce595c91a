"""An eye and the skin around it, charted: where each place lies among the eye's rows of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from a1sdk_warp.anatomy import Head
from a1sdk_warp.field import Grid
from a1sdk_warp.geometry import Floats, smooth_rows, smoothstep
from a1sdk_warp.pixels import Layer, enlarge, sample


class Row:
    """A row of landmarks along an eye as a curve, known at every node of a grid."""

    def __init__(self, points: Floats, along: Floats, frame: tuple[Floats, Floats]) -> None:
        """Take landmarks [9, 2]; nodes are at `along` 0..1 in the frame (corner, axes)."""
        corner, axes = frame
        placed = (points - corner) @ axes.T
        rows = smooth_rows(len(points), 65)
        curve = rows @ placed
        steps = np.maximum.accumulate(curve[:, 0]) + np.arange(65) * 1e-4
        index = np.interp(along, steps, np.arange(65.0))
        self.weights = rows[np.rint(index).astype(np.intp)]
        self.down = np.interp(along, steps, curve[:, 1]).astype(np.float32)
        self.points = points
        self.normal = axes[1]

    def shift(self, pulled: Floats) -> Floats:
        """Return at each node how far down the row went, its points now at `pulled` [9, 2]."""
        return np.asarray(self.weights @ ((pulled - self.points) @ self.normal), np.float32)


class Chart:
    """A grid over an eye, with directions along and down it.

    Attributes:
        rows: the landmarks of each row, from the picture's left to its right.
        unit: of the head, in pixels.
        width: between the corners of the eye, in pixels.
        normal: direction down the eye, [2].
        grid: the places.
        along: of each node between the corners, 0..1 [rows, columns].
        down: of each node, in pixels below the line between the corners.
        lines: the same of each row of landmarks, at each node.
        hold: 1 along the eye, 0 well beside it.
    """

    def __init__(self, head: Head, rows: Mapping[str, Sequence[int]]) -> None:
        """Chart the eye that the rows of landmarks lie around."""
        self.rows = {name: list(indices) for name, indices in rows.items()}
        self.unit = head.unit
        marks = {name: head.landmarks[index, :2] for name, index in self.rows.items()}
        corner, end = marks["upper"][0], marks["upper"][-1]
        self.width = max(float(np.linalg.norm(end - corner)), 1e-3)
        x, y = (end - corner) / self.width
        axes = np.array([[x, y], [-y, x]], np.float32)
        self.grid = self._grid(marks)
        placed = (self.grid.nodes() - corner) @ axes.T
        across, self.down = placed[..., 0], placed[..., 1]
        shape, frame = across.shape, (corner, axes)
        self.curves = {
            name: Row(marks[name], across.ravel(), frame)
            for name in ("upper", "lower", "crease", "pouch", "brow")
        }
        self.lines = {name: row.down.reshape(shape) for name, row in self.curves.items()}
        self.along = across / self.width
        self.hold = 1.0 - smoothstep(0.0, 0.22, np.maximum(-self.along, self.along - 1.0))
        self.normal = axes[1]

    def _grid(self, marks: Mapping[str, Floats]) -> Grid:
        points = np.concatenate(list(marks.values()))
        margin = 0.1 * self.unit
        step = max(1, round(self.unit / 40))
        low, high = points.min(0) - margin, points.max(0) + margin
        columns, rows = np.ceil((high - low) / step).astype(int)
        return Grid(int(low[0]), int(low[1]), int(columns), int(rows), step)

    def shift(self, name: str, pulled: Floats) -> Floats:
        """Return how far down a row went at each node, landmarks [478, 2] now at `pulled`."""
        moved = self.curves[name].shift(pulled[self.rows[name]])
        return np.asarray(moved.reshape(self.down.shape) * self.hold)

    def beyond(self, name: str) -> Floats:
        """Return how far below a row of landmarks each pixel is, [height, width]."""
        return enlarge(self.down - self.lines[name], self.grid.size)

    def view(self, picture: Layer, lower: float = 0.0) -> Floats:
        """Return the picture over the chart, or so many pixels further down the eye."""
        width, height = self.grid.size
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        at = np.dstack([x, y]) + self._first + lower * self.normal
        return sample(picture, at.astype(np.float32)).astype(np.float32)

    def pixels(self, places: Floats) -> Floats:
        """Return places of the region [..., 2] as pixels of the chart."""
        return places - self._first

    @property
    def _first(self) -> Floats:
        return np.array([self.grid.left, self.grid.top], np.float32)
