"""One channel of sound, every sample in its place at any rate."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media.sound import Sound, open_sound

CLICKS = (Fraction(13, 50), Fraction(1), Fraction(87, 50))  # whole samples at all rates used
LENGTH = Fraction(2)


def clicks(rate: int, seconds: Fraction = LENGTH) -> np.ndarray:
    """A pulse of 4 ms, highest at each of `CLICKS`; its spectrum ends far below 4 kHz."""
    times = np.arange(int(seconds * rate)) / rate
    near = [np.abs(times - float(click)) for click in CLICKS]
    shapes = [np.where(d < 0.002, 0.4 + 0.4 * np.cos(np.pi * d / 0.002), 0.0) for d in near]
    return np.sum(shapes, 0).astype(np.float32)[None]


def write(
    path: Path, sound: np.ndarray, rate: int, encoder: str = "pcm_f32le", offset: int = 0
) -> Path:
    layout = {1: "mono", 2: "stereo"}[len(sound)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoder, rate=rate)
        stream.codec_context.layout = layout
        for begin in range(0, sound.shape[1], 1000):
            piece = np.ascontiguousarray(sound[:, begin : begin + 1000].astype(np.float32))
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = begin + offset
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def heard(sound: Sound) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.float32), *sound.blocks()])


def peaks(sound: np.ndarray, rate: int) -> list[int]:
    """Sample at which each click is highest."""
    found = []
    for click in CLICKS:
        low = int(click * rate) - rate // 20
        found.append(low + int(sound[low : low + rate // 10].argmax()))
    return found


@pytest.mark.parametrize("target", [8000, 16000, 22050, 48000])
@pytest.mark.parametrize("source", [8000, 16000, 22050, 44100, 48000, 88200])
def test_every_sample_keeps_its_place_at_another_rate(
    tmp_path: Path, source: int, target: int
) -> None:
    file = write(tmp_path / "clicks.wav", clicks(source), source)
    sound = open_sound(file, rate=target)
    samples = heard(sound)
    assert (sound.rate, sound.start, sound.duration) == (target, 0, LENGTH)
    assert len(samples) == len(sound) == LENGTH * target
    assert peaks(samples, target) == [int(click * target) for click in CLICKS]
    assert np.abs(samples - clicks(target)[0]).max() < 0.02


@pytest.mark.parametrize(
    ("name", "encoder"),
    [("a.flac", "flac"), ("a.aiff", "pcm_s16be"), ("a.wav", "pcm_s24le"), ("a.m4a", "aac")],
)
def test_containers_and_codecs(tmp_path: Path, name: str, encoder: str) -> None:
    sound = open_sound(write(tmp_path / name, clicks(16000), 16000, encoder), rate=48000)
    assert len(sound) == LENGTH * 48000
    lag = [a - int(b * 48000) for a, b in zip(peaks(heard(sound), 48000), CLICKS, strict=True)]
    assert lag == [0, 0, 0]


def test_channels_are_chosen_or_mixed(tmp_path: Path) -> None:
    left, right = np.full(800, 0.5), np.full(800, -0.25)
    file = write(tmp_path / "two.wav", np.stack([left, right]), 8000)
    for channel, level in ((0, 0.5), (1, -0.25), ("mix", 0.125)):
        assert heard(open_sound(file, channel=channel)) == pytest.approx(level)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no channel 2: it has 2"):
        open_sound(file, channel=2)


def test_values_that_are_no_numbers_are_silence_and_too_large_ones_are_clipped(
    tmp_path: Path,
) -> None:
    sound = np.array([[0.5, np.nan, np.inf, -np.inf, 3.0, -0.5]], np.float32)
    file = write(tmp_path / "bad.wav", sound, 8000)
    assert heard(open_sound(file)).tolist() == [0.5, 0, 1, -1, 1, -0.5]


def test_a_films_sound_is_on_the_clock_of_its_pictures(
    tmp_path: Path, film: Callable[..., Path]
) -> None:
    silent = film(tmp_path / "silent.mp4", count=50)
    both = tmp_path / "both.mkv"
    sound = clicks(48000)
    with av.open(str(silent)) as source, av.open(str(both), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        audio = out.add_stream("flac", rate=48000)
        audio.codec_context.layout = "mono"
        for packet in source.demux(video=0):
            if packet.pts is not None:
                packet.pts += packet.time_base.denominator // 2  # pictures begin half a second in
                packet.dts += packet.time_base.denominator // 2
                packet.stream = video
                out.mux(packet)
        for begin in range(0, sound.shape[1], 4000):
            piece = (sound[:, begin : begin + 4000] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
            frame.pts = begin
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    opened = open_sound(both)
    assert opened.start == Fraction(1, 2)
    samples = heard(opened)
    assert abs(int(samples[:48000].argmax()) - 24000) <= 48  # Matroska counts in ms


def test_sound_is_read_as_it_is_asked_for(tmp_path: Path) -> None:
    file = write(tmp_path / "long.wav", np.zeros((1, 480_000)), 48000)
    pieces = list(itertools.islice(open_sound(file, rate=16000).blocks(), 3))
    assert sum(map(len, pieces)) < 16000, "three blocks of ten seconds"


def test_headerless_samples_are_refused_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "voice.raw"
    file.write_bytes(bytes(range(256)) * 100)
    with pytest.raises(DecodeError) as caught:
        open_sound(file)
    assert "ffmpeg -f s16le" in str(caught.value.hint)


def test_a_silent_film_and_a_missing_file_say_so(tmp_path: Path, film: Callable[..., Path]) -> None:
    with pytest.raises(DecodeError, match="has no sound"):
        open_sound(film(tmp_path / "silent.mp4", count=2))
    with pytest.raises(DecodeError, match="cannot be opened"):
        open_sound(tmp_path / "missing.raw")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("data_size_lies.wav", 8000),
        ("nan_inf_float32.wav", 44580),
        ("one_sample.wav", 1),
        ("pocketsphinx_awful.wav", 6),
        ("zero_samples.wav", 0),
        ("audio_only.mp4", 32320),
    ],
)
def test_hostile_sound_is_read(shared: Path, name: str, samples: int) -> None:
    found = heard(open_sound(shared / "data" / "hostile" / name, rate=16000))
    assert len(found) == samples
    assert np.isfinite(found).all()
    assert np.abs(found).max(initial=0) <= 1


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["pocketsphinx_bad.wav", "sample_rate_0.wav", "zero_byte.wav", "text_renamed.mp4"]
)
def test_hostile_sound_is_refused(shared: Path, name: str) -> None:
    with pytest.raises(DecodeError):
        open_sound(shared / "data" / "hostile" / name)
