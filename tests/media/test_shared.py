"""Real drivers, portraits and hostile files of the project's shared data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.errors import A1Error, DecodeError
from a1sdk.media import AudioSource, at_rate, open_video, open_writer, probe, read_still, verify
from a1sdk.timing import frame_count

pytestmark = pytest.mark.shared

# distinct pictures, rate, whether the rate varies, size as shown, start, sound
DRIVERS = {
    "d01_lp_greenscreen_noaudio_25fps.mp4": (78, 25, False, (512, 512), 0, False),
    "d02_lp_glasses_30fps_audio.mp4": (250, 30, False, (480, 480), 0, True),
    "d03_phone_portrait_720x1280.mp4": (352, 30, False, (720, 1280), 0, False),
    "d04_grid_bbaf2n.mpg": (75, 25, False, (360, 288), 0, True),
    "d05_grid_lwbsza.mpg": (75, 25, False, (360, 288), 0, True),
    "d06_grid_swwp2s.mpg": (75, 25, False, (360, 288), 0, True),
    "d07_vfr_face_then_noface.mov": (169, 30, True, (960, 540), 0, True),
    "d08_hand_occlusion_pexels_2398.mp4": (472, "24000/1001", False, (640, 360), 0, True),
    "d09_xnemo_noaudio_25fps.mp4": (230, 25, False, (512, 512), 0, False),
    "d10_stage_cuts_multi_faces.mp4": (275, "30000/1001", False, (640, 360), "5107/5994", True),
    "d11_older_man_speech_25fps.mp4": (375, 25, False, (458, 458), 0, True),
    "d12_animated_character_24fps.mp4": (164, 24, False, (1280, 720), 0, True),
    "z01_phone_rotation_flag.mp4": (120, 30, False, (720, 1280), 0, False),
    "z02_vfr_dropped_frames.mp4": (163, 30, True, (480, 480), 0, True),
    "z03_face_leaves_and_returns.mp4": (180, 30, False, (360, 640), 0, False),
    "z04_two_people_side_by_side.mp4": (75, 25, False, (720, 288), 0, True),
    "z05_1080p_5994fps.mkv": (180, "60000/1001", False, (1920, 1080), "7/1000", True),
    "z06_interlaced_mpeg2.mpg": (36, 12, False, (456, 456), "7/12", True),
}


@pytest.mark.parametrize("name", DRIVERS)
def test_every_driver_is_read_exactly(shared, name):
    count, rate, vfr, size, start, sound = DRIVERS[name]
    rate, start = Fraction(rate), Fraction(start)
    path = shared / "data" / "driving" / name
    info = probe(path)
    video = info.video
    assert (video.count, video.rate, video.vfr) == (count, rate, vfr)
    assert ((video.width, video.height), video.start) == (size, start)
    assert (info.audio is not None) == sound
    assert video.interlaced == (name.startswith("z06"))
    with open_video(path) as reader:
        times, shape = [], set()
        for frame in reader.frames():
            times.append(frame.time)
            shape.add(frame.pixels.shape)
        assert shape == {(size[1], size[0], 3)}
        assert len(times) == count
        assert times == sorted(set(times))
        if not vfr:
            assert times == [k / rate for k in range(count)]
            assert video.duration == count / rate
        first, last = reader.frame_at(0).pixels, reader.frame_at(count - 1)
        assert last.time == times[-1]
        assert np.array_equal(reader.read(Fraction(0)).pixels, first)


def test_dropped_frames_are_held_where_they_were(shared):
    """z02 is d02 with frames dropped: held at d02's rate, it shows each frame or an older one."""
    with (
        open_video(shared / "data/driving/z02_vfr_dropped_frames.mp4") as dropped,
        open_video(shared / "data/driving/d02_lp_glasses_30fps_audio.mp4") as whole,
    ):
        frames = list(dropped.frames())
        held = list(at_rate(frames, dropped.info.rate, dropped.info.duration))
        assert len(held) == frame_count(dropped.info.duration, Fraction(30)) == 248
        for number in range(0, 248, 31):
            there = frames[max(k for k, f in enumerate(frames) if f.time * 30 <= number)]
            assert held[number] is there
            original = whole.read(there.time).pixels.astype(int)
            assert np.abs(original - there.pixels).mean() < 4


def test_the_rotated_phone_film_is_its_original_turned_upright(shared):
    with (
        open_video(shared / "data/driving/z01_phone_rotation_flag.mp4") as turned,
        open_video(shared / "data/driving/d03_phone_portrait_720x1280.mp4") as upright,
    ):
        a, b = (r.frame_at(40).pixels.astype(int) for r in (turned, upright))
    assert np.abs(a - b).mean() < 6


@pytest.mark.parametrize("name", ["d08_hand_occlusion_pexels_2398.mp4", "z05_1080p_5994fps.mkv",
                                  "d07_vfr_face_then_noface.mov", "d10_stage_cuts_multi_faces.mp4",
                                  "z06_interlaced_mpeg2.mpg", "d04_grid_bbaf2n.mpg"])  # fmt: skip
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_sound_of_real_drivers_is_carried(shared, tmp_path, name, suffix):
    """Drivers whose sound is shorter, longer, or elsewhere than the picture."""
    path = shared / "data" / "driving" / name
    video = probe(path).video
    count = frame_count(video.duration, video.rate)
    source = AudioSource(path, video.start, count / video.rate)
    out = tmp_path / f"out{suffix}"
    with open_writer(out, rate=video.rate, width=64, height=64, audio=source) as writer:
        for _ in range(count):
            writer.write(np.zeros((64, 64, 3), np.uint8))
    verify(out, rate=video.rate, count=count, audio=True)


