from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from a1sdk.render import lettering
from a1sdk.render.lettering import lettered

WHITE = (255, 255, 255)


def alpha(text: str, size: int = 32) -> np.ndarray:
    return np.asarray(lettered(text, size, WHITE))[..., 3]


def test_text_has_the_colour_and_is_transparent_elsewhere() -> None:
    picture = np.asarray(lettered("papa", 32, (10, 200, 30)))
    assert picture[..., 3].max() == 255 and picture[..., 3].min() == 0
    assert (picture[..., :3] == (10, 200, 30)).all()


def test_lines_of_one_size_have_one_height() -> None:
    assert {lettered(text, 24, WHITE).height for text in ("a", "pgq", "ABC", "")} == {
        lettered("x", 24, WHITE).height
    }
    assert lettered("hello", 48, WHITE).width > 1.8 * lettered("hello", 24, WHITE).width


def test_no_letter_is_a_box() -> None:
    font = ImageFont.load_default(32)
    box = Image.new("L", (round(font.getlength("\u4f60")), 40))
    ImageDraw.Draw(box).text((0, 0), "\u4f60", 255, font)
    for letter in ("\u00f6", "\u00df", "\u4f60", "\u0448", "\u0259", "\U0010ffff"):
        drawn = alpha(letter)
        assert drawn.max() > 0
        assert drawn.shape != np.asarray(box).shape or (drawn != np.asarray(box)).any()


@pytest.mark.parametrize(
    ("text", "shown"), [("w\u00f6rld", "world"), ("\u4f60", "?"), ("caf\u00e9 \u4f60", "cafe ?")]
)
def test_without_a_font_letters_are_made_plain(
    monkeypatch: pytest.MonkeyPatch, text: str, shown: str
) -> None:
    monkeypatch.setattr(lettering, "_FONTS", ("no-such-font.ttf",))
    lettered.cache_clear()
    assert (alpha(text) == alpha(shown)).all()
    lettered.cache_clear()
