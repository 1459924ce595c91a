"""Renderer `dit/skyreels-a1`: SkyReels-A1's video diffusion transformer, on diffusers."""

from __future__ import annotations

from fractions import Fraction

from a1sdk.plugin import IdentityEncoderSpec, RendererSpec, hookimpl
from a1sdk_dit.assets import ASSETS

IDENTITY = "siglip-so400m-face/1"
"""Likeness that the renderer needs: SigLIP's patch tokens of the aligned face."""

LOOKAHEAD = Fraction(30)
"""Seconds of targets that are needed beyond the one drawn: two groups of the most windows that can
be denoised at once, one being drawn ahead of the other, at the slowest rate of the model."""


@hookimpl
def a1_register_identity_encoders() -> list[IdentityEncoderSpec]:
    """Return the encoder of the likeness that the renderer needs."""
    return [
        IdentityEncoderSpec(
            name="siglip-face",
            summary="Encodes an aligned face as the patch tokens of SigLIP's vision tower.",
            factory="a1sdk_dit.encoder:SiglipFace",
            options="a1sdk_dit.options:EncoderOptions",
            devices=("cuda", "cpu"),
            assets=ASSETS,
            materials="a1sdk_dit.assets:materials",
            produces=IDENTITY,
        )
    ]


@hookimpl
def a1_register_renderers() -> list[RendererSpec]:
    """Return the renderer."""
    return [
        RendererSpec(
            name="skyreels-a1",
            summary="Draws the performance with SkyReels-A1's video diffusion transformer.",
            factory="a1sdk_dit.renderer:SkyReelsA1",
            options="a1sdk_dit.options:RendererOptions",
            devices=("cuda", "cpu"),
            assets=ASSETS,
            materials="a1sdk_dit.assets:materials",
            lookahead_time=LOOKAHEAD,
            native_rate=Fraction(12),
            segment=48,
            identities=frozenset({IDENTITY}),
            needs_face_tracker=True,
            depths=(8, 16),
        )
    ]
