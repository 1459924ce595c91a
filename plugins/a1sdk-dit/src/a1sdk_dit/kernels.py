"""Which kernel computes the attention, tried before it is relied on."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn

from a1sdk.plugin import CapabilityError
from a1sdk_dit.exhaustion import ran_out

if TYPE_CHECKING:
    from a1sdk_dit.options import Attention

_BACKENDS: dict[Attention, AttentionBackendName] = {
    "native": AttentionBackendName.NATIVE,
    "math": AttentionBackendName._NATIVE_MATH,
    "efficient": AttentionBackendName._NATIVE_EFFICIENT,
    "flash": AttentionBackendName._NATIVE_FLASH,
    "cudnn": AttentionBackendName._NATIVE_CUDNN,
}

_HOPPER = (9, 0)
"""Compute capability from which cuDNN's kernels are the quickest of PyTorch's."""


def attention_backend(
    wanted: Attention, device: torch.device, dtype: torch.dtype, head_dim: int
) -> AttentionBackendName:
    """Return the kernel to use; `auto` is the quickest that works, `native` is PyTorch's choice.

    Raises:
        CapabilityError: the wanted kernel does not work here.
    """
    if wanted == "auto":
        wanted = "native"
        if _prefers_cudnn(device) and _failure("cudnn", device, dtype, head_dim) is None:
            wanted = "cudnn"
    elif (failure := _failure(wanted, device, dtype, head_dim)) is not None:
        raise CapabilityError(
            f"The attention kernel {wanted!r} does not work on {device} with numbers of {head_dim}"
            f" per head in {str(dtype).removeprefix('torch.')}.",
            hint="set attention to auto",
        ) from failure
    return _BACKENDS[wanted]


def _prefers_cudnn(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= _HOPPER


@torch.no_grad()
def _failure(
    name: Attention, device: torch.device, dtype: torch.dtype, head_dim: int
) -> Exception | None:
    """Return what goes wrong in a small attention; None if it works."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(1, 33, 2, head_dim, generator=generator).to(device, dtype)
    try:
        with warnings.catch_warnings(action="ignore"):  # PyTorch's, about each kernel it rules out
            seen = dispatch_attention_fn(tokens, tokens, tokens, backend=_BACKENDS[name])
        worked = bool(torch.isfinite(seen).all())
    except (RuntimeError, ValueError, ImportError, NotImplementedError) as error:
        if ran_out(error):
            raise
        return error
    return None if worked else ArithmeticError("the result is not finite")
