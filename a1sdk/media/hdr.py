"""Bring HDR pictures (PQ and HLG, BT.2100) to SDR in BT.709, as a table of colors.

Diffuse white, 203 cd/m2 by BT.2408, becomes SDR white times `_WHITE`; what is brighter is
compressed smoothly: half by one factor for all three channels, which keeps hues, half channel by
channel, which lets bright colors pale as film does. Colors outside BT.709 are drawn towards gray
until they fit.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_STEPS = 33  # of the table per channel; HDR signals are perceptually even
_DIFFUSE_WHITE = 203.0  # cd/m2, BT.2408
_WHITE = 0.85  # SDR light of diffuse white: what is above it is left for highlights
_KNEE = 0.7  # SDR light below which nothing is compressed
_DISPLAY_GAMMA = 2.4  # BT.1886
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_BT2020_TO_BT709 = np.array(  # BT.2087
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)


@cache
def sdr_table(transfer: str, primaries: str) -> Path:
    """Return a `.cube` file that maps HDR signals to SDR ones; it lives as long as the process."""
    folder = Path(tempfile.mkdtemp(prefix="a1-hdr-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    levels = np.linspace(0, 1, _STEPS)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")  # red runs fastest
    signal = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    path = folder / "table.cube"
    rows = to_sdr(signal, transfer, primaries)
    np.savetxt(path, rows, "%.6f", header=f"LUT_3D_SIZE {_STEPS}", comments="")
    return path


def to_sdr(signal: Floats, transfer: str, primaries: str) -> Floats:
    """Return SDR signals [n, 3], 0..1, of HDR signals [n, 3], 0..1.

    `transfer` is `smpte2084` (PQ) or `arib-std-b67` (HLG); `primaries` other than `bt2020` are
    taken for BT.709's.
    """
    light = _pq_light(signal) if transfer == "smpte2084" else _hlg_light(signal)
    light = light / _DIFFUSE_WHITE * _WHITE
    if primaries == "bt2020":
        light = light @ _BT2020_TO_BT709.T
    light = _into_gamut(light)
    peak = np.maximum(light.max(1, keepdims=True), 1e-9)
    light = (light * _compressed(peak) / peak + _compressed(light)) / 2
    return np.asarray(np.clip(light, 0, 1) ** (1 / _DISPLAY_GAMMA))


def _pq_light(signal: Floats) -> Floats:
    """SMPTE ST 2084, to cd/m2."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = signal ** (1 / m2)
    return np.asarray(10000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg_light(signal: Floats) -> Floats:
    """ARIB STD-B67 with the BT.2100 system gamma of a display of 1000 cd/m2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luma = scene @ np.array([0.2627, 0.6780, 0.0593])
    return np.asarray(1000 * scene * luma[:, None] ** 0.2)


def _into_gamut(light: Floats) -> Floats:
    """Draw colors with a negative channel towards gray of their luminance."""
    luma = np.maximum(light @ _LUMA, 0)[:, None]
    lowest = light.min(1, keepdims=True)
    keep = np.where(lowest < 0, luma / np.maximum(luma - lowest, 1e-9), 1.0)
    return np.asarray(luma + (light - luma) * keep)


def _compressed(light: Floats) -> Floats:
    room = 1 - _KNEE
    over = np.maximum(light - _KNEE, 0) / room
    return np.where(light <= _KNEE, light, _KNEE + room * over / (1 + over))
