from __future__ import annotations

import numpy as np
import pytest
from a1sdk_video.subject import Subject

from a1sdk.plugin import FaceObservation, NoFaceError
from a1sdk.testing import neutral_shape


def _face(x: float, y: float = 200, size: float = 50, track: int = 0) -> FaceObservation:
    points = neutral_shape() * size + np.array([x, y, 0])
    return FaceObservation(points.astype(np.float32), 0.9, track)


LARGE, MIDDLE, SMALL = _face(500, size=60), _face(150, size=50, track=1), _face(320, size=30)
FACES = (LARGE, MIDDLE, SMALL)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("largest", LARGE), ("0", LARGE), ("1", MIDDLE), ("2", SMALL), ("170,190", MIDDLE),
     ("50%,50%", SMALL), ("90%,200", LARGE)],
)  # fmt: skip
def test_the_first_choice(choice: str, expected: FaceObservation) -> None:
    assert Subject(choice, (640, 400), "film.mp4").find(FACES) is expected


def test_the_choice_waits_for_a_face() -> None:
    subject = Subject("1", (640, 400), "film.mp4")
    assert subject.find(()) is None
    assert subject.find(FACES) is MIDDLE


def test_a_number_too_high_is_refused() -> None:
    with pytest.raises(NoFaceError, match=r"3 face\(s\).*no face 3"):
        Subject("3", (640, 400), "film.mp4").find(FACES)


def test_the_track_is_followed_whatever_its_rank() -> None:
    subject = Subject("largest", (640, 400), "film.mp4")
    subject.find((_face(300, size=60, track=4), _face(100, size=50, track=5)))
    followed = subject.find((_face(100, size=70, track=5), _face(310, size=55, track=4)))
    assert followed is not None and followed.track == 4
    assert subject.scene == 0


def test_after_a_loss_the_nearest_is_taken() -> None:
    subject = Subject("largest", (640, 400), "film.mp4")
    subject.find((_face(300, track=4),))
    assert subject.find(()) is None
    found = subject.find((_face(120, size=60, track=7), _face(320, track=8)))
    assert found is not None and found.track == 8
    assert subject.scene == 1, "it may be someone else"


def test_a_bridged_loss_is_no_new_scene() -> None:
    subject = Subject("largest", (640, 400), "film.mp4")
    subject.find((_face(300, track=4),))
    subject.find(())
    subject.find((_face(400, track=4),))
    assert subject.scene == 0


@pytest.mark.parametrize(
    ("then", "scene"), [(_face(310), 0), (_face(420), 1), (_face(300, size=90), 1)]
)
def test_cuts_are_noticed(then: FaceObservation, scene: int) -> None:
    subject = Subject("largest", (640, 400), "film.mp4")
    subject.find((_face(300),))
    subject.find((then,))
    assert subject.scene == scene


def test_half_a_face_is_none() -> None:
    subject = Subject("largest", (640, 400), "film.mp4")
    assert subject.find((_face(0),)) is None
    assert subject.find((_face(600, track=1),)) is not None


def test_all_faces_are_asked_for_only_if_needed() -> None:
    assert Subject("largest", (640, 400), "film.mp4").faces_needed == 1
    assert Subject("1", (640, 400), "film.mp4").faces_needed > 1
