"""The portrait's fine detail, for which the model's picture has too few pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_dit.framing.resampling import Floats, Picture, Pixels, smoothstep
from a1sdk_dit.framing.window import Window
from a1sdk_dit.interpolation.matching import Residual
from a1sdk_dit.interpolation.mesh import OUTER_CORNERS, FaceMesh, Plane
from a1sdk_dit.interpolation.surroundings import Head, extended

_COARSER = 3
"""Pixels of the model's picture per place at which movement is known."""

_SAME, _OTHER = 3.0, 10.0
"""Differences in levels up to which the model drew what the portrait shows, and from which not."""

_WIDTH = 2.0
"""Deviation over which pictures are compared, in places."""

_MOST = 40.0
"""Levels that detail is limited to."""


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """Detail at its places in one picture; all float32 [height, width] of what the window sees.

    Attributes:
        lost: the detail at rest, levels of 0..255.
        pixels: columns and rows of pixels.
        moves: how far from each pixel, in pixels, its detail is at rest: across and down.
        share: how much of it is to be there, 0..1.
    """

    lost: Floats
    pixels: Sequence[Floats]
    moves: tuple[Floats, Floats]
    share: Floats

    def part(self, rows: slice, columns: slice) -> Floats:
        """Return the levels to add to a part of the picture; small parts are faster."""
        here = rows, columns
        x, y = (cv2.add(a[here], b[here]) for a, b in zip(self.pixels, self.moves, strict=True))
        found = cv2.remap(self.lost, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.multiply(found, self.share[here]), np.float32)


class Detail:
    """Carries what the portrait has and the model's picture of it cannot show along with the face.

    Pores, hair, grain, weave or cracked paint: without them a person who was drawn with fewer
    pixels is soft among sharp surroundings. Detail goes where the landmarks take it, and from
    there where the drawn picture has what the portrait shows; where the two differ, as in an open
    mouth, there is none.

    Args:
        portrait: RGB of 8 or 16 bits.
        window: what the model sees of it.
        landmarks: of the face at rest, [478, 3], pixels of the portrait.
    """

    def __init__(self, portrait: Pixels, window: Window, landmarks: npt.NDArray[Any]) -> None:
        self._window = window
        self._neutral = window.to_model(landmarks)
        self._mesh = FaceMesh(self._neutral)
        self._plane = Plane.over(*window.model, _COARSER)
        self._residual = Residual()
        reference = window.take(portrait)
        self._reference = self._small(reference)
        coarse = window.spread(cv2.cvtColor(reference, cv2.COLOR_RGB2GRAY), cv2.INTER_CUBIC)
        fine = _luma(portrait[window.seen])
        self._lost = np.clip(fine - coarse, -_MOST, _MOST).astype(np.float32)
        down, across = (np.arange(n, dtype=np.float32) for n in self._lost.shape)
        self._pixels = np.meshgrid(across, down)

    def __call__(self, picture: Picture, landmarks: Floats) -> Carried:
        """Return what to add to a picture of the model at the portrait's size.

        Args:
            picture: as the model drew it.
            landmarks: of the face in it, [478, 3], pixels of that.
        """
        small = self._small(picture)
        move = self._move(landmarks)
        left = self._residual.between(self._plane, self._plane.fetch(self._reference, move), small)
        move = self._plane.fetch(move, -left) - left
        apart = cv2.absdiff(self._plane.fetch(self._reference, move), small).astype(np.float32)
        share = 1 - smoothstep(_SAME, _OTHER, cv2.GaussianBlur(apart, (0, 0), _WIDTH))
        return self._carried(move, share)

    def _move(self, landmarks: Floats) -> Floats:
        """Return how far from each place its content is in the portrait at rest, in steps."""
        points = np.ascontiguousarray(landmarks[:, :2], np.float32)
        moves = (self._neutral[:, :2] - points) / self._plane.step
        spread, face = self._mesh.spread(self._plane, landmarks, moves)
        right, left = landmarks[list(OUTER_CORNERS)]
        head = Head(points, max(float(np.linalg.norm(left - right)), 1e-3))
        return extended(self._plane, head, moves, spread, face).moves

    def _carried(self, move: Floats, share: Floats) -> Carried:
        plane, window = self._plane, self._window
        across = move[..., 0] * np.float32(window.width / plane.width)
        down = move[..., 1] * np.float32(window.height / plane.height)
        x, y, much = (window.spread(each, cv2.INTER_LINEAR) for each in (across, down, share))
        return Carried(self._lost, self._pixels, (x, y), much)

    def _small(self, picture: Picture) -> npt.NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self._plane.shrink(picture), cv2.COLOR_RGB2GRAY))


def _luma(pixels: Pixels) -> Floats:
    """Return grey levels, 0..255."""
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return gray / np.float32(np.iinfo(pixels.dtype).max / 255)
