"""The networks of a checkpoint, loaded tensor by tensor.

Every network is built without memory, its tensors are compared with those in the files, and only
then are weights read, each straight into its own memory in the wanted precision. So the host never
holds more than the checkpoint, and one tensor at a time when it goes to a GPU.

`from_pretrained` is not used: it leaves missing weights unset without an error, opens pickles,
rebuilds a precision it was not asked for, and names neither file nor tensor in its errors.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXDPMScheduler
from torch import nn
from transformers import SiglipVisionConfig, SiglipVisionModel

from a1sdk.plugin import ConfigError
from a1sdk_dit.checkpoint.layout import Layout, Part, vision_config
from a1sdk_dit.checkpoint.stored import Stored, Weights, damaged, label, read_json
from a1sdk_dit.model.transformer import A1Transformer3DModel

Scheduler = CogVideoXDDIMScheduler | CogVideoXDPMScheduler

_SCHEDULERS = {kind.__name__: kind for kind in (CogVideoXDDIMScheduler, CogVideoXDPMScheduler)}
_NUMBERS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}
_HINT = "the checkpoint is of another model or version; fetch the release again"


def load_transformer(
    layout: Layout, dtype: torch.dtype, device: str | torch.device
) -> A1Transformer3DModel:
    """Return the transformer in evaluation mode.

    Raises:
        ConfigError: a tensor is missing, unknown or misshaped.
        ResourceError: a file is damaged.
    """
    model = _build_transformer(layout)
    fill(model, layout.transformer.weights, layout.transformer.folder, dtype, device)
    return model


def load_vae(
    part: Part, dtype: torch.dtype, device: str | torch.device, *, decoder: bool
) -> AutoencoderKLCogVideoX:
    """Return a VAE in evaluation mode; without a decoder, its weights are not even read.

    Raises:
        ConfigError: a tensor is missing, unknown or misshaped.
        ResourceError: a file is damaged.
    """
    model = _build(AutoencoderKLCogVideoX, part)
    check(model, part.weights, part.folder)
    weights = part.weights
    if not decoder:
        model.decoder = None
        weights = {name: s for name, s in weights.items() if not name.startswith("decoder.")}
    fill(model, weights, part.folder, dtype, device)
    return model


def load_siglip(
    layout: Layout, dtype: torch.dtype, device: str | torch.device
) -> SiglipVisionModel:
    """Return SigLIP's vision tower without its pooling head, in evaluation mode.

    Raises:
        ConfigError: a tensor is missing, unknown or misshaped.
        ResourceError: a file is damaged.
    """
    model = _build_siglip(layout)
    fill(model, _vision_weights(layout.siglip), layout.siglip.folder, dtype, device)
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
            f"{label(path)} is of scheduler {config.get('_class_name')!r}.",
            hint=f"these can be used: {', '.join(_SCHEDULERS)}",
        )
    scheduler: Scheduler = kind(**_arguments(kind, config, path))
    return scheduler


def verify(layout: Layout) -> None:
    """Compare all tensors of a checkpoint with those of its networks, before any weight is read.

    Raises:
        ConfigError: a tensor is missing, unknown or misshaped.
    """
    check(_build_transformer(layout), layout.transformer.weights, layout.transformer.folder)
    for part in (layout.vae, layout.pose_guider):
        check(_build(AutoencoderKLCogVideoX, part), part.weights, part.folder)
    check(_build_siglip(layout), _vision_weights(layout.siglip), layout.siglip.folder)
    load_scheduler(layout)


def check(model: nn.Module, weights: Weights, folder: Path) -> None:
    """Compare a network's tensors with stored ones: names and shapes.

    Raises:
        ConfigError: a tensor is missing, unknown or misshaped.
    """
    wanted = model.state_dict()
    for name, tensor in wanted.items():
        stored = weights.get(name)
        if stored is None:
            missing = sum(name not in weights for name in wanted)
            files = sorted({label(stored.file) for stored in weights.values()}) or [folder.name]
            raise ConfigError(
                f"Tensor {name!r} is missing from {', '.join(files)}{_more(missing)}.", hint=_HINT
            )
        if stored.shape != tuple(tensor.shape):
            raise ConfigError(
                f"Tensor {name!r} of {label(stored.file)} has shape {list(stored.shape)}, not"
                f" {list(tensor.shape)}.",
                hint=_HINT,
            )
    unknown = [name for name in weights if name not in wanted]
    if unknown:
        raise ConfigError(
            f"Tensor {unknown[0]!r} of {label(weights[unknown[0]].file)} has no place in"
            f" {type(model).__name__}{_more(len(unknown))}.",
            hint=_HINT,
        )


def fill(
    model: nn.Module,
    weights: Weights,
    folder: Path,
    dtype: torch.dtype,
    device: str | torch.device,
) -> None:
    """Give a network built without memory its weights, and set it to evaluation.

    Args:
        model: on the meta device.
        weights: its tensors in files.
        folder: the network's, for messages.
        dtype: numbers of the weights in memory.
        device: where they go.

    Raises:
        ConfigError: a tensor is missing, unknown or misshaped.
        ResourceError: a file is damaged.
    """
    check(model, weights, folder)
    by_place = sorted(weights.items(), key=lambda item: (item[1].file, item[1].offset))
    for name, stored in by_place:
        _assign(model, name, read_tensor(stored).to(device, dtype))
    model.requires_grad_(False).eval()


def read_tensor(stored: Stored) -> torch.Tensor:
    """Return a stored tensor in memory of its own.

    Files are read, not mapped: a mapped file that is cut short or on a disk that goes away ends
    the process, and its pages count as memory next to the tensor's own.

    Raises:
        ResourceError: the file is shorter than it was.
    """
    raw = torch.empty(stored.size, dtype=torch.uint8)
    with stored.file.open("rb") as file:
        file.seek(stored.offset)
        if file.readinto(memoryview(raw.numpy())) != stored.size:
            raise damaged(stored.file, "it became shorter while it was read")
    return raw.view(_NUMBERS[stored.numbers]).reshape(stored.shape)


def _assign(model: nn.Module, name: str, values: torch.Tensor) -> None:
    path, _, leaf = name.rpartition(".")
    owner = model.get_submodule(path)
    if leaf in owner._buffers:
        owner.register_buffer(leaf, values)
    else:
        owner.register_parameter(leaf, nn.Parameter(values, requires_grad=False))


def _more(count: int) -> str:
    return f", and {count - 1} more" if count > 1 else ""


def _build_transformer(layout: Layout) -> A1Transformer3DModel:
    fixed = {
        "identity_width": layout.identity_width,
        "max_text_seq_length": layout.identity_tokens,
    }
    part = layout.transformer
    config = _arguments(A1Transformer3DModel.__base__, part.config, part.folder / "config.json")
    with torch.device("meta"):
        return A1Transformer3DModel(**{**config, **fixed})


def _build(kind: type[AutoencoderKLCogVideoX], part: Part) -> AutoencoderKLCogVideoX:
    with torch.device("meta"):
        return kind(**_arguments(kind, part.config, part.folder / "config.json"))


def _build_siglip(layout: Layout) -> SiglipVisionModel:
    config = {**vision_config(layout.siglip), "vision_use_head": False}
    with torch.device("meta"):
        return SiglipVisionModel(SiglipVisionConfig(**config))


def _vision_weights(siglip: Part) -> dict[str, Stored]:
    """Return what the vision tower needs of a model of one or two towers, by its own names.

    The text tower, the scale of their comparison and the pooling head are left out.
    """
    left_out = ("text_model.", "logit_", "head.")
    named = {name.removeprefix("vision_model."): s for name, s in siglip.weights.items()}
    return {name: stored for name, stored in named.items() if not name.startswith(left_out)}


def _arguments(kind: Any, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return a configuration as arguments; an unknown field might change what is computed."""
    known = inspect.signature(kind.__init__).parameters
    given = {name: value for name, value in config.items() if not name.startswith("_")}
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise ConfigError(
            f"{label(path)} has the field {unknown[0]!r}, which {kind.__name__} does not know.",
            hint=_HINT,
        )
    return given
