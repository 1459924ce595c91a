"""Reading films: every picture once, at its exact time, in any order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import DecodeError
from a1sdk.media import at_rate, open_video, probe
from a1sdk.timing import frame_count

NTSC = Fraction(24000, 1001)
GOP = {"g": "12", "bf": "3", "preset": "ultrafast"}
KINDS = {
    "long GOP with B pictures": ("f.mp4", "libx264", "yuv420p", GOP),
    "Matroska in milliseconds": ("f.mkv", "libx264", "yuv420p", GOP),
    "transport stream": ("f.ts", "libx264", "yuv420p", GOP),
    "open GOP": (
        "f.mov",
        "libx265",
        "yuv420p",
        {"x265-params": "open-gop=1:keyint=12:log-level=none", "preset": "ultrafast"},
    ),
    "ProRes": ("f.mov", "prores_ks", "yuv422p10le", {}),
    "MPEG-2 program stream": ("f.mpg", "mpeg2video", "yuv420p", {"bf": "2", "g": "12"}),
    "AVI without presentation times": ("f.avi", "mpeg4", "yuv420p", {"bf": "2", "q": "3"}),
    "WebM": ("f.webm", "libvpx-vp9", "yuv420p", {"cpu-used": "8", "deadline": "realtime"}),
    "MXF": ("f.mxf", "mpeg2video", "yuv422p", {"g": "12", "bf": "2", "b": "8000000"}),
    "FFV1": ("f.mkv", "ffv1", "yuv444p", {}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [Fraction(25), NTSC])
def test_every_container_is_exact(tmp_path, film, barcode, kind, rate):
    name, encoder, pixel_format, options = KINDS[kind]
    path = film(
        tmp_path / name,
        rate=rate,
        encoder=encoder,
        pixel_format=pixel_format,
        options=options,
    )
    with open_video(path) as reader:
        assert (reader.info.rate, reader.info.vfr, reader.info.count) == (rate, False, 40)
        assert reader.info.duration == 40 / rate
        frames = [(f.index, f.time, barcode.read(f.pixels)) for f in reader.frames()]
        assert frames == [(k, k / rate, k) for k in range(40)]
        order = [*range(40), 39, 0, 38, 1]
        random.Random(4).shuffle(order)
        assert [barcode.read(reader.frame_at(k).pixels) for k in order] == order
        assert barcode.read(reader.read(Fraction(7) / rate).pixels) == 7
        assert barcode.read(reader.read(Fraction(8) / rate - Fraction(1, 10**6)).pixels) == 7
        part = reader.frames(Fraction(13, 2) / rate, Fraction(30) / rate)
        assert [barcode.read(f.pixels) for f in part] == list(range(6, 30))
        assert [f.index for f in reader.frames(Fraction(39) / rate)] == [39]
        assert reader.read(Fraction(99)).index == 39
        assert reader.read(Fraction(-1)).index == 0


@pytest.mark.parametrize("name", ["f.mp4", "f.mkv"])
def test_variable_rate_keeps_the_times_of_the_file(tmp_path, film, barcode, name):
    rng = random.Random(1)
    ticks = [0]
    for _ in range(39):
        ticks.append(ticks[-1] + rng.choice([17, 33, 41, 100]))
    path = film(tmp_path / name, ticks=ticks, time_base=Fraction(1, 1000), options=GOP)
    with open_video(path) as reader:
        assert reader.info.vfr
        assert reader.info.count == 40
        frames = list(reader.frames())
        assert [f.time for f in frames] == [Fraction(t, 1000) for t in ticks]
        assert [barcode.read(f.pixels) for f in frames] == list(range(40))
        for time in (Fraction(t, 1000) for t in range(0, ticks[-1], 37)):
            shown = max(k for k, t in enumerate(ticks) if Fraction(t, 1000) <= time)
            assert barcode.read(reader.read(time).pixels) == shown


def test_a_film_that_starts_late_starts_at_zero(tmp_path, film, barcode):
    ticks = [12 + k for k in range(30)]
    path = film(tmp_path / "late.mp4", count=30, ticks=ticks, options=GOP)
    with open_video(path) as reader:
        assert reader.info.start == Fraction(12, 25)
        frames = [(f.time, barcode.read(f.pixels)) for f in reader.frames()]
    assert frames == [(Fraction(k, 25), k) for k in range(30)]


def test_rotation_is_applied(tmp_path, film):
    def corner(_: int) -> np.ndarray:
        pixels = np.zeros((96, 160, 3), np.uint8)
        pixels[:30, :30] = 255  # stored top left
        return pixels

    path = film(
        tmp_path / "turned.mp4",
        count=5,
        draw=corner,
        prepare=lambda stream: stream.set_display_rotation(-90),
    )
    info = probe(path).video
    assert (info.width, info.height, info.rotation) == (96, 160, 90)
    with open_video(path) as reader:
        pixels = reader.frame_at(0).pixels
    assert pixels.shape == (160, 96, 3)
    assert pixels.flags.c_contiguous
    assert pixels[:20, -20:].min() > 200  # a quarter turn clockwise puts it top right
    assert pixels[:20, :20].max() < 50


def test_pixels_become_square(tmp_path, film, barcode):
    def wide(stream) -> None:
        stream.sample_aspect_ratio = Fraction(3, 2)

    path = film(tmp_path / "anamorphic.mp4", count=5, prepare=wide)
    with open_video(path) as reader:
        assert (reader.info.width, reader.info.height) == (240, 96)
        assert reader.frame_at(3).pixels.shape == (96, 240, 3)
        assert barcode.read(reader.frame_at(3).pixels) == 3


def test_interlaced_film_is_deinterlaced_at_its_own_rate(tmp_path, film, barcode):
    def fields(number: int) -> np.ndarray:
        """A bar that moves between the two fields of a frame: combed when they are woven."""
        pixels = np.zeros((96, 160, 3), np.uint8)
        for field in range(2):
            x = 8 * number + 4 * field
            pixels[field::2, x : x + 40] = 235
        return pixels

    path = film(
        tmp_path / "fields.mpg",
        count=10,
        encoder="mpeg2video",
        options={"flags": "+ildct+ilme", "q": "2", "bf": "0"},
        draw=fields,
    )
    assert probe(path).video.interlaced
    with open_video(path) as reader:
        frames = [f.pixels.astype(int) for f in reader.frames()]
        assert len(frames) == reader.info.count == 10
        again = reader.frame_at(6).pixels.astype(int)
    combed = np.abs(np.diff(fields(6)[:, :, 0].astype(int), axis=0)).mean()
    assert np.abs(np.diff(frames[6][4:-4, :, 0], axis=0)).mean() < combed / 4
    assert np.abs(again - frames[6]).mean() < 1


def test_size_changes_are_scaled_to_the_first_size(tmp_path, film, barcode):
    first = film(tmp_path / "a.ts", count=10, encoder="mpeg2video", options={"bf": "0"})
    second = film(
        tmp_path / "b.ts",
        count=10,
        encoder="mpeg2video",
        options={"bf": "0"},
        ticks=list(range(10, 20)),
        draw=lambda k: barcode.draw(k + 10, 320, 192),
    )
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    with open_video(both) as reader:
        frames = list(reader.frames())
    assert {f.pixels.shape for f in frames} == {(96, 160, 3)}
    numbers = [barcode.read(f.pixels) for f in frames]
    assert numbers == [k for k in range(20) if k in numbers]
    assert len(numbers) >= 19  # the decoder drops the picture it held at the seam


PATCHES = np.array(
    [[230, 20, 20], [20, 220, 30], [20, 30, 230], [128, 128, 128], [220, 170, 140], [90, 60, 40]],
    np.uint8,
)


@pytest.mark.parametrize(("height", "tags"), [(480, None), (480, 1), (720, None), (480, 5)])
def test_colors_follow_the_tags_and_the_size(tmp_path, film, height, tags):
    """Untagged film is BT.601 below 720 lines and BT.709 from there on."""

    def patches(_: int) -> np.ndarray:
        return np.repeat(np.repeat(PATCHES[None], height, 0), 64, 1)

    matrix = 1 if tags == 1 or (tags is None and height >= 720) else 5
    path = tmp_path / "patches.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64 * len(PATCHES), height, "yuv444p"
        if tags is not None:
            stream.codec_context.colorspace = tags
            stream.codec_context.color_range = 1
        frame = av.VideoFrame.from_ndarray(patches(0), format="rgb24")
        frame = frame.reformat(format="yuv444p", dst_colorspace=matrix, dst_color_range=1)
        if tags is None:
            frame.colorspace = 2
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with open_video(path) as reader:
        pixels = reader.frame_at(0).pixels.astype(int)
    got = pixels[height // 2, 32::64]
    assert np.abs(got - PATCHES).max() <= 4


def test_a_cut_off_film_is_refused_at_once(tmp_path, film):
    path = film(tmp_path / "whole.mp4", container={"movflags": "+faststart"}, options=GOP)
    data = path.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) * 9 // 10])
    with pytest.raises(DecodeError, match=r"cut off: only \d+ of 40 pictures") as caught:
        open_video(cut)
    assert caught.value.path == str(cut)


def test_a_damaged_film_is_an_error_not_a_freeze(tmp_path, film):
    path = film(tmp_path / "f.mov", encoder="prores_ks", pixel_format="yuv422p10le")
    with av.open(str(path)) as container:
        torn = [packet for packet in container.demux(video=0) if packet.size][20]
        where, size = torn.pos, torn.size
    data = bytearray(path.read_bytes())
    data[where : where + size] = bytes(size)
    path.write_bytes(data)
    with (
        pytest.raises(DecodeError, match=r"damaged 0\.\d+ s into it"),
        open_video(path) as reader,
    ):
        for _ in reader.frames():
            pass


def test_a_film_cut_out_of_a_longer_one_begins_where_it_can(tmp_path, film, barcode):
    path = film(tmp_path / "whole.ts", options=GOP)
    data = path.read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(data[188 * (len(data) // 188 // 10) :])
    with open_video(cut) as reader:
        numbers = [barcode.read(frame.pixels) for frame in reader.frames()]
        assert numbers == list(range(numbers[0], 40))
        assert 1 < numbers[0] <= 12
        assert len(list(at_rate(reader.frames(), reader.info.rate, reader.info.duration))) <= 40


def test_losing_pictures_silently_is_an_error(tmp_path, film, monkeypatch):
    path = film(tmp_path / "f.mp4", options={"bf": "0"})
    monkeypatch.setattr("a1sdk.media.index.PictureIndex.number", lambda *_: 0)
    with open_video(path) as reader:
        reader._index.pts.extend(range(10**6, 10**6 + 20))
        with pytest.raises(DecodeError, match="40 of 60 pictures can be decoded"):
            list(reader.frames())


def test_a_bare_codec_stream_has_no_times(tmp_path, film):
    with pytest.raises(DecodeError, match="when its pictures are shown") as caught:
        open_video(film(tmp_path / "f.h264"))
    assert "-c copy" in caught.value.hint


def test_asking_past_the_end_says_so(tmp_path, film):
    with (
        open_video(film(tmp_path / "f.mp4", count=3)) as reader,
        pytest.raises(DecodeError, match="has 3 pictures; there is no number 3"),
    ):
        reader.frame_at(3)


def test_sound_alone_is_no_film(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    assert probe(path).kind == "audio"
    with pytest.raises(DecodeError, match="sound but no pictures"):
        open_video(path)


def test_playlists_are_not_followed(tmp_path, film):
    real = film(tmp_path / "real.ts", encoder="mpeg2video")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{real}\n#EXT-X-ENDLIST\n")
    script = tmp_path / "list.mp4"
    script.write_text(f"ffconcat version 1.0\nfile {real.name}\n")
    (tmp_path / "p001.ppm").write_bytes(b"P6 1 1 255\n\0\0\0")
    for path in (playlist, script, tmp_path / "p%03d.ppm"):
        with pytest.raises(DecodeError):
            open_video(path)


@dataclass(frozen=True)
class Timed:
    number: int
    time: Fraction


rates = st.sampled_from([Fraction(25), NTSC, Fraction(30000, 1001), Fraction(60), Fraction(12)])


@given(
    gaps=st.lists(st.integers(1, 400), min_size=0, max_size=60),
    last=st.integers(1, 400),
    rate=rates,
)
def test_at_rate_gives_exactly_the_frames_there_are(gaps, last, rate):
    ticks = [0]
    for gap in gaps:
        ticks.append(ticks[-1] + gap)
    frames = [Timed(k, Fraction(tick, 1000)) for k, tick in enumerate(ticks)]
    duration = Fraction(ticks[-1] + last, 1000)
    held = list(at_rate(iter(frames), rate, duration))
    assert len(held) == frame_count(duration, rate)
    for number, frame in enumerate(held):
        now = (number + Fraction(1, 8)) / rate
        assert frame.number == max(k for k, f in enumerate(frames) if f.time <= now)


@given(rate=rates, count=st.integers(1, 300))
def test_at_rate_passes_a_steady_film_through(rate, count):
    frames = [Timed(k, k / rate) for k in range(count)]
    assert list(at_rate(frames, rate, count / rate)) == frames


@given(rate=rates, seed=st.integers(0, 99))
def test_at_rate_is_not_shaken_by_a_jittering_clock(rate, seed):
    rng = random.Random(seed)
    jitter = [Fraction(0), *(Fraction(rng.randint(-9, 9), 100) / rate for _ in range(99))]
    frames = [Timed(k, k / rate + jitter[k]) for k in range(100)]
    held = list(at_rate(frames, rate, 100 / rate))
    assert [frame.number for frame in held] == list(range(100))


def test_at_rate_stops_pulling_when_it_has_enough():
    pulled = []

    def frames():
        for k in range(1000):
            pulled.append(k)
            yield Timed(k, Fraction(k, 25))

    assert len(list(at_rate(frames(), Fraction(25), Fraction(1)))) == 25
    assert len(pulled) < 30


def test_at_rate_of_nothing_is_nothing():
    assert list(at_rate([], Fraction(25), Fraction(3))) == []
