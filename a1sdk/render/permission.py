"""What a run may use: everything, or only what allows commercial use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk.errors import CapabilityError

if TYPE_CHECKING:
    from a1sdk.components.specs import AnyAsset, CommercialUse
    from a1sdk.render.job import RenderJob


@dataclass(frozen=True, slots=True)
class Permission:
    """What a run may use.

    Attributes:
        commercial: whether only what allows commercial use.
        licensed: names of what the user has another licence for, which allows it.
    """

    commercial: bool = False
    licensed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, job: RenderJob | None = None) -> Permission:
        """Return what a job may use; `A1_COMMERCIAL=1` asks the same of every run."""
        asked = os.environ.get("A1_COMMERCIAL") == "1"
        if job is None:
            return cls(asked)
        return cls(asked or job.commercial, frozenset(job.licensed))

    def allows(self, name: str, use: CommercialUse) -> bool:
        """Say whether something may be used: what nobody has declared is not for sale."""
        return not self.commercial or name in self.licensed or use in ("yes", "terms")

    def check(self, ref: str, asset: AnyAsset) -> None:
        """Raise `CapabilityError` where the component `ref` may not use an asset."""
        if not self.allows(asset.name, asset.use):
            raise CapabilityError(
                f"{asset.name!r} of {ref!r} does not allow commercial use ({asset.license}).",
                hint="run `a1 licences` to see what does, or say `--licensed"
                f" {asset.name}` if you hold a licence that allows it",
            )
