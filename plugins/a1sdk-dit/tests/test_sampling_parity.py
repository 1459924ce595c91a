"""Sampling as the released scripts do, against arrays that they computed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_scheduler, load_transformer, load_vae
from a1sdk_dit.sampling.generator import FrameGenerator
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor
from a1sdk_dit.sampling.settings import Compat, SamplingSettings
from PIL import Image
from safetensors.torch import load_file

pytestmark = pytest.mark.shared

SEED = 43
VARIANTS = ("fp32_untiled", "fp32_tiled", "fp32_noguidance", "bf16_release")
Tensors = dict[str, torch.Tensor]


@dataclass
class Recorder(LocalPredictor):
    """Writes down what every window is denoised from and under, and what is predicted."""

    models: Models
    settings: SamplingSettings
    begun: list[Conditions] = field(default_factory=list)
    inputs: list[torch.Tensor] = field(default_factory=list)
    controls: list[torch.Tensor] = field(default_factory=list)
    predicted: list[torch.Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.models.transformer, self.settings)

    def begin(self, conditions: Conditions) -> None:
        self.begun.append(conditions)
        super().begin(conditions)

    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        self.inputs.append(latents.clone())
        self.controls.append(control)
        self.predicted.append(super().__call__(latents, control, step, timestep))
        return self.predicted[-1]


def models_of(shared: Path, dtype: torch.dtype) -> Models:
    layout = find_layout(shared / "parity" / "pipeline_tiny" / "model")
    return Models(
        transformer=load_transformer(layout, dtype, "cpu"),
        vae=load_vae(layout.vae, dtype, "cpu", decoder=True),
        pose_guider=load_vae(layout.pose_guider, dtype, "cpu", decoder=False),
        scheduler=load_scheduler(layout),
        geometry=layout.geometry,
        device=torch.device("cpu"),
        dtype=dtype,
    )


@dataclass
class Run:
    recorder: Recorder
    pictures: np.ndarray
    after_steps: torch.Tensor


def run(
    models: Models,
    shared: Path,
    settings: SamplingSettings,
    reference: torch.Tensor,
    controls: torch.Tensor,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    folder = shared / "parity" / "pipeline_tiny"
    with Image.open(folder / "image.png") as opened:
        portrait = np.array(opened.convert("RGB"))
    likeness = load_file(folder / "fp32_untiled.safetensors")["encoder_hidden_states"][1]
    recorder, after = Recorder(models, settings), []
    kind = type(models.scheduler)  # each clip has a scheduler of its own
    step = kind.step

    def recorded(*values: object, **named: object) -> tuple[torch.Tensor, torch.Tensor]:
        moved, clean = step(*values, **named)
        after.append(moved.to(models.dtype))
        return moved, clean

    monkeypatch.setattr(kind, "step", recorded)
    generator = FrameGenerator(
        models,
        portrait,
        likeness.numpy(),
        reference.numpy(),
        settings,
        seed=SEED,
        predictor=recorder,
    )
    pictures = np.stack(list(generator.frames(controls.numpy())))
    return Run(recorder, pictures, torch.stack(after))


def agree(found: torch.Tensor, expected: torch.Tensor, dtype: torch.dtype) -> None:
    """Hold to the tolerances of the arrays' own notes."""
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    apart = (found.float() - expected.float()).abs()
    if dtype == torch.float32:
        assert apart.max() < 1e-4
    else:
        assert apart.max() < 0.15
        assert apart.mean() < 0.03


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_clip_is_the_reference(
    variant: str, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shared / "parity" / "pipeline_tiny"
    meta = json.loads((folder / "meta.json").read_text())["variants"][variant]
    expected = load_file(folder / f"{variant}.safetensors")
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[meta["dtype"]]
    settings = SamplingSettings(
        steps=meta["steps"],
        guidance=meta["guidance_scale"],
        tiled=meta["tiling"],
        compat=Compat.reference(),
    )
    video = load_file(folder / "inputs.safetensors")["control_video_uint8"]
    result = run(models_of(shared, dtype), shared, settings, video[0], video[1:], monkeypatch)
    recorder = result.recorder

    assert result.after_steps.shape[0] == len(expected["timesteps"])
    agree(recorder.inputs[0], expected["initial_latents"], dtype)
    agree(recorder.begun[0].image, expected["image_latents"], dtype)
    agree(result.after_steps, expected["latents_per_step"], dtype)
    agree(result.after_steps[-1], expected["final_latents"], dtype)
    if "control_latents" in expected:
        agree(recorder.controls[0], expected["control_latents"], dtype)
    if "noise_pred_step0" in expected:
        without, guided = expected["noise_pred_step0"].float().chunk(2)
        agree(recorder.predicted[0], without + 3 * (guided - without), dtype)
    if "frames_uint8" in expected:
        apart = np.abs(result.pictures.astype(int) - expected["frames_uint8"][1:].numpy())
        assert apart.max() <= 1 if dtype == torch.float32 else apart.mean() < 3


def test_a_long_clip_is_the_reference(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared / "parity" / "long_tiny"
    meta = json.loads((folder / "meta.json").read_text())
    inputs, expected = (load_file(folder / f"{name}.safetensors") for name in ("inputs", "video"))
    settings = SamplingSettings(
        steps=meta["steps"], guidance=meta["guidance"], tiled=True, compat=Compat.reference()
    )
    models = models_of(shared, torch.float32)
    assert models.geometry.overlap == meta["overlap"]
    assert [*settings.seam_steps] == [*range(meta["fusion_interval"][0] + 1, 8)]
    result = run(
        models,
        shared,
        settings,
        inputs["first_motion_uint8"],
        inputs["driving_uint8"],
        monkeypatch,
    )
    recorder, steps = result.recorder, meta["steps"]

    assert len(recorder.inputs) == steps * len(expected["window_starts"])
    for window in range(len(expected["window_starts"])):
        taken = slice(window * steps, (window + 1) * steps)
        name = f"w{window}."
        agree(recorder.inputs[taken.start], expected[name + "initial_latents"], torch.float32)
        agree(recorder.begun[window].image, expected[name + "image_latents"], torch.float32)
        agree(recorder.controls[taken.start], expected[name + "control_latents"], torch.float32)
        inputs_seen = torch.cat(recorder.inputs[taken])
        agree(inputs_seen, expected[name + "transformer_latent_inputs"], torch.float32)
        agree(result.after_steps[taken][-1], expected[name + "final_latents"], torch.float32)
    assert result.pictures.shape == expected["stitched_uint8"].shape
    apart = np.abs(result.pictures.astype(int) - expected["stitched_uint8"].numpy())
    assert apart.max() <= 1
