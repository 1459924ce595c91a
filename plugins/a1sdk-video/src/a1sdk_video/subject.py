"""Which of the faces in a picture is the subject's."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from a1sdk.plugin import NoFaceError

if TYPE_CHECKING:
    from a1sdk.plugin import FaceObservation

MAX_FACES = 8
"""Faces to follow where the choice is not simply the largest."""


class Subject:
    """Chooses a face once, then follows it: by its track, and where that ended, by its place.

    Args:
        choice: as the option `face`.
        size: width and height of the pictures.
        path: the film, for messages.
    """

    def __init__(self, choice: str, size: tuple[int, int], path: str) -> None:
        self._choice, self._size, self._path = choice, size, path
        self._track: int | None = None
        self._center = (0.0, 0.0)

    @property
    def faces_needed(self) -> int:
        """How many faces a tracker has to follow for this choice."""
        return 1 if self._choice == "largest" else MAX_FACES

    def find(self, faces: tuple[FaceObservation, ...]) -> FaceObservation | None:
        """Return the subject among a picture's faces, largest first; None if it is not there.

        Raises:
            NoFaceError: the picture with the first face has none of the chosen number.
        """
        if not faces:
            return None
        if self._track is None:
            found = self._first(faces)
        else:
            same = [face for face in faces if face.track == self._track]
            found = same[0] if same else self._nearest(faces, self._center)
        self._track, self._center = found.track, found.center
        return found

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
