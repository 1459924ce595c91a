"""The networks of one checkpoint on their device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from a1sdk_dit.sampling.turns import Turns

if TYPE_CHECKING:
    import torch
    from diffusers import (
        AutoencoderKLCogVideoX,
        CogVideoXDDIMScheduler,
        CogVideoXDPMScheduler,
    )

    from a1sdk_dit.model.geometry import Geometry
    from a1sdk_dit.model.transformer import A1Transformer3DModel


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What pictures are sampled with.

    Attributes:
        transformer: predicts v of noisy latents.
        vae: encodes the portrait and decodes pictures.
        pose_guider: encodes landmark pictures; it needs no decoder.
        scheduler: takes the steps.
        geometry: sizes of a window.
        device: where the networks work.
        dtype: numbers of the transformer. The others work in their own.
        turns: clips that are drawn at the same time take them.
    """

    transformer: A1Transformer3DModel
    vae: AutoencoderKLCogVideoX
    pose_guider: AutoencoderKLCogVideoX
    scheduler: CogVideoXDDIMScheduler | CogVideoXDPMScheduler
    geometry: Geometry
    device: torch.device
    dtype: torch.dtype
    turns: Turns = field(default_factory=Turns)
