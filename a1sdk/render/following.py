"""Track the face in the pictures of a film that is inspected, one in so many, near its place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import VideoFrame
from a1sdk.media.depth import flatten, to_depth

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, Pixels, TargetFrame
    from a1sdk.components.interfaces import FaceTracker, RunContext

_NEAR = 0.6  # sizes of the face between where it has to be and where one may be found


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture of a film, without alpha, 8 bits, and where its face had to be, if known."""

    pixels: Pixels
    target: TargetFrame | None = None

    @classmethod
    def of(cls, pixels: Pixels, target: TargetFrame | None = None) -> Shown:
        """Take a picture of any depth, with or without alpha."""
        return cls(flatten(to_depth(pixels, 8)), target)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A picture, and the face that was found in it, if one was looked for."""

    shown: Shown
    face: FaceObservation | None
    looked: bool


def followed(
    film: Iterable[Shown],
    tracker: FaceTracker,
    context: RunContext,
    *,
    every: int = 1,
    faces: int = 1,
    home: Floats | None = None,
) -> Iterator[Followed]:
    """Yield every picture of a film, in order, with the face that a tracker finds in some of them.

    Args:
        film: the pictures.
        tracker: looks for faces; used by nobody else meanwhile.
        context: the tracker's.
        every: it looks at one picture of so many.
        faces: how many faces the picture may have; the one nearest to its place is taken.
        home: landmarks where the face is at rest, for pictures whose target is not known.
    """
    waiting: deque[tuple[int, Shown]] = deque()

    def looked_at() -> Iterator[VideoFrame]:
        for number, shown in enumerate(film):
            waiting.append((number, shown))
            if number % every == 0:
                yield VideoFrame(number, shown.pixels)

    for tracked in tracker.track(looked_at(), context, max_faces=faces):
        while waiting and waiting[0][0] < tracked.pts:
            yield Followed(waiting.popleft()[1], None, False)
        _, shown = waiting.popleft()
        yield Followed(shown, _nearest(tracked.faces, shown.target, home), True)
    while waiting:
        yield Followed(waiting.popleft()[1], None, False)


def _nearest(
    faces: tuple[FaceObservation, ...], target: TargetFrame | None, home: Floats | None
) -> FaceObservation | None:
    """The face nearest to where one has to be, unless that is far away; any where none has to."""
    wanted = home if target is None else target.landmarks
    if not faces or wanted is None or not np.isfinite(wanted).all():
        return faces[0] if faces else None
    low, high = wanted[:, :2].min(0), wanted[:, :2].max(0)
    middle, size = (low + high) / 2, float((high - low).max())
    away = [float(np.hypot(*(np.array(face.center) - middle))) for face in faces]
    nearest = int(np.argmin(away))
    return faces[nearest] if away[nearest] <= _NEAR * size else None
