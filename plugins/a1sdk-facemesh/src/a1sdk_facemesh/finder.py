"""Finding the faces of one picture: a look at the whole, then closer, then turned."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from a1sdk_facemesh.regions import Region

if TYPE_CHECKING:
    from a1sdk_facemesh.detector import Detector
    from a1sdk_facemesh.mesh import FaceMesh, Mesh
    from a1sdk_facemesh.regions import Image

_SEARCH_SIDE = 2048  # larger pictures are searched in a reduced copy
_MIN_TILE = 96  # pixels; the networks see nothing in smaller parts
_DIVISORS = (3, 6)  # sides of the tiles, per longer side of the picture
_CONFIRM_MARGINS = (1.6, 2.2)  # sides of the windows that confirm a face, in its region's sides
_MIN_CONFIRMED = 0.7  # between 0.65, the best of all faces that were none, and 0.74 of real ones
_QUARTERS = (math.pi / 2, -math.pi / 2, math.pi)


class Finder:
    """Finds faces without knowing where they were before."""

    def __init__(self, detector: Detector, mesh: FaceMesh, min_score: float) -> None:
        self._detector = detector
        self._mesh = mesh
        self._min_score = min_score

    def look(self, pixels: Image, known: Iterable[Region] = ()) -> list[Mesh]:
        """Return upright faces that stand out in the whole picture, largest first.

        Faces in `known` regions are left out.
        """
        return largest_first(self._faces(pixels, pixels, [whole(pixels)], known))

    def search(self, pixels: Image, divisors: Iterable[int] = _DIVISORS) -> list[Mesh]:
        """Return all faces, small ones too, or, if there is none, those that lie on their side."""
        small = reduced(pixels)
        found = self._faces(pixels, small, [whole(small), *tiles(small, divisors)])
        if not found:
            found = self._faces(pixels, small, [whole(small, angle) for angle in _QUARTERS])
        return largest_first(found)

    def accepts(self, mesh: Mesh, region: Region) -> bool:
        """Tell whether a mesh that was fitted in a region is a face."""
        return mesh.score >= self._min_score and plausible(mesh, region)

    def _faces(
        self,
        pixels: Image,
        searched: Image,
        windows: Iterable[Region],
        known: Iterable[Region] = (),
    ) -> list[Mesh]:
        """Return the faces in windows of `searched`, a copy of the picture of any size."""
        scale = pixels.shape[1] / searched.shape[1]
        faces: list[Mesh] = []
        taken = list(known)
        for window in windows:
            for detection in self._detector(searched, window):
                mesh = self._fit(pixels, detection.region.magnified(scale), taken)
                if mesh is not None:
                    faces.append(mesh)
                    taken.append(mesh.region)
        return faces

    def _fit(self, pixels: Image, region: Region, taken: list[Region]) -> Mesh | None:
        """Fit the mesh twice: in the detector's region, then in its own, which is the better."""
        if any(is_same(region, other) for other in taken):
            return None
        for _ in range(2):
            mesh = self._mesh(pixels, region)
            if not self.accepts(mesh, region):
                return None
            region = mesh.region
        if any(is_same(region, other) for other in taken):
            return None
        return mesh if self._is_confirmed(pixels, region) else None

    def _is_confirmed(self, pixels: Image, region: Region) -> bool:
        """Tell whether the detector, set right on the face, is sure of it.

        The mesh's own score is high on many round things, and the detector's is chancy where a
        face lies at a tile's edge or is very small in it.
        """
        best = [
            max((found.score for found in self._detector(pixels, window)), default=0.0)
            for window in (region.widened(margin) for margin in _CONFIRM_MARGINS)
        ]
        return sum(best) / len(best) >= _MIN_CONFIRMED


def reduced(pixels: Image) -> Image:
    """Return the picture, or a smaller copy of a very large one."""
    height, width = pixels.shape[:2]
    scale = _SEARCH_SIDE / max(width, height)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def whole(pixels: Image, angle: float = 0.0) -> Region:
    """Return the smallest square that holds the picture."""
    height, width = pixels.shape[:2]
    return Region(width / 2, height / 2, max(width, height), angle)


def tiles(pixels: Image, divisors: Iterable[int]) -> Iterator[Region]:
    """Yield squares that cover the picture, each overlapping its neighbors by half or more."""
    height, width = pixels.shape[:2]
    for divisor in divisors:
        side = max(width, height) / divisor
        if side < _MIN_TILE:
            return
        for y in _spread(height, side):
            for x in _spread(width, side):
                yield Region(x, y, side)


def _spread(length: int, side: float) -> list[float]:
    if side >= length:
        return [length / 2]
    count = math.ceil((length - side) / (side / 2)) + 1
    positions: list[float] = np.linspace(side / 2, length - side / 2, count).tolist()
    return positions


def is_same(one: Region, other: Region) -> bool:
    """Tell whether two regions are of one face, or one of them of a part of the other's face."""
    return math.hypot(one.x - other.x, one.y - other.y) < max(one.size, other.size) / 3


def plausible(mesh: Mesh, region: Region) -> bool:
    """Tell whether a mesh can be that of a face in the region: upright, and filling it."""
    found = mesh.region
    return (
        bool(np.isfinite(mesh.landmarks).all())
        and 0.5 < found.size / region.size < 1.6
        and abs(math.remainder(found.angle - region.angle, math.tau)) < math.pi / 3
        and math.hypot(found.x - region.x, found.y - region.y) < region.size / 3
    )


def largest_first(faces: Iterable[Mesh]) -> list[Mesh]:
    """Sort faces by size."""
    return sorted(faces, key=lambda face: -face.region.size)
