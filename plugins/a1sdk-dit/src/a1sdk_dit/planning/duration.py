"""How long a clip takes at a device's measured throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk_dit import profiles
from a1sdk_dit.planning import vae
from a1sdk_dit.planning.costs import BYTES, forward_flops, forward_traffic
from a1sdk_dit.planning.memory import block_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from a1sdk_dit.planning.device import Throughput
    from a1sdk_dit.planning.memory import Networks
    from a1sdk_dit.planning.placement import Placement
    from a1sdk_dit.sampling.settings import SamplingSettings


def forward_seconds(networks: Networks, placement: Placement, throughput: Throughput) -> float:
    """Return how long the transformer takes for one evaluation of one window.

    Norms, gates and positions are added at the speed of the memory, as without compilation. What
    is offloaded comes while other blocks compute, so the slower of both counts. Quantized layers
    are taken to be as quick as others.
    """
    sizes, flops = networks.transformer, forward_flops(networks.transformer, tabled=True)
    computed = flops.linear / throughput.linear + flops.attention / throughput.attention
    if not placement.compile:
        each = BYTES[placement.precision]
        computed += forward_traffic(sizes, each) / throughput.memory
    if placement.memory != "offload":
        return computed
    return max(computed, sizes.layers * block_bytes(sizes, placement) / throughput.transfer)


def window_seconds(
    networks: Networks,
    placement: Placement,
    settings: SamplingSettings,
    throughput: Throughput,
    gpus: int = 1,
) -> float:
    """Return how long a window takes after the first: encoded, denoised and decoded.

    Several GPUs are taken to share the transformer's work without loss.
    """
    each, latents = BYTES[placement.precision], networks.latents
    if not settings.compat.restart_decoder:
        shown = networks.geometry.stride // 4
        latents = vae.Extent(shown, latents.height, latents.width)
    encoding = list(vae.encoding(networks.pose_guider, networks.pictures, tiled=False))
    decoding = list(vae.decoding(networks.vae, latents, tiled=settings.tiled))
    one = forward_seconds(networks, placement, throughput)
    coded = sum(_coder_seconds(chunks, each, throughput) for chunks in (encoding, decoding))
    return one * profiles.forwards(settings) / gpus + coded


def _coder_seconds(chunks: Iterable[list[vae.Layer]], each: int, throughput: Throughput) -> float:
    chunks = list(chunks)
    computed = vae.flops(chunks) / throughput.convolution
    return computed + each * vae.traffic(chunks) / throughput.memory
