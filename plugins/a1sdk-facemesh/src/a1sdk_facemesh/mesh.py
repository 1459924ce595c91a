"""The face mesh: a region around a face in, landmarks, presence and blendshapes out.

Method: Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs"; Ablavatski et al. 2020, "Real-time Pupil Tracking from Monocular Video for Digital
Puppetry"; index lists from MediaPipe's published graphs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import BLENDSHAPES, LANDMARKS
from a1sdk_facemesh.blendshapes import SUBSET, in_sdk_order
from a1sdk_facemesh.networks import Network
from a1sdk_facemesh.regions import Region

if TYPE_CHECKING:
    from a1sdk_facemesh.regions import Floats, Image

_MESH_POINTS = 468
_IRIS = 5
_EYE_CONTOUR = 71
_EYE_RESOLUTION = 64
_EYE_MARGIN = 2.3  # region around an eye, in lengths of the eye; as in MediaPipe

# Where the first of the eye network's contour points, the rims of the lids, belong in the mesh.
# The network knows the subject's right eye; it gets the left one mirrored.
_RIGHT_RIM = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)
_LEFT_RIM = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398)
_MIRRORED_IRIS = [0, 3, 2, 1, 4]  # center, right, top, left, bottom
_EYES = ((_RIGHT_RIM, 33, 133), (_LEFT_RIM, 362, 263))  # rim, and its ends left to right


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A face: float32 [478, 3] in pixels of the picture, and how sure the network is, 0..1."""

    landmarks: Floats
    score: float


class FaceMesh:
    """Landmarks of the face in a region; irises from their own network where `eyes` is given."""

    def __init__(
        self, network: Network, eyes: Network | None = None, shapes: Network | None = None
    ) -> None:
        self._network = network
        self._resolution = network.input_shape[1]
        self._eyes = eyes
        self._shapes = shapes
        self._points = max(network.output_sizes) // 3

    def __call__(self, pixels: Image, region: Region) -> Mesh:
        """Fit the mesh to the face in a region of the picture, whether or not there is one."""
        self._network(region.crop(pixels, self._resolution), 1 / 255)
        score = 1 / (1 + math.exp(-float(self._network.output(1)[0])))
        raw = self._network.output(self._points * 3).reshape(-1, 3)
        landmarks = region.to_picture(raw, self._resolution)
        if self._eyes is not None:
            landmarks = self._with_eyes(self._eyes, pixels, landmarks)
        return Mesh(landmarks, score)

    def blendshapes(self, landmarks: Floats) -> Floats | None:
        """Return float32 [52] in the SDK's order, or None where there is no such network."""
        if self._shapes is None:
            return None
        self._shapes(landmarks[SUBSET, :2])
        return in_sdk_order(self._shapes.output(BLENDSHAPES))

    def _with_eyes(self, network: Network, pixels: Image, mesh: Floats) -> Floats:
        landmarks = np.empty((LANDMARKS, 3), np.float32)
        landmarks[:_MESH_POINTS] = mesh
        first = _MESH_POINTS
        for (rim, start, end), mirror in zip(_EYES, (False, True), strict=True):
            region = _eye_region(mesh[start], mesh[end])
            network(region.crop(pixels, _EYE_RESOLUTION, mirror=mirror), 1 / 255)
            contour = _eye_points(network, _EYE_CONTOUR, region, mirror)
            landmarks[rim, :2] = contour[: len(rim), :2]
            iris = landmarks[first : first + _IRIS]
            points = _eye_points(network, _IRIS, region, mirror)
            iris[:] = points[_MIRRORED_IRIS] if mirror else points
            iris[:, 2] = mesh[rim, 2].mean()  # the eye network's depth is not on the mesh's scale
            first += _IRIS
        return landmarks


def _eye_region(start: Floats, end: Floats) -> Region:
    across = end - start
    angle = math.atan2(across[1], across[0])
    middle = (start + end) / 2
    size = _EYE_MARGIN * math.hypot(across[0], across[1])
    return Region(float(middle[0]), float(middle[1]), size, angle)


def _eye_points(network: Network, count: int, region: Region, mirror: bool) -> Floats:
    points = network.output(count * 3).reshape(-1, 3)
    if mirror:
        points[:, 0] = _EYE_RESOLUTION - points[:, 0]
    return region.to_picture(points, _EYE_RESOLUTION)
