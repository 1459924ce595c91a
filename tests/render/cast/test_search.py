"""One person, looked for in picture after picture."""

from __future__ import annotations

import numpy as np
import pytest
from blocks import face

from a1sdk.components.data import TrackedFrame
from a1sdk.errors import NoFaceError
from a1sdk.media.cuts import CutWatch
from a1sdk.render.cast.search import Look, Search


class Told:
    """A recogniser whose likenesses are told: by the x of a face's middle, for Ann and Bob."""

    names, threshold = ("Ann", "Bob"), 0.4

    def __init__(self) -> None:
        self.alike: dict[int, tuple[float, float]] = {}
        self.asked = 0

    def vector(self, pixels, face):
        self.asked += 1
        return np.array(self.alike[round(face.center[0])], np.float32)

    def likeness(self, vectors):
        return np.stack(vectors).T


STAGE = np.zeros((100, 200, 3), np.uint8)


@pytest.fixture
def told() -> Told:
    return Told()


class Finding:
    """Finds a person in picture after picture."""

    def __init__(self, told: Told, name: str) -> None:
        self.told, self.search, self.watch = told, Search(told, name), CutWatch()

    def __call__(self, pixels, *faces) -> int | None:
        look = Look(self.told, TrackedFrame(0, faces), pixels, self.watch.is_cut(pixels))
        one = self.search.find(look)
        return None if one is None else one.track


def test_a_face_that_is_followed_is_not_looked_at_each_time(told):
    found, told.alike = Finding(told, "Ann"), {50: (0.8, 0.1), 150: (0.1, 0.2)}
    seen = [found(STAGE, face(50), face(150, track=1)) for _ in range(48)]
    assert seen == [0] * 48
    assert told.asked <= 16


def test_a_face_stays_who_it_is_under_a_hand_and_not_for_ever(told):
    found, told.alike = Finding(told, "Ann"), {50: (0.8, 0.1)}
    found(STAGE, face(50))
    told.alike = {50: (0.2, 0.1)}
    seen = [found(STAGE, face(50)) for _ in range(60)]
    assert seen[:30] == [0] * 30 and seen[-1] is None


def test_somebody_else_who_takes_a_number_is_noticed(told):
    found, told.alike = Finding(told, "Ann"), {50: (0.8, 0.1)}
    found(STAGE, face(50))
    told.alike = {50: (0.2, 0.9)}
    assert [found(STAGE, face(50)) for _ in range(25)][-1] is None


@pytest.mark.parametrize("how", ["cut", "jump", "zoom"])
def test_cuts_are_looked_at_at_once(told, how):
    found, told.alike = Finding(told, "Ann"), {50: (0.8, 0.1), 120: (0.1, 0.1)}
    assert found(STAGE, face(50)) == 0
    told.alike[50] = (0.1, 0.1)
    after = {"cut": face(50), "jump": face(120), "zoom": face(50, width=90)}[how]
    assert found(STAGE + 90 * (how == "cut"), after) is None


def test_who_is_not_recognised_is_looked_at_again(told):
    found, told.alike = Finding(told, "Ann"), {50: (0.3, 0.1)}
    assert found(STAGE, face(50)) is None
    told.alike = {50: (0.8, 0.1)}
    assert 0 in [found(STAGE, face(50)) for _ in range(5)]


def test_of_two_who_are_like_a_person_the_liker_is_taken(told):
    found, told.alike = Finding(told, "Ann"), {50: (0.6, 0.1), 150: (0.7, 0.1)}
    assert found(STAGE, face(50), face(150, track=1)) == 1


def test_nobody_found_is_an_error_that_says_how_near_it_was(told):
    found, told.alike = Finding(told, "Bob"), {50: (0.6, 0.3)}
    found.search.check_found("film.mp4")  # nobody was seen at all: others say so
    found(STAGE, face(50))
    with pytest.raises(NoFaceError, match=r"'Bob': the likest comes to 0.30, and 0.40"):
        found.search.check_found("film.mp4")


def test_a_face_that_is_like_enough_and_somebody_elses_is_not_called_too_unlike(told):
    found, told.alike = Finding(told, "Bob"), {50: (0.8, 0.7)}
    found(STAGE, face(50))
    with pytest.raises(NoFaceError, match=r"comes to 0.70, and was taken for somebody else's"):
        found.search.check_found("film.mp4")
