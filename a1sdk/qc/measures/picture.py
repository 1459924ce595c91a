"""Is the picture whole: sharp, moving, lit, made of numbers, with a face in it."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.media.sampling import GRID, cell_levels, spread
from a1sdk.qc.measures.base import NAN, FaceMeasure, Looked, Measure, PictureMeasure, Run
from a1sdk.qc.sight import FaceSight, Sight, around

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.qc.measures.base import Values
    from a1sdk.qc.sight import Levels, Reference, Scene

_LINES = 96  # of a face, that its sharpness is read along, each way
_SAME = 0.12  # levels; what two encodings of one picture differ by is less
_MOVED = 0.25  # mean pixels that landmarks were asked to move since the picture last changed
_PARTS = 8  # of a face, along each side
_GREEN = 1
_DARK = 32.0  # levels; a picture that is no brighter has nothing that another one could be beside


class Sharpness(FaceMeasure):
    """How sharp the face is beside the portrait's.

    The sum of the absolute second differences along rows and columns (the modified Laplacian of
    Nayar and Nakagawa, "Shape from focus", IEEE TPAMI 16, 1994), the mean over lines through the
    box of the face, green only, divided by the portrait's.
    """

    name = "sharpness"
    label = "Sharpness"
    about = (
        "Mean modified Laplacian (Nayar and Nakagawa 1994) in the box of the face, beside the"
        " portrait's, which has 1."
    )
    bad = "below"

    @cached_property
    def _own(self) -> float:
        return _detail(self.reference.pixels, self.reference.landmarks)

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        if sight.place is None or self._own <= 0:
            return NAN
        return _detail(sight.pixels, sight.place) / self._own

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        share = f"{100 * run.value:.0f} %"
        source = self.reference.source
        return f"{run.frames} the face is soft: {share} of the detail of {source} is left."


class _Repeats(Measure[Looked]):
    """How many frames something in the picture has been the same, though motion was asked for.

    Pixels are the same where their mean absolute difference is under 0.12 of 255 levels.
    """

    unit = "frames"

    def __init__(self) -> None:
        super().__init__()
        self._before: list[Levels] | None = None
        self._shown: tuple[Floats, ...] = ()
        self._count = 0
        self._known = False  # whether the motion that was asked for is

    def value(self, sight: Looked) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        here, asked = self.pixels_of(sight), self.asked_of(sight)
        before, self._before = self._before, here
        self._known = self._known or bool(asked)
        if before is None or not _alike(before, here):
            self._count, self._shown = 0, asked
        elif not asked or self._moved(asked):
            self._count += 1
        return float(self._count)

    def _moved(self, asked: tuple[Floats, ...]) -> bool:
        """Whether a face was asked to move since the pixels last changed, or repeats already."""
        if len(self._shown) < len(asked) or self._count:
            return True
        pairs = zip(asked, self._shown, strict=True)
        return any(np.abs(now[:, :2] - then[:, :2]).mean() >= _MOVED for now, then in pairs)

    @abstractmethod
    def pixels_of(self, sight: Looked) -> list[Levels]:
        """Return what is to change: pixels of the whole picture, or of a part of it."""

    @abstractmethod
    def asked_of(self, sight: Looked) -> tuple[Floats, ...]:
        """Return the landmarks that are asked for, as far as they are known."""


class Repeated(_Repeats[Sight]):
    """Of the whole picture, and in it of the boxes of the faces. See `_Repeats`.

    Where the motion is not known, repeats count that last for half a second: others animate on
    twos, and hold pictures on purpose.
    """

    name = "repeated"
    label = "Repeated frames"
    about = (
        "How many frames in a row repeat the picture before, though a face was asked to move;"
        " 0 where the picture changed."
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene

    def pixels_of(self, sight: Sight) -> list[Levels]:
        """Return pixels of the whole picture, and of the faces' places when at rest."""
        boxes = (around(landmarks, sight.pixels) for landmarks in self.scene.homes)
        return [sight.points, *(spread(sight.pixels, box) for box in boxes)]

    def asked_of(self, sight: Sight) -> tuple[Floats, ...]:
        """Return the landmarks that are asked for of all faces, as far as they are known."""
        return tuple(face.asked.landmarks for face in sight.faces if face.asked is not None)

    def values(self) -> Values:
        """Return the values of all frames of the shot."""
        counts = super().values()
        if self._known or not len(counts):
            return counts
        ends = np.append(np.flatnonzero(counts[1:] == 0), len(counts) - 1)
        for end in ends.tolist():
            if counts[end] < self.scene.rate / 2:
                counts[end + 1 - int(counts[end]) : end + 1] = 0
        return counts

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        why = ", though a face should move" if self._known else ""
        if run.count == 1:
            return f"Frame {run.first} repeats the one before{why}."
        return f"{run.frames} the picture stands still{why}."


class FaceRepeated(_Repeats[FaceSight]):
    """Of the box of one face among several, which may stand still while others move.

    Only where its motion is known. See `_Repeats`.
    """

    name = "face_repeated"
    label = "Repeated face"
    about = (
        "How many frames in a row the face is the same as in the picture before, pixel for pixel,"
        " though it was asked to move; 0 where it changed."
    )

    def __init__(self, reference: Reference) -> None:
        super().__init__()
        self._home = reference.landmarks

    def pixels_of(self, sight: FaceSight) -> list[Levels]:
        """Return pixels of the face's place when at rest."""
        return [spread(sight.pixels, around(self._home, sight.pixels))]

    def asked_of(self, sight: FaceSight) -> tuple[Floats, ...]:
        """Return the landmarks that are asked for, as far as they are known."""
        return () if sight.asked is None else (sight.asked.landmarks,)

    def values(self) -> Values:
        """Return the values of all frames of the shot."""
        counts = super().values()
        return counts if self._known else np.full(len(counts), NAN)

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        if run.count == 1:
            return f"In frame {run.first} the face is that of the frame before."
        return f"{run.frames} the face stands still, though it should move."


