"""Text as pictures, in whatever script this machine has a font for."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

_FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "arial.ttf",
    "msyh.ttc",
)
"""Fonts of many scripts, as systems call them; Pillow's own has the letters of ASCII alone."""

_NOWHERE = "\U0010ffff"  # a character that no font has


@lru_cache(maxsize=512)
def lettered(text: str, size: int, color: tuple[int, int, int]) -> Image.Image:
    """Return a line of text with alpha; all lines of one size and script have one height.

    Where no font here has its letters, accents are left out, and what remains is `?`.
    """
    font = _own(size) if text.isascii() else _found(text, size)
    if font is None:
        font, text = _own(size), _plain(text)
    ascent, descent = font.getmetrics()
    width = max(1, round(font.getlength(text)))
    picture = Image.new("RGBA", (width, ascent + descent), (*color, 0))
    ImageDraw.Draw(picture).text((0, 0), text, color, font)
    return picture


def _own(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # as it is wherever Pillow has FreeType
    return font


def _found(text: str, size: int) -> ImageFont.FreeTypeFont | None:
    """Return a font of this machine that has every letter of a text."""
    fonts = (_installed(name, size) for name in _FONTS)
    return next((font for font in fonts if font is not None and _has(font, text)), None)


@lru_cache(maxsize=64)
def _installed(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _has(font: ImageFont.FreeTypeFont, text: str) -> bool:
    missing = bytes(font.getmask(_NOWHERE))
    return all(bytes(font.getmask(letter)) != missing for letter in text)


def _plain(text: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not _accent(one))
    return bare.encode("ascii", "replace").decode()


def _accent(letter: str) -> bool:
    return unicodedata.combining(letter) != 0
