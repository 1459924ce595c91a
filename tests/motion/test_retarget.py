from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.components.data import FaceObservation
from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.motion.blendshapes import (
    INDEX,
    displacement,
    reference_face,
    resting_scores,
)
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.landmarks import LOWER_LIDS, LOWER_LIP, UPPER_LIDS, UPPER_LIP
from a1sdk.motion.mix import resting
from a1sdk.motion.neutral import Neutral, eye_apertures, mouth_opening
from a1sdk.motion.pose import CAMERA_DISTANCE, own_pose
from a1sdk.motion.retarget import ExpressionReference, Retarget
from a1sdk.motion.rotation import euler, from_euler, rotation_exp

GAINS = st.floats(0, 3)
SCORES = st.lists(st.floats(0, 1), min_size=52, max_size=52)


def _scores(**values: float) -> np.ndarray:
    scores = np.zeros(52, np.float32)
    for name, value in values.items():
        scores[INDEX[name]] = value
    return scores


def _motion(scores: np.ndarray, rotation: np.ndarray | None = None) -> FaceMotion:
    turned = np.eye(3) if rotation is None else rotation
    return replace(resting(), expression=displacement(scores), rotation=turned.astype(np.float32))


def _portrait(seed: int = 0, angles: tuple[float, float, float] = (12, -5, 4)) -> FaceObservation:
    """Some other face than the reference, in some pose."""
    random = np.random.default_rng(seed)
    stretch = 1 + 0.15 * random.standard_normal(3)
    shape = reference_face() * stretch
    shape[[i for lid in UPPER_LIDS for i in lid], 1] += 0.02 * random.standard_normal()
    points = 140.0 * (shape @ from_euler(*angles).T) + np.array([300, 280, 0])
    return FaceObservation(points.astype(np.float32), 1.0)


@given(GAINS, GAINS, st.integers(0, 50))
@settings(max_examples=40)
def test_no_motion_gives_the_portrait_back_bit_for_bit(
    expression_gain: float, head_gain: float, seed: int
) -> None:
    portrait = _portrait(seed)
    subject = reference_face() * np.float32(1.1)
    retarget = Retarget(portrait, expression_gain=expression_gain, head_gain=head_gain)
    for motion in (resting(), replace(resting(), neutral=subject)):
        target = retarget(MotionFrame(7, motion))
        assert target.pts == 7
        assert target.landmarks.dtype == np.float32
        assert (target.landmarks == portrait.landmarks).all()
        assert (target.motion.expression == 0).all()


def test_head_turns_in_the_portraits_own_space() -> None:
    portrait = _portrait(angles=(20, 0, 10))
    nod = _motion(_scores(), from_euler(0, 8, 0))
    target = Retarget(portrait)(MotionFrame(0, nod))
    before, after = own_pose(portrait.landmarks), own_pose(target.landmarks)
    assert np.allclose(euler(before.rotation.T @ after.rotation), (0, 8, 0), atol=0.01)
    assert np.allclose(before.translation, after.translation, atol=0.01)
    assert after.scale == pytest.approx(before.scale, rel=1e-5)


@pytest.mark.parametrize("gain", [0.0, 0.5, 2.0])
def test_head_gain_scales_the_angle_and_the_way(gain: float) -> None:
    portrait = _portrait(angles=(0, 0, 0))
    turn = rotation_exp(np.radians([4.0, 8.0, -3.0]))
    motion = replace(_motion(_scores(), turn), translation=np.array([0.2, -0.1, 0.8], np.float32))
    target = Retarget(portrait, head_gain=gain, travel=float("inf"))(MotionFrame(0, motion))
    expected = rotation_exp(gain * np.radians([4.0, 8.0, -3.0]))
    before, after = own_pose(portrait.landmarks), own_pose(target.landmarks)
    assert np.allclose(before.rotation.T @ after.rotation, expected, atol=1e-5)
    moved = (after.translation - before.translation) / before.scale
    assert np.allclose(moved[:2], gain * np.array([0.2, -0.1]), atol=1e-4)
    nearer = CAMERA_DISTANCE / (CAMERA_DISTANCE + gain * 0.8)
    assert after.scale / before.scale == pytest.approx(nearer, rel=1e-4)


