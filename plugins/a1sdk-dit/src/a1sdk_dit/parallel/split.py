"""Who computes what: branches of the guidance, and places that share one branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk.plugin import CapabilityError

if TYPE_CHECKING:
    from a1sdk_dit.options import Attention


UNSHARED: frozenset[Attention] = frozenset({"math", "efficient"})
"""Kernels of the attention that cannot share a forward pass."""


@dataclass(frozen=True, slots=True)
class Split:
    """How ranks share the work of a step.

    Ranks 0 to `context` - 1 share the branch with the likeness, and where there are two branches
    the others share the one without. In steps without guidance those others idle: to let them in
    would take a second set of process groups and of hooks, for a part of one profile's steps.

    Attributes:
        branches: 2: the branches of the guidance are computed at the same time; 1: one after the
            other, by all ranks.
        context: how many ranks share each branch, by context parallelism.
    """

    branches: int
    context: int

    @classmethod
    def of(cls, devices: int, *, guided: bool) -> Split:
        """Return the quickest way for so many devices.

        Branches need no exchange within a step and come first; what is left shares tokens.
        """
        if guided and devices % 2 == 0:
            return cls(branches=2, context=devices // 2)
        return cls(branches=1, context=devices)

    @property
    def ranks(self) -> int:
        """How many processes take part."""
        return self.branches * self.context

    def branch(self, rank: int) -> int:
        """Return which branch a rank computes: 0 with the likeness, 1 without."""
        return rank // self.context

    def check(self, heads: int, tokens: int) -> None:
        """Check that each rank gets a part of the attention's heads and of the tokens.

        Args:
            heads: of the transformer's attention.
            tokens: the fewest that are shared at once: those of the likeness.

        Raises:
            CapabilityError: there are too many ranks, or the last would get no head.
        """
        each = -(-heads // self.context)
        if tokens < self.context or heads <= each * (self.context - 1):
            raise CapabilityError(
                f"{self.context} devices cannot share {heads} attention heads and {tokens} tokens.",
                hint="use fewer gpus, or a number that divides the heads",
            )


def unshared_kernel(name: str) -> CapabilityError:
    """Return the error of a kernel of the attention that cannot share a forward pass."""
    return CapabilityError(
        f"Attention kernel {name!r} cannot share a pass among devices.",
        hint="leave the option attention at auto, or set it to native, flash or cudnn",
    )


def unshared_blocks() -> CapabilityError:
    """Return the error of compiled blocks: the sizes of parts are exchanged in the midst of one."""
    return CapabilityError(
        "Compiled blocks cannot share a pass among devices.",
        hint="set compile to false; two gpus with guidance can be compiled",
    )
