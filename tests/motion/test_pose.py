from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.motion.blendshapes import INDEX, displacement, reference_face
from a1sdk.motion.pose import NECK, Pose, fit_pose, neck_swing, own_pose
from a1sdk.motion.rotation import euler, from_euler, rotation_log

ANGLES = st.tuples(st.floats(-60, 60), st.floats(-40, 40), st.floats(-60, 60))


def _angle_between(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.degrees(np.linalg.norm(rotation_log(first.T @ second))))


@given(ANGLES, st.floats(5, 2000), st.floats(-3000, 3000))
def test_a_known_pose_is_recovered(
    angles: tuple[float, float, float], scale: float, x: float
) -> None:
    shape = reference_face().astype(float)
    truth = Pose(from_euler(*angles), scale, np.array([x, 50.0, -x]))
    found = fit_pose(truth.project(shape), shape)
    assert _angle_between(found.rotation, truth.rotation) < 1e-4
    assert found.scale == pytest.approx(scale, rel=1e-8)
    assert np.allclose(found.translation, truth.translation, atol=1e-6 * scale)


@given(ANGLES)
@settings(max_examples=30)
def test_expression_hardly_disturbs_the_pose(angles: tuple[float, float, float]) -> None:
    scores = np.zeros(52, np.float32)
    scores[[INDEX["jawOpen"], INDEX["mouthSmileLeft"], INDEX["eyeBlinkLeft"]]] = 0.8
    scores[INDEX["browInnerUp"]] = 0.5
    shape = reference_face().astype(float)
    truth = Pose(from_euler(*angles), 80.0, np.array([200.0, 200.0, 0.0]))
    found = fit_pose(truth.project(shape + displacement(scores)), shape)
    assert _angle_between(found.rotation, truth.rotation) < 1.0
    assert found.scale == pytest.approx(80.0, rel=0.01)


def test_a_few_wild_points_do_not_matter() -> None:
    shape = reference_face().astype(float)
    truth = Pose(from_euler(15, -5, 3), 100.0, np.array([300.0, 200.0, 0.0]))
    seen = truth.project(shape)
    seen[[33, 130, 127]] += 40  # a hand at the eye
    found = fit_pose(seen, shape)
    assert _angle_between(found.rotation, truth.rotation) < 0.3
    assert found.scale == pytest.approx(100.0, rel=0.01)


def test_face_space_is_attached_to_the_head() -> None:
    shape = reference_face().astype(float)
    truth = Pose(from_euler(25, 10, -8), 120.0, np.array([10.0, 20.0, 30.0]))
    pose = own_pose(truth.project(shape))
    straight = own_pose(shape)
    assert np.allclose(straight.unproject(shape), pose.unproject(truth.project(shape)), atol=1e-9)


def test_the_reference_face_looks_at_the_camera() -> None:
    pose = own_pose(reference_face())
    assert np.abs(euler(pose.rotation)).max() < 0.1
    assert np.abs(pose.translation).max() < 1e-3
    assert pose.scale == pytest.approx(1.0, abs=1e-3)


def test_project_and_unproject_are_inverse() -> None:
    pose = Pose(from_euler(5, 6, 7), 33.0, np.array([1.0, 2.0, 3.0]))
    shape = reference_face().astype(float)
    assert np.allclose(pose.unproject(pose.project(shape)), shape)


def test_a_head_that_turns_about_the_neck_leaves_the_neck_in_place() -> None:
    rotation = from_euler(20, -15, 10)
    assert np.allclose(rotation @ NECK + neck_swing(rotation), NECK)
    assert not neck_swing(np.eye(3)).any()
    nod = neck_swing(from_euler(0, -10, 0))
    assert nod[1] > 0.05  # the face goes down with it
