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


def smoothstep(low: float, high: float, x: npt.ArrayLike) -> Floats:
    """Return 0 below `low`, 1 above `high`, and the cubic 3t^2 - 2t^3 between."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0.0, 1.0)
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
    weights = np.zeros((len(at), len(points)), np.float32)
    for rows in np.array_split(np.arange(len(at)), max(1, len(at) // 512)):
        d = at[rows, None].astype(np.float64) - a
        wb = (d[..., 0] * v[:, 1] - d[..., 1] * v[:, 0]) / area
        wc = (u[:, 0] * d[..., 1] - u[:, 1] * d[..., 0]) / area
        w = np.stack([1.0 - wb - wc, wb, wc], -1)
        best = w.min(-1).argmax(1)
        chosen = w[np.arange(len(rows)), best]
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
