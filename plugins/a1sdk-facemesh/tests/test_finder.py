import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from a1sdk_facemesh.finder import Finder, is_same, plausible, reduced, tiles, whole
from a1sdk_facemesh.mesh import Mesh
from a1sdk_facemesh.regions import Region
from hypothesis import given
from hypothesis import strategies as st

MESH_POINTS = np.zeros((478, 3), np.float32)


@dataclass
class Found:
    """A detection, as far as the finder looks at it."""

    region: Region
    score: float = 0.9


class World:
    """Faces at known places, and networks that see them where they are not too small."""

    def __init__(self, *faces: Region, score: float = 1.0, sure: float = 0.9) -> None:
        self.faces = faces
        self.score = score
        self.sure = sure
        self.windows: list[Region] = []
        self.fitted: list[Region] = []

    def detect(self, pixels: np.ndarray, window: Region) -> list[Found]:
        self.windows.append(window)
        return [Found(face, self.sure) for face in self.faces if self._is_seen(face, window)]

    def _is_seen(self, face: Region, window: Region) -> bool:
        inside = max(abs(face.x - window.x), abs(face.y - window.y)) < window.size / 2
        level = abs(math.remainder(face.angle - window.angle, math.tau)) < 0.8
        return inside and level and face.size > window.size * 0.15

    def fit(self, pixels: np.ndarray, region: Region) -> Mesh:
        self.fitted.append(region)
        near = [face for face in self.faces if is_same(face, region)]
        return Mesh(MESH_POINTS, self.score if near else 0.0, near[0] if near else region)

    def finder(self) -> Finder:
        return Finder(self.detect, self.fit, 0.5)  # type: ignore[arg-type]


PICTURE = np.zeros((600, 1200, 3), np.uint8)
SMALL = [Region(x, 300, 60) for x in (150, 400, 650, 1100)]


def test_look_sees_what_stands_out_and_search_sees_all() -> None:
    world = World(*SMALL, Region(850, 250, 300))
    assert [face.region.size for face in world.finder().look(PICTURE)] == [300]
    assert [face.region.size for face in world.finder().search(PICTURE)] == [300, 60, 60, 60, 60]


def test_look_leaves_out_known_faces_and_does_not_fit_them() -> None:
    left, right = Region(300, 300, 200), Region(900, 300, 200)
    world = World(left, right)
    assert [face.region for face in world.finder().look(PICTURE, [left])] == [right]
    assert not any(abs(fitted.x - left.x) < 100 for fitted in world.fitted)


def test_search_turns_the_picture_only_when_nothing_is_upright() -> None:
    lying = Region(300, 300, 200, math.pi / 2)
    assert [face.region for face in World(lying).finder().search(PICTURE)] == [lying]
    both = World(lying, Region(800, 300, 200)).finder().search(PICTURE)
    assert [face.region.angle for face in both] == [0]


@pytest.mark.parametrize(
    "world",
    [
        World(Region(600, 300, 300), score=0.4),
        World(Region(600, 300, 300), sure=0.6),
        World(),
    ],
    ids=["mesh unsure", "detector unsure", "nothing there"],
)
def test_no_face_is_invented(world: World) -> None:
    assert world.finder().search(PICTURE) == []


def test_a_part_of_a_face_is_no_second_face() -> None:
    eye = Region(640, 270, 60)
    found = World(Region(600, 300, 300), eye).finder().search(PICTURE)
    assert [face.region.size for face in found] == [300]


def test_large_pictures_are_searched_small_and_found_in_place() -> None:
    world = World()
    huge = np.zeros((4096, 8192, 3), np.uint8)
    world.finder().search(huge)
    assert max(window.x + window.size / 2 for window in world.windows) <= 2048
    fitted: list[Region] = []
    finder = Finder(
        lambda pixels, window: [Found(Region(1000, 500, 400))],  # type: ignore[arg-type]
        lambda pixels, region: (fitted.append(region), Mesh(MESH_POINTS, 1.0, region))[1],  # type: ignore[arg-type]
        0.5,
    )
    assert finder.search(huge)[0].region == Region(4000, 2000, 1600)


def test_reduced_leaves_ordinary_pictures_alone() -> None:
    assert reduced(PICTURE) is PICTURE
    assert reduced(np.zeros((10, 4096, 3), np.uint8)).shape == (5, 2048, 3)
    assert reduced(np.zeros((1, 9000, 3), np.uint8)).shape == (1, 2048, 3)


@given(width=st.integers(1, 3000), height=st.integers(1, 3000), divisor=st.integers(2, 8))
def test_tiles_cover_the_picture_and_stay_in_it(width: int, height: int, divisor: int) -> None:
    picture = np.broadcast_to(np.uint8(0), (height, width, 3))
    found = list(tiles(picture, [divisor]))
    if max(width, height) / divisor < 96:
        assert found == []
        return
    for length, starts in ((width, {tile.x for tile in found}), (height, {t.y for t in found})):
        side, ordered = found[0].size, sorted(starts)
        assert ordered[0] - side / 2 < 1e-6 and ordered[-1] + side / 2 > length - 1e-6
        assert all(b - a <= side / 2 + 1e-6 for a, b in itertools.pairwise(ordered))


def test_whole_holds_the_picture() -> None:
    assert whole(PICTURE, 0.5) == Region(600, 300, 1200, 0.5)


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        (lambda region: region, True),
        (lambda region: region.widened(1.4), True),
        (lambda region: region.widened(0.4), False),
        (lambda region: region.widened(1.7), False),
        (lambda region: Region(region.x + 40, region.y, region.size, region.angle), False),
        (lambda region: Region(region.x, region.y, region.size, region.angle + 1.2), False),
        (lambda region: Region(region.x, region.y, region.size, region.angle + math.tau), True),
    ],
)
def test_a_mesh_has_to_fill_its_region_upright(
    change: Callable[[Region], Region], holds: bool
) -> None:
    region = Region(100, 100, 100, -3.0)
    assert plausible(Mesh(MESH_POINTS, 1.0, change(region)), region) is holds


def test_a_mesh_with_numbers_that_are_none_is_no_face() -> None:
    region = Region(100, 100, 100)
    assert not plausible(Mesh(MESH_POINTS * np.nan, 1.0, region), region)
