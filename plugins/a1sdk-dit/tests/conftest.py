from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch
from a1sdk_dit.checkpoint.layout import SIGLIP, Layout, find_layout
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.tiny import make_tiny_checkpoint
from diffusers import AutoencoderKLCogVideoX
from transformers import SiglipConfig, SiglipModel

TRANSFORMER: dict[str, Any] = {
    "_class_name": "CogVideoXTransformer3DModel",
    "_diffusers_version": "0.31.0.dev0",
    "activation_fn": "gelu-approximate",
    "attention_bias": True,
    "attention_head_dim": 64,
    "dropout": 0.0,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 48,
    "max_text_seq_length": 226,
    "norm_elementwise_affine": True,
    "norm_eps": 1e-05,
    "num_attention_heads": 48,
    "num_layers": 42,
    "out_channels": 16,
    "patch_size": 2,
    "sample_frames": 49,
    "sample_height": 60,
    "sample_width": 90,
    "spatial_interpolation_scale": 1.875,
    "temporal_compression_ratio": 4,
    "temporal_interpolation_scale": 1.0,
    "text_embed_dim": 4096,
    "time_embed_dim": 512,
    "timestep_activation_fn": "silu",
    "use_learned_positional_embeddings": True,
    "use_rotary_positional_embeddings": True,
}
VAE = {
    "_class_name": "AutoencoderKLCogVideoX",
    "block_out_channels": [128, 256, 256, 512],
    "layers_per_block": 3,
    "norm_num_groups": 32,
    "scaling_factor": 0.7,
    "sample_height": 480,
    "sample_width": 720,
}
VISION = {
    "hidden_size": 1152,
    "image_size": 384,
    "intermediate_size": 4304,
    "num_attention_heads": 16,
    "num_hidden_layers": 27,
    "patch_size": 14,
}
TEXT = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_attention_heads": 16,
    "num_hidden_layers": 27,
    "vocab_size": 32_000,
}
STEM = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in the layout of the release; leave it as it is."""
    return make_tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "checkpoint")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the transformer in one file; leave it as it is."""
    folder = tmp_path_factory.mktemp("whole") / "checkpoint"
    return make_tiny_checkpoint(folder, shard_size="1GB")


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a checkpoint, for changing the copy."""
    return lambda folder: Path(copytree(folder, tmp_path / "copy"))


@pytest.fixture(scope="session")
def write_hollow() -> Callable[[Path, Mapping[str, torch.Tensor]], int]:
    """Writes weights of a network without memory: bfloat16 zeros that take no room on the disk.

    Returns how many bytes of weights there are.
    """

    def write(path: Path, tensors: Mapping[str, torch.Tensor]) -> int:
        header: dict[str, dict[str, object]] = {}
        end = 0
        for name, values in tensors.items():
            begin, end = end, end + 2 * math.prod(values.shape)
            header[name] = {"dtype": "BF16", "shape": [*values.shape], "data_offsets": [begin, end]}
        text = json.dumps(header).encode()
        with path.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.truncate(8 + len(text) + end)
        return end

    return write


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory, write_hollow: Callable[..., int]) -> Layout:
    """A checkpoint of the release's sizes, its weights hollow."""
    root = tmp_path_factory.mktemp("release")
    with torch.device("meta"):
        drawn = {name: value for name, value in TRANSFORMER.items() if not name.startswith("_")}
        transformer = A1Transformer3DModel(**{**drawn, "max_text_seq_length": 729})
        vae = AutoencoderKLCogVideoX(**{k: v for k, v in VAE.items() if not k.startswith("_")})
        siglip = SiglipModel(SiglipConfig(vision_config=VISION, text_config=TEXT))
    parts: tuple[tuple[str, dict[str, Any], str | None, Any], ...] = (
        ("transformer", TRANSFORMER, STEM, transformer),
        ("vae", VAE, STEM, vae),
        ("pose_guider", VAE, STEM, vae),
        (SIGLIP, {"vision_config": VISION, "text_config": TEXT}, "model.safetensors", siglip),
        ("scheduler", {"_class_name": "CogVideoXDDIMScheduler"}, None, None),
    )
    for name, config, file, model in parts:
        (root / name).mkdir()
        path = "scheduler_config.json" if file is None else "config.json"
        (root / name / path).write_text(json.dumps(config))
        if file is not None:
            write_hollow(root / name / file, model.state_dict())
    return find_layout(root)
