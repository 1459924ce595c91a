"""Is it steady: the jitter of the face, the drift and the flicker of colours."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from a1sdk.motion.landmarks import BROWS, EYES, LIDS, LIPS, STABLE, flat
from a1sdk.motion.regions import point_weights
from a1sdk.qc.color import delta_e_2000, lab
from a1sdk.qc.measures.base import NAN, FaceMeasure, Looked, Measure, Run, Track
from a1sdk.qc.sight import FaceSight, Sight, at_landmarks
from a1sdk.qc.signals import JITTER, windowed_median

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.qc.measures.base import Values
    from a1sdk.qc.model import Limit
    from a1sdk.qc.sight import Levels, Reference, Scene

    Doubles = npt.NDArray[np.float64]

_STABLE = np.array(STABLE)
_FEWEST_CELLS = 16  # of the picture, for its colour to be told
_MESH = 468  # landmarks that are not of the irises
_UNKNOWN = np.full(3, NAN)
_WINDOW = 9  # measured frames that jitter is the median of
_TELLS = 0.3  # pixels that a head may tremble by, and it is the tracker's own noise
_TELLS_OF_POINTS = 0.5  # pixels that its points may tremble by against each other
_FAILS = 1.5  # times as much: what is then the least that may fail


class Jitter(FaceMeasure):
    """How much more the head trembles as a whole than it was asked to.

    The third difference of four pictures in which the face was looked for, over the square root
    of 20, of the points that expression hardly moves: for noise that is independent from picture to
    picture this is its standard deviation, see `a1sdk.motion.jitter`. Of the picture's landmarks
    less those asked for, so that the driver's own movement, jitter included, does not count. The
    mean over the points first, because trackers' noise differs from point to point; then the root
    mean square of both axes, and of nine such values around a frame the median, so that a blink is
    none: 0.83 of the deviation along each axis.

    A tracker's noise is one of pixels, up to 0.24 of faces 50 pixels wide, so that the smaller a
    face is the larger a share of it is noise: limits are no lower than 0.3 pixels.
    """

    name = "jitter"
    label = "Jitter"
    about = (
        "How the head trembles as a whole around the motion asked for, in per cent of the distance"
        " of the outer eye corners: third difference of its landmarks' mean, median of nine frames."
    )
    unit = "% of the eye distance"
    needs_face = True

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self._past: deque[tuple[Doubles, Doubles]] = deque(maxlen=len(JITTER))
        self._track = Track(3)

    def see(self, sight: FaceSight) -> None:
        """Take in the next frame."""
        self._track.add(*(self._trembling(sight) if sight.looked else (NAN, NAN, NAN)))

    def _trembling(self, sight: FaceSight) -> tuple[float, float, float]:
        """Of the seen less the asked: as a whole, and of the points beside that; of the asked."""
        if sight.seen is None:
            self._past.clear()
            return NAN, NAN, NAN
        seen = sight.seen.landmarks[_STABLE, :2].astype(np.float64)
        asked = np.zeros_like(seen)
        if sight.asked is not None:
            asked = sight.asked.landmarks[_STABLE, :2].astype(np.float64)
        self._past.append((seen - asked, asked))
        if len(self._past) < len(JITTER):
            return NAN, NAN, NAN
        scale = self.reference.pose.scale / 100
        sides = (np.stack(side) for side in zip(*self._past, strict=True))
        rough, own = (np.tensordot(JITTER, side, 1) / scale for side in sides)
        whole = rough.mean(axis=0)
        return _size(whole), _size(rough - whole), _size(own.mean(axis=0))

    @property
    def reach(self) -> int:
        """How many frames before and after it a value is also of."""
        return _WINDOW + len(JITTER)

    def limit(self, usual: Limit) -> Limit:
        """Return the limit that values can be held to, given the usual one."""
        return self.at_least(usual, _TELLS)

    def at_least(self, usual: Limit, pixels: float) -> Limit:
        """Return a limit that is no lower than so many pixels."""
        least = 100 * pixels / self.reference.pose.scale
        warn = None if usual.warn is None else max(usual.warn, least)
        fail = None if usual.fail is None else max(usual.fail, _FAILS * least)
        return usual.model_copy(update={"warn": warn, "fail": fail})

    def values(self) -> Values:
        """Return the values of all frames."""
        return self._median(0)

    def asked(self) -> Values:
        """Return the same quantity in the motion that was asked for."""
        return self._median(2)

    def wobble(self) -> Values:
        """Return how the points tremble beside the head as a whole."""
        return self._median(1)

    def _median(self, column: int) -> Values:
        return windowed_median(self._track.values()[:, column], _WINDOW)

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the head trembles by {run.value:.1f} % of the eye distance."


class Wobble(FaceMeasure):
    """How much the points of the head tremble against each other, as `Jitter` measures it."""

    name = "wobble"
    label = "Wobble"
    about = (
        "How the head's landmarks tremble against each other, in per cent of the distance of the"
        " outer eye corners: root mean square of their third difference less its mean."
    )
    unit = "% of the eye distance"
    needs_face = True

    def __init__(self, reference: Reference, jitter: Jitter) -> None:
        super().__init__(reference)
        self._jitter = jitter

    @property
    def reach(self) -> int:
        """How many frames before and after it a value is also of."""
        return self._jitter.reach

    def limit(self, usual: Limit) -> Limit:
        """Return the limit that values can be held to, given the usual one."""
        return self._jitter.at_least(usual, _TELLS_OF_POINTS)

    def see(self, sight: FaceSight) -> None:
        """Nothing: the jitter sees it."""

    def values(self) -> Values:
        """Return the values of all frames."""
        return self._jitter.wobble()

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the face wobbles by {run.value:.1f} % of the eye distance."


class _Drift(Measure[Looked]):
    """CIEDE2000 difference of a mean colour and the portrait's; keeps the colour of each frame."""

    where: ClassVar[str]
    unit = "Delta E 2000"

    def __init__(self) -> None:
        super().__init__()
        self._track = Track(3)
        self._own = Track(3)

    def see(self, sight: Looked) -> None:
        """Take in the next frame."""
        color, own = self.colors_of(sight)
        self._track.add(*color)
        self._own.add(*own)

    @abstractmethod
    def colors_of(self, sight: Looked) -> tuple[Doubles, Doubles]:
        """Return Lab colours: of the frame, and of the reference in the same place."""

    def colors(self) -> Doubles:
        """Return the colours of all frames, Lab [T, 3]; not a number where there is none."""
        return self._track.values()

    def values(self) -> Values:
        """Return the values of all frames."""
        return delta_e_2000(self.colors(), self._own.values())

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        off = f"off by a Delta E of {run.value:.1f}"
        return f"{run.frames} the colour of the {self.where} is {off}."


