"""Devices that share the work: which they are, and whether they are there."""

from __future__ import annotations

from collections.abc import Sequence

from a1sdk.plugin import CapabilityError, DeviceUnavailableError


def devices_from(device: str, count: int) -> tuple[str, ...]:
    """Return `count` devices of the kind of `device`, which comes first.

    On GPUs they are that one and those after it, going round: `cuda:1` of two gives `cuda:1` and
    `cuda:0`. The CPU gives itself, `count` times: that is slower than once, and is for tests.

    Raises:
        DeviceUnavailableError: fewer GPUs are there.
        CapabilityError: the kind of device cannot share.
    """
    kind, _, number = device.partition(":")
    if count == 1 or kind == "cpu":
        return (device,) * count
    if kind != "cuda":
        raise CapabilityError(
            f"Several devices of kind {kind!r} cannot share the work.", hint="set gpus to 1"
        )
    there = _gpus()
    if count > there:
        raise DeviceUnavailableError(
            f"{count} GPUs were asked for, {there} are there.", hint=f"set gpus to {max(there, 1)}"
        )
    first = int(number or 0)
    return tuple(f"cuda:{(first + further) % there}" for further in range(count))


def check_devices(devices: Sequence[str]) -> None:
    """Check devices that somebody listed: one kind, all there, no GPU twice.

    Raises:
        DeviceUnavailableError: a GPU is not there.
        CapabilityError: they cannot share the work.
    """
    kinds = {device.partition(":")[0] for device in devices}
    if kinds == {"cpu"}:
        return
    if kinds != {"cuda"} or len(set(devices)) < len(devices):
        raise CapabilityError(
            f"These devices cannot share the work: {', '.join(devices)}.",
            hint="name GPUs, each once: cuda:0, cuda:1",
        )
    there = _gpus()
    absent = [d for d in devices if int(d.partition(":")[2] or 0) >= there]
    if absent:
        raise DeviceUnavailableError(
            f"{', '.join(absent)} is not there; GPUs that are: {there}.", hint="use fewer gpus"
        )


def _gpus() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0
