"""Is it steady: the jitter of the face, the drift and the flicker of colours."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from a1sdk.motion.landmarks import BROWS, EYES, LIDS, LIPS, STABLE, flat
from a1sdk.motion.regions import point_weights
from a1sdk.qc.color import delta_e_2000, lab
from a1sdk.qc.measures.base import NAN, Measure, Run, Track
from a1sdk.qc.sight import at_landmarks
from a1sdk.qc.signals import JITTER, windowed_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.qc.measures.base import Values
    from a1sdk.qc.sight import Levels, Reference, Sight

    Doubles = npt.NDArray[np.float64]

_STABLE = np.array(STABLE)
_FEWEST_CELLS = 16  # of the picture, for its colour to be told
_STARTS = 5  # frames whose mean colour stands for a portrait that is not there
_REACH = 4  # frames that jitter is averaged over on either side


class Jitter(Measure):
    """How much more the head's landmarks tremble than they were asked to.

    The third difference of four pictures in which the face was looked for, over the square root
    of 20, of the points that expression hardly moves: for noise that is independent from picture to
    picture this is its standard deviation, see `a1sdk.motion.jitter`. Of the picture's landmarks
    less those asked for, so that the driver's own movement, jitter included, does not count; root
    mean square over the points and over nine such values.
    """

    name = "jitter"
    label = "Jitter"
    about = (
        "Standard deviation, in pixels for an eye distance of 100, of how the head's landmarks"
        " tremble around the motion asked for: root mean square of their third difference."
    )
    unit = "% of the eye distance"
    needs_face = True

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self._past: deque[tuple[Doubles, Doubles]] = deque(maxlen=len(JITTER))
        self._asked = Track()

    def see(self, sight: Sight) -> None:
        """Take in the next frame."""
        values = (NAN, NAN)
        if sight.looked:
            values = self._trembling(sight)
        self._track.add(values[0])
        self._asked.add(values[1])

    def _trembling(self, sight: Sight) -> tuple[float, float]:
        """Mean square over points and both axes, of the seen less the asked and of the asked."""
        if sight.seen is None:
            self._past.clear()
            return NAN, NAN
        seen = sight.seen.landmarks[_STABLE, :2].astype(np.float64)
        asked = np.zeros_like(seen)
        if sight.asked is not None:
            asked = sight.asked.landmarks[_STABLE, :2].astype(np.float64)
        self._past.append((seen - asked, asked))
        if len(self._past) < len(JITTER):
            return NAN, NAN
        scale = self.reference.pose.scale / 100
        sides = (np.stack(side) for side in zip(*self._past, strict=True))
        rough, own = (np.square(np.tensordot(JITTER, side, 1) / scale).mean() for side in sides)
        return float(rough), float(own)

    def values(self) -> Values:
        """Return the values of all frames."""
        return _root_mean(self._track.values())

    def asked(self) -> Values:
        """Return the same quantity in the motion that was asked for."""
        return _root_mean(self._asked.values())

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the face trembles by {run.value:.1f} % of the eye distance."


class _Color(Measure):
    """Keeps a mean Lab colour for each frame."""

    where: ClassVar[str]
    unit = "Delta E 2000"

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self._track = Track(3)

    def see(self, sight: Sight) -> None:
        """Take in the next frame."""
        self._track.add(*self.color(sight))

    def color(self, sight: Sight) -> Doubles:
        """Return the mean colour of a frame, Lab; not a number where there is none."""
        raise NotImplementedError

    def colors(self) -> Doubles:
        """Return the colours of all frames, [T, 3]."""
        return self._track.values()


class _FaceColor(_Color):
    """Mean colour of the skin at the landmarks of cheeks, nose, forehead."""

    where = "face"

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        bare = np.ones(468, bool)
        bare[[p for p in {*EYES, *LIDS, *LIPS, *flat(BROWS)} if p < len(bare)]] = False
        rim = point_weights("jaw")[: len(bare)] > 0.5
        self._points = np.flatnonzero(bare & ~rim)

    def color(self, sight: Sight) -> Doubles:
        """Return the mean colour of a frame, Lab; not a number where there is none."""
        if sight.place is None or self.reference.landmarks is None:
            return np.full(3, NAN)
        return self.skin(sight.pixels, sight.place)

    def skin(self, pixels: Levels, landmarks: Floats) -> Doubles:
        """Return the mean colour of skin, Lab [3]."""
        here = at_landmarks(pixels, landmarks[self._points], self.reference.pose.scale)
        here = here[np.isfinite(here[:, 0])]
        return lab(here).mean(axis=0) if len(here) else np.full(3, NAN)

    def own(self) -> Doubles:
        """The portrait's colour; that of the first frames where there is no portrait."""
        if self.reference.is_portrait and self.reference.landmarks is not None:
            return self.skin(self.reference.pixels, self.reference.landmarks)
        return _first(self.colors())


