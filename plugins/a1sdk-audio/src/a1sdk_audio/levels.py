"""How loud a sound is, and where in it somebody may be speaking, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pocketsphinx import Vad  # type: ignore[import-untyped]

from a1sdk_audio.speech import FLOOR, GRID, RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_audio.speech import Samples

    Flags = npt.NDArray[np.bool_]

STEP = RATE // GRID
"""Samples in a step of the grid."""

_HALF = RATE // 50  # of the window: 20 ms to either side
_WINDOW = np.hanning(2 * _HALF + 1)[:-1] / _HALF  # adds up to 1
_QUIETEST = -70.0  # dB; nothing under it is speech
_RANGE = 35.0  # dB that soft speech is under the usual level
_USUAL = -20.0  # dB; level of a voice that was not heard yet


class Meter:
    """Measures the loudness of a stream, as `speech.Loudness` has it, an offset left out."""

    def __init__(self) -> None:
        self._waiting = np.zeros(_HALF, np.float32)

    def measure(self, samples: Samples) -> Samples:
        """Return the levels, in dB, of the steps whose windows have now been heard in full."""
        heard = np.concatenate([self._waiting, samples])
        count = max(0, (len(heard) - 2 * _HALF) // STEP + 1)
        self._waiting = heard[count * STEP :]
        if not count:
            return np.zeros(0, np.float32)
        windows = sliding_window_view(heard, 2 * _HALF)[: count * STEP : STEP].astype(np.float64)
        power = (windows * windows) @ _WINDOW - (windows @ _WINDOW) ** 2
        levels = np.maximum(10 * np.log10(np.maximum(power, 1e-10)), FLOOR)
        return cast("Samples", levels.astype(np.float32))

    def finish(self, steps: int) -> Samples:
        """Return the levels of the last `steps` steps; what follows the end is silent."""
        return self.measure(np.zeros(2 * _HALF + STEP, np.float32))[:steps]


class VoiceActivity:
    """Tells steps with speech from those without: a voice detector, and a gate at low levels.

    The detector is WebRTC's, which pocketsphinx carries. It takes music for speech; that is left
    to the recogniser, which knows what it cannot be.

    Attributes:
        level: how loud the voice usually is so far, in dB: what a tenth of its steps exceed.
    """

    def __init__(self) -> None:
        self._vad = Vad(Vad.MEDIUM_STRICT, RATE, 1 / GRID)
        self._counts = np.zeros(int(-FLOOR) + 1, np.int64)  # of voiced steps, by whole dB
        self.level = _USUAL

    def detect(self, samples: Samples, levels: Samples) -> Flags:
        """Return for each whole step of `samples`, bool [n], whether somebody may be speaking."""
        pcm = as_pcm(samples)
        heard = [
            self._vad.is_speech(pcm[at : at + STEP].tobytes())
            for at in range(0, len(levels) * STEP, STEP)
        ]
        voiced = np.array(heard, np.bool_) & (levels > _QUIETEST)
        self._learn(levels[voiced])
        return voiced & (levels > self.level - _RANGE)

    def _learn(self, levels: Samples) -> None:
        bins = np.clip(-levels, 0, -FLOOR).astype(np.int64)
        self._counts += np.bincount(bins, minlength=len(self._counts))
        total = int(self._counts.sum())
        if total:
            self.level = -float(np.searchsorted(self._counts.cumsum(), total / 10))


def as_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """Return samples as 16-bit integers."""
    return np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)


def spans(active: Flags, *, bridge: int, least: int) -> list[tuple[int, int]]:
    """Return the runs of active steps as (start, end), `end` excluded.

    Args:
        active: bool [n].
        bridge: pauses of fewer steps are taken for speech.
        least: shorter runs are left out.
    """
    padded = np.concatenate([[False], active, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    found: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and start - found[-1][1] < bridge:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(start, end) for start, end in found if end - start >= least]
