"""Put the faces of one picture together, each drawn by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from a1sdk.components.data import VideoFrame
from a1sdk.render.cast.heads import Head

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import FaceObservation, Floats, Pixels, TargetFrame

    Weights = npt.NDArray[np.float32]

_FINE = 24  # pictures are compared at so many places along a face
_CELL = 2  # places along a cell; shares are known at the corners of cells, and linear between
_RIM = (0.95, 1.2)  # from here to there a face passes into what is around it
_SHARPNESS = 8.0  # per half a head: how quickly the share of a farther head goes down
_NOTHING = 2.0  # a change of colour, of 255, that hardly counts
_PURE = 1e-3  # a share below which nothing of it is seen


class Together:
    """Takes of each picture what its own face has to do with.

    - Where a face is now, its own picture is taken; of two in one place, that of the larger, which
      is the nearer to the camera. Faces that do not perform are the portrait's, whatever
      the renderer did to them on the way.
    - Around faces, pictures count by how much they changed the portrait there, and by how near
      their head is, or was before it moved, in sizes of that head. So what one alone moved, as its
      hair or the place that it has left, is taken from that one, and where several moved
      the same, one passes into the other between them. Around the heads of those who do not
      perform, it passes into the portrait.

    All of that follows the faces, from picture to picture, without a jump. Where nobody moved
    anything all pictures agree, and there is the portrait, bit for bit. No memory is taken but for
    a few numbers a cell, of which there are about twelve along a face.

    Args:
        portrait: the picture as it was.
        faces: the faces that perform, in the order of the pictures.
        others: the faces that do not.
    """

    def __init__(
        self,
        portrait: Pixels,
        faces: Sequence[FaceObservation],
        others: Sequence[FaceObservation] = (),
    ) -> None:
        self._portrait = portrait
        heads = [Head(face.landmarks) for face in faces]
        self._step = max(2, round(min(head.size for head in heads) / _FINE))
        self._cell = _CELL * self._step
        self._sampled = self._sample(portrait)
        rows, columns = (-(-length // self._cell) for length in portrait.shape[:2])
        self._x = np.arange(columns + 1, dtype=np.float32)[None] * self._cell
        self._y = np.arange(rows + 1, dtype=np.float32)[:, None] * self._cell
        self._rest = [head.distance(self._x, self._y) for head in heads]
        still = [Head(face.landmarks) for face in others if not _is_one_of(face, heads)]
        order = [(head.size, number) for number, head in enumerate(heads)]
        order += [(head.size, len(heads)) for head in still]
        self._front = sorted(range(len(order)), key=lambda one: -order[one][0])
        self._owner = [number for _, number in order]
        self._still = [head.face(self._x, self._y) for head in still]
        if still:
            self._beside = np.min([head.distance(self._x, self._y) for head in still], axis=0)

    def picture(self, pictures: Sequence[Pixels], landmarks: Sequence[Floats]) -> Pixels:
        """Return one picture of several, one for each face, of one shape and depth.

        Args:
            pictures: in each, one face performs.
            landmarks: where that face is in it, [478, 3], pixels.
        """
        out = pictures[0].copy()
        changes = np.stack([self._change(one) for one in pictures])
        moved = changes.max(0) > 0
        if not moved.any():
            return out
        area = _around(moved)
        shares = self._shares(changes[:, *area], landmarks, area)
        owners = _owners(shares, moved[area])
        sources = [*pictures, self._portrait][: len(shares)]
        top, left = area[0].start, area[1].start
        for run in _runs(owners):
            place = self._place(top + run.row, slice(left + run.start, left + run.stop))
            out[place] = sources[run.owner][place]
        rows, columns = np.nonzero(owners < 0)
        if len(rows):
            self._mix(out, sources, _corners(shares, rows, columns), rows + top, columns + left)
        return out

    def _sample(self, pixels: Pixels) -> Pixels:
        """Some of the pixels, [rows, columns x channels]."""
        sampled = pixels[:: self._step, :: self._step]
        return sampled.reshape(len(sampled), -1)

    def _change(self, picture: Pixels) -> Weights:
        """How much a picture differs from the portrait around each corner, of 255, smoothly."""
        now, before = self._sample(picture), self._sampled
        apart = np.maximum(now, before) - np.minimum(now, before)
        channels = picture.shape[2]
        cells = np.add.reduceat(apart, _starts(apart, 0, _CELL), axis=0, dtype=np.float32)
        cells = np.add.reduceat(cells, _starts(cells, 1, _CELL * channels), axis=1)
        cells *= 255 / (np.iinfo(picture.dtype).max * channels * _CELL**2)
        return _smooth(_smooth(cells, 0), 1)

    def _shares(
        self, changes: Weights, landmarks: Sequence[Floats], area: tuple[slice, slice]
    ) -> Weights:
        """How much of each corner of an area is each picture's; the portrait's are the last."""
        x, y = self._x[:, area[1]], self._y[area[0]]
        heads = [Head(points) for points in landmarks]
        near = [
            np.minimum(head.distance(x, y), rest[area])
            for head, rest in zip(heads, self._rest, strict=True)
        ]
        if self._still:  # around them the portrait counts as much as what changed it most
            near.append(self._beside[area])
            changes = np.concatenate([changes, changes.max(0)[None]])
        faces = [head.face(x, y) for head in heads] + [one[area] for one in self._still]
        shares = np.zeros((len(near), *near[0].shape), np.float32)
        left = np.ones(near[0].shape, np.float32)
        for one in self._front:
            here = left * _inside(faces[one])
            shares[self._owner[one]] += here
            left -= here
        claims = (changes + _NOTHING) * np.exp(_SHARPNESS * (np.min(near, axis=0) - near))
        return np.asarray(shares + left * claims / claims.sum(0), np.float32)

    def _place(self, row: int, columns: slice) -> tuple[slice, slice]:
        """The pixels of some cells of a row of them."""
        cell = self._cell
        across = slice(columns.start * cell, columns.stop * cell)
        return slice(row * cell, (row + 1) * cell), across

    def _mix(
        self,
        out: Pixels,
        sources: Sequence[Pixels],
        corners: Weights,
        rows: npt.NDArray[np.intp],
        columns: npt.NDArray[np.intp],
    ) -> None:
        """Mix the pixels of some cells of `out`.

        Args:
            out: is changed.
            sources: what is mixed.
            corners: the shares at the corners of each cell, [sources, cells, 4].
            rows: of the cells.
            columns: of the cells.
        """
        height, width, channels = out.shape
        down, across = np.divmod(np.arange(self._cell**2), self._cell)
        y = rows[:, None] * self._cell + down
        x = columns[:, None] * self._cell + across
        there = (y < height) & (x < width)  # the last cells may reach beyond the picture
        shares = (corners @ _between(self._cell))[:, there]
        pixels = (y * width + x)[there]
        pieces = [one.reshape(-1, channels)[pixels] for one in sources]
        out.reshape(-1, channels)[pixels] = _mixed(pieces, shares)


class Remembered:
    """The targets of one face, remembered until their pictures are drawn."""

    def __init__(self, targets: Iterable[TargetFrame]) -> None:
        self._targets = targets
        self._waiting: deque[Floats] = deque()

    def targets(self) -> Iterator[TargetFrame]:
        """Yield the targets."""
        for target in self._targets:
            self._waiting.append(target.landmarks)
            yield target

    def placed(self, pictures: Iterable[VideoFrame]) -> Iterator[Placed]:
        """Yield pictures, one per target, with where the face is in them."""
        for picture in pictures:
            yield Placed(picture, self._waiting.popleft())


class Placed(NamedTuple):
    """A picture in which one face performs, and where that is in it."""

    frame: VideoFrame
    landmarks: Floats


def together(drawn: Iterable[Sequence[Placed]], join: Together) -> Iterator[VideoFrame]:
    """Yield the pictures of several faces as one."""
    for frames in drawn:
        pixels = join.picture(
            [one.frame.pixels for one in frames], [one.landmarks for one in frames]
        )
        pixels.setflags(write=False)
        yield VideoFrame(frames[0].frame.pts, pixels)


class _Run(NamedTuple):
    """Cells of a row, from `start` to before `stop`, that are all one's."""

    owner: int
    row: int
    start: int
    stop: int


