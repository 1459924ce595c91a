"""The face mesh: a region around a face in, landmarks, presence and blendshapes out.

Method: Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from a1sdk.plugin import LANDMARKS, from_mediapipe
from a1sdk_facemesh.blendshapes import SUBSET
from a1sdk_facemesh.networks import Network
from a1sdk_facemesh.regions import Region, region_of_landmarks

if TYPE_CHECKING:
    from a1sdk_facemesh.regions import Floats, Image


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A face in a picture, as the network sees it.

    Attributes:
        landmarks: float32 [478, 3], pixels of the picture.
        score: how sure the network is that this is a face, 0..1.
        region: where to look for the face in the next picture.
    """

    landmarks: Floats
    score: float
    region: Region


class MeshNetwork(Protocol):
    """Fits the mesh to a square crop of a face."""

    resolution: int

    def __call__(self, crop: Image) -> tuple[Floats, float]:
        """Return float32 [478, 3] in pixels of the crop, and the logit of there being a face."""


class WholeNetwork:
    """The bundle's network: all 478 points at once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.resolution = network.resolution

    def __call__(self, crop: Image) -> tuple[Floats, float]:
        """Return float32 [478, 3] in pixels of the crop, and the logit of there being a face."""
        self._network.feed(crop, 1 / 255)
        self._network.run()
        landmarks = self._network.output(0).reshape(LANDMARKS, 3)
        return landmarks, self._network.output(1).item()


class FaceMesh:
    """Landmarks of the face in a region, and its blendshapes where there is a network for them."""

    def __init__(self, network: MeshNetwork, shapes: Network | None = None) -> None:
        self._network = network
        self._shapes = shapes

    def __call__(self, pixels: Image, region: Region) -> Mesh:
        """Fit the mesh to the face in a region of the picture, whether or not there is one."""
        resolution = self._network.resolution
        landmarks, logit = self._network(region.crop(pixels, resolution))
        score = 1 / (1 + math.exp(-max(logit, -80.0)))
        placed = region.to_picture(landmarks, resolution)
        return Mesh(placed, score, region_of_landmarks(placed))

    def blendshapes(self, landmarks: Floats) -> Floats | None:
        """Return float32 [52] in the SDK's order, or None where there is no such network."""
        if self._shapes is None:
            return None
        self._shapes.feed(landmarks[SUBSET, :2])
        self._shapes.run()
        return from_mediapipe(self._shapes.output(0))
