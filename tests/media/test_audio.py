"""Sound carried over: every click where it was, every sample counted."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.errors import DecodeError, EncodeError
from a1sdk.media import AudioSource, open_writer, probe, verify
from a1sdk.media.audio import SoundTrack

NTSC = Fraction(24000, 1001)
CLICKS = (Fraction(1, 4), Fraction(1), Fraction(7, 4))


def clicks(rate: int, seconds: Fraction, channels: int = 1) -> np.ndarray:
    """A short burst at each of `CLICKS`, on silence."""
    sound = np.zeros((channels, int(seconds * rate)), np.float32)
    half = rate // 1000
    burst = 0.8 * np.hanning(2 * half + 1) * np.cos(np.arange(-half, half + 1) * 2 * np.pi / half)
    for click in CLICKS:
        at = int(click * rate)
        sound[:, at - half : at + half + 1] = burst
    return sound


def found(sound: np.ndarray, near: int, reach: int = 3000) -> int:
    """Sample at which the burst near `near` is highest."""
    low = max(0, near - reach)
    return low + int(np.abs(sound[0, low : near + reach]).argmax())


def write_sound(
    path: Path, sound: np.ndarray, rate: int, encoder: str, offset: Fraction = Fraction(0)
) -> Path:
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoder, rate=rate)
        stream.codec_context.layout = layout
        for begin in range(0, sound.shape[1], 1000):
            piece = np.ascontiguousarray(sound[:, begin : begin + 1000])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = begin + int(offset * rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def decoded(path: Path) -> tuple[np.ndarray, Fraction]:
    """All samples that FFmpeg gives, and the time of the first, without our reader."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp")
        frames = [out for f in container.decode(audio=0) for out in resampler.resample(f)]
        start = frames[0].pts * frames[0].time_base
        return np.concatenate([f.to_ndarray() for f in frames], axis=1), start


def carry(
    path: Path, source: AudioSource, count: int, rate: Fraction = NTSC, codec: str | None = None
) -> Path:
    with open_writer(path, rate=rate, width=64, height=64, codec=codec, audio=source) as writer:
        for number in range(count):
            writer.write(np.full((64, 64, 3), number * 3 % 256, np.uint8))
    return path


SOURCES = [("s.wav", "pcm_s16le"), ("s.m4a", "aac"), ("s.flac", "flac"), ("s.mka", "libopus")]
OUTPUTS = [
    ("o.mp4", None, "aac"),
    ("o.mov", None, "aac"),
    ("o.mov", "prores-422hq", "pcm_s24le"),
    ("o.mkv", "h264", "flac"),
    ("o.webm", None, "opus"),
]


@pytest.mark.parametrize(("source", "encoder"), SOURCES)
@pytest.mark.parametrize(("name", "codec", "stored"), OUTPUTS)
def test_clicks_stay_where_they_were(tmp_path, source, encoder, name, codec, stored):
    rate = 48000
    path = write_sound(tmp_path / source, clicks(rate, Fraction(5, 2), 2), rate, encoder)
    duration = 48 / NTSC
    out = carry(tmp_path / name, AudioSource(path, Fraction(0), duration), 48, codec=codec)
    verify(out, rate=NTSC, count=48, audio=True)
    assert probe(out).audio.codec == stored
    sound, start = decoded(out)
    assert start == 0 or abs(start) < Fraction(1, 1000)
    for click in CLICKS:
        at = int(click * rate)
        assert abs(found(sound, at) + start * rate - at) <= 1
    assert len(sound) == 2


def test_lossless_carriage_is_bit_exact(tmp_path):
    rng = np.random.default_rng(3)
    samples = rng.integers(-32768, 32768, (1, 96_000)).astype(np.int16)
    path = write_sound(tmp_path / "s.wav", samples / np.float32(32768), 48000, "pcm_s16le")
    source = AudioSource(path, Fraction(1, 4), Fraction(3, 2))
    wanted = samples[:, 12_000 : 12_000 + 72_000]
    for name, codec in (("o.mov", "prores-422hq"), ("o.mkv", "h264")):
        sound, start = decoded(carry(tmp_path / name, source, 36, Fraction(24), codec))
        assert start == 0
        assert sound.shape == (1, 72_000)
        assert np.array_equal(np.round(sound * 32768), wanted)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000, 11024, 192000])
