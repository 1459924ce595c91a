"""What one denoising step asks of the transformer: v, guided by the likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch

from a1sdk_dit.device import current
from a1sdk_dit.model.geometry import rope

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk_dit.model.geometry import Rope
    from a1sdk_dit.model.transformer import A1Transformer3DModel
    from a1sdk_dit.sampling.models import Models
    from a1sdk_dit.sampling.settings import SamplingSettings


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What stays the same in all steps of a clip, in the transformer's numbers, on its device.

    Attributes:
        image: latents of the portrait in the first latent frame, zeros after it,
            [1, F, 16, h, w].
        likeness: the likeness as the blocks read it, [1, N, D].
        blank: no likeness, as the blocks read it, [1, N, D].
        rope: cosines and sines of the positions, float32 [S, head_dim] each.
    """

    image: torch.Tensor
    likeness: torch.Tensor
    blank: torch.Tensor
    rope: Rope

    @classmethod
    @torch.no_grad()
    def of(
        cls, models: Models, portrait: torch.Tensor, tokens: npt.NDArray[np.float32]
    ) -> Conditions:
        """Prepare what the transformer is told about one clip.

        Args:
            models: the networks.
            portrait: latents of the portrait, [1, 1, 16, h, w].
            tokens: the likeness, [N, width].
        """
        seen = torch.from_numpy(tokens)[None].to(models.device, models.dtype)
        after = portrait.new_zeros(1, models.geometry.latent_frames - 1, *portrait.shape[2:])
        return cls(
            image=torch.cat([portrait, after], dim=1).to(models.dtype),
            likeness=models.transformer.embed_identity(seen),
            blank=models.transformer.embed_identity(torch.zeros_like(seen)),
            rope=rope(models.geometry, models.transformer.config.attention_head_dim, models.device),
        )


class Predictor(Protocol):
    """Predicts v, guided; on one device or on several.

    The same method calls come for every clip: `begin`, then the steps of a group of windows in
    order, then `begin` again before the next group, and `end` once at the end, whatever happened.
    """

    def begin(self, conditions: Conditions) -> None:
        """Forget the windows before, and work under these conditions from here on."""
        ...

    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        """Return v of every window, guided, float32 [W, F, 16, h, w].

        Args:
            latents: noisy latents [W, F, 16, h, w], of any type.
            control: latents of the landmark pictures, [W, F, 16, h, w], in the network's type.
            step: number of the denoising step, from 0.
            timestep: the noise's level, of 0 to 999.
        """
        ...

    def end(self) -> None:
        """Let go of everything that was kept."""
        ...


class LocalPredictor:
    """Predicts v on the transformer's own device.

    A guided step looks at each window twice, without and with the likeness, one after the other or
    as one batch. Steps past the guided ones, and all where guidance is 1, look once.
    """

    def __init__(self, transformer: A1Transformer3DModel, settings: SamplingSettings) -> None:
        self._transformer = transformer
        self._settings = settings
        self._conditions: Conditions | None = None

    def begin(self, conditions: Conditions) -> None:
        """Forget the windows before, and work under these conditions from here on."""
        self._transformer._reset_stateful_cache()
        self._conditions = conditions

    def end(self) -> None:
        """Let go of everything that was kept."""
        self._transformer._reset_stateful_cache()
        self._conditions = None

    @torch.no_grad()
    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        """Return v of every window, guided, float32 [W, F, 16, h, w]; see `Predictor`."""
        conditions = self._conditions
        if conditions is None:
            raise RuntimeError("begin was not called")
        self._transformer.at_step(step)
        image = conditions.image.expand(len(latents), -1, -1, -1, -1)
        seen = torch.cat([latents.to(control.dtype), control, image], dim=2)
        likeness = conditions.likeness.expand(len(seen), -1, -1)
        if step >= self._settings.guided_steps:
            return self._look("cond", seen, likeness, timestep, conditions.rope)
        blank = conditions.blank.expand(len(seen), -1, -1)
        if self._settings.batched_guidance:
            twice, both = torch.cat([seen, seen]), torch.cat([blank, likeness])
            without, guided = self._look("both", twice, both, timestep, conditions.rope).chunk(2)
        else:
            without = self._look("uncond", seen, blank, timestep, conditions.rope)
            guided = self._look("cond", seen, likeness, timestep, conditions.rope)
        return without + self._settings.guidance * (guided - without)

    def _look(
        self, name: str, seen: torch.Tensor, likeness: torch.Tensor, timestep: int, rope: Rope
    ) -> torch.Tensor:
        """Return v, float32; `name` is the branch, which has its own state where steps are cached.

        Args:
            name: the branch.
            seen: noisy, landmark and portrait latents, [B, F, 48, h, w].
            likeness: [B, N, D].
            timestep: the noise's level.
            rope: cosines and sines of the positions.
        """
        with current(seen.device), self._transformer.cache_context(name):
            v: torch.Tensor = self._transformer(
                hidden_states=seen,
                encoder_hidden_states=likeness,
                timestep=torch.full((len(seen),), timestep, device=seen.device),
                image_rotary_emb=rope,
            )[0]
        return v.float()
