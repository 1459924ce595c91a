"""LoRA adapters of the transformer, merged into its weights.

Merged, an adapter costs nothing in a step, and tables, quantization, compilation and several
devices need not know of it. The merging is peft's, through diffusers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from torch import nn

from a1sdk.plugin import AssetMissingError, CapabilityError, ConfigError
from a1sdk_dit.checkpoint.stored import Stored, label, read_header
from a1sdk_dit.checkpoint.weights import read_tensor
from a1sdk_dit.exhaustion import ran_out

if TYPE_CHECKING:
    from a1sdk_dit.model.transformer import A1Transformer3DModel

_DOWN, _UP, _ALPHA = ".lora_A.weight", ".lora_B.weight", ".alpha"
_PREFIXES = ("transformer.", "base_model.model.", "")
_METADATA = "lora_adapter_metadata"
_HINT = "use an adapter that diffusers or peft saved for SkyReels-A1's transformer"


@dataclass(frozen=True, slots=True)
class Layer:
    """An adapter's tensors for one layer: `up @ down` times `alpha / rank` is added to its weight.

    Attributes:
        down: [rank, inputs].
        up: [outputs, rank].
        alpha: a number; the rank if absent.
    """

    down: Stored
    up: Stored
    alpha: Stored | None


def merge_lora(model: A1Transformer3DModel, path: Path, scale: float = 1.0) -> None:
    """Add an adapter to the weights of the transformer, before they are tabled or quantized.

    Args:
        model: changed in place.
        path: a safetensors file as diffusers or peft write it.
        scale: how strongly, times the strength that the file asks for.

    Raises:
        AssetMissingError: there is no such file.
        CapabilityError: peft is not installed.
        ConfigError: it is no safetensors file, or not all of it is for this transformer.
        ResourceError: it is damaged.
    """
    if path.suffix != ".safetensors":
        raise ConfigError(
            f"The adapter {path.name} is no safetensors file; others can run code and are never"
            " opened.",
            hint="convert it to safetensors",
        )
    if not path.is_file():
        raise AssetMissingError(f"There is no adapter {path}.", hint="see the option `lora`")
    prefix, layers = _read_layers(path)
    for name, layer in layers.items():
        _check_layer(prefix, name, layer, model)
    _require_peft()
    _merge(model, _weights(layers, scale), _metadata(path, prefix), path)


def _read_layers(path: Path) -> tuple[str, dict[str, Layer]]:
    """Return what all names in the file begin with, and the layers by the rest of their names."""
    stored = read_header(path)
    if not stored:
        raise ConfigError(f"The adapter {label(path)} is empty.", hint=_HINT)
    prefix = next(start for start in _PREFIXES if all(name.startswith(start) for name in stored))
    layers = dict.fromkeys(_layer_of(path, name) for name in stored)
    for name in layers:
        for ending in (_DOWN, _UP):
            if name + ending not in stored:
                raise ConfigError(
                    f"Tensor {name + ending!r} is missing from the adapter {label(path)}.",
                    hint=_HINT,
                )
    return prefix, {
        name.removeprefix(prefix): Layer(
            stored[name + _DOWN], stored[name + _UP], stored.get(name + _ALPHA)
        )
        for name in layers
    }


def _layer_of(path: Path, name: str) -> str:
    for ending in (_DOWN, _UP, _ALPHA):
        if name.endswith(ending):
            return name.removesuffix(ending)
    raise ConfigError(
        f"Tensor {name!r} of the adapter {label(path)} is none of a LoRA's.", hint=_HINT
    )


def _check_layer(prefix: str, name: str, layer: Layer, model: nn.Module) -> None:
    found = dict(model.named_modules()).get(name)
    where = f"Tensor {prefix + name + _DOWN!r} of the adapter {label(layer.down.file)}"
    if not isinstance(found, (nn.Linear, nn.Conv2d)):
        raise ConfigError(f"{where} is for a layer that the transformer has not.", hint=_HINT)
    shape = tuple(found.weight.shape)
    rank = layer.down.shape[0]
    if layer.down.shape[1:] != shape[1:] or layer.up.shape[:2] != (shape[0], rank):
        raise ConfigError(
            f"{where} has shape {list(layer.down.shape)}, and the one above it"
            f" {list(layer.up.shape)}; they do not fit the layer's {list(shape)}.",
            hint=_HINT,
        )


def _require_peft() -> None:
    try:
        import peft  # noqa: F401 - diffusers imports it by itself
    except ImportError as error:
        raise CapabilityError(
            "LoRA adapters need peft, which is not installed.",
            hint="install it with `pip install a1sdk-dit[lora]`",
        ) from error


def _weights(layers: Mapping[str, Layer], scale: float) -> dict[str, torch.Tensor]:
    """Return the tensors by the names that peft gives them, strengths multiplied in."""
    weights: dict[str, torch.Tensor] = {}
    for name, layer in layers.items():
        down, up = read_tensor(layer.down).float(), read_tensor(layer.up).float()
        alpha = len(down) if layer.alpha is None else read_tensor(layer.alpha).item()
        weights |= {name + _DOWN: down, name + _UP: up * (scale * alpha / len(down))}
    return weights


def _metadata(path: Path, prefix: str) -> dict[str, Any] | None:
    """Return peft's configuration of the adapter, where the file has it."""
    with safe_open(path, framework="pt") as file:
        text = (file.metadata() or {}).get(_METADATA)
    if text is None:
        return None
    return {key.removeprefix(prefix): value for key, value in json.loads(text).items()}


def _merge(
    model: A1Transformer3DModel,
    weights: Mapping[str, torch.Tensor],
    metadata: Mapping[str, Any] | None,
    path: Path,
) -> None:
    on_device = {name: values.to(model.device) for name, values in weights.items()}
    try:
        # Without low_cpu_mem_usage, peft draws numbers from the process's generator.
        model.load_lora_adapter(on_device, prefix=None, metadata=metadata, low_cpu_mem_usage=True)
    except (TypeError, ValueError, RuntimeError) as error:
        if ran_out(error):
            raise
        raise ConfigError(
            f"The adapter {label(path)} cannot be applied: {error}", hint=_HINT
        ) from error
    model.fuse_lora()
    model.unload_lora()
    model.requires_grad_(False)
