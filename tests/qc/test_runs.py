from __future__ import annotations

import numpy as np
import pytest

from a1sdk.qc.model import Limit
from a1sdk.qc.runs import bad_runs

N = float("nan")


def runs(values: list[float], limit: Limit, bad: str = "above", every: int = 1) -> list[tuple]:
    found = bad_runs(np.array(values, float), limit, bad, every)  # type: ignore[arg-type]
    return [(severity, run.first, run.last, run.worst) for severity, run in found]


def test_a_run_lasts_until_values_are_well_within_the_limit() -> None:
    values = [0, 5, 10, 9, 12, 8, 7, 0, 10, 0]
    assert runs(values, Limit(warn=10, fail=20)) == [("warn", 2, 5, 4), ("warn", 8, 8, 8)]
    assert runs(values, Limit(warn=10, release=1)) == [
        ("warn", 2, 2, 2),
        ("warn", 4, 4, 4),
        ("warn", 8, 8, 8),
    ]


def test_short_runs_are_none() -> None:
    assert runs([0, 9, 9, 0, 9, 9, 9, 0], Limit(warn=5, frames=3)) == [("warn", 4, 6, 4)]


def test_it_fails_where_enough_frames_are_beyond_the_limit_to_fail() -> None:
    values = [0, 6, 6, 11, 6, 0, 6, 11, 11, 6]
    assert runs(values, Limit(warn=5, fail=10, frames=2)) == [
        ("warn", 1, 4, 3),
        ("fail", 6, 9, 7),
    ]


def test_where_nothing_warns_only_what_fails_is_found() -> None:
    assert runs([6, 6, 0, 11], Limit(fail=10)) == [("fail", 3, 3, 3)]


def test_what_is_to_be_kept_above_is_bad_below() -> None:
    values = [1, 0.4, 0.45, 0.7, 0.3]
    found = runs(values, Limit(warn=0.5, fail=0.35, release=0.8), "below")
    assert found == [("warn", 1, 2, 1), ("fail", 4, 4, 4)]


def test_frames_that_were_not_measured_interrupt_no_run() -> None:
    assert runs([N, 9, N, N, 9, N, 0], Limit(warn=5, frames=4)) == [("warn", 1, 4, 1)]
    assert runs([N, 9, N, 0, N], Limit(warn=5, frames=2), every=2) == [("warn", 1, 1, 1)]
    assert runs([N, N], Limit(warn=5)) == []


@pytest.mark.parametrize("limit", [Limit(), Limit(frames=3)])
def test_a_measure_without_limits_finds_nothing(limit: Limit) -> None:
    assert runs([1e9, 1e9], limit) == []
