import numpy as np
import pytest
from a1sdk_facemesh.finder import is_same
from a1sdk_facemesh.follower import Follower, Track, can_be
from a1sdk_facemesh.mesh import Mesh
from a1sdk_facemesh.regions import Region

POINTS = np.zeros((478, 3), np.float32)
PICTURE = np.zeros((4, 4, 3), np.uint8)


class World:
    """Faces that a test moves about, and networks that see them; counts what is asked of it."""

    def __init__(self, *faces: Region) -> None:
        self.faces = list(faces)
        self.looks = 0
        self.searches = 0

    def __call__(self, pixels: np.ndarray, region: Region) -> Mesh:
        near = [face for face in self.faces if is_same(face, region)]
        return Mesh(POINTS, float(bool(near)), near[0] if near else region)

    def look(self, pixels: np.ndarray, known: list[Region]) -> list[Mesh]:
        self.looks += 1
        new = [face for face in self.faces if not any(is_same(face, other) for other in known)]
        return [Mesh(POINTS, 1.0, face) for face in new if face.size > 50]

    def search(self, pixels: np.ndarray, divisors: tuple[int, ...]) -> list[Mesh]:
        self.searches += 1
        return [Mesh(POINTS, 1.0, face) for face in self.faces]

    def accepts(self, mesh: Mesh, region: Region) -> bool:
        return mesh.score > 0.5

    def follow(self, max_faces: int = 1) -> Follower:
        return Follower(self, self, max_faces)  # type: ignore[arg-type]


def numbers(follower: Follower) -> list[int]:
    return [number for number, _ in follower.step(PICTURE)]


LEFT, RIGHT = Region(100, 100, 90), Region(400, 100, 80)


def test_a_moving_face_keeps_its_number_and_the_detector_rests() -> None:
    world = World(LEFT)
    follower = world.follow()
    for step in range(30):
        world.faces = [Region(100 + 10 * step, 100, 90 + step)]
        assert numbers(follower) == [0]
    assert (world.looks, world.searches) == (1, 0)


def test_two_faces_keep_their_numbers_when_one_leaves() -> None:
    world = World(LEFT, RIGHT)
    follower = world.follow(2)
    assert numbers(follower) == [0, 1]
    world.faces = [RIGHT]
    assert numbers(follower) == [1]


def test_only_as_many_faces_as_asked_for() -> None:
    assert numbers(World(LEFT, RIGHT).follow(1)) == [0]


@pytest.mark.parametrize(("gone", "number"), [(1, 0), (50, 0), (52, 1)])
def test_a_face_that_comes_back_soon_keeps_its_number(gone: int, number: int) -> None:
    world = World(LEFT)
    follower = world.follow()
    assert numbers(follower) == [0]
    world.faces = []
    for _ in range(gone):
        assert numbers(follower) == []
    world.faces = [Region(130, 90, 100)]
    assert numbers(follower) == [number]


def test_another_face_elsewhere_gets_another_number() -> None:
    world = World(LEFT)
    follower = world.follow()
    assert numbers(follower) == [0]
    world.faces = [RIGHT]
    assert numbers(follower) == [1]
    world.faces = [LEFT]
    assert numbers(follower) == [0]


def test_a_second_face_is_noticed_within_five_pictures() -> None:
    world = World(LEFT)
    follower = world.follow(2)
    numbers(follower)
    world.faces.append(RIGHT)
    assert [numbers(follower) for _ in range(5)][-1] == [0, 1]


def test_tracks_that_end_on_one_face_become_one() -> None:
    world = World(LEFT, RIGHT)
    follower = world.follow(2)
    numbers(follower)
    world.faces = [Region(250, 100, 900)]  # both tracks see it
    assert numbers(follower) == [0]


def test_small_faces_are_searched_for_at_once_and_then_rarely() -> None:
    world = World(Region(100, 100, 30))
    assert numbers(world.follow()) == [0]
    assert (world.looks, world.searches) == (1, 1)
    empty = World()
    follower = empty.follow()
    for _ in range(60):
        assert numbers(follower) == []
    assert empty.looks == 60
    assert 3 <= empty.searches <= 5


def test_can_be_asks_for_a_place_near_by_and_a_similar_size() -> None:
    lost = Track(3, LEFT)
    assert can_be(lost, Region(150, 140, 120))
    assert not can_be(lost, Region(300, 100, 90))
    assert not can_be(lost, Region(100, 100, 200))
    assert not can_be(lost, Region(100, 100, 40))
