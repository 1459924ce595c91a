"""Adding sounds up, and the limiter that keeps the sum within full scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.media.mixing import summed, under_full_scale

RATE, NEAR = 8000, 400  # samples in a second, and in 50 ms


def cut(samples: np.ndarray, lengths: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield samples in pieces of these lengths, over and over."""
    at, turn = 0, 0
    while at < samples.shape[1]:
        yield samples[:, at : at + lengths[turn % len(lengths)]]
        at, turn = at + lengths[turn % len(lengths)], turn + 1


def limited(samples: np.ndarray, lengths: Sequence[int] = (1000,)) -> np.ndarray:
    pieces = cut(samples.astype(np.float32), lengths)
    return np.concatenate(list(under_full_scale(pieces, RATE, len(samples))), axis=1)


_LENGTHS = st.lists(st.integers(1, 3000), min_size=1, max_size=4)


@settings(max_examples=30)
@given(one=_LENGTHS, two=_LENGTHS)
def test_a_sum_does_not_depend_on_the_pieces(one, two):
    noise = np.random.default_rng(1).normal(size=(2, 2, 5000)).astype(np.float32)
    streams = [cut(noise[0], one), cut(noise[1], two)]
    assert np.array_equal(np.concatenate(list(summed(streams)), axis=1), noise[0] + noise[1])


@settings(max_examples=30)
@given(lengths=_LENGTHS, seed=st.integers(0, 99), loud=st.floats(0.2, 4))
def test_the_limit_holds_wherever_pieces_are_cut(lengths, seed, loud):
    noise = np.random.default_rng(seed).uniform(-loud, loud, (2, 5000)).astype(np.float32)
    found = limited(noise, lengths)
    assert found.shape == noise.shape and np.abs(found).max() <= 1
    assert np.array_equal(found, limited(noise, [5000]))
    assert np.array_equal(found, noise) == (np.abs(noise).max() <= 1)


def test_what_is_far_from_a_loud_sample_is_left_bit_for_bit_and_channels_keep_their_balance():
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, (2, 8000)).astype(np.float32)
    noise[1, 4000] = 2
    found = limited(noise)
    changed = np.flatnonzero((found != noise).any(0))
    assert 4000 - NEAR <= changed.min() and changed.max() <= 4000 + NEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = found / noise
    assert np.nanmax(np.abs(gain[0] - gain[1])) < 1e-5
    assert found[1, 4000] == pytest.approx(1)


def test_a_level_that_stays_beyond_full_scale_stays_at_full_scale():
    level = np.full((1, 16000), 0.8)
    level[:, 4000:12000] += 0.8
    found = limited(level)[0]
    assert np.abs(found[4000:12000] - 1).max() < 1e-6
    assert (np.diff(found[4000 - NEAR : 4000]) <= 0).all()  # down ahead of it, and up after it
    assert (np.diff(found[12000 : 12000 + NEAR]) >= 0).all()


def test_two_tones_that_are_too_loud_together_stay_two_tones():
    """What a limiter adds lies more than 40 dB below them: no clipping."""
    time = np.arange(16000) / RATE
    tones = (0.7 * np.sin(2 * np.pi * hertz * time) for hertz in (300, 440))
    found = limited(sum(tones)[None])[0, 4000:12000]
    spectrum = np.abs(np.fft.rfft(found * np.hanning(8000)))
    expected = {at + near for at in (300, 440) for near in range(-45, 46)}
    others = [level for at, level in enumerate(spectrum) if at not in expected]
    assert max(others) < spectrum.max() / 100


def test_nothing_stays_nothing():
    assert list(under_full_scale([], RATE, 1)) == []
