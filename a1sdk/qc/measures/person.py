"""Is it the person of the portrait: the shape of the face, its looks, a likeness network's vector.

The field's CSIM is the cosine of two ArcFace embeddings. Only an identity encoder makes those, see
`LikenessVector`; what needs no network is named as what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.motion.landmarks import EYES, LIDS, LIPS, NOSE_LINES, STABLE, flat
from a1sdk.motion.regions import point_weights
from a1sdk.qc.measures.base import NAN, FaceMeasure, Run
from a1sdk.qc.sight import at_landmarks

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.qc.sight import FaceSight, Levels, Reference

    Vector = npt.NDArray[np.floating[Any]]
    Likeness = Callable[[Levels, Floats], Vector | None]

_BONES = sorted({*STABLE, *flat(NOSE_LINES)} - {98, 97, 2, 326, 327})
_MOVING = sorted({*EYES, *LIDS, *LIPS})
_LEAST_SEEN = 0.8  # share of the points that have to be in the picture
_LUMA = np.array([0.2126, 0.7152, 0.0722])


class FaceShape(FaceMeasure):
    """Distance of the points of the face that expression hardly moves from the portrait's own."""

    name = "face_shape"
    label = "Face shape distance"
    about = (
        "Root mean square distance of the points of brow, temples, eye corners and nose from the"
        " portrait's, pose and size taken away. A distance of shapes of faces: not CSIM."
    )
    unit = "face units"
    needs_face = True

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        if sight.seen is None:
            return NAN
        person = self.reference.person
        seen = sight.seen if person is self.reference else person.look(sight.seen.landmarks)
        off = seen.shape[_BONES, :2] - person.shape[_BONES, :2]
        return float(np.sqrt(np.square(off).sum(axis=1).mean()))

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        share = f"{100 * run.value:.0f} %"
        source = self.reference.person.source
        return f"{run.frames} the face has another shape than that of {source}, by {share}."


class FaceLooks(FaceMeasure):
    """Correlation of the brightness at the landmarks with that in the portrait."""

    name = "face_looks"
    label = "Face looks"
    about = (
        "Pearson correlation of the brightness at the landmarks with the portrait's, eyes and lips"
        " left out; 1 is the same face in the same light. It compares with this picture of the"
        " person, and is no measure of identity in general: not CSIM."
    )
    bad = "below"
    needs_face = True

    @cached_property
    def _points(self) -> npt.NDArray[np.intp]:
        still = np.ones(468, bool)
        still[[point for point in _MOVING if point < len(still)]] = False
        still &= point_weights("jaw")[: len(still)] < 0.5
        return np.flatnonzero(still)

    @cached_property
    def _own(self) -> npt.NDArray[np.float64]:
        person = self.reference.person
        points = person.landmarks[self._points]
        return np.asarray(at_landmarks(person.pixels, points, person.pose.scale) @ _LUMA)

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        if sight.seen is None:
            return NAN
        points = sight.seen.landmarks[self._points]
        here = at_landmarks(sight.pixels, points, sight.seen.pose.scale) @ _LUMA
        known = np.isfinite(here) & np.isfinite(self._own)
        if known.mean() < _LEAST_SEEN:
            return NAN
        return _correlation(here[known], self._own[known])

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        source = self.reference.person.source
        return f"{run.frames} the face does not look like that of {source} ({run.value:.2f})."


class LikenessVector(FaceMeasure):
    """Cosine of an identity network's vectors of the film's face and of the portrait's.

    With ArcFace's embeddings this is the field's CSIM.

    Args:
        reference: what the film is compared with.
        encode: returns the vector of a face in a picture, given its landmarks, or None.
    """

    name = "identity"
    label = "Identity similarity"
    about = "Cosine of the identity network's vectors of the face and of the portrait's."
    bad = "below"
    needs_face = True

    def __init__(self, reference: Reference, encode: Likeness) -> None:
        super().__init__(reference)
        self._encode = encode

    @cached_property
    def _own(self) -> Vector | None:
        person = self.reference.person
        return self._encode(person.pixels, person.landmarks)

    def value(self, sight: FaceSight) -> float:
        """Return the value of one frame; not a number where it cannot be measured."""
        if sight.seen is None or self._own is None:
            return NAN
        vector = self._encode(sight.pixels, sight.seen.landmarks)
        if vector is None:
            return NAN
        size = np.linalg.norm(vector) * np.linalg.norm(self._own)
        return float(vector.ravel() @ self._own.ravel() / size) if size > 0 else NAN

    def sentence(self, run: Run) -> str:
        """Say what is wrong in a run of frames beyond a limit."""
        return f"{run.frames} it is another person's face (similarity {run.value:.2f})."


def _correlation(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else NAN
