"""BlazeFace, MediaPipe's short-range face detector: one small picture in, rough faces out.

Method: Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile
GPUs"; constants from MediaPipe's published detector graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_facemesh.networks import Network
from a1sdk_facemesh.regions import Region

if TYPE_CHECKING:
    from a1sdk_facemesh.regions import Floats, Image

_GRIDS = ((16, 2), (8, 6))  # cells along one side, anchors in each cell
_MIN_OVERLAP = 0.3  # intersection over union above which two detections are one face
_MARGIN = 1.5  # region around a face, in lengths of the detected box's longer side


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A rough face.

    Attributes:
        points: float32 [8, 2]: two opposite corners of the box, then right eye, left eye, nose,
            mouth, right ear, left ear.
        score: 0..1.
    """

    points: Floats
    score: float

    @property
    def region(self) -> Region:
        """Where to look for landmarks."""
        center = (self.points[0] + self.points[1]) / 2
        right_eye, left_eye = self.points[2], self.points[3]
        across = left_eye - right_eye
        return Region(
            float(center[0]),
            float(center[1]),
            _MARGIN * self.size,
            math.atan2(across[1], across[0]),
        )

    @property
    def size(self) -> float:
        """Longer side of the box, whose sides need not lie along the picture's."""
        diagonal = self.points[1] - self.points[0]
        return float(np.abs(diagonal).max())


class Detector:
    """Finds faces that take up a tenth or more of a square region."""

    def __init__(self, network: Network, min_score: float = 0.5) -> None:
        self._network = network
        self._anchors = anchors()
        self._resolution = network.resolution
        self._min_logit = math.log(min_score / (1 - min_score))

    def __call__(self, pixels: Image, region: Region) -> list[Detection]:
        """Return the faces in a region of the picture, most certain first."""
        self._network.feed(region.crop(pixels, self._resolution), 1 / 127.5, -1.0)
        self._network.run()
        logits = self._network.output(1)[0, :, 0]
        chosen = np.flatnonzero(logits >= self._min_logit)
        if chosen.size == 0:
            return []
        raw = self._network.output(0)[0, chosen]
        points = decode(raw, self._anchors[chosen], self._resolution)
        scores: Floats = np.reciprocal(1 + np.exp(-logits[chosen]))
        mapped = [
            Detection(region.to_picture(merged, self._resolution), score)
            for merged, score in merge(points, scores)
        ]
        return mapped


def anchors() -> Floats:
    """Return float32 [896, 2]: the centers of the anchors, 0..1, in the network's order."""
    rows = []
    for cells, repeats in _GRIDS:
        centers = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        x, y = np.meshgrid(centers, centers)
        rows.append(np.repeat(np.stack([x.ravel(), y.ravel()], 1), repeats, axis=0))
    return np.concatenate(rows)


def decode(raw: Floats, centers: Floats, resolution: int) -> Floats:
    """Turn the network's numbers [n, 16] into points [n, 8, 2], pixels of the crop.

    The numbers are the box's center and size and six keypoints; all but the size are offsets
    from the anchor. Of the points, the first two are the box's top left and bottom right corner.
    """
    origins = centers[:, None] * resolution
    pairs = raw.reshape(len(raw), -1, 2)
    points = pairs + origins
    half = pairs[:, 1] / 2
    middle = points[:, 0].copy()
    points[:, 0] = middle - half
    points[:, 1] = middle + half
    return points


def merge(points: Floats, scores: Floats) -> list[tuple[Floats, float]]:
    """Blend detections of the same face into one, weighted by score; most certain first."""
    order = np.argsort(-scores, kind="stable")
    merged = []
    while order.size:
        same = overlap(points[order[0], :2], points[order, :2]) > _MIN_OVERLAP
        same[0] = True  # also when its box is empty
        group = order[same]
        weights = scores[group] / scores[group].sum()
        merged.append((np.tensordot(weights, points[group], 1), float(scores[order[0]])))
        order = order[~same]
    return merged


def overlap(box: Floats, others: Floats) -> Floats:
    """Return intersection over union of a box [2, 2] with others [n, 2, 2]."""
    low = np.maximum(box[0], others[:, 0])
    high = np.minimum(box[1], others[:, 1])
    common = np.clip(high - low, 0, None).prod(1)
    areas = np.clip(others[:, 1] - others[:, 0], 0, None).prod(1)
    union = np.clip(box[1] - box[0], 0, None).prod() + areas - common
    ratio: Floats = common / np.maximum(union, 1e-9)
    return ratio
