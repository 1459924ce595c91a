"""What to do where a plan does not fit: other options, or a larger card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from a1sdk.plugin import OutOfMemoryError
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.planning.choice import Plan, choose, ladder
from a1sdk_dit.planning.device import GIB, Device

if TYPE_CHECKING:
    from a1sdk_dit.planning.memory import Networks

CARDS = (12, 16, 24, 48, 80)
"""Sizes that GPUs are sold with, in GB."""

_FREE: dict[str, object] = {"memory": "auto", "tiling": "auto", "windows_at_once": 1}
_CONCESSIONS: tuple[dict[str, object], ...] = ({}, _FREE, {**_FREE, "quantize": "int8"})
"""What is given up, one after the other: nothing, speed, exactness."""

_LESS = 0.95
"""How much of what was too much is worth another try."""


def advise(
    plan: Plan,
    options: RendererOptions,
    device: Device,
    networks: Networks,
    *,
    ran_out: bool = False,
) -> str:
    """Return what to do about a plan that does not fit.

    Args:
        plan: it.
        options: what it was made from.
        device: where it does not fit.
        networks: what was to render.
        ran_out: it was to fit, and did not: only what takes less will do.
    """
    for smaller in _smaller(options, device, networks):
        less = not ran_out or smaller.memory.peak < _LESS * plan.memory.peak
        if smaller.fits is not False and less:
            return _changes(plan, smaller)
    if device.kind == "cpu" or not (ran_out or plan.memory.peak > (device.memory or 0)):
        return "close other programs, or use a machine with more memory"
    free = options.model_copy(update=_FREE)
    least = min(one.memory.peak for one in ladder(free, device, networks))
    enough = max(least, device.memory + 1 if ran_out and device.memory else 0)
    sizes = [card for card in CARDS if enough <= (Device.card(card).memory or 0)]
    return f"use a GPU of {sizes[0] if sizes else CARDS[-1]} GB or more"


def _smaller(options: RendererOptions, device: Device, networks: Networks) -> Iterator[Plan]:
    for changes in _CONCESSIONS:
        yield from ladder(options.model_copy(update=changes), device, networks)


def _changes(plan: Plan, smaller: Plan) -> str:
    """Return which options lead from one plan to another."""
    chosen = smaller.chosen
    changed = [name for name, value in plan.chosen.items() if chosen[name] != value]
    listed = " and ".join(f"{name} to {chosen[name]}" for name in changed)
    return f"set {listed}: that takes {smaller.memory.peak / GIB:.1f} GiB"


def too_little(
    plan: Plan, options: RendererOptions, device: Device, networks: Networks
) -> OutOfMemoryError:
    """Return the error of a plan that does not fit, before anything is loaded."""
    needs, has, whose = plan.memory.peak, device.memory or 0, "device"
    if needs <= has:
        needs, has, whose = plan.memory.host, device.host or 0, "host"
    return OutOfMemoryError(
        f"Rendering with {_listed(plan)} takes {needs / GIB:.1f} GiB of the {whose}'s memory, of"
        f" which {has / GIB:.1f} GiB are free.",
        hint=advise(plan, options, device, networks),
    )


def _listed(plan: Plan) -> str:
    usual = {"windows_at_once": "1", "quantize": "none"}
    shown = (pair for pair in plan.chosen.items() if pair not in usual.items())
    return ", ".join(f"{name}={value}" for name, value in shown)


def cards_table(networks: Networks) -> str:
    """Return what is chosen on cards of the usual sizes, in Markdown."""
    rows = [
        "| card | weights | pictures decoded | predicted peak | host memory |",
        "|---|---|---|---|---|",
    ]
    for size in reversed(CARDS):
        plan = choose(RendererOptions(), Device.card(size), networks)
        decoded = "in tiles" if plan.settings.tiled else "whole"
        rows.append(
            f"| {size} GB | {plan.placement.memory} | {decoded} |"
            f" {plan.memory.peak / GIB:.1f} GiB | {plan.memory.host / GIB:.1f} GiB |"
        )
    return "\n".join(rows)
