import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_dit.conditioning.drawing import draw_frame, draw_reference
from a1sdk_dit.conditioning.topology import DRAWN, FRAME, REFERENCE, edges
from safetensors.numpy import load_file

EYE, BROW, LIP = (10, 200, 180), (180, 220, 10), (10, 180, 20)


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, np.ndarray]:
    return load_file(shared / "parity" / "draw" / "draw.safetensors")


@pytest.fixture
def apart() -> np.ndarray:
    """Landmarks, none where another is: a grid 5 pixels wide, point by point."""
    number = np.arange(478)
    return np.stack([3.5 + 5 * (number % 24), 3.5 + 5 * (number // 24)], 1)


def spec(shared: Path, name: str) -> Any:
    return json.loads((shared / "parity" / "draw" / f"spec_{name}.json").read_text())


def in_runs(lines: Iterable[tuple[int, int, tuple[int, ...]]]) -> list[tuple[Any, set[Any]]]:
    """Lines of one colour in a row, whose order and direction cannot show."""
    return [
        (color, {frozenset(line[:2]) for line in run})
        for color, run in groupby(lines, lambda line: line[2])
    ]


@pytest.mark.shared
def test_the_frames_lines_are_the_released_ones_in_their_order(shared: Path) -> None:
    told = spec(shared, "flame105")
    numbers = told["index_mapping_105"]
    assert tuple(numbers) == DRAWN
    assert edges(FRAME) == [
        (numbers[start], numbers[end], tuple(color)) for (start, end), color, _ in told["edges"]
    ]


@pytest.mark.shared
def test_the_references_lines_are_the_released_ones(shared: Path) -> None:
    told = spec(shared, "mp478")
    lines = [(start, end, tuple(color)) for (start, end), color, _ in told["edges"]]
    assert in_runs(edges(REFERENCE)) == in_runs(lines)


@pytest.mark.shared
@pytest.mark.parametrize("size", ["251x260", "307x307", "96x80", "offscreen_200x180"])
def test_the_reference_drawing_is_the_released_one_to_the_pixel(
    expected: dict[str, np.ndarray], size: str
) -> None:
    wanted = expected[f"mp478.image_{size}"]
    height, width = wanted.shape[:2]
    points = expected["mp478.landmarks_offscreen" if "off" in size else "mp478.landmarks_norm"]
    drawn = draw_reference(points[:, :2].astype(np.float64) * (width, height), height, width)
    np.testing.assert_array_equal(drawn, wanted)


@pytest.mark.shared
def test_the_frames_drawing_is_the_released_one_to_the_pixel(
    expected: dict[str, np.ndarray],
) -> None:
    points = np.full((478, 2), np.nan)
    points[list(DRAWN)] = expected["flame105.points113_px"][: len(DRAWN)]
    points[[468, 473]] = [expected[f"flame105.pupil{eye}_px"] for eye in (468, 473)]
    wanted = expected["flame105.image_video"]
    np.testing.assert_array_equal(draw_frame(points, *wanted.shape[:2]), wanted)


def test_every_line_joins_drawn_landmarks_once() -> None:
    for style, count in ((FRAME, 90), (REFERENCE, 88)):
        lines = [frozenset(line[:2]) for line in edges(style)]
        assert len(lines) == count
        assert len(set(lines)) == count
        assert set().union(*lines) < set(DRAWN)


def test_lines_run_from_pixel_to_pixel_in_their_colours(apart: np.ndarray) -> None:
    picture = draw_frame(apart, 110, 130)
    places = apart.astype(int)
    assert picture[places[145][1], places[145][0]].tolist() == list(EYE)
    assert picture[places[282][1], places[282][0]].tolist() == list(BROW)
    assert picture[places[146][1], places[146][0]].tolist() == list(LIP)
    # 144 and 145 are neighbours in one row of the grid, so that the line between them is straight
    (x, y), end = places[144], places[145]
    assert end.tolist() == [x + 5, y]
    assert (picture[y, x : x + 6] == EYE).all()


def test_later_lines_lie_over_earlier_ones(apart: np.ndarray) -> None:
    picture = draw_frame(apart, 110, 130)
    x, y = apart[14].astype(int)  # the lips' middle: the left half is drawn after the right one
    assert picture[y, x].tolist() == [100, 150, 50]
    x, y = apart[0].astype(int)
    assert picture[y, x].tolist() == [80, 100, 20]


@pytest.mark.parametrize(
    ("draw", "pupil", "nose", "white"),
    [(draw_frame, (-1, 2), (-2, 3), 255), (draw_reference, (-1, 1), (-2, 2), 200)],
)
def test_pupils_and_nose_are_squares(
    draw: Any, pupil: tuple[int, int], nose: tuple[int, int], white: int
) -> None:
    points = np.full((478, 2), -1.0)
    points[[468, 473, 4]] = [[20.0, 10.9], [40.2, 12.0], [30.5, 20.5]]
    wanted = np.zeros((40, 60, 3), np.uint8)
    squares = [((20, 10), pupil, (10, 200, 250)), ((40, 12), pupil, (250, 200, 10))]
    for (x, y), (low, high), color in [*squares, ((30, 20), nose, (white,) * 3)]:
        wanted[y + low : y + high, x + low : x + high] = color
    np.testing.assert_array_equal(draw(points, 40, 60), wanted)


def test_what_leaves_the_picture_is_left_out() -> None:
    points = np.full((478, 3), 1e9)
    assert not draw_frame(points, 48, 72).any()
    points[61, :2], points[146, :2] = (10.5, 10.5), (72.1, 10.5)
    assert not draw_frame(points, 48, 72).any()
    points[146, :2] = (72.0, 48.0)  # the far edge itself counts as the last pixel
    drawn = draw_frame(points, 48, 72)
    assert drawn[10, 10].tolist() == drawn[47, 71].tolist() == list(LIP)


def test_squares_are_cut_at_the_pictures_edges() -> None:
    points = np.full((478, 2), -1.0)
    points[[4, 468]] = [[0.5, 1.5], [59.5, 39.5]]
    drawn = draw_frame(points, 40, 60)
    assert (drawn[0:4, 0:3] == 255).all()
    assert (drawn[38:40, 58:60] == (10, 200, 250)).all()
    assert (drawn > 0).any(2).sum() == 12 + 4


def test_fractions_of_a_pixel_and_the_depth_do_not_show(apart: np.ndarray) -> None:
    moved = np.column_stack([apart + 0.49, np.arange(478)]).astype(np.float32)
    np.testing.assert_array_equal(draw_frame(moved, 110, 130), draw_frame(apart, 110, 130))
