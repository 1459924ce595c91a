"""The transformer computes what the released one does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_transformer
from a1sdk_dit.model.geometry import Geometry, rope
from a1sdk_dit.model.transformer import A1Transformer3DModel
from diffusers import CogVideoXTransformer3DModel
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry
from safetensors.torch import load_file

RELEASE = Geometry(49, 13, 480, 720, 60, 90)
Inputs = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@pytest.fixture
def model(tiny: Path) -> A1Transformer3DModel:
    return load_transformer(find_layout(tiny, "fp32"), torch.float32, "cpu")


@pytest.fixture
def run(model: A1Transformer3DModel) -> Callable[..., torch.Tensor]:
    """Runs the tiny model on some latents and likenesses of one window, at one timestep."""
    generator = torch.Generator().manual_seed(1)
    geometry = Geometry.of(model.config)
    shape = (1, geometry.latent_frames, 48, geometry.latent_height, geometry.latent_width)
    latents = torch.randn(shape, generator=generator)
    tokens = torch.randn((1, 4, 32), generator=generator)
    rotary = rope(geometry, 16)

    @torch.no_grad()
    def call(timestep: int) -> torch.Tensor:
        identity = model.embed_identity(tokens)
        return model(latents, identity, torch.tensor([timestep]), rotary)[0]

    return call


@pytest.mark.shared
def test_parity_with_the_released_code(shared: Path) -> None:
    folder = shared / "parity" / "tiny_a"
    config = json.loads((folder / "config.json").read_text())
    config = {name: value for name, value in config.items() if not name.startswith("_")}
    model = A1Transformer3DModel(**{**config, "max_text_seq_length": 729}).eval()
    stored = load_file(folder / "diffusion_pytorch_model.safetensors")
    assert [*stored] == sorted(model.state_dict())
    model.load_state_dict({name: values.float() for name, values in stored.items()})
    given = {name: v.float() for name, v in load_file(folder / "inputs.safetensors").items()}
    wanted = load_file(folder / "outputs.safetensors")
    seen = _watch(model)
    rotary = rope(Geometry.of(model.config), 16)
    assert torch.equal(rotary[0], given["full.rope_cos"])
    assert torch.equal(rotary[1], given["full.rope_sin"])
    with torch.no_grad():
        identity = model.embed_identity(given["full.encoder_hidden_states"])
        seen["full.sample"] = model(
            given["full.hidden_states"], identity, given["full.timestep"].long(), rotary
        )[0]
    assert seen.keys() == wanted.keys()
    for name, values in wanted.items():
        assert (seen[name] - values.float()).abs().max() <= 5e-5, name


def _watch(model: A1Transformer3DModel) -> dict[str, torch.Tensor]:
    """Return a dict that fills with the states that the parity arrays hold."""
    seen: dict[str, torch.Tensor] = {}

    def note(*names: str) -> Callable[..., None]:
        def hook(module: object, given: object, result: object) -> None:
            values = result if isinstance(result, tuple) else (result,)
            seen.update((f"full.{name}", v) for name, v in zip(names, values, strict=False))

        return hook

    first, second = model.transformer_blocks
    first.register_forward_hook(note("block0.hidden_states"))
    second.register_forward_hook(note("block1.hidden_states", "block1.encoder_hidden_states"))
    model.patch_embed.register_forward_hook(note("patch_embed"))
    model.time_embedding.register_forward_hook(note("time_embedding"))
    return seen


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_is_diffusers_network_to_the_bit(model: A1Transformer3DModel, dtype: torch.dtype) -> None:
    model.to(dtype)
    own = {"max_text_seq_length": 4}
    config = {k: v for k, v in model.config.items() if not k.startswith("_")}
    stock = CogVideoXTransformer3DModel(**{**config, **own}).to(dtype).eval()
    shared_weights = {k: v for k, v in model.state_dict().items() if "pose_proj" not in k}
    stock.load_state_dict(shared_weights)
    geometry = Geometry.of(model.config)
    generator = torch.Generator().manual_seed(2)
    latents = torch.randn((2, 5, 48, 8, 12), generator=generator).to(dtype)
    tokens = torch.randn((2, 4, 32), generator=generator).to(dtype)
    time = torch.tensor([700, 700])
    with torch.no_grad():
        text = model.patch_embed.pose_proj(tokens)
        theirs = stock(latents, text, time, image_rotary_emb=rope(geometry, 16), return_dict=False)
        ours = model(latents, model.embed_identity(tokens), time, rope(geometry, 16))
    assert torch.equal(ours[0], theirs[0])


def test_names_and_shapes_are_the_releases() -> None:
    with torch.device("meta"):
        model = A1Transformer3DModel(
            num_attention_heads=48,
            in_channels=48,
            num_layers=42,
            use_rotary_positional_embeddings=True,
            use_learned_positional_embeddings=True,
        )
    shapes = {name: tuple(values.shape) for name, values in model.state_dict().items()}
    assert sum(p.numel() for p in model.parameters()) == 5_588_820_928
    assert shapes["patch_embed.proj.weight"] == (3072, 48, 2, 2)
    assert shapes["patch_embed.text_proj.weight"] == (3072, 4096)
    assert shapes["patch_embed.pose_proj.0.weight"] == (3456, 1152)
    assert shapes["patch_embed.pose_proj.2.weight"] == (4096, 3456)
    assert shapes["patch_embed.pos_embedding"] == (1, 18_279, 3072)
    assert shapes["transformer_blocks.41.norm1.linear.weight"] == (18_432, 512)
    assert shapes["transformer_blocks.0.attn1.norm_q.weight"] == (64,)
    assert shapes["norm_out.linear.weight"] == (6144, 512)


def test_tables_change_no_bit_and_free_the_layers(
    model: A1Transformer3DModel, run: Callable[..., torch.Tensor]
) -> None:
    steps = [999, 500, 7]
    before = [run(step) for step in steps]
    weights = sum(p.numel() for p in model.parameters())
    model.tabulate(torch.tensor(steps))
    freed = 2 * 2 * (24 + 1) * 6 * 32  # blocks, norms, inputs and bias, outputs
    assert sum(p.numel() for p in model.parameters()) == weights - freed
    assert not any("norm1.linear" in name for name, _ in model.named_modules())
    for number, step in reversed([*enumerate(steps)]):
        model.at_step(number)
        assert torch.equal(run(step), before[number])


def test_tables_serve_several_windows(model: A1Transformer3DModel) -> None:
    geometry = Geometry.of(model.config)
    latents = torch.randn((3, 5, 48, 8, 12), generator=torch.Generator().manual_seed(6))
    time, rotary = torch.tensor([500] * 3), rope(geometry, 16)
    with torch.no_grad():
        identity = model.embed_identity(torch.ones(3, 4, 32))
        before = model(latents, identity, time, rotary)[0]
        model.tabulate([500])
        assert torch.allclose(model(latents, identity, time, rotary)[0], before, atol=1e-5)


def test_tables_move_with_the_model(model: A1Transformer3DModel) -> None:
    model.tabulate([999])
    assert model.to(torch.bfloat16).modulations.dtype == torch.bfloat16
    assert not any("modulations" in name for name in model.state_dict())


def test_kernel_is_this_models_alone(
    model: A1Transformer3DModel, run: Callable[..., torch.Tensor]
) -> None:
    before = _AttentionBackendRegistry.get_active_backend()
    native = run(500)
    model.use_attention(AttentionBackendName._NATIVE_MATH)
    assert torch.allclose(run(500), native, atol=1e-5)
    assert _AttentionBackendRegistry.get_active_backend() == before
    model.use_attention(AttentionBackendName._NATIVE_CUDNN)
    with pytest.raises(RuntimeError):  # the choice is really used: there is no such kernel here
        run(500)


def test_geometry_of_the_release() -> None:
    config = {
        "sample_frames": 49,
        "sample_height": 60,
        "sample_width": 90,
        "temporal_compression_ratio": 4,
        "patch_size": 2,
    }
    assert Geometry.of(config) == RELEASE
    assert (RELEASE.stride, RELEASE.grid, RELEASE.tokens) == (40, (30, 45), 17_550)


def test_rotary_positions_of_the_release() -> None:
    cosines, sines = rope(RELEASE, 64)
    assert cosines.shape == sines.shape == (17_550, 64)
    assert cosines.double().sum().item() == pytest.approx(721837.8513993183, rel=1e-9)
    assert sines.double().sum().item() == pytest.approx(181623.8473661321, rel=1e-9)


@pytest.mark.shared
def test_rotary_positions_of_another_aspect(shared: Path) -> None:
    wanted = load_file(shared / "parity" / "pipeline_tiny" / "fp32_untiled.safetensors")
    cosines, sines = rope(Geometry(17, 5, 96, 80, 12, 10), 16)
    assert torch.equal(cosines, wanted["rope_cos"])
    assert torch.equal(sines, wanted["rope_sin"])
