"""Small geometry: smooth steps, triangulation, barycentric weights, rigid fits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[Any]
"""float32, unless said otherwise."""

Ints = npt.NDArray[np.intp]


def clamp(x: npt.ArrayLike) -> Floats:
    """Return values limited to 0..1; on small arrays much faster than `numpy.clip`."""
    return np.minimum(np.maximum(x, np.float32(0.0)), np.float32(1.0))


def smoothstep(low: float, high: float, x: npt.ArrayLike) -> Floats:
    """Return 0 below `low`, 1 above `high`, and the cubic 3t^2 - 2t^3 between."""
    t = clamp((np.asarray(x, np.float32) - low) / (high - low))
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)


def delaunay(points: Floats, indices: Sequence[int]) -> Ints:
    """Triangulate some of the points.

    Args:
        points: [n, 2].
        indices: which of them take part.

    Returns:
        Corners of each triangle as indices into `points`, [triangles, 3].
    """
    low, high = points.min(0) - 8.0, points.max(0) + 8.0
    x, y = np.floor(low)
    width, height = np.ceil(high - low) + 1
    plane = cv2.Subdiv2D((int(x), int(y), int(width), int(height)))
    names: dict[tuple[float, float], int] = {}
    for index in indices:
        point = (float(points[index, 0]), float(points[index, 1]))
        names.setdefault(point, index)
        plane.insert(point)
    corners = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2)
    found = [[names.get((float(x), float(y)), -1) for x, y in corner] for corner in corners]
    triangles = np.asarray(found, np.intp).reshape(-1, 3)
    return triangles[(triangles >= 0).all(1)]


def barycentric(points: Floats, triangles: Ints, at: Floats) -> Floats:
    """Return the weights that interpolate values of `points` at other places.

    Args:
        points: corners, [n, 2].
        triangles: [t, 3].
        at: places, [m, 2].

    Returns:
        float32 [m, n]; all zero for places outside every triangle.
    """
    a, b, c = (points[triangles[:, k]].astype(np.float64) for k in range(3))
    u, v = b - a, c - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    wide = np.abs(area) > 1e-6
    triangles, a, u, v, area = triangles[wide], a[wide], u[wide], v[wide], area[wide]
    # both weights are linear in the place, so that one product finds them for all triangles
    to_b = np.stack([v[:, 1], -v[:, 0]]) / area
    to_c = np.stack([-u[:, 1], u[:, 0]]) / area
    from_b, from_c = (a * to_b.T).sum(1), (a * to_c.T).sum(1)
    weights = np.zeros((len(at), len(points)), np.float32)
    # few rows at a time: what fits into the cache is many times as fast
    for rows in np.array_split(np.arange(len(at)), max(1, len(at) // 64)):
        wb = at[rows] @ to_b - from_b
        wc = at[rows] @ to_c - from_c
        wa = 1.0 - wb - wc
        best = np.minimum(np.minimum(wa, wb), wc).argmax(1)
        each = np.arange(len(rows))
        chosen = np.stack([wa[each, best], wb[each, best], wc[each, best]], -1)
        inside = chosen.min(1) > -1e-4
        weights[rows[inside][:, None], triangles[best[inside]]] = chosen[inside]
    return weights


def fit_similarity(source: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Fit `target = matrix @ source + offset`, matrix a scaled rotation, by least squares.

    S. Umeyama, Least-squares estimation of transformation parameters between two point patterns,
    IEEE PAMI 13(4), 1991.

    Args:
        source: [n, 3].
        target: [n, 3].

    Returns:
        matrix float32 [3, 3] and offset float32 [3].
    """
    middle, goal = source.mean(0), target.mean(0)
    p, q = source - middle, target - goal
    u, s, vt = np.linalg.svd(q.T @ p)
    sign = np.ones(3, np.float32)
    sign[2] = np.sign(np.linalg.det(u @ vt)) or 1.0
    scale = float((s * sign).sum() / max(float((p * p).sum()), 1e-9))
    matrix = np.asarray((u * sign) @ vt * scale, np.float32)
    return matrix, np.asarray(goal - matrix @ middle, np.float32)


@lru_cache(maxsize=8)
def smooth_rows(knots: int, samples: int) -> Floats:
    """Return the matrix that draws a smooth curve through evenly numbered knots.

    Catmull-Rom cubic; the curve passes through each knot.

    Returns:
        float32 [samples, knots].
    """
    rows = np.zeros((samples, knots), np.float32)
    for i, t in enumerate(np.linspace(0.0, knots - 1.0, samples)):
        k = min(int(t), knots - 2)
        f = t - k
        basis = (
            (-f + 2 * f**2 - f**3) / 2,
            (2 - 5 * f**2 + 3 * f**3) / 2,
            (f + 4 * f**2 - 3 * f**3) / 2,
            (-(f**2) + f**3) / 2,
        )
        for j, value in zip(range(k - 1, k + 3), basis, strict=True):
            rows[i, min(max(j, 0), knots - 1)] += value
    return rows
