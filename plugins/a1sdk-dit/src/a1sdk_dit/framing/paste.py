"""The model's picture goes back into the full-size portrait."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.framing.changes import REDUCED, Changes
from a1sdk_dit.framing.detail import Carried, Detail
from a1sdk_dit.framing.resampling import Floats, Picture, Pixels, reduced, smoothstep
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
        rate: pictures per second of the film.
    """

    def __init__(
        self,
        portrait: Pixels,
        window: Window,
        landmarks: npt.NDArray[Any],
        feather: float,
        rate: Fraction,
    ) -> None:
        self._portrait, self._window = portrait, window
        person = 1.0 - smoothstep(0.75, 1.05, window.from_person(landmarks))
        self._changes = Changes(window.take(portrait), person, rate)
        coarser = window.height > window.model[1]
        self._detail = Detail(portrait, window, landmarks) if coarser else None
        self._sides = reduced(window.from_sides(feather), REDUCED)

    def __call__(self, picture: Picture, landmarks: Floats) -> Pixels:
        """Return the portrait, fresh, with the model's picture in it.

        Args:
            picture: as the model drew it.
            landmarks: of the face in it, [478, 3], pixels of that.
        """
        whole = self._portrait.copy()
        region = whole[self._window.seen]
        share = self._window.spread(self._changes(picture) * self._sides, cv2.INTER_LINEAR)
        detail = None if self._detail is None else self._detail(picture, landmarks)
        if whole.dtype == np.uint16:
            picture = picture * np.uint16(257)
        _lay_over(region, self._window.spread(picture, cv2.INTER_CUBIC), detail, share)
        return whole


def _lay_over(below: Pixels, above: Pixels, detail: Carried | None, share: Floats) -> None:
    """Lay `above` with its detail over `below`, in place, with its share [height, width], 0..1."""
    for start in range(0, len(share), _BAND):
        band = share[start : start + _BAND]
        used = np.flatnonzero(band.max(0))
        if used.size:
            part = slice(start, start + _BAND), slice(int(used[0]), int(used[-1]) + 1)
            drawn = above[part] if detail is None else _detailed(above[part], detail.part(*part))
            below[part] = _mixed(below[part], drawn, share[part])


def _detailed(pixels: Pixels, levels: Floats) -> Pixels:
    """Return pixels with levels of 8 bits [height, width] added to all channels."""
    if pixels.dtype == np.uint16:
        levels = levels * np.float32(257)
    depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U
    return np.asarray(cv2.add(pixels, cv2.merge([levels] * 3), dtype=depth))


def _mixed(below: Pixels, above: Pixels, share: Floats) -> Pixels:
    if below.dtype == np.uint8:
        return cv2.blendLinear(above, below, share, 1.0 - share)
    ground = below.astype(np.float32)
    ground += (above - ground) * share[..., None]
    return np.asarray(np.rint(ground), below.dtype)
