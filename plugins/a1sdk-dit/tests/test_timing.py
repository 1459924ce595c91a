"""Native and delivery instants: exact at any rate, streaming, little kept."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
from a1sdk_dit.timing import Delivery, NativeTrack, Target, native_rate
from hypothesis import given
from hypothesis import strategies as st

NTSC = Fraction(24000, 1001)
RATES = st.one_of(
    st.sampled_from([NTSC, *(Fraction(n * 1000, 1001) for n in (30, 60, 120))]),
    st.fractions(Fraction(1, 3), 150, max_denominator=1001),
)
NATIVES = st.one_of(st.just(Fraction(12)), st.fractions(5, 20, max_denominator=1001))


def targets(count: int, rate: Fraction) -> Iterator[Target]:
    """Targets whose landmarks say when they are, in seconds; their `pts` start at 100."""
    for n in range(count):
        yield Target(100 + n, np.full((478, 3), n / rate, np.float64))


def picture(number: int) -> np.ndarray:
    return np.full((1, 1, 3), number % 256, np.uint8)


def told(points: np.ndarray) -> float:
    return float(points[0, 0])


@pytest.mark.parametrize(
    ("rate", "native"),
    [
        (NTSC, NTSC / 2),
        (Fraction(24), Fraction(12)),
        (Fraction(25), Fraction(25, 2)),
        (Fraction(30000, 1001), Fraction(12)),
        (Fraction(30), Fraction(12)),
        (Fraction(50), Fraction(25, 2)),
        (Fraction(60000, 1001), Fraction(12000, 1001)),
        (Fraction(10), Fraction(12)),
        (Fraction(8), Fraction(12)),
        (Fraction(12), Fraction(12)),
        (Fraction(1), Fraction(12)),
    ],
)
def test_native_rate(rate: Fraction, native: Fraction) -> None:
    assert native_rate(rate) == native


@given(RATES)
def test_native_rate_is_near_the_models_own(rate: Fraction) -> None:
    native = native_rate(rate)
    assert abs(native - 12) <= Fraction(12, 20)
    possible = any(abs(rate / n - 12) <= Fraction(12, 20) for n in range(1, 20))
    assert ((rate / native).denominator == 1) == possible or native == 12


@given(RATES, NATIVES, st.integers(0, 60))
def test_every_target_once_at_its_exact_place(rate: Fraction, native: Fraction, count: int) -> None:
    track = NativeTrack(targets(count, rate), rate, native)
    controls: list[float] = []

    def pictures() -> Iterator[np.ndarray]:
        for number, points in enumerate(track.controls()):
            controls.append(told(points))
            yield picture(number)

    found = list(track.deliveries(pictures()))
    assert [each.target.pts for each in found] == [100 + n for n in range(count)]
    for n, each in enumerate(found):
        before, weight = divmod(n / rate * native, 1)
        assert each.weight == weight
        assert each.a[0, 0, 0] == before % 256
        assert each.b[0, 0, 0] == (before + (weight > 0)) % 256
        assert told(each.points_a) == controls[before]
        assert told(each.points_b) == controls[before + (weight > 0)]
    last = (count - 1) / rate
    assert len(controls) == (ceil(last * native) + 1 if count else 0)
    for number, time in enumerate(controls):
        assert time == pytest.approx(float(min(number / native, last)), abs=1e-9)


@given(RATES, NATIVES, st.integers(1, 40))
def test_controls_may_be_pulled_ahead(rate: Fraction, native: Fraction, count: int) -> None:
    track = NativeTrack(targets(count, rate), rate, native)
    controls = list(track.controls())
    found = list(track.deliveries(picture(n) for n in range(len(controls))))
    assert len(found) == count


@given(RATES, NATIVES)
def test_no_target_is_pulled_before_it_is_needed(rate: Fraction, native: Fraction) -> None:
    pulled = 0

    def counted() -> Iterator[Target]:
        nonlocal pulled
        for target in targets(500, rate):
            pulled += 1
            yield target

    track = NativeTrack(counted(), rate, native)
    for number, _ in zip(range(5), track.controls(), strict=False):
        assert pulled == ceil(number / native * rate) + 1


def test_only_the_window_is_kept() -> None:
    alive: weakref.WeakSet[Target] = weakref.WeakSet()
    rate, window = Fraction(60), 8
    most = 0

    def watched() -> Iterator[Target]:
        for n in range(3000):
            target = Kept(n, np.zeros((478, 3), np.float32))
            alive.add(target)
            yield target

    track = NativeTrack(watched(), rate, Fraction(12))

    def pictures() -> Iterator[np.ndarray]:
        controls = track.controls()
        number = 0
        while taken := [points for _, points in zip(range(window), controls, strict=False)]:
            for _ in taken:
                yield picture(number)
                number += 1

    for _ in track.deliveries(pictures()):
        gc.collect(0)
        most = max(most, len(alive))
    assert most <= 5 * (window + 1) + 2


class Kept(Target):
    """A target that can be watched."""

    __slots__ = ("__weakref__",)


def test_more_pictures_than_controls() -> None:
    track = NativeTrack(targets(3, NTSC), NTSC, NTSC / 2)
    count = len(list(track.controls()))
    with pytest.raises(RuntimeError, match="Native picture 2 was drawn for no target"):
        list(track.deliveries(picture(n) for n in range(count + 1)))


def test_fewer_pictures_than_controls() -> None:
    track = NativeTrack(targets(9, NTSC), NTSC, NTSC / 2)
    assert len(list(track.controls())) == 5
    with pytest.raises(RuntimeError, match="before frame 7 was delivered"):
        list(track.deliveries(picture(n) for n in range(4)))


def test_what_is_at_a_native_instant_is_the_native_picture() -> None:
    track = NativeTrack(targets(5, NTSC), NTSC, NTSC / 2)
    weights: list[float] = []

    def between(*given: Any, **named: Any) -> np.ndarray:
        weights.append(given[-1])
        return picture(99)

    controls = list(track.controls())
    drawn = [
        each.draw(between)[0, 0, 0]
        for each in track.deliveries(picture(n) for n in range(len(controls)))
    ]
    assert drawn == [0, 99, 1, 99, 2]
    assert weights == [0.5, 0.5]


def test_landmarks_keep_their_type() -> None:
    still = (Target(n, np.zeros((478, 3), np.float32)) for n in range(9))
    track = NativeTrack(still, Fraction(30), Fraction(12))
    assert {points.dtype for points in track.controls()} == {np.dtype(np.float32)}


def test_deliveries_do_not_hold_pictures_back() -> None:
    track = NativeTrack(targets(9, NTSC), NTSC, NTSC / 2)
    shown = 0

    def pictures() -> Iterator[np.ndarray]:
        nonlocal shown
        for number, _ in enumerate(track.controls()):
            shown += 1
            yield picture(number)

    deliveries: Iterator[Delivery] = track.deliveries(pictures())
    assert [(next(deliveries).target.pts, shown) for _ in range(5)] == [
        (100, 1),
        (101, 2),
        (102, 2),
        (103, 3),
        (104, 3),
    ]
