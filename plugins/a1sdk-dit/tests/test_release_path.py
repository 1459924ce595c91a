"""All that is done on the way from a portrait to pictures, at the release's size, without numbers.

Networks and tensors are on PyTorch's meta device. It has shapes and kinds of numbers, and refuses
what a GPU would refuse: tensors of two devices, or of two kinds, in one operation.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from a1sdk_dit import acceleration, engine
from a1sdk_dit.checkpoint import lora, weights
from a1sdk_dit.checkpoint.layout import Layout
from a1sdk_dit.checkpoint.loading import load_siglip
from a1sdk_dit.checkpoint.stored import Stored
from a1sdk_dit.encoder import SiglipFace
from a1sdk_dit.engine import Engine
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.planning.device import Device
from a1sdk_dit.sampling import vae

META = torch.device("meta")
LAYERS = 2
"""Of the transformer's 42 that are computed: they are all alike."""

PICTURES = 50
"""Two windows, the second short."""

DPM = {
    "_class_name": "CogVideoXDPMScheduler",
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "snr_shift_scale": 1.0,
    "timestep_spacing": "trailing",
}


@pytest.fixture(autouse=True)
def _on_meta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the few places where numbers would be needed."""

    def read(stored: Stored) -> torch.Tensor:
        return torch.empty(stored.shape, dtype=torch.bfloat16, device=META)

    def back(tensor: torch.Tensor) -> torch.Tensor:
        assert tensor.device == META
        return torch.zeros(tensor.shape, dtype=tensor.dtype)

    for module in (weights, lora):  # both, lest the second is imported with what stands in
        monkeypatch.setattr(module, "read_tensor", read)
    monkeypatch.setattr(engine, "smallest", lambda names: Device("cuda"))
    monkeypatch.setattr(engine, "prepare_vae", lambda coder, _: _as_on_gpus(coder))
    monkeypatch.setattr(vae, "_moved", lambda kept, device: kept)
    monkeypatch.setattr(torch.Tensor, "cpu", back)


def _as_on_gpus(coder: Any) -> None:
    acceleration.prepare_vae(coder, torch.device("cuda"))


def drawn(release: Layout, options: RendererOptions) -> list[vae.Picture]:
    """Return what an engine draws, by all steps but few of the layers."""
    context: Any = SimpleNamespace(device="meta", check=lambda: None)
    one = Engine(options, release, context)
    assert one.facts()["precision"] == "bf16"
    assert one._loaded is not None
    transformer = one._loaded.models.transformer
    del transformer.transformer_blocks[LAYERS:]
    picture = np.zeros((480, 720, 3), np.uint8)
    shot: Any = SimpleNamespace(image=picture, reference=picture)
    tokens = np.zeros((729, 1152), np.float32)
    settings = one.profiles[0][1]
    generator = one.generator(shot, tokens, settings, 1, lambda done, total: None)
    return list(generator.frames(picture for _ in range(PICTURES)))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"steps": 2, "memory": "resident"}, marks=pytest.mark.slow),
        {"steps": 8, "profile": "fast", "windows_at_once": 2},
        pytest.param({"steps": 2, "sampling": "reference"}, marks=pytest.mark.slow),
        pytest.param({"steps": 2, "scheduler": DPM}, marks=pytest.mark.slow),
    ],
    ids=["exact", "fast", "reference", "dpm"],
)
def test_pictures_come_of_one_device_and_one_kind_of_numbers(
    release: Layout, options: dict[str, Any], tmp_path: Path
) -> None:
    if "scheduler" in options:
        path = tmp_path / "scheduler.json"
        path.write_text(json.dumps(DPM))
        options = {**options, "scheduler": path}
    pictures = drawn(release, RendererOptions(**options))
    assert len(pictures) == PICTURES
    assert {(one.shape, one.dtype.name) for one in pictures} == {((480, 720, 3), "uint8")}


def test_the_likeness_comes_of_one_device(release: Layout) -> None:
    encoder = SiglipFace()
    encoder._tower = load_siglip(release, torch.float32, META)
    tokens = encoder.tokens(np.zeros((512, 512, 3), np.uint8))
    assert (tokens.shape, tokens.dtype.name) == ((729, 1152), "float32")
