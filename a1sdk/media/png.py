"""Encode pictures as PNG, 8 or 16 bit, with or without alpha, marked as sRGB."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np

from a1sdk.errors import EncodeError
from a1sdk.media.color import BT709

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels

_LAYOUTS = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48be", (4, 2): "rgba64be"}
_SRGB = 13  # H.273 transfer characteristics


def encode_png(pixels: Pixels) -> bytes:
    """Return the PNG file of RGB or RGBA pixels, uint8 or uint16 [height, width, 3 or 4].

    Raises:
        EncodeError: `pixels` has another shape or type.
    """
    layout = _LAYOUTS.get((pixels.shape[-1], pixels.dtype.itemsize)) if pixels.ndim == 3 else None
    if layout is None or pixels.dtype.kind != "u":
        raise EncodeError(f"A picture of {pixels.dtype} {pixels.shape} cannot be a PNG.")
    whole = cast("Pixels", np.ascontiguousarray(pixels))
    frame = av.VideoFrame.from_ndarray(whole, format=layout)
    frame.pts = 0
    frame.color_trc, frame.color_primaries = _SRGB, BT709
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, layout
    encoder.time_base = Fraction(1, 1)
    encoder.color_trc, encoder.color_primaries = _SRGB, BT709
    encoder.options = {"compression_level": "4"}
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
