"""The networks and the scheduler of a checkpoint.

`from_pretrained` is not used: it leaves missing weights unset without an error, opens pickles,
loads a precision it was not asked for, and names neither file nor tensor in its errors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXTransformer3DModel,
)
from transformers import SiglipVisionConfig, SiglipVisionModel

from a1sdk.plugin import ConfigError
from a1sdk_dit.checkpoint.layout import Layout, Part, vision_config
from a1sdk_dit.checkpoint.stored import label, read_json
from a1sdk_dit.checkpoint.weights import check, fill
from a1sdk_dit.model.transformer import A1Transformer3DModel

T = TypeVar("T")
Scheduler: TypeAlias = CogVideoXDDIMScheduler | CogVideoXDPMScheduler

_SCHEDULERS = {kind.__name__: kind for kind in (CogVideoXDDIMScheduler, CogVideoXDPMScheduler)}
_TOWER = frozenset(
    {
        "attention_dropout",
        "hidden_act",
        "hidden_size",
        "image_size",
        "intermediate_size",
        "layer_norm_eps",
        "num_attention_heads",
        "num_channels",
        "num_hidden_layers",
        "patch_size",
    }
)
_HINT = "the checkpoint is of another model or version; fetch the release again"


def load_transformer(
    layout: Layout, dtype: torch.dtype, device: str | torch.device
) -> A1Transformer3DModel:
    """Return the transformer in evaluation mode.

    Raises:
        ConfigError: a tensor is missing, unknown, misshaped or quantized.
        ResourceError: a file is damaged.
    """
    model = _build_transformer(layout)
    fill(model, layout.transformer, dtype, device)
    return model


def load_vae(
    part: Part, dtype: torch.dtype, device: str | torch.device, *, decoder: bool
) -> AutoencoderKLCogVideoX:
    """Return a VAE in evaluation mode; without a decoder, its weights are not even read.

    Raises:
        ConfigError: a tensor is missing, unknown, misshaped or quantized.
        ResourceError: a file is damaged.
    """
    model = _build_vae(part)
    if not decoder:
        check(model, part)
        model.decoder = None
        kept = {k: stored for k, stored in part.weights.items() if not k.startswith("decoder.")}
        part = replace(part, weights=kept)
    fill(model, part, dtype, device)
    return model


def load_siglip(
    layout: Layout, dtype: torch.dtype, device: str | torch.device
) -> SiglipVisionModel:
    """Return SigLIP's vision tower without its pooling head, in evaluation mode.

    Raises:
        ConfigError: a tensor is missing, unknown, misshaped or quantized.
        ResourceError: a file is damaged.
    """
    model = _build_siglip(layout.siglip)
    fill(model, _vision_part(layout.siglip), dtype, device)
    places = torch.arange(model.embeddings.num_positions, device=device)
    model.embeddings.position_ids = places.expand((1, -1))
    return model


def load_scheduler(layout: Layout, override: Path | None = None) -> Scheduler:
    """Return the scheduler that the checkpoint's configuration names, or that of another file.

    Raises:
        AssetMissingError: there is no such file.
        ConfigError: it is the configuration of another scheduler, or has unknown fields.
    """
    path = override or layout.scheduler
    config = read_json(path)
    kind = _SCHEDULERS.get(str(config.get("_class_name")))
    if kind is None:
        raise ConfigError(
            f"{label(path)} is of the scheduler {config.get('_class_name')!r}.",
            hint=f"these can be used: {', '.join(_SCHEDULERS)}",
        )
    arguments = _arguments(kind, config, path)
    try:
        return kind(**arguments)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ConfigError(f"{label(path)} describes no scheduler: {error}", hint=_HINT) from error


def verify(layout: Layout) -> None:
    """Compare all tensors of a checkpoint with those of its networks, before any weight is read.

    Raises:
        ConfigError: a tensor is missing, unknown, misshaped or quantized; a configuration has
            unknown fields.
    """
    check(_build_transformer(layout), layout.transformer)
    for part in (layout.vae, layout.pose_guider):
        check(_build_vae(part), part)
    check(_build_siglip(layout.siglip), _vision_part(layout.siglip))
    load_scheduler(layout)


def _build_transformer(layout: Layout) -> A1Transformer3DModel:
    """Return the transformer with as many likeness tokens as there are stored positions for.

    The configuration's number of them is that of CogVideoX's text.
    """
    path = layout.transformer.folder / "config.json"
    config = _arguments(CogVideoXTransformer3DModel, layout.transformer.config, path)
    config |= {
        "identity_width": layout.identity_width,
        "max_text_seq_length": layout.identity_tokens,
    }
    return _on_meta(lambda: A1Transformer3DModel(**config), path)


def _build_vae(part: Part) -> AutoencoderKLCogVideoX:
    path = part.folder / "config.json"
    config = _arguments(AutoencoderKLCogVideoX, part.config, path)
    return _on_meta(lambda: AutoencoderKLCogVideoX(**config), path)


def _build_siglip(part: Part) -> SiglipVisionModel:
    """Return the tower that a configuration describes; what it says beyond that is not followed.

    transformers would also take from it which kernel to fetch from a hub.
    """
    config = {name: v for name, v in vision_config(part).items() if name in _TOWER}
    return _on_meta(
        lambda: SiglipVisionModel(
            SiglipVisionConfig(**config, vision_use_head=False, attn_implementation="sdpa")
        ),
        part.folder / "config.json",
    )


def _on_meta(build: Callable[[], T], path: Path) -> T:
    """Build a network without memory for its weights."""
    try:
        with torch.device("meta"):
            return build()
    except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{label(path)} describes no network: {error}", hint=_HINT) from error


def _vision_part(siglip: Part) -> Part:
    """Return what the vision tower needs of a model of one or two towers, by its own names.

    The text tower, the scale of their comparison and the pooling head are left out.
    """
    left_out = ("text_model.", "logit_", "head.")
    named = {name.removeprefix("vision_model."): s for name, s in siglip.weights.items()}
    kept = {name: stored for name, stored in named.items() if not name.startswith(left_out)}
    return replace(siglip, weights=kept)


def _arguments(kind: type, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return a configuration as arguments; an unknown field might change what is computed."""
    known = inspect.signature(kind).parameters
    given = {name: value for name, value in config.items() if not name.startswith("_")}
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise ConfigError(
            f"{label(path)} has the field {unknown[0]!r}, which {kind.__name__} does not know.",
            hint=_HINT,
        )
    return given
