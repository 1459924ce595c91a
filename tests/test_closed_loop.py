"""The closed loop's own measures; the loop itself is `benchmarks/closed_loop.py`."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation
from a1sdk.motion.pose import own_pose
from a1sdk.motion.rotation import rotation_exp
from a1sdk.testing import faces

pytest.importorskip("cv2")
pytest.importorskip("scipy")

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("closed_loop")


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a/b.jpg", ("a/b.jpg", "", 0)),
        ("a/b.jpg#12", ("a/b.jpg", "#", 12)),
        ("film@home.mp4@200", ("film@home.mp4", "@", 200)),
        ("me@home.jpg", ("me@home.jpg", "", 0)),
    ],
)
def test_sources_name_a_face_or_a_frame(
    loop: ModuleType, source: str, parts: tuple[str, str, int]
) -> None:
    assert loop.parse(source) == parts


def test_a_turn_is_measured_about_its_own_axis(loop: ModuleType) -> None:
    shape = faces.neutral_shape().astype(np.float64)
    turns = [rotation_exp(np.radians([0.0, degrees, 0.0])) for degrees in (0.0, 2.0, 10.0)]
    found = np.stack([shape @ turn.T for turn in turns])
    mean, high, most = loop.spread(np.stack([shape] * 3), found, shape)
    np.testing.assert_allclose(mean, [4.0, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(high, [9.2, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(most, [10.0, 0.0, 0.0], atol=1e-6)


def test_a_small_face_is_cut_out_and_enlarged(loop: ModuleType) -> None:
    portrait = faces.portrait(300, 300)
    size = portrait.face.size
    landmarks = portrait.face.landmarks * np.float32(60 / size) + np.float32([400, 200, 0])
    face = FaceObservation(landmarks, 1.0)
    wide = np.zeros((600, 900, 3), np.uint8)
    x, y = (round(v) for v in face.center)
    wide[y - 4 : y + 5, x - 4 : x + 5] = 255
    part = loop.cut_out(wide, face)
    assert max(part.shape) == loop.LEAST_SIDE
    rows, columns = np.nonzero(part[..., 0] > 127)
    scale = loop.LEAST_SIDE / (loop.CUT * 60)
    np.testing.assert_allclose(columns.mean(), part.shape[1] / 2, atol=scale)
    np.testing.assert_allclose(rows.mean(), part.shape[0] / 2 - 9 * scale, atol=scale)


def test_what_is_written_under_the_table_stays(loop: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert loop.written_by_hand(page) == ""
    page.write_text("# Table\n\n| a |\n\n## What it says\n\nMuch.\n\n## More\n", encoding="utf-8")
    assert loop.written_by_hand(page) == "\n## What it says\n\nMuch.\n\n## More\n"


def test_the_exact_mesh_puts_skin_where_it_is_asked(loop: ModuleType) -> None:
    portrait = faces.portrait(256, 256)
    landmarks = portrait.face.landmarks.astype(np.float64)
    nose, corner = landmarks[4, :2], landmarks[33, :2]
    pixels = np.full((256, 256, 3), 90, np.uint8)
    for place in (nose, corner):
        x, y = (int(v) for v in place)
        pixels[y - 2 : y + 3, x - 2 : x + 3] = 255
    pose = own_pose(landmarks)
    turned = pose.unproject(landmarks) @ rotation_exp(np.radians([0.0, 12.0, 0.0])).T
    target = pose.project(turned)
    drawn = loop.ExactMesh(pixels, landmarks).draw(target)
    for point in (4, 33):
        x, y = (int(v) for v in target[point, :2])
        assert drawn[y, x].min() > 200
    assert np.abs(target[4, :2] - nose).max() > 4
    assert (drawn[:8] == 90).all()
