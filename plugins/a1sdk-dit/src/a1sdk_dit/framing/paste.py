"""The model's picture goes back into the full-size portrait."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.framing.changes import REDUCED, Changes
from a1sdk_dit.framing.resampling import Floats, Picture, Pixels, reduced, resized, smoothstep
from a1sdk_dit.framing.window import Window

_BAND = 32
"""Rows that are mixed at a time: what stays in the processor's cache is several times as fast."""


class Paste:
    """Pastes pictures of the window into the portrait: the person, and what changed around.

    The matte is soft, also towards the window's sides, but for sides that meet the portrait's
    border. Outside it the portrait is left alone, bit for bit.

    Args:
        portrait: RGB of 8 or 16 bits; kept, and not changed.
        window: where the pictures belong.
        landmarks: of the face at rest, [478, 2 or more], pixels of the portrait.
        feather: width of the soft edge along the window's sides, in heights of the window.
    """

    def __init__(
        self, portrait: Pixels, window: Window, landmarks: npt.NDArray[Any], feather: float
    ) -> None:
        self._portrait, self._window = portrait, window
        person = 1.0 - smoothstep(0.75, 1.05, window.from_person(landmarks))
        self._changes = Changes(window.take(portrait), person)
        self._sides = reduced(window.from_sides(feather), REDUCED)

    def __call__(self, picture: Picture) -> Pixels:
        """Return the portrait, fresh, with the model's picture in it."""
        whole = self._portrait.copy()
        region = whole[self._window.seen]
        share = self._fitted(self._changes(picture) * self._sides, cv2.INTER_LINEAR)
        if whole.dtype == np.uint16:
            picture = picture * np.uint16(257)
        _lay_over(region, self._fitted(picture, cv2.INTER_CUBIC), share)
        return whole

    def _fitted(self, values: npt.NDArray[Any], larger: int) -> npt.NDArray[Any]:
        """Return values of the model's picture for the portrait's pixels that it sees."""
        left, top, _, _ = self._window.beyond
        rows, columns = self._window.seen
        full = resized(values, self._window.width, self._window.height, larger)
        return full[top : top + rows.stop - rows.start, left : left + columns.stop - columns.start]


def _lay_over(below: Pixels, above: Pixels, share: Floats) -> None:
    """Lay `above` over `below`, in place, with its share [height, width], 0..1."""
    for start in range(0, len(share), _BAND):
        band = share[start : start + _BAND]
        used = np.flatnonzero(band.max(0))
        if used.size:
            part = slice(start, start + _BAND), slice(int(used[0]), int(used[-1]) + 1)
            below[part] = _mixed(below[part], above[part], share[part])


def _mixed(below: Pixels, above: Pixels, share: Floats) -> Pixels:
    if below.dtype == np.uint8:
        return cv2.blendLinear(above, below, share, 1.0 - share)
    ground = below.astype(np.float32)
    ground += (above - ground) * share[..., None]
    return np.asarray(np.rint(ground), below.dtype)
