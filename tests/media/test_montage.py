"""The sound of several files as one: every sample where it belongs, and silence in between."""

from __future__ import annotations

import tracemalloc
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.errors import DecodeError
from a1sdk.media import AudioMontage, AudioSource, open_writer, probe
from a1sdk.media.audio import SoundTrack
from a1sdk.media.montage import MontageTrack, open_track
from a1sdk.testing import open_resources


def write_wav(path: Path, rate: int, samples: np.ndarray) -> Path:
    """Write float [channels, n] with 16 bits."""
    with wave.open(str(path), "wb") as out:
        out.setparams((len(samples), 2, rate, samples.shape[1], "NONE", ""))
        out.writeframes(np.round(samples.T * 32768).astype("<i2").tobytes())
    return path


def clicking(path: Path, rate: int, seconds: int, *at: Fraction, channels: int = 1) -> Path:
    samples = np.zeros((channels, rate * seconds))
    samples[:, [round(time * rate) for time in at]] = 0.75
    return write_wav(path, rate, samples)


def heard(montage: AudioMontage) -> tuple[np.ndarray, MontageTrack]:
    track = open_track(montage)
    assert isinstance(track, MontageTrack)
    pieces = list(track.samples())
    track.close()
    return np.concatenate(pieces, axis=1), track


def clicks(samples: np.ndarray) -> list[int]:
    """Where a channel is loudest, of every click once."""
    loud = np.abs(samples)
    peak = (loud[1:-1] > 0.3) & (loud[1:-1] >= loud[:-2]) & (loud[1:-1] > loud[2:])
    return [int(at) + 1 for at in np.flatnonzero(peak)]


def placed(at: str, path: Path, start: str, lasts: str) -> tuple[Fraction, AudioSource]:
    return Fraction(at), AudioSource(path, Fraction(start), Fraction(lasts))


def montage(duration: str, *pieces: tuple[Fraction, AudioSource]) -> AudioMontage:
    return AudioMontage((pieces,), Fraction(0), Fraction(duration))


@pytest.mark.parametrize("slow", [8000, 22050, 32000, 44100])
def test_clicks_of_files_at_two_rates_with_a_gap_between(tmp_path, slow):
    """The lower rate is brought to the higher, one channel to two, and nothing moves."""
    times = [Fraction(6, 25), Fraction(1), Fraction(3, 2)]
    one = clicking(tmp_path / "one.wav", slow, 2, *times)
    two = clicking(tmp_path / "two.wav", 48000, 2, *times, channels=2)
    made = montage("4", placed("0.5", one, "0.2", "1.5"), placed("2.75", two, "0.9", "1"))
    sound, track = heard(made)
    assert (track.rate, track.channels, track.layout) == (48000, 2, "stereo")
    assert sound.shape == (2, 4 * 48000)
    at = ["0.54", "1.3", "1.8", "2.85", "3.35"]
    wanted = [int(Fraction(time) * 48000) for time in at]
    assert clicks(sound[0]) == clicks(sound[1]) == wanted
    silent = [(0, 24000), (96000, 132000), (180000, 192000)]
    assert not any(sound[:, begin:end].any() for begin, end in silent)
    assert np.abs(sound[:, wanted] - 0.75).max() < 0.03


@pytest.fixture(scope="module")
def ramps(tmp_path_factory) -> list[tuple[Path, np.ndarray]]:
    """Two files of a second in which every sample tells its place."""
    folder = tmp_path_factory.mktemp("ramps")
    values = [np.arange(1 + 9000 * n, 8001 + 9000 * n)[None] / 32768 for n in range(2)]
    names = ["up.wav", "on.wav"]
    return [(write_wav(folder / n, 8000, v), v) for n, v in zip(names, values, strict=True)]


_TIMES = st.fractions(0, 2, max_denominator=1000).map(
    lambda time: Fraction(round(time * 8000), 8000)
)


