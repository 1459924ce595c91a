"""Pictures of several faces, put together."""

from __future__ import annotations

import numpy as np
import pytest
from blocks import face

from a1sdk.components.data import TargetFrame, VideoFrame
from a1sdk.render.cast.heads import Head
from a1sdk.render.cast.together import Remembered, Together, together


def joined(still, pictures, faces, now=None, others=()):
    """Put pictures together, in which the faces are `now`, or where they rest."""
    join = Together(still, faces, others)
    return join.picture(pictures, [one.landmarks for one in now or faces])


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
