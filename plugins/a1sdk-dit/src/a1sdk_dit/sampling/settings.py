"""How pictures are sampled: what a profile, a plan and the options of the renderer decide."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from a1sdk.plugin import ConfigError


@dataclass(frozen=True, slots=True)
class Compat:
    """Habits of the released scripts, each off unless their results are wanted.

    Attributes:
        rounded_steps: latents are rounded to the networks' numbers after every step.
        late_seams: a window takes over latents of the one before that are one step less noisy than
            its own.
        encode_each_window: the portrait is encoded anew for every window (in tiles, where pictures
            are decoded in tiles), and one generator gives all noise.
        restart_decoder: every window is decoded by itself, with its reference and what it shares
            with the one before.
    """

    rounded_steps: bool = False
    late_seams: bool = False
    encode_each_window: bool = False
    restart_decoder: bool = False

    @classmethod
    def reference(cls) -> Compat:
        """Return what repeats the released scripts."""
        return cls(True, True, True, True)


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Steps whose blocks are extrapolated from steps before them instead of computed.

    Attributes:
        first: steps at the start that are all computed.
        interval: of the steps after those, every so many-th is computed.
    """

    first: int = 3
    interval: int = 2


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How one clip is sampled.

    Attributes:
        steps: denoising steps.
        guidance: how far each step goes from no likeness past the likeness; 1 is off.
        guided_share: share of the steps that are guided, the first ones, rounded up.
        batched_guidance: whether both branches of a guided step are one batch. Same result, fewer
            and larger kernels, and more memory.
        cache: steps that are not computed in full; whoever makes the networks applies it to them.
        compat: habits of the released scripts.
        windows_at_once: windows that are denoised together. Same result, fewer and larger kernels.
        tiled: whether pictures are decoded in tiles, which takes less memory and shows slightly.
    """

    steps: int = 10
    guidance: float = 3.0
    guided_share: float = 1.0
    batched_guidance: bool = False
    cache: CacheSettings | None = None
    compat: Compat = field(default_factory=Compat)
    windows_at_once: int = 1
    tiled: bool = False

    def __post_init__(self) -> None:
        """Check what excludes each other.

        Raises:
            ConfigError: windows cannot be denoised together, since each has its own encoding of
                the portrait, or starts from where the one before ends a step.
        """
        alone = self.compat.late_seams or self.compat.encode_each_window
        if self.windows_at_once > 1 and alone:
            raise ConfigError(
                f"Sampling as the released scripts do cannot denoise {self.windows_at_once} windows"
                " at once.",
                hint="Set windows_at_once to 1, or sampling to seamless.",
            )

    @property
    def guided_steps(self) -> int:
        """How many steps, from the first, are guided."""
        return math.ceil(self.guided_share * self.steps) if self.guidance > 1 else 0

    @property
    def seam_steps(self) -> range:
        """Steps at whose start a window takes over latents of the one before.

        The released scripts do so in steps 4 to 7 of 10; other numbers of steps have the same
        share.
        """
        return range(-(-2 * self.steps // 5), -(-4 * self.steps // 5))
