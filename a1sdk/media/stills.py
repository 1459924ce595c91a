"""Read and write pictures: upright, in sRGB, with their alpha and their 16 bits."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ExifTags import Base as Exif

from a1sdk.errors import DecodeError
from a1sdk.media.container import open_container, video_stream
from a1sdk.media.facts import StillFacts
from a1sdk.media.files import PICTURES, begins_like, check_readable, replacing, url
from a1sdk.media.png import encode_png

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels

MAX_PIXELS = 150_000_000
_MAX_SHAPE = 500  # longer side over shorter one
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
_DEEP = {"PNG": "png_pipe", "TIFF": "tiff_pipe"}  # 16-bit color, which Pillow reads as 8
_STRIP = 256  # rows
_EXIF = ("exif", "Raw profile type exif")
# what Pillow raises on damaged files, by format, and FFmpeg
_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, EOFError, MemoryError, RuntimeError, struct.error),
    FFmpegError,
)


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture: RGB or straight-alpha RGBA, sRGB, uint8 or uint16 [height, width, 3 or 4]."""

    pixels: Pixels
    facts: StillFacts


def is_still(path: Path | str) -> bool:
    """Return whether a file's content is a picture that does not move.

    Raises:
        DecodeError: the file is missing, empty, or not a file.
    """
    check_readable(path)
    try:
        with _opened(path) as image:
            return image.format not in ("GIF", "PNG") or not getattr(image, "is_animated", False)
    except Image.DecompressionBombError:
        return True
    except _UNREADABLE:
        return False


def still_facts(path: Path | str) -> StillFacts:
    """Return what a picture is: its format, and its size as shown.

    Raises:
        DecodeError: no picture, or larger than `MAX_PIXELS`.
    """
    with _reading(path) as image:
        return _facts(image)


def read_still(path: Path | str) -> Still:
    """Read a picture: turned as its orientation tag says, its colors converted to sRGB.

    Reads JPEG, PNG, WebP, TIFF, AVIF, BMP, GIF, JPEG 2000 and PPM by content. CMYK, gray and
    palette pictures become RGB. Pixels that are fully transparent keep their color. 16-bit PNG
    and TIFF stay 16 bit, unless an embedded color profile other than sRGB has to be converted.

    Raises:
        DecodeError: no picture, damaged, cut off, or larger than `MAX_PIXELS`.
    """
    with _reading(path) as image:
        facts = _facts(image)
        deep = facts.depth == 16
        turn = image.getexif().get(Exif.Orientation, 1)
        pixels = _turned(_deep_pixels(path, image), turn) if deep else _pixels(image)
    return Still(cast("Pixels", np.ascontiguousarray(pixels)), facts)


def write_still(path: Path | str, pixels: Pixels) -> None:
    """Write a PNG of RGB or RGBA pixels, 8 or 16 bit, under a temporary name until complete.

    Raises:
        StorageError: no space, no permission, no such folder.
    """
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(encode_png(pixels))


@contextlib.contextmanager
def _opened(path: Path | str) -> Iterator[Image.Image]:
    with warnings.catch_warnings():  # our own limit is tested on the size
        warnings.simplefilter("ignore")
        with Image.open(path, formats=_FORMATS) as image:
            yield image


@contextlib.contextmanager
def _reading(path: Path | str) -> Iterator[Image.Image]:
    """Lend an opened picture whose size is bearable, and translate what goes wrong with it."""
    check_readable(path)
    try:
        with _opened(path) as image:
            _check_size(path, image)
            yield image
    except Image.DecompressionBombError:
        raise _too_large(path, "over 178") from None
    except UnidentifiedImageError as error:
        raise _no_picture(path) from error
    except _UNREADABLE as error:
        raise _damaged(path) from error


def _damaged(path: Path | str) -> DecodeError:
    return DecodeError(
        f"{str(path)!r} is a damaged or cut off picture.",
        path=str(path),
        hint="copy or export it again",
    )


