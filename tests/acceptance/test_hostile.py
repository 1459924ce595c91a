"""Hostile files, through the command line; `benchmarks/robustness.py` prints all of them."""

from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.shared

REFUSED = [
    ("zero_byte.png", "portrait", "is empty"),
    ("jpeg_truncated.jpg", "portrait", "is a damaged or cut off picture"),
    ("png_header_bomb_100000x100000.png", "portrait", "megapixels"),
    ("sharp_giant_20000x14000_L.jpg", "portrait", "megapixels"),
    ("thin_20000x1.png", "portrait", "20000x1 pixels"),
    ("one_pixel.png", "portrait", "No face was found"),
    ("one_frame.mp4", "portrait", "is a film, not a picture"),
    ("svg_renamed.png", "portrait", "is no picture that can be read"),
    ("one_pixel.png", "driver", "is a picture; it has no motion"),
    ("motion_pickle_executes.pkl", "driver", "a pickle that asks for posix.mkdir"),
    ("motion_npz_header_lies.npz", "driver", "is a damaged archive of arrays"),
    ("json_nan_deep.json", "driver", "nested too deep"),
    ("llf_bad_values.csv", "driver", "column EyeLookOutLeft of row 12 (19:16:29:45.288)"),
    ("llf_truncated_row.csv", "driver", "row 32 (19:16:30:05.321) has 4 cells"),
    ("one_sample.wav", "driver", "is too short"),
    ("zero_samples.wav", "driver", "is too short"),
    ("pocketsphinx_bad.wav", "driver", "is no film or sound file"),
    ("concat_local_file.mp4", "driver", "is no film or sound file"),
    ("playlist_local_file.mp4", "driver", "is no film or sound file"),
    ("truncated_faststart_half.mp4", "driver", "31 of 92 pictures"),
    ("truncated_no_moov.mp4", "driver", "is a damaged or cut off film"),
    ("fps_0.2.mp4", "driver", "No face was found in any picture"),
]
RENDERED = [
    ("-leading dash & spaces $(x) 文件 😀.jpg", "portrait", 75),
    ("png_renamed.mp4", "portrait", 75),
    ("one_frame.mp4", "driver", 1),
    ("hdr10_pq_10bit_hevc.mp4", "driver", 38),
    ("resolution_change_midway.ts", "driver", 49),
    ("audio_only.mp4", "driver", 51),
    ("nan_inf_float32.wav", "driver", 70),
    ("llf_bom_crlf.csv", "driver", 60),
    ("llf_semicolon_decimal_comma.csv", "driver", 60),
]


def animate(box, hostile, place, portrait, driver):
    pair = [hostile, driver] if place == "portrait" else [portrait, hostile]
    return box.run(["animate", "-q", "-o", box.out / "film.mp4", "--", *pair])


@pytest.mark.parametrize(("name", "place", "words"), REFUSED)
def test_what_cannot_be_used_is_refused(box, shared, portrait, driver, name, place, words):
    done = animate(box, shared / "data" / "hostile" / name, place, portrait, driver)
    assert done.faults("film.mp4") == []
    assert done.code == 5 and words in done.message


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place", "frames"), RENDERED)
def test_what_can_be_used_is(box, shared, portrait, driver, name, place, frames):
    done = animate(box, shared / "data" / "hostile" / name, place, portrait, driver)
    assert done.faults("film.mp4") == []
    assert done.code == 0 and f"film.mp4: {frames} frames" in done.out


@pytest.mark.slow
def test_every_other_file(box, shared, portrait, driver):
    files = sorted((shared / "data" / "hostile").iterdir())
    tried = {name for name, *_ in REFUSED + RENDERED}
    wrong = {}
    for path in files:
        for place in ("portrait", "driver") if path.name not in tried else ():
            done = animate(box, path, place, portrait, driver)
            wrong[path.name, place] = done.faults("film.mp4")
            shutil.rmtree(box.out)
            box.out.mkdir()
    names = {path.name for path in files}
    assert len(names) >= 40
    assert tried | {name for name, _ in wrong} == names
    assert {key: faults for key, faults in wrong.items() if faults} == {}
