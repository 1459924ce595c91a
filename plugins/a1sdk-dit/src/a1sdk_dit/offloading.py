"""Blocks of the transformer that wait on the host, and come to the device one by one.

The work is done by diffusers' group offloading. What is done here besides is what it leaves to
chance: the order of the blocks, which it would find out while hooks that skip steps lie over its
own, and the host's memory, of which pinned tensors take much more than they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from diffusers.hooks import apply_group_offloading
from torch import nn

from a1sdk_dit.device import current

if TYPE_CHECKING:
    from a1sdk_dit.model.transformer import A1Transformer3DModel

_HOOK, _LAZY, _TRACKER = (
    "group_offloading",
    "lazy_prefetch_group_offloading",
    "layer_execution_tracker",
)
"""Names by which diffusers' hooks are found."""

_ALIGNMENT = 256
"""Bytes at whose multiples tensors begin, as PyTorch's allocators place them."""


def offload(transformer: A1Transformer3DModel, device: torch.device) -> None:
    """Keep the blocks on the host; each comes to the device when its turn nears.

    diffusers would send all other layers to the host as well after each evaluation; they are few,
    and the likeness is embedded with some of them between evaluations. So they stay.
    """
    streams = device.type == "cuda"
    if streams:
        for block in transformer.transformer_blocks:
            _pin(block)
    with current(device):  # whose stream diffusers will take
        apply_group_offloading(
            transformer,
            onload_device=device,
            offload_type="block_level",
            num_blocks_per_group=1,
            use_stream=streams,
            record_stream=streams,
        )
    others = transformer._diffusers_hook.get_hook(_HOOK).group
    others.offload_leader = None
    others.onload_()
    if streams:
        _fix_order(transformer)
        _part_from_pinned(transformer)


def _fix_order(transformer: A1Transformer3DModel) -> None:
    """Say in which order blocks come, instead of having it traced by the first evaluation.

    After tracing, diffusers takes its tracing hooks off, and with them, unintended, the part of
    the hooks above that skips steps (its `HookRegistry.remove_hook`).
    """
    blocks = list(transformer.transformer_blocks)
    transformer._diffusers_hook.remove_hook(_LAZY, recurse=False)
    for block in blocks:
        block._diffusers_hook.remove_hook(_TRACKER, recurse=False)
    hooks = [module._diffusers_hook.get_hook(_HOOK) for module in (transformer, *blocks)]
    for hook, following in pairwise(hooks):
        hook.next_group = following.group
        following.group.onload_self = False
        following.group.non_blocking = True


def _part_from_pinned(transformer: A1Transformer3DModel) -> None:
    """Let a group's quantized tensors on the host be others than those that go to the device.

    Of tensors that are pinned already diffusers keeps the very same, and would lose them with the
    first exchange.
    """
    for block in transformer.transformer_blocks:
        kept = block._diffusers_hook.get_hook(_HOOK).group.cpu_param_dict
        kept |= {values: source.detach() for values, source in kept.items() if values is source}


def _pin(block: nn.Module) -> None:
    """Move a block's weights into one piece of pinned memory.

    PyTorch rounds every pinned piece up to a power of two: 1.8 times the memory, tensor by tensor.
    Done block by block, so that the host never holds all of them twice.
    """
    places = list(_places(block))
    sizes = [-(-value.nbytes // _ALIGNMENT) * _ALIGNMENT for _, _, value in places]
    whole = _pinned(sum(sizes))
    for (owner, name, _), piece in zip(places, torch.split(whole, sizes), strict=True):
        value = getattr(owner, name)
        moved = piece[: value.nbytes].view(value.dtype).view(value.shape)
        setattr(owner, name, moved.copy_(value))


def _places(block: nn.Module) -> Iterator[tuple[object, str, torch.Tensor]]:
    """Yield where a block's tensors are: the parts of quantized ones, or the data of parameters."""
    for values in (*block.parameters(), *block.buffers()):
        parts = getattr(values, "tensor_data_names", None)
        for name in ("data",) if parts is None else parts:
            yield values, name, getattr(values, name)


def _pinned(size: int) -> torch.Tensor:
    """Return so many bytes of the host's memory that a GPU can copy by itself."""
    return torch.empty(size, dtype=torch.uint8, pin_memory=True)
