"""Lays networks out on their device as a plan says: tables, quantization, kernels, offloading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers.hooks import TaylorSeerCacheConfig
from torch import nn

from a1sdk.plugin import CapabilityError
from a1sdk_dit.exhaustion import ran_out
from a1sdk_dit.kernels import attention_backend
from a1sdk_dit.offloading import offload
from a1sdk_dit.quiet import quietly

if TYPE_CHECKING:
    from diffusers import AutoencoderKLCogVideoX

    from a1sdk_dit.checkpoint.layout import Layout
    from a1sdk_dit.model.transformer import A1Transformer3DModel
    from a1sdk_dit.options import Quantization
    from a1sdk_dit.planning.placement import Placement
    from a1sdk_dit.sampling.settings import SamplingSettings

NUMBERS = {"bf16": torch.bfloat16, "fp32": torch.float32}
"""What `Placement.precision` names."""

_FP8_CAPABILITY = (8, 9)
_LARGE = ("attn1", "ff")
"""Parts of a block whose linear layers are quantized: nearly all of its weights and operations.
Modulation and embeddings are small, and everything depends on them."""


def loads_on(placement: Placement, device: torch.device) -> torch.device:
    """Return where the transformer has to be loaded before it is prepared for a device."""
    on_host = placement.memory == "offload" or placement.quantize != "none"
    return torch.device("cpu") if on_host else device


class Ready:
    """A transformer that is ready to denoise, with any of the settings it was made ready for.

    Attributes:
        transformer: it.
    """

    def __init__(
        self, transformer: A1Transformer3DModel, tables: Mapping[int, torch.Tensor]
    ) -> None:
        self.transformer = transformer
        self._tables = tables

    def use(self, settings: SamplingSettings) -> A1Transformer3DModel:
        """Return the transformer, with the table and the skipped steps that settings ask for."""
        if self._tables:
            self.transformer.modulations = self._tables[settings.steps]
        if self.transformer.is_cache_enabled:
            self.transformer.disable_cache()
        if settings.cache is not None:
            self.transformer.enable_cache(_cache(settings))
        return self.transformer


def prepare_transformer(
    transformer: A1Transformer3DModel,
    placement: Placement,
    timesteps: Mapping[int, Sequence[int]],
    device: torch.device,
) -> Ready:
    """Make a transformer ready to denoise, once.

    The order matters: tables replace layers of the blocks, quantization replaces weights, blocks
    are compiled as they then are, and hooks go round compiled blocks, since they cannot be
    compiled themselves.

    Args:
        transformer: loaded where `loads_on` says.
        placement: how it is to lie on the device.
        timesteps: of the scheduler, in order, for each number of steps that may be taken.
        device: where it is to compute.

    Raises:
        CapabilityError: the device cannot do what the placement says.
    """
    dtype, head = NUMBERS[placement.precision], transformer.config.attention_head_dim
    transformer.use_attention(attention_backend(placement.attention, device, dtype, head))
    tables = {}
    if placement.memory != "resident":
        tables = _tabulate(transformer, timesteps, device)
    if placement.quantize != "none":
        _quantize(transformer, placement, device)
    if placement.compile:
        for block in transformer.transformer_blocks:
            block.forward = _compiled(block.forward)
    if placement.memory == "offload":
        offload(transformer, device)
    else:
        transformer.to(device)
    return Ready(transformer, tables)


def _compiled(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Return a block's forward pass that is compiled when it is first called."""
    from torch._dynamo.exc import TorchDynamoException  # takes seconds

    compiled = torch.compile(forward, fullgraph=True)

    @wraps(compiled)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return compiled(*args, **kwargs)
        except TorchDynamoException as error:
            if ran_out(error):
                raise
            reason = " ".join(str(error).split("\n\n")[0].split()).rstrip(".")
            raise CapabilityError(
                f"The transformer's blocks cannot be compiled here: {reason}.",
                hint="set compile to false, or install a C++ compiler; GPUs need Triton as well",
            ) from error

    return call


def _tabulate(
    transformer: A1Transformer3DModel,
    timesteps: Mapping[int, Sequence[int]],
    device: torch.device,
) -> dict[int, torch.Tensor]:
    """Return a table for each number of steps.

    They are filled on the device that will use them, whose rounding they are to have.
    """
    transformer.time_embedding.to(device)
    for block in transformer.transformer_blocks:
        block.norm1.linear.to(device)
        block.norm2.linear.to(device)
    transformer.tabulate([step for steps in timesteps.values() for step in steps])
    tables = torch.split(transformer.modulations, [len(steps) for steps in timesteps.values()])
    return dict(zip(timesteps, tables, strict=True))


