"""Where the noise comes from that pictures begin as."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch


class Noise(Protocol):
    """Gives each window its noise, in order. All of it is drawn on the CPU."""

    def portrait(self) -> torch.Generator:
        """Return what draws the sample of the portrait's latents."""
        ...

    def window(self, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Generator]:
        """Return the next window's noise, and what draws more of it while it is denoised.

        Args:
            shape: [1, F, 16, h, w].
        """
        ...


class SeededNoise:
    """Noise of each window from the seed and the window's number alone.

    What a window shares with the one before begins as the same noise in both. Both then draw much
    the same there, and blending them does not thin the noise out.

    Args:
        seed: of the clip, not negative.
        shared: latent frames that a window shares with the one before.
        dtype: numbers that are returned.
    """

    def __init__(self, seed: int, shared: int, dtype: torch.dtype) -> None:
        self._seed = seed
        self._shared = shared
        self._dtype = dtype
        self._windows = 0
        self._end: torch.Tensor | None = None

    def portrait(self) -> torch.Generator:
        """Return what draws the sample of the portrait's latents."""
        return self._generator(0)

    def window(self, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Generator]:
        """Return the next window's noise, and what draws more of it while it is denoised."""
        self._windows += 1
        generator = self._generator(self._windows)
        noise = torch.randn(shape, generator=generator)
        if self._end is not None:
            noise[:, 1 : 1 + self._shared] = self._end
        self._end = noise[:, -self._shared :].clone()
        return noise.to(self._dtype), generator

    def _generator(self, stream: int) -> torch.Generator:
        """Return an independent stream, by NumPy's mixing of several numbers to one seed."""
        mixed = np.random.SeedSequence((self._seed, stream)).generate_state(1)
        return torch.Generator().manual_seed(int(mixed[0]))


class RunningNoise:
    """All noise from one generator, in the order in which the released scripts draw it.

    Args:
        seed: of the clip.
        dtype: numbers that are drawn.
    """

    def __init__(self, seed: int, dtype: torch.dtype) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._dtype = dtype

    def portrait(self) -> torch.Generator:
        """Return what draws the sample of the portrait's latents."""
        return self._generator

    def window(self, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Generator]:
        """Return the next window's noise, and what draws more of it while it is denoised."""
        return torch.randn(shape, generator=self._generator, dtype=self._dtype), self._generator
