from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from a1sdk_keyframes.idle import Blinks, Drift, Eyes, HeadDrift, Saccades, blinks


def test_blinks_come_at_their_rate_in_skewed_intervals() -> None:
    starts = [float(blink.at) for blink in islice(blinks(Blinks(per_minute=17), 3), 4000)]
    gaps = np.diff(starts)
    assert 60 / gaps.mean() == pytest.approx(17, rel=0.03)
    assert np.median(gaps) < 0.93 * gaps.mean()
    assert 0.45 < gaps.std() / gaps.mean() < 0.6
    assert gaps.min() >= 0.449


def test_blinks_do_not_overlap_and_are_exact() -> None:
    for one, two in pairwise(islice(blinks(Blinks(per_minute=60), 1), 500)):
        assert one.at < two.at and isinstance(one.at, Fraction)


def test_drift_is_slow_small_and_starts_at_rest() -> None:
    rate = 50
    drift = HeadDrift(Drift(), 5)
    samples = np.array([drift(n / rate) for n in range(600 * rate)])
    assert samples[0].tolist() == [0] * 6
    assert samples.std(axis=0) == pytest.approx(HeadDrift._SIZES, rel=0.15)
    power = (
        np.abs(np.fft.rfft(samples[rate:] * np.hanning(len(samples) - rate)[:, None], axis=0)) ** 2
    )
    hertz = np.fft.rfftfreq(len(samples) - rate, 1 / rate)
    assert (power[hertz > 1.6].sum(axis=0) < 1e-6 * power.sum(axis=0)).all()
    assert (power[hertz < 0.5].sum(axis=0) > 0.8 * power.sum(axis=0)).all()


def test_saccades_follow_the_main_sequence() -> None:
    rate = 1000
    eyes = Eyes(Saccades(per_minute=60), 2)
    path = np.array([eyes(n / rate) for n in range(120 * rate)])
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1) * rate
    moving = speed > 1e-9
    edges = np.flatnonzero(np.diff(moving.astype(int)))
    jumps = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    assert 60 < len(jumps) < 180
    for start, stop in jumps:
        size = np.linalg.norm(path[stop + 1] - path[start])
        assert (stop - start) / rate == pytest.approx(0.021 + 0.0022 * size, abs=0.004)
    assert np.abs(path).max() <= 6.0


def test_saccades_come_at_their_rate_and_glances_away_are_short() -> None:
    rate = 50
    eyes = Eyes(Saccades(per_minute=30), 4)
    path = np.array([eyes(n / rate) for n in range(1200 * rate)])
    starts = np.flatnonzero(
        np.diff((np.abs(np.diff(path, axis=0)) > 1e-9).any(axis=1).astype(int)) > 0
    )
    assert len(starts) / 20 == pytest.approx(30, rel=0.15)
    away = np.linalg.norm(path[starts[1:]], axis=1)  # just before leaving
    stays = np.diff(starts) / rate
    assert np.mean(stays[away > 3]) < 0.6 * np.mean(stays[away < 1])


def test_the_gaze_stays_while_the_head_drifts(played: Any) -> None:
    data = {"idle": {"saccades": {"per_minute": 0}, "head": {"amount": 3}}}
    for values in played(data, *range(1, 20)):
        assert values["gaze.yaw"] + values["head.yaw"] == pytest.approx(0, abs=1e-9)
        assert values["gaze.pitch"] + values["head.pitch"] == pytest.approx(0, abs=1e-9)


def test_breath_rises_faster_than_it_falls(played: Any) -> None:
    still = {"blinks": {"amount": 0}, "head": {"amount": 0}, "saccades": {"amount": 0}}
    data = {"idle": {**still, "breathing": {"per_minute": 12}}}
    lifted = [
        values["head.pitch"] for values in played(data, *(Fraction(n, 20) for n in range(100)))
    ]
    assert lifted[0] == 0 and np.argmax(lifted) == 40


def test_all_of_it_can_be_off(played: Any) -> None:
    off = {
        "blinks": {"per_minute": 0},
        "head": {"amount": 0},
        "saccades": {"amount": 0},
        "breathing": {"amount": 0},
    }
    assert played({"idle": off}, *range(30)) == played({}, *range(30))


def test_turning_one_off_leaves_the_others(played: Any) -> None:
    every, some = (
        played({"idle": idle}, *range(1, 30)) for idle in ({}, {"blinks": {"per_minute": 0}})
    )
    for one, two in zip(every, some, strict=True):
        assert one["head.yaw"] == two["head.yaw"] and one["gaze.yaw"] == two["gaze.yaw"]
