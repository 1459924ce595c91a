"""What onnxruntime runs networks on: its execution providers, by the device of the run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from a1sdk.plugin import CapabilityError

CPU, CUDA, COREML, TENSORRT = (
    f"{name}ExecutionProvider" for name in ("CPU", "CUDA", "CoreML", "Tensorrt")
)
_OF_KIND = {"cuda": CUDA, "mps": COREML, "cpu": CPU}


def device_here(device: str, available: Collection[str]) -> str:
    """Return the device to work on: for `auto` the first that onnxruntime has a provider for."""
    if device != "auto":
        return device
    return next(
        kind for kind, provider in _OF_KIND.items() if provider in available or kind == "cpu"
    )


def providers_for(
    device: str, available: Collection[str], *, tensorrt: bool = False
) -> dict[str, dict[str, Any]]:
    """Return the providers for a device, best first, each with its options.

    Args:
        device: `cpu`, `cuda`, `cuda:1`, `mps`.
        available: what `onnxruntime.get_available_providers` says.
        tensorrt: whether TensorRT is to compile what it can; the rest is CUDA's.

    Raises:
        CapabilityError: onnxruntime has none for it.
    """
    kind, _, number = device.partition(":")
    wanted = [_OF_KIND[kind], CPU] if kind != "cpu" else [CPU]
    if tensorrt:
        wanted.insert(0, TENSORRT)
    if tensorrt and kind != "cuda":
        raise CapabilityError(
            f"TensorRT does not run on device {device!r}.",
            hint="leave the option `tensorrt` out, or choose device cuda",
        )
    missing = [name for name in wanted if name not in available]
    if missing:
        raise CapabilityError(
            f"The installed onnxruntime has no {missing[0]} to work on device {device!r}.",
            hint="choose device cpu"
            if kind == "mps"
            else "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu,"
            " for both unpack into one folder; or choose device cpu",
        )
    card = {"device_id": number or "0"} if kind == "cuda" else {}
    return {name: card if name in (CUDA, TENSORRT) else {} for name in wanted}
