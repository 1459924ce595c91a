"""Which detections of one picture are whose of the picture before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk_insightface.detector import overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from a1sdk_insightface.detector import Box, Detection

_MEMORY = 50  # pictures for which a lost face is remembered
_SAME_FACE = 0.2  # overlap of boxes from which on they can be one person's


@dataclass(slots=True)
class Track:
    """One person: a number, where the face was last, and for how many pictures it is lost."""

    number: int
    box: Box
    missed: int = 0


class Follower:
    """Gives each person a number that lasts, by where faces are; it does not know who they are."""

    def __init__(self, max_faces: int) -> None:
        self._max_faces = max_faces
        self._tracks: list[Track] = []
        self._numbers = 0

    def step(self, found: Sequence[Detection]) -> list[tuple[int, Detection]]:
        """Return the faces that are followed in the next picture, each with its number.

        Those that were followed come before new ones, and the larger of these before the smaller.
        """
        known = self._matched(found)
        taken = {id(detection) for _, detection in known}
        new = sorted((one for one in found if id(one) not in taken), key=lambda one: -_size(one))
        fresh = [Track(self._numbers + at, one.box) for at, one in enumerate(new)]
        room = max(0, self._max_faces - len(known))
        self._tracks += fresh[:room]
        self._numbers += len(fresh[:room])
        for track in self._tracks:
            track.missed += 1
        followed = [*known, *zip(fresh[:room], new, strict=False)]
        for track, detection in followed:
            track.box, track.missed = detection.box, 0
        self._tracks = [track for track in self._tracks if track.missed <= _MEMORY]
        return [(track.number, detection) for track, detection in followed]

    def _matched(self, found: Sequence[Detection]) -> list[tuple[Track, Detection]]:
        """Return who is where, the best overlap first; as many as may be followed."""
        pairs = [
            (overlap(track.box, one.box), track, one) for track in self._tracks for one in found
        ]
        pairs.sort(key=lambda pair: (pair[1].missed > 0, -pair[0]))
        matched: list[tuple[Track, Detection]] = []
        gone: set[int] = set()
        for share, track, one in pairs:
            if share < _SAME_FACE or {id(track), id(one)} & gone or len(matched) == self._max_faces:
                continue
            matched.append((track, one))
            gone |= {id(track), id(one)}
        return matched


def _size(detection: Detection) -> float:
    left, top, right, bottom = detection.box
    return max(right - left, bottom - top)
