"""How two pictures agree: whether a movement explains them, and what movement is left."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.interpolation.mesh import Plane, Single
from a1sdk_dit.interpolation.surroundings import smoothstep

Gray = npt.NDArray[np.uint8]

_NOISE = 2.0  # grey levels by which pictures differ that show the same
_CLEAR = 0.35  # share of the difference whose removal is a clear gain
_WIDTH = 3.0  # pixels of the plane over which differences are averaged
_LEAST = 1e-3


def benefit(before: tuple[Gray, Gray], after: tuple[Gray, Gray]) -> Single:
    """Return, for each place, whether two pictures agree better after a movement than before.

    Returns:
        float32 [height, width]: 1 where much better, exactly 0 where no better, such as where the
        pictures are equal without it.
    """
    was, now = (_difference(*pair) for pair in (before, after))
    share = smoothstep(0, _CLEAR, (was - now) / (was + now + _NOISE)).astype(np.float32)
    share = np.asarray(cv2.GaussianBlur(share, (0, 0), _WIDTH * 2 / 3))
    return np.where(share < _LEAST, np.float32(0), share)


def _difference(a: Gray, b: Gray) -> Single:
    apart = np.asarray(cv2.absdiff(a, b), np.float32)
    return np.asarray(cv2.GaussianBlur(apart, (0, 0), _WIDTH), np.float32)


class Residual:
    """Movement that is left between two pictures of about the same: dense inverse search.

    T. Kroeger, R. Timofte, D. Dai, L. Van Gool, Fast optical flow using dense inverse search,
    ECCV 2016.
    """

    def __init__(self) -> None:
        """Prepare the search."""
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def between(self, plane: Plane, a: Gray, b: Gray) -> Single:
        """Return how far what `a` shows has gone in `b`, in steps of the grid.

        Args:
            plane: the grid that both are pictures on.
            a: uint8 [height, width].
            b: as `a`.

        Returns:
            float32 [height, width, 2], exactly 0 where that makes the two no more alike.
        """
        flow = np.asarray(self._search.calc(a, b, np.empty(0, np.float32)), np.float32)
        met = plane.fetch(a, flow * np.float32(-0.5)), plane.fetch(b, flow * np.float32(0.5))
        return np.asarray(flow * benefit((a, b), met)[..., None], np.float32)