def test_every_portrait_is_read(shared):
    for path in sorted((shared / "data" / "portraits").iterdir()):
        if path.name.startswith("x05"):
            continue  # 108 megapixels: below
        still = read_still(path)
        assert still.pixels.shape[:2] == (still.facts.height, still.facts.width), path
        deep = path.name.startswith("x03")
        assert still.pixels.dtype == (np.uint16 if deep else np.uint8), path
        alpha = path.name.startswith(("x04", "p13"))
        assert still.pixels.shape[2] == (4 if alpha else 3), path


def test_orientation_and_hidden_color_of_the_made_portraits(shared):
    folder = shared / "data" / "portraits"
    still = read_still(folder / "x04_alpha_cutout_magenta_under.png").pixels
    assert (still[still[..., 3] == 0][:, :3] == [255, 0, 255]).all()
    deep = read_still(folder / "x03_rgb16.png").pixels
    assert len(np.unique(deep & 255)) > 200  # real 16 bits, not 8 repeated
    cmyk = read_still(folder / "x02_cmyk.jpg").pixels.reshape(-1, 3).mean(0)
    assert cmyk.min() > 60  # not a negative, not black


LIMITED = """
    import json, sys, time
    from a1sdk.errors import A1Error
    from a1sdk.media import at_rate, open_video, probe, read_still
    def film(path):
        with open_video(path) as reader:
            return sum(1 for _ in at_rate(reader.frames(), reader.info.rate, reader.info.duration))
    out = {}
    begin = time.monotonic()
    for use in (probe, read_still, film):
        try:
            result = use(sys.argv[1])
            out[use.__name__] = list(result.pixels.shape) if use is read_still else str(result)
        except A1Error as error:
            out[use.__name__] = f"{type(error).__name__}: {error}"
    out["seconds"] = time.monotonic() - begin
    peaks = [line for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    out["megabytes"] = int(peaks[0].split()[1]) // 1024
    print(json.dumps(out))
"""


def limited(path: Path) -> dict:
    code = "\n".join(line[4:] for line in LIMITED.splitlines())
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    ("name", "use", "answer"),
    [
        ("black_8192x8192_1frame.mp4", "film", "1"),
        ("sharp_giant_20000x14000_L.jpg", "read_still", "DecodeError: .* megapixels"),
        ("png_header_bomb_100000x100000.png", "read_still", "DecodeError: .* megapixels"),
        ("../portraits/x05_huge_12000x9000.jpg", "read_still", r"\[9000, 12000, 3\]"),
        ("hdr10_pq_10bit_hevc.mp4", "film", "38"),
        ("resolution_change_midway.ts", "film", "49"),
    ],
)
def test_nasty_files_cost_little(shared, name, use, answer):
    result = limited(shared / "data" / "hostile" / name)
    assert re.match(answer, str(result[use]))
    assert result["seconds"] < 10
    assert result["megabytes"] < 1500


LOADS_AS_FILM = {"black_8192x8192_1frame.mp4", "fps_0.2.mp4", "fps_1000_16x16.mp4",
                 "hdr10_pq_10bit_hevc.mp4", "one_frame.mp4",
                 "resolution_change_midway.ts"}  # fmt: skip
LOADS_AS_STILL = {"one_pixel.png", "png_renamed.mp4"}


def test_every_hostile_file_is_refused_in_words_or_read(shared, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    films, stills = set(), set()
    for path in sorted((shared / "data" / "hostile").iterdir()):
        try:
            with open_video(path) as reader:
                if reader.info.width * reader.info.height < 10**7:
                    sum(1 for _ in reader.frames())
                films.add(path.name)
        except DecodeError as error:
            assert error.path == str(path)
        try:
            read_still(path)
            stills.add(path.name)
        except DecodeError as error:
            assert error.path == str(path)
        try:
            probe(path)
        except A1Error as error:
            assert type(error) is DecodeError
    assert films == LOADS_AS_FILM
    assert {name for name in stills if not name.startswith("-leading")} == LOADS_AS_STILL
    assert len(stills) == 3
    assert not list(tmp_path.iterdir())


def test_refusals_name_the_cause(shared):
    folder = shared / "data" / "hostile"
    for name, use, words in [
        ("truncated_faststart_half.mp4", open_video, "only 31 of 92 pictures are in the file"),
        ("truncated_no_moov.mp4", open_video, "damaged or cut off film"),
        ("audio_only.mp4", open_video, "sound but no pictures"),
        ("mp4_renamed.jpg", read_still, "is a film, not a picture"),
        ("jpeg_truncated.jpg", read_still, "damaged or cut off picture"),
        ("png_bad_crc.png", read_still, "damaged or cut off picture"),
        ("zero_byte.mp4", open_video, "is empty"),
        ("playlist_local_file.mp4", open_video, "no film or sound file"),
        ("concat_local_file.mp4", open_video, "no film or sound file"),
        ("svg_renamed.png", read_still, "no picture that can be read"),
    ]:
        with pytest.raises(DecodeError, match=words):
            use(folder / name)