def _quantize(
    transformer: A1Transformer3DModel, placement: Placement, device: torch.device
) -> None:
    """Quantize the large linear layers, block by block, on the device."""
    with quietly():
        quantize_, config = _torchao(placement, device)
        for block in transformer.transformer_blocks:
            block.to(device)
            quantize_(block, config, filter_fn=_is_large)
            if placement.memory == "offload":
                block.to("cpu")


def _is_large(module: nn.Module, name: str) -> bool:
    return isinstance(module, nn.Linear) and name.partition(".")[0] in _LARGE


def _torchao(placement: Placement, device: torch.device) -> tuple[Any, Any]:
    """Return torchao's function to quantize, and the configuration for it.

    Activations are quantized as well, row by row, so that products are computed in the smaller
    numbers. torchao would also change settings of the compiler for all of the process.
    """
    try:
        from torchao.quantization import (
            Float8DynamicActivationFloat8WeightConfig,
            Int8DynamicActivationInt8WeightConfig,
            PerRow,
            quantize_,
        )
    except ImportError as error:
        raise CapabilityError(
            f"Quantizing to {placement.quantize} needs torchao, which is not installed.",
            hint="pip install 'a1sdk-dit[quantize]'",
        ) from error
    _check_quantization(placement.quantize, placement.precision, device)
    if placement.quantize == "int8":
        return quantize_, Int8DynamicActivationInt8WeightConfig(set_inductor_config=False)
    return quantize_, Float8DynamicActivationFloat8WeightConfig(
        granularity=PerRow(), set_inductor_config=False
    )


def _check_quantization(quantize: Quantization, precision: str, device: torch.device) -> None:
    if quantize != "fp8":
        return
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < _FP8_CAPABILITY:
        raise CapabilityError(
            f"The device {str(device)!r} does not compute in fp8.",
            hint="set quantize to int8 or none; fp8 takes a GPU of the Ada or Hopper generation",
        )
    if precision != "bf16":
        raise CapabilityError(
            f"Layers are quantized to fp8 from bf16, not from {precision}.",
            hint="set precision to bf16",
        )


def _cache(settings: SamplingSettings) -> TaylorSeerCacheConfig:
    """Return how steps are extrapolated: their result as a whole, linearly (TaylorSeer, lite).

    Liu et al. 2025, "From Reusing to Forecasting: Accelerating Diffusion Models with TaylorSeers".
    What is kept is the last layer's result in the last two computed steps, so hardly any memory.
    """
    assert settings.cache is not None
    return TaylorSeerCacheConfig(
        cache_interval=settings.cache.interval,
        disable_cache_before_step=settings.cache.first,
        disable_cache_after_step=settings.steps - 1,
        max_order=1,
        taylor_factors_dtype=torch.float32,
        use_lite_mode=True,
    )


def prepare_vae(vae: AutoencoderKLCogVideoX, device: torch.device) -> None:
    """Lay out a VAE's three-dimensional convolutions as GPUs compute them quickest.

    Moving the whole network to that layout fails on its two-dimensional ones.
    """
    if device.type != "cuda":
        return
    for module in vae.modules():
        if isinstance(module, nn.Conv3d):
            module.weight.data = module.weight.data.to(memory_format=torch.channels_last_3d)


def load_ready(
    layout: Layout,
    placement: Placement,
    steps: Sequence[int],
    device: torch.device,
    *,
    scheduler: Path | None = None,
    lora: tuple[Path, float] | None = None,
) -> Ready:
    """Load a transformer and make it ready to denoise.

    A `partial` of this without the device can be handed to the processes of other devices.

    Args:
        layout: the checkpoint.
        placement: how it is to lie on the device.
        steps: how many steps may be taken.
        device: where it is to compute.
        scheduler: configuration in place of the checkpoint's.
        lora: adapter to merge into the weights, and how strongly.

    Raises:
        CapabilityError: the device cannot do what the placement says.
        ConfigError: the checkpoint or the adapter is not for this network.
        ResourceError: a file is damaged.
    """
    from a1sdk_dit.checkpoint.loading import load_scheduler, load_transformer
    from a1sdk_dit.checkpoint.lora import merge_lora

    taken = load_scheduler(layout, scheduler)
    timesteps = {}
    for count in dict.fromkeys(steps):
        taken.set_timesteps(count)
        timesteps[count] = taken.timesteps.tolist()
    where = loads_on(placement, device)
    transformer = load_transformer(layout, NUMBERS[placement.precision], where)
    if lora is not None:
        merge_lora(transformer, *lora)
    return prepare_transformer(transformer, placement, timesteps, device)
