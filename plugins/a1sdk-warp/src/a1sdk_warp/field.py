"""Displacement of a grid of places as a linear function of where the landmarks go.

Every place follows the head's rigid movement, as firmly as it is attached, at its own depth; on
top of it comes what the landmarks do beyond that: by the triangle around the place inside the
face, fading out beyond it, slowly below the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_warp import anatomy
from a1sdk_warp import topology as topo
from a1sdk_warp.anatomy import Head
from a1sdk_warp.geometry import (
    Floats,
    barycentric,
    delaunay,
    fit_similarity,
    smooth_rows,
    smoothstep,
)
from a1sdk_warp.pixels import look_up

MESH = 468
_FEW = 3
_OVAL = np.array(topo.OVAL)
_STABLE = np.array(topo.STABLE)
_STRIDE = 2.0
_LEAST_AREA = 0.3
_EYES = (topo.RIGHT_EYE, topo.LEFT_EYE)
LIDS = frozenset(i for eye in _EYES for row in ("upper", "lower", "crease") for i in eye[row][1:-1])
"""Points that an eyelid carries; eyes are drawn by themselves, the field passes under them."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular grid of places in the region; node 0 lies in the middle of its square.

    Attributes:
        left: pixel column of the grid's left edge.
        top: pixel row of its top edge.
        columns: squares across.
        rows: squares down.
        step: pixels a square is wide and high.
    """

    left: int
    top: int
    columns: int
    rows: int
    step: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.columns * self.step, self.rows * self.step

    def nodes(self) -> Floats:
        """Return the places, [rows, columns, 2]."""
        x = np.arange(self.columns) * self.step + (self.step - 1) / 2 + self.left
        y = np.arange(self.rows) * self.step + (self.step - 1) / 2 + self.top
        return np.stack(np.meshgrid(x, y), -1).astype(np.float32)

    def locate(self, points: Floats) -> Floats:
        """Return pixel positions as numbers of nodes."""
        half = (self.step - 1) / 2
        offset = np.array([self.left + half, self.top + half], np.float32)
        return (points - offset) * np.float32(1 / self.step)


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """Where the landmarks go: a rigid part, and the rest.

    Attributes:
        rest: what the mesh's landmarks do beyond the rigid part, pixels, [468, 2].
        rigid: what (x, y, z, 1, dz) is multiplied by to give the rigid part's displacement,
            [5, 2]; dz is by how much depths are less in a large turn.
        matrix: scaled rotation of the head, [3, 3].
        offset: its translation, [3].
    """

    rest: Floats
    rigid: Floats
    matrix: Floats
    offset: Floats


def movement(source: Floats, target: Floats) -> Movement:
    """Split the way from source to target landmarks [478, 3] into head and expression."""
    matrix, offset = fit_similarity(source[_STABLE], target[_STABLE])
    rest = target[:MESH, :2] - (source[:MESH] @ matrix[:2].T + offset[:2])
    tilt = np.hypot(*matrix[:2, 2]) / max(float(np.linalg.norm(matrix[2])), 1e-6)
    large = smoothstep(0.2, 0.42, tilt)
    rigid = np.vstack([matrix[:2].T, offset[None, :2], large * matrix[None, :2, 2]])
    rigid[0, 0] -= 1.0
    rigid[1, 1] -= 1.0
    return Movement(np.ascontiguousarray(rest, np.float32), rigid, matrix, offset)


class Field:
    """A grid and how its nodes are displaced.

    Displacement is linear in the movement. Nodes inside the face follow three landmarks, nodes
    outside all of the face's outline; both are kept as compact tables.
    """

    def __init__(self, grid: Grid, weights: Floats, rigid: Floats) -> None:
        """Take the weights of landmarks [nodes, 468] and of the rigid part [nodes, 5]."""
        self.grid = grid
        self.rigid = rigid
        count = (np.abs(weights) > 0.0).sum(1)
        self.few = np.flatnonzero((count > 0) & (count <= _FEW))
        order = np.argsort(-np.abs(weights[self.few]), axis=1)[:, :_FEW]
        self.points = order
        self.shares = np.take_along_axis(weights[self.few], order, 1)
        self.many = np.flatnonzero((count > _FEW) & (np.abs(weights).max(1) > 1e-4))
        self.outline = np.ascontiguousarray(weights[self.many][:, list(topo.OVAL)])

    def reach(self) -> npt.NDArray[np.uint8]:
        """Return which nodes, as a flat list, can move at all: 1 or 0."""
        moves = (self.rigid[:, 3] > 1e-4).astype(np.uint8)
        moves[self.few] = 1
        moves[self.many] = 1
        return moves

    def displacement(self, move: Movement) -> Floats:
        """Return how far each node goes, in pixels, [rows, columns, 2]."""
        out = self.rigid @ move.rigid
        out[self.few] += np.einsum("nk,nkc->nc", self.shares, move.rest.take(self.points, 0))
        out[self.many] += self.outline @ move.rest[_OVAL]
        return np.asarray(out.reshape(self.grid.rows, self.grid.columns, 2), np.float32)

    def origin_of(
        self, places: Floats, displacement: Floats, start: Floats, rounds: int = 3
    ) -> Floats:
        """Return the places that a displacement brings to `places`, by Newton's method.

        Args:
            places: [rows, columns, 2], pixels.
            displacement: of this field's nodes.
            start: first guess, as `places`.
            rounds: iterations.
        """
        steps = displacement * np.float32(1.0 / self.grid.step)
        inverse = _inverse_slopes(steps)
        goal, found = self.grid.locate(places), self.grid.locate(start)
        for _ in range(rounds):
            left = goal - found - look_up(steps, found)
            slopes = look_up(inverse, found)
            x = slopes[..., 0] * left[..., 0] + slopes[..., 1] * left[..., 1]
            y = slopes[..., 2] * left[..., 0] + slopes[..., 3] * left[..., 1]
            found += np.clip(cv2.merge([x, y]), -_STRIDE, _STRIDE)
        return places + (found - goal) * np.float32(self.grid.step)


def _inverse_slopes(steps: Floats) -> Floats:
    """Return the inverse of the Jacobian of `x + steps(x)` at each node, [rows, columns, 4].

    Where the map would turn over, its area is taken as `_LEAST_AREA`.
    """
    along = cv2.Sobel(steps, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down = cv2.Sobel(steps, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    a, b = along[..., 0] + 1.0, down[..., 0]
    c, d = along[..., 1], down[..., 1] + 1.0
    area = 1.0 / np.maximum(a * d - b * c, _LEAST_AREA)
    return np.asarray(cv2.merge([d * area, -b * area, -c * area, a * area]))


class Slit:
    """The line between the lips, in the picture: what is above it, and what below."""

    def __init__(self, landmarks: Floats) -> None:
        """Take the line from landmarks [478, 3]."""
        upper, lower = landmarks[list(topo.INNER_UPPER), :2], landmarks[list(topo.INNER_LOWER), :2]
        self.corner = upper[0]
        chord = upper[-1] - upper[0]
        self.width = max(float(np.linalg.norm(chord)), 1e-3)
        along = chord / self.width
        self.axes = np.stack([along, np.array([-along[1], along[0]])]).astype(np.float32)
        rows = smooth_rows(len(upper), 41)
        self.upper, self.lower = (self._curve(rows @ line) for line in (upper, lower))

    def _curve(self, points: Floats) -> Floats:
        curve = self.place(points)
        curve[:, 0] = np.maximum.accumulate(curve[:, 0])
        return curve

    def place(self, points: Floats) -> Floats:
        """Return points in the slit's frame: along 0..1 from corner to corner, down in pixels."""
        frame = (points - self.corner) @ self.axes.T
        return np.asarray(frame / np.array([self.width, 1.0], np.float32))

    def edges(self, along: Floats) -> tuple[Floats, Floats]:
        """Return how far down the upper and the lower lip's edge are at places along the slit."""
        upper = np.interp(along, self.upper[:, 0], self.upper[:, 1])
        lower = np.interp(along, self.lower[:, 0], self.lower[:, 1])
        return upper.astype(np.float32), lower.astype(np.float32)

    def below(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Return which points [n, 2] are below the middle of the slit, or its extension."""
        along, down = self.place(points).T
        upper, lower = self.edges(along)
        return np.asarray(down > (upper + lower) / 2)


def _inside(head: Head, points: Floats, without: tuple[int, ...]) -> Floats:
    left_out = LIDS | set(without)
    kept = [i for i in range(MESH) if i not in left_out]
    flat = np.ascontiguousarray(head.landmarks[:MESH, :2])
    return barycentric(flat, delaunay(flat, kept), points)


def _along_edge(slit: Slit, points: Floats, edge: tuple[int, ...]) -> Floats:
    """Weights of the nearest place on a lip's edge, for points on the far side of the slit."""
    curve = slit.upper if edge == topo.INNER_UPPER else slit.lower
    along = np.interp(slit.place(points)[:, 0], curve[:, 0], np.linspace(0, len(edge) - 1, 41))
    low = np.clip(along.astype(np.intp), 0, len(edge) - 2)
    weights = np.zeros((len(points), MESH), np.float32)
    rows, share = np.arange(len(points)), (along - low).astype(np.float32)
    weights[rows, np.asarray(edge)[low]] = 1.0 - share
    weights[rows, np.asarray(edge)[low + 1]] += share
    return weights


def _lip_side(head: Head, slit: Slit, points: Floats, *, lower: bool) -> Floats:
    """Weights of points moved with one lip, also where they lie beyond the slit."""
    other, edge = (
        (topo.UPPER_LIP, topo.INNER_LOWER) if lower else (topo.LOWER_LIP, topo.INNER_UPPER)
    )
    weights = _inside(head, points, other)
    along = slit.place(points)[:, 0]
    beyond = (slit.below(points) != lower) & (along > 0.0) & (along < 1.0)
    weights[beyond] = _along_edge(slit, points[beyond], edge)
    return weights


def _outside(head: Head, points: Floats, outside: Floats) -> tuple[Floats, Floats]:
    """Weights of the nearest parts of the face's outline, and how much of them is left."""
    outline = head.outline()
    gap = np.linalg.norm(points[:, None] - outline, axis=2) / head.unit
    near = 1.0 / (gap + 0.02) ** 4
    weights = np.zeros((len(points), MESH), np.float32)
    weights[:, list(topo.OVAL)] = near / near.sum(1, keepdims=True)
    low = smoothstep(0.3, 0.95, head.place(points)[:, 1] / head.chin)
    reach = head.unit * (0.35 + 0.15 * low)
    return weights, np.exp(-((outside / reach) ** 2))


def build(head: Head, slit: Slit, grid: Grid, *, lip: str | None = None) -> Field:
    """Make the field of a grid.

    Args:
        head: the head that moves.
        slit: the line between its lips.
        grid: places to move.
        lip: `upper` or `lower` to move all places with that lip; else each with its own.
    """
    points = grid.nodes().reshape(-1, 2)
    lower = slit.below(points) if lip is None else np.full(len(points), lip == "lower")
    weights = np.zeros((len(points), MESH), np.float32)
    for side in (False, True):
        if (lower == side).any():
            weights[lower == side] = _lip_side(head, slit, points[lower == side], lower=side)
    away = ~weights.any(1)
    gap = anatomy.distance_outside(head.outline(), points)
    edge, left = _outside(head, points[away], gap[away])
    weights[away] = edge
    depth = weights @ head.landmarks[:MESH, 2]
    depth[away] = anatomy.deepen(head, depth[away], gap[away])
    shape = grid.rows, grid.columns
    depth = anatomy.limited(depth.reshape(shape).astype(np.float32), grid.step, anatomy.STEEP)
    less = anatomy.limited(depth, grid.step, anatomy.GENTLE) - depth
    firm = anatomy.attachment(head, points, gap)
    weights[away] *= (left * firm[away])[:, None]
    one = np.ones(len(points), np.float32)
    rigid = np.column_stack([points, depth.ravel(), one, less.ravel()]) * firm[:, None]
    return Field(grid, weights, np.ascontiguousarray(rigid, np.float32))
