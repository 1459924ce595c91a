"""Hand a cut back: the timeline that came in, with rendered shots exactly where the stills were."""

from a1sdk.timeline.conform.handback import Conformed, Relinked, conform
from a1sdk.timeline.conform.otio_nodes import Flavour

__all__ = ["Conformed", "Flavour", "Relinked", "conform"]
