"""The transformer of SkyReels-A1: CogVideoX's, with a likeness in the place of the text.

It differs from diffusers' class by the two layers that turn SigLIP's patch tokens into text
embeddings (`patch_embed.pose_proj`), by 729 such tokens, and by its attention, which lets every
model choose its own kernel. Names of weights are those of the released checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from diffusers import CogVideoXTransformer3DModel
from diffusers.models._modeling_parallel import ContextParallelInput, ContextParallelOutput
from diffusers.models.embeddings import CogVideoXPatchEmbed
from diffusers.models.normalization import CogVideoXLayerNormZero
from torch import nn

from a1sdk_dit.model.attention import JointAttention
from a1sdk_dit.model.tables import TabledNorm

if TYPE_CHECKING:
    from diffusers.models.attention_dispatch import AttentionBackendName

    from a1sdk_dit.model.geometry import Rope

IDENTITY_TOKENS = 729
"""Patches of SigLIP's picture; released configurations say 226, which the released code ignores."""

IDENTITY_WIDTH = 1152
"""Width of SigLIP's patch tokens."""


class PatchEmbed(nn.Module):
    """Makes tokens of latents, puts those of the likeness before them and adds positions.

    Args:
        stock: CogVideoX's, whose layers are taken over.
        identity_width: width of the likeness tokens.
    """

    pos_embedding: torch.Tensor

    def __init__(self, stock: CogVideoXPatchEmbed, identity_width: int) -> None:
        super().__init__()
        self.proj = stock.proj
        self.text_proj = stock.text_proj
        self.pose_proj = nn.Sequential(
            nn.Linear(identity_width, 3 * identity_width),
            nn.SiLU(),
            nn.Linear(3 * identity_width, stock.text_proj.in_features),
        )
        self.register_buffer("pos_embedding", stock.pos_embedding)

    def embed_identity(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return likeness tokens [B, N, width] as the blocks read them, [B, N, D]."""
        embedded: torch.Tensor = self.text_proj(self.pose_proj(tokens))
        return embedded

    def forward(self, identity: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """Return tokens [B, N + S, D] of embedded likenesses [B, N, D], latents [B, F, C, h, w].

        Positions are added as they are stored, for one size and number of frames: what the release
        stores need not be the waves that a new table would hold.
        """
        batch, frames = latents.shape[:2]
        patches = self.proj(latents.flatten(0, 1)).flatten(2).transpose(1, 2)
        patches = patches.unflatten(0, (batch, frames)).flatten(1, 2)
        tokens = torch.cat([identity, patches], dim=1)
        return tokens + self.pos_embedding.to(tokens.dtype)


class A1Transformer3DModel(CogVideoXTransformer3DModel):
    """Predicts v of a window of latents, given a likeness, landmark latents and a portrait's.

    Args:
        identity_width: width of the likeness tokens.
        max_text_seq_length: how many likeness tokens there are.
        config: the other fields of a CogVideoX transformer's configuration.
    """

    _repeated_blocks: ClassVar[list[str]] = ["CogVideoXBlock"]
    _cp_plan: ClassVar[dict[str, Any]] = {
        "transformer_blocks.0": {
            "hidden_states": ContextParallelInput(1, 3),
            "encoder_hidden_states": ContextParallelInput(1, 3),
        },
        "transformer_blocks.*": {
            "image_rotary_emb": [ContextParallelInput(0, 2), ContextParallelInput(0, 2)]
        },
        "proj_out": ContextParallelOutput(1, 3),
    }

    def __init__(
        self,
        *,
        identity_width: int = IDENTITY_WIDTH,
        max_text_seq_length: int = IDENTITY_TOKENS,
        **config: Any,
    ) -> None:
        super().__init__(max_text_seq_length=max_text_seq_length, **config)
        self.patch_embed: PatchEmbed = PatchEmbed(self.patch_embed, identity_width)
        self.register_buffer("modulations", None, persistent=False)
        self._step = 0
        self.set_attn_processor(JointAttention())

    def use_attention(self, backend: AttentionBackendName) -> None:
        """Choose the kernel of this model's attention; other models keep theirs."""
        for processor in self.attn_processors.values():
            processor._attention_backend = backend

    def embed_identity(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return likeness tokens [B, N, width] as the blocks read them, [B, N, D].

        They are the same in all steps, so this is done once per clip. Zeros are no likeness.
        """
        return self.patch_embed.embed_identity(tokens)

    @torch.no_grad()
    def tabulate(self, timesteps: Sequence[int] | torch.Tensor) -> None:
        """Replace the layers that only depend on the step by their values in these steps.

        They are a seventh of all weights. Values are what the layers themselves compute for one
        window, so results stay the same to the bit. From here on `at_step` chooses the step.
        """
        weight = self.time_embedding.linear_1.weight
        steps = torch.as_tensor(timesteps, device=weight.device)
        embedded = [self._embed_step(step, weight.dtype) for step in steps.reshape(-1, 1)]
        per_block = [
            torch.stack([_modulations(norm, embedded) for norm in (block.norm1, block.norm2)], 1)
            for block in self.transformer_blocks
        ]
        self.modulations = torch.stack(per_block, 1)
        for block in self.transformer_blocks:
            block.norm1 = TabledNorm(block.norm1.norm, 0)
            block.norm2 = TabledNorm(block.norm2.norm, 1)

    def at_step(self, step: int) -> None:
        """Say which of the tabulated steps comes next; it counts only after `tabulate`."""
        self._step = step

    def forward(
        self,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        timestep: torch.Tensor,
        image_rotary_emb: Rope,
        return_dict: bool = False,
    ) -> tuple[torch.Tensor]:
        """Return v, [B, F, 16, h, w].

        Args:
            hidden_states: noise, landmark and portrait latents [B, F, 48, h, w], in this order.
            encoder_hidden_states: likenesses from `embed_identity`, [B, N, D].
            timestep: [B].
            image_rotary_emb: from `rope`.
            return_dict: must be False; it is here because diffusers' tools pass it on.
        """
        batch, frames, _, height, width = hidden_states.shape
        likeness = encoder_hidden_states.shape[1]
        step = self._embed_step(timestep.to(hidden_states.device), hidden_states.dtype)
        tokens = self.patch_embed(encoder_hidden_states, hidden_states)
        identity, picture = tokens[:, :likeness], tokens[:, likeness:]
        for number, block in enumerate(self.transformer_blocks):
            picture, identity = block(
                hidden_states=picture,
                encoder_hidden_states=identity,
                temb=step if self.modulations is None else self.modulations[self._step, number],
                image_rotary_emb=image_rotary_emb,
            )
        picture = self.proj_out(self.norm_out(self.norm_final(picture), temb=step))
        patch = self.config.patch_size
        grid = (batch, frames, height // patch, width // patch, -1, patch, patch)
        pixels = picture.reshape(grid).permute(0, 1, 4, 2, 5, 3, 6)
        return (pixels.flatten(5, 6).flatten(3, 4),)

    def _embed_step(self, timestep: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        embedded: torch.Tensor = self.time_embedding(self.time_proj(timestep).to(dtype))
        return embedded


def _modulations(norm: CogVideoXLayerNormZero, embedded: list[torch.Tensor]) -> torch.Tensor:
    """Return what a block's norm does in each step, [steps, 6 D]; one step at a time, as it does.

    A product with several rows may round otherwise than one with a single row.
    """
    return torch.cat([norm.linear(norm.silu(step)) for step in embedded])
