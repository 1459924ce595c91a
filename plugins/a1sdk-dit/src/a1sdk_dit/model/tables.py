"""Norms of the blocks that look up what they would otherwise compute from the step."""

from __future__ import annotations

import torch
from torch import nn


class TabledNorm(nn.Module):
    """A block's adaptive norm, its modulation looked up.

    Args:
        norm: the norm before modulation.
        place: 0 for the norm before the attention, 1 for the one before the feed-forward layers.
    """

    def __init__(self, norm: nn.Module, place: int) -> None:
        super().__init__()
        self.norm = norm
        self.place = place

    def forward(
        self, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor, temb: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return picture and likeness tokens, normed and modulated, and the gates of both.

        Args:
            hidden_states: picture tokens [B, S, D].
            encoder_hidden_states: likeness tokens [B, N, D].
            temb: shifts, scales and gates of this block in this step, [2, 6 D].
        """
        shift, scale, gate, shift_likeness, scale_likeness, gate_likeness = temb[self.place].chunk(
            6
        )
        return (
            self.norm(hidden_states) * (1 + scale) + shift,
            self.norm(encoder_hidden_states) * (1 + scale_likeness) + shift_likeness,
            gate,
            gate_likeness,
        )
