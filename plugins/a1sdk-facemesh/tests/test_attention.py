import numpy as np
import pytest
from a1sdk_facemesh.attention import AttentionNetwork, Part, sample

from a1sdk.plugin import ResourceError

GRID = np.dstack(np.meshgrid(np.arange(8.0) + 0.5, np.arange(6.0) + 0.5)).astype(np.float32)


def test_sample_reads_positions_between_the_features() -> None:
    cut = np.array([[2, 0, 3.25], [0, 1, 2.5]], np.float32)  # 2 wide, 1 high, from (3.25, 2.5)
    read = sample(GRID, cut, 4)
    assert read[0, :, 0].tolist() == pytest.approx([3.5, 4.0, 4.5, 5.0])
    assert read[:, 0, 1].tolist() == pytest.approx([2.625, 2.875, 3.125, 3.375])


def test_sample_is_zero_outside_the_grid() -> None:
    cut = np.array([[8, 0, -4], [0, 2, 2]], np.float32)
    read = sample(GRID, cut, 4)
    assert (read[:, :2] == 0).all()
    assert (read[:, 2:] > 0).all()


def test_a_cut_lies_level_with_its_part_and_holds_it() -> None:
    part = Part(np.array([0, 1, 2, 3]), start=0, end=1, margin=1.5, cells=16)
    level = np.array([[0, 0], [40, 0], [20, 10], [20, -10]], np.float32)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    points = level @ turn.T + (100, 50)
    cut = part.cut(points.astype(np.float32))
    corners = np.array([[0, 0], [1, 0], [0.5, 0.5], [1, 1]])
    expected = np.array([[-10, -15], [50, -15], [20, 0], [50, 15]]) @ turn.T + (100, 50)
    assert corners @ cut[:, :2].T + cut[:, 2] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("content", [b"", b"hello" * 100, bytes(300)])
def test_what_is_no_such_network_is_refused(content: bytes) -> None:
    with pytest.raises(ResourceError, match=r"'mesh\.tflite' cannot be used"):
        AttentionNetwork("mesh.tflite", content)
