"""The portrait's head: its axes, its size, how deep it is, and how far a moving head reaches."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from a1sdk_warp import topology as topo
from a1sdk_warp.geometry import Floats, smoothstep

STEEP, GENTLE = 4.0, 1.7
"""Steepest depths per distance that are followed, in a small turn of the head and in a large one:
beyond these the turning head would fold over itself."""

NECK = 0.85
"""Length over which a neck's movement ends below the chin, in units: a collar stays where it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Measures of a head as pictured; positions are pixels of the region.

    Attributes:
        landmarks: [478, 3].
        unit: distance between the outer eye corners, in space.
        axes: rows are the head's right and down in the picture, [2, 2].
        origin: between the eyes, [2].
        depth: of the middle of the skull.
        chin: how far the chin is below the eyes, in units.
    """

    landmarks: Floats
    unit: float
    axes: Floats
    origin: Floats
    depth: float
    chin: float

    def place(self, points: Floats) -> Floats:
        """Return points [..., 2] in units along the head's axes, from between its eyes."""
        return (points[..., :2] - self.origin) @ self.axes.T / self.unit

    def outline(self) -> Floats:
        """Return the oval of the face, [36, 2]."""
        return self.landmarks[list(topo.OVAL), :2]


def measure(landmarks: Floats) -> Head:
    """Measure a head from its landmarks."""
    right, left = (landmarks[i] for i in topo.OUTER_CORNERS)
    unit = max(float(np.linalg.norm(left - right)), 1e-3)
    across = (left - right) / unit
    down = landmarks[topo.CHIN] - landmarks[topo.FOREHEAD]
    down = down - across * (down @ across)
    down /= max(float(np.linalg.norm(down)), 1e-6)
    back = np.cross(across, down)
    ears = landmarks[list(topo.EARS)].mean(0)
    axis = down[:2] / max(float(np.linalg.norm(down[:2])), 1e-6)
    axes = np.array([[axis[1], -axis[0]], axis], np.float32)
    origin = (right[:2] + left[:2]) / 2
    chin = float((landmarks[topo.CHIN, :2] - origin) @ axis / unit)
    depth = float(ears[2] + 0.2 * unit * back[2])
    return Head(landmarks, unit, axes, origin.astype(np.float32), depth, chin)


def distance_outside(outline: Floats, points: Floats) -> Floats:
    """Return how far points [n, 2] are outside a polygon; 0 inside."""
    hull = np.ascontiguousarray(outline, np.float32).reshape(-1, 1, 2)
    found = [cv2.pointPolygonTest(hull, (float(x), float(y)), True) for x, y in points]
    return np.maximum(-np.asarray(found, np.float32), 0.0)


def attachment(head: Head, points: Floats, outside: Floats) -> Floats:
    """Return how firmly places move with the head: 1 on it, 0 on shoulders and far away.

    Args:
        head: the head.
        points: [n, 2].
        outside: how far each is outside the face, [n].
    """
    x, y = head.place(points).T
    side = smoothstep(0.45, 1.15, np.abs(x))
    start = head.chin + 0.05 - 0.75 * side
    neck = 1.0 - smoothstep(0.0, 1.0, (y - start) / (NECK - 0.1 * side))
    far = 1.0 - smoothstep(1.7, 2.6, np.hypot(x, np.minimum(y, 0.0) * 0.8))
    face = 1.0 - smoothstep(0.0, 0.3, outside / head.unit)
    return np.maximum(neck * far, face)


def deepen(head: Head, near: Floats, outside: Floats) -> Floats:
    """Return the depth of places beside the face: it bends back to the middle of the skull.

    Args:
        head: the head.
        near: depth of the face's edge nearest to each place, [n].
        outside: how far each is outside the face, [n].
    """
    reach = 1.0 - np.exp(-((outside / (0.35 * head.unit)) ** 2))
    return near + (np.maximum(head.depth, near) - near) * reach


def limited(depth: Floats, step: float, slope: float) -> Floats:
    """Lower a grid of depths [rows, columns] where it rises more steeply than `slope`."""
    kernel = np.ones((3, 3), np.uint8)
    for _ in range(max(depth.shape)):
        lower = np.minimum(depth, cv2.erode(depth, kernel) + np.float32(slope * step))
        if np.array_equal(lower, depth):
            break
        depth = lower
    return depth
