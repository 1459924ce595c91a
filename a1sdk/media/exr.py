"""Encode pictures as OpenEXR: scene-linear, half float, ZIP, alpha premultiplied."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import av
import numpy as np

from a1sdk.errors import EncodeError

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Pixels

_LAYOUTS = {3: "gbrpf32le", 4: "gbrapf32le"}
_PLANES = {3: (1, 2, 0), 4: (1, 2, 0, 3)}


def encode_exr(pixels: Pixels) -> bytes:
    """Return the OpenEXR file of RGB or RGBA pixels, uint8 or uint16 [height, width, 3 or 4].

    Pictures are coded for display; what is written is the light that they show: by the sRGB
    transfer function (IEC 61966-2-1), 0 to 1, in the primaries of Rec. 709, which are what files
    without chromaticities have. Colors are multiplied by alpha, as the format wants it.

    Raises:
        EncodeError: `pixels` has another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[-1] not in _LAYOUTS or pixels.dtype not in ("u1", "u2"):
        raise EncodeError(f"A picture of {pixels.dtype} {pixels.shape} cannot be an OpenEXR file.")
    height, width, channels = pixels.shape
    light = _light(pixels)
    frame = av.VideoFrame(width, height, _LAYOUTS[channels])
    frame.pts = 0
    for plane, channel in zip(frame.planes, _PLANES[channels], strict=True):
        rows = np.frombuffer(memoryview(plane), np.float32).reshape(height, plane.line_size // 4)
        rows[:, :width] = light[..., channel]
    encoder = av.CodecContext.create("exr", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, _LAYOUTS[channels]
    encoder.time_base = Fraction(1, 1)
    encoder.options = {"compression": "zip16", "format": "half"}
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def _light(pixels: Pixels) -> npt.NDArray[np.float32]:
    """The light of pixels, rounded to what half floats hold: FFmpeg would cut it off."""
    light = _linear(pixels.dtype.itemsize * 8)[pixels[..., :3]]
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:] / np.float32(np.iinfo(pixels.dtype).max)
        light = np.concatenate([light * alpha, alpha], axis=2)
    return light.astype(np.float16).astype(np.float32)


@cache
def _linear(depth: int) -> npt.NDArray[np.float32]:
    """The light of every value of a channel with `depth` bits."""
    value = np.linspace(0.0, 1.0, 1 << depth)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)
