"""Show the driver to the left of the result, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from a1sdk.media import open_video
from a1sdk.media.depth import to_depth
from a1sdk.media.reader import SLACK
from a1sdk.motion.timemap import REAL_TIME

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels, VideoFrame
    from a1sdk.motion.timemap import TimeMap


def driver_width(driver: Path, height: int) -> int:
    """Return how wide the driver's picture is at this height, its aspect kept."""
    with open_video(driver) as reader:
        return max(1, round(reader.info.width * height / reader.info.height))


def beside_driver(
    pictures: Iterable[VideoFrame],
    driver: Path,
    rate: Fraction,
    like: Pixels,
    time: TimeMap = REAL_TIME,
) -> Iterator[VideoFrame]:
    """Yield each picture with the driver's picture of the same instant to its left.

    Args:
        rate: frames per second of `pictures`.
        like: the portrait's pixels, whose height, depth and channels the driver is given.
        time: which time of the driver is shown when; backwards, a film is read from key picture to
            key picture over and over, which takes its time.
    """
    width = driver_width(driver, like.shape[0])
    with open_video(driver) as reader:
        last: object = None
        for picture in pictures:
            number = reader.number_at(time.source_time(picture.pts / rate) + SLACK / rate)
            if number != last:
                last, shown = number, _matched(reader.frame_at(number).pixels, width, like)
            yield replace(picture, pixels=np.concatenate([shown, picture.pixels], axis=1))


def _matched(pixels: Pixels, width: int, like: Pixels) -> Pixels:
    """The driver's picture with the portrait's height, depth and channels."""
    size = width, like.shape[0]
    scaled = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
    if like.shape[2] == 4:
        scaled.putalpha(255)
    return to_depth(np.asarray(scaled), like.dtype.itemsize * 8)
