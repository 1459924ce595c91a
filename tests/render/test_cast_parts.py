"""Matching, searching and joining, each by itself."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation, VideoFrame
from a1sdk.errors import NoFaceError
from a1sdk.render.cast.matching import assign
from a1sdk.render.cast.persontracker import Search
from a1sdk.render.cast.together import Together, together
from a1sdk.testing import neutral_shape


def face(x: float, y: float = 50, width: float = 40, track: int = 0) -> FaceObservation:
    shape = neutral_shape() / np.ptp(neutral_shape()[:, 0]) * width
    middle = (shape.max(0) + shape.min(0)) / 2
    return FaceObservation((shape - middle + [x, y, 0]).astype(np.float32), 1.0, track)


@pytest.mark.parametrize("seed", range(20))
def test_the_assignment_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    people, faces = int(rng.integers(1, 5)), int(rng.integers(0, 6))
    likeness = rng.uniform(-0.2, 1, (people, faces)).astype(np.float32)
    found = assign(likeness, 0.4)
    taken = [one for one in found if one is not None]
    assert len(set(taken)) == len(taken)
    assert all(one is None or likeness[n, one] >= 0.4 for n, one in enumerate(found))

    def worth(faces_of: tuple[int, ...]) -> float:
        scores = [likeness[n, one] for n, one in enumerate(faces_of) if one < faces]
        return sum(score for score in scores if score >= 0.4)

    best = max(worth(way) for way in permutations(range(faces + people), people))
    assert sum(likeness[n, one] for n, one in enumerate(found) if one is not None) == (
        pytest.approx(best, abs=1e-5)
    )


def test_a_face_goes_to_who_is_more_like_it_and_others_get_the_next():
    likeness = np.array([[0.9, 0.8], [0.7, 0.1]], np.float32)
    assert assign(likeness, 0.4) == [1, 0]
    assert assign(likeness, 0.85) == [0, None]


class Told:
    """A recogniser whose likenesses are told: by the x of a face's middle, for Ann and Bob."""

    names, threshold = ("Ann", "Bob"), 0.4

    def __init__(self) -> None:
        self.alike: dict[int, tuple[float, float]] = {}
        self.asked = 0

    def likeness(self, pixels, faces):
        self.asked += len(faces)
        return np.array([self.alike[round(one.center[0])] for one in faces], np.float32).T


STAGE = np.zeros((100, 200, 3), np.uint8)


@pytest.fixture
def told() -> Told:
    return Told()


def found(search: Search, pixels, *faces) -> int | None:
    one = search.find(pixels, faces)
    return None if one is None else one.track


def test_a_face_that_is_followed_is_not_looked_at_each_time(told):
    search, told.alike = Search(told, "Ann"), {50: (0.8, 0.1), 150: (0.1, 0.2)}
    seen = [found(search, STAGE, face(50), face(150, track=1)) for _ in range(48)]
    assert seen == [0] * 48
    assert told.asked <= 16


def test_a_face_stays_who_it_is_under_a_hand_and_not_for_ever(told):
    search, told.alike = Search(told, "Ann"), {50: (0.8, 0.1)}
    found(search, STAGE, face(50))
    told.alike = {50: (0.2, 0.1)}
    seen = [found(search, STAGE, face(50)) for _ in range(60)]
    assert seen[:30] == [0] * 30 and seen[-1] is None


def test_somebody_else_who_takes_a_number_is_noticed(told):
    search, told.alike = Search(told, "Ann"), {50: (0.8, 0.1)}
    found(search, STAGE, face(50))
    told.alike = {50: (0.2, 0.9)}
    assert [found(search, STAGE, face(50)) for _ in range(25)][-1] is None


