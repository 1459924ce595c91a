"""How the networks lie on their device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from a1sdk_dit.options import Attention, Quantization

Placed = Literal["resident", "tabled", "offload"]
"""Where the transformer's weights are."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How the networks lie on their device, and what computes them.

    Of all this, only `precision` and `quantize` change what is drawn by more than rounding.

    Attributes:
        precision: numbers of the networks.
        memory: resident keeps every weight on the device; tabled leaves out those that only depend
            on the step, which a table stands in for; offload is tabled, and keeps all but one or
            two blocks of the transformer in the host's memory.
        quantize: numbers of the blocks' large linear layers.
        attention: kernel of the attention; auto is the quickest that works on the device.
        compile: whether blocks are compiled, which takes minutes at first.
    """

    precision: Literal["bf16", "fp32"] = "bf16"
    memory: Placed = "tabled"
    quantize: Quantization = "none"
    attention: Attention = "auto"
    compile: bool = False
