"""A cross-fade: the plainest picture between two others, and the measure for better ones."""

from __future__ import annotations

import cv2
import numpy as np

from a1sdk_dit.interpolation.protocol import Bytes, Floats


def cross_fade(
    a: Bytes, b: Bytes, points_a: Floats, points_b: Floats, points_t: Floats, weight: float
) -> Bytes:
    """Return `a` and `b` mixed by `weight`; an `InBetween` that looks at no landmarks."""
    return mixed(a, b, weight)


def mixed(a: Bytes, b: Bytes, weight: float) -> Bytes:
    """Return `a` and `b` mixed, `weight` of `b`; a fresh array."""
    return np.asarray(cv2.addWeighted(a, 1 - weight, b, weight, 0), np.uint8)