def test_the_head_stays_on_its_neck() -> None:
    portrait = _portrait(angles=(0, 0, 0))
    retarget = Retarget(portrait, travel=0.6)
    scale = own_pose(portrait.landmarks).scale
    ways = []
    for way in np.linspace(0, 5, 200):
        motion = replace(resting(), translation=np.array([0.6 * way, -0.8 * way, 0], np.float32))
        moved = (retarget(MotionFrame(0, motion)).landmarks - portrait.landmarks)[0, :2] / scale
        assert moved == pytest.approx(np.array([0.6, -0.8]) * np.hypot(*moved), abs=1e-4)
        ways.append(float(np.hypot(*moved)))
        if way <= 0.3:
            assert ways[-1] == pytest.approx(way, abs=1e-4)
    assert (np.diff(ways) > -1e-5).all()
    assert 0.59 < ways[-1] <= 0.601
    with pytest.raises(ConfigError, match="travel"):
        Retarget(portrait, travel=0)


def test_absolute_head_goes_where_the_subjects_is() -> None:
    portrait = _portrait(angles=(25, 5, 0))
    motion = _motion(_scores(), from_euler(-10, 3, 2))
    target = Retarget(portrait, head="absolute")(MotionFrame(0, motion))
    assert np.allclose(euler(own_pose(target.landmarks).rotation), (-10, 3, 2), atol=0.01)


@given(SCORES, GAINS, st.integers(0, 20), st.sampled_from(["relative", "absolute"]))
@settings(max_examples=80)
def test_lids_and_lips_never_cross(
    scores: list[float], gain: float, seed: int, mode: ExpressionReference
) -> None:
    own_scores = np.random.default_rng(seed).random(52).astype(np.float32)
    portrait = replace(_portrait(seed), blendshapes=own_scores)
    motion = _motion(np.array(scores, np.float32))
    retarget = Retarget(portrait, expression_gain=gain, expression=mode)
    target = retarget(MotionFrame(0, motion))
    pose = own_pose(portrait.landmarks)
    own, shape = pose.unproject(portrait.landmarks), pose.unproject(target.landmarks)
    for top, bottom in ((UPPER_LIDS[0], LOWER_LIDS[0]), (UPPER_LIDS[1], LOWER_LIDS[1]),
                        (UPPER_LIP[0], LOWER_LIP[0])):  # fmt: skip
        gap = shape[list(bottom), 1] - shape[list(top), 1]
        before = own[list(bottom), 1] - own[list(top), 1]
        assert (gap >= np.minimum(0, before) - 1e-4).all()


@pytest.mark.parametrize("subject_aperture", [0.6, 1.0, 1.5])
@pytest.mark.parametrize("seed", range(4))
def test_a_blink_shuts_the_portraits_eyes(subject_aperture: float, seed: int) -> None:
    """However wide the subject's and the portrait's eyes are open."""
    subject = reference_face().copy()
    for top, bottom in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        middle = (subject[list(top), 1] + subject[list(bottom), 1]) / 2
        for lid in (list(top), list(bottom)):
            subject[lid, 1] = middle + subject_aperture * (subject[lid, 1] - middle)
    portrait = _portrait(seed)
    retarget = Retarget(portrait)
    pose = own_pose(portrait.landmarks)
    own = eye_apertures(pose.unproject(portrait.landmarks))
    for closing, expected in ((0.5, 0.5), (0.87, 0.0), (1.0, 0.0), (1.2, 0.0)):
        blink = np.zeros((478, 3), np.float32)
        for top, bottom in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
            height = subject[list(bottom), 1] - subject[list(top), 1]
            blink[list(top), 1] = closing * height
        motion = replace(resting(), expression=blink, neutral=subject)
        target = retarget(MotionFrame(0, motion))
        left = eye_apertures(pose.unproject(target.landmarks)) / own
        assert left == pytest.approx(expected, abs=0.12 if expected else 0.01)