class OthersMove(PictureMeasure):
    """By how much a part of a face that does not perform differs from the portrait.

    The face's box has 8 x 8 parts; of each the mean level is compared, less the median change of
    all, which is of the light. The largest difference of all such faces counts. Parts that a head
    that performs is before, or was, may change.
    """

    name = "others_move"
    label = "Other faces move"
    about = (
        "Largest change of the mean level of one of 8 x 8 parts of a face that does not perform,"
        " less the median change of all."
    )
    unit = "levels"

    def value(self, sight: Sight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        changes = (
            (_parts(sight.pixels, place) - own)[_clear(around(place, sight.pixels), sight.heads)]
            for place, own in self._own
        )
        most = (float(np.abs(one - np.median(one)).max()) for one in changes if one.size)
        return max(most, default=NAN)

    @cached_property
    def _own(self) -> list[tuple[Floats, npt.NDArray[np.float64]]]:
        return [(place, _parts(self.scene.pixels, place)) for place in self.scene.others]

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} a face moves that does not perform, by up to {run.value:.0f} levels."


class Brightness(PictureMeasure):
    """How bright the brightest part of the picture is, beside the reference's.

    The 99th percentile of the levels at 128 x 128 points. Beside a reference that is dark itself,
    as the first picture of a fade is, all would be bright: it counts as 32 levels at least.
    """

    name = "brightness"
    label = "Brightness"
    about = (
        "The level that one hundredth of the picture exceeds, divided by the portrait's, or by 32"
        " of 255 where that is darker; 0 is black."
    )
    bad = "below"

    @cached_property
    def _own(self) -> float:
        return max(_DARK, _bright(self.scene.points))

    def value(self, sight: Sight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        return _bright(sight.points) / self._own

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the picture is black, or close to it."


class Broken(PictureMeasure):
    """Share of the values in the picture, or in the motion asked for, that are no numbers."""

    name = "not_numbers"
    label = "Not numbers"
    about = "Share of the picture's values, or of the motion's, that are infinite or no numbers."

    def value(self, sight: Sight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        return sight.broken

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} values are infinite or no numbers."


class Resized(PictureMeasure):
    """1 where a picture was stored in another size than the first of the film."""

    name = "resized"
    label = "Size changes"
    about = (
        "1 where the picture is stored in another size than the first of the film, to which it is"
        " scaled."
    )

    def value(self, sight: Sight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        return float(sight.resized)

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the pictures have another size than those the film begins with."


class FaceLost(FaceMeasure):
    """1 where a face was looked for and none was found near where it has to be.

    Where it is not known what is asked of it, it cannot be lost before it was there: that it
    comes is no loss.
    """

    name = "face_lost"
    label = "Face lost"
    about = "1 where the tracker finds no face in the place where one has to be."
    needs_face = True

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self._asked = False

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        self._asked = self._asked or sight.asked is not None
        return float(sight.seen is None) if sight.looked else NAN

    def values(self) -> Values:
        """Return the values of all frames of the shot."""
        lost = super().values()
        there = np.flatnonzero(lost == 0)
        if not self._asked and len(there):
            lost[: there[0]] = NAN
        return lost

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} no face can be found."


def _detail(pixels: Levels, landmarks: Floats) -> float:
    top, bottom, left, right = around(landmarks, pixels)
    face = pixels[top:bottom, left:right, _GREEN]
    across, down = (_bends(lines) for lines in (face, face.T))
    return across + down


def _bends(lines: npt.NDArray[np.uint8]) -> float:
    """Mean absolute second difference along some of the lines of a picture [lines, pixels]."""
    taken = lines[:: max(1, len(lines) // _LINES)].astype(np.int16)
    if taken.shape[1] < 3:
        return 0.0
    return float(np.abs(2 * taken[:, 1:-1] - taken[:, :-2] - taken[:, 2:]).mean())


def _alike(first: list[Levels], second: list[Levels]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(np.abs(one.astype(np.int16) - other).mean() < _SAME for one, other in pairs)


def _parts(pixels: Levels, landmarks: Floats) -> npt.NDArray[np.float64]:
    """Mean levels of the parts of a face's box, [8, 8]."""
    levels = cell_levels(spread(pixels, around(landmarks, pixels))).mean(axis=2)
    size = GRID // _PARTS
    return np.asarray(levels.reshape(_PARTS, size, _PARTS, size).mean(axis=(1, 3)))


def _clear(
    box: tuple[int, int, int, int], heads: Sequence[tuple[int, int, int, int]]
) -> npt.NDArray[np.bool_]:
    """Which parts of a box have their middle in no head, [8, 8]; top, bottom, left, right."""
    top, bottom, left, right = box
    step = (np.arange(_PARTS) + 0.5) / _PARTS
    y, x = (top + step * (bottom - top))[:, None], (left + step * (right - left))[None]
    clear = np.ones((_PARTS, _PARTS), bool)
    for upper, lower, first, last in heads:
        clear &= ~((y > upper) & (y < lower) & (x > first) & (x < last))
    return clear


def _bright(points: Levels) -> float:
    green = points[:, :, _GREEN].ravel()
    place = int(0.99 * len(green))
    return float(np.partition(green, place)[place])