class FaceColor(_Drift[FaceSight]):
    """Of the mean colour at the landmarks of cheeks, nose and forehead. See `_Drift`."""

    name = "color_face"
    label = "Colour drift, face"
    about = (
        "CIEDE2000 difference (CIE 142-2001; Sharma et al. 2005) of the mean colour at the skin's"
        " landmarks from the portrait's."
    )
    where = "face"

    def __init__(self, reference: Reference) -> None:
        super().__init__()
        self.reference = reference

    @cached_property
    def _points(self) -> npt.NDArray[np.intp]:
        bare = point_weights("jaw")[:_MESH] <= 0.5
        bare[[p for p in {*EYES, *LIDS, *LIPS, *flat(BROWS)} if p < _MESH]] = False
        return np.flatnonzero(bare)

    @cached_property
    def _portraits(self) -> Doubles:
        return self._skin(self.reference.pixels, self.reference.landmarks)

    def colors_of(self, sight: FaceSight) -> tuple[Doubles, Doubles]:
        """Return Lab colours: of the frame, and of the reference in the same place."""
        if sight.place is None:
            return _UNKNOWN, _UNKNOWN
        return self._skin(sight.pixels, sight.place), self._portraits

    def _skin(self, pixels: Levels, landmarks: Floats) -> Doubles:
        here = at_landmarks(pixels, landmarks[self._points], self.reference.pose.scale)
        here = here[np.isfinite(here[:, 0])]
        return np.asarray(lab(here).mean(axis=0)) if len(here) else _UNKNOWN


class OutsideColor(_Drift[Sight]):
    """Of the cells outside faces and hair: the scene's mean, moved by the median change.

    The median, because hair and shoulders move. See `_Drift`.
    """

    name = "color_outside"
    label = "Colour drift, background"
    about = (
        "CIEDE2000 difference (CIE 142-2001; Sharma et al. 2005) that the median of the cells"
        " outside face and hair has from the portrait's."
    )
    where = "background"

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene

    def colors_of(self, sight: Sight) -> tuple[Doubles, Doubles]:
        """Return Lab colours: of the frame, and of the reference in the same place."""
        outside = sight.outside
        if np.count_nonzero(outside) < _FEWEST_CELLS:
            return _UNKNOWN, _UNKNOWN
        changes = (sight.cells - self.scene.cells)[outside]
        return self._mean + np.median(changes, axis=0), self._mean

    @cached_property
    def _mean(self) -> Doubles:
        return np.asarray(self.scene.cells.mean(axis=(0, 1)))


class _Flicker(Measure[Looked]):
    """By how much a frame's mean colour stands out from those around it, CIEDE2000.

    From those on both sides: the least of the differences from the frame before, from the next,
    and from the mean of the two. And, for what lasts two frames, from the median of five. So that
    light that changes, at once or by and by, is none.
    """

    unit = "Delta E 2000"

    def __init__(self, drift: _Drift[Looked]) -> None:
        super().__init__()
        self._drift = drift

    def see(self, sight: Looked) -> None:
        """Nothing: the drift sees it."""

    def values(self) -> Values:
        """Return the values of all frames."""
        colors = self._drift.colors()
        found = np.full(len(colors), NAN)
        if len(colors) > 2:
            before, here, after = colors[:-2], colors[1:-1], colors[2:]
            beside = (delta_e_2000(here, one) for one in (before, after, (before + after) / 2))
            found[1:-1] = np.min(list(beside), axis=0)
        if len(colors) > 4:
            usual = np.median(sliding_window_view(colors, 5, axis=0), axis=-1)
            found[2:-2] = np.fmax(found[2:-2], delta_e_2000(colors[2:-2], usual))
        return found

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the {self._drift.where} flickers by a Delta E of {run.value:.1f}."


class FaceFlicker(_Flicker[FaceSight]):
    """See `_Flicker`."""

    name = "flicker_face"
    label = "Flicker, face"
    about = (
        "CIEDE2000 difference by which the face's mean colour stands out from the frames before and"
        " after it."
    )


class OutsideFlicker(_Flicker[Sight]):
    """See `_Flicker`."""

    name = "flicker_outside"
    label = "Flicker, background"
    about = (
        "CIEDE2000 difference by which the background's median colour stands out from the frames"
        " before and after it."
    )


def _size(vectors: Doubles) -> float:
    """Root mean square over all components."""
    return float(np.sqrt(np.square(vectors).mean()))
