"""Colours as the eye tells them apart: CIE Lab, and the CIE's difference of 2000."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]
    Values = npt.NDArray[np.floating[Any]]

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Linear sRGB to CIE XYZ, D65 (IEC 61966-2-1)."""

_WHITE = _TO_XYZ.sum(axis=1)
_EDGE = 6 / 29
_25_TO_THE_7 = 25.0**7


def lab(pixels: npt.NDArray[Any]) -> Doubles:
    """Return CIE L*a*b* (1976, white D65), float64 [..., 3], of sRGB levels 0..255 [..., 3]."""
    levels = np.asarray(pixels)
    whole = levels.dtype == np.uint8
    linear = _linear_levels()[levels] if whole else _linear(levels.astype(np.float64) / 255)
    ratio = linear @ (_TO_XYZ / _WHITE[:, None]).T
    x, y, z = np.moveaxis(_compressed(ratio), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e_2000(first: Values, second: Values) -> Doubles:
    """Return the CIEDE2000 difference of Lab colours [..., 3], parametric factors 1: [...].

    By CIE 142-2001 in the formulation of Sharma, Wu and Dalal, "The CIEDE2000 color-difference
    formula: implementation notes, supplementary test data, and mathematical observations", Color
    Research and Application 30 (2005). 1 is about what an eye just sees side by side.
    """
    light, a, b = np.moveaxis(np.asarray(np.broadcast_arrays(first, second), np.float64), -1, 0)
    grey = 0.5 * (1 - _seventh(np.hypot(a, b).mean(axis=0)))
    chroma, hue = _polar(a * (1 + grey), b)
    turn = _turn(hue, chroma)
    middle = _middle_hue(hue, chroma)
    light_mean, chroma_mean = light.mean(axis=0), chroma.mean(axis=0)
    off = (light_mean - 50) ** 2
    by_light = (light[1] - light[0]) / (1 + 0.015 * off / np.sqrt(20 + off))
    by_chroma = (chroma[1] - chroma[0]) / (1 + 0.045 * chroma_mean)
    by_hue = 2 * np.sqrt(chroma[0] * chroma[1]) * np.sin(turn / 2)
    by_hue = by_hue / (1 + 0.015 * chroma_mean * _weight(middle))
    around_blue = np.radians(60) * np.exp(-(((np.degrees(middle) - 275) / 25) ** 2))
    rotated = -2 * _seventh(chroma_mean) * np.sin(around_blue) * by_chroma * by_hue
    return np.asarray(np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + rotated))


def _linear(share: Doubles) -> Doubles:
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))


@cache
def _linear_levels() -> Doubles:
    return _linear(np.arange(256) / 255)


def _compressed(ratio: Doubles) -> Doubles:
    return np.asarray(np.where(ratio > _EDGE**3, np.cbrt(ratio), ratio / (3 * _EDGE**2) + 4 / 29))


def _seventh(chroma: Doubles) -> Doubles:
    power = chroma**7
    return np.asarray(np.sqrt(power / (power + _25_TO_THE_7)))


def _polar(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    """Chroma and hue, the hue 0 to 2 pi."""
    return np.hypot(a, b), np.mod(np.arctan2(b, a), 2 * np.pi)


def _turn(hue: Doubles, chroma: Doubles) -> Doubles:
    """From the first hue to the second, the shorter way; none where one has no hue."""
    turn = hue[1] - hue[0]
    turn = turn - 2 * np.pi * np.where(np.abs(turn) > np.pi, np.sign(turn), 0.0)
    return np.where(chroma[0] * chroma[1] == 0, 0.0, turn)


def _middle_hue(hue: Doubles, chroma: Doubles) -> Doubles:
    total = hue[0] + hue[1]
    far = np.abs(hue[0] - hue[1]) > np.pi
    around = np.where(far, np.where(total < 2 * np.pi, 2 * np.pi, -2 * np.pi), 0.0)
    return np.asarray(np.where(chroma[0] * chroma[1] == 0, total, (total + around) / 2))


def _weight(hue: Doubles) -> Doubles:
    return np.asarray(
        1
        - 0.17 * np.cos(hue - np.radians(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.radians(6))
        - 0.20 * np.cos(4 * hue - np.radians(63))
    )
