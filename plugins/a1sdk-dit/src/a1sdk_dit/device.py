"""The device that a component works on."""

from __future__ import annotations

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
