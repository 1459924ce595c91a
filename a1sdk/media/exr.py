"""Encode pictures as OpenEXR, scene-linear, half float, ZIP, alpha premultiplied; and read them."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError

from a1sdk.errors import DecodeError, EncodeError
from a1sdk.media.files import check_readable, url

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Pixels

_LAYOUTS = {3: "gbrpf32le", 4: "gbrapf32le"}
_PLANES = {3: (1, 2, 0), 4: (1, 2, 0, 3)}
_FLOATS = {
    "gbrpf16le": np.float16,
    "gbrapf16le": np.float16,
    "gbrpf32le": np.float32,
    "gbrapf32le": np.float32,
}


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


def read_exr(path: Path) -> Pixels:
    """Return the pixels of an OpenEXR file, RGB or straight-alpha RGBA, uint16, coded for display.

    The inverse of `encode_exr`: light from 0 to 1 in the primaries of Rec. 709 is taken, and what
    is brighter shows as white.

    Raises:
        DecodeError: it is missing or damaged, or has no red, green and blue.
    """
    check_readable(path)
    try:
        with av.open(url(path), format="exr_pipe") as container:
            frame = next(container.decode(video=0))
    except (FFmpegError, StopIteration) as error:
        raise DecodeError(f"{str(path)!r} is no OpenEXR file.", path=str(path)) from error
    kind = _FLOATS.get(frame.format.name)
    if kind is None:
        raise DecodeError(
            f"{str(path)!r} has no red, green and blue in floating point.", path=str(path)
        )
    light = np.empty((frame.height, frame.width, len(frame.planes)), np.float32)
    for plane, channel in zip(frame.planes, _PLANES[len(frame.planes)], strict=True):
        rows = np.frombuffer(memoryview(plane), kind).reshape(frame.height, -1)
        light[..., channel] = rows[:, : frame.width]
    return _coded(np.nan_to_num(light, posinf=1.0))


def _coded(light: npt.NDArray[np.float32]) -> Pixels:
    """The pixels that show light, uint16: the inverse of `_light`."""
    light = light.clip(0, 1)
    colors = light[..., :3]
    if light.shape[2] == 4:
        alpha = light[..., 3:]
        colors = (colors / np.where(alpha > 0, alpha, 1)).clip(0, 1)
    coded = np.where(colors <= 0.0031308, colors * 12.92, 1.055 * colors ** (1 / 2.4) - 0.055)
    values = coded if light.shape[2] == 3 else np.concatenate([coded, alpha], axis=2)
    return (values * 65535 + 0.5).astype(np.uint16)


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
