"""Where the parts of a checkpoint are, and whether it is one of SkyReels-A1; without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from a1sdk.plugin import AssetMissingError, ConfigError
from a1sdk_dit.checkpoint.stored import Stored, Weights, find_weights, label, read_json
from a1sdk_dit.model.geometry import Geometry

SIGLIP = "siglip-so400m-patch14-384"

_STEM = "diffusion_pytorch_model"
_HINT = "point the option `checkpoint` to the folder that was released as Skywork/SkyReels-A1"
_POSITIONS = "patch_embed.pos_embedding"
_IDENTITY = "patch_embed.pose_proj.0.weight"


@dataclass(frozen=True, slots=True)
class Part:
    """One network of a checkpoint.

    Attributes:
        folder: where it is.
        config: its configuration.
        weights: its tensors.
    """

    folder: Path
    config: Mapping[str, Any]
    weights: Weights

    @property
    def files(self) -> str:
        """The files of its tensors, as messages say it."""
        files = {label(stored.file) for stored in self.weights.values()}
        return ", ".join(sorted(files)) or self.folder.name


@dataclass(frozen=True, slots=True)
class Layout:
    """A checkpoint in the layout of the release; its tokenizer and text encoder are not used.

    Attributes:
        root: the folder of it all.
        transformer: draws.
        vae: pictures to latents and back.
        pose_guider: a second VAE, for landmark drawings.
        siglip: the vision tower that encodes likenesses.
        scheduler: configuration of the denoising steps.
        identity_tokens: how many tokens a likeness has.
        identity_width: how wide they are.
        geometry: sizes of what the model draws.
    """

    root: Path
    transformer: Part
    vae: Part
    pose_guider: Part
    siglip: Part
    scheduler: Path
    identity_tokens: int
    identity_width: int
    geometry: Geometry


def find_layout(folder: Path, precision: str = "bf16") -> Layout:
    """Return the parts of a checkpoint, from its configurations and the headers of its weights.

    Args:
        folder: the checkpoint's.
        precision: the weights to prefer where there are several: bf16, fp16 or fp32.

    Raises:
        AssetMissingError: the folder, a part or a file is missing.
        ConfigError: it is a checkpoint of something else, or has pickles only.
        ResourceError: a file is damaged.
    """
    config = _transformer_config(folder)
    for name in ("vae", "pose_guider", SIGLIP, "scheduler"):
        if not (folder / name).is_dir():
            raise AssetMissingError(
                f"The checkpoint {folder} has no folder {name!r}.",
                hint="fetch all of Skywork/SkyReels-A1 but tokenizer and text_encoder",
            )
    transformer = Part(
        folder / "transformer", config, find_weights(folder / "transformer", _STEM, precision)
    )
    siglip = _part(folder / SIGLIP, "model", precision)
    geometry = _geometry(config)
    positions = _tensor(transformer, _POSITIONS, 3)
    layout = Layout(
        root=folder,
        transformer=transformer,
        vae=_part(folder / "vae", _STEM, precision),
        pose_guider=_part(folder / "pose_guider", _STEM, precision),
        siglip=siglip,
        scheduler=folder / "scheduler" / "scheduler_config.json",
        identity_tokens=positions.shape[1] - geometry.tokens,
        identity_width=_tensor(transformer, _IDENTITY, 2).shape[1],
        geometry=geometry,
    )
    _check_vaes(layout)
    _check_likeness(layout, positions)
    return layout


def vision_config(siglip: Part) -> Mapping[str, Any]:
    """Return the configuration of the vision tower, which may be one of two towers."""
    vision: Mapping[str, Any] = siglip.config.get("vision_config", siglip.config)
    return vision


def _part(folder: Path, stem: str, precision: str) -> Part:
    return Part(folder, read_json(folder / "config.json"), find_weights(folder, stem, precision))


def _transformer_config(folder: Path) -> Mapping[str, Any]:
    """Return the transformer's configuration, after checking that it is this model's."""
    if not folder.is_dir():
        raise AssetMissingError(f"There is no folder {folder}.", hint=_HINT)
    if not (folder / "transformer").is_dir():
        raise ConfigError(f"The folder {folder} {_nature(folder)}.", hint=_HINT)
    path = folder / "transformer" / "config.json"
    config = read_json(path)
    name = config.get("_class_name")
    if name != "CogVideoXTransformer3DModel":
        raise ConfigError(f"{label(path)} is of a {name}, not of SkyReels-A1.", hint=_HINT)
    if config.get("patch_size_t") or config.get("ofs_embed_dim"):
        raise ConfigError(f"{label(path)} is of CogVideoX 1.5, not of SkyReels-A1.", hint=_HINT)
    inputs, outputs = config.get("in_channels"), config.get("out_channels")
    if not isinstance(outputs, int) or inputs != 3 * outputs:
        raise ConfigError(
            f"{label(path)} says in_channels {inputs} and out_channels {outputs}; SkyReels-A1 has"
            " 48 and 16: noise, landmarks and portrait. It is another model of CogVideoX's family.",
            hint=_HINT,
        )
    return config


def _geometry(config: Mapping[str, Any]) -> Geometry:
    try:
        geometry = Geometry.of(config)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ConfigError(
            f"transformer/config.json does not say the sizes of the model ({error}).", hint=_HINT
        ) from error
    if geometry.stride <= 0:
        raise ConfigError(
            f"transformer/config.json says {geometry.frames} frames, too few to overlap.",
            hint=_HINT,
        )
    return geometry


def _nature(folder: Path) -> str:
    index = folder / "model_index.json"
    kind = read_json(index).get("_class_name") if index.is_file() else None
    if kind in (None, "CogVideoXImageToVideoPipeline"):  # the release says the latter
        return (
            "has no folder 'transformer': it holds no checkpoint of SkyReels-A1, or a part of one"
        )
    return f"holds a {kind}, not SkyReels-A1"


def _tensor(part: Part, name: str, axes: int) -> Stored:
    stored = part.weights.get(name)
    if stored is None:
        raise ConfigError(
            f"Tensor {name!r} is missing from {part.files}: they are not SkyReels-A1's.",
            hint=_HINT,
        )
    if len(stored.shape) != axes:
        raise ConfigError(
            f"Tensor {name!r} of {label(stored.file)} has shape {list(stored.shape)}, not {axes}"
            " axes.",
            hint=_HINT,
        )
    return stored


def _check_vaes(layout: Layout) -> None:
    channels = layout.transformer.config["out_channels"]
    for part in (layout.vae, layout.pose_guider):
        name, latents = part.config.get("_class_name"), part.config.get("latent_channels", 16)
        if name != "AutoencoderKLCogVideoX" or latents != channels:
            raise ConfigError(
                f"{part.folder.name}/config.json is of a {name} with {latents} latent channels, not"
                f" of an AutoencoderKLCogVideoX with {channels}.",
                hint=_HINT,
            )


def _check_likeness(layout: Layout, positions: Stored) -> None:
    """Hold what the tower yields to what the transformer reads."""
    if layout.identity_tokens <= 0:
        raise ConfigError(
            f"Tensor {_POSITIONS!r} of {label(positions.file)} has {positions.shape[1]} positions,"
            f" fewer than the {layout.geometry.tokens} tokens of a picture.",
            hint=_HINT,
        )
    vision = vision_config(layout.siglip)
    try:
        tokens = (int(vision["image_size"]) // int(vision["patch_size"])) ** 2
        width = int(vision["hidden_size"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{SIGLIP}/config.json is not of a SigLIP vision tower.", hint=_HINT
        ) from error
    if (tokens, width) != (layout.identity_tokens, layout.identity_width):
        side = math.isqrt(tokens)
        raise ConfigError(
            f"{SIGLIP} yields {tokens} tokens of width {width} ({side} by {side}), and the"
            f" transformer reads {layout.identity_tokens} of width {layout.identity_width}.",
            hint=_HINT,
        )