def _is_one_of(face: FaceObservation, heads: Sequence[Head]) -> bool:
    """Whether a face lies in one that performs: trackers may find a face twice."""
    x, y = np.array(face.center, np.float32)[:, None]
    return any(bool(head.face(x, y)[0] < 1) for head in heads)


def _inside(distance: Floats) -> Weights:
    """1 inside of a face and 0 outside, with a soft rim."""
    low, high = _RIM
    share = np.clip((high - distance) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _starts(values: npt.NDArray[np.generic], axis: int, every: int) -> npt.NDArray[np.intp]:
    return np.arange(0, values.shape[axis], every)


def _smooth(values: Floats, axis: int) -> Weights:
    """The means, at the edges between cells, of the four cells next to them."""
    length = values.shape[axis]
    edge = [(2, 2) if one == axis else (0, 0) for one in range(values.ndim)]
    padded = np.moveaxis(np.pad(values, edge, mode="edge"), axis, 0)
    means = np.mean([padded[shift : shift + length + 1] for shift in range(4)], axis=0)
    return np.asarray(np.moveaxis(means, 0, axis), np.float32)


def _around(moved: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest part of the corners that has all that are true, and a cell at least."""
    found = []
    for axis in (1, 0):
        places = np.flatnonzero(moved.any(axis))
        last = moved.shape[1 - axis] - 1
        first, stop = max(0, places[0] - 1), min(last, places[-1] + 1) + 1
        found.append(slice(int(first), int(stop)))
    return found[0], found[1]


def _owners(shares: Weights, moved: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Whose each cell is; -1 where several have a share, 0 where all pictures are alike."""
    pure = shares.max(0) > 1 - _PURE
    corner = np.where(pure, shares.argmax(0), -1)
    one, *others = _four(corner)
    owners = np.where(np.logical_and.reduce([one == other for other in others]), one, -1)
    owners[~np.logical_or.reduce(_four(moved))] = 0
    return owners


def _runs(owners: npt.NDArray[np.intp]) -> Iterator[_Run]:
    """Yield the cells that belong to another picture than the first."""
    for number, row in enumerate(owners):
        edges = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
        for start, stop in pairwise(edges):
            if row[start] > 0:
                yield _Run(int(row[start]), number, start, stop)


def _four(corners: npt.NDArray[np.generic]) -> list[npt.NDArray[np.generic]]:
    """The values at the four corners of each cell, by row and column."""
    return [corners[..., y : y - 1 or None, x : x - 1 or None] for y in (0, 1) for x in (0, 1)]


def _corners(shares: Weights, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> Weights:
    """The shares at the corners of some cells, [pictures, cells, 4]."""
    return np.stack([shares[:, rows + y, columns + x] for y in (0, 1) for x in (0, 1)], axis=-1)


def _between(cell: int) -> Weights:
    """How much each corner of a cell has to do with each of its pixels, [4, cell x cell]."""
    later = (np.arange(cell, dtype=np.float32) + np.float32(0.5)) / cell
    both = (1 - later, later)
    return np.stack([np.outer(down, across).ravel() for down in both for across in both])


def _mixed(pieces: Sequence[Pixels], shares: Weights) -> Pixels:
    """Mix pixels [n, channels] by their shares, colours by how opaque they are."""
    values = np.stack(pieces).astype(np.float32)
    weights = shares[..., None]
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
