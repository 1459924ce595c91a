"""Which checkpoint to use: the folder that a user names, or the one that was pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.plugin import AssetMissingError, RunContext
from a1sdk_dit.assets import SNAPSHOT
from a1sdk_dit.checkpoint.layout import Layout, find_layout

if TYPE_CHECKING:
    from a1sdk_dit.options import EncoderOptions


def checkpoint_folder(options: EncoderOptions, ctx: RunContext, precision: str = "bf16") -> Layout:
    """Return the parts of the checkpoint of a run.

    Args:
        options: may name a folder.
        ctx: knows what was pulled.
        precision: the weights to prefer where there are several: bf16, fp16 or fp32.

    Raises:
        AssetMissingError: it is not on this machine, or a part of it is missing.
        ConfigError: it is a checkpoint of something else, or has pickles only.
        ResourceError: a file is damaged.
    """
    if options.checkpoint is not None:
        return find_layout(options.checkpoint, precision)
    try:
        folder = ctx.asset(SNAPSHOT.name)
    except AssetMissingError as error:
        raise AssetMissingError(
            "The checkpoint of SkyReels-A1 is not on this machine.",
            hint="fetch it with `a1 assets pull dit/skyreels-a1`, or name the folder that it is in"
            " with the option `checkpoint`",
        ) from error
    return find_layout(folder, precision)
