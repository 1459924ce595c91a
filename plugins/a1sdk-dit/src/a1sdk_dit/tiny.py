"""Tiny checkpoints with random weights, in the layout of the release."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler
from safetensors.torch import save_file
from torch import nn
from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel

from a1sdk_dit.model.transformer import A1Transformer3DModel

_SEED = 20_240
_IDENTITY_WIDTH = 32
_IDENTITY_TOKENS = 4
_SIGLIP_PATCH = 14
_SIGLIP_PIXELS = 28
_VAE_PIXELS = 8

M = TypeVar("M", bound=nn.Module)


def make_tiny_checkpoint(
    folder: Path,
    *,
    frames: int = 17,
    height: int = 64,
    width: int = 96,
    shard_size: str = "60KB",
    dtype: str = "float32",
) -> Path:
    """Write a checkpoint of about a megabyte that behaves like the release, and return its folder.

    All parts are there but the text encoder, which nothing reads. The pictures it draws are noise,
    the same in every run: for tests, benchmarks and integrators.

    Args:
        folder: where to write; made if it is not there.
        frames: pictures of a window: a multiple of 4, and 1; more than 9.
        height: of the pictures, in pixels: a multiple of 16.
        width: of the pictures, in pixels: a multiple of 16.
        shard_size: how large a file of the transformer may become.
        dtype: numbers of the weights: float32, bfloat16, float16.
    """
    numbers: torch.dtype = getattr(torch, dtype)
    transformer = _random(_transformer(frames, height, width), 0, numbers)
    transformer.save_pretrained(folder / "transformer", max_shard_size=shard_size)
    _say_what_the_release_says(folder / "transformer" / "config.json")
    for number, name in enumerate(("vae", "pose_guider"), 1):
        _random(_vae(height, width), number, numbers).save_pretrained(folder / name)
    _scheduler().save_pretrained(folder / "scheduler")
    _write_siglip(_random(_siglip(), 3, numbers), folder / "siglip-so400m-patch14-384")
    return folder


def _say_what_the_release_says(config: Path) -> None:
    """Give the transformer the name and the number of text tokens of CogVideoX's, as released."""
    fields = json.loads(config.read_text())
    fields |= {"_class_name": "CogVideoXTransformer3DModel", "max_text_seq_length": 226}
    config.write_text(json.dumps(fields, indent=2))


def _transformer(frames: int, height: int, width: int) -> A1Transformer3DModel:
    with torch.device("meta"):
        return A1Transformer3DModel(
            identity_width=_IDENTITY_WIDTH,
            max_text_seq_length=_IDENTITY_TOKENS,
            num_attention_heads=2,
            attention_head_dim=16,
            in_channels=48,
            out_channels=16,
            num_layers=2,
            time_embed_dim=24,
            text_embed_dim=40,
            sample_frames=frames,
            sample_height=height // _VAE_PIXELS,
            sample_width=width // _VAE_PIXELS,
            use_rotary_positional_embeddings=True,
            use_learned_positional_embeddings=True,
        )


def _vae(height: int, width: int) -> AutoencoderKLCogVideoX:
    with torch.device("meta"):
        return AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=2,
            sample_height=height,
            sample_width=width,
            scaling_factor=0.7,
        )


def _scheduler() -> CogVideoXDDIMScheduler:
    return CogVideoXDDIMScheduler(
        beta_schedule="scaled_linear",
        clip_sample=False,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        snr_shift_scale=1.0,
        timestep_spacing="trailing",
    )


def _siglip() -> SiglipModel:
    layers = {
        "hidden_size": _IDENTITY_WIDTH,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    words = {"vocab_size": 32, "max_position_embeddings": 8, "bos_token_id": 0, "eos_token_id": 1}
    picture = {"image_size": _SIGLIP_PIXELS, "patch_size": _SIGLIP_PATCH}
    with torch.device("meta"):
        return SiglipModel(
            SiglipConfig(text_config={**layers, **words}, vision_config={**layers, **picture})
        )


def _write_siglip(model: SiglipModel, folder: Path) -> None:
    """Write both towers, as the release does, though only one is read."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(model.config.to_json_string(use_diff=False))
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    SiglipImageProcessorPil(
        size={"height": _SIGLIP_PIXELS, "width": _SIGLIP_PIXELS},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    ).save_pretrained(folder)


def _random(module: M, number: int, dtype: torch.dtype) -> M:
    """Fill a module's tensors, drawn in the order of their names; no other numbers are drawn."""
    generator = torch.Generator().manual_seed(_SEED + number)
    drawn = {
        name: _draw(name, empty, generator).to(dtype)
        for name, empty in sorted(module.state_dict().items())
    }
    module.load_state_dict(drawn, assign=True)
    return module


def _draw(name: str, empty: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return numbers that keep the size of what goes through the layers."""
    noise = torch.randn(empty.shape, generator=generator)
    if empty.ndim > 1:
        return noise / math.sqrt(empty[0].numel())
    return noise * 0.1 + (1.0 if name.endswith("weight") else 0.0)
