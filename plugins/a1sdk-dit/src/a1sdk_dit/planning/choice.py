"""Chooses how to render on a device, before anything is loaded.

There is a ladder of choices, from the quickest to the smallest. What the options leave open is
decided by the first rung that fits; `advice` names one below where that is too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal

from a1sdk.plugin import ConfigError
from a1sdk_dit import profiles
from a1sdk_dit.parallel.split import UNSHARED, Split, unshared_blocks, unshared_kernel
from a1sdk_dit.planning.memory import Memory, Networks, predict
from a1sdk_dit.planning.placement import Placed, Placement

if TYPE_CHECKING:
    from a1sdk_dit.options import RendererOptions
    from a1sdk_dit.planning.device import Device
    from a1sdk_dit.sampling.settings import SamplingSettings


@dataclass(frozen=True, slots=True)
class Plan:
    """How a clip is rendered, and the memory that this takes.

    Attributes:
        placement: how the networks lie on the device.
        settings: how the clip is sampled.
        memory: what that takes.
        fits: whether the device has it; None where that is not known.
    """

    placement: Placement
    settings: SamplingSettings
    memory: Memory
    fits: bool | None

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen, by the names of options."""
        return {
            "memory": self.placement.memory,
            "tiling": "on" if self.settings.tiled else "off",
            "windows_at_once": str(self.settings.windows_at_once),
            "quantize": self.placement.quantize,
        }


def choose(options: RendererOptions, device: Device, networks: Networks) -> Plan:
    """Return the quickest plan that the options allow and that fits, or else the smallest.

    Args:
        options: what the user decided.
        device: where to render.
        networks: what to render with.

    Raises:
        CapabilityError: so many devices cannot share the work, or not with these options.
        ConfigError: the options contradict each other.
    """
    if options.gpus > 1:
        _check_group(options, networks)
    for plan in ladder(options, device, networks):
        if plan.fits is not False:
            break
    return plan


def _check_group(options: RendererOptions, networks: Networks) -> None:
    """Say before anything is loaded what the ranks of a group would find out after it."""
    if options.memory == "offload":
        raise ConfigError(
            f"Weights cannot be offloaded where {options.gpus} gpus share the work.",
            hint="set memory to auto, or gpus to 1",
        )
    settings = profiles.sampling(options, options.profile, windows_at_once=1, tiled=False)
    split = Split.of(options.gpus, guided=settings.guided_steps > 0)
    split.check(networks.transformer.heads, networks.transformer.identity)
    if split.context > 1 and options.compile:
        raise unshared_blocks()
    if split.context > 1 and options.attention in UNSHARED:
        raise unshared_kernel(options.attention)


def ladder(options: RendererOptions, device: Device, networks: Networks) -> Iterator[Plan]:
    """Yield what the options allow, from the quickest to the smallest."""
    unified = device.kind == "cpu"
    for memory, tiled, together in _rungs(options, unified=unified):
        placement = Placement(
            precision=precision_of(options, device),
            memory=memory,
            quantize=options.quantize,
            attention=options.attention,
            compile=options.compile,
        )
        settings = profiles.sampling(
            options, options.profile, windows_at_once=together, tiled=tiled
        )
        needs = predict(networks, placement, settings, unified=unified)
        needs = replace(needs, host=needs.host * options.gpus)  # each has a process
        yield Plan(placement, settings, needs, _fits(needs, device))


def _rungs(options: RendererOptions, *, unified: bool) -> Iterator[tuple[Placed, bool, int]]:
    """Yield where weights are, whether pictures are tiled, and how many windows go together.

    A table in place of layers costs nothing, so it is always taken. Tiles come before offloading
    because they take less time, known beforehand, on every machine.
    """
    alone = unified or options.gpus > 1  # ranks of a group keep their weights
    memories: tuple[Placed, ...] = ("tabled",) if alone else ("tabled", "offload")
    if options.memory != "auto":
        memories = (options.memory,)
    tilings = {"on": (True,), "off": (False,), "auto": (False, True)}[options.tiling]
    if options.sampling == "reference" and options.tiling == "auto":
        tilings = (True,)  # as the released scripts do
    yield from product(memories, tilings, range(options.windows_at_once, 0, -1))


def precision_of(options: RendererOptions, device: Device) -> Literal["bf16", "fp32"]:
    """Return the numbers of the networks on a device."""
    if options.precision == "auto":
        return "bf16" if device.kind == "cuda" else "fp32"
    return options.precision


def _fits(memory: Memory, device: Device) -> bool | None:
    if device.memory is None:
        return None
    host = device.host is None or memory.host <= device.host
    return memory.peak <= device.memory and host