@pytest.mark.parametrize("how", ["cut", "jump", "zoom"])
def test_cuts_are_looked_at_at_once(told, how):
    search, told.alike = Search(told, "Ann"), {50: (0.8, 0.1), 120: (0.1, 0.1)}
    assert found(search, STAGE, face(50)) == 0
    told.alike[50] = (0.1, 0.1)
    after = {"cut": face(50), "jump": face(120), "zoom": face(50, width=90)}[how]
    assert found(search, STAGE + 90 * (how == "cut"), after) is None


def test_who_is_not_recognised_is_looked_at_again(told):
    search, told.alike = Search(told, "Ann"), {50: (0.3, 0.1)}
    assert found(search, STAGE, face(50)) is None
    told.alike = {50: (0.8, 0.1)}
    assert 0 in [found(search, STAGE, face(50)) for _ in range(5)]


def test_of_two_who_are_like_a_person_the_liker_is_taken(told):
    search, told.alike = Search(told, "Ann"), {50: (0.6, 0.1), 150: (0.7, 0.1)}
    assert found(search, STAGE, face(50), face(150, track=1)) == 1


def test_nobody_found_is_an_error_that_says_how_near_it_was(told):
    search, told.alike = Search(told, "Bob"), {50: (0.6, 0.3)}
    search.check_found("film.mp4")  # nobody was seen at all: others say so
    found(search, STAGE, face(50))
    with pytest.raises(NoFaceError, match=r"'Bob': the likest comes to 0.30, and 0.40"):
        search.check_found("film.mp4")


@pytest.mark.parametrize(("dtype", "channels"), [(np.uint8, 3), (np.uint16, 3), (np.uint8, 4)])
def test_each_face_has_its_own_picture_and_what_nobody_moved_stays(dtype, channels):
    rng, full = np.random.default_rng(1), np.iinfo(dtype).max
    still = rng.integers(0, full, (100, 300, channels)).astype(dtype)
    one, other = still.copy(), still.copy()
    one[20:80, 20:80] = 0
    other[20:80, 220:280] = full
    joined = Together([face(50), face(250)], (300, 100)).picture([one, other])
    np.testing.assert_array_equal(joined[:, :90], one[:, :90])
    np.testing.assert_array_equal(joined[:, 210:], other[:, 210:])
    np.testing.assert_array_equal(joined[:, 90:210], still[:, 90:210])


def test_between_two_faces_one_passes_into_the_other_without_a_seam():
    one, other = np.zeros((100, 300, 3), np.uint8), np.full((100, 300, 3), 240, np.uint8)
    joined = Together([face(110), face(190)], (300, 100)).picture([one, other])
    row = joined[50, :, 0].astype(int)
    assert row[110] == 0 and row[190] == 240 and 80 < row[150] < 160
    assert (np.diff(row) >= 0).all() and np.diff(row).max() < 80


def test_transparent_colours_do_not_bleed():
    one, other = np.zeros((100, 300, 4), np.uint8), np.full((100, 300, 4), 200, np.uint8)
    one[..., 0] = 255  # red that nobody sees
    joined = Together([face(110), face(190)], (300, 100)).picture([one, other])
    assert joined[50, 150, 0] == 200 and 0 < joined[50, 150, 3] < 200


def test_of_two_faces_the_larger_reaches_further():
    one, other = np.zeros((100, 300, 3), np.uint8), np.full((100, 300, 3), 240, np.uint8)
    joined = Together([face(100, width=90), face(200, width=30)], (300, 100)).picture([one, other])
    assert joined[50, 150].max() == 0 and joined[50, 200].min() == 240


def test_pictures_are_joined_in_lock_step():
    join = Together([face(50), face(250)], (300, 100))
    frames = [VideoFrame(n, np.full((100, 300, 3), n, np.uint8)) for n in range(3)]
    made = list(together([iter(frames), iter(frames)], join))
    assert [one.pts for one in made] == [0, 1, 2] and made[2].pixels.min() == 2
    with pytest.raises(ValueError, match="shorter"):
        list(together([iter(frames), iter(frames[:2])], join))
