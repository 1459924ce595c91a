"""Attention over likeness and picture together, through diffusers' dispatcher of kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn
from diffusers.models.embeddings import apply_rotary_emb

if TYPE_CHECKING:
    from diffusers.models._modeling_parallel import ParallelConfig
    from diffusers.models.attention_processor import Attention

    from a1sdk_dit.model.geometry import Rope


class JointAttention:
    """Attention processor that knows its own kernel.

    diffusers' processor for this network calls PyTorch itself, and `set_attention_backend` changes
    the kernel of every model in the process. Here the kernel is an attribute, so that nothing else
    is touched. The attributes have the names by which diffusers sets up context parallelism.
    """

    def __init__(self, backend: AttentionBackendName = AttentionBackendName.NATIVE) -> None:
        self._attention_backend = backend
        self._parallel_config: ParallelConfig | None = None

    def __call__(
        self,
        attn: Attention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        image_rotary_emb: Rope,
        attention_mask: None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the attended picture tokens and likeness tokens, each shaped as it came.

        Args:
            attn: the block's projections and norms.
            hidden_states: picture tokens [B, S, D].
            encoder_hidden_states: likeness tokens [B, N, D]; they have no position to rotate by.
            image_rotary_emb: cosines and sines [S, head_dim].
            attention_mask: None; diffusers always passes it on.
        """
        likeness = encoder_hidden_states.shape[1]
        joint = torch.cat([encoder_hidden_states, hidden_states], dim=1)
        query, key, value = (
            project(joint).unflatten(-1, (attn.heads, -1))
            for project in (attn.to_q, attn.to_k, attn.to_v)
        )
        query, key = attn.norm_q(query), attn.norm_k(key)
        for turned in (query, key):
            turned[:, likeness:] = apply_rotary_emb(
                turned[:, likeness:], image_rotary_emb, sequence_dim=1
            )
        attended = dispatch_attention_fn(
            query,
            key,
            value,
            backend=self._attention_backend,
            parallel_config=self._parallel_config,
        )
        projected = attn.to_out[0](attended.flatten(2))
        return projected[:, likeness:], projected[:, :likeness]
