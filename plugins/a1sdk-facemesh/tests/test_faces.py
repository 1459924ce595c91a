"""The tracker on real models and real faces."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from a1sdk_facemesh.landmarker import Landmarker

from a1sdk.plugin import RunContext, VideoFrame

pytestmark = pytest.mark.shared
Load = Callable[[str], np.ndarray]


def test_loading_models_prints_nothing(shared: Path) -> None:
    code = """
        import sys, zipfile
        from a1sdk_facemesh.networks import Network
        with zipfile.ZipFile(sys.argv[1]) as bundle:
            Network("detector", bundle.read("face_detector.tflite"))
    """
    bundle = shared / "models" / "mediapipe" / "face_landmarker_v2_with_blendshapes.task"
    command = [sys.executable, "-c", textwrap.dedent(code), str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    ("portrait", "count"),
    [
        ("p02_obama", 1),
        ("p05_two_people", 2),
        ("p09_glasses", 1),
        ("p14_painting", 1),
        ("p15_anime", 1),
        ("p17_cartoon", 1),
        ("p18_profile", 1),
        ("p24_cameraman", 1),
        ("p27_tiny", 1),
        ("p28_partial", 1),
        ("p31_terracotta", 1),
        ("x08_tiny", 1),
        ("x11_really_sideways", 1),
        ("p25_noface", 0),
        ("p26_noface", 0),
    ],
)
def test_faces_of_portraits(
    tracker: Landmarker, lent: RunContext, load: Load, portrait: str, count: int
) -> None:
    assert len(tracker.detect(load(portrait), lent)) == count


@pytest.mark.parametrize(("group", "least", "most"), [("p22", 12, 15), ("p23", 20, 29)])
def test_faces_of_groups(
    tracker: Landmarker, lent: RunContext, load: Load, group: str, least: int, most: int
) -> None:
    found = tracker.detect(load(group), lent)
    assert least <= len(found) <= most
    sizes = [face.size for face in found]
    assert min(sizes) > sizes[0] / 3


@pytest.mark.slow
def test_a_picture_of_108_million_pixels(tracker: Landmarker, lent: RunContext, load: Load) -> None:
    small = tracker.detect(load("p07"), lent)[0]
    picture = np.kron(load("p07"), np.ones((9, 9, 1), np.uint8))
    (large,) = tracker.detect(picture, lent)
    error = np.linalg.norm(large.landmarks[:, :2] / 9 - small.landmarks[:, :2], axis=1)
    assert error.mean() < 0.01 * small.size


def test_landmarks_lie_where_the_face_is(tracker: Landmarker, lent: RunContext, load: Load) -> None:
    (face,) = tracker.detect(load("p02_obama"), lent)
    points = face.landmarks
    assert points.shape == (478, 3) and points.dtype == np.float32
    right_iris, left_iris, nose, chin = points[[468, 473, 1, 152]]
    assert right_iris[0] < nose[0] < left_iris[0]  # the subject's right is on the left
    assert right_iris[1] < nose[1] < chin[1]
    assert nose[2] < points[[234, 454], 2].min()
    for iris, corners in ((right_iris, (33, 133)), (left_iris, (362, 263))):
        assert points[corners[0], 0] < iris[0] < points[corners[1], 0]


def test_sideways_picture_gives_the_upright_picture_s_landmarks_turned(
    tracker: Landmarker, lent: RunContext, load: Load
) -> None:
    upright = load("p07_ai_woman")
    (one,) = tracker.detect(upright, lent)
    (other,) = tracker.detect(np.ascontiguousarray(np.rot90(upright)), lent)
    turned = np.column_stack([upright.shape[0] - other.landmarks[:, 1], other.landmarks[:, 0]])
    error = np.linalg.norm(turned - one.landmarks[:, :2], axis=1)
    assert error.mean() < 0.01 * one.size


def test_a_mirrored_face_gives_mirrored_landmarks(
    tracker: Landmarker, lent: RunContext, load: Load
) -> None:
    """Pixel centers are at +0.5: half a pixel of error per crop pixel would show here."""
    picture = load("p10_same")
    (one,) = tracker.detect(picture, lent)
    (other,) = tracker.detect(np.ascontiguousarray(picture[:, ::-1]), lent)
    middle = [1, 4, 5, 6, 8, 9, 10, 151, 152, 168, 164, 0, 17, 18, 200, 199, 175, 195, 197, 2]
    shift = (one.landmarks[middle, 0] + other.landmarks[middle, 0] - picture.shape[1]) / 2
    assert abs(shift.mean()) < 0.004 * one.size


def moved(picture: np.ndarray, shifts: list[int | None]) -> Iterator[VideoFrame]:
    """The picture moved to the right, or black for None."""
    for pts, shift in enumerate(shifts):
        pixels = np.zeros_like(picture) if shift is None else np.roll(picture, shift, 1)
        yield VideoFrame(pts, pixels)


def test_a_face_is_followed_through_a_short_loss(
    tracker: Landmarker, lent: RunContext, load: Load
) -> None:
    picture = load("x09_grid")
    shifts = [0, 5, 10, 15, None, None, None, 20, 25]
    tracked = list(tracker.track(moved(picture, shifts), lent))
    assert [len(frame.faces) for frame in tracked] == [1, 1, 1, 1, 0, 0, 0, 1, 1]
    seen = [frame.faces[0] for frame in tracked if frame.faces]
    assert {face.track for face in seen} == {0}
    steps = np.diff([face.center[0] for face in seen])
    assert steps == pytest.approx(5, abs=1.5)


def test_two_people_have_two_numbers(tracker: Landmarker, lent: RunContext, load: Load) -> None:
    tracked = list(tracker.track(moved(load("p05"), [0, 4, 8, 12]), lent, max_faces=2))
    where = [{face.track: face.center[0] for face in frame.faces} for frame in tracked]
    assert [sorted(faces) for faces in where] == [[0, 1]] * 4
    assert all((faces[0] < faces[1]) == (where[0][0] < where[0][1]) for faces in where)


def test_blendshapes_tell_a_smile_and_a_tongue_apart(
    tracker: Landmarker, lent: RunContext, load: Load
) -> None:
    (smiling,) = tracker.detect(load("p02_obama"), lent)
    (neutral,) = tracker.detect(load("p10_same"), lent)
    if smiling.blendshapes is None or neutral.blendshapes is None:
        assert tracker.options.models == "fallback"
        return
    smile = [43, 44]  # mouthSmileLeft, mouthSmileRight
    assert smiling.blendshapes.shape == (52,)
    assert smiling.blendshapes[smile].min() > 0.7
    assert neutral.blendshapes[smile].max() < 0.3
    assert smiling.blendshapes[51] == 0