@settings(max_examples=60)
@given(
    pieces=st.lists(st.tuples(_TIMES, st.integers(0, 1), _TIMES, _TIMES), min_size=1, max_size=4),
    start=_TIMES,
    duration=_TIMES,
)
def test_at_one_rate_every_sample_is_carried_as_it_is(ramps, pieces, start, duration):
    pieces = sorted(pieces, key=lambda piece: piece[0])
    sources = ((at, AudioSource(ramps[n][0], first, lasts)) for at, n, first, lasts in pieces)
    wanted, reached = np.zeros(5 * 8000 + 1, np.float32), 0
    for at, n, first, lasts in pieces:
        values = np.append(ramps[n][1][0], np.zeros(4 * 8000))
        begin, end = int(at * 8000), int((at + lasts) * 8000)
        skip = max(0, reached - begin)
        if end > begin + skip:
            own = int(first * 8000)
            wanted[begin + skip : end] = values[own + skip : own + end - begin]
            reached = end
    track = MontageTrack(AudioMontage((tuple(sources),), start, duration))
    got = [piece for piece in track.samples() if piece.size]
    track.close()
    begin, count = int(start * 8000), int(duration * 8000)
    samples = np.concatenate(got, axis=1)[0] if got else np.zeros(0)
    assert np.array_equal(samples, wanted[begin : begin + count])


def test_a_part_of_a_montage_is_that_part(tmp_path):
    one = clicking(tmp_path / "one.wav", 16000, 3, *(Fraction(n, 2) for n in range(6)))
    two = clicking(tmp_path / "two.wav", 48000, 3, *(Fraction(n, 2) for n in range(6)))
    pieces = placed("0.1", one, "0.3", "1.2"), placed("1.5", two, "0.3", "1.2")
    whole, _ = heard(montage("3", *pieces))
    part, _ = heard(AudioMontage((pieces,), Fraction(3, 4), Fraction(3, 2)))
    assert clicks(part[0]) == [at - 36000 for at in clicks(whole[0]) if 36000 <= at < 108000]
    assert part.shape == (1, 72000)


def test_the_edges_of_a_piece_at_another_rate_are_hard(tmp_path):
    """It is resampled with what lies around it, so that it begins and ends at full level."""
    steady = write_wav(tmp_path / "steady.wav", 44100, np.full((1, 3 * 44100), 0.5))
    fast = write_wav(tmp_path / "fast.wav", 48000, np.zeros((1, 100)))
    sound, _ = heard(montage("3", placed("1/3", steady, "1", "1"), placed("2", fast, "0", "1")))
    level = sound[0, 16000:64000]
    assert np.abs(level - 0.5).max() < 0.001
    assert not sound[0, :16000].any() and not sound[0, 64000:].any()


def test_files_of_many_channels_are_kept_where_all_are_alike_and_else_become_stereo(tmp_path):
    rate, paths = 48000, [tmp_path / "a.mka", tmp_path / "b.mka"]
    for path in paths:
        with av.open(str(path), "w") as out:
            stream = out.add_stream("pcm_s16le", rate=rate)
            stream.codec_context.layout = "5.1"
            samples = np.zeros((1, rate * 6), np.int16)
            samples[0, 6 * 100 : 6 * 101] = 16384
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="5.1")
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    alike, track = heard(montage("2", *(placed(str(n), p, "0", "1") for n, p in enumerate(paths))))
    assert (track.layout, track.channels) == ("5.1", 6)
    assert np.array_equal(np.flatnonzero(alike.any(axis=0)), [100, 48100])
    voice = clicking(tmp_path / "voice.wav", rate, 1, Fraction(1, 2))
    mixed, track = heard(
        montage("2", placed("0", paths[0], "0", "1"), placed("1", voice, "0", "1"))
    )
    assert (track.layout, track.channels) == ("stereo", 2)
    assert clicks(mixed[0]) == clicks(mixed[1]) == [100, 72000]
    assert mixed.max() <= 1


def test_one_file_is_open_at_a_time_and_none_afterwards(tmp_path, monkeypatch):
    sources = [clicking(tmp_path / f"{n}.wav", 8000, 2, Fraction(1)) for n in range(5)]
    made = montage("10", *(placed(str(2 * n), path, "0", "2") for n, path in enumerate(sources)))
    before = open_resources()
    track = open_track(made)
    assert not open_resources() - before
    pieces = track.samples()
    for _ in range(10):
        assert next(pieces).shape[1] <= 8192
        assert len(open_resources() - before) <= 1
    track.close()
    track.close()
    assert not open_resources() - before


def test_a_file_without_sound_is_said(tmp_path, film):
    path, voice = film(tmp_path / "f.mp4", count=3), clicking(tmp_path / "v.wav", 8000, 1)
    before = open_resources()
    with pytest.raises(DecodeError, match=r"f\.mp4' has no sound"):
        open_track(montage("2", placed("0", voice, "0", "1"), placed("1", path, "0", "1")))
    assert not open_resources() - before


