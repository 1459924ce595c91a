"""DNxHR in QuickTime and MXF: pictures, timecode, sound, and what they refuse."""

from __future__ import annotations

import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from a1sdk.errors import ConfigError, EncodeError
from a1sdk.media import AudioSource, codec_for, open_writer, probe, verify
from a1sdk.media.audio import SoundTrack
from a1sdk.media.codecs import MXF_RATES

DNXHR = ["dnxhr-hq", "dnxhr-hqx", "dnxhr-444"]
SIZE = (256, 120)
NTSC = Fraction(24000, 1001)


def write(path, count, rate, *, codec=None, pixels=None, **options):
    pixels = np.full((*SIZE[::-1], 3), 90, np.uint8) if pixels is None else pixels
    height, width, _ = pixels.shape
    depth = pixels.itemsize * 8
    with open_writer(
        path, rate=rate, width=width, height=height, depth=depth, codec=codec, **options
    ) as writer:
        for _ in range(count):
            writer.write(pixels)


@pytest.mark.parametrize("suffix", [".mov", ".mxf"])
@pytest.mark.parametrize("codec", DNXHR)
def test_it_is_what_its_name_says(tmp_path, codec, suffix):
    path = tmp_path / f"f{suffix}"
    write(path, 3, NTSC, codec=codec)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert context.codec.canonical_name == "dnxhd"
        assert (
            context.profile
            == {"hq": "DNXHR HQ", "hqx": "DNXHR HQX", "444": "DNXHR 444"}[
                codec.removeprefix("dnxhr-")
            ]
        )
        assert context.pix_fmt == {
            "dnxhr-hq": "yuv422p", "dnxhr-hqx": "yuv422p10le", "dnxhr-444": "yuv444p10le"
        }[codec]  # fmt: skip
    info = probe(path).video
    assert info.depth == (8 if codec == "dnxhr-hq" else 10)
    assert (info.color.primaries, info.color.transfer, info.color.matrix) == ("bt709",) * 3
    assert not info.color.full_range


# of 65535: 10 bits of YUV, quantized; half as many of color across
@pytest.mark.parametrize(("codec", "tolerance"), [("dnxhr-hqx", 450), ("dnxhr-444", 300)])
def test_sixteen_bits_come_back_as_ten(tmp_path, codec, tolerance):
    across = np.linspace(0.1, 0.9, SIZE[0])[None].repeat(SIZE[1], 0)
    down = np.linspace(0.2, 0.8, SIZE[1])[:, None].repeat(SIZE[0], 1)
    pixels = (np.stack([across, down, across[:, ::-1]], -1) * 65535).astype(np.uint16)
    write(tmp_path / "f.mov", 2, NTSC, codec=codec, pixels=pixels)
    with av.open(str(tmp_path / "f.mov")) as container:
        frame = next(container.decode(video=0))
        back = frame.to_ndarray(format="rgb48le", src_colorspace="ITU709", threads=1)
    assert np.abs(back.astype(int) - pixels).max() <= tolerance


@pytest.mark.parametrize("suffix", [".mov", ".mxf"])
@pytest.mark.parametrize(
    ("rate", "label"),
    [
        (NTSC, "01:00:00:00"),
        (Fraction(30000, 1001), "00:59:58;12"),
        (Fraction(25), "10:11:12:13"),
        (Fraction(60), "23:59:59:59"),
    ],
)
def test_timecode_and_sound(tmp_path, suffix, rate, label):
    path, sound = tmp_path / f"f{suffix}", tmp_path / "s.wav"
    count = 31
    _click(sound, 44100, at=Fraction(1, 2), seconds=Fraction(4))
    source = AudioSource(sound, Fraction(0), count / rate)
    write(path, count, rate, codec="dnxhr-hqx", timecode=label, audio=source)
    verify(path, rate=rate, count=count, audio=True, timecode=label)
    with pytest.raises(EncodeError, match="timecode"):
        verify(path, rate=rate, count=count, audio=True, timecode="02:00:00:00")
    facts = probe(path).audio
    assert facts.codec == "pcm_s24le"
    assert facts.sample_rate == (48000 if suffix == ".mxf" else 44100)  # MXF has no other
    track = SoundTrack(AudioSource(path, Fraction(0), count / rate))
    samples = np.abs(np.concatenate(list(track.samples()), axis=1)[0])
    track.close()
    assert samples.shape == (round(count / rate * track.rate),)
    assert abs(int(samples.argmax()) / track.rate - 0.5) < 0.001


def _click(path, rate, *, at, seconds):
    samples = np.zeros(int(seconds * rate), "<i2")
    samples[int(at * rate)] = 30000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())


@pytest.mark.parametrize("rate", sorted(MXF_RATES))
def test_mxf_has_the_rates_it_is_said_to_have(tmp_path, rate):
    write(tmp_path / "f.mxf", 2, rate)
    assert probe(tmp_path / "f.mxf").video.rate == rate


@pytest.mark.parametrize("rate", [Fraction(12), Fraction(7488, 125), Fraction(240)])
def test_rates_that_mxf_has_not_are_refused_and_quicktime_takes_them(tmp_path, rate):
    with pytest.raises(EncodeError, match="MXF cannot have") as raised:
        write(tmp_path / "f.mxf", 2, rate)
    assert "'f.mov'" in str(raised.value.hint)
    assert not list(tmp_path.iterdir())
    write(tmp_path / "f.mov", 2, rate, codec="dnxhr-hq")


@pytest.mark.parametrize("size", [(255, 120), (256, 119)])
def test_pictures_too_small_are_refused(tmp_path, size):
    small = np.zeros((*size[::-1], 3), np.uint8)
    with pytest.raises(EncodeError, match=rf"at least 256x120.*{size[0]}x{size[1]}"):
        write(tmp_path / "f.mov", 1, NTSC, codec="dnxhr-hq", pixels=small)
    assert not list(tmp_path.iterdir())


def test_names_mean_it():
    assert codec_for("a.mxf").name == "dnxhr-hqx"
    assert codec_for("a.mxf", "dnxhr-444").depths == (8, 16)
    assert codec_for("a.mov", "dnxhr-hq").depths == (8,)
    assert not codec_for("a.mxf").alpha
    with pytest.raises(ConfigError, match="does not go into"):
        codec_for("a.mxf", "prores-4444")
