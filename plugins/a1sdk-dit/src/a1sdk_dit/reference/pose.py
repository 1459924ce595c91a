"""How the released scripts smooth a driver's head and put it on the portrait's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from a1sdk.plugin import rotation_exp

_NEW = 0.7
"""Share of the newest pose in the smoothed one."""


def smooth_pose(poses: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return poses, axis-angle [n, 3] at 12 a second, each with a part of the one before."""
    smoothed = np.array(poses, np.float64)
    for before, pose in pairwise(smoothed):
        pose[:] = _NEW * pose + (1 - _NEW) * before
    return smoothed


def transfer_pose(portrait: npt.NDArray[Any], driver: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return head rotations of the portrait: its own, turned as the driver's turn from their first.

    Args:
        portrait: axis-angle [3].
        driver: axis-angle [n, 3].

    Returns:
        float64 [n, 3, 3].
    """
    turned = np.stack([rotation_exp(pose) for pose in driver])
    return np.asarray(rotation_exp(portrait) @ turned[0].T @ turned)
