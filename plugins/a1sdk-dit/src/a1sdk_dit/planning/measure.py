"""How quick a device is, measured on it in a fraction of a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from diffusers.models.attention_dispatch import dispatch_attention_fn
from torch.nn import functional

from a1sdk_dit.acceleration import NUMBERS
from a1sdk_dit.device import free_memory
from a1sdk_dit.exhaustion import ran_out
from a1sdk_dit.kernels import attention_backend
from a1sdk_dit.planning.choice import precision_of
from a1sdk_dit.planning.device import Device, Throughput

if TYPE_CHECKING:
    from a1sdk_dit.options import Attention, RendererOptions

_BUDGET = 0.05
"""Seconds for each measurement, after one call that is not counted."""

_HEAD = 64


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How large the work is that is timed: enough to keep the device busy, and no more.

    Attributes:
        tokens: rows of the matrix product.
        width: columns of it; a quarter of those of its result.
        attended: tokens that attend to each other.
        pixels: height and width of what is convolved, 8 frames of it.
        channels: channels of it.
        moved: numbers that are copied.
    """

    tokens: int
    width: int
    attended: int
    pixels: int
    channels: int
    moved: int


_GPU = _Sizes(8192, 3072, 8192, 192, 256, 1 << 27)
_CPU = _Sizes(256, 768, 512, 32, 32, 1 << 22)


def measure(device: torch.device, dtype: torch.dtype, attention: Attention) -> Throughput:
    """Return what the device does in a second, on work like that of the networks.

    Raises:
        CapabilityError: the kernel of the attention does not work there.
        OutOfMemoryError: not even this fits, as PyTorch reports it.
    """
    cuda = device.type == "cuda"
    sizes = _GPU if cuda else _CPU
    with torch.no_grad():
        return Throughput(
            linear=_linear(sizes, device, dtype),
            attention=_attention(sizes, device, dtype, attention),
            convolution=_convolution(sizes, device, dtype),
            memory=_memory(sizes, device, dtype),
            transfer=_transfer(sizes, device, dtype),
        )


def measured(device: Device, where: torch.device, options: RendererOptions) -> Device:
    """Return a device that is here with its throughput, as a renderer with these options has it.

    Where other programs leave too little memory for measuring, it stays unknown.

    Raises:
        CapabilityError: the kernel of the attention does not work there.
    """
    dtype = NUMBERS[precision_of(options, device)]
    try:
        throughput = measure(where, dtype, options.attention)
    except RuntimeError as error:
        if not ran_out(error):
            raise
        return device
    finally:
        free_memory(where)
    return replace(device, throughput=throughput)


def _linear(sizes: _Sizes, device: torch.device, dtype: torch.dtype) -> float:
    rows = torch.randn(sizes.tokens, sizes.width, device=device, dtype=dtype)
    weight = torch.randn(4 * sizes.width, sizes.width, device=device, dtype=dtype)
    operations = 8 * sizes.tokens * sizes.width**2
    return operations / _seconds(lambda: functional.linear(rows, weight), device)


def _attention(sizes: _Sizes, device: torch.device, dtype: torch.dtype, wanted: Attention) -> float:
    backend = attention_backend(wanted, device, dtype, _HEAD)
    heads = sizes.width // _HEAD
    tokens = torch.randn(1, sizes.attended, heads, _HEAD, device=device, dtype=dtype)
    operations = 4 * sizes.attended**2 * sizes.width
    return operations / _seconds(
        lambda: dispatch_attention_fn(tokens, tokens, tokens, backend=backend), device
    )


def _convolution(sizes: _Sizes, device: torch.device, dtype: torch.dtype) -> float:
    frames, side, channels = 8, sizes.pixels, sizes.channels
    pictures = torch.randn(1, channels, frames + 2, side, side, device=device, dtype=dtype)
    kernel = torch.randn(channels, channels, 3, 3, 3, device=device, dtype=dtype)
    if device.type == "cuda":  # as `prepare_vae` does
        kernel = kernel.to(memory_format=torch.channels_last_3d)
    operations = 2 * 27 * channels**2 * frames * side**2
    return operations / _seconds(
        lambda: functional.conv3d(pictures, kernel, padding=(0, 1, 1)), device
    )


def _memory(sizes: _Sizes, device: torch.device, dtype: torch.dtype) -> float:
    numbers = torch.randn(sizes.moved, device=device, dtype=dtype)
    moved = 2 * numbers.numel() * numbers.element_size()
    return moved / _seconds(lambda: numbers + 1, device)


def _transfer(sizes: _Sizes, device: torch.device, dtype: torch.dtype) -> float:
    numbers = torch.zeros(sizes.moved // 2, dtype=dtype)
    if device.type == "cuda":
        numbers = numbers.pin_memory()
    moved = numbers.numel() * numbers.element_size()
    return moved / _seconds(lambda: numbers.to(device, copy=True, non_blocking=True), device)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """Return how long one call takes, the mean of as many as the budget holds."""
    work()
    _wait(device)
    start, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - start < _BUDGET:
        work()
        _wait(device)
        calls += 1
    return (time.perf_counter() - start) / calls


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