@pytest.mark.parametrize(("name", "codec"), [("o.mov", "prores-422hq"), ("o.mkv", "h264")])
def test_a_film_carries_a_montage(tmp_path, name, codec):
    one = clicking(tmp_path / "one.wav", 22050, 2, Fraction(1, 2))
    two = clicking(tmp_path / "two.wav", 48000, 2, Fraction(1, 2), channels=2)
    made = montage("2", placed("0.25", one, "0.25", "0.5"), placed("1.25", two, "0.25", "0.5"))
    out = tmp_path / name
    with open_writer(out, rate=Fraction(25), width=64, height=64, codec=codec, audio=made) as film:
        for _ in range(50):
            film.write(np.zeros((64, 64, 3), np.uint8))
    facts = probe(out).audio
    assert facts is not None and (facts.sample_rate, facts.channels) == (48000, 2)
    track = SoundTrack(AudioSource(out, Fraction(0), Fraction(2)))
    sound = np.concatenate(list(track.samples()), axis=1)
    track.close()
    assert clicks(sound[0]) == clicks(sound[1]) == [24000, 72000]


def tone(path: Path, rate: int, hertz: int, level: float, channels: int = 1) -> Path:
    """Write two seconds of a tone."""
    wave_of = level * np.sin(2 * np.pi * hertz * np.arange(2 * rate) / rate)
    return write_wav(path, rate, np.repeat(wave_of[None], channels, axis=0))


def level_of(samples: np.ndarray, hertz: int, rate: int) -> float:
    """The amplitude of a tone in whole tenths of a second of samples."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / rate)
    return float(2 * np.abs((samples * turns).mean()))


def test_tones_on_two_tracks_are_heard_at_their_times_and_levels(tmp_path):
    """In steps of a tenth of a second: who is there is there at its own level, and nobody else."""
    low = tone(tmp_path / "low.wav", 44100, 440, 0.4)
    high = tone(tmp_path / "high.wav", 48000, 1000, 0.5, channels=2)
    tracks = (placed("0.5", low, "0", "1.5"),), (placed("1", high, "0.25", "1.5"),)
    sound, track = heard(AudioMontage(tracks, Fraction(0), Fraction(3)))
    assert (track.rate, track.layout, sound.shape) == (48000, "stereo", (2, 144000))
    assert 0.85 < track.peak < 0.9
    for tenth in range(30):
        for channel in sound:
            part = channel[4800 * tenth : 4800 * (tenth + 1)]
            wanted = 0.4 * (5 <= tenth < 20), 0.5 * (10 <= tenth < 25)
            found = level_of(part, 440, 48000), level_of(part, 1000, 48000)
            assert found == pytest.approx(wanted, abs=0.003), tenth


def test_tracks_at_one_rate_are_summed_sample_by_sample(ramps):
    (one, low), (two, high) = ramps
    tracks = (placed("0", one, "0", "1"),), (placed("0.5", two, "0", "1"),)
    sound, track = heard(AudioMontage(tracks, Fraction(0), Fraction(2)))
    wanted = np.zeros(16000)
    wanted[:8000] += low[0]
    wanted[4000:12000] += high[0]
    assert np.array_equal(sound[0], wanted.astype(np.float32))
    assert track.peak == wanted.max() < 1


def test_what_is_over_full_scale_on_two_tracks_is_limited_and_the_rest_left(tmp_path):
    one, two = (tone(tmp_path / f"{hertz}.wav", 48000, hertz, 0.7) for hertz in (440, 1000))
    tracks = (placed("0", one, "0", "2"),), (placed("0.5", two, "0", "0.5"),)
    sound, track = heard(AudioMontage(tracks, Fraction(0), Fraction(2)))
    alone, _ = heard(montage("2", placed("0", one, "0", "2")))
    assert 1.35 < track.peak < 1.4
    assert 0.99 < np.abs(sound).max() <= 1
    changed = np.flatnonzero((sound != alone)[0])
    assert 24000 - 2400 <= changed.min() and changed.max() < 48000 + 2400


def test_mixing_a_long_montage_takes_no_more_memory(tmp_path):
    voices = [tone(tmp_path / f"{n}.wav", 48000, 300 * n, 0.3) for n in (1, 2)]
    times = [placed(str(2 * n), voices[n % 2], "0", "2") for n in range(15)]
    track = open_track(AudioMontage((tuple(times), tuple(times)), Fraction(0), Fraction(30)))
    before, count = open_resources(), 0
    tracemalloc.start()
    for piece in track.samples():
        count += piece.shape[1]
        assert len(open_resources() - before) <= 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    track.close()
    assert count == 30 * 48000
    assert peak < 2e6  # all of it has 6 MB
