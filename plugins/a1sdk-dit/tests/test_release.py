"""A checkpoint of the release's sizes, its weights left hollow, is understood."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from a1sdk_dit.checkpoint.layout import SIGLIP, Layout, find_layout
from a1sdk_dit.checkpoint.loading import verify
from a1sdk_dit.model.transformer import A1Transformer3DModel
from diffusers import AutoencoderKLCogVideoX
from transformers import SiglipConfig, SiglipModel

TRANSFORMER = {
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


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, write_hollow: Callable[..., int]) -> Layout:
    root = tmp_path_factory.mktemp("release")
    with torch.device("meta"):
        drawn = {name: value for name, value in TRANSFORMER.items() if not name.startswith("_")}
        transformer = A1Transformer3DModel(**{**drawn, "max_text_seq_length": 729})
        vae = AutoencoderKLCogVideoX(**{k: v for k, v in VAE.items() if not k.startswith("_")})
        siglip = SiglipModel(SiglipConfig(vision_config=VISION, text_config=TEXT))
    parts = (
        ("transformer", TRANSFORMER, STEM, transformer),
        ("vae", VAE, STEM, vae),
        ("pose_guider", VAE, STEM, vae),
        (SIGLIP, {"vision_config": VISION, "text_config": TEXT}, "model.safetensors", siglip),
        ("scheduler", {"_class_name": "CogVideoXDDIMScheduler"}, None, None),
    )
    for name, config, file, model in parts:
        (root / name).mkdir()
        path = "scheduler_config.json" if model is None else "config.json"
        (root / name / path).write_text(json.dumps(config))
        if model is not None:
            write_hollow(root / name / file, model.state_dict())
    return find_layout(root)


def test_every_tensor_has_its_place(release: Layout) -> None:
    verify(release)
    assert (release.identity_tokens, release.identity_width) == (729, 1152)
    geometry = release.geometry
    assert (geometry.frames, geometry.width, geometry.height) == (49, 720, 480)


def test_sizes_are_the_ones_known_of_the_release(release: Layout) -> None:
    stored = {
        part.folder.name: sum(tensor.size for tensor in part.weights.values())
        for part in (release.transformer, release.vae)
    }
    assert stored["transformer"] == 2 * (5_588_820_928 + 56_153_088)
    assert stored["vae"] == 2 * 215_583_907
    vision = [s for name, s in release.siglip.weights.items() if name.startswith("vision_model.")]
    assert sum(tensor.size for tensor in vision) == 2 * 428_225_600
