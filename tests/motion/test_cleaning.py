from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from a1sdk.components.data import StreamInfo
from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import INDEX, displacement
from a1sdk.motion.cleaning import Cleaning, clean
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.jitter import CleaningReport, compare, lip_closures
from a1sdk.motion.mix import resting
from a1sdk.motion.one_euro import one_euro
from a1sdk.motion.regions import REGIONS, point_weights
from a1sdk.motion.rotation import from_euler
from a1sdk.motion.smoothing import smooth
from a1sdk.testing import Counted

RATE = Fraction(25)
JITTER = 0.001
Method = Callable[[Iterable[MotionFrame], Fraction, Any], Iterator[MotionFrame]]
METHODS = pytest.mark.parametrize("method", [smooth, one_euro], ids=["savitzky-golay", "one-euro"])


def _performance(count: int, jitter: float = JITTER, seed: int = 1) -> list[FaceMotion]:
    """Turns its head, blinks (3 frames) every second, and says `ba` twice a second."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        scores = np.zeros(52, np.float32)
        shut = {10: 0.6, 11: 1.0, 12: 0.5}.get(number % 25, 0.0)
        scores[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = shut
        scores[INDEX["jawOpen"]] = 0.15 * (1 - np.cos(2 * np.pi * number / 12.5))
        noise = jitter * random.standard_normal((478, 3))
        angles = np.array([8 * np.sin(number / 9), 4 * np.cos(number / 7), 0])
        angles += 50 * jitter * random.standard_normal(3)
        made.append(
            replace(
                resting(),
                expression=(displacement(scores) + noise).astype(np.float32),
                rotation=from_euler(*angles).astype(np.float32),
                translation=(jitter * random.standard_normal(3)).astype(np.float32),
                blendshapes=np.clip(scores + 0.01 * random.standard_normal(52), 0, 1).astype("f4"),
            )
        )
    return made


def _frames(faces: Iterable[FaceMotion | None]) -> list[MotionFrame]:
    return [MotionFrame(pts, face) for pts, face in enumerate(faces)]


def _clip(frames: Iterable[MotionFrame]) -> MotionClip:
    return MotionClip.from_frames(frames, StreamInfo(RATE))


def _report(faces: list[FaceMotion], method: Method, strength: Any = 1.0) -> CleaningReport:
    frames = _frames(faces)
    return compare(_clip(frames), _clip(method(frames, RATE, strength)))


@METHODS
def test_jitter_goes_and_the_performance_stays(method: Method) -> None:
    report = _report(_performance(150), method)
    for region in report.regions:
        assert region.jitter_before > 0.0006
        if region.region not in ("lips", "jaw"):
            assert region.jitter_after < 0.6 * region.jitter_before
        assert -0.1 < region.lag < (0.1 if method is smooth else 0.75)
    assert report.blinks.count == 6
    assert report.blinks.before < 0.1
    assert report.blinks.after < report.blinks.before + 0.05
    assert report.lips.count == 11
    assert report.lips.after < report.lips.before + 0.005


def test_jitter_is_the_deviation_of_noise() -> None:
    pairs = zip(_performance(200), _performance(200, 0.0), strict=True)
    quiet = [
        replace(resting(), expression=face.expression - still.expression) for face, still in pairs
    ]
    report = compare(_clip(_frames(quiet)), _clip(_frames(quiet)))
    for region in report.regions[:-1]:
        assert region.jitter_before == pytest.approx(JITTER, rel=0.25)
        assert region.jitter_after == region.jitter_before
    assert report.regions[-1].jitter_before == 0.0


def test_even_movement_is_no_jitter() -> None:
    ramp = [replace(resting(), expression=np.full((478, 3), n / 128, np.float32))
            for n in range(20)]  # fmt: skip
    report = compare(_clip(_frames(ramp)), _clip(_frames(ramp)))
    assert max(region.jitter_before for region in report.regions) < 1e-6


@pytest.mark.parametrize("late", [0, 1, 3, -2])
def test_lag_is_measured(late: int) -> None:
    clean_faces = _performance(120, 0.0)
    shifted = clean_faces[20 - late : 100 - late]
    report = compare(_clip(_frames(clean_faces[20:100])), _clip(_frames(shifted)))
    for region in report.regions:
        if region.region in ("lips", "jaw", "eyes", "head"):
            assert region.lag == pytest.approx(late, abs=0.15)


@pytest.mark.parametrize("region", REGIONS)
@METHODS
def test_only_what_is_asked_for_is_cleaned(method: Method, region: str) -> None:
    frames = _frames(_performance(40))
    for before, after in zip(frames, method(frames, RATE, {"all": 0, region: 2}), strict=True):
        assert before.face is not None
        assert after.face is not None
        others = point_weights(region) == 0
        moved = after.face.expression - before.face.expression
        assert np.abs(moved[others]).max(initial=0) < 1e-6
        if region != "head":
            assert np.abs(after.face.rotation - before.face.rotation).max() < 1e-6
            assert np.abs(after.face.translation - before.face.translation).max() < 1e-6
        if before.pts == 5 and region != "head":
            assert np.abs(moved[~others]).max() > 1e-5


@METHODS
def test_one_number_means_every_region(method: Method) -> None:
    frames = _frames(_performance(30))
    whole, listed = method(frames, RATE, 2.0), method(frames, RATE, dict.fromkeys(REGIONS, 2.0))
    for one, other in zip(whole, listed, strict=True):
        assert one.face is not None
        assert other.face is not None
        assert (one.face.expression == other.face.expression).all()
        assert (one.face.rotation == other.face.rotation).all()


@METHODS
def test_strength_zero_is_off(method: Method) -> None:
    frames = _frames(_performance(5))
    assert all(a is b for a, b in zip(method(frames, RATE, 0), frames, strict=True))


def test_more_strength_is_calmer_and_later() -> None:
    faces = _performance(100)
    reports = [_report(faces, one_euro, strength).regions for strength in (0.5, 1.0, 2.0)]
    for place, region in enumerate(REGIONS):
        calm = [report[place].jitter_after for report in reports]
        assert calm[0] > calm[1] > calm[2], region
        lags = [report[place].lag for report in reports]
        assert lags[0] < lags[1] + 0.01 < lags[2] + 0.02, region


def test_one_euro_waits_for_nothing() -> None:
    frames = Counted(_frames(_performance(10)))
    for frame in one_euro(frames, RATE):
        assert frames.pulled == frame.pts + 1


def test_one_euro_starts_anew_after_gaps() -> None:
    left, right = _performance(10), _performance(10, seed=2)
    got = list(one_euro(_frames([*left, None, *right]), RATE))
    alone = list(one_euro(_frames(right), RATE))
    assert got[10].face is None
    assert got[11].face is right[0]
    for one, other in zip(got[11:], alone, strict=True):
        assert one.face is not None
        assert other.face is not None
        assert (one.face.expression == other.face.expression).all()


def test_one_euro_keeps_types_and_rotations() -> None:
    for frame in one_euro(_frames(_performance(20, 0.02)), RATE, 4):
        face = frame.face
        assert face is not None
        assert face.blendshapes is not None
        for array in (face.expression, face.rotation, face.translation, face.blendshapes):
            assert array.dtype == np.float32
        rotation = face.rotation.astype(float)
        assert np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-5
        assert 0 <= face.blendshapes.min() <= face.blendshapes.max() <= 1


def test_blendshapes_may_be_missing() -> None:
    faces = [replace(face, blendshapes=None) for face in _performance(5)]
    assert all(f.face and f.face.blendshapes is None for f in one_euro(_frames(faces), RATE))


def test_lips_meet_between_openings() -> None:
    mouth = np.array(
        [0, 0.1, 0.01, 0.005, 0.1, 0.03, 0.1, 0.015, 0.03, 0.01, 0.2, np.nan, 0.0, 0.1]
    )
    assert lip_closures(mouth) == [3, 9]


def test_gaps_are_neither_jitter_nor_lag() -> None:
    faces = _performance(60)
    holed = _frames([*faces[:30], None, *faces[30:]])
    report = compare(_clip(holed), _clip(smooth(holed, RATE)))
    assert all(region.jitter_before < 0.003 for region in report.regions)
    assert all(abs(region.lag) < 0.15 for region in report.regions)
    empty = compare(_clip(_frames([None, None])), _clip(_frames([None, None])))
    assert {region.jitter_before for region in empty.regions} == {0.0}


def test_a_cleaning_chooses_its_method() -> None:
    frames = _frames(_performance(20))
    chosen = {
        method: [f.face.expression for f in clean(frames, RATE, Cleaning(method=method)) if f.face]
        for method in ("savitzky-golay", "one-euro")
    }
    for method, expected in (("savitzky-golay", smooth), ("one-euro", one_euro)):
        made = [f.face.expression for f in expected(frames, RATE) if f.face]
        assert all((a == b).all() for a, b in zip(chosen[method], made, strict=True))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"method": "kalman"}, "one-euro"),
        ({"strength": 5}, "between 0 and 4"),
        ({"strength": float("nan")}, "between 0 and 4"),
        ({"strength": {"lips": -1}}, "of 'lips'"),
        ({"strength": {"lip": 1}}, "did you mean 'lips'"),
    ],
)
def test_impossible_cleanings_are_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Cleaning.model_validate(fields)


@METHODS
def test_impossible_strengths_are_refused(method: Method) -> None:
    with pytest.raises(ConfigError, match="'lips' is not between"):
        method([], RATE, {"lips": 7})
