"""Where one shot ends and another begins."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from a1sdk.media import open_video
from a1sdk.media.cuts import CutWatch, Outline, shots_of

RATE = Fraction(24)
SIDE = 96


def scene(seed: int) -> np.ndarray:
    """A picture of soft blobs, larger than what a shot of it shows."""
    rng = np.random.default_rng(seed)
    rough = Image.fromarray(rng.integers(0, 255, (320, 320, 3), dtype=np.uint8))
    soft = np.asarray(rough.filter(ImageFilter.GaussianBlur(9))).astype(float)
    return np.clip((soft - soft.mean()) * 12 + 120, 0, 255).astype(np.uint8)


def shown(seed: int, count: int, speed: int = 0) -> list[np.ndarray]:
    """Pictures of a scene, the camera panning by some pixels a picture."""
    whole = scene(seed)
    return [whole[20 : 20 + SIDE, n * speed : n * speed + SIDE] for n in range(count)]


def found(pictures: list[np.ndarray]) -> list[tuple[int, int]]:
    return [(shot.start, shot.stop) for shot in shots_of(pictures, RATE)]


def test_a_film_of_one_shot_has_no_cut() -> None:
    assert found(shown(1, 40)) == [(0, 40)]
    assert found([]) == []
    assert found(shown(1, 1)) == [(0, 1)]


def test_each_shot_is_told_of_with_its_frames() -> None:
    film = [*shown(1, 30, speed=1), *shown(2, 9), *shown(3, 5), *shown(1, 20)]
    assert found(film) == [(0, 30), (30, 39), (39, 44), (44, 64)]


def test_a_fast_pan_is_no_cut_and_a_cut_to_one_is() -> None:
    assert found(shown(4, 14, speed=14)) == [(0, 14)]
    assert found([*shown(5, 20), *shown(4, 14, speed=5)]) == [(0, 20), (20, 34)]


def test_exposure_and_tints_are_no_cuts() -> None:
    film = [np.clip(one * (0.6 if n > 20 else 1), 0, 255) for n, one in enumerate(shown(1, 40))]
    tinted = [np.clip(one * [1, 1, 0.5], 0, 255) for one in shown(1, 20)]
    assert found([one.astype(np.uint8) for one in (*film, *tinted)]) == [(0, 60)]


@pytest.mark.parametrize("length", [1, 5, 12])
@pytest.mark.parametrize("level", [0, 255])
def test_a_disturbance_is_no_shot(level: int, length: int) -> None:
    film = shown(1, 40)
    film[15 : 15 + length] = [np.full_like(film[0], level)] * length
    assert found(film) == [(0, 40)]


def test_another_picture_for_long_enough_is_a_shot() -> None:
    film = shown(1, 60)
    film[15:28] = shown(2, 13)
    assert found(film) == [(0, 15), (15, 28), (28, 60)]


def test_a_black_frame_at_a_cut_belongs_to_the_shot_before() -> None:
    black = np.zeros((SIDE, SIDE, 3), np.uint8)
    assert found([*shown(1, 20), black, *shown(2, 20)]) == [(0, 21), (21, 41)]


def test_titles_on_black_and_white_are_told_apart() -> None:
    black, white = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 255, np.uint8)
    assert found([black] * 20 + [white] * 20 + shown(1, 20)) == [(0, 20), (20, 40), (40, 60)]


def test_pictures_of_one_scene_are_alike_and_of_two_are_not() -> None:
    first, second = (Outline.of(one) for one in shown(1, 2, speed=1))
    assert first.unlike(second) < 0.1 < 0.7 < first.unlike(Outline.of(scene(2)[:SIDE, :SIDE]))


def test_a_watch_says_at_once_where_a_cut_may_be() -> None:
    watch = CutWatch()
    film = [*shown(1, 3), *shown(2, 3)]
    assert [watch.is_cut(one) for one in film] == [True, False, False, True, False, False]


@pytest.mark.shared
@pytest.mark.parametrize(
    "name,cuts",
    [("d10", [20, 82, 211]), ("d07", [73]), ("d08", []), ("d03", []), ("d11", []), ("z03", [])],
)
def test_cuts_of_real_films(name: str, cuts: list[int], shared: Path) -> None:
    (path,) = (shared / "data" / "driving").glob(f"{name}*")
    with open_video(path) as reader:
        pictures = (frame.pixels for frame in reader.frames())
        assert [shot.start for shot in shots_of(pictures, reader.info.rate)] == [0, *cuts]
