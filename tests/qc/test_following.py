"""Which of the faces in a picture is whose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from a1sdk.components.data import FaceObservation, TargetFrame, TrackedFrame, VideoFrame
from a1sdk.components.interfaces import FaceTracker
from a1sdk.render.following import Shown, followed
from a1sdk.testing.faces import neutral_shape, still

PIXELS = np.zeros((100, 400, 3), np.uint8)
SIZE = 40


def at(x: float, y: float = 50) -> np.ndarray:
    shape = neutral_shape() / np.ptp(neutral_shape()[:, 0]) * SIZE
    middle = (shape.max(0) + shape.min(0)) / 2
    return np.asarray(shape - middle + [x, y, 0], np.float32)


class Told(FaceTracker):
    """A tracker that is told where faces are, frame by frame."""

    def __init__(self, places: Sequence[Sequence[float]]) -> None:
        super().__init__(None)
        self.places, self.most, self.looked_closer = places, 0, 0

    def detect(self, pixels: Any, ctx: Any) -> list[FaceObservation]:
        """Where the picture says so: each white pixel is the middle of a face."""
        self.looked_closer += 1
        return [FaceObservation(at(x, y), 1.0) for y, x in np.argwhere(pixels[..., 0] == 255)]

    def track(
        self, frames: Iterable[VideoFrame], ctx: Any, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        self.most = max_faces
        for frame in frames:
            faces = (FaceObservation(at(x), 1.0) for x in self.places[frame.pts])
            yield TrackedFrame(frame.pts, tuple(faces))


def places(
    tracker: Told, homes: Sequence[float], wanted: Sequence[Sequence[float]] = (), every: int = 1
) -> list[tuple[int | None, ...]]:
    film = [
        Shown(PIXELS, tuple(TargetFrame(n, at(x), still()) for x in here))
        for n, here in enumerate(wanted or [()] * len(tracker.places))
    ]
    stream = followed(
        film,
        tracker,
        None,
        homes=[at(x) for x in homes],
        every=every,
        faces=2,  # type: ignore[arg-type]
    )
    return [
        tuple(None if one is None else round(one.center[0]) for one in found.faces)
        for found in stream
    ]


def test_each_face_is_the_one_at_its_target() -> None:
    told = Told([[110, 290], [290, 110], [300]])
    wanted = [[100, 300]] * 3
    assert places(told, [100, 300], wanted) == [(110, 290), (110, 290), (None, 300)]
    assert told.most == 2


def test_no_face_is_taken_twice() -> None:
    assert places(Told([[110]]), [100, 116], [[100, 116]]) == [(None, 110)]
    assert places(Told([[110, 95]]), [100, 116], [[100, 116]]) == [(95, 110)]


def test_what_is_far_away_is_nobodys() -> None:
    assert places(Told([[150]]), [100], [[100]]) == [(None,)]


def test_targets_that_are_no_numbers_are_not_known() -> None:
    assert places(Told([[102]]), [100], [[float("nan")]]) == [(102,)]


def test_a_face_without_targets_is_followed_from_its_home() -> None:
    walk = [[100 + 10 * n] for n in range(20)]
    assert places(Told(walk), [100]) == [(100 + 10 * n,) for n in range(20)]


def test_faces_are_looked_for_in_every_so_many_pictures() -> None:
    told = Told([[100], [], [104], [], [108]])
    assert places(told, [100], every=2) == [(100,), (None,), (104,), (None,), (108,)]


def test_a_face_that_is_missed_is_looked_for_closer_where_it_has_to_be() -> None:
    told = Told([[300]] * 2)
    picture = PIXELS.copy()
    picture[50, 104] = 255  # see `Told.detect`
    film = [
        Shown(picture, tuple(TargetFrame(n, at(x), still()) for x in (100, 300))) for n in range(2)
    ]
    stream = followed(film, told, None, homes=[at(100), at(300)], faces=2)
    centers = [[round(one.center[0]) for one in found.faces if one] for found in stream]
    assert centers == [[104, 300]] * 2
    assert told.looked_closer == 2


def test_a_face_that_is_there_for_another_is_not_found_closer() -> None:
    told = Told([[110]])
    picture = PIXELS.copy()
    picture[50, 110] = 255
    film = [Shown(picture, tuple(TargetFrame(0, at(x), still()) for x in (100, 116)))]
    (found,) = followed(film, told, None, homes=[at(100), at(116)], faces=2)
    assert found.faces[0] is None and found.faces[1] is not None
