"""Pictures to latents and back, a few frames at a time.

CogVideoX's autoencoder is causal in time. It works through a video in chunks of 8 pictures, the
first of 9 (2 latents, the first of 3), and keeps of every convolution's input what the next chunk
starts from. Chunks of other sizes give other pictures, so these are the autoencoder's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution

from a1sdk_dit.sampling.tiles import CELL, Tiles

if TYPE_CHECKING:
    from diffusers import AutoencoderKLCogVideoX

    from a1sdk_dit.sampling.tiles import Place
    from a1sdk_dit.sampling.turns import Turn

Picture: TypeAlias = npt.NDArray[np.uint8]
"""RGB [height, width, 3], 0 to 255."""

Kept: TypeAlias = dict[str, Any]
"""What convolutions keep for the next chunk, by the names of layers in layers."""

PICTURES = 8
"""Pictures of a chunk; the first chunk has one more."""

LATENTS = 2
"""Latent frames of a chunk; the first chunk has one more."""

_UNREAD = ("conv_y", "conv_b")
"""Convolutions over a single frame: they keep all of their input, and never read it."""


@torch.no_grad()
def encode_pictures(
    vae: AutoencoderKLCogVideoX,
    pictures: Iterable[Picture],
    turn: Turn | None = None,
) -> torch.Tensor:
    """Return the latents of a video, [1, F, 16, h, w], in the autoencoder's numbers.

    Latents are the posterior's mode. Pictures are taken chunk by chunk, and none is kept.

    Args:
        vae: the autoencoder.
        pictures: 1 + 8 n pictures.
        turn: is taken for each chunk, and not while pictures are.
    """
    source = iter(pictures)
    latents: list[torch.Tensor] = []
    kept: Kept | None = None
    while chunk := list(islice(source, PICTURES if latents else PICTURES + 1)):
        with turn or nullcontext():
            moments, kept = vae.encoder(_to_pixels(chunk, vae), conv_cache=kept)
        latents.append(moments.chunk(2, dim=1)[0])
    return _frames_first(torch.cat(latents, dim=2) * vae.config.scaling_factor)


@torch.no_grad()
def encode_portrait(
    vae: AutoencoderKLCogVideoX,
    picture: Picture,
    generator: torch.Generator,
    *,
    tiled: bool,
    rounded: bool,
) -> torch.Tensor:
    """Return a sample of the latents of one picture, [1, 1, 16, h, w].

    Args:
        vae: the autoencoder.
        picture: the picture.
        generator: makes the sample's noise.
        tiled: encode in tiles, as the released scripts do.
        rounded: sample in the autoencoder's numbers; in float32 if not.
    """
    pixels = _to_pixels([picture], vae)
    moments = _encode_tiles(vae, pixels) if tiled else vae.encoder(pixels)[0]
    posterior = DiagonalGaussianDistribution(moments if rounded else moments.float())
    return _frames_first(posterior.sample(generator) * vae.config.scaling_factor)


def _encode_tiles(vae: AutoencoderKLCogVideoX, pixels: torch.Tensor) -> torch.Tensor:
    tiles = Tiles.of(vae)
    rows = [[vae.encoder(tile)[0] for _, tile in row] for row in tiles.cut(pixels, CELL)]
    return tiles.join(rows, scale=1)


class StreamingDecoder:
    """Decodes latents as they come, as if they were one long video.

    In tiles, what the convolutions keep is a multiple of what decoding one tile takes, so it waits
    on the host for the next latents.

    Args:
        vae: the autoencoder.
        tiled: decode in tiles of half the height and width, which overlap and are blended. This
            takes less memory, and more time; norms per tile show slightly.
    """

    def __init__(self, vae: AutoencoderKLCogVideoX, *, tiled: bool) -> None:
        self._vae = vae
        self._tiled = tiled
        self._kept: dict[Place, Kept] = {}

    def decode(self, latents: torch.Tensor, turn: Turn | None = None) -> Iterator[Picture]:
        """Yield the pictures of the next latents.

        Args:
            latents: [1, F, 16, h, w]; F is 1 + 2 n the first time, for 1 + 8 n pictures, and 2 n
                later, for 8 n pictures.
            turn: is taken for each part, and not while pictures are; none where no other clip is.
        """
        scaled = _frames_first(latents / self._vae.config.scaling_factor).to(self._vae.dtype)
        parts = self._in_tiles(scaled) if self._tiled else self._in_chunks(scaled, (0, 0))
        for part in parts if turn is None else turn.each(parts):
            yield from _to_pictures(part)

    def close(self) -> None:
        """Forget the latents so far."""
        self._kept.clear()

    def put_away(self) -> None:
        """Let what is kept for the next latents wait on the host."""
        host = torch.device("cpu")
        self._kept = {place: _moved(kept, host) for place, kept in self._kept.items()}

    def _in_chunks(self, latents: torch.Tensor, place: Place) -> Iterator[torch.Tensor]:
        """Yield pixels [1, 3, f, H, W] of latents [1, 16, F, h, w] at a place of the grid."""
        first = LATENTS + latents.shape[2] % LATENTS
        sizes = [first] + [LATENTS] * ((latents.shape[2] - first) // LATENTS)
        for chunk in torch.split(latents, sizes, dim=2):
            kept = _moved(self._kept.pop(place, {}), latents.device) or None
            pixels, self._kept[place] = self._decode(chunk, kept)
            yield pixels

    @torch.no_grad()
    def _decode(self, chunk: torch.Tensor, kept: Kept | None) -> tuple[torch.Tensor, Kept]:
        pixels, keeps = self._vae.decoder(chunk, conv_cache=kept)
        return pixels, _without_unread(keeps)

    def _in_tiles(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        """Yield pixels of latents: tile after tile, each in chunks, then blended."""
        tiles = Tiles.of(self._vae)
        rows = [
            [self._tile(tile, place) for place, tile in row] for row in tiles.cut(latents, scale=1)
        ]
        yield from torch.split(tiles.join(rows, CELL), PICTURES, dim=2)

    def _tile(self, latents: torch.Tensor, place: Place) -> torch.Tensor:
        """Return the pixels of one tile; what it keeps comes from the host and goes there."""
        pixels = torch.cat(list(self._in_chunks(latents, place)), dim=2)
        self.put_away()
        return pixels


def _to_pixels(pictures: list[Picture], vae: AutoencoderKLCogVideoX) -> torch.Tensor:
    """Return pictures as the autoencoder's numbers from -1 to 1, [1, 3, f, H, W]."""
    shown = torch.from_numpy(np.stack(pictures)).to(vae.device)
    return (shown.permute(3, 0, 1, 2)[None].float() / 255 * 2 - 1).to(vae.dtype)


def _to_pictures(pixels: torch.Tensor) -> Iterator[Picture]:
    """Yield pixels [1, 3, f, H, W] from -1 to 1 as pictures."""
    levels = ((pixels[0].float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    yield from levels.permute(1, 2, 3, 0).contiguous().cpu().numpy()


def _frames_first(tensor: torch.Tensor) -> torch.Tensor:
    """Swap frames and channels: the transformer has frames first, the autoencoder channels."""
    return tensor.transpose(1, 2)


def _without_unread(kept: Kept) -> Kept:
    return {
        name: _without_unread(value) if isinstance(value, dict) else value
        for name, value in kept.items()
        if name not in _UNREAD
    }


def _moved(kept: Kept, device: torch.device) -> Kept:
    return {
        name: _moved(value, device) if isinstance(value, dict) else value.to(device)
        for name, value in kept.items()
    }
