from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from a1sdk.qc.signals import JITTER, lag, rounded, windowed_correlation
from a1sdk.qc.sound import PER_SECOND, SoundCheck, envelope

RATE = Fraction(25)
TIME = np.arange(200) / 25
SPEECH = np.sin(2 * np.pi * 1.3 * TIME) * np.sin(2 * np.pi * 0.31 * TIME + 1) + 0.2 * np.sin(
    2 * np.pi * 3.1 * TIME
)


@pytest.mark.parametrize("late", [-5, -1, 0, 2, 7])
def test_lag_of_a_moved_signal(late: int) -> None:
    found, alike = lag(SPEECH[20:-20], np.roll(SPEECH, late)[20:-20], 8)
    assert found == pytest.approx(late, abs=0.05)
    assert alike == pytest.approx(1.0, abs=1e-6)


def test_lag_between_frames() -> None:
    moved = np.interp(TIME - 0.5 / 25, TIME, SPEECH)
    assert lag(SPEECH[20:-20], moved[20:-20], 8)[0] == pytest.approx(0.5, abs=0.1)


def test_lag_where_every_other_frame_is_unknown() -> None:
    seen = np.roll(SPEECH, 3)
    seen[::2] = np.nan
    assert lag(SPEECH, seen, 8)[0] == pytest.approx(3, abs=0.1)


def test_lag_of_nothing_is_not_a_number() -> None:
    late, alike = lag(np.zeros(100), SPEECH[:100], 8)
    assert np.isnan(late) and alike == 0.0


def test_correlation_in_a_window() -> None:
    seen = SPEECH.copy()
    seen[80:140] = 0.3 * np.cos(np.arange(60))  # moves, but not as asked
    found = windowed_correlation(SPEECH, 2 * seen + 5, RATE, least=0.05)
    np.testing.assert_allclose(found[:67], 1.0, atol=1e-6)
    np.testing.assert_allclose(found[153:], 1.0, atol=1e-6)
    assert np.nanmax(np.abs(found[93:127])) < 0.8


def test_correlation_where_nothing_was_asked_is_not_a_number() -> None:
    asked = np.where(TIME < 4, SPEECH, 0.0)
    found = windowed_correlation(asked, SPEECH, RATE, least=0.05)
    assert np.isfinite(found[:90]).all()
    assert np.isnan(found[115:]).all()


def test_jitter_of_noise_is_its_deviation_and_of_even_motion_none() -> None:
    noise = np.random.default_rng(1).normal(0, 1.7, 20_000)
    assert np.convolve(noise, JITTER, "valid").std() == pytest.approx(1.7, rel=0.03)
    even = 3.0 + 2.0 * TIME - 0.7 * TIME**2
    np.testing.assert_allclose(np.convolve(even, JITTER, "valid"), 0.0, atol=1e-12)


def sound(seconds: float, late: float = 0.0) -> np.ndarray:
    """A voice of a made-up rhythm: noise under `SPEECH`, 16000 samples a second."""
    times = np.arange(int(seconds * 16000)) / 16000 - late
    carrier = np.random.default_rng(2).normal(0, 0.2, len(times))
    return (carrier * np.clip(np.interp(times, TIME, SPEECH), 0, None)).astype(np.float32)


def test_envelope_is_the_level_of_five_milliseconds_whatever_the_blocks() -> None:
    samples = np.concatenate([np.full(1600, 0.5), np.zeros(800)]).astype(np.float32)
    whole = envelope([samples], 16000)
    assert len(whole) == 2400 // 80
    np.testing.assert_allclose(whole, [0.5] * 20 + [0.0] * 10, atol=1e-7)
    np.testing.assert_array_equal(envelope(np.split(samples, [7, 700, 1777]), 16000), whole)
    assert len(envelope([], 16000)) == 0


@pytest.mark.parametrize("late", [-0.08, 0.0, 0.04, 0.12])
def test_slip_of_a_sound(late: float) -> None:
    check = SoundCheck(envelope([sound(8, late)], 16000), envelope([sound(8)], 16000))
    assert check.slip() == pytest.approx(1000 * late, abs=1000 / PER_SECOND)


def test_another_sound_has_no_slip() -> None:
    other = np.abs(np.random.default_rng(3).normal(size=8 * PER_SECOND))
    assert SoundCheck(envelope([sound(8)], 16000), other).slip() is None
    assert SoundCheck(other).slip() is None


@pytest.mark.parametrize("late", [-0.12, 0.0, 0.16])
def test_sound_later_than_lips(late: float) -> None:
    mouth = np.cumsum(np.clip(SPEECH, 0, None) * np.where(np.arange(200) // 5 % 2, 1, -1))
    check = SoundCheck(envelope([sound(8, late)], 16000))  # loud where the mouth moves fast
    found = check.lips(mouth, RATE)
    assert found == pytest.approx(1000 * late, abs=40)
    mouth[::2] = np.nan
    assert check.lips(mouth, RATE) == pytest.approx(1000 * late, abs=60)


def unrelated(rng: np.random.Generator, seconds: float, rate: int) -> np.ndarray:
    """Bumps of random height, two to five a second."""
    times, values, at = np.arange(round(seconds * rate)) / rate, 0.0, 0.0
    while at < seconds:
        width = 1 / rng.uniform(2, 5)
        values = values + rng.random() * np.exp(-8 * ((times - at) / width) ** 2)
        at += width
    return np.asarray(values)


@pytest.mark.parametrize("seconds", [1, 2.5, 4, 8])
def test_sound_of_somebody_else_is_neither_early_nor_late(seconds: float) -> None:
    rng, told = np.random.default_rng(7), 0
    for _ in range(50):
        mouth = 0.1 * unrelated(rng, seconds, 25)
        mouth[1::2] = np.nan
        heard = 0.1 * unrelated(rng, seconds, PER_SECOND) + 1e-3
        told += SoundCheck(heard).lips(mouth, RATE) is not None
    assert told <= 2


def test_a_second_of_speech_is_too_short_to_tell() -> None:
    mouth = np.cumsum(np.clip(SPEECH, 0, None) * np.where(np.arange(200) // 5 % 2, 1, -1))
    check = SoundCheck(envelope([sound(1)], 16000))
    assert check.lips(mouth[:25], RATE) is None
    assert check.lips(np.full(25, np.nan), RATE) is None


def test_silence_is_neither_early_nor_late() -> None:
    mouth = np.cumsum(np.clip(SPEECH, 0, None) * np.where(np.arange(200) // 5 % 2, 1, -1))
    hiss = np.random.default_rng(4).normal(0, 1e-4, 8 * 16000)
    assert SoundCheck(envelope([hiss], 16000)).lips(mouth, RATE) is None
    assert SoundCheck(envelope([hiss], 16000), envelope([hiss], 16000)).slip() is None


def test_lips_that_do_not_move_are_neither_early_nor_late() -> None:
    assert SoundCheck(envelope([sound(8)], 16000)).lips(np.zeros(200), RATE) is None


def test_values_are_written_with_four_digits_and_rounding_errors_as_nothing() -> None:
    assert [rounded(v) for v in (0.123456, -7.75e-8, 12345.6)] == [0.1235, 0.0, 12350.0]
    assert rounded(float("nan")) is None and rounded(None) is None
