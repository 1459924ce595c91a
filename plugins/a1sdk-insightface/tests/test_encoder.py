from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from a1sdk_insightface.alignment import five_points
from a1sdk_insightface.encoder import ArcFace
from a1sdk_insightface.options import EncoderOptions
from a1sdk_insightface.pictures import blue_first

from a1sdk.plugin import ConfigError, FaceObservation, Portrait, RunContext
from a1sdk.testing import portrait

MakePack = Callable[..., Path]
RED, BLUE = (200, 40, 30), (30, 40, 200)


@pytest.fixture
def encoder(pack: MakePack, ctx: RunContext) -> Iterator[ArcFace]:
    """The encoder on made-up networks: it sees no face, and the vector is the mean color."""
    with closing(ArcFace(EncoderOptions(folder=pack()))) as made:
        made.setup(ctx)
        yield made


def plain(*color: int, channels: int = 3, dtype: type = np.uint8) -> Portrait:
    """A picture of one color, with a face somewhere in it."""
    seen = portrait(256, 256)
    factor = 257 if dtype is np.uint16 else 1
    pixels = np.full((256, 256, channels), [*color, 255][:channels]) * factor
    return Portrait(pixels.astype(dtype), seen.face)


def vector(encoder: ArcFace, ctx: RunContext, *portraits: Portrait) -> np.ndarray:
    found = encoder.encode(portraits, ctx).arrays["embedding"]
    assert found.dtype == np.float32 and found.shape == (3,)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)
    return found


def expected(*color: int) -> np.ndarray:
    values = np.array(color) / 127.5 - 1
    return values / np.linalg.norm(values)


@pytest.mark.parametrize("color", [RED, BLUE])
def test_networks_are_shown_red_as_red(
    color: tuple[int, int, int], encoder: ArcFace, ctx: RunContext
) -> None:
    assert vector(encoder, ctx, plain(*color)) == pytest.approx(expected(*color), abs=0.01)


@pytest.mark.parametrize(("channels", "dtype"), [(4, np.uint8), (3, np.uint16), (4, np.uint16)])
def test_deep_and_transparent_pictures_are_the_same_to_it(
    channels: int, dtype: type, encoder: ArcFace, ctx: RunContext
) -> None:
    found = vector(encoder, ctx, plain(*RED, channels=channels, dtype=dtype))
    assert found == pytest.approx(expected(*RED), abs=0.01)


def test_what_is_transparent_is_grey_whatever_color_is_under_it() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., :3] = (255, 0, 255)
    assert (blue_first(pixels) == 128).all()


@pytest.mark.parametrize("pixels", [np.zeros((9, 9, 3), np.float32), np.zeros((9, 9), np.uint8)])
def test_other_pictures_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="RGB"):
        blue_first(pixels)


def test_several_pictures_are_the_mean_of_their_directions(
    encoder: ArcFace, ctx: RunContext
) -> None:
    dim = tuple(128 + (one - 128) // 4 for one in BLUE)  # same direction, a shorter vector
    both = vector(encoder, ctx, plain(*RED), plain(*dim))
    middle = expected(*RED) + expected(*dim)
    assert both == pytest.approx(middle / np.linalg.norm(middle), abs=0.01)


def test_it_says_who_gave_the_points_and_what_was_asked(
    pack: MakePack, encoder: ArcFace, ctx: RunContext
) -> None:
    about = encoder.encode([plain(*RED)] * 2, ctx).provenance
    assert about["points"] == "landmarks 2"
    assert about["pack"] == "buffalo_l" and about["model"] == "w_colors.onnx"
    assert len(about["weights"]) == 64


def test_points_of_the_detector_come_first_and_are_brought_back(
    pack: MakePack, ctx: RunContext
) -> None:
    """The made-up detector sees a face of ArcFace's proportions in the middle of any frame."""
    from a1sdk_insightface.alignment import framing

    seen = portrait(400, 300)
    by_landmarks = five_points(seen.face.landmarks[:, :2]) - 0.5
    transform, target = framing(by_landmarks, 256, 112)
    with closing(ArcFace(EncoderOptions(folder=pack("mine", target + 3)))) as encoder:
        encoder.setup(ctx)
        picture = blue_first(seen.pixels)
        points, finder = encoder.points(picture, seen.face)
        assert finder == "detector"
        # twice 3 pixels of the frame off: it sees the same in the second frame as in the first
        moved = (points - by_landmarks) @ transform[:, :2].T
        assert moved.mean(0) == pytest.approx([6, 6], abs=0.2)


def test_a_face_elsewhere_is_not_the_one_that_is_meant(pack: MakePack, ctx: RunContext) -> None:
    seen = portrait(400, 300)
    with closing(ArcFace(EncoderOptions(folder=pack("mine", np.full((5, 2), 40.0))))) as encoder:
        encoder.setup(ctx)
        assert encoder.points(blue_first(seen.pixels), seen.face)[1] == "landmarks"


@pytest.mark.parametrize("shift", [(-5000, 0), (0, 5000)])
def test_a_face_outside_of_the_picture_is_no_crash(
    shift: tuple[int, int], encoder: ArcFace, ctx: RunContext
) -> None:
    seen = plain(*RED)
    landmarks = seen.face.landmarks + np.array([*shift, 0], np.float32)
    vector(encoder, ctx, replace(seen, face=FaceObservation(landmarks, 1.0)))


def test_using_it_before_setup_is_a_mistake_that_is_named(ctx: RunContext) -> None:
    with pytest.raises(RuntimeError, match="before setup"):
        ArcFace().encode([plain(*RED)], ctx)


def test_nothing_reaches_for_the_network(
    pack: MakePack, ctx: RunContext, no_network: None, tmp_path: Path
) -> None:
    with closing(ArcFace(EncoderOptions(folder=pack()))) as encoder:
        encoder.setup(ctx)
        encoder.encode([plain(*RED)], ctx)
    assert not (tmp_path / "home" / ".insightface").exists()
