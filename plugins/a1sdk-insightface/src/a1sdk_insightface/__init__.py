"""Who is in the picture: `insightface/arcface` and `insightface/scrfd`, on insightface 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.plugin import CapabilityError, Comparison, FaceTrackerSpec, IdentityEncoderSpec, hookimpl
from a1sdk_insightface.assets import ASSETS

if TYPE_CHECKING:
    from a1sdk.plugin import A1Error

IDENTITY = "arcface/1"
"""Likeness that the encoder makes: `embedding`, float32 [D], of length 1."""

SAME_FROM = 0.4
"""Cosine from which on two faces are one person's.

With the small test network that accepts 7 of 1755 pairs of different people, see docs/identity.md.
More would cost people who turn away: in a film, one person's small faces come down to 0.40.
"""

OTHER_BELOW = 0.35
"""Cosine below which they are two people's.

With that network no frame of 32 films was below it in which the portrait was right, though heads
turned by 30 degrees and more, and no frame of another person's reached it, see docs/identity.md.
"""

_DEVICES = ("cuda", "mps", "cpu")


@hookimpl
def a1_register_identity_encoders() -> list[IdentityEncoderSpec]:
    """Offer the encoder."""
    return [
        IdentityEncoderSpec(
            name="arcface",
            summary="Encodes whose face it is with the recognition network of an insightface pack.",
            factory="a1sdk_insightface.encoder:ArcFace",
            options="a1sdk_insightface.options:EncoderOptions",
            devices=_DEVICES,
            assets=ASSETS,
            materials="a1sdk_insightface.assets:materials",
            produces=IDENTITY,
            comparison=Comparison(array="embedding", same_from=SAME_FROM, other_below=OTHER_BELOW),
        )
    ]


@hookimpl
def a1_register_face_trackers() -> list[FaceTrackerSpec]:
    """Offer the tracker."""
    return [
        FaceTrackerSpec(
            name="scrfd",
            summary="Finds faces, small ones too, and fits a resting face to five points of each:"
            " place and pose, no expression.",
            factory="a1sdk_insightface.tracker:Scrfd",
            options="a1sdk_insightface.options:TrackerOptions",
            devices=_DEVICES,
            assets=ASSETS,
            materials="a1sdk_insightface.assets:materials",
            expression=False,
        )
    ]


@hookimpl
def a1_doctor() -> list[A1Error]:
    """Say whether insightface can be used: it is installed apart, and needs an OpenCV."""
    from a1sdk_insightface.library import model_zoo

    try:
        model_zoo()
    except CapabilityError as error:
        return [error]
    return []
