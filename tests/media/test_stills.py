"""Pictures: upright, sRGB, alpha and 16 bits kept, bombs and ruins refused."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from a1sdk.errors import DecodeError, EncodeError, StorageError
from a1sdk.media import probe, read_still, write_still

RNG = np.random.default_rng(7)


def noise(height: int, width: int, channels: int, kind: type = np.uint8) -> np.ndarray:
    return RNG.integers(0, np.iinfo(kind).max + 1, (height, width, channels), kind)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_png_round_trips(tmp_path, channels, kind):
    pixels = noise(37, 53, channels, kind)
    path = tmp_path / "p.png"
    write_still(path, pixels)
    still = read_still(path)
    assert np.array_equal(still.pixels, pixels)
    assert still.pixels.dtype == kind
    facts = still.facts
    assert (facts.format, facts.width, facts.height) == ("png", 53, 37)
    assert (facts.depth, facts.alpha) == (8 * kind().itemsize, channels == 4)
    assert probe(path).still == facts
    assert list(tmp_path.iterdir()) == [path]


def test_pixels_need_not_be_contiguous(tmp_path):
    pixels = noise(40, 40, 3)[::2, ::-1]
    write_still(tmp_path / "p.png", pixels)
    assert np.array_equal(read_still(tmp_path / "p.png").pixels, pixels)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 2), (4, 4, 3, 1)])
def test_what_is_no_picture_is_not_written(tmp_path, shape):
    with pytest.raises(EncodeError):
        write_still(tmp_path / "p.png", np.zeros(shape, np.uint8))
    with pytest.raises(EncodeError):
        write_still(tmp_path / "p.png", np.zeros((4, 4, 3), np.float32))
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="the folder does not exist"):
        write_still(tmp_path / "no" / "p.png", noise(4, 4, 3))


def test_transparent_pixels_keep_their_color(tmp_path):
    pixels = noise(8, 8, 4)
    pixels[..., 3] = 0
    Image.fromarray(pixels).save(tmp_path / "p.png")
    assert np.array_equal(read_still(tmp_path / "p.png").pixels, pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_every_orientation(tmp_path, orientation, suffix):
    """The stored picture is turned back to the one that was meant."""
    meant = np.zeros((32, 48, 3), np.uint8)
    meant[:16, :24] = [250, 0, 0]
    meant[:16, 24:] = [0, 250, 0]
    meant[16:, :24] = [0, 0, 250]
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # PIL.Image.Transpose that undoes it
    stored = Image.fromarray(meant)
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"o.{suffix}"
    stored.save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    still = read_still(path)
    assert (still.facts.width, still.facts.height) == (48, 32)
    assert np.abs(still.pixels.astype(int)[::31, ::47] - meant[::31, ::47]).max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_pictures(tmp_path, orientation):
    """As Pillow turns the same picture with 8 bits."""
    pixels = noise(6, 9, 3, np.uint16)
    exif = Image.Exif()
    exif[0x0112] = orientation
    small = Image.fromarray((pixels >> 8).astype(np.uint8))
    small.save(tmp_path / "8.png", exif=exif)
    write_still(tmp_path / "16.png", pixels)
    data = (tmp_path / "16.png").read_bytes()
    block = exif.tobytes()[6:] if exif.tobytes().startswith(b"Exif") else exif.tobytes()
    chunk = b"eXIf" + block
    framed = struct.pack(">I", len(block)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "16.png").write_bytes(data[:33] + framed + data[33:])
    deep = read_still(tmp_path / "16.png").pixels
    assert deep.dtype == np.uint16
    assert np.array_equal(deep >> 8, read_still(tmp_path / "8.png").pixels)


def test_16_bit_tiff(tmp_path):
    pixels = noise(20, 30, 3, np.uint16)
    encoder = av.CodecContext.create("tiff", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 30, 20, "rgb48le"
    encoder.time_base = Fraction(1)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb48le")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    (tmp_path / "p.tif").write_bytes(b"".join(bytes(packet) for packet in packets))
    still = read_still(tmp_path / "p.tif")
    assert np.array_equal(still.pixels, pixels)
    assert still.facts.depth == 16


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "RGBA", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    gray = np.linspace(0, 255, 64, dtype=np.uint8).reshape(8, 8)
    path = tmp_path / ("p.tif" if mode == "CMYK" else "p.png")
    if mode == "I;16":
        Image.fromarray(gray.astype(np.uint16) * 257).save(path)
    else:
        image = Image.fromarray(gray)
        (image.convert("RGB").convert(mode) if mode != "P" else image.convert("P")).save(path)
    still = read_still(path)
    assert still.pixels.shape == (8, 8, 4 if mode in ("LA", "RGBA") else 3)
    assert still.facts.depth == (16 if mode == "I;16" else 8)
    rgb = still.pixels[..., :3].astype(int) // (257 if mode == "I;16" else 1)
    if mode != "1":
        assert np.abs(rgb - gray[:, :, None]).max() <= 2


def test_palette_transparency_is_alpha(tmp_path):
    image = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8), "P")
    image.putpalette(list(range(256)) * 3)
    image.save(tmp_path / "p.gif", transparency=5)
    pixels = read_still(tmp_path / "p.gif").pixels
    assert pixels.shape == (8, 8, 4)
    assert pixels[0, 5, 3] == 0
    assert pixels[0, 6, 3] == 255


def test_a_color_profile_is_converted_to_srgb(tmp_path):
    """A picture that says its red and green are swapped, by a profile made from sRGB's."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = bytearray(srgb.tobytes())
    tags = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * 12, 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    data = data.replace(b"s\0R\0G\0B", b"t\0R\0G\0B").replace(b"sRGB b", b"tRGB b")
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = 200, 77
    Image.fromarray(pixels).save(tmp_path / "p.png", icc_profile=bytes(data))
    got = read_still(tmp_path / "p.png").pixels[4, 4].astype(int)
    assert np.abs(got - [0, 200, 0, 77]).max() <= 2


