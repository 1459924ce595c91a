"""Pictures as the networks take them: 8 bits, and blue first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import ConfigError

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.uint8]

_GREY = 128.0  # what transparent parts are laid over


def blue_first(pixels: Any) -> Image:
    """Return a picture as uint8 [height, width, 3] in the order of OpenCV: blue, green, red.

    Args:
        pixels: RGB or straight-alpha RGBA, uint8 or uint16. What is transparent is laid over grey.

    Raises:
        ConfigError: it is of another type or shape.
    """
    deep = pixels.dtype == np.uint16
    wrong_type = pixels.dtype != np.uint8 and not deep
    if wrong_type or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
        raise ConfigError(
            f"insightface takes RGB pictures of 8 or 16 bits, not {pixels.dtype} {pixels.shape}.",
            hint="bring the picture to uint8 [height, width, 3] first",
        )
    if not deep and pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels[..., ::-1])
    values = pixels.astype(np.float32) / np.float32(257 if deep else 1)
    color = values[..., 2::-1]
    if values.shape[2] == 4:
        alpha = values[..., 3:] / 255
        color = color * alpha + _GREY * (1 - alpha)
    rounded: Image = np.ascontiguousarray(np.rint(color), np.uint8)
    return rounded
