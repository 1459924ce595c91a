"""What the video autoencoder costs, from its config; see `costs` for what is counted.

The autoencoder works through time in chunks of 8 frames (2 latents), the first of 9 (3), and keeps
the last frames of every causal convolution's input for the next chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from a1sdk_dit.planning.costs import Config

_LATENTS = 2  # latent frames of a chunk, as diffusers does it
_FRAMES = 8  # picture frames of a chunk
_OVERLAP = (1 / 6, 1 / 5)  # share of a tile's height and width that the next one has too


@dataclass(frozen=True)
class Extent:
    """Frames, height and width of what flows through the autoencoder at some place."""

    frames: int
    height: int
    width: int

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.frames * self.height * self.width

    def smaller(self, *, time: bool) -> Extent:
        """Return the extent behind a downsampling layer; the first of odd frames stays."""
        frames = (self.frames + self.frames % 2) // 2 if time else self.frames
        return Extent(frames, self.height // 2, self.width // 2)

    def larger(self, *, time: bool) -> Extent:
        """Return the extent behind an upsampling layer; the first of odd frames stays."""
        frames = 2 * self.frames - self.frames % 2 if time else self.frames
        return Extent(frames, 2 * self.height, 2 * self.width)


@dataclass(frozen=True)
class Layer:
    """One convolution, or one norm, at work on one chunk.

    Attributes:
        inputs, outputs: channels.
        taps: numbers of the kernel for a pair of channels, 27 for 3 x 3 x 3; 0 for a norm.
        at: what it yields.
        live: numbers of all pictures that are held while it works, its own included.
        kept: numbers of its input that it keeps for the next chunk.
    """

    inputs: int
    outputs: int
    taps: int
    at: Extent
    live: int = 0
    kept: int = 0

    @property
    def flops(self) -> int:
        """Operations of this layer."""
        return 2 * self.taps * self.inputs * self.outputs * self.at.pixels

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.taps * self.inputs * self.outputs + self.outputs * (1 if self.taps else 2)


def _causal(inputs: int, outputs: int, at: Extent, held: int = 0) -> Layer:
    """A causal convolution: its input is held twice, once with the two frames before it."""
    joined = 2 * at.height * at.width * inputs
    live = held + (2 * inputs + outputs) * at.pixels + joined
    return Layer(inputs, outputs, 27, at, live, joined)


def _norm(channels: int, at: Extent, guide: int, held: int = 0) -> Iterator[Layer]:
    """A group norm, modulated by the latents in the decoder (`guide` channels)."""
    yield Layer(channels, channels, 0, at, held + 2 * channels * at.pixels)
    if guide:
        live = held + (6 * channels + guide) * at.pixels
        yield Layer(guide, channels, 1, at, live, guide * at.pixels)
        yield Layer(guide, channels, 1, at, live, guide * at.pixels)


def _resnet(
    inputs: int, outputs: int, at: Extent, guide: int = 0, held: int = 0
) -> Iterator[Layer]:
    """A residual block; its caller holds `held` numbers besides its input."""
    beside = held + inputs * at.pixels
    yield from _norm(inputs, at, guide, held)
    yield _causal(inputs, outputs, at, beside)
    yield from _norm(outputs, at, guide, beside)
    yield _causal(outputs, outputs, at, beside)
    if inputs != outputs:
        yield Layer(inputs, outputs, 1, at, beside + 2 * outputs * at.pixels)


def _resnets(inputs: int, outputs: int, count: int, at: Extent, guide: int = 0) -> Iterator[Layer]:
    """Residual blocks in a row; what the first was given is held until the last is done."""
    yield from _resnet(inputs, outputs, at, guide)
    for _ in range(count - 1):
        yield from _resnet(outputs, outputs, at, guide, inputs * at.pixels)


def _resampler(width: int, before: Extent, after: Extent) -> Layer:
    """A layer that changes the size: two-dimensional, on a resized and rearranged copy."""
    live = width * (2 * before.pixels + max(before.pixels, 3 * after.pixels))
    return Layer(width, width, 9, after, live)


def encoder_layers(config: Config, at: Extent) -> Iterator[Layer]:
    """Yield the encoder's layers, working on a chunk of `at` picture frames."""
    widths = config["block_out_channels"]
    yield _causal(config["in_channels"], widths[0], at)
    inputs = widths[0]
    for level, width in enumerate(widths):
        yield from _resnets(inputs, width, config["layers_per_block"], at)
        inputs = width
        if level < len(widths) - 1:
            after = at.smaller(time=_compresses_time(config, level))
            yield _resampler(width, at, after)
            at = after
    yield from _resnets(inputs, inputs, 2, at)
    yield from _norm(inputs, at, 0)
    yield _causal(inputs, 2 * config["latent_channels"], at)


