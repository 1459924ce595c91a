"""How much memory a clip takes, by what is done: predicted from the networks' sizes alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from a1sdk_dit.model.geometry import Geometry
from a1sdk_dit.planning import vae as coder
from a1sdk_dit.planning.costs import (
    BYTES,
    RELEASE_TRANSFORMER,
    RELEASE_VAE,
    Config,
    Transformer,
    block_parameters,
    table_numbers,
    transformer_parameters,
    working_bytes,
)

if TYPE_CHECKING:
    from a1sdk_dit.checkpoint.layout import Layout
    from a1sdk_dit.planning.placement import Placement
    from a1sdk_dit.sampling.settings import SamplingSettings

_OVERHEAD = 1 << 29
"""Bytes for what libraries allocate once."""

_GAPS = 1.1
"""What the allocator and workspaces add to the numbers that are worked with."""

_BLOCKS_HERE = 2
"""Blocks on the device where they are offloaded: the one at work, and the next on its way."""


@dataclass(frozen=True)
class Networks:
    """The networks of a checkpoint, those of the release if not said otherwise.

    Attributes:
        transformer: sizes of the transformer.
        geometry: sizes of a window.
        vae: configuration of the autoencoder of pictures.
        pose_guider: configuration of the encoder of landmark pictures.
    """

    transformer: Transformer = field(default_factory=lambda: Transformer.of(RELEASE_TRANSFORMER))
    geometry: Geometry = field(default_factory=lambda: Geometry.of(RELEASE_TRANSFORMER))
    vae: Config = field(default_factory=lambda: RELEASE_VAE)
    pose_guider: Config = field(default_factory=lambda: RELEASE_VAE)

    @classmethod
    def of(cls, layout: Layout) -> Networks:
        """Read the sizes of a checkpoint; what an autoencoder leaves open is as in the release."""
        identity = layout.identity_tokens, layout.identity_width
        return cls(
            transformer=Transformer.of(layout.transformer.config, *identity),
            geometry=layout.geometry,
            vae={**RELEASE_VAE, **layout.vae.config},
            pose_guider={**RELEASE_VAE, **layout.pose_guider.config},
        )

    @property
    def latents(self) -> coder.Extent:
        """Latents of a window."""
        sizes = self.geometry
        return coder.Extent(sizes.latent_frames, sizes.latent_height, sizes.latent_width)

    @property
    def pictures(self) -> coder.Extent:
        """Pictures of a window, the reference included."""
        return coder.Extent(self.geometry.frames, self.geometry.height, self.geometry.width)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a clip takes at most.

    Attributes:
        load: on the device, while the networks are loaded.
        encode: on the device, while landmark pictures are encoded.
        denoise: on the device, while windows are denoised.
        decode: on the device, while pictures are decoded.
        host: in the host's memory besides.
        face: what each further clip keeps that is drawn in turns with this one.
    """

    load: int
    encode: int
    denoise: int
    decode: int
    host: int
    face: int

    @property
    def peak(self) -> int:
        """Most bytes on the device."""
        return max(self.load, self.encode, self.denoise, self.decode)


def predict(
    networks: Networks, placement: Placement, settings: SamplingSettings, *, unified: bool
) -> Memory:
    """Return how much memory a clip of any length takes.

    Args:
        networks: the networks.
        placement: how they lie.
        settings: how the clip is sampled.
        unified: the device's memory is the host's.
    """
    each, tiled = BYTES[placement.precision], settings.tiled
    transformer = transformer_bytes(networks.transformer, placement, settings.steps)
    base = transformer + each * _coder_parameters(networks) + _OVERHEAD
    waiting = each * coder.waiting_numbers(networks.vae, networks.latents, tiled=tiled)
    waiting_here = waiting if unified or not tiled else 0
    encoding = coder.encoding(networks.pose_guider, networks.pictures, tiled=False)
    decoding = coder.decoding(networks.vae, networks.latents, tiled=tiled)
    encoded, decoded = (int(_GAPS * coder.peak_numbers(one)) for one in (encoding, decoding))
    tiles = 2 * 3 * networks.pictures.pixels if tiled else 0
    host = _host_bytes(networks.transformer, placement) + waiting - waiting_here
    return Memory(
        load=_loading_bytes(networks.transformer, placement, settings.steps, unified=unified),
        encode=base + waiting_here + each * encoded,
        denoise=base + waiting_here + _denoising_bytes(networks, placement, settings),
        decode=base + each * (decoded + tiles) + (waiting_here if tiled else 0),
        host=0 if unified else host,
        face=waiting,
    )


def _coder_parameters(networks: Networks) -> int:
    """Return the numbers of both autoencoders; the one for landmark pictures has no decoder."""
    pictures = coder.encoder_parameters(networks.vae) + coder.decoder_parameters(networks.vae)
    return pictures + coder.encoder_parameters(networks.pose_guider)


def _denoising_bytes(networks: Networks, placement: Placement, settings: SamplingSettings) -> int:
    fused = placement.attention != "math"
    one = working_bytes(networks.transformer, BYTES[placement.precision], fused=fused)
    return int(_GAPS * one) * settings.windows_at_once * (2 if settings.batched_guidance else 1)


def transformer_bytes(sizes: Transformer, placement: Placement, steps: int) -> int:
    """Return what the transformer's weights take on the device."""
    counts, each = transformer_parameters(sizes), BYTES[placement.precision]
    if placement.memory == "offload":
        edges = counts.total - sizes.layers * block_parameters(sizes, tabled=False)
        table = table_numbers(sizes, steps)
        here = _BLOCKS_HERE * block_bytes(sizes, placement)
        return here + each * (edges + table + counts.positions)
    large = (counts.attention + counts.feed_forward) * _large_number(placement)
    small = counts.others + counts.positions
    tabled = placement.memory == "tabled"
    return large + each * (small + (table_numbers(sizes, steps) if tabled else counts.modulation))


def _large_number(placement: Placement) -> int:
    """Return the bytes of one number of the large linear layers."""
    quantized = placement.quantize != "none"
    return BYTES[placement.quantize if quantized else placement.precision]


def block_bytes(sizes: Transformer, placement: Placement) -> int:
    """Return what one block takes, its modulation tabled."""
    counts = transformer_parameters(sizes)
    large = (counts.attention + counts.feed_forward) // sizes.layers
    rest = block_parameters(sizes, tabled=True) - large
    return large * _large_number(placement) + rest * BYTES[placement.precision]


def _loading_bytes(sizes: Transformer, placement: Placement, steps: int, *, unified: bool) -> int:
    """Return what the device holds while the transformer is loaded.

    Weights that are quantized or stay on the host are loaded there; but the layers that a table
    will stand in for come to the device for as long as that is filled.
    """
    counts, each = transformer_parameters(sizes), BYTES[placement.precision]
    if not unified and (placement.memory == "offload" or placement.quantize != "none"):
        return transformer_bytes(sizes, placement, steps) + each * counts.modulation + _OVERHEAD
    return each * (counts.total + counts.positions) + _OVERHEAD


def _host_bytes(sizes: Transformer, placement: Placement) -> int:
    """Return what the host holds of the transformer."""
    counts, each = transformer_parameters(sizes), BYTES[placement.precision]
    if placement.memory == "offload" or placement.quantize != "none":
        return each * (counts.total + counts.positions)
    return each * counts.positions
