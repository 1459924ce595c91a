"""Real portraits with real drivers; `benchmarks/matrix.py` runs all of them."""

from __future__ import annotations

import os

import pytest

import a1sdk
from a1sdk.errors import NoFaceError
from a1sdk.media import probe
from a1sdk.timing import as_rate, frame_count

pytestmark = [pytest.mark.shared, pytest.mark.slow]

DRIVERS = [
    "d04_grid_bbaf2n.mpg",  # MPEG-1 with sound
    "d07_vfr_face_then_noface.mov",  # variable rate; the face goes away for good
    "z02_vfr_dropped_frames.mp4",  # variable rate; pictures are missing
    "z03_face_leaves_and_returns.mp4",
    "z05_1080p_5994fps.mkv",  # NTSC rate in milliseconds
]


@pytest.fixture
def data(shared, monkeypatch):
    monkeypatch.setenv("A1_ASSET_PATH", str(shared / "models"))
    return shared / "data"


CASES = [(name, None) for name in DRIVERS]
CASES += [(name, "24000/1001") for name in DRIVERS if name.startswith("z0")]


@pytest.mark.parametrize(("name", "rate"), CASES)
def test_a_film_is_as_long_as_its_driver(data, tmp_path, name, rate):
    driver, film = data / "driving" / name, tmp_path / "film.mp4"
    report = a1sdk.animate(data / "portraits" / "x01_exif6_rotated.jpg", driver, film, rate=rate)
    source, made = probe(driver), probe(film)
    wanted = as_rate(rate) if rate else source.video.rate
    count = frame_count(source.video.duration, wanted)
    assert (made.video.count, made.video.rate) == (count, wanted)
    assert made.video.duration == count / wanted
    assert (made.audio is None) == (source.audio is None)
    if made.audio is not None:
        end = made.audio.start + made.audio.duration
        assert abs(end - count / wanted) <= 1 / wanted / 2
    assert report.frames == count
    assert sorted(os.listdir(tmp_path)) == ["film.mp4", "film.mp4.a1report.json"]


@pytest.mark.parametrize("name", ["p25_noface_cat.png", "p26_noface_coffee.png"])
def test_no_face_is_invented(data, tmp_path, name):
    with pytest.raises(NoFaceError, match=name):
        a1sdk.animate(data / "portraits" / name, data / "driving" / DRIVERS[0], tmp_path / "f.mp4")
    assert os.listdir(tmp_path) == []


def test_a_driver_without_a_face_is_refused(data, tmp_path):
    faceless = data / "hostile" / "fps_0.2.mp4"
    with pytest.raises(NoFaceError, match=r"any picture of .*fps_0\.2\.mp4"):
        a1sdk.animate(data / "portraits" / "x01_exif6_rotated.jpg", faceless, tmp_path / "f.mp4")
    assert os.listdir(tmp_path) == []
