"""Matching, searching and joining, each by itself."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation, TargetFrame, TrackedFrame, VideoFrame
from a1sdk.errors import NoFaceError
from a1sdk.media.cuts import CutWatch
from a1sdk.render.cast.heads import Head
from a1sdk.render.cast.matching import assign
from a1sdk.render.cast.search import Look, Search
from a1sdk.render.cast.together import Remembered, Together, together
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


def joined(still, pictures, faces, now=None, others=()):
    """Put pictures together, in which the faces are `now`, or where they rest."""
    join = Together(still, faces, others)
    return join.picture(pictures, [one.landmarks for one in now or faces])


def test_a_face_that_is_like_enough_and_somebody_elses_is_not_called_too_unlike(told):
    found, told.alike = Finding(told, "Bob"), {50: (0.8, 0.7)}
    found(STAGE, face(50))
    with pytest.raises(NoFaceError, match=r"comes to 0.70, and was taken for somebody else's"):
        found.search.check_found("film.mp4")


@pytest.mark.parametrize(("dtype", "channels"), [(np.uint8, 3), (np.uint16, 3), (np.uint8, 4)])
def test_each_face_has_its_own_picture_and_what_nobody_moved_stays(dtype, channels):
    rng, full = np.random.default_rng(1), np.iinfo(dtype).max
    still = rng.integers(0, full, (100, 300, channels)).astype(dtype)
    one, other = still.copy(), still.copy()
    one[20:80, 20:80] = 0
    other[20:80, 220:280] = full
    got = joined(still, [one, other], [face(50), face(250)])
    np.testing.assert_array_equal(got[:, :90], one[:, :90])
    np.testing.assert_array_equal(got[:, 210:], other[:, 210:])
    np.testing.assert_array_equal(got[:, 90:210], still[:, 90:210])
    np.testing.assert_array_equal(joined(still, [still, still], [face(50), face(250)]), still)


def test_between_two_faces_one_passes_into_the_other_without_a_seam():
    still = np.full((100, 300, 3), 120, np.uint8)
    one, other = np.zeros_like(still), np.full_like(still, 240)
    row = joined(still, [one, other], [face(110), face(190)])[50, :, 0].astype(int)
    assert row[110] == 0 and row[190] == 240 and 80 < row[150] < 160
    assert (np.diff(row) >= 0).all() and np.diff(row).max() < 60


def test_transparent_colours_do_not_bleed():
    still = np.full((100, 300, 4), 100, np.uint8)
    one, other = np.zeros_like(still), np.full_like(still, 200)
    one[..., 0] = 255  # red that nobody sees
    got = joined(still, [one, other], [face(110), face(190)])
    assert got[50, 150, 0] == 200 and 0 < got[50, 150, 3] < 200


def test_of_two_faces_the_larger_reaches_further():
    still = np.full((100, 300, 3), 120, np.uint8)
    one, other = np.zeros_like(still), np.full_like(still, 240)
    got = joined(still, [one, other], [face(100, width=90), face(200, width=30)])
    assert got[50, 150].max() == 0 and got[50, 200].min() == 240


def painted(still, *places):
    """The picture with discs of a face's size: x, y, and how bright."""
    out, (y, x) = still.copy(), np.mgrid[: still.shape[0], : still.shape[1]]
    for middle, down, bright in places:
        out[np.hypot((x - middle) / 18, (y - down) / 24) < 1] = bright
    return out


STREET = np.full((100, 300, 3), 120, np.uint8)
"""An empty place; faces are discs in front of it, 0 and 240 bright."""


@pytest.mark.parametrize("moved", [0, 40, 80])
def test_a_head_is_whole_where_it_moves_to_and_its_place_is_left(moved):
    """A face that rests at 110 goes as far as to where the other one rests, which flees."""
    still = painted(STREET, (110, 50, 0), (190, 50, 240))
    one = painted(STREET, (190, 50, 240), (110 + moved, 50, 0))
    other = painted(STREET, (110, 50, 0), (190 + moved, 50, 240))
    faces, now = [face(110), face(190)], [face(110 + moved), face(190 + moved)]
    got = joined(still, [one, other], faces, now)
    wanted = painted(STREET, (110 + moved, 50, 0), (190 + moved, 50, 240))
    assert np.abs(got.astype(int) - wanted).mean() < 1
    for middle, bright in ((110 + moved, 0), (190 + moved, 240)):
        assert np.abs(got[36:64, middle - 9 : middle + 9].astype(int) - bright).max() <= 1
    if moved == 80:
        assert np.abs(got[40:60, 100:120].astype(int) - 120).max() <= 2  # nobody is left here


@pytest.mark.parametrize("first", [0, 1])
def test_the_larger_of_two_faces_is_in_front(first):
    still = STREET.copy()
    one, other = np.zeros_like(still), np.full_like(still, 240)
    faces = [face(140, width=60), face(170, width=40)]
    pictures = [one, other]
    if first:
        faces, pictures = faces[::-1], pictures[::-1]
    got = joined(still, pictures, faces)
    assert got[50, 163].max() == 0 and got[50, 183].min() == 240


def test_a_face_that_does_not_perform_is_left_alone():
    rng = np.random.default_rng(2)
    still = rng.integers(0, 255, (100, 300, 3)).astype(np.uint8)
    drawn = 255 - still  # the renderer moved everything
    other = face(190)
    got = joined(still, [drawn], [face(110)], others=[other])
    y, x = np.mgrid[:100, :300].astype(np.float32)
    inside = Head(other.landmarks).face(x, y) < 0.7
    assert inside.sum() > 300
    np.testing.assert_array_equal(got[inside], still[inside])
    np.testing.assert_array_equal(got[:, :130], drawn[:, :130])
    twice = joined(still, [drawn], [face(110)], others=[face(112, track=1)])
    np.testing.assert_array_equal(twice, drawn)  # a face that was found twice performs


def test_shares_follow_the_faces_without_a_jump():
    """Between two faces that move by half a pixel no picture changes by more than a little."""
    still = np.full((100, 300, 3), 120, np.uint8)
    one, other = np.zeros_like(still), np.full_like(still, 240)
    faces = [face(110), face(190)]
    join = Together(still, faces)
    made = []
    for step in range(80):
        now = [face(110 + step / 2).landmarks, face(190).landmarks]
        made.append(join.picture([one, other], now).astype(int))
    assert np.abs(np.diff(made, axis=0)).max() <= 25
    assert np.abs(made[-1] - made[0]).max() > 200


def test_pictures_are_joined_with_the_targets_they_answer():
    still = np.zeros((100, 300, 3), np.uint8)
    targets = [TargetFrame(n, face(50 + n).landmarks, None) for n in range(3)]

    def drawn(pulled):
        waiting = list(pulled)  # a renderer that looks ahead
        for one in waiting:
            yield VideoFrame(one.pts, np.full_like(still, one.pts))

    def stream():
        remembered = Remembered(iter(targets))
        return remembered.placed(drawn(remembered.targets()))

    placed = list(stream())
    assert [one.landmarks is two.landmarks for one, two in zip(placed, targets, strict=True)]
    join = Together(still, [face(50), face(250)])
    made = list(together(zip(stream(), stream(), strict=True), join))
    assert [one.pts for one in made] == [0, 1, 2] and made[2].pixels.min() == 2
    assert not made[0].pixels.flags.writeable
