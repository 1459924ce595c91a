from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from a1sdk_audio.cutting import LONGEST, SHORTEST, Chunk, chunks
from a1sdk_audio.levels import STEP, Meter, VoiceActivity, spans
from a1sdk_audio.speech import FLOOR, GRID, RATE
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from a1sdk_audio.speech import Samples


def sine(seconds: float, level: float = 1.0, hertz: float = 440) -> Samples:
    times = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def measured(samples: Samples, block: int) -> Samples:
    meter = Meter()
    found = [meter.measure(samples[at : at + block]) for at in range(0, len(samples), block)]
    steps = -(-len(samples) // STEP)
    found.append(meter.finish(steps - sum(map(len, found))))
    return np.concatenate(found)


def blocks(samples: Samples, size: int = 1000) -> list[Samples]:
    return [samples[at : at + size] for at in range(0, len(samples), size)]


def test_a_sine_of_full_scale_has_3_db_less_than_full_scale() -> None:
    levels = measured(sine(1), 1000)
    assert len(levels) == GRID
    assert levels[5:-5] == pytest.approx(-3.01, abs=0.05)


def test_an_offset_is_no_sound_and_silence_is_the_floor() -> None:
    assert measured(np.full(RATE, 0.5, np.float32), 999)[5:-5].max() == FLOOR
    assert measured(np.zeros(RATE, np.float32), 999).max() == FLOOR
    both = measured(sine(1, 0.1) + np.float32(0.4), 999)
    assert both[5:-5] == pytest.approx(-23.01, abs=0.05)


def test_loudness_is_where_it_is_heard() -> None:
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), sine(0.5)])
    levels = measured(sound, 777)
    assert levels[GRID // 2] == pytest.approx(-6, abs=0.6), "half of the window is in the sound"
    assert levels[GRID // 2 - 2] == FLOOR


@given(st.integers(1, 5000), st.integers(0, 9000))
def test_block_sizes_do_not_matter(block: int, length: int) -> None:
    noise = np.random.default_rng(length).normal(0, 0.1, length).astype(np.float32)
    assert measured(noise, block).tolist() == measured(noise, 10_000).tolist()


def test_spans_are_bridged_and_short_ones_left_out() -> None:
    active = np.zeros(100, np.bool_)
    active[[*range(10, 20), *range(24, 30), *range(50, 52), *range(90, 100)]] = True
    assert spans(active, bridge=5, least=4) == [(10, 30), (90, 100)]
    assert spans(active, bridge=0, least=1) == [(10, 20), (24, 30), (50, 52), (90, 100)]
    assert spans(np.zeros(0, np.bool_), bridge=5, least=1) == []


def test_a_voice_is_found_and_silence_is_not(voice: Samples) -> None:
    quiet = np.zeros(RATE, np.float32)
    sound = np.concatenate([quiet, voice[: 2 * RATE], quiet])
    active = VoiceActivity().detect(sound, measured(sound, 1000))
    assert active[GRID : 3 * GRID].mean() > 0.6
    assert not active[: GRID - 5].any()
    assert not active[-GRID // 2 :].any()


def all_of(found: list[Chunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in found])


@given(st.integers(0, 40 * RATE), st.integers(500, 20_000))
def test_chunks_are_all_of_the_sound(length: int, size: int) -> None:
    noise = np.random.default_rng(length).normal(0, 0.05, length).astype(np.float32)
    found = list(chunks(blocks(noise, size)))
    assert (all_of(found) == noise).all() if found else not length
    for before, after in itertools.pairwise(found):
        assert after.start == before.start + before.steps
        assert len(before.samples) == before.steps * STEP
        assert SHORTEST <= before.steps <= LONGEST
    for chunk in found:
        assert len(chunk.levels) == len(chunk.active) == chunk.steps
    assert [chunk.last for chunk in found] == [False] * (len(found) - 1) + [True] * bool(found)


def test_chunks_are_cut_in_pauses(voice: Samples) -> None:
    pause = np.zeros(RATE // 2, np.float32)
    part = np.concatenate([voice[: 3 * RATE], voice[: 3 * RATE], pause])
    found = list(chunks(blocks(np.concatenate([part] * 4))))
    assert len(found) >= 4
    for chunk in found[:-1]:
        assert not chunk.active[-10:].any()


def test_chunks_come_as_soon_as_they_are_known(voice: Samples) -> None:
    heard = 0

    def counted() -> Iterator[Samples]:
        nonlocal heard
        for block in blocks(np.concatenate([voice] * 10)):
            heard += len(block)
            yield block

    next(chunks(counted()))
    assert heard <= LONGEST * STEP + RATE + 1000
