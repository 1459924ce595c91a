"""What rendering a film takes, before anything is loaded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from a1sdk.plugin import RenderEstimate
from a1sdk_dit import profiles
from a1sdk_dit.planning.advice import advise
from a1sdk_dit.planning.choice import Plan, choose
from a1sdk_dit.planning.duration import window_seconds
from a1sdk_dit.timing import native_pictures

if TYPE_CHECKING:
    from a1sdk_dit.options import RendererOptions
    from a1sdk_dit.planning.device import Device
    from a1sdk_dit.planning.memory import Networks

_EXACT = profiles.PROFILES["exact"]


def estimate(
    options: RendererOptions, count: int | None, rate: Fraction, device: Device, networks: Networks
) -> RenderEstimate:
    """Return what rendering so many frames takes, as the host asks for it.

    Args:
        options: what the user decided.
        count: frames to deliver; None where it is not known.
        rate: frames per second to deliver.
        device: where.
        networks: what to render with.

    Raises:
        ConfigError: the options contradict each other.
    """
    plan = choose(options, device, networks)
    seconds = None if count is None else _seconds(plan, options, count, rate, device, networks)
    return RenderEstimate(
        peak_bytes=plan.memory.peak,
        host_bytes=plan.memory.host,
        face_bytes=plan.memory.face,
        seconds=seconds,
        fits=plan.fits,
        settings=plan.chosen,
        notes=(*_notes(plan), *_pace(seconds, count, rate)),
        advice=advise(plan, options, device, networks) if plan.fits is False else "",
    )


def _seconds(
    plan: Plan,
    options: RendererOptions,
    count: int,
    rate: Fraction,
    device: Device,
    networks: Networks,
) -> float | None:
    """Return how long it takes, with the windows that are drawn to probe the profile."""
    if device.throughput is None:
        return None
    settings = plan.settings
    exact = replace(settings, guided_share=1.0, cache=None, steps=options.steps or _EXACT.steps)
    drawn = {settings: networks.geometry.windows(native_pictures(count, rate))}
    if options.gate != "off" and options.profile != "exact":
        drawn[settings] += 1
        drawn[exact] = 1
    return sum(
        number * window_seconds(networks, plan.placement, one, device.throughput, options.gpus)
        for one, number in drawn.items()
    )


def _notes(plan: Plan) -> list[str]:
    """Return what is left out, and what a prediction is worth."""
    said = profiles.losses(plan.settings, plan.placement.quantize)
    return [*said, "Memory is predicted from the sizes of the networks."]


def _pace(seconds: float | None, count: int | None, rate: Fraction) -> list[str]:
    """Return how the time compares with the film's own."""
    if seconds is None or not count:
        return []
    slower = seconds * float(rate) / count
    return [
        f"A second of film takes {slower:.1f} seconds, loading, filling in frames and writing not"
        " counted."
    ]