def test_a_broken_profile_is_ignored(tmp_path):
    pixels = noise(8, 8, 3)
    Image.fromarray(pixels).save(tmp_path / "p.png", icc_profile=b"not a profile")
    assert np.array_equal(read_still(tmp_path / "p.png").pixels, pixels)


def header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 10) + b"IDAT" + bytes(14)


@pytest.mark.parametrize(
    ("width", "height"), [(100_000, 100_000), (20_000, 14_000), (12_500, 12_500), (20_000, 1)]
)
def test_bombs_are_refused_by_their_header(tmp_path, width, height):
    path = tmp_path / "bomb.png"
    path.write_bytes(header(width, height))
    with pytest.raises(DecodeError, match=r"megapixels|no picture of a face"):
        read_still(path)
    with pytest.raises(DecodeError):
        probe(path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_a_cut_off_picture_is_an_error(tmp_path, suffix):
    path = tmp_path / f"p.{suffix}"
    Image.fromarray(noise(200, 200, 3)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DecodeError, match="damaged or cut off picture"):
        read_still(path)


def test_a_damaged_avif_is_an_error(tmp_path):
    path = tmp_path / "p.avif"
    Image.fromarray(noise(20, 20, 3)).save(path)
    path.write_bytes(path.read_bytes().replace(b"iloc", b"free"))
    with pytest.raises(DecodeError, match="damaged or cut off picture"):
        read_still(path)


def test_odd_exif_costs_no_picture(tmp_path):
    """A width that is text cannot be written again, and need not be to turn the picture."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "text"
    path = tmp_path / "p.jpg"
    Image.fromarray(noise(16, 24, 3)).save(path, exif=exif)
    path.write_bytes(path.read_bytes().replace(b"\x01\x0e\x00\x02", b"\x01\x00\x00\x02"))
    assert read_still(path).pixels.shape == (24, 16, 3)


def test_a_film_is_called_a_film(tmp_path, film):
    path = film(tmp_path / "f.mp4").rename(tmp_path / "portrait.jpg")
    with pytest.raises(DecodeError, match="is a film, not a picture") as caught:
        read_still(path)
    assert "-frames:v 1" in caught.value.hint
    assert probe(path).kind == "video"


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("page.jpg", b"<html>404</html>", "no picture that can be read"),
        ("v.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be read"),
        ("p.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
        ("empty.png", b"", "is empty"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path, name, data, match):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DecodeError, match=match):
        read_still(path)


def test_what_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(DecodeError, match="No such file"):
        read_still(tmp_path / "none.png")
    with pytest.raises(DecodeError, match="is a folder"):
        probe(tmp_path)
