from __future__ import annotations

import numpy as np
import pytest
from a1sdk_warp import anatomy, matte
from a1sdk_warp.pixels import lay_over, premultiply

from a1sdk.testing import faces


def parts(depth: int = 8) -> tuple[np.ndarray, matte.Matte]:
    portrait = faces.portrait(320, 320, depth=depth)
    picture = premultiply(portrait.pixels)
    cut = matte.cut_out(picture, anatomy.measure(portrait.face.landmarks))
    assert cut is not None
    return portrait.pixels, cut


@pytest.mark.parametrize("depth", [8, 16])
def test_the_parts_make_the_picture_again(depth: int) -> None:
    pixels, cut = parts(depth)
    again = np.empty_like(pixels)
    lay_over(cut.behind, cut.head, again)
    assert np.array_equal(again, pixels)


def test_the_head_is_found() -> None:
    _, cut = parts()
    truth = faces.portrait(320, 320, alpha=True).pixels[..., 3] > 127
    found = cut.head[..., 3] > 127
    above = slice(0, 220)
    wrong = (truth[above] != found[above]).sum() / truth[above].sum()
    assert wrong < 0.06


def test_the_background_forgets_the_head() -> None:
    pixels, cut = parts()
    face = faces.portrait(320, 320).face
    x, y = (int(v) for v in face.center)
    assert np.abs(cut.behind[y, x].astype(int) - pixels[y, x]).max() > 40


def test_a_head_that_cannot_be_told_from_its_background_is_not_cut_out() -> None:
    portrait = faces.portrait(320, 320)
    flat = premultiply(np.full_like(portrait.pixels, 120))
    assert matte.cut_out(flat, anatomy.measure(portrait.face.landmarks)) is None


@pytest.mark.parametrize("depth", [8, 16])
def test_no_colour_of_the_head_is_brighter_than_white(depth: int) -> None:
    portrait = faces.portrait(320, 320, depth=depth)
    pixels = portrait.pixels.copy()
    beside = int(portrait.face.center[0] - portrait.face.size * 0.75)
    pixels[60:90, beside : beside + 12] = [0, pixels.max(), pixels.max()]
    cut = matte.cut_out(premultiply(pixels), anatomy.measure(portrait.face.landmarks))
    assert cut is not None
    assert (cut.head[..., :3].max(2).astype(int) - cut.head[..., 3]).max() <= 1
    again = np.empty_like(pixels)
    lay_over(cut.behind, cut.head, again)
    assert np.array_equal(again, pixels)
