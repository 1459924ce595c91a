"""Context parallelism: several ranks share one forward pass, each with a part of the tokens.

It is diffusers' Ulysses attention for any number of tokens (likeness tokens are odd in number),
set up by hand: `enable_parallelism` divides by the number of accelerators, which fails on the CPU,
and trusts kernels that ignore it, whose results are then silently wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from diffusers import ContextParallelConfig
from diffusers.hooks.context_parallel import apply_context_parallel, remove_context_parallel
from diffusers.models._modeling_parallel import ParallelConfig
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

from a1sdk_dit.parallel.split import unshared_blocks, unshared_kernel

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

    from a1sdk_dit.model.transformer import A1Transformer3DModel


@contextmanager
def context_parallel(
    transformer: A1Transformer3DModel, mesh: DeviceMesh, device: torch.device
) -> Iterator[None]:
    """Share each forward pass with the ranks along the mesh's dimension `ulysses`.

    All of them have to call the transformer with the same input, and get the whole result. It is
    set up after kernels and compiled blocks. Leaving takes it off again, and with it what skips
    steps: diffusers cannot take hooks off from under those of that.

    Raises:
        CapabilityError: the transformer's attention kernel cannot share, or it is compiled.
    """
    _check_kernel(transformer)
    _check_blocks(transformer)
    size = mesh["ulysses"].size()
    config = ParallelConfig(
        context_parallel_config=ContextParallelConfig(ulysses_degree=size, ulysses_anything=True)
    )
    config.setup(mesh["ulysses"].get_local_rank(), size, device, mesh=mesh)
    _configure(transformer, config)
    apply_context_parallel(transformer, config.context_parallel_config, transformer._cp_plan)
    try:
        yield
    finally:
        if transformer.is_cache_enabled:
            transformer.disable_cache()
        remove_context_parallel(transformer, transformer._cp_plan)
        _configure(transformer, None)


def _configure(transformer: A1Transformer3DModel, config: ParallelConfig | None) -> None:
    for processor in transformer.attn_processors.values():
        processor._parallel_config = config


def _check_kernel(transformer: A1Transformer3DModel) -> None:
    for processor in transformer.attn_processors.values():
        kernel = AttentionBackendName(processor._attention_backend)
        if not _AttentionBackendRegistry._is_context_parallel_available(kernel):
            raise unshared_kernel(kernel.value.lstrip("_"))


def _check_blocks(transformer: A1Transformer3DModel) -> None:
    """Check that no block is compiled."""
    if any(
        hasattr(b.forward, "_torchdynamo_orig_callable") for b in transformer.transformer_blocks
    ):
        raise unshared_blocks()
