"""Track faces in the pictures of a film that is inspected, one in so many, near their places."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from a1sdk.components.data import VideoFrame
from a1sdk.media.depth import flatten, to_depth

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, Pixels, TargetFrame
    from a1sdk.components.interfaces import FaceTracker, RunContext

    Faces = tuple[FaceObservation | None, ...]
    Targets = tuple[TargetFrame | None, ...]

_NEAR = 0.6  # sizes of the face between where it has to be and where one may be found
_SAME = 0.3  # sizes of a face between which two are one
_CLOSER = 1.5  # sizes of the face that are looked at around where it has to be, on each side


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture of a film, without alpha, 8 bits, and where its faces had to be, if known.

    `resized` tells whether it was stored in another size than the first of the film.
    """

    pixels: Pixels
    targets: Targets = ()
    resized: bool = False

    @classmethod
    def of(cls, pixels: Pixels, targets: Targets = (), *, resized: bool = False) -> Shown:
        """Take a picture of any depth, with or without alpha."""
        return cls(flatten(to_depth(pixels, 8)), targets, resized)


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

    A face that is not found in the whole picture is looked for closer, if it is known where it has
    to be: among many people those that stand far away are easily missed.

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
        for number, target in enumerate(shown.targets):
            if found[number] is None and target is not None:
                near = _closer(shown.pixels, target.landmarks, tracker, context)
                found = *found[:number], _untaken(near, found), *found[number + 1 :]
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


def _closer(
    pixels: Pixels, place: Floats, tracker: FaceTracker, context: RunContext
) -> FaceObservation | None:
    """Return the face that is seen near a place if nothing else is looked at."""
    if not np.isfinite(place).all():
        return None
    low, high = place[:, :2].min(0), place[:, :2].max(0)
    margin = _CLOSER * (high - low).max()
    left, top = np.maximum(low - margin, 0).astype(int).tolist()
    right, bottom = np.maximum(high + margin, 0).astype(int).tolist()
    part = cast("Pixels", np.ascontiguousarray(pixels[top:bottom, left:right]))
    faces = tracker.detect(part, context) if part.size else []
    moved = np.array([left, top, 0], np.float32)
    return _placed([replace(one, landmarks=one.landmarks + moved) for one in faces], [place])[0]


def _untaken(face: FaceObservation | None, others: Faces) -> FaceObservation | None:
    """Return a face unless it is one of the others."""
    known = (one.landmarks for one in others if one is not None)
    taken = face is not None and any(_away(face, one) < _SAME for one in known)
    return None if taken else face


def _away(face: FaceObservation, place: Floats) -> float:
    """How far a face is from a place, in sizes of the face that has to be there."""
    low, high = place[:, :2].min(0), place[:, :2].max(0)
    off = np.array(face.center) - (low + high) / 2
    return float(np.hypot(*off) / (high - low).max())
