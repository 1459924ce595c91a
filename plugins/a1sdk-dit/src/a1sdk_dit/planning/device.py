"""What a device has, as far as plans depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk.plugin import DeviceUnavailableError

if TYPE_CHECKING:
    import torch

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Throughput:
    """What a device does in a second, measured on it or stated.

    Attributes:
        linear: operations of large matrix products.
        attention: operations of attention.
        convolution: operations of three-dimensional convolutions.
        memory: bytes of its memory that are read or written.
        transfer: bytes that come to it from the host's memory.
    """

    linear: float
    attention: float
    convolution: float
    memory: float
    transfer: float


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is here, or one that is only thought of.

    Attributes:
        kind: `cuda` or `cpu`.
        memory: bytes that can be had of it; None where that is not known.
        host: bytes that can be had of the host's memory; None where that is not known.
        throughput: how quick it is, where that is known.
    """

    kind: str
    memory: int | None = None
    host: int | None = None
    throughput: Throughput | None = None

    @classmethod
    def card(cls, gigabytes: int) -> Device:
        """Return a GPU as it is sold: a twentieth of it is taken by the driver and by CUDA."""
        return cls("cuda", int(gigabytes * GIB * 0.95))


def find(name: str, memory: int | None = None) -> Device:
    """Return what is known of a device that is here, without its throughput.

    Args:
        name: `cpu`, `cuda`, `cuda:1`, or `auto` for a GPU where there is one.
        memory: bytes that it is to be taken to have, instead of what is free.

    Raises:
        DeviceUnavailableError: it is not here, and `memory` does not say what it would have.
    """
    kind = name.partition(":")[0]
    if kind == "cuda" and memory is not None:
        return Device(kind, memory, free_host_memory())
    if kind == "cpu":
        free = free_host_memory() if memory is None else memory
        return Device("cpu", free, free)
    import torch

    if kind == "auto":
        return find("cuda" if torch.cuda.is_available() else "cpu", memory)
    return Device(kind, _free(torch.device(name)), free_host_memory())


def smallest(names: Sequence[str]) -> Device:
    """Return of several devices that are here the one with the least memory; see `find`."""
    return min((find(name) for name in names), key=lambda device: device.memory or 0)


def _free(device: torch.device) -> int:
    """Return the bytes of a GPU that are free, those included that PyTorch keeps for later."""
    import torch

    try:
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    except (RuntimeError, AssertionError, ValueError) as error:
        raise DeviceUnavailableError(
            f"The device {str(device)!r} is not on this machine.",
            hint="name another device; `cpu` always works, slowly",
        ) from error


def free_host_memory() -> int | None:
    """Return the bytes of the host's memory that programs can still have, where the system says."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
