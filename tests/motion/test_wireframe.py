from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from a1sdk.motion.blendshapes import INDEX, from_coefficients, reference_face
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.rotation import from_euler
from a1sdk.motion.wireframe import DARK, FINE, View, draw_face

SIZE = 256
VIEW = View(80, 128, 112)


def drawn(motion: FaceMotion, *, moved: bool = True) -> np.ndarray:
    picture = Image.new("RGB", (SIZE * FINE, SIZE * FINE), DARK.background)
    draw_face(ImageDraw.Draw(picture), motion, VIEW, moved=moved)
    return np.asarray(picture)


def face(**values: float) -> FaceMotion:
    scores = np.zeros(52, np.float32)
    for name, value in values.items():
        scores[INDEX[name]] = value
    return from_coefficients(scores)


def area(picture: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((picture == color).all(axis=2).sum())


def place(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((picture == color).all(axis=2)).mean(0)[::-1]


def test_a_mouth_opens_and_eyes_shut() -> None:
    rest, opened = drawn(face()), drawn(face(jawOpen=1))
    assert area(opened, DARK.mouth) > 4 * area(rest, DARK.mouth)
    shut = drawn(face(eyeBlinkLeft=1, eyeBlinkRight=1))
    assert area(rest, DARK.iris) > 100
    assert area(shut, DARK.iris) < 0.1 * area(rest, DARK.iris)


def test_a_face_at_rest_covers_its_neutral_in_pale() -> None:
    rest, raised = drawn(face()), drawn(face(browInnerUp=1, mouthPucker=1))
    assert area(raised, DARK.pale) > 1.2 * area(rest, DARK.pale)


def test_the_subject_is_who_is_drawn() -> None:
    wide = np.array(reference_face())
    wide[:, 0] *= 1.2
    rest = area(drawn(face()), DARK.skin)
    assert area(drawn(replace(face(), neutral=wide)), DARK.skin) > 1.1 * rest


def test_the_head_moves_unless_it_is_held() -> None:
    motion = replace(face(), translation=np.array([0.2, -0.1, 0], np.float32))
    held, moved = (place(drawn(motion, moved=moved), DARK.lips) for moved in (False, True))
    assert moved - held == pytest.approx(np.array([0.2, -0.1]) * VIEW.unit * FINE, abs=1.5)
    near = replace(face(), translation=np.array([0, 0, -2], np.float32))
    assert area(drawn(near), DARK.skin) > 1.5 * area(drawn(face()), DARK.skin)


@pytest.mark.parametrize("angles", [(0, 0, 0), (50, 0, 0), (-70, 20, 15), (0, -40, 170)])
def test_a_turned_face_stays_within_its_outline(angles: tuple[float, float, float]) -> None:
    rotation = from_euler(*angles).astype(np.float32)
    picture = drawn(replace(face(jawOpen=0.5), rotation=rotation))
    inside = np.zeros(picture.shape[:2], bool)
    for row in range(picture.shape[0]):
        lit = np.flatnonzero((picture[row] == DARK.ink).all(axis=1))
        if len(lit):
            inside[row, lit[0] : lit[-1] + 1] = True
    painted = (picture != DARK.background).any(axis=2)
    assert (painted & ~inside).sum() < 0.002 * painted.sum()


def test_wild_motion_is_drawn() -> None:
    far = np.full(3, 50, np.float32)
    assert drawn(replace(face(), translation=far)).shape == (SIZE * FINE, SIZE * FINE, 3)
    assert drawn(replace(face(), translation=-far)).shape == (SIZE * FINE, SIZE * FINE, 3)