def test_a_mouth_opens_in_proportion_to_its_width() -> None:
    portrait = _portrait(angles=(0, 0, 0))
    pose = own_pose(portrait.landmarks)
    own = pose.unproject(portrait.landmarks)
    target = Retarget(portrait)(MotionFrame(0, _motion(_scores(jawOpen=0.7))))
    opened = mouth_opening(pose.unproject(target.landmarks)) - mouth_opening(own)
    wanted = mouth_opening(reference_face() + displacement(_scores(jawOpen=0.7)))
    wanted -= mouth_opening(reference_face())
    width = np.linalg.norm(own[291] - own[61])
    reference_width = np.linalg.norm(reference_face()[291] - reference_face()[61])
    assert opened / wanted == pytest.approx(width / reference_width, rel=0.03)


def test_irises_move_without_changing_shape() -> None:
    portrait = _portrait(angles=(0, 0, 0))
    wild = np.zeros((478, 3), np.float32)
    wild[468:478] = 0.02 * np.random.default_rng(0).standard_normal((10, 3))
    target = Retarget(portrait)(MotionFrame(0, replace(resting(), expression=wild)))
    moved = target.landmarks - portrait.landmarks
    for iris in (slice(468, 473), slice(473, 478)):
        assert np.ptp(moved[iris], axis=0).max() < 1e-3


def test_a_smile_is_not_smiled_twice() -> None:
    smile = _scores(mouthSmileLeft=0.9, mouthSmileRight=0.9)
    shape = reference_face() + displacement(smile)
    points = (150.0 * shape + np.array([256, 256, 0])).astype(np.float32)
    rest = resting_scores()
    smiling = FaceObservation(points, 1.0, blendshapes=np.clip(rest + smile, 0, 1))
    driver = MotionFrame(0, _motion(smile))
    width = {
        mode: np.ptp(Retarget(smiling, expression=mode)(driver).landmarks[[61, 291], 0]) / 150
        for mode in ("relative", "absolute")
    }
    once = shape[291, 0] - shape[61, 0]
    assert width["absolute"] == pytest.approx(once, rel=0.03)
    assert width["relative"] > 1.1 * once


def test_absolute_rest_relaxes_a_smile() -> None:
    smile = _scores(mouthSmileLeft=0.9, mouthSmileRight=0.9)
    shape = reference_face() + displacement(smile)
    points = (150.0 * shape + np.array([256, 256, 0])).astype(np.float32)
    smiling = FaceObservation(points, 1.0, blendshapes=np.clip(resting_scores() + smile, 0, 1))
    target = Retarget(smiling, expression="absolute")(MotionFrame(0, resting()))
    relaxed = np.ptp(target.landmarks[[61, 291], 0]) / 150
    assert relaxed == pytest.approx(np.ptp(reference_face()[[61, 291], 0]), rel=0.03)


def test_gaps_have_to_be_filled_first() -> None:
    with pytest.raises(NoFaceError, match="frame 12"):
        Retarget(_portrait())(MotionFrame(12, None))


@pytest.mark.parametrize("gain", [-0.1, float("nan"), float("inf")])
def test_impossible_gains_are_refused(gain: float) -> None:
    with pytest.raises(ConfigError, match="expression_gain"):
        Retarget(_portrait(), expression_gain=gain)


def test_a_subject_drives_its_own_picture_back(photograph) -> None:  # type: ignore[no-untyped-def]
    """Motion measured on a face and put on the same face shows what was seen."""
    calm = photograph(angles=(3, 2, 1))
    neutral = Neutral.of(calm)
    shape = reference_face() + displacement(_scores(jawOpen=0.4, mouthSmileLeft=0.3))
    seen = photograph(shape, angles=(9, -3, 4), scale=84, at=(270.0, 236.0, 0.0))
    target = Retarget(calm)(MotionFrame(0, neutral.motion(seen)))
    error = np.linalg.norm((target.landmarks - seen.landmarks)[:, :2], axis=1) / 84
    assert error.mean() < 0.005
    assert error.max() < 0.03
