"""Media made for tests: every picture carries its number, every second of sound a click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

WIDTH, HEIGHT, BITS = 160, 96, 10
BAR = WIDTH // BITS


class Barcode:
    """Pictures that say their number in black and white bars."""

    size = (WIDTH, HEIGHT)

    @staticmethod
    def draw(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
        bits = [255 * (number >> bit & 1) for bit in range(BITS)]
        row = np.repeat(np.array(bits, np.uint8), width // BITS)
        row = np.pad(row, (0, width - len(row)), mode="edge")
        return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (height, width, 3)))

    @staticmethod
    def read(pixels: np.ndarray) -> int:
        height, width = pixels.shape[:2]
        row = pixels[height // 4 : 3 * height // 4, :, :3].mean((0, 2))
        bar = width // BITS
        bars = row[: bar * BITS].reshape(BITS, bar)[:, bar // 4 : -(bar // 4)].mean(1)
        full = 65535 if pixels.dtype == np.uint16 else 255
        return sum(1 << bit for bit, level in enumerate(bars) if level > full / 2)


def make_film(
    path: Path,
    *,
    count: int = 40,
    rate: Fraction = Fraction(25),
    encoder: str = "libx264",
    pixel_format: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    draw: Callable[[int], np.ndarray] = Barcode.draw,
    prepare: Callable[[Any], None] | None = None,
    tags: int | None = None,
) -> Path:
    """Write a film with PyAV alone, picture k at `ticks[k]` (in `time_base`) or at k / `rate`."""
    with av.open(str(path), "w", container_options=container or {}) as out:
        stream = out.add_stream(encoder, rate=rate, options=options or {})
        first = draw(0)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixel_format
        context = stream.codec_context
        context.time_base = time_base or 1 / rate
        if tags is not None:
            context.color_primaries = context.color_trc = context.colorspace = tags
            context.color_range = 1
        if prepare is not None:
            prepare(stream)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            matrix = "ITU709" if tags == 1 else "ITU601"
            frame = frame.reformat(
                format=pixel_format, dst_colorspace=matrix, dst_color_range=1, threads=1
            )
            frame.pts = ticks[number] if ticks is not None else number
            frame.time_base = context.time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture
def barcode() -> type[Barcode]:
    return Barcode


@pytest.fixture
def film() -> Callable[..., Path]:
    return make_film
