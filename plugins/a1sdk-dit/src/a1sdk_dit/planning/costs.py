"""What the networks cost: floating point operations, parameters and bytes, from their configs.

Nothing here imports torch: a config is the mapping that is in `config.json`. A multiplication and
an addition count as two operations, as in torch's `FlopCounterMode`; norms, activations and
softmax are not counted, as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Config = Mapping[str, Any]

IDENTITY_TOKENS = 729
"""Identity tokens of the release, whatever its transformer's config says."""

IDENTITY_WIDTH = 1152
"""Width of the release's identity tokens."""

BYTES = {"fp32": 4, "bf16": 2, "int8": 1, "fp8": 1}
"""Bytes that a number takes."""

RELEASE_TRANSFORMER: Config = {
    "num_attention_heads": 48,
    "attention_head_dim": 64,
    "num_layers": 42,
    "in_channels": 48,
    "out_channels": 16,
    "patch_size": 2,
    "sample_width": 90,
    "sample_height": 60,
    "sample_frames": 49,
    "temporal_compression_ratio": 4,
    "text_embed_dim": 4096,
    "time_embed_dim": 512,
}
"""What costs depend on in the config of the released transformer."""

RELEASE_VAE: Config = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 16,
    "block_out_channels": (128, 256, 256, 512),
    "layers_per_block": 3,
    "temporal_compression_ratio": 4,
    "sample_height": 480,
    "sample_width": 720,
}
"""The same of the released `vae` and `pose_guider`."""


@dataclass(frozen=True)
class Transformer:
    """Sizes of the transformer that its costs follow from.

    Attributes:
        width: numbers of one token inside.
        layers: blocks.
        heads: attention heads of a block.
        identity: identity tokens.
        frames: latent frames of a window.
        rows, columns: patches of a latent frame.
        time: width of the embedded timestep.
        patch: edge of a patch, in latent pixels.
        channels: channels in and out.
        text: width of the embedding that stands in for text.
        identity_width: width of an identity token.
    """

    width: int
    layers: int
    heads: int
    identity: int
    frames: int
    rows: int
    columns: int
    time: int
    patch: int
    channels: tuple[int, int]
    text: int
    identity_width: int

    @classmethod
    def of(
        cls, config: Config, identity: int = IDENTITY_TOKENS, identity_width: int = IDENTITY_WIDTH
    ) -> Transformer:
        """Read the sizes from a config; the identity's are not in it."""
        patch = int(config["patch_size"])
        return cls(
            width=config["num_attention_heads"] * config["attention_head_dim"],
            layers=config["num_layers"],
            heads=config["num_attention_heads"],
            identity=identity,
            frames=(config["sample_frames"] - 1) // config["temporal_compression_ratio"] + 1,
            rows=config["sample_height"] // patch,
            columns=config["sample_width"] // patch,
            time=config["time_embed_dim"],
            patch=patch,
            channels=(config["in_channels"], config["out_channels"]),
            text=config["text_embed_dim"],
            identity_width=identity_width,
        )

    @property
    def picture_tokens(self) -> int:
        """Tokens of a window's latent frames."""
        return self.frames * self.rows * self.columns

    @property
    def tokens(self) -> int:
        """Tokens of a window: identity first, then pictures."""
        return self.identity + self.picture_tokens


@dataclass(frozen=True)
class ForwardFlops:
    """Operations of one evaluation of the transformer on one window.

    Attributes:
        attention: scores and weighted sums.
        projections: queries, keys, values and outputs.
        feed_forward: the two layers of each block's MLP.
        modulation: shifts, scales and gates from the timestep, the embedding of it included.
        edges: patches in and out.
    """

    attention: int
    projections: int
    feed_forward: int
    modulation: int
    edges: int

    @property
    def linear(self) -> int:
        """Operations of the layers that quantization makes faster."""
        return self.projections + self.feed_forward

    @property
    def total(self) -> int:
        """All operations."""
        return self.attention + self.linear + self.modulation + self.edges


