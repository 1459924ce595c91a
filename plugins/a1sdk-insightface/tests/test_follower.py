from __future__ import annotations

import numpy as np
import pytest
from a1sdk_insightface.detector import Detection, overlap
from a1sdk_insightface.follower import Follower


def at(x: float, size: float = 40.0) -> Detection:
    return Detection((x, 10.0, x + size, 10.0 + size), np.zeros((5, 2)), 0.9)


def numbers(follower: Follower, *faces: Detection) -> dict[float, int]:
    """The number of each face that is followed, by its left side."""
    return {found.box[0]: number for number, found in follower.step(faces)}


def test_people_keep_their_numbers_whatever_the_order() -> None:
    follower = Follower(2)
    assert numbers(follower, at(0), at(100, 60)) == {100: 0, 0: 1}  # the larger one first
    assert numbers(follower, at(10), at(95, 60)) == {95: 0, 10: 1}
    assert numbers(follower, at(90, 60), at(20)) == {90: 0, 20: 1}


def test_no_more_are_followed_than_asked_for_and_who_is_followed_stays() -> None:
    follower = Follower(1)
    assert numbers(follower, at(0, 30)) == {0: 0}
    assert numbers(follower, at(200, 90), at(2, 30)) == {2: 0}


def test_who_comes_back_where_they_were_is_the_same() -> None:
    follower = Follower(1)
    numbers(follower, at(0))
    for _ in range(50):
        assert numbers(follower) == {}
    assert numbers(follower, at(5)) == {5: 0}


def test_who_was_away_too_long_or_comes_elsewhere_is_new() -> None:
    follower = Follower(2)
    numbers(follower, at(0))
    assert numbers(follower, at(300)) == {300: 1}
    for _ in range(51):
        numbers(follower)
    assert numbers(follower, at(0)) == {0: 2}


def test_a_lost_face_does_not_take_that_of_one_who_is_seen() -> None:
    follower = Follower(2)
    numbers(follower, at(0), at(30, 38))  # two who overlap
    numbers(follower, at(30, 38))  # the first is hidden
    assert numbers(follower, at(14))[14] == 1


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 15, 10), 1 / 3),
        ((20, 0, 30, 10), 0.0),
        ((10, 0, 20, 10), 0.0),
    ],
)
def test_overlap(other: tuple[float, float, float, float], expected: float) -> None:
    assert overlap((0, 0, 10, 10), other) == pytest.approx(expected)
