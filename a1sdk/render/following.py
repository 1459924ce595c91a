"""Track faces in the pictures of a film that is inspected, one in so many, near their places."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import VideoFrame
from a1sdk.media.depth import flatten, to_depth

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, Pixels, TargetFrame
    from a1sdk.components.interfaces import FaceTracker, RunContext

    Faces = tuple[FaceObservation | None, ...]
    Targets = tuple[TargetFrame | None, ...]

_NEAR = 0.6  # sizes of the face between where it has to be and where one may be found


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture of a film, without alpha, 8 bits, and where its faces had to be, if known."""

    pixels: Pixels
    targets: Targets = ()

    @classmethod
    def of(cls, pixels: Pixels, targets: Targets = ()) -> Shown:
        """Take a picture of any depth, with or without alpha."""
        return cls(flatten(to_depth(pixels, 8)), targets)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A picture, and the faces that were found in it, None where one was not; if it was looked."""

    shown: Shown
    faces: Faces
    looked: bool


def followed(
    film: Iterable[Shown],
    tracker: FaceTracker,
    context: RunContext,
    *,
    homes: Sequence[Floats],
    every: int = 1,
    faces: int = 1,
) -> Iterator[Followed]:
    """Yield every picture of a film, in order, with the faces that are found in some of them.

    Args:
        film: the pictures.
        tracker: looks for faces; used by nobody else meanwhile.
        context: the tracker's.
        homes: landmarks of each face that performs where it is at rest; where targets are not
            known, a face is looked for there first, and then where it was last.
        every: it looks at one picture of so many.
        faces: how many faces the picture may have; those nearest to their places are taken.
    """
    waiting: deque[tuple[int, Shown]] = deque()
    places = list(homes)
    none: Faces = (None,) * len(homes)

    def looked_at() -> Iterator[VideoFrame]:
        for number, shown in enumerate(film):
            waiting.append((number, shown))
            if number % every == 0:
                yield VideoFrame(number, shown.pixels)

    for tracked in tracker.track(looked_at(), context, max_faces=max(faces, len(homes))):
        while waiting and waiting[0][0] < tracked.pts:
            yield Followed(waiting.popleft()[1], none, False)
        _, shown = waiting.popleft()
        found = _placed(tracked.faces, _wanted(shown.targets, places))
        places = [
            place if face is None else face.landmarks
            for face, place in zip(found, places, strict=True)
        ]
        yield Followed(shown, found, True)
    while waiting:
        yield Followed(waiting.popleft()[1], none, False)


def _wanted(targets: Targets, places: Sequence[Floats]) -> list[Floats]:
    """Where each face has to be: at its target if that is known, else where it was last."""
    known = targets or (None,) * len(places)
    return [
        place if target is None or not np.isfinite(target.landmarks).all() else target.landmarks
        for target, place in zip(known, places, strict=True)
    ]


def _placed(faces: Sequence[FaceObservation], wanted: Sequence[Floats]) -> Faces:
    """The face nearest to each place, the nearest of all first, and none that is far away."""
    pairs = [
        (_away(face, place), number, face) for number, place in enumerate(wanted) for face in faces
    ]
    found: dict[int, FaceObservation] = {}
    for away, number, face in sorted(pairs, key=lambda pair: pair[0]):
        if away <= _NEAR and number not in found and not any(face is one for one in found.values()):
            found[number] = face
    return tuple(found.get(number) for number in range(len(wanted)))


def _away(face: FaceObservation, place: Floats) -> float:
    """How far a face is from a place, in sizes of the face that has to be there."""
    low, high = place[:, :2].min(0), place[:, :2].max(0)
    off = np.array(face.center) - (low + high) / 2
    return float(np.hypot(*off) / (high - low).max())