def decoder_layers(config: Config, at: Extent) -> Iterator[Layer]:
    """Yield the decoder's layers, working on a chunk of `at` latent frames."""
    widths, guide = config["block_out_channels"][::-1], config["latent_channels"]
    yield _causal(guide, widths[0], at)
    inputs = widths[0]
    yield from _resnets(inputs, inputs, 2, at, guide)
    for level, width in enumerate(widths):
        yield from _resnets(inputs, width, config["layers_per_block"] + 1, at, guide)
        inputs = width
        if level < len(widths) - 1:
            after = at.larger(time=_compresses_time(config, level))
            yield _resampler(width, at, after)
            at = after
    yield from _norm(inputs, at, guide)
    yield _causal(inputs, config["out_channels"], at)


def _compresses_time(config: Config, level: int) -> bool:
    return bool(1 << level < config["temporal_compression_ratio"])


def scale(config: Config) -> int:
    """Return how many pixels a latent pixel is wide."""
    return int(2 ** (len(config["block_out_channels"]) - 1))


def _chunks(frames: int, size: int) -> list[int]:
    """Lengths of the chunks that `frames` are worked through in."""
    count = max(frames // size, 1)
    return [frames - size * (count - 1)] + [size] * (count - 1)


def tiles(size: tuple[int, int], whole: tuple[int, int], *, tiled: bool) -> list[tuple[int, int]]:
    """Return height and width of every tile of a picture of `size`, its model's being `whole`."""
    most = whole[0] // 2, whole[1] // 2
    if not tiled or (size[0] <= most[0] and size[1] <= most[1]):
        return [size]
    heights, widths = (
        [min(edge, length - start) for start in range(0, length, int(edge * (1 - share)))]
        for length, edge, share in zip(size, most, _OVERLAP, strict=True)
    )
    return [(height, width) for height in heights for width in widths]


def encoding(config: Config, pictures: Extent, *, tiled: bool) -> Iterator[list[Layer]]:
    """Yield the layers at work on each chunk of each tile of pictures, sizes in pixels."""
    whole = config["sample_height"], config["sample_width"]
    for height, width in tiles((pictures.height, pictures.width), whole, tiled=tiled):
        for frames in _chunks(pictures.frames, _FRAMES):
            yield list(encoder_layers(config, Extent(frames, height, width)))


def decoding(config: Config, latents: Extent, *, tiled: bool) -> Iterator[list[Layer]]:
    """Yield the layers at work on each chunk of each tile of latents, sizes in latent pixels."""
    whole = config["sample_height"] // scale(config), config["sample_width"] // scale(config)
    for height, width in tiles((latents.height, latents.width), whole, tiled=tiled):
        for frames in _chunks(latents.frames, _LATENTS):
            yield list(decoder_layers(config, Extent(frames, height, width)))


def flops(chunks: Iterable[list[Layer]]) -> int:
    """Return the operations of all chunks."""
    return sum(layer.flops for chunk in chunks for layer in chunk)


def kept_numbers(chunk: Iterable[Layer]) -> int:
    """Return the numbers that stay for the next chunk; convolutions over one frame need none."""
    return sum(layer.kept for layer in chunk if layer.taps > 1)


def waiting_numbers(config: Config, latents: Extent, *, tiled: bool) -> int:
    """Return the numbers that wait for the next window of so many latents, those of all tiles."""
    whole = config["sample_height"] // scale(config), config["sample_width"] // scale(config)
    return sum(
        kept_numbers(decoder_layers(config, Extent(_LATENTS, height, width)))
        for height, width in tiles((latents.height, latents.width), whole, tiled=tiled)
    )


def peak_numbers(chunks: Iterable[list[Layer]]) -> int:
    """Return the most numbers that are held at once, with what stays from chunk to chunk."""
    peak = kept = 0
    for chunk in chunks:
        fresh = 0
        for layer in chunk:
            fresh += layer.kept
            peak = max(peak, kept + fresh + layer.live)
        kept = kept_numbers(chunk)
    return peak


def encoder_parameters(config: Config) -> int:
    """Return the parameters of the encoder."""
    return sum(layer.parameters for layer in encoder_layers(config, Extent(1, 8, 8)))


def decoder_parameters(config: Config) -> int:
    """Return the parameters of the decoder."""
    return sum(layer.parameters for layer in decoder_layers(config, Extent(1, 1, 1)))


def traffic(chunks: Iterable[list[Layer]]) -> int:
    """Return how many numbers all but the convolutions read and write, about."""
    return sum(4 * layer.outputs * layer.at.pixels for chunk in chunks for layer in chunk)
