"""LoRA adapters are merged as a whole, or refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_transformer
from a1sdk_dit.checkpoint.lora import merge_lora
from a1sdk_dit.model.transformer import A1Transformer3DModel
from safetensors.torch import save_file

from a1sdk.plugin import A1Error, AssetMissingError, CapabilityError, ConfigError

RANK = 3
QUERY = "transformer_blocks.0.attn1.to_q"
GROW = "transformer_blocks.1.ff.net.0.proj"
PATCHES = "patch_embed.proj"
SHAPES = {
    QUERY: ((RANK, 32), (32, RANK)),
    GROW: ((RANK, 32), (128, RANK)),
    PATCHES: ((RANK, 48, 2, 2), (32, RANK, 1, 1)),
}
Tensors = dict[str, torch.Tensor]


@pytest.fixture
def model(tiny: Path) -> A1Transformer3DModel:
    return load_transformer(find_layout(tiny, "fp32"), torch.float32, "cpu")


def _adapter(prefix: str = "transformer.") -> Tensors:
    generator = torch.Generator().manual_seed(1)
    tensors: Tensors = {}
    for layer, (down, up) in SHAPES.items():
        tensors[f"{prefix}{layer}.lora_A.weight"] = torch.randn(down, generator=generator)
        tensors[f"{prefix}{layer}.lora_B.weight"] = torch.randn(up, generator=generator)
    return tensors


def _delta(tensors: Tensors, layer: str, prefix: str = "transformer.") -> torch.Tensor:
    down = tensors[f"{prefix}{layer}.lora_A.weight"]
    up = tensors[f"{prefix}{layer}.lora_B.weight"]
    return (up.flatten(1) @ down.flatten(1)).reshape(len(up), *down.shape[1:])


@pytest.mark.parametrize("prefix", ["transformer.", "base_model.model.", ""])
@pytest.mark.parametrize("scale", [1.0, -0.5, 0.0])
def test_adds_to_the_weights(
    prefix: str, scale: float, model: A1Transformer3DModel, tmp_path: Path
) -> None:
    tensors = _adapter(prefix)
    save_file(tensors, tmp_path / "a.safetensors")
    before = {name: values.clone() for name, values in model.state_dict().items()}
    torch.manual_seed(3)
    state = torch.get_rng_state()
    merge_lora(model, tmp_path / "a.safetensors", scale)
    after = model.state_dict()
    assert after.keys() == before.keys()
    for name, values in before.items():
        layer = name.removesuffix(".weight")
        wanted = values + scale * _delta(tensors, layer, prefix) if layer in SHAPES else values
        assert torch.allclose(after[name], wanted, atol=1e-5), name
    assert not any(p.requires_grad for p in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)


def test_strength_of_the_file(model: A1Transformer3DModel, tmp_path: Path) -> None:
    tensors = _adapter()
    before = model.get_submodule(QUERY).weight.clone()
    save_file(
        {**tensors, f"transformer.{QUERY}.alpha": torch.tensor(6.0)}, tmp_path / "a.safetensors"
    )
    merge_lora(model, tmp_path / "a.safetensors")
    wanted = before + 6.0 / RANK * _delta(tensors, QUERY)
    assert torch.allclose(model.get_submodule(QUERY).weight, wanted, atol=1e-5)


def test_strength_in_pefts_configuration(model: A1Transformer3DModel, tmp_path: Path) -> None:
    tensors = _adapter()
    config = {
        "transformer.r": RANK,
        "transformer.lora_alpha": 9,
        "transformer.target_modules": list(SHAPES),
    }
    before = model.get_submodule(QUERY).weight.clone()
    save_file(tensors, tmp_path / "a.safetensors", {"lora_adapter_metadata": json.dumps(config)})
    merge_lora(model, tmp_path / "a.safetensors", 0.5)
    wanted = before + 0.5 * 3.0 * _delta(tensors, QUERY)
    assert torch.allclose(model.get_submodule(QUERY).weight, wanted, atol=1e-5)


def test_numbers_stay_those_of_the_model(model: A1Transformer3DModel, tmp_path: Path) -> None:
    tensors = _adapter()
    before = model.get_submodule(QUERY).weight.clone()
    save_file({k: v.bfloat16() for k, v in tensors.items()}, tmp_path / "a.safetensors")
    merge_lora(model.to(torch.bfloat16), tmp_path / "a.safetensors")
    merged = model.get_submodule(QUERY).weight
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert torch.allclose(merged.float(), before + _delta(tensors, QUERY), atol=0.1, rtol=0.02)


def test_tables_come_after(model: A1Transformer3DModel, tmp_path: Path) -> None:
    layer = "transformer_blocks.0.norm1.linear"
    tensors = {
        f"{layer}.lora_A.weight": torch.ones(1, 24),
        f"{layer}.lora_B.weight": torch.ones(192, 1),
    }
    save_file(tensors, tmp_path / "a.safetensors")
    merge_lora(model, tmp_path / "a.safetensors")
    model.tabulate([999])
    with pytest.raises(ConfigError, match="has not"):
        merge_lora(model, tmp_path / "a.safetensors")


def _foreign(tensors: Tensors) -> None:
    tensors["transformer.transformer_blocks.9.attn1.to_q.lora_A.weight"] = torch.zeros(RANK, 32)
    tensors["transformer.transformer_blocks.9.attn1.to_q.lora_B.weight"] = torch.zeros(32, RANK)


def _of_the_text_encoder(tensors: Tensors) -> None:
    tensors["text_encoder.q.lora_A.weight"] = torch.zeros(RANK, 32)
    tensors["text_encoder.q.lora_B.weight"] = torch.zeros(32, RANK)


FAULTS: dict[str, tuple[Callable[[Tensors], object], str]] = {
    "partly for another model": (_foreign, "transformer_blocks.9.attn1.to_q"),
    "partly for the text encoder": (_of_the_text_encoder, "has not"),
    "half a pair": (
        lambda t: t.pop(f"transformer.{QUERY}.lora_B.weight"),
        f"transformer.{QUERY}.lora_B.weight",
    ),
    "another width": (
        lambda t: t.update({f"transformer.{QUERY}.lora_A.weight": torch.zeros(RANK, 64)}),
        r"\[3, 64\]",
    ),
    "another kind of adapter": (
        lambda t: t.update({f"transformer.{QUERY}.lokr_w1": torch.zeros(1)}),
        "lokr_w1",
    ),
    "empty": (lambda t: t.clear(), "empty"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(fault: str, model: A1Transformer3DModel, tmp_path: Path) -> None:
    spoil, words = FAULTS[fault]
    tensors = _adapter()
    spoil(tensors)
    save_file(tensors, tmp_path / "a.safetensors")
    before = {name: values.clone() for name, values in model.state_dict().items()}
    with pytest.raises(ConfigError, match=words) as caught:
        merge_lora(model, tmp_path / "a.safetensors")
    assert caught.value.hint
    assert all(torch.equal(before[name], v) for name, v in model.state_dict().items())


@pytest.mark.parametrize("name", ["a.bin", "a.pt"])
def test_pickles_are_refused(name: str, model: A1Transformer3DModel, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04N.")
    with pytest.raises(ConfigError, match="never opened"):
        merge_lora(model, tmp_path / name)


def test_absent_file(model: A1Transformer3DModel, tmp_path: Path) -> None:
    with pytest.raises(AssetMissingError, match="no adapter"):
        merge_lora(model, tmp_path / "a.safetensors")


def test_absent_peft(
    model: A1Transformer3DModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(_adapter(), tmp_path / "a.safetensors")
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(CapabilityError) as caught:
        merge_lora(model, tmp_path / "a.safetensors")
    assert "a1sdk-dit[lora]" in str(caught.value.hint)


def test_nonsense_in_the_configuration(model: A1Transformer3DModel, tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file(_adapter(), file, {"lora_adapter_metadata": '{"unheard_of": 1}'})
    with pytest.raises(A1Error, match="cannot be applied"):
        merge_lora(model, file)
