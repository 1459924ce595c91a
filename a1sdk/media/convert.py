"""Turn decoded pictures into upright RGB with square pixels, copying once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from a1sdk.media.color import is_full_range, source_matrix
from a1sdk.media.facts import VideoFacts

if TYPE_CHECKING:
    import numpy.typing as npt

_QUARTER = 90


class RgbConverter:
    """Converts the pictures of one film; keeps one scaler for them all."""

    def __init__(self, facts: VideoFacts) -> None:
        self._turns = facts.rotation // _QUARTER  # clockwise
        size = (facts.width, facts.height)
        self._width, self._height = size[::-1] if self._turns % 2 else size
        self._scaler = VideoReformatter()

    def __call__(self, frame: VideoFrame, *, alpha: bool = False) -> npt.NDArray[np.uint8]:
        """Return RGB uint8 [height, width, 3], contiguous; RGBA with straight alpha if asked."""
        same_size = (frame.width, frame.height) == (self._width, self._height)
        full = is_full_range(frame)
        rgb = self._scaler.reformat(
            frame,
            width=self._width,
            height=self._height,
            format="rgba" if alpha else "rgb24",
            src_colorspace=None if frame.format.is_rgb else source_matrix(frame),
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR if same_size else Interpolation.BICUBIC,
            threads=1,  # more write over each other where their slices of odd widths meet
        )
        pixels = cast("npt.NDArray[np.uint8]", rgb.to_ndarray())
        return np.ascontiguousarray(np.rot90(pixels, -self._turns)) if self._turns else pixels