class _OutsideColor(_Color):
    """Mean colour outside the face, and how the median cell there differs from the reference."""

    where = "surroundings"

    def color(self, sight: Sight) -> Doubles:
        """Return the mean colour of a frame, Lab; not a number where there is none."""
        outside = sight.outside
        if np.count_nonzero(outside) < _FEWEST_CELLS:
            return np.full(3, NAN)
        own = self.reference.cells[outside]
        return np.asarray(own.mean(axis=0) + np.median(sight.cells[outside] - own, axis=0))


class _Drift(_Color):
    """CIEDE2000 difference of a mean colour and the portrait's."""

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return (
            f"{run.frames} the colour of the {self.where} is off by a Delta E of {run.value:.1f}."
        )


class FaceColor(_FaceColor, _Drift):
    """See `_Drift`."""

    name = "color_face"
    label = "Colour drift, face"
    about = (
        "CIEDE2000 difference (CIE 142-2001; Sharma et al. 2005) of the mean colour at the skin's"
        " landmarks from the portrait's."
    )

    def values(self) -> Values:
        """Return the values of all frames."""
        return delta_e_2000(self.colors(), self.own())


class OutsideColor(_OutsideColor, _Drift):
    """See `_Drift`."""

    name = "color_outside"
    label = "Colour drift, surroundings"
    about = (
        "CIEDE2000 difference (CIE 142-2001; Sharma et al. 2005) that the median of the cells"
        " outside face and hair has from the portrait's."
    )

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self._own = Track(3)

    def see(self, sight: Sight) -> None:
        """Take in the next frame."""
        super().see(sight)
        outside = sight.outside
        few = np.count_nonzero(outside) < _FEWEST_CELLS
        self._own.add(*(np.full(3, NAN) if few else self.reference.cells[outside].mean(axis=0)))

    def values(self) -> Values:
        """Return the values of all frames."""
        return delta_e_2000(self.colors(), self._own.values())


class _Flicker(_Color):
    """CIEDE2000 difference of a frame's mean colour and the mean of the frames beside it."""

    def values(self) -> Values:
        """Return the values of all frames."""
        colors = self.colors()
        found = np.full(len(colors), NAN)
        if len(colors) > 2:
            found[1:-1] = delta_e_2000(colors[1:-1], (colors[:-2] + colors[2:]) / 2)
        return found

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the {self.where} flickers by a Delta E of {run.value:.1f}."


class FaceFlicker(_FaceColor, _Flicker):
    """See `_Flicker`."""

    name = "flicker_face"
    label = "Flicker, face"
    about = (
        "CIEDE2000 difference of the face's mean colour from the mean of the frames before and"
        " after."
    )


class OutsideFlicker(_OutsideColor, _Flicker):
    """See `_Flicker`."""

    name = "flicker_outside"
    label = "Flicker, surroundings"
    about = (
        "CIEDE2000 difference of the surroundings' median colour from the mean of the frames before"
        " and after."
    )


def _root_mean(squares: Values) -> Values:
    """The root of the mean over the known values around each; unknown where a value is."""
    known = np.isfinite(squares)
    count = windowed_sums(known.astype(float), _REACH)
    total = windowed_sums(np.where(known, squares, 0.0), _REACH)
    return np.where(known, np.sqrt(np.maximum(total, 0) / np.maximum(count, 1)), NAN)


def _first(colors: Doubles) -> Doubles:
    known = colors[np.isfinite(colors[:, 0])][:_STARTS]
    return np.asarray(known.mean(axis=0)) if len(known) else np.full(3, NAN)
