"""The device that a component works on."""

from __future__ import annotations

import gc
from contextlib import AbstractContextManager, nullcontext

import torch

from a1sdk.plugin import DeviceUnavailableError


def torch_device(wanted: str) -> torch.device:
    """Return the device of a run: `cpu`, `cuda`, `cuda:1`; `auto` is a GPU if there is one.

    Raises:
        DeviceUnavailableError: the GPU is not there.
    """
    there = torch.cuda.device_count()
    if wanted == "auto":
        return torch.device("cuda:0" if there else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda":
        device = torch.device("cuda", device.index or 0)
        if device.index >= there:
            raise DeviceUnavailableError(
                f"The device {wanted!r} is not there; GPUs that PyTorch sees: {there}.",
                hint="choose device cpu, or install a PyTorch that supports the GPU",
            )
    return device


def current(device: torch.device) -> AbstractContextManager[object]:
    """Return what makes a device the current one of this thread, as long as it lasts.

    Streams and compiled kernels go to the current GPU, wherever their tensors are.
    """
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def free_memory(device: torch.device) -> None:
    """Give back the memory of networks that nobody uses any more.

    Networks with hooks refer to themselves, so they are collected first.
    """
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
