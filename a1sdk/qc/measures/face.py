"""Does the face do what it was asked to: expression, head, gaze, eyes and mouth.

The film is tracked again; both the landmarks asked for and those seen are fitted with the
portrait's own shape, so that pose and expression of the two come from one and the same method.
The field's AED and APD are mean distances of a 3D morphable model's expression and pose
coefficients; there is no such model here, and these measures are not called by those names.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from a1sdk.motion.rotation import rotation_log
from a1sdk.qc.measures.base import NAN, FaceMeasure, Run, Track
from a1sdk.qc.signals import windowed_correlation

if TYPE_CHECKING:
    from a1sdk.qc.measures.base import Values
    from a1sdk.qc.sight import FaceSight, Look, Reference

_SHUT = 0.5  # eyes less open than this look nowhere


class _Difference(FaceMeasure):
    """A measure of two looks."""

    needs_face = True

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        if sight.asked is None or sight.seen is None:
            return NAN
        return self.between(sight.asked, sight.seen)

    @abstractmethod
    def between(self, asked: Look, seen: Look) -> float:
        """Return the difference of the face asked for and the face seen."""


class Expression(_Difference):
    """Root mean square distance of the 478 landmarks, the pose taken away."""

    name = "expression"
    label = "Expression distance"
    about = (
        "Root mean square distance of the 478 landmarks asked for and seen, both with their pose"
        " taken away; 1 is the distance of the outer corners of the eyes."
    )
    unit = "face units"

    def between(self, asked: Look, seen: Look) -> float:
        """Return the difference of the face asked for and the face seen."""
        off = seen.shape - asked.shape
        return float(np.sqrt(np.square(off[:, :2]).sum(axis=1).mean()))

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        share = f"{100 * run.value:.0f} %"
        return f"{run.frames} the expression is off by up to {share} of the eye distance."


class Head(_Difference):
    """Angle of the rotation between the head pose asked for and the one seen."""

    name = "head"
    label = "Head pose difference"
    about = "Angle of the one rotation that turns the head as asked for into the head as seen."
    unit = "degrees"

    def between(self, asked: Look, seen: Look) -> float:
        """Return the difference of the face asked for and the face seen."""
        between = asked.pose.rotation.T @ seen.pose.rotation
        return float(np.degrees(np.linalg.norm(rotation_log(between))))

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the head is turned up to {run.value:.0f} degrees away from its pose."


class Gaze(_Difference):
    """Angle between where the eyes were to look and where they look, both seen from the head."""

    name = "gaze"
    label = "Gaze difference"
    about = (
        "Degrees between the directions of the eyes asked for and seen, read from the irises"
        " between the corners of the eyes; not measured while the eyes are half shut."
    )
    unit = "degrees"

    def between(self, asked: Look, seen: Look) -> float:
        """Return the difference of the face asked for and the face seen."""
        if not min(asked.eyes, seen.eyes) > _SHUT:
            return NAN
        return float(np.hypot(*np.subtract(asked.gaze, seen.gaze)))

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the eyes look up to {run.value:.0f} degrees past where they should."


class Opening(FaceMeasure):
    """How far something is open, asked for and seen."""

    part: ClassVar[str]
    needs_face = True

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self._asked = Track()

    def see(self, sight: FaceSight) -> None:
        """Take in the next frame."""
        super().see(sight)
        self._asked.add(NAN if sight.asked is None else self.opening(sight.asked))

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        return NAN if sight.seen is None else self.opening(sight.seen)

    def asked(self) -> Values:
        """Return the same quantity in the motion that was asked for."""
        return self._asked.values()

    @abstractmethod
    def opening(self, look: Look) -> float:
        """Return how far it is open."""

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the {self.part} open to {run.value:.2f}."


class Eyes(Opening):
    """Mean height between the lids, 1 as in the portrait."""

    name = "eyes"
    label = "Eye opening"
    about = "Mean height between the lids of both eyes; 1 is as open as in the portrait, 0 shut."
    part = "eyes"

    def opening(self, look: Look) -> float:
        """Return how far it is open."""
        return look.eyes


class Mouth(Opening):
    """Mean height between the inner lips."""

    name = "mouth"
    label = "Mouth opening"
    about = "Mean height between the inner lips; 1 is the distance of the outer eye corners."
    unit = "face units"
    part = "lips"

    def opening(self, look: Look) -> float:
        """Return how far it is open."""
        return look.mouth


class _OfOpening(FaceMeasure):
    """A measure computed from an opening that is kept elsewhere."""

    needs_face = True

    def __init__(self, reference: Reference, opening: Opening) -> None:
        super().__init__(reference)
        self.opening = opening

    def see(self, sight: FaceSight) -> None:
        """Nothing: the opening sees it."""


class EyesOff(_OfOpening):
    """How much more, or less, the eyes are open than asked for."""

    name = "eyes_off"
    label = "Eye opening difference"
    about = "Difference of the eye opening asked for and seen; 1 is the opening of the portrait."

    def values(self) -> Values:
        """Return the values of all frames."""
        return np.abs(self.opening.values() - self.opening.asked())

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        seen, asked = self.opening.values()[run.place], self.opening.asked()[run.place]
        shown = f"{round(100 * seen)} % open instead of {round(100 * asked)} %"
        wrong = "do not close" if seen > asked else "do not open"
        return f"{run.frames} the eyes {wrong} as asked: in frame {run.worst} they are {shown}."


class MouthOff(_OfOpening):
    """How much more, or less, the mouth is open than asked for."""

    name = "mouth_off"
    label = "Mouth opening difference"
    about = "Difference of the mouth opening asked for and seen, in distances of the eye corners."
    unit = "face units"

    def values(self) -> Values:
        """Return the values of all frames."""
        return np.abs(self.opening.values() - self.opening.asked())

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        seen, asked = self.opening.values()[run.place], self.opening.asked()[run.place]
        wrong = "too far" if seen > asked else "not far enough"
        return f"{run.frames} the mouth opens {wrong}: by {run.value:.2f} eye distances."


class _Follows(_OfOpening):
    """Correlation of an opening asked for and seen, over a second around each frame.

    Pearson's, over the frames that were measured; not a number where what was asked hardly moves,
    because then it would be of noise.
    """

    bad = "below"
    least: ClassVar[float]

    @property
    def reach(self) -> int:
        """How many frames before and after it a value is also of."""
        return max(1, round(self.reference.rate / 2))

    def values(self) -> Values:
        """Return the values of all frames."""
        return windowed_correlation(
            self.opening.asked(), self.opening.values(), self.reference.rate, least=self.least
        )


class EyesFollow(_Follows):
    """See `_Follows`."""

    name = "eyes_follow"
    label = "Eyes follow"
    about = (
        "Pearson correlation of the eye opening asked for and seen, over one second around the"
        " frame; where the lids hardly move there is none."
    )
    least = 0.12

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the lids do not move as asked (correlation {run.value:.2f})."


class MouthFollows(_Follows):
    """See `_Follows`."""

    name = "mouth_follow"
    label = "Mouth follows"
    about = (
        "Pearson correlation of the mouth opening asked for and seen, over one second around the"
        " frame; where the mouth hardly moves there is none."
    )
    least = 0.02

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} the mouth does not move as asked (correlation {run.value:.2f})."
