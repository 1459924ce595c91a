"""Who makes the pictures between the model's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.plugin import ConfigError
from a1sdk_dit.interpolation.blend import cross_fade
from a1sdk_dit.interpolation.guided import LandmarkWarp

if TYPE_CHECKING:
    from a1sdk_dit.interpolation.protocol import Floats, InBetween
    from a1sdk_dit.options import RendererOptions


def in_between(options: RendererOptions, device: str, neutral: Floats) -> InBetween:
    """Return what the option `between` names.

    Args:
        options: the renderer's.
        device: where a network is to run.
        neutral: landmarks of the portrait, [478, 3], pixels of the model's picture.

    Raises:
        AssetMissingError: there is no such network.
        CapabilityError: networks cannot be run here.
        ConfigError: a network is wanted and not named, or the file is none.
    """
    if options.between == "blend":
        return cross_fade
    if options.between == "landmarks":
        return LandmarkWarp(neutral)
    if options.network is None:
        raise ConfigError(
            "The option `between` is network, and no network is named.",
            hint="name an ONNX file with the option `network`",
        )
    from a1sdk_dit.interpolation.network import Network

    return Network(options.network, device)
