"""Sizes of what the model draws, from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    Rope = tuple[torch.Tensor, torch.Tensor]

LATENT_PIXELS = 8
"""Height and width in pixels of one cell of the VAE's latents."""

OVERLAP = 8
"""Frames that a window shares with the one before: two latent frames."""


TRAINED_GRID = (30, 45)
"""Rows and columns of tokens that the model was trained with; positions are on their scale."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """One window of the model.

    Attributes:
        frames: pictures of a window; the first is the reference, which is not shown.
        latent_frames: latent frames of a window; the first holds one picture, the rest four each.
        height: pixels.
        width: pixels.
        latent_height: cells of the latents, 8 pixels each.
        latent_width: cells of the latents.
        overlap: pictures at the start of a window, after the reference, that the window before
            drew as well.
        patch: cells along each side of one of the transformer's tokens.
    """

    frames: int
    latent_frames: int
    height: int
    width: int
    latent_height: int
    latent_width: int
    overlap: int = OVERLAP
    patch: int = 2

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Geometry:
        """Return the sizes that a transformer's configuration fixes."""
        frames = int(config["sample_frames"])
        height, width = int(config["sample_height"]), int(config["sample_width"])
        return cls(
            frames=frames,
            latent_frames=(frames - 1) // int(config["temporal_compression_ratio"]) + 1,
            height=height * LATENT_PIXELS,
            width=width * LATENT_PIXELS,
            latent_height=height,
            latent_width=width,
            patch=int(config["patch_size"]),
        )

    @property
    def stride(self) -> int:
        """New pictures of each window after the first."""
        return self.frames - 1 - self.overlap

    def windows(self, pictures: int) -> int:
        """Return how many windows so many pictures take."""
        after_first = max(pictures - (self.frames - 1), 0)
        return -(-after_first // self.stride) + (pictures > 0)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tokens in one latent frame."""
        return self.latent_height // self.patch, self.latent_width // self.patch

    @property
    def tokens(self) -> int:
        """The transformer's tokens of one window, those of the likeness not counted."""
        rows, columns = self.grid
        return self.latent_frames * rows * columns


def rope(geometry: Geometry, head_dim: int, device: str | torch.device = "cpu") -> Rope:
    """Return cosines and sines of the rotary position embedding, float32 [tokens, head_dim] each.

    A quarter of the dimensions turn with time, three eighths each with row and column.
    """
    from diffusers.models.embeddings import get_3d_rotary_pos_embed

    cosines, sines = get_3d_rotary_pos_embed(
        embed_dim=head_dim,
        crops_coords=_crop(geometry.grid),
        grid_size=geometry.grid,
        temporal_size=geometry.latent_frames,
        device=device,
    )
    return cosines, sines


def _crop(grid: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the corners of the largest centred part of the trained grid of a grid's aspect."""
    rows, columns = grid
    scale = min(TRAINED_GRID[0] / rows, TRAINED_GRID[1] / columns)
    size = round(rows * scale), round(columns * scale)
    top, left = (round((whole - part) / 2) for whole, part in zip(TRAINED_GRID, size, strict=True))
    return (top, left), (top + size[0], left + size[1])
