"""Which of the faces in a picture is the subject's."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from a1sdk.plugin import NoFaceError

if TYPE_CHECKING:
    from a1sdk.plugin import FaceObservation

MAX_FACES = 8
"""Faces to follow where the choice is not simply the largest."""


JUMP = 0.6
"""Of a face's size: a face that moves further from one picture to the next was cut to."""

ZOOM = 1.5
"""A face that changes its size by more from one picture to the next was cut to."""


VISIBLE = 0.7
"""Share of its landmarks that a face must have in the picture; what is outside is invented."""


class Subject:
    """Chooses a face once, then follows it: by its track, and where that ended, by its place.

    Args:
        choice: as the option `face`.
        size: width and height of the pictures.
        path: the film, for messages.

    Attributes:
        scene: how often the face was cut to, or lost and found under another track, so far.
    """

    def __init__(self, choice: str, size: tuple[int, int], path: str) -> None:
        self._choice, self._size, self._path = choice, size, path
        self.scene = 0
        self._last: FaceObservation | None = None
        self._lost = False

    @property
    def faces_needed(self) -> int:
        """How many faces a tracker has to follow for this choice."""
        return 1 if self._choice == "largest" else MAX_FACES

    def find(self, faces: tuple[FaceObservation, ...]) -> FaceObservation | None:
        """Return the subject among a picture's faces, largest first; None if it is not there.

        Raises:
            NoFaceError: the picture with the first face has none of the chosen number.
        """
        faces = tuple(face for face in faces if self._visible(face) >= VISIBLE)
        if not faces:
            self._lost = True
            return None
        found = self._first(faces) if self._last is None else self._again(faces, self._last)
        if self._last is not None and self._is_other(found, self._last):
            self.scene += 1
        self._last, self._lost = found, False
        return found

    def _again(self, faces: tuple[FaceObservation, ...], last: FaceObservation) -> FaceObservation:
        same = [face for face in faces if face.track == last.track]
        return same[0] if same else self._nearest(faces, last.center)

    def _is_other(self, face: FaceObservation, last: FaceObservation) -> bool:
        if self._lost:
            return face.track != last.track
        moved = hypot(face.center[0] - last.center[0], face.center[1] - last.center[1])
        larger, smaller = max(face.size, last.size), min(face.size, last.size)
        return moved > JUMP * larger or larger > ZOOM * smaller

    def _visible(self, face: FaceObservation) -> float:
        points = face.landmarks[:, :2]
        return float(((points >= 0) & (points <= self._size)).all(axis=1).mean())

    def _first(self, faces: tuple[FaceObservation, ...]) -> FaceObservation:
        if self._choice == "largest":
            return faces[0]
        if "," in self._choice:
            return self._nearest(faces, self._point())
        number = int(self._choice)
        if number >= len(faces):
            raise NoFaceError(
                f"{self._path!r} shows {len(faces)} face(s) where the first is seen; there is no "
                f"face {number}.",
                path=self._path,
                hint="count from 0, the largest, or name a point as 30%,50%",
            )
        return faces[number]

    def _point(self) -> tuple[float, float]:
        x, y = (
            float(text[:-1]) / 100 * side if text.endswith("%") else float(text)
            for text, side in zip(self._choice.split(","), self._size, strict=True)
        )
        return x, y

    @staticmethod
    def _nearest(faces: tuple[FaceObservation, ...], point: tuple[float, float]) -> FaceObservation:
        return min(
            faces, key=lambda face: hypot(face.center[0] - point[0], face.center[1] - point[1])
        )
