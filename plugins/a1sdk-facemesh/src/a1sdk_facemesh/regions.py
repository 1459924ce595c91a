"""Square, turned parts of a picture: where the networks look, and back again.

Positions are pixels with (0, 0) at the corner of the first pixel, as everywhere in the SDK.
OpenCV puts (0, 0) at that pixel's centre; `Region.crop` is the one place that knows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Image = npt.NDArray[np.uint8]

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263
_MARGIN = 1.5  # region around a face, in lengths of the longer side of its box; as in MediaPipe
_AREA_FROM = 4  # bilinear sampling of larger shrinks would alias


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the picture: its center, its side in pixels, its angle in radians.

    Turning by `angle` takes the picture's x axis to the square's x axis; positive is clockwise
    as seen, because y points down.
    """

    x: float
    y: float
    size: float
    angle: float = 0.0

    def widened(self, factor: float) -> Region:
        """Return the region with its side multiplied, around the same center."""
        return Region(self.x, self.y, self.size * factor, self.angle)

    def magnified(self, factor: float) -> Region:
        """Return the same region of a picture that is larger by a factor."""
        return Region(self.x * factor, self.y * factor, self.size * factor, self.angle)

    def axes(self, resolution: int) -> Floats:
        """Return float32 [2, 3], the map of positions in a crop to positions in the picture."""
        scale = self.size / resolution
        cos, sin = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        half = resolution / 2
        return np.array(
            [
                [cos, -sin, self.x - (cos - sin) * half],
                [sin, cos, self.y - (sin + cos) * half],
            ],
            np.float32,
        )

    def to_picture(self, points: Floats, resolution: int) -> Floats:
        """Map float32 [n, 2 or 3] of a crop to the picture; z is scaled like x."""
        axes = self.axes(resolution)
        mapped = np.empty_like(points)
        mapped[:, :2] = points[:, :2] @ axes[:, :2].T + axes[:, 2]
        mapped[:, 2:] = points[:, 2:] * np.float32(self.size / resolution)
        return mapped

    def crop(self, pixels: Image, resolution: int) -> Image:
        """Return uint8 [resolution, resolution, 3]; beyond the picture its edge is repeated."""
        axes = self.axes(resolution)
        shrink = int(self.size / resolution)
        if shrink >= _AREA_FROM:
            pixels, axes = _shrunk(pixels, axes, resolution, shrink)
        axes[:, 2] += (axes[:, 0] + axes[:, 1] - 1) / 2  # corners to pixel centers
        return cv2.warpAffine(  # type: ignore[return-value]
            pixels,
            axes,
            (resolution, resolution),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )


def _shrunk(pixels: Image, axes: Floats, resolution: int, factor: int) -> tuple[Image, Floats]:
    """Average the part of the picture under a crop by a whole `factor`, and adapt its map."""
    height, width = pixels.shape[:2]
    corners = axes @ np.array(
        [[0, resolution, 0, resolution], [0, 0, resolution, resolution], [1] * 4]
    )
    low = np.clip(corners.min(1).astype(int) - factor, 0, (width - 1, height - 1))
    high = np.clip(corners.max(1).astype(int) + factor + 1, low + 1, (width, height))
    size = np.maximum((high - low) // factor, 1)
    high = np.minimum(high, low + size * factor)  # whole blocks, which is also quicker
    part = pixels[low[1] : high[1], low[0] : high[0]]
    small = cv2.resize(part, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    scale = size / (high - low)
    moved = (axes - np.column_stack([np.zeros((2, 2)), low])) * scale[:, None]
    return small, moved.astype(np.float32)  # type: ignore[return-value]


def region_of_landmarks(landmarks: Floats) -> Region:
    """Return where to look for a face in the next picture, given its landmarks in this one.

    The box is taken along the line of the eyes, so that its size does not change when the head
    is tilted.
    """
    across = landmarks[LEFT_EYE_OUTER] - landmarks[RIGHT_EYE_OUTER]
    angle = math.atan2(across[1], across[0])
    cos, sin = math.cos(angle), math.sin(angle)
    turned = landmarks[:, :2] @ np.array([[cos, -sin], [sin, cos]], np.float32)
    low, high = turned.min(0), turned.max(0)
    x, y = (low + high).tolist()
    size = _MARGIN * float((high - low).max())
    return Region((cos * x - sin * y) / 2, (sin * x + cos * y) / 2, size, angle)
