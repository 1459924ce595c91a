"""Parts of films: which pictures they have, and that they say which."""

from __future__ import annotations

import threading
from fractions import Fraction

import pytest

from a1sdk.media import open_video

QUARTER = Fraction(1, 4)


@pytest.fixture
def path(tmp_path, film):
    return film(tmp_path / "f.mkv", encoder="ffv1", rate=Fraction(25), count=20)


@pytest.mark.parametrize(
    ("start", "stop", "numbers"),
    [
        (Fraction(0), None, range(20)),
        (QUARTER, 2 * QUARTER, range(6, 13)),
        (QUARTER, None, range(6, 20)),
    ],
)
def test_a_part_has_the_pictures_that_are_read_of_it(path, barcode, start, stop, numbers):
    with open_video(path) as reader:
        part = reader.part(start, stop)
        read = list(reader.frames(start, stop))
    for _ in range(2):  # each time from its start, and after the reader is closed
        frames = list(part)
        assert [one.pts for one in frames] == [barcode.read(one.pixels) for one in frames]
        assert [one.pts for one in frames] == list(numbers)
    assert [part.time(one.index) + start for one in read] == [one.time for one in read]


def test_parts_are_equal_that_show_the_same(path, tmp_path, film):
    other = film(tmp_path / "g.mkv", encoder="ffv1", count=20)
    with open_video(path) as one, open_video(path) as two, open_video(other) as three:
        assert one.part() == two.part() and hash(one.part()) == hash(two.part())
        assert one.part(QUARTER, 2 * QUARTER) == two.part(QUARTER, 2 * QUARTER)
        assert one.part() != three.part()
        assert one.part(QUARTER) != one.part() != one.part(Fraction(0), QUARTER)


def test_a_part_that_is_left_ends_its_thread(path):
    before = threading.active_count()
    with open_video(path) as reader:
        pictures = iter(reader.part())
        assert threading.active_count() == before
        next(pictures)
        assert threading.active_count() == before + 1
        pictures.close()
        assert threading.active_count() == before
