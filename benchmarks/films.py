"""Films for benchmarks."""

from __future__ import annotations

from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

from a1sdk.media import open_video, open_writer

MEDIA = Path(__file__).parents[1] / "examples" / "media"


def repeat(driver: Path, seconds: Fraction, out: Path) -> int:
    """Write a film of `seconds` that repeats `driver`; return its frame count."""
    with open_video(driver) as reader:
        pictures = [frame.pixels for frame in reader.frames()]
        info = reader.info
    count = int(seconds * info.rate)
    with open_writer(out, rate=info.rate, width=info.width, height=info.height) as writer:
        for pixels in islice(cycle(pictures), count):
            writer.write(pixels)
    return count
