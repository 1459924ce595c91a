"""Change the depth of pictures, and lay what is transparent over a ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Pixels

_BAND = 256  # rows worked on at a time, so that huge pictures are not held as floats


def to_depth(pixels: Pixels, bits: int) -> Pixels:
    """Return the picture with 8 or 16 bits per channel; itself where it has them already."""
    if pixels.dtype == np.uint16 and bits == 8:
        whole = pixels // np.uint16(257)  # rounded in 16 bits, for the sake of huge pictures
        return (whole + (pixels - whole * np.uint16(257) > 128)).astype(np.uint8)
    if pixels.dtype == np.uint8 and bits == 16:
        return pixels.astype(np.uint16) * np.uint16(257)
    return pixels


def flatten(pixels: Pixels, backdrop: int = 0) -> Pixels:
    """Return the picture without alpha, laid over a grey of `backdrop` (0..255)."""
    if pixels.shape[2] == 3:
        return pixels
    full = np.iinfo(pixels.dtype).max
    out = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    for top in range(0, len(pixels), _BAND):
        band = pixels[top : top + _BAND]
        alpha = band[:, :, 3:].astype(np.float32) / full
        laid = band[:, :, :3] * alpha + (1 - alpha) * (backdrop / 255 * full)
        out[top : top + _BAND] = as_pixels(laid, pixels)
    return out


def as_pixels(values: npt.NDArray[np.floating], like: Pixels) -> Pixels:
    """Return values of 0 up, rounded, in the depth of another picture."""
    rounded = values + 0.5
    return rounded.astype(np.uint8) if like.dtype == np.uint8 else rounded.astype(np.uint16)
