"""Numbered OpenEXR: read back with the reference library, not with our writer's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from a1sdk.errors import ConfigError, EncodeError, StorageError
from a1sdk.media import codec_for, open_writer, verify
from a1sdk.media.exr import encode_exr

RATE = Fraction(24000, 1001)
HALF = 2.0**-11  # the largest relative error of a half float that is rounded


def channels(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return dict(file.header()), {name: one.pixels for name, one in file.channels().items()}


def light(value: float) -> float:
    """The sRGB transfer function by its definition."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def write(path: Path, pictures: list[np.ndarray], codec: str | None = None) -> None:
    height, width, count = pictures[0].shape
    depth = pictures[0].itemsize * 8
    with open_writer(
        path, rate=RATE, width=width, height=height, alpha=count == 4, depth=depth, codec=codec
    ) as writer:
        for picture in pictures:
            writer.write(picture)


@pytest.mark.parametrize(("name", "codec"), [("shot", "exr"), ("plate.%05d.exr", None)])
@pytest.mark.parametrize("alpha", [False, True])
def test_files_are_counted_from_1001(tmp_path, name, codec, alpha):
    shape = (12, 18, 4 if alpha else 3)
    for count in (7, 3):  # the second is shorter: no stale files remain
        write(tmp_path / name, [np.full(shape, 9 * n, np.uint8) for n in range(count)], codec)
        verify(tmp_path / name, rate=RATE, count=count, audio=False)
    with pytest.raises(EncodeError, match="pictures 3, not 4"):
        verify(tmp_path / name, rate=RATE, count=4, audio=False)
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.exr"))
    stem = "shot/shot.1" if codec else "plate.01"
    assert files == [f"{stem}001.exr", f"{stem}002.exr", f"{stem}003.exr"]
    shown = [channels(tmp_path / file)[1]["G"][5, 5] for file in files]
    expected = [light(9 * n / 255) * (9 * n / 255 if alpha else 1) for n in range(3)]
    assert np.allclose(shown, expected, rtol=HALF, atol=1e-7)


@pytest.mark.parametrize("depth", [8, 16])
def test_values_are_the_light_that_is_shown(tmp_path, depth):
    full = (1 << depth) - 1
    values = np.arange(0, full + 1, 1 if depth == 8 else 97, np.uint32).astype(f"uint{depth}")
    picture = np.stack([values, values[::-1], np.full_like(values, full)], -1)[None]
    write(tmp_path / "a.%04d.exr", [picture])
    _, got = channels(tmp_path / "a.1001.exr")
    for place, name in enumerate("RGB"):
        assert got[name].dtype == np.float16
        expected = [light(int(value) / full) for value in picture[0, :, place]]
        assert np.allclose(got[name][0], expected, rtol=HALF, atol=2.0**-25)
    assert got["B"].min() == got["B"].max() == 1  # white is 1 exactly
    assert got["R"][0, 0] == 0


def test_eight_bits_come_back_whole(tmp_path):
    values = np.arange(256, dtype=np.uint8)
    write(tmp_path / "a.%04d.exr", [np.stack([values] * 3, -1)[None]])
    linear = channels(tmp_path / "a.1001.exr")[1]["R"][0].astype(np.float64)
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.array_equal(np.round(coded * 255), values)


def test_colors_are_multiplied_by_alpha(tmp_path):
    picture = np.zeros((4, 256, 4), np.uint8)
    picture[..., :3], picture[..., 3] = (255, 128, 10), np.arange(256)
    write(tmp_path / "a.%04d.exr", [picture])
    _, got = channels(tmp_path / "a.1001.exr")
    alpha = np.arange(256) / 255
    assert np.allclose(got["A"][2], alpha, rtol=HALF)
    for name, value in zip("RGB", (255, 128, 10), strict=True):
        assert np.allclose(got[name][2], light(value / 255) * alpha, rtol=HALF, atol=2.0**-25)
    assert set(got) == set("RGBA")
    assert not any(got[name][2, 0] for name in "RGBA")  # what cannot be seen has no color


def test_the_header_says_what_the_file_is(tmp_path):
    write(tmp_path / "a.%04d.exr", [np.zeros((33, 47, 3), np.uint8)])
    header, got = channels(tmp_path / "a.1001.exr")
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    assert header["dataWindow"][1].tolist() == header["displayWindow"][1].tolist() == [46, 32]
    assert header["pixelAspectRatio"] == 1
    assert "chromaticities" not in header  # which means Rec. 709
    assert set(got) == set("RGB")


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 2)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(EncodeError, match="cannot be an OpenEXR"):
        encode_exr(np.zeros(shape, np.uint8))
    with pytest.raises(EncodeError, match="cannot be an OpenEXR"):
        encode_exr(np.zeros((4, 4, 3), np.float32))


def test_names_mean_it():
    assert codec_for("a.%04d.exr").name == codec_for("folder", "exr").name == "exr"
    assert codec_for("a.%04d.EXR").sequence
    for name, codec, hint in [
        ("a.exr", None, "a.%04d.exr"),
        ("a.%04d.exr", "png", "a folder or .png"),
        ("a.%04d.png", "exr", "a folder or .exr"),
    ]:
        with pytest.raises(ConfigError) as raised:
            codec_for(name, codec)
        assert hint in str(raised.value.hint)


def test_a_folder_of_other_pictures_is_not_replaced(tmp_path):
    write(tmp_path / "shot", [np.zeros((4, 4, 3), np.uint8)])
    with pytest.raises(StorageError, match=r"holds 'shot\.1001\.png'"):
        write(tmp_path / "shot", [np.zeros((4, 4, 3), np.uint8)], "exr")
    assert [path.name for path in (tmp_path / "shot").iterdir()] == ["shot.1001.png"]