def test_every_sample_rate_is_carried(tmp_path, rate):
    """Rates that an encoder does not know become 48000."""
    path = write_sound(tmp_path / "s.wav", clicks(rate, Fraction(5, 2)), rate, "pcm_s16le")
    for name in ("o.mp4", "o.webm"):
        source = AudioSource(path, Fraction(0), Fraction(2))
        out = carry(tmp_path / name, source, 60, Fraction(30))
        verify(out, rate=Fraction(30), count=60, audio=True)
        sound, start = decoded(out)
        got = probe(out).audio.sample_rate
        for click in CLICKS:
            at = int(click * got)
            assert abs(found(sound, at, got // 20) + start * got - at) <= 2


def test_sound_keeps_its_offset_to_the_picture(tmp_path, film):
    """Picture at 0.48 s on the file's clock, sound from 0: what was before is left out."""
    from a1sdk.media import open_video

    rate = 48000
    late = film(tmp_path / "late.mkv", count=50, ticks=list(range(12, 62)), options={"bf": "0"})
    path = tmp_path / "both.mkv"
    remux_with_sound(late, clicks(rate, Fraction(5, 2)), rate, path)
    with open_video(path) as reader:
        start, duration = reader.info.start, reader.info.duration
    assert start == Fraction(12, 25)
    source = AudioSource(path, start, duration)
    sound, _ = decoded(carry(tmp_path / "o.mkv", source, 50, Fraction(25), "h264"))
    assert sound.shape[1] == duration * rate
    for click in CLICKS[1:]:
        at = int((click - start) * rate)
        assert abs(found(sound, at) - at) <= 1


def remux_with_sound(picture: Path, sound: np.ndarray, rate: int, path: Path) -> None:
    with av.open(str(picture)) as given, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(given.streams.video[0])
        audio = out.add_stream("flac", rate=rate)
        audio.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)


def samples_of(source: AudioSource) -> np.ndarray:
    track = SoundTrack(source)
    try:
        pieces = list(track.samples())
    finally:
        track.close()
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((1, 0), np.float32)


@pytest.fixture(scope="module")
def ramp(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """One second of sound in which every sample tells its place."""
    values = np.arange(-4000, 4000, dtype=np.float32)[None] / 32768
    folder = tmp_path_factory.mktemp("ramp")
    return write_sound(folder / "ramp.wav", values, 8000, "pcm_s16le"), values


@settings(max_examples=60)
@given(
    start=st.fractions(-2, 2, max_denominator=8000),
    duration=st.fractions(0, 3, max_denominator=48_000),
)
def test_any_cut_is_exact(ramp, start, duration):
    path, values = ramp
    got = samples_of(AudioSource(path, start, duration))
    total = int(duration * 8000 + Fraction(1, 2))
    begin = round(-start * 8000)
    wanted = np.zeros((1, total), np.float32)
    for k in range(values.shape[1]):
        if 0 <= begin + k < total:
            wanted[0, begin + k] = values[0, k]
    assert got.shape == wanted.shape
    assert np.array_equal(got, wanted)


def test_gaps_are_silence(tmp_path):
    rate = 48000
    path = tmp_path / "gap.mka"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=rate)
        stream.codec_context.layout = "mono"
        for at in (0, 24_000, 72_000):  # 0.5 s missing before the last
            frame = av.AudioFrame.from_ndarray(np.full((1, 24_000), 9000, np.int16), layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    sound = samples_of(AudioSource(path, Fraction(0), Fraction(2)))[0]
    assert len(sound) == 96_000
    assert sound[:48_000].min() > 0.2
    assert not sound[48_000:72_000].any()
    assert sound[72_000:].min() > 0.2


def test_numbers_that_are_none_become_silence(tmp_path):
    sound = np.full((1, 4000), 0.5, np.float32)
    sound[0, 100:200], sound[0, 300], sound[0, 301] = np.nan, np.inf, -np.inf
    path = write_sound(tmp_path / "nan.wav", sound, 8000, "pcm_f32le")
    got = samples_of(AudioSource(path, Fraction(0), Fraction(1, 2)))[0]
    assert not got[100:200].any()
    assert (got[300], got[301]) == (1, -1)
    assert np.isfinite(got).all()
    for name in ("o.mp4", "o.webm"):
        out = carry(tmp_path / name, AudioSource(path, Fraction(0), Fraction(1)), 25, Fraction(25))
        assert np.isfinite(decoded(out)[0]).all()


@pytest.mark.parametrize("name", ["o.mp4", "o.webm", "o.mkv"])
def test_surround_is_carried(tmp_path, name):
    path = write_sound(tmp_path / "s.mka", clicks(48000, Fraction(5, 2), 6), 48000, "pcm_s16le")
    source = AudioSource(path, Fraction(0), Fraction(2))
    out = carry(tmp_path / name, source, 50, Fraction(25), "h264" if name == "o.mkv" else None)
    assert probe(out).audio.channels == 6
    assert abs(found(decoded(out)[0], 48000) - 48000) <= 1


def test_sound_is_interleaved_and_not_gathered(tmp_path, monkeypatch):
    path = write_sound(tmp_path / "s.wav", clicks(8000, Fraction(60)), 8000, "pcm_s16le")
    taken = []

    def watch(self: SoundTrack, original: Callable = SoundTrack.samples):
        for piece in original(self):
            taken.append(piece.shape[1])
            yield piece

    monkeypatch.setattr(SoundTrack, "samples", watch)
    source = AudioSource(path, Fraction(0), Fraction(2))
    with open_writer(
        tmp_path / "o.mp4", rate=Fraction(25), width=64, height=64, audio=source
    ) as writer:
        for number in range(50):
            writer.write(np.zeros((64, 64, 3), np.uint8))
            assert sum(taken) <= (number + 1) * 320 + 4096
    assert sum(taken) == 16_000


def test_no_sound_is_said(tmp_path, film):
    path = film(tmp_path / "f.mp4", count=3)
    with pytest.raises(DecodeError, match="has no sound"):
        carry(tmp_path / "o.mp4", AudioSource(path, Fraction(0), Fraction(1)), 3)
    assert [p.name for p in tmp_path.iterdir()] == ["f.mp4"]


def test_sound_of_another_length_breaks_the_contract(tmp_path):
    path = write_sound(tmp_path / "s.wav", clicks(8000, Fraction(5, 2)), 8000, "pcm_s16le")
    out = carry(tmp_path / "o.mp4", AudioSource(path, Fraction(0), Fraction(2)), 48)
    verify(out, rate=NTSC, count=48, audio=True)
    with pytest.raises(EncodeError, match=r"p.mp4' was .* sound and picture end -\d+.* ms apart"):
        carry(tmp_path / "p.mp4", AudioSource(path, Fraction(0), Fraction(1)), 48)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.mp4", "s.wav"]
