"""Measure motion against a neutral face that is found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from a1sdk.plugin import Neutral, NoFaceError, estimate_neutral, plausible

if TYPE_CHECKING:
    from a1sdk.plugin import FaceMotion, FaceObservation

    Sample = tuple[Fraction, FaceMotion | None]

SURVEYED = 100
"""Pictures, from a scene's first face on, that its neutral face is estimated from.

Of six drivers, what 100 pictures tell is within 0.8 % of the eye distance of what 250 do, but for
one whose hand hides the face in both; and rendering starts so much the sooner.
"""

ENOUGH = 25
"""Faces that tell a neutral one; a shorter scene borrows the shape of the one before."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What a picture shows of the subject; `scene` counts cuts, see `Subject`."""

    time: Fraction
    face: FaceObservation | None
    scene: int

    def measured(self, neutral: Neutral, head: Literal["relative", "absolute"]) -> Sample:
        """Return the motion at that time; None also where what was tracked can be no face."""
        if self.face is None:
            return self.time, None
        motion = neutral.motion(self.face, head)
        return self.time, motion if plausible(motion) else None


class Survey:
    """Finds the neutral face of each scene in its first pictures, which it keeps so long.

    After a cut, or after a loss that the tracker could not bridge, the face may be another
    person's or stand elsewhere in the picture. So each scene is measured from its own neutral
    face and pose.
    """

    def __init__(self, head: Literal["relative", "absolute"], path: str, part: str = "") -> None:
        """Begin a survey; `part` says which part of the film at `path` it sees, for messages."""
        self._head = head
        self._path, self._part = path, part
        self._neutral: Neutral | None = None
        self._waiting: list[Sighting] = []
        self._waited = 0

    def measure(self, seen: Iterable[Sighting]) -> Iterator[Sample]:
        """Yield the motion of all sightings, in order.

        Raises:
            NoFaceError: none of them shows a face.
        """
        scene = 0
        settled = False
        for sighting in seen:
            if sighting.scene != scene:
                yield from self._settle()
                scene, settled = sighting.scene, False
            if settled and self._neutral is not None:
                yield sighting.measured(self._neutral, self._head)
                continue
            self._waiting.append(sighting)
            self._waited += sighting.face is not None or self._waited > 0
            if self._waited >= SURVEYED:
                yield from self._settle()
                settled = True
        yield from self._settle()
        if self._neutral is None:
            raise NoFaceError(
                f"No face was found in any picture of {self._path!r}{self._part}.",
                path=self._path,
                hint="use a driving video that shows a face from the front, 40 pixels wide or more",
            )

    def _settle(self) -> Iterator[Sample]:
        """Find the neutral face of what was kept, and yield its motion."""
        faces = [sighting.face for sighting in self._waiting if sighting.face is not None]
        if faces:
            before = self._neutral
            if before is None or len(faces) >= ENOUGH:
                self._neutral = estimate_neutral(faces)
            else:
                self._neutral = before.moved_to(faces)
        waiting, self._waiting, self._waited = self._waiting, [], 0
        if self._neutral is not None:
            for sighting in waiting:
                yield sighting.measured(self._neutral, self._head)
