"""The contract kit: tests that every plugin passes, and doubles to write others with.

Needs pytest, as `pip install a1sdk[testing]` brings it. A plugin's whole test file can be:

    from a1sdk.testing import MotionSourceContract

    class TestNod(MotionSourceContract):
        ref = "wave/nod"
"""

import pytest

pytest.register_assert_rewrite(
    "a1sdk.testing.contract",
    "a1sdk.testing.encoders",
    "a1sdk.testing.renderers",
    "a1sdk.testing.sources",
    "a1sdk.testing.trackers",
    "a1sdk.testing.writers",
)

from a1sdk.testing.contract import ComponentContract  # noqa: E402 - after the line above
from a1sdk.testing.doubles import Counted, open_resources  # noqa: E402
from a1sdk.testing.encoders import IdentityEncoderContract  # noqa: E402
from a1sdk.testing.faces import (  # noqa: E402
    neutral_shape,
    performance,
    performing,
    portrait,
    still,
    targets_of,
)
from a1sdk.testing.renderers import RendererContract  # noqa: E402
from a1sdk.testing.sources import MotionSourceContract  # noqa: E402
from a1sdk.testing.trackers import FaceTrackerContract  # noqa: E402
from a1sdk.testing.writers import MotionWriterContract  # noqa: E402

__all__ = [
    "ComponentContract",
    "Counted",
    "FaceTrackerContract",
    "IdentityEncoderContract",
    "MotionSourceContract",
    "MotionWriterContract",
    "RendererContract",
    "neutral_shape",
    "open_resources",
    "performance",
    "performing",
    "portrait",
    "still",
    "targets_of",
]
