"""Stored tensors into networks, one at a time.

A network is built without memory, its tensors are compared with those in the files, and only then
are weights read, each into memory of its own in the wanted precision. So the host never holds more
than the checkpoint, and one tensor at a time when it goes to a GPU.
"""

from __future__ import annotations

import torch
from torch import nn

from a1sdk.plugin import ConfigError
from a1sdk_dit.checkpoint.layout import Part
from a1sdk_dit.checkpoint.stored import Stored, damaged, label

_NUMBERS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}
_HINT = "the checkpoint is of another model or version; fetch the release again"


def check(model: nn.Module, part: Part) -> None:
    """Compare a network's tensors with stored ones, by name, shape and kind of numbers.

    Raises:
        ConfigError: a tensor is missing, unknown, misshaped or quantized.
    """
    wanted = model.state_dict()
    missing = [name for name in wanted if name not in part.weights]
    if missing:
        raise ConfigError(
            f"Tensor {missing[0]!r} is missing from {part.files}{_more(missing)}.", hint=_HINT
        )
    unknown = [name for name in part.weights if name not in wanted]
    if unknown:
        raise ConfigError(
            f"Tensor {unknown[0]!r} of {label(part.weights[unknown[0]].file)} has no place in the"
            f" network{_more(unknown)}.",
            hint=_HINT,
        )
    for name, tensor in wanted.items():
        _check_one(name, part.weights[name], tuple(tensor.shape))


def _check_one(name: str, stored: Stored, shape: tuple[int, ...]) -> None:
    if stored.shape != shape:
        raise ConfigError(
            f"Tensor {name!r} of {label(stored.file)} has shape {list(stored.shape)}, not"
            f" {list(shape)}.",
            hint=_HINT,
        )
    if stored.numbers not in _NUMBERS:
        raise ConfigError(
            f"Tensor {name!r} of {label(stored.file)} has numbers of type {stored.numbers}, not"
            " float32, float16 or bfloat16.",
            hint="use the release, and the option `quantize`",
        )


def fill(model: nn.Module, part: Part, dtype: torch.dtype, device: str | torch.device) -> None:
    """Give a network that was built on the meta device its weights, and set it to evaluation.

    Args:
        model: on the meta device.
        part: its tensors.
        dtype: numbers of the weights in memory.
        device: where they go.

    Raises:
        ConfigError: a tensor is missing, unknown, misshaped or quantized.
        ResourceError: a file is damaged.
    """
    check(model, part)
    for name, stored in sorted(part.weights.items(), key=lambda item: _place(item[1])):
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
        if file.readinto(raw.numpy().data) != stored.size:
            raise damaged(stored.file, "it became shorter while it was read")
    return raw.view(_NUMBERS[stored.numbers]).reshape(stored.shape)


def _assign(model: nn.Module, name: str, values: torch.Tensor) -> None:
    path, _, leaf = name.rpartition(".")
    owner = model.get_submodule(path)
    if leaf in owner._buffers:
        owner.register_buffer(leaf, values)
    else:
        owner.register_parameter(leaf, nn.Parameter(values, requires_grad=False))


def _place(stored: Stored) -> tuple[str, int]:
    return str(stored.file), stored.offset


def _more(names: list[str]) -> str:
    return f", and {len(names) - 1} more" if len(names) > 1 else ""
