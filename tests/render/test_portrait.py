"""Preparing a portrait: which face, what size, what depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from a1sdk.components.data import FaceObservation, Portrait
from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.media.depth import flatten, to_depth
from a1sdk.motion.blendshapes import INDEX
from a1sdk.render.portrait import choose_face, fit, is_expressive, lips_apart
from a1sdk.testing import portrait

PATH = Path("group.png")


def face(x: float, y: float, size: float) -> FaceObservation:
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = (x, y)
    points[0, :2] = (x - size / 2, y - size / 2)
    points[1, :2] = (x + size / 2, y + size / 2)
    return FaceObservation(points, 1.0)


FACES = [face(100, 100, 80), face(300, 120, 60), face(310, 130, 20)]


@pytest.mark.parametrize(
    ("choice", "index"),
    [("largest", 0), ("0", 0), ("2", 2), ("65,100", 0), ("301,121", 1), ("309,129", 2)],
)
def test_the_chosen_face(choice, index):
    assert choose_face(FACES, choice, PATH) is FACES[index]


def test_no_face_says_what_to_look_for():
    with pytest.raises(NoFaceError, match=r"No face was found in 'group.png'") as raised:
        choose_face([], "largest", PATH)
    assert raised.value.path == "group.png" and "40 pixels" in str(raised.value.hint)


def test_a_face_that_is_not_there_says_which_are():
    with pytest.raises(ConfigError, match=r"no face 3: 'group.png' has 3 faces, counted from 0"):
        choose_face(FACES, "3", PATH)
    with pytest.raises(
        ConfigError, match=r"No face lies at 200,5: 'group.png' has 3 faces"
    ) as raised:
        choose_face(FACES, "200,5", PATH)
    assert raised.value.hint == "faces are at 100,100; 300,120; 310,130"


def scored(lips: float, **scores: float) -> FaceObservation:
    made = portrait(400, 400).face
    points, values = made.landmarks.copy(), np.zeros(52, np.float32)
    points[14] = points[13] + (0, lips * np.linalg.norm(points[33] - points[263]), 0)
    for name, value in scores.items():
        values[INDEX[name]] = value
    return FaceObservation(points, 1.0, blendshapes=values)


@pytest.mark.parametrize(
    ("face", "expressive"),
    [
        (scored(0.0), False),
        (scored(0.0, mouthSmileLeft=0.9, mouthSmileRight=0.9), True),
        (scored(0.0, mouthSmileLeft=0.3, mouthSmileRight=0.3), False),
        (scored(0.3, jawOpen=0.5), True),
        (scored(0.01, jawOpen=0.5), False),  # a misjudged jaw behind closed lips
        (scored(0.15, jawOpen=0.05), False),
        (portrait(400, 400).face, False),
    ],
)
def test_which_portraits_are_expressive(face, expressive):
    assert is_expressive(face) is expressive


def test_how_far_lips_are_apart_is_measured_in_eye_distances():
    assert lips_apart(scored(0.25).landmarks) == pytest.approx(0.25, abs=1e-4)


def test_depths_are_exact_both_ways():
    eight = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    sixteen = to_depth(eight, 16)
    assert sixteen.max() == 65535 and np.array_equal(to_depth(sixteen, 8), eight)
    every = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(to_depth(every, 8), np.floor(every / 257 + 0.5).astype(np.uint8))
    assert to_depth(eight, 8) is eight and to_depth(sixteen, 16) is sixteen


@pytest.mark.parametrize("depth", [8, 16])
def test_flattening_lays_the_picture_over_grey(depth):
    full = 2**depth - 1
    pixels = np.zeros((600, 3, 4), f"uint{depth}")
    pixels[..., 0] = full
    pixels[:, 1, 3], pixels[:, 2, 3] = full, full // 2
    flat = flatten(pixels, 128)
    grey = round(128 / 255 * full)
    assert flat.shape == (600, 3, 3) and flat.dtype == pixels.dtype
    assert flat[0, 0].tolist() == flat[599, 0].tolist() == [grey] * 3
    assert flat[599, 1].tolist() == [full, 0, 0]
    assert abs(int(flat[300, 2, 0]) - (full + grey) / 2) < full / 200
    opaque = pixels[..., :3]
    assert flatten(opaque) is opaque


def eyes(picture: Portrait) -> tuple[float, ...]:
    """Where the landmarks say the pupils are, and whether they are dark in the picture."""
    points = picture.face.landmarks[[468, 473], :2]
    return tuple(float(picture.pixels[int(y), int(x), :3].mean()) for x, y in points)


@pytest.mark.parametrize("how", ["crop", "pad"])
@pytest.mark.parametrize("size", [(300, 300), (200, 400), (640, 260), (511, 333)])
@pytest.mark.parametrize("form", [{}, {"alpha": True}, {"depth": 16}, {"alpha": True, "depth": 16}])
def test_a_fitted_portrait_has_the_size_and_its_landmarks_move_along(how, size, form):
    made = fit(portrait(400, 300, center=(0.75, 0.5), **form), size, how)
    full = 65535 if form.get("depth") == 16 else 255
    assert made.size == size
    left, top, right, bottom = made.face.box
    assert left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]
    assert max(eyes(made)) < full * 0.35  # the pupils are where the landmarks are


def test_padding_is_black_or_transparent_and_shows_the_whole_picture():
    bright = Portrait(np.full((100, 200, 3), 200, np.uint8), face(100, 50, 40))
    padded = fit(bright, (200, 200), "pad")
    assert not padded.pixels[:50].any() and not padded.pixels[150:].any()
    assert (padded.pixels[50:150] == 200).all()
    assert padded.face.center == (100, 100)
    clear = Portrait(np.full((100, 200, 4), 200, np.uint8), face(100, 50, 40))
    assert not fit(clear, (200, 200), "pad").pixels[0, 0, 3]


def test_cropping_keeps_the_face_where_the_picture_allows():
    ramp = np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (100, 1, 3))
    at_edge = Portrait(ramp, face(190, 50, 20))
    made = fit(at_edge, (100, 100), "crop")
    assert np.array_equal(made.pixels[0, :, 0], np.arange(100, 200))
    assert made.face.center == (90, 50)
    in_middle = fit(Portrait(ramp, face(90, 50, 20)), (100, 100), "crop")
    assert in_middle.pixels[0, 0, 0] == 40 and in_middle.face.center == (50, 50)


def test_scaling_does_not_bleed_what_is_transparent():
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 0] = 255  # red under full transparency
    pixels[16:48, 16:48] = (0, 200, 0, 255)
    made = fit(Portrait(pixels, face(32, 32, 20)), (32, 32), "crop").pixels
    shown = made[made[..., 3] > 40]
    assert shown[:, 0].max() <= 2 and abs(int(shown[:, 1].min()) - 200) <= 4


def test_a_portrait_of_the_right_size_is_left_alone():
    same = portrait(64, 48)
    assert fit(same, (64, 48), "crop") is same
