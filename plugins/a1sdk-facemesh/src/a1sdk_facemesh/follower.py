"""Following the faces of one stream from picture to picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk_facemesh.finder import is_same

if TYPE_CHECKING:
    from a1sdk_facemesh.finder import Finder
    from a1sdk_facemesh.mesh import FaceMesh, Mesh
    from a1sdk_facemesh.regions import Image, Region

_MEMORY = 50  # pictures for which a lost face is remembered
_LOOK_EVERY = 5  # pictures between looks for more faces while some are followed
_SEARCH_EVERY = 15  # pictures between thorough searches while none is followed
_SEARCH_DIVISORS = (3,)


@dataclass(slots=True)
class Track:
    """One person: a number, where to look next, and for how many pictures nothing was seen."""

    number: int
    region: Region
    missed: int = 0


class Follower:
    """Keeps up to `max_faces` faces, and gives each person a number that lasts.

    While a face is followed, its landmarks say where to look in the next picture, and the
    detector rests, as in MediaPipe's own graph.
    """

    def __init__(self, finder: Finder, mesh: FaceMesh, max_faces: int) -> None:
        self._finder = finder
        self._mesh = mesh
        self._max_faces = max_faces
        self._tracks: list[Track] = []
        self._lost: list[Track] = []
        self._numbers = 0
        self._since_look = 0
        self._since_search = _SEARCH_EVERY

    def step(self, pixels: Image) -> list[tuple[int, Mesh]]:
        """Return the faces of the next picture, each with its track's number."""
        faces = self._follow(pixels)
        if len(faces) < self._max_faces:
            for mesh in self._new_faces(pixels)[: self._max_faces - len(faces)]:
                faces.append((self._adopt(mesh.region), mesh))
        self._age()
        return faces

    def _follow(self, pixels: Image) -> list[tuple[int, Mesh]]:
        """Fit the mesh where each face was; faces that are gone become lost tracks."""
        faces: list[tuple[int, Mesh]] = []
        kept: list[Track] = []
        for track in self._tracks:
            mesh = self._mesh(pixels, track.region)
            doubled = any(is_same(mesh.region, other.region) for other in kept)
            if doubled or not self._finder.accepts(mesh, track.region):
                self._lost.append(track)
                continue
            track.region = mesh.region
            kept.append(track)
            faces.append((track.number, mesh))
        self._tracks = kept
        return faces

    def _new_faces(self, pixels: Image) -> list[Mesh]:
        """Look for faces that are not followed yet, if it is time to."""
        self._since_look += 1
        self._since_search += 1
        if self._tracks and self._since_look < _LOOK_EVERY:
            return []
        self._since_look = 0
        found = self._finder.look(pixels, [track.region for track in self._tracks])
        if not found and not self._tracks and self._since_search > _SEARCH_EVERY:
            self._since_search = 0
            found = self._finder.search(pixels, _SEARCH_DIVISORS)
        return found

    def _adopt(self, region: Region) -> int:
        """Give a new face the number of the lost one it can be, or the next free one."""
        candidates = [track for track in self._lost if can_be(track, region)]
        if candidates:
            track = min(candidates, key=lambda lost: _distance(lost.region, region))
            self._lost.remove(track)
            track.region, track.missed = region, 0
        else:
            track = Track(self._numbers, region)
            self._numbers += 1
        self._tracks.append(track)
        return track.number

    def _age(self) -> None:
        for track in self._lost:
            track.missed += 1
        self._lost = [track for track in self._lost if track.missed <= _MEMORY]


def can_be(lost: Track, region: Region) -> bool:
    """Tell whether a lost face can have come to a region: near, and of a similar size."""
    near = _distance(lost.region, region) < max(lost.region.size, region.size)
    return near and 0.5 < lost.region.size / region.size < 2


def _distance(one: Region, other: Region) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)
