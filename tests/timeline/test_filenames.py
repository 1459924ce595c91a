from __future__ import annotations

import pytest

from a1sdk.timeline.filenames import PictureName, base_name


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("sh010.%04d.exr", "sh010.0007.exr"),
        ("a.%d.exr", "a.7.exr"),
        ("100%%.%03d.50%%.exr", "100%.007.50%.exr"),
        ("50%%d.%02d", "50%d.07"),
    ],
)
def test_a_pattern_names_its_pictures_and_is_written_again(pattern: str, first: str) -> None:
    name = PictureName.parsed(pattern)
    assert name is not None
    assert (name.of(7), name.pattern) == (first, pattern)


@pytest.mark.parametrize(
    "text", ["", "a.exr", "a.%04x.exr", "100%%d.exr", "%04d.%04d.exr", "%123d"]
)
def test_what_has_not_one_number_is_no_pattern(text: str) -> None:
    assert PictureName.parsed(text) is None


def test_all_pictures_have_one_name() -> None:
    assert PictureName("sh.", 4, ".exr").ranged(1001, 1100) == "sh.[1001-1100].exr"
    assert PictureName("sh.", 0, ".exr").ranged(9, 10) == "sh.[9-10].exr"


@pytest.mark.parametrize("path", ["a/b.mov", r"C:\a\b.mov", "file:///a/b.mov", "b.mov"])
def test_base_names_of_any_system(path: str) -> None:
    assert base_name(path) == "b.mov"
