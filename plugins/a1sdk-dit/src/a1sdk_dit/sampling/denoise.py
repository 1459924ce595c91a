"""From noise to latents, step by step, with windows that agree where they overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import torch
from diffusers import CogVideoXDDIMScheduler, CogVideoXDPMScheduler

if TYPE_CHECKING:
    from a1sdk_dit.sampling.predictor import Predictor
    from a1sdk_dit.sampling.settings import SamplingSettings

Scheduler: TypeAlias = CogVideoXDDIMScheduler | CogVideoXDPMScheduler


class Denoiser:
    """Denoises the windows of a clip, in groups, one after the other.

    Windows of a group take each step together. In some steps a window takes over latents of the
    one before at its start, those of the same step: all of the first frame, less of each next. So
    it makes no difference how windows are grouped.

    Args:
        scheduler: takes the steps, DDIM or DPM; its timesteps are set.
        predictor: predicts v; `begin` was called.
        settings: how to sample.
        shared: latent frames that a window shares with the one before.
        on_step: called after each step with the number of windows that took it; it may raise.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        predictor: Predictor,
        settings: SamplingSettings,
        shared: int,
        on_step: Callable[[int], None],
    ) -> None:
        scheduler.set_timesteps(settings.steps)
        self._scheduler = scheduler
        self._timesteps: list[int] = scheduler.timesteps.tolist()
        self._predictor = predictor
        self._settings = settings
        self._shared = shared
        self._on_step = on_step
        self._ends: list[torch.Tensor] = []

    @torch.no_grad()
    def __call__(
        self,
        latents: torch.Tensor,
        control: torch.Tensor,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """Return the latents of a group of windows, [W, F, 16, h, w], as numbers of `latents`.

        Args:
            latents: noise, [W, F, 16, h, w].
            control: latents of the landmark pictures, [W, F, 16, h, w].
            generators: what draws each window's noise in steps that add some.
        """
        late, ends = self._settings.compat.late_seams, []
        clean: torch.Tensor | None = None
        for step, timestep in enumerate(self._timesteps):
            if step in self._settings.seam_steps:
                self._take_over(latents, step)
            before = latents
            v = self._predictor(latents, control, step, timestep)
            latents, clean = self._step(v, latents, step, clean, generators)
            ends.append((latents if late else before)[-1:, -self._shared :].clone())
            self._on_step(len(latents))
        self._ends = ends
        return latents

    def _take_over(self, latents: torch.Tensor, step: int) -> None:
        """Blend into each window's start the end of the one before, in place."""
        earlier = latents[:-1, -self._shared :]
        if self._ends:
            earlier = torch.cat([self._ends[step], earlier])
        later = latents[len(latents) - len(earlier) :, 1 : 1 + self._shared]
        for frame in range(self._shared):
            weight = (self._shared - frame) / self._shared
            later[:, frame] = weight * earlier[:, frame] + (1 - weight) * later[:, frame]

    def _step(
        self,
        v: torch.Tensor,
        latents: torch.Tensor,
        step: int,
        clean: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return less noisy latents, and what the step takes for latents without noise."""
        timestep = self._timesteps[step]
        if isinstance(self._scheduler, CogVideoXDPMScheduler):
            back = self._timesteps[step - 1] if step else None
            results = [
                self._scheduler.step(
                    v[w : w + 1],
                    None if clean is None else clean[w : w + 1],
                    timestep,
                    back,
                    latents[w : w + 1],
                    generator=generator,
                )
                for w, generator in enumerate(generators)
            ]
            moved, clean = (torch.cat(parts) for parts in zip(*results, strict=True))
        else:
            moved, clean = self._scheduler.step(v, timestep, latents, return_dict=False)
        return moved.to(latents.dtype), clean
