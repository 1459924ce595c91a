"""Find one person in a film, by who they are: over cuts, crossings and occlusions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

from a1sdk.errors import NoFaceError
from a1sdk.render.cast.recognizer import shortfall

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk.components.data import FaceObservation, Floats, Pixels, TrackedFrame
    from a1sdk.render.cast.recognizer import Recognizer

_EVERY = 24  # pictures between two looks at a face that is known and alone
_AMONG = 8  # the same, among others, who may cross it
_AGAIN = 4  # pictures until one is looked at again in which the person is in doubt
_DOUBTS = 3  # looks in a row that do not find the person any more
_JUMP, _ZOOM = 0.6, 1.5  # a face that moves or grows by more than these of its size was cut to


class Look:
    """A picture of a film, looked at by all who search it: each face is encoded once.

    Attributes:
        pts: the picture's number.
        faces: the faces of the picture.
        is_cut: whether there may be a cut before it.
    """

    def __init__(
        self, recognizer: Recognizer, tracked: TrackedFrame, pixels: Pixels, is_cut: bool
    ) -> None:
        self._recognizer, self._pixels = recognizer, pixels
        self.pts, self.faces, self.is_cut = tracked.pts, tracked.faces, is_cut
        self._vectors: dict[FaceObservation, Floats] = {}

    def likeness(self, faces: Sequence[FaceObservation]) -> Floats:
        """Return how alike people and some of the faces are, see `Recognizer.likeness`."""
        for face in faces:
            if face not in self._vectors:
                self._vectors[face] = self._recognizer.vector(self._pixels, face)
        return self._recognizer.likeness([self._vectors[face] for face in faces])


@dataclass(slots=True)
class _Known:
    """What is known of a face that is followed.

    Attributes:
        last: where it was.
        like: its likeness to the person; None where it is not theirs.
        due: looks again when so many pictures were seen.
        wait: pictures until the look after that.
        doubts: looks in a row that did not recognise the person.
    """

    last: FaceObservation
    like: float | None = None
    due: int = 0
    wait: int = _AGAIN
    doubts: int = 0


class Search:
    """Looks for one person in the pictures of a film, one after the other.

    Faces are recognised when they appear, after every cut, where they jump, and now and then, since
    trackers mistake people who cross for each other. A face keeps its person over looks that do not
    recognise it, as under a hand, as long as it is followed without a break and nobody else is
    recognised in it or is more like the person.
    """

    def __init__(self, recognizer: Recognizer, name: str) -> None:
        """Look for the person called `name`."""
        self._recognizer, self._name = recognizer, name
        self._person = recognizer.names.index(name)
        self._known: dict[int, _Known] = {}
        self._count = 0
        self._faces, self._found, self._likest = 0, 0, -1.0

    def find(self, look: Look) -> FaceObservation | None:
        """Return the person's face among those of the next picture; None if it is not there."""
        faces = look.faces
        self._count += 1
        self._faces += len(faces)
        if look.is_cut:
            self._known.clear()
        self._known = {face.track: self._carried(face) for face in faces}
        due = [face for face in faces if self._known[face.track].due <= self._count]
        if due:
            self._judge_all(look, due)
        mine = [face for face in faces if self._known[face.track].like is not None]
        found = max(mine, key=lambda face: self._known[face.track].like or 0, default=None)
        self._found += found is not None
        return found

    def check_found(self, film: str) -> None:
        """Raise `NoFaceError` if there were faces, and none was the person's."""
        if self._faces and not self._found:
            why = shortfall(self._likest, self._recognizer.threshold)
            raise NoFaceError(
                f"No face in {film!r} is that of {self._name!r}: the likest {why}.",
                path=film,
                hint="give other pictures of the person, or a film that shows them",
            )

    def _carried(self, face: FaceObservation) -> _Known:
        """What is known of a face from the picture before, unless it was cut to."""
        known = self._known.get(face.track)
        if known is None or _jumped(known.last, face):
            return _Known(face)
        known.last = face
        return known

    def _judge_all(self, look: Look, faces: Sequence[FaceObservation]) -> None:
        likeness = look.likeness(faces)
        every = _AMONG if len(self._known) > 1 else _EVERY
        for face, likenesses in zip(faces, likeness.T, strict=True):
            self._judge(self._known[face.track], likenesses, every)

    def _judge(self, known: _Known, likenesses: npt.NDArray[np.float32], every: int) -> None:
        """Take in how alike a face is to everybody."""
        like, threshold = float(likenesses[self._person]), self._recognizer.threshold
        self._likest = max(self._likest, like)
        if like >= threshold and like >= likenesses.max():
            known.like, known.doubts, known.wait = like, 0, every
        elif likenesses.max() >= threshold:
            known.like, known.doubts, known.wait = None, 0, every  # it is somebody else's
        else:
            known.doubts += 1
            if known.like is None:
                known.wait = min(every, 2 ** (known.doubts - 1))  # it may just turn to the camera
            else:
                known.wait = min(every, _AGAIN * known.doubts)
                known.like = max(like, 0.0) if known.doubts < _DOUBTS else None
        known.due = self._count + known.wait


def _jumped(last: FaceObservation, face: FaceObservation) -> bool:
    moved = hypot(face.center[0] - last.center[0], face.center[1] - last.center[1])
    larger, smaller = max(face.size, last.size), min(face.size, last.size)
    return moved > _JUMP * larger or larger > _ZOOM * smaller
