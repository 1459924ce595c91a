from __future__ import annotations

import numpy as np
import pytest
from a1sdk_insightface.alignment import five_points
from a1sdk_insightface.pose import fit_resting_face

from a1sdk.plugin import from_euler, reference_face


def seen(yaw: float, pitch: float, roll: float, scale: float = 80.0) -> np.ndarray:
    """The reference face in a picture, [478, 3]."""
    turned = reference_face().astype(np.float64) @ from_euler(yaw, pitch, roll).T
    return scale * turned + np.array([400.0, 300.0, 0.0])


@pytest.mark.parametrize("roll", [0.0, 35.0, -90.0, 180.0])
def test_a_face_in_front_of_the_camera_is_found_exactly(roll: float) -> None:
    face = seen(0, 0, roll)
    fitted = fit_resting_face(five_points(face)[:, :2])
    assert fitted.dtype == np.float32 and fitted.shape == (478, 3)
    assert np.abs(fitted[:, :2] - face[:, :2]).max() < 0.1


@pytest.mark.parametrize(
    "angles", [(30, 0, 0), (-30, 0, 0), (0, 20, 0), (0, -20, 0), (40, 15, -20), (60, 0, 0)]
)
def test_turned_faces_are_found_nearly(angles: tuple[float, float, float]) -> None:
    """The pull towards the camera costs a few degrees: hundredths of the eyes' distance."""
    face = seen(*angles)
    fitted = fit_resting_face(five_points(face)[:, :2])
    off = np.linalg.norm(fitted[:, :2] - face[:, :2], axis=1).mean()
    assert off < 0.06 * 80


def test_size_does_not_matter() -> None:
    points = five_points(seen(20, 10, 5))[:, :2]
    large, small = fit_resting_face(points), fit_resting_face(points / 8)
    assert np.allclose(small, large / 8, atol=0.01)


def test_noise_in_points_stays_noise() -> None:
    face, rng = seen(10, -5, 3), np.random.default_rng(3)
    points = five_points(face)[:, :2]
    for _ in range(20):
        fitted = fit_resting_face(points + rng.normal(0, 0.02 * 80, (5, 2)))
        assert np.linalg.norm(fitted[:, :2] - face[:, :2], axis=1).mean() < 0.15 * 80


def test_expression_is_not_seen() -> None:
    """The fitted face is the reference face, whatever the points are."""
    from a1sdk.plugin import FaceObservation, Neutral

    fitted = fit_resting_face(five_points(seen(25, 10, 0))[:, :2] + np.eye(5, 2) * 6)
    shape = Neutral.of(FaceObservation(fitted, 1.0)).shape
    resting = Neutral.of(FaceObservation(reference_face(), 1.0)).shape
    assert np.abs(shape - resting).max() < 1e-3
