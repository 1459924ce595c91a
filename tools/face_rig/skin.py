"""The face's surface as a sheet: a few points are moved, and the others follow smoothly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.tri import Triangulation

from a1sdk.motion import landmarks as lm

MESH = 468
"""Points of the surface; the irises, which come after them, lie behind it."""

TENSION = 0.05
"""How much the sheet resists stretching beside bending: keeps bumps from swinging over."""

LONGEST = 0.5  # face units; longer edges bridge a hollow of the outline

_HOLES = (
    *(
        {outer, inner, *top, *bottom}
        for (outer, inner), top, bottom in zip(
            ((33, 133), (263, 362)), lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True
        )
    ),
    {78, 308, *lm.UPPER_LIP[0], *lm.LOWER_LIP[0]},
)

Field = np.ndarray
"""Displacements float64 [478, 3], face units."""

Handles = Mapping[int, tuple[float, float, float]]
"""Landmarks that are moved, and how far."""


class Skin:
    """Smooth displacements of a face's surface.

    Args:
        face: [478, 3], the neutral face.
        opened: [478, 3], the same face with open eyes and mouth, where lips are not neighbours.
    """

    def __init__(self, face: Field, opened: Field) -> None:
        self._stiffness = _stiffness(face, _edges(opened))

    def follow(self, handles: Handles, movable: np.ndarray) -> Field:
        """Return the displacement of all points: handles as told, the movable ones smoothly.

        The bending energy of the displacement is least (biharmonic, with a little tension), so
        that it runs out flat towards the points that cannot move.

        Args:
            handles: the moved landmarks; they may be outside the movable ones.
            movable: bool [478].
        """
        field = np.zeros((len(movable), 3))
        held = list(handles)
        field[held] = [handles[i] for i in held]
        free = movable.copy()
        free[held] = False
        free[MESH:] = False
        inside = np.flatnonzero(free)
        pull = self._stiffness[np.ix_(inside, held)] @ field[held]
        field[inside] = -np.linalg.solve(self._stiffness[np.ix_(inside, inside)], pull)
        return field


def _edges(face: Field) -> np.ndarray:
    """Pairs of neighbours, [n, 2]: a triangulation without the mouth's and the eyes' openings."""
    triangles = Triangulation(*face[:MESH, :2].T).triangles
    solid = [t for t in triangles if not any(hole.issuperset(t.tolist()) for hole in _HOLES)]
    pairs = np.concatenate([np.array(solid)[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    length = np.linalg.norm(face[pairs[:, 0]] - face[pairs[:, 1]], axis=1)
    return pairs[length < LONGEST]


def _stiffness(face: Field, edges: np.ndarray) -> np.ndarray:
    """Quadratic form of a displacement's energy, [468, 468]."""
    laplacian = np.zeros((MESH, MESH))
    for a, b in edges:
        near = 1.0 / max(float(np.linalg.norm(face[a] - face[b])), 0.01)
        laplacian[a, b] = laplacian[b, a] = -near
    np.fill_diagonal(laplacian, -laplacian.sum(1))
    scale = np.median(np.diag(laplacian))
    bending = laplacian / np.diag(laplacian)[:, None]
    return np.asarray(bending.T @ bending + TENSION * laplacian / scale)
