"""Tiles of pictures and latents: cut so that neighbours overlap, and blended where they do.

The autoencoder norms over all it sees, so tiles that are worked on alone come out a little
different; blending hides the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch

if TYPE_CHECKING:
    from diffusers import AutoencoderKLCogVideoX

Place: TypeAlias = tuple[int, int]
"""Row and column of a tile's first cell."""

CELL = 8
"""Pixels along each side of a cell of the latents."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """How pictures and their latents are cut; rows before columns, in cells of the latents.

    Attributes:
        size: of a tile.
        step: from one tile to the next.
    """

    size: tuple[int, int]
    step: tuple[int, int]

    @classmethod
    def of(cls, vae: AutoencoderKLCogVideoX) -> Tiles:
        """Return the tiles that diffusers cuts for this autoencoder.

        There, pictures of some sizes come out larger than they went in, since pixels and cells are
        rounded apart. Here only cells are rounded.
        """
        size = vae.tile_latent_min_height, vae.tile_latent_min_width
        shares = vae.tile_overlap_factor_height, vae.tile_overlap_factor_width
        down, right = (
            max(int(edge * (1 - share)), 1) for edge, share in zip(size, shares, strict=True)
        )
        return cls(size, (down, right))

    def cut(self, whole: torch.Tensor, scale: int) -> list[list[tuple[Place, torch.Tensor]]]:
        """Return rows of tiles, with their places.

        Args:
            whole: [..., height, width].
            scale: pixels of a cell; 1 where `whole` is latents.
        """
        height, width = (edge // scale for edge in whole.shape[-2:])
        rows = [
            (top, whole[..., top * scale : (top + self.size[0]) * scale, :])
            for top in range(0, height, self.step[0])
        ]
        return [
            [
                ((top, left), row[..., left * scale : (left + self.size[1]) * scale])
                for left in range(0, width, self.step[1])
            ]
            for top, row in rows
        ]

    def join(self, rows: list[list[torch.Tensor]], scale: int) -> torch.Tensor:
        """Return what tiles are tiles of.

        Args:
            rows: tiles as `cut` returns them, [..., height, width]; they are changed.
            scale: pixels of a cell; 1 where the tiles are latents.
        """
        down, right = (step * scale for step in self.step)
        below, beside = (
            (size - step) * scale for size, step in zip(self.size, self.step, strict=True)
        )
        for i, row in enumerate(rows):
            for j, tile in enumerate(row):
                if i > 0:
                    _fade_in(rows[i - 1][j], tile, below, dim=-2)
                if j > 0:
                    _fade_in(row[j - 1], tile, beside, dim=-1)
        strips = [torch.cat([tile[..., :down, :right] for tile in row], dim=-1) for row in rows]
        return torch.cat(strips, dim=-2)


def _fade_in(before: torch.Tensor, tile: torch.Tensor, overlap: int, dim: int) -> None:
    """Blend the end of the tile before into the start of a tile, in place."""
    count = min(before.shape[dim], tile.shape[dim], overlap)
    weight = torch.arange(count, device=tile.device) / max(count, 1)
    weight = weight.view(-1, 1) if dim == -2 else weight
    end, start = before.narrow(dim, before.shape[dim] - count, count), tile.narrow(dim, 0, count)
    start.copy_(end * (1 - weight) + start * weight)
