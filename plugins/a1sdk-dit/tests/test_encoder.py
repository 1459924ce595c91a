"""Likenesses: the aligned face, and SigLIP's tokens of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from a1sdk_dit.alignment import (
    _POINTS,
    BORDER,
    SIDE,
    TEMPLATE,
    aligned_face,
    five_points,
    similarity,
)
from a1sdk_dit.checkpoint import loading
from a1sdk_dit.encoder import SiglipFace
from a1sdk_dit.options import EncoderOptions
from PIL import Image
from safetensors.numpy import load_file

from a1sdk.plugin import DeviceUnavailableError, FaceObservation, OutOfMemoryError, Portrait
from a1sdk.testing import IdentityEncoderContract, faces


class TestContract(IdentityEncoderContract):
    ref = "dit/siglip-face"

    @pytest.fixture
    def component_options(self, tiny: Path) -> dict[str, Any]:
        return {"checkpoint": str(tiny)}


def _ready(checkpoint: Path) -> SiglipFace:
    made = SiglipFace(EncoderOptions(checkpoint=checkpoint))
    made.setup(_context())
    return made


def _context() -> Any:
    return SimpleNamespace(device="cpu", check=lambda: None)


@pytest.mark.shared
def test_parity_with_the_released_code(shared: Path) -> None:
    folder = shared / "parity" / "pipeline_tiny"
    wanted = load_file(folder / "fp32_untiled.safetensors")["encoder_hidden_states"][1]
    with Image.open(folder / "image_face.png") as opened:
        face = np.asarray(opened.convert("RGB"))
    tokens = _ready(folder / "model").tokens(face)
    assert tokens.dtype == np.float32
    assert np.abs(tokens - wanted).max() <= 5e-5


def test_shape_kind_and_origin(tiny: Path) -> None:
    likeness = _ready(tiny).encode([faces.portrait()], _context())
    assert likeness.kind == "siglip-so400m-face/1"
    assert likeness.arrays["tokens"].shape == (4, 32)
    assert len(likeness.provenance["weights"]) == 64


def test_several_pictures_give_their_mean(tiny: Path) -> None:
    encoder = _ready(tiny)
    pictures = [faces.portrait(256, 256), faces.portrait(200, 320)]
    single = [encoder.encode([p], _context()).arrays["tokens"] for p in pictures]
    both = encoder.encode(pictures, _context()).arrays["tokens"]
    assert np.abs(single[0] - single[1]).max() > 1e-3
    assert np.allclose(both, np.mean(single, 0), atol=1e-6)


def test_lets_go_of_its_memory(tiny: Path) -> None:
    encoder = _ready(tiny)
    encoder.close()
    assert encoder._tower is None


def test_absent_device_is_named(tiny: Path) -> None:
    encoder = SiglipFace(EncoderOptions(checkpoint=tiny))
    with pytest.raises(DeviceUnavailableError, match="cuda:77"):
        encoder.setup(SimpleNamespace(device="cuda:77"))  # type: ignore[arg-type]


def test_lack_of_memory_is_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(loading, "load_siglip", full)
    with pytest.raises(OutOfMemoryError, match="vision tower"):
        _ready(tiny)


def test_fit_finds_a_similarity() -> None:
    turn = 1.7 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    target = TEMPLATE @ turn.T + (30, -12)
    found = similarity(TEMPLATE, target)
    assert np.allclose(found, np.column_stack([turn, (30, -12)]))


def test_fit_is_the_nearest_one() -> None:
    def miss(transform: np.ndarray) -> float:
        return float(((points @ transform[:, :2].T + transform[:, 2] - TEMPLATE) ** 2).sum())

    points = TEMPLATE + np.random.default_rng(0).normal(0, 8, TEMPLATE.shape)
    best = similarity(points, TEMPLATE)
    for step in (1e-3, -1e-3):
        for change in ([[step, 0], [0, step]], [[0, -step], [step, 0]]):
            other = best.copy()
            other[:, :2] += change
            assert miss(other) > miss(best)
        for axis in (0, 1):
            other = best.copy()
            other[axis, 2] += step
            assert miss(other) > miss(best)


def test_eyes_and_mouth_come_to_their_places() -> None:
    portrait = faces.portrait(400, 300)
    points = five_points(portrait.face)
    right_eye, left_eye, nose, right_corner, left_corner = points
    assert right_eye[0] < left_eye[0] and right_corner[0] < left_corner[0]
    assert right_eye[1] < nose[1] < right_corner[1]
    transform = similarity(points, TEMPLATE)
    placed = points @ transform[:, :2].T + transform[:, 2]
    assert np.abs(placed - TEMPLATE).max() < 25


def _marked(width: int, height: int, scale: float, turn: float) -> Portrait:
    """A grey picture with a red blot on each of the template's points, turned and scaled."""
    landmarks = np.zeros((478, 3), np.float32)
    spin = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = (TEMPLATE - SIDE / 2) @ spin.T + (width / 2, height / 2)
    pixels = np.full((height, width, 3), 90, np.uint8)
    for group, point in zip(_POINTS, points, strict=True):
        landmarks[list(group), :2] = point + 0.5
        x, y, radius = (round(value * 16) for value in (*point, 6 * scale))
        cv2.circle(pixels, (x, y), radius, (255, 0, 0), cv2.FILLED, cv2.LINE_AA, shift=4)
    return Portrait(pixels, FaceObservation(landmarks, 1.0))


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.4, 4.5])
@pytest.mark.parametrize("turn", [0.0, 0.5])
def test_face_is_brought_upright(scale: float, turn: float) -> None:
    size = int(SIDE * scale * 1.5)
    face = aligned_face(_marked(size, size + 7, scale, turn))
    assert face.shape == (SIDE, SIDE, 3) and face.dtype == np.uint8
    red = face[..., 0].astype(int) - face[..., 1] > 80
    for x, y in TEMPLATE:
        rows, columns = np.nonzero(red[int(y) - 15 : int(y) + 16, int(x) - 15 : int(x) + 16])
        assert rows.size > 60
        assert abs(rows.mean() - 15 - y % 1) < 0.8 and abs(columns.mean() - 15 - x % 1) < 0.8


def test_large_faces_are_averaged_not_sampled() -> None:
    portrait = _marked(2400, 2400, 4.2, 0.0)
    checks = np.indices((2400, 2400)).sum(0) % 2
    pixels = np.repeat((checks * 255).astype(np.uint8)[..., None], 3, 2)
    face = aligned_face(Portrait(pixels, portrait.face))
    assert np.ptp(face[100:400, 100:400]) <= 4  # it is 255 where pixels are sampled


def test_outside_and_transparent_take_the_border() -> None:
    small = _marked(200, 200, 1.0, 0.0)
    face = aligned_face(small)
    assert tuple(face[0, 0]) == BORDER
    clear = np.zeros((200, 200, 4), np.uint16)
    assert np.all(aligned_face(Portrait(clear, small.face)) == BORDER)


def test_depth_makes_no_difference() -> None:
    eight = faces.portrait(256, 256)
    sixteen = Portrait(eight.pixels.astype(np.uint16) * 257, eight.face)
    assert np.array_equal(aligned_face(eight), aligned_face(sixteen))
