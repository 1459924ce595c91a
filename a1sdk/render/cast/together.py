"""Put the faces of one picture together, each drawn by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import VideoFrame

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import FaceObservation, Floats, Pixels

_SHARPNESS = 20.0  # per half a face: from one face's to the other's it takes about a third of that
_PURE = 1e-3  # a share below which nothing of it is seen
_BAND = 128  # rows worked on at a time
_AROUND = 1.35  # a head is larger than the box of its landmarks


class Together:
    """Takes of each picture what lies around its own face.

    Every pixel belongs to the face that it is nearest to, measured in sizes of that face, with a
    soft passage half way between two. So a picture in which one face moved gives that face with
    all that moved along with it, and where nobody moved anything there is the portrait as it was,
    bit for bit, since all pictures agree on it. The shares are those of the faces at rest, which
    keeps them still, and no memory is taken but for one number a pixel.

    Args:
        faces: the faces that perform, in the order of the pictures.
        size: width and height.
    """

    def __init__(self, faces: Sequence[FaceObservation], size: tuple[int, int]) -> None:
        owner, soft, shares = [], [], []
        width, height = size
        for top in range(0, height, _BAND):
            band = _shares(faces, width, range(top, min(height, top + _BAND)))
            best = band.argmax(0).astype(np.uint8)
            mixed = np.flatnonzero(band.max(0) < 1 - _PURE)
            owner.append(best)
            soft.append(mixed + top * width)
            shares.append(band[:, mixed])
        self._runs = list(_runs(np.concatenate(owner)))
        self._soft = np.concatenate(soft)
        self._shares = np.concatenate(shares, axis=1)

    def picture(self, pictures: Sequence[Pixels]) -> Pixels:
        """Return one picture of several, one for each face, of one shape and depth."""
        channels = pictures[0].shape[2]
        flat = [one.reshape(-1, channels) for one in pictures]
        out = flat[0].copy()
        for number, start, stop in self._runs:
            out[start:stop] = flat[number][start:stop]
        out[self._soft] = self._mixed([one[self._soft] for one in flat])
        return out.reshape(pictures[0].shape)

    def _mixed(self, pieces: Sequence[Pixels]) -> Pixels:
        """Mix pixels [n, channels] by their shares, colours by how opaque they are."""
        values = np.stack(pieces).astype(np.float32)
        weights = self._shares[..., None]
        if values.shape[2] == 3:
            mixed = (values * weights).sum(0)
        else:
            opaque = values[..., 3:] * weights
            alpha = opaque.sum(0)
            colors = (values[..., :3] * opaque).sum(0) / np.maximum(alpha, 1e-3)
            mixed = np.concatenate([colors, alpha], axis=1)
        agreed = (values == values[0]).all(0)
        rounded = (mixed + np.float32(0.5)).astype(pieces[0].dtype)
        return np.where(agreed, pieces[0], rounded)


def together(streams: Sequence[Iterator[VideoFrame]], join: Together) -> Iterator[VideoFrame]:
    """Yield the pictures of several faces as one, in lock step."""
    for frames in zip(*streams, strict=True):
        pixels = join.picture([frame.pixels for frame in frames])
        pixels.setflags(write=False)
        yield VideoFrame(frames[0].pts, pixels)


def _runs(owner: npt.NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """Yield the pixels that belong to another face than the first: its number, start and stop."""
    edges = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), len(owner)]
    for start, stop in pairwise(edges):
        if owner[start]:
            yield int(owner[start]), start, stop


def _shares(faces: Sequence[FaceObservation], width: int, rows: range) -> Floats:
    """How much of each pixel of some rows is each face's, float32 [faces, rows x width]."""
    y, x = np.mgrid[rows.start : rows.stop, 0:width].reshape(2, -1).astype(np.float32) + 0.5
    away = np.stack([_distance(face, x, y) for face in faces])
    shares = np.exp(-_SHARPNESS * (away - away.min(0)))
    return np.asarray(shares / shares.sum(0), np.float32)


def _distance(face: FaceObservation, x: Floats, y: Floats) -> Floats:
    """Distance of pixels from a face, in half its size."""
    half = face.size / 2 * _AROUND
    across, down = (x - face.center[0]) / half, (y - face.center[1]) / half
    return np.asarray(np.hypot(across, down), np.float32)
