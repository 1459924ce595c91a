"""Resampling and soft edges, as window, paste and anchor share them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[Any]
"""RGB [height, width, 3], uint8 or uint16."""

Picture = npt.NDArray[np.uint8]
"""RGB [height, width, 3]."""

Floats = npt.NDArray[np.float32]


def resized(
    values: npt.NDArray[Any], width: int, height: int, larger: int = cv2.INTER_CUBIC
) -> npt.NDArray[Any]:
    """Return values at another size, averaged where that is smaller; corners stay corners.

    Args:
        values: [height, width] or [height, width, channels].
        width: wanted.
        height: wanted.
        larger: OpenCV's filter for where that is larger.
    """
    smaller = width * height < values.shape[0] * values.shape[1]
    filter_ = cv2.INTER_AREA if smaller else larger
    return np.asarray(cv2.resize(values, (width, height), interpolation=filter_))


def resampled(pixels: Pixels, width: int, height: int) -> Picture:
    """Return a picture of 8 or 16 bits at another size, in 8 bits, by Lanczos' filter.

    That keeps more of what the smaller size can show than means of areas do, and takes longer.
    """
    size, full = (width, height), np.float32(np.iinfo(pixels.dtype).max / 255)
    channels = (Image.fromarray(pixels[..., number] / full) for number in range(3))
    scaled = [np.asarray(each.resize(size, Image.Resampling.LANCZOS)) for each in channels]
    return np.asarray(np.rint(np.clip(np.stack(scaled, 2), 0, 255)), np.uint8)


def reduced(values: npt.NDArray[Any], times: int) -> npt.NDArray[Any]:
    """Return values averaged over squares of `times` x `times`."""
    height, width = values.shape[:2]
    size = max(1, width // times), max(1, height // times)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))


def smoothstep(low: float, high: float, x: npt.NDArray[Any]) -> Floats:
    """Return 0 below `low`, 1 above `high`, and the cubic 3t^2 - 2t^3 between."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)
