"""Motion: what a face does over time, and what can be done with it.

Importing this package loads no numpy; its functions and classes are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from a1sdk.motion.frame import FaceMotion, MotionFrame

if TYPE_CHECKING:
    from a1sdk.motion.clip import MotionClip, save_clip
    from a1sdk.motion.gaps import Gap, GapLog, fill_gaps
    from a1sdk.motion.neutral import Neutral, estimate_neutral
    from a1sdk.motion.resample import resample, to_grid
    from a1sdk.motion.retarget import Retarget
    from a1sdk.motion.smoothing import smooth

_LAZY = {
    "Gap": "gaps",
    "GapLog": "gaps",
    "MotionClip": "clip",
    "Neutral": "neutral",
    "Retarget": "retarget",
    "estimate_neutral": "neutral",
    "fill_gaps": "gaps",
    "resample": "resample",
    "save_clip": "clip",
    "smooth": "smoothing",
    "to_grid": "resample",
}

__all__ = [
    "FaceMotion",
    "Gap",
    "GapLog",
    "MotionClip",
    "MotionFrame",
    "Neutral",
    "Retarget",
    "estimate_neutral",
    "fill_gaps",
    "resample",
    "save_clip",
    "smooth",
    "to_grid",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"a1sdk.motion.{_LAZY[name]}"), name)
