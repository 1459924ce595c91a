from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media import open_footage, open_video, open_writer
from a1sdk.media.exr import encode_exr, read_exr
from a1sdk.media.numbered import NumberedReader, is_numbered, numbered_files, sequences_in
from a1sdk.media.reader import VideoReader

RATE = Fraction(24000, 1001)


def write(path: Path, count: int = 4, *, channels: int = 3, depth: type = np.uint8) -> None:
    with open_writer(path, rate=RATE, width=6, height=4, alpha=channels == 4, depth=8) as writer:
        for number in range(count):
            writer.write(np.full((4, 6, channels), 10 * number, depth))


@pytest.mark.parametrize("name", ["shot.%04d.png", "shot.%04d.exr", "shot"])
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    with open_footage(tmp_path / name, RATE) as reader:
        assert isinstance(reader, NumberedReader)
        shown = list(reader.frames())
        assert [int(one.pixels[0, 0, 0]) for one in shown] == [0, 10, 20, 30]
        assert [one.time for one in shown] == [n / RATE for n in range(4)]
        assert {(one.pixels.dtype, one.pixels.shape) for one in shown} == {
            (np.dtype(np.uint8), (4, 6, 3))
        }
        assert (reader.info.rate, reader.info.duration) == (RATE, 4 / RATE)
        assert reader.read(Fraction(2) / RATE).index == 2
        assert reader.read(Fraction(9)).index == 3 and reader.media.audio is None


def test_a_film_is_opened_as_one(tmp_path: Path) -> None:
    write(tmp_path / "film.mkv")
    with open_footage(tmp_path / "film.mkv") as reader, open_video(tmp_path / "film.mkv") as same:
        assert isinstance(reader, VideoReader) and reader.info == same.info


def test_one_picture_is_no_film(tmp_path: Path) -> None:
    write(tmp_path / "shot.%04d.png")
    with pytest.raises(DecodeError, match="one picture") as caught:
        open_footage(tmp_path / "shot.1001.png", RATE)
    assert "'shot.%04d.png'" in str(caught.value.hint)


def test_what_is_transparent_lies_over_black(tmp_path: Path) -> None:
    with open_writer(
        tmp_path / "a.%04d.png", rate=RATE, width=6, height=4, alpha=True, depth=8
    ) as writer:
        writer.write(np.full((4, 6, 4), (200, 100, 50, 51), np.uint8))
    with open_footage(tmp_path / "a.%04d.png", RATE) as reader:
        assert reader.info.alpha
        assert reader.frame_at(0).pixels[0, 0].tolist() == [40, 20, 10]


@pytest.mark.parametrize("channels", [3, 4])
def test_openexr_comes_back(channels: int, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, channels)).astype(np.uint8)
    if channels == 4:
        pixels[..., 3] = np.where(pixels[..., 3] < 40, 255, pixels[..., 3])
    (tmp_path / "one.exr").write_bytes(encode_exr(pixels))
    back = read_exr(tmp_path / "one.exr")
    assert back.dtype == np.uint16 and back.shape == pixels.shape
    assert np.abs(back / 257 - pixels).max() < 0.5


def test_what_is_no_openexr_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "one.exr").write_bytes(b"nothing")
    with pytest.raises(DecodeError, match="no OpenEXR"):
        read_exr(tmp_path / "one.exr")


def test_sequences_of_a_folder(tmp_path: Path) -> None:
    names = ["b.1001.png", "b.1002.png", "a_0999.exr", "a_1000.exr", "a_10000.exr", "p01.png"]
    for name in [*names, "alone.1001.png", "q.1001.jpg", "q.1002.jpg", ".c.1001.png"]:
        (tmp_path / name).touch()
    assert [one.name for one in sequences_in(tmp_path)] == ["a_%04d.exr", "b.%04d.png"]
    assert is_numbered(tmp_path) and is_numbered(tmp_path / "b.%04d.png")
    assert not is_numbered(tmp_path / "film.mov")
    with pytest.raises(ConfigError, match="several sequences"):
        numbered_files(tmp_path)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    for number in (1001, 1002, 1004):
        (tmp_path / f"b.{number}.png").touch()
    with pytest.raises(DecodeError, match=r"b\.1003\.png' is missing"):
        numbered_files(tmp_path / "b.%04d.png")


def test_pictures_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="no pictures called"):
        numbered_files(tmp_path / "b.%04d.png")
    with pytest.raises(DecodeError, match="no pictures called"):
        numbered_files(tmp_path / "nowhere" / "b.%04d.png")
    with pytest.raises(DecodeError, match="no numbered pictures"):
        numbered_files(tmp_path)


def test_the_rate_has_to_be_known(tmp_path: Path) -> None:
    write(tmp_path / "shot.%04d.png")
    with pytest.raises(ConfigError, match="frames per second") as caught:
        open_footage(tmp_path / "shot.%04d.png")
    assert "--rate" in str(caught.value.hint)


def test_pictures_have_one_size(tmp_path: Path) -> None:
    write(tmp_path / "shot.%04d.png")
    with open_writer(tmp_path / "o.%04d.png", rate=RATE, width=8, height=4) as writer:
        writer.write(np.zeros((4, 8, 3), np.uint8))
    (tmp_path / "o.1001.png").rename(tmp_path / "shot.1003.png")
    with open_footage(tmp_path / "shot.%04d.png", RATE) as reader:
        with pytest.raises(DecodeError, match="8x4 pixels"):
            list(reader.frames())
