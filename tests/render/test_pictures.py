"""The driver beside the result, and contact sheets."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from a1sdk.components.data import VideoFrame
from a1sdk.errors import DecodeError, StorageError
from a1sdk.media import open_writer, read_still
from a1sdk.render.sheet import contact_sheet
from a1sdk.render.sidebyside import beside_driver, driver_width


def results(count: int, like: np.ndarray):
    return [VideoFrame(n, np.full_like(like, n)) for n in range(count)]


def shades(frames, width: int, full: int = 255) -> list[int]:
    """What the driver's pictures say: 20 times their number."""
    return [round(float(np.median(f.pixels[:, :width, :3])) / full * 255 / 20) for f in frames]


def test_the_driver_keeps_its_aspect(film):
    assert driver_width(film(2), 96) == 128
    assert driver_width(film(2), 25) == 33


@pytest.mark.parametrize(
    ("rate", "count", "expected"),
    [
        (Fraction(25), 6, [0, 1, 2, 3, 4, 5]),
        (Fraction(50), 6, [0, 0, 1, 1, 2, 2]),
        (Fraction(25, 2), 3, [0, 2, 4]),
        (Fraction(25), 9, [0, 1, 2, 3, 4, 5, 5, 5, 5]),
    ],
)
def test_each_picture_stands_beside_the_drivers_of_that_instant(film, rate, count, expected):
    like = np.zeros((48, 30, 3), np.uint8)
    frames = list(beside_driver(results(count, like), film(6), rate, like))
    assert [frame.pts for frame in frames] == list(range(count))
    assert shades(frames, 64) == expected
    assert all((frame.pixels[:, 64:] == frame.pts).all() for frame in frames)


@pytest.mark.parametrize(("channels", "dtype"), [(4, np.uint8), (3, np.uint16), (4, np.uint16)])
def test_the_driver_takes_the_form_of_the_result(film, channels, dtype):
    like = np.zeros((96, 30, channels), dtype)
    (first, second) = beside_driver(results(2, like), film(3), Fraction(25), like)
    assert second.pixels.shape == (96, 128 + 30, channels) and second.pixels.dtype == dtype
    full = np.iinfo(dtype).max
    assert shades([first, second], 128, full) == [0, 1]
    if channels == 4:
        assert (second.pixels[:, :128, 3] == full).all()


def cells(sheet) -> np.ndarray:
    """The middles of the pictures of a sheet with 3 columns and 40 pixels of height."""
    width = (sheet.shape[1] - 2 * 24 + 12) // 3
    rows = (sheet.shape[0] - 2 * 24 + 12) // (40 + 26 + 12)
    return np.array(
        [
            [sheet[24 + r * 78 + 20, 24 + c * width + (width - 12) // 2, 0] for c in range(3)]
            for r in range(rows)
        ]
    )


def test_a_sheet_shows_evenly_spaced_frames(film, tmp_path):
    contact_sheet(film(12), tmp_path / "sheet.png", columns=3, height=40)
    picks = cells(read_still(tmp_path / "sheet.png").pixels)
    assert np.round(picks / 20).tolist() == [[2, 6, 10]]


def test_a_sheet_shows_the_driver_at_the_same_instants(film, tmp_path):
    result = tmp_path / "result.mkv"
    with open_writer(result, rate=Fraction(50), width=20, height=48) as writer:
        for number in range(24):
            writer.write(np.full((48, 20, 3), number * 10, np.uint8))
    contact_sheet(result, tmp_path / "sheet.png", driver=film(12), columns=3, height=40)
    picks = cells(read_still(tmp_path / "sheet.png").pixels)
    assert np.round(picks[0] / 20).tolist() == [2, 6, 10]
    assert np.round(picks[1] / 10).tolist() == [4, 12, 20]


def test_a_film_shorter_than_the_sheet_repeats_frames(film, tmp_path):
    contact_sheet(film(1), tmp_path / "sheet.png", columns=3, height=40)
    assert cells(read_still(tmp_path / "sheet.png").pixels).tolist() == [[0, 0, 0]]


def test_a_sheet_that_cannot_be_made_is_a_typed_error(film, picture, tmp_path):
    with pytest.raises(DecodeError):
        contact_sheet(picture, tmp_path / "sheet.png")
    with pytest.raises(StorageError):
        contact_sheet(film(2), tmp_path / "nowhere" / "sheet.png")
