"""The released scripts' way of running SkyReels-A1, with diffusers' own classes."""

from __future__ import annotations

from typing import Any

import torch
from a1sdk_dit.model.geometry import rope
from diffusers import CogVideoXTransformer3DModel
from dit_bench import STEPS, Scale, build, build_vae, positions, schedule


class Reference:
    """The released scripts' way, with diffusers' own classes."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        sizes = scale.networks.transformer
        self.transformer = build(
            CogVideoXTransformer3DModel,
            scale.dtype,
            scale.device,
            **scale.transformer,
            **positions(),
            max_text_seq_length=sizes.identity,
        )
        self.vae = build_vae(scale)
        self.scheduler = schedule()
        self.scheduler.set_timesteps(STEPS)
        at, pictures = scale.networks.latents, scale.networks.pictures
        self.shape = (1, at.frames, 16, at.height, at.width)
        self.identity = scale.random(2, sizes.identity, sizes.text)
        self.rope = rope(scale.networks.geometry, sizes.width // sizes.heads, scale.device)
        self.pixels = scale.random(1, 3, pictures.frames, pictures.height, pictures.width)

    def step(self, latents: torch.Tensor, conditions: torch.Tensor, timestep: Any) -> torch.Tensor:
        """Return latents after one guided step, both branches in one batch."""
        seen = torch.cat([torch.cat([latents] * 2), conditions.repeat(2, 1, 1, 1, 1)], dim=2)
        v = self.transformer(
            hidden_states=seen,
            encoder_hidden_states=self.identity,
            timestep=timestep.expand(2).to(self.scale.device),
            image_rotary_emb=self.rope,
            return_dict=False,
        )[0].float()
        without, guided = v.chunk(2)
        v = without + 3.0 * (guided - without)
        return self.scheduler.step(v, timestep, latents, return_dict=False)[0].to(latents.dtype)

    def encode(self) -> torch.Tensor:
        """Return the landmark pictures' latents, frames first."""
        self.vae.use_tiling = False
        return self.vae.encode(self.pixels).latent_dist.mode().transpose(1, 2)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Return pixels, decoded in tiles."""
        self.vae.enable_tiling()
        return self.vae.decode(latents.transpose(1, 2) / 0.7).sample

    def clip(self) -> torch.Tensor:
        """Return pixels of a window, from landmark pictures."""
        control, latents = self.encode(), self.scale.random(*self.shape)
        conditions = torch.cat([control, torch.zeros_like(control)], dim=2)
        for timestep in self.scheduler.timesteps:
            latents = self.step(latents, conditions, timestep)
        return self.decode(latents)
