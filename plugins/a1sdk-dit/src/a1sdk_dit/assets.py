"""The released checkpoint: a snapshot of its repository on Hugging Face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.plugin import AssetGroup, Materials, Snapshot

if TYPE_CHECKING:
    from a1sdk_dit.options import EncoderOptions

SNAPSHOT = Snapshot(
    name="skyreels-a1",
    repo="Skywork/SkyReels-A1",
    include=(
        "transformer/*.json",
        "transformer/*.safetensors",
        "vae/*.json",
        "vae/*.safetensors",
        "pose_guider/*.json",
        "pose_guider/*.safetensors",
        "siglip-so400m-patch14-384/*.json",
        "siglip-so400m-patch14-384/*.safetensors",
        "scheduler/*.json",
    ),
    license_files=("LICENSE*",),
    approximate_size=13_000_000_000,
    license="LicenseRef-Skywork-Community",
    license_url="https://huggingface.co/Skywork/SkyReels-A1",
    license_notes=(
        "The repository's licence file is the Skywork Community License, while its model card says"
        " Apache-2.0. The weights are derived from CogVideoX-5B, which has a licence of its own."
        " The folder siglip-so400m-patch14-384 is Google's, under Apache-2.0."
    ),
    commercial=None,
)
"""Transformer, VAE, pose guider, vision tower and scheduler; the text encoder is never fetched."""

ASSETS = AssetGroup(alternatives=((SNAPSHOT,),))

_OWN = ("checkpoint", "lora", "network")


def materials(options: EncoderOptions) -> Materials:
    """Return what is loaded: a checkpoint of the user's takes the place of the declared one."""
    named = {name: getattr(options, name, None) for name in _OWN}
    return Materials(
        assets=ASSETS if options.checkpoint is None else None,
        own={name: path for name, path in named.items() if path is not None},
    )