def _check_size(path: Path | str, image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(path, f"{width}x{height}, {width * height // 1_000_000}")
    if max(width, height) > _MAX_SHAPE * max(1, min(width, height)):
        raise DecodeError(
            f"{str(path)!r} is {width}x{height} pixels, which no picture of a face is.",
            path=str(path),
        )


def _too_large(path: Path | str, size: str) -> DecodeError:
    return DecodeError(
        f"{str(path)!r} has {size} megapixels; at most {MAX_PIXELS // 1_000_000} are read.",
        path=str(path),
        hint="scale it down first",
    )


def _no_picture(path: Path | str) -> DecodeError:
    with contextlib.suppress(DecodeError), open_container(path) as container:
        film = video_stream(container) is not None
        return DecodeError(
            f"{str(path)!r} is a {'film' if film else 'sound file'}, not a picture.",
            path=str(path),
            hint="use it as the driver, or save one frame: ffmpeg -i INPUT -frames:v 1 STILL.png",
        )
    if begins_like(path, PICTURES):
        return _damaged(path)
    return DecodeError(
        f"{str(path)!r} is no picture that can be read.",
        path=str(path),
        hint="give a JPEG, PNG, WebP or TIFF file",
    )


def _facts(image: Image.Image) -> StillFacts:
    deep = _is_deep(image) and not _foreign_profile(image)  # asked first: loading forgets it
    gray = image.mode.startswith("I")
    width, height = image.size
    if image.format != "TIFF" and image.getexif().get(Exif.Orientation, 1) >= 5:
        width, height = height, width  # of TIFF, Pillow gives the size as shown
    alpha = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    return StillFacts(
        format=(image.format or "").lower(),
        width=width,
        height=height,
        depth=16 if deep or gray else 8,
        alpha=alpha,
    )


def _is_deep(image: Image.Image) -> bool:
    """Return whether the file has 16 bits where Pillow would give 8."""
    tiles = getattr(image, "tile", ())
    return image.format in _DEEP and any(";16" in str(tile[3]) for tile in tiles)


def _foreign_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the embedded color profile, unless there is none or it is sRGB."""
    data = image.info.get("icc_profile")
    if not data:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(data))
        name = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError):
        return None  # a broken profile says nothing
    return None if "srgb" in name.lower() else profile


def _pixels(image: Image.Image) -> Pixels:
    profile = _foreign_profile(image)
    image.load()
    for name in _EXIF:  # parsed by now; written anew by what follows, which fails where it is odd
        image.info.pop(name, None)
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):
        return _gray16(image)
    alpha = _alpha(image)
    colors = _srgb(_plain(image), profile)
    if alpha is not None:
        colors.putalpha(alpha)
    return _array(colors)


def _array(image: Image.Image) -> Pixels:
    """Return a picture's pixels, copied strip by strip: Pillow's own way takes twice the memory."""
    pixels = np.empty((image.height, image.width, len(image.getbands())), np.uint8)
    for top in range(0, image.height, _STRIP):
        bottom = min(top + _STRIP, image.height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, image.width, bottom)))
    return pixels


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture's colors in a mode that a color profile can describe."""
    if image.mode in ("RGB", "L", "CMYK"):
        return image
    if image.mode == "LA":
        return image.getchannel("L")
    return image.convert("RGBA" if image.mode in ("RGBa", "PA") else "RGB").convert("RGB")


def _alpha(image: Image.Image) -> Image.Image | None:
    if image.mode in ("RGBA", "LA"):
        return image.getchannel("A")
    if image.mode in ("RGBa", "PA", "La") or "transparency" in image.info:
        return image.convert("RGBA").getchannel("A")
    return None


def _srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    if profile is not None:
        with contextlib.suppress(ImageCms.PyCMSError):  # a profile for another color model
            to = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, profile, to, outputMode="RGB")
            return cast("Image.Image", converted)
    return image if image.mode == "RGB" else image.convert("RGB")


def _gray16(image: Image.Image) -> Pixels:
    gray = np.asarray(image)
    levels = np.clip(gray, 0, 65535).astype(np.uint16)
    return np.repeat(levels[:, :, None], 3, axis=2)


def _deep_pixels(path: Path | str, image: Image.Image) -> Pixels:
    alpha = image.mode in ("RGBA", "LA") or "transparency" in image.info
    with av.open(url(path), format=_DEEP[image.format or ""]) as container:
        frame = next(container.decode(video=0))
        pixels = frame.to_ndarray(format="rgba64le" if alpha else "rgb48le")
    return cast("Pixels", pixels)


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation, 1 to 8."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
