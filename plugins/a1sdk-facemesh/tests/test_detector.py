import math

import numpy as np
import pytest
from a1sdk_facemesh.detector import Detection, Detector, anchors, decode, merge, overlap
from a1sdk_facemesh.regions import Region


def test_anchors_are_those_of_two_grids() -> None:
    centers = anchors()
    assert centers.shape == (896, 2)
    assert centers[:3].tolist() == [[1 / 32, 1 / 32], [1 / 32, 1 / 32], [3 / 32, 1 / 32]]
    assert centers[512:518].tolist() == [[1 / 16, 1 / 16]] * 6  # 512 = 16 x 16 x 2
    assert centers[-1].tolist() == [15 / 16, 15 / 16]


def test_decode_adds_the_anchor_to_all_but_the_size() -> None:
    raw = np.array([[4, -2, 20, 10, *[1, 1] * 6]], np.float32)
    points = decode(raw, np.array([[0.5, 0.25]], np.float32), 128)
    assert points[0, :2].tolist() == [[58, 25], [78, 35]]
    assert points[0, 2:].tolist() == [[65, 33]] * 6


def boxes(*corners: tuple[float, float, float, float]) -> np.ndarray:
    points = np.zeros((len(corners), 8, 2), np.float32)
    points[:, :2] = np.array(corners, np.float32).reshape(-1, 2, 2)
    return points


def test_overlap_is_intersection_over_union() -> None:
    points = boxes((0, 0, 2, 2), (1, 0, 3, 2), (5, 5, 6, 6), (0, 0, 2, 2))
    assert overlap(points[0, :2], points[:, :2]).tolist() == pytest.approx([1, 1 / 3, 0, 1])


def test_merge_blends_one_face_by_score_and_keeps_others() -> None:
    points = boxes((10, 10, 20, 20), (0, 0, 10, 10), (0, 2, 10, 12))
    merged = merge(points, np.array([0.6, 0.9, 0.3], np.float32))
    assert [score for _, score in merged] == pytest.approx([0.9, 0.6])
    assert merged[0][0][:2].tolist() == pytest.approx(np.array([[0, 0.5], [10, 10.5]]))
    assert merged[1][0][:2].tolist() == [[10, 10], [20, 20]]


def test_merge_ends_when_boxes_are_empty() -> None:
    merged = merge(boxes((5, 5, 5, 5), (5, 5, 5, 5)), np.array([0.9, 0.8], np.float32))
    assert len(merged) == 2


def test_region_of_a_detection_is_level_with_the_eyes() -> None:
    points = np.zeros((8, 2), np.float32)
    points[:2] = (100, 100), (180, 160)
    points[2:4] = (120, 120), (120, 150)  # the right eye above the left: turned by a quarter
    region = Detection(points, 0.9).region
    assert region == Region(140, 130, 120, pytest.approx(math.pi / 2))


class OneFace:
    """A network that sees one face, at the anchor in the middle of the picture's left half."""

    resolution = 128

    def __init__(self) -> None:
        self.fed = np.empty(0)

    def feed(self, values: np.ndarray, scale: float, offset: float) -> None:
        self.fed = values * scale + offset

    def run(self) -> None: ...

    def output(self, slot: int) -> np.ndarray:
        regressors = np.zeros((1, 896, 16), np.float32)
        logits = np.full((1, 896, 1), -9, np.float32)
        chosen = int(np.abs(anchors() - (0.25 + 1 / 32, 0.5 + 1 / 32)).sum(1).argmin())
        regressors[0, chosen, 2:4] = 32
        logits[0, chosen] = 3
        return (regressors, logits)[slot]


def test_detector_feeds_minus_one_to_one_and_maps_back_to_the_picture() -> None:
    network = OneFace()
    picture = np.zeros((256, 512, 3), np.uint8)
    picture[:, 256:] = 255
    (found,) = Detector(network)(picture, Region(256, 128, 512))  # type: ignore[arg-type]
    assert (network.fed.min(), network.fed.max()) == pytest.approx((-1, 1))
    assert found.score == pytest.approx(1 / (1 + math.exp(-3)))
    assert found.points[:2].mean(0).tolist() == pytest.approx([144, 144])
    assert found.size == pytest.approx(128)


def test_detector_below_its_threshold_finds_nothing() -> None:
    detector = Detector(OneFace(), min_score=0.96)  # type: ignore[arg-type]
    assert detector(np.zeros((64, 64, 3), np.uint8), Region(32, 32, 64)) == []