def forward_flops(sizes: Transformer, *, tabled: bool = False) -> ForwardFlops:
    """Return the operations of one evaluation, the identity being embedded already.

    With `tabled`, shifts, scales and gates come from a table and cost nothing.
    """
    width, tokens, layers = sizes.width, sizes.tokens, sizes.layers
    modulation = sizes.time * (width + sizes.time) + 2 * layers * 6 * width * sizes.time
    modulation += sizes.time * 2 * width
    channels = sum(sizes.channels) * sizes.patch**2
    return ForwardFlops(
        attention=4 * tokens**2 * width * layers,
        projections=2 * tokens * 4 * width**2 * layers,
        feed_forward=2 * tokens * 8 * width**2 * layers,
        modulation=0 if tabled else 2 * modulation,
        edges=2 * sizes.picture_tokens * channels * width,
    )


@dataclass(frozen=True)
class TransformerParameters:
    """How many numbers the transformer's parts hold.

    Attributes:
        attention, feed_forward: weights of the blocks' large linear layers.
        modulation: the blocks' layers that a table over the steps stands in for.
        others: biases, norms, embeddings, patches in and out.
        positions: the position table, a buffer.
    """

    attention: int
    feed_forward: int
    modulation: int
    others: int
    positions: int

    @property
    def total(self) -> int:
        """All parameters, without the position table."""
        return self.attention + self.feed_forward + self.modulation + self.others


def transformer_parameters(sizes: Transformer) -> TransformerParameters:
    """Return the numbers that each part of the transformer holds."""
    width, layers = sizes.width, sizes.layers
    head = width // sizes.heads
    small = 4 * width + 5 * width  # biases of attention and MLP
    small += 2 * 2 * head + 2 * 2 * width  # norms of queries and keys, norms of the block
    return TransformerParameters(
        attention=4 * width**2 * layers,
        feed_forward=8 * width**2 * layers,
        modulation=2 * (sizes.time + 1) * 6 * width * layers,
        others=small * layers + _edge_parameters(sizes),
        positions=sizes.tokens * width,
    )


def _edge_parameters(sizes: Transformer) -> int:
    """Parameters outside the blocks."""
    width, time, patch = sizes.width, sizes.time, sizes.patch**2
    hidden = 3 * sizes.identity_width
    identity = (sizes.identity_width + 1) * hidden + (hidden + 1) * sizes.text
    embedding = identity + (sizes.text + 1) * width + (sizes.channels[0] * patch + 1) * width
    timestep = (width + 1) * time + (time + 1) * time
    last = 2 * width + 2 * width + (time + 1) * 2 * width + (width + 1) * sizes.channels[1] * patch
    return embedding + timestep + last


def block_parameters(sizes: Transformer, *, tabled: bool) -> int:
    """Return the numbers of one block, which is what offloading keeps on the device."""
    counts = transformer_parameters(sizes)
    edge = _edge_parameters(sizes)
    whole = counts.total - edge - (counts.modulation if tabled else 0)
    return whole // sizes.layers


def table_numbers(sizes: Transformer, steps: int) -> int:
    """Return the numbers of the tables that replace the modulation layers."""
    return steps * 2 * 6 * sizes.width * sizes.layers


def working_bytes(sizes: Transformer, bytes_each: int, *, fused: bool = True) -> int:
    """Return the bytes that one evaluation on one window holds at most, besides weights.

    Either the attention's turn is largest (8 tensors of the size of all tokens, and 3 in fp32
    while positions are turned in) or the MLP's (13 such tensors). Without a `fused` kernel the
    attention also holds its scores twice, in fp32.
    """
    tokens = sizes.tokens * sizes.width
    held = tokens * max(8 * bytes_each + 3 * 4, 13 * bytes_each)
    return held if fused else held + 2 * 4 * sizes.heads * sizes.tokens**2


def forward_traffic(sizes: Transformer, bytes_each: int) -> int:
    """Return the bytes that norms, gates, positions and activations read and write, uncompiled."""
    return 94 * sizes.layers * sizes.tokens * sizes.width * bytes_each
