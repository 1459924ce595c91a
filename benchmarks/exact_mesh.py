"""A portrait in another pose, drawn triangle by triangle: the closed loop's control.

Every triangle of the face is put exactly where its three landmarks are asked to be, those farther
away first and those turned away not at all; the head beyond the face follows rigidly in two coarse
rings. The outline tears and eyes and mouth are crude, but nothing stands between what is asked and
where the skin is drawn, so what a tracker misses in it is the tracker's own error.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from a1sdk.motion.landmarks import FACE_OVAL
from a1sdk.motion.pose import fit_pose, own_pose

Points = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]

MESH = 468
RINGS = (1.35, 1.7)
"""Sizes of the rings around the face, of its outline."""

STILL = 2.8
"""Distance from the face's middle beyond which nothing moves, in outer eye distances."""

FINER = 2  # drawn at this many times the size, against jagged edges


class ExactMesh:
    """Draws one portrait."""

    def __init__(self, pixels: Image, landmarks: Points) -> None:
        """Take an RGB picture and its landmarks [478, 3], in pixels."""
        self._size = pixels.shape[1], pixels.shape[0]
        self._large = cv2.resize(pixels, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_CUBIC)
        pose = own_pose(landmarks)
        self._shape = pose.unproject(landmarks)
        outline = landmarks[list(FACE_OVAL)]
        middle, back = outline[:, :2].mean(0), np.full(len(outline), outline[:, 2].max())
        rings = [np.c_[middle + k * (outline[:, :2] - middle), back] for k in RINGS]
        self._rings = pose.unproject(np.concatenate(rings))
        self._still = self._border(middle, STILL * pose.scale)
        self._source = np.concatenate([landmarks[:MESH], *rings, self._still])
        self._triangles = Delaunay(self._source[:, :2]).simplices

    def _border(self, middle: Points, reach: float) -> Points:
        """Return places that stay where they are: the picture's edges and what is far away."""
        columns, rows = (np.linspace(0, side, 6) for side in self._size)
        places = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
        edge = (places == 0).any(1) | (places == self._size).any(1)
        kept = places[edge | (np.abs(places - middle).max(1) > reach)]
        return np.c_[kept, np.full(len(kept), 10.0 * reach)]

    def draw(self, landmarks: Points) -> Image:
        """Return the picture with its landmarks at `landmarks` [478, 3]."""
        rings = fit_pose(landmarks, self._shape).project(self._rings)
        target = np.concatenate([landmarks[:MESH], rings, self._still])
        before, after = (FINER * p[self._triangles, :2] - 0.5 for p in (self._source, target))
        facing = _area(before) * _area(after) > 0
        out = self._large.copy()
        for k in np.argsort(-target[self._triangles, 2].mean(1)):
            if facing[k]:
                self._paint(out, before[k], after[k])
        return np.asarray(cv2.resize(out, self._size, interpolation=cv2.INTER_AREA), np.uint8)

    def _paint(self, out: Image, before: Points, after: Points) -> None:
        low = np.maximum(np.floor(after.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(after.max(0)).astype(int) + 2, out.shape[1::-1])
        if (high <= low).any():
            return
        corners = (after - low).astype(np.float32)
        back = cv2.getAffineTransform(corners, before.astype(np.float32))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        edge = cv2.BORDER_REPLICATE
        patch = cv2.warpAffine(self._large, back, high - low, flags=flags, borderMode=edge)
        inside = np.zeros(patch.shape[:2], np.uint8)
        cv2.fillConvexPoly(inside, np.rint(corners * 16).astype(np.int32), 1, shift=4)
        part = out[low[1] : high[1], low[0] : high[0]]
        part[inside > 0] = patch[inside > 0]


def _area(triangles: Points) -> Points:
    """Return twice the signed areas of triangles [n, 3, 2]."""
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
