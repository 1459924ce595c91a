"""The renderer `warp/mesh`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np

from a1sdk.plugin import (
    Identity,
    Portrait,
    Renderer,
    RunContext,
    StreamInfo,
    TargetFrame,
    VideoFrame,
)
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.rig import Rig

STILL = 1e-3
"""Landmarks that move less than this, in pixels, do not move."""


class MeshWarp(Renderer):
    """Moves a portrait by warping its picture; eyes and mouth are layers of their own."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options if options is not None else MeshOptions())

    def setup(self, ctx: RunContext) -> None:
        """Keep OpenCV to the cores the host lends."""
        cv2.setNumThreads(ctx.threads)

    def render(
        self,
        portrait: Portrait,
        identities: Mapping[str, Identity],
        targets: Iterable[TargetFrame],
        info: StreamInfo,
        ctx: RunContext,
    ) -> Iterator[VideoFrame]:
        """Yield one picture per target; where nothing moves, the portrait's own pixels."""
        rig = None
        for target in ctx.track(targets):
            if np.abs(target.landmarks - portrait.face.landmarks).max() < STILL:
                yield VideoFrame(target.pts, portrait.pixels)
                continue
            if rig is None:
                rig = Rig(portrait, self.options)
            yield VideoFrame(target.pts, rig.draw(target.landmarks))
