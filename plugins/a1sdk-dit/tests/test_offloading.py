"""Offloading as GPUs do it, with streams, rehearsed on the CPU by hooks' own code.

Weights that are not on the device are not a number here: whoever computes with them is found out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from a1sdk_dit import offloading
from a1sdk_dit.acceleration import Ready, _quantize, _tabulate
from a1sdk_dit.checkpoint.layout import Layout, find_layout
from a1sdk_dit.checkpoint.loading import load_scheduler, load_transformer
from a1sdk_dit.model.geometry import rope
from a1sdk_dit.planning.placement import Placement
from a1sdk_dit.profiles import forwards
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor
from a1sdk_dit.sampling.settings import CacheSettings, SamplingSettings
from diffusers.hooks import group_offloading as hooks

CPU = torch.device("cpu")
EXACT = SamplingSettings(steps=8)
FAST = SamplingSettings(steps=8, guided_share=0.5, cache=CacheSettings(first=2, interval=2))
DRAFT = SamplingSettings(steps=3)


class Streams:
    """Stands in for `torch.cuda`."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    class Stream:
        def synchronize(self) -> None: ...

    def stream(self, stream: Stream) -> AbstractContextManager[None]:
        return nullcontext()

    def current_stream(self) -> Stream:
        return self.Stream()


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Lets the CPU offload as a GPU does; collects the sizes of what is pinned."""
    pinned: list[int] = []

    def pin(size: int) -> torch.Tensor:
        pinned.append(size)
        return torch.empty(size, dtype=torch.uint8)

    def apply(module: Any, *, onload_device: Any, use_stream: bool, **_: Any) -> None:
        block = hooks.GroupOffloadingType.BLOCK_LEVEL
        stream: Any = Streams.Stream()
        assert use_stream
        hooks._apply_group_offloading(
            module,
            hooks.GroupOffloadingConfig(
                CPU, CPU, block, True, True, False, num_blocks_per_group=1, stream=stream
            ),
        )

    monkeypatch.setattr(hooks, "TorchDeviceBackend", Streams)
    monkeypatch.setattr(torch.Tensor, "is_pinned", lambda self: True)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: self)
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda self, stream: None)
    monkeypatch.setattr(hooks.ModuleGroup, "_offload_to_memory", _away)
    monkeypatch.setattr(hooks, "_swap_torchao_tensor", hooks._restore_torchao_tensor)
    monkeypatch.setattr(offloading, "apply_group_offloading", apply)
    monkeypatch.setattr(offloading, "current", lambda device: nullcontext())
    monkeypatch.setattr(offloading, "_pinned", pin)
    yield pinned


def _away(group: hooks.ModuleGroup) -> None:
    """In place of sending a group to the host: leave nothing that could be computed with."""
    for module in group.modules if group.stream else ():
        for parameter in module.parameters():
            if group.cpu_param_dict[parameter] is parameter:
                continue  # hooks are being set up
            if hooks._is_torchao_tensor(parameter):
                parameter.scale = torch.full_like(parameter.scale, math.nan)
            else:
                parameter.data = torch.full_like(parameter.data, math.nan)


class Runner:
    """Takes steps, and counts how often the first block is computed."""

    def __init__(self, layout: Layout, quantize: Any, *, offloaded: bool) -> None:
        self.transformer = load_transformer(layout, torch.float32, CPU)
        self.geometry = layout.geometry
        self.evaluations = 0
        self.transformer.transformer_blocks[0].attn1.register_forward_hook(self._count)
        scheduler, timesteps = load_scheduler(layout), {}
        for steps in (EXACT.steps, DRAFT.steps):
            scheduler.set_timesteps(steps)
            timesteps[steps] = scheduler.timesteps.tolist()
        tables = _tabulate(self.transformer, timesteps, CPU)
        if quantize != "none":
            _quantize(self.transformer, Placement(quantize=quantize, memory="offload"), CPU)
        if offloaded:
            offloading.offload(self.transformer, torch.device("cuda"))
        self.ready, self.timesteps = Ready(self.transformer, tables), timesteps

    def _count(self, *_: Any) -> None:
        self.evaluations += 1

    def steps(self, settings: SamplingSettings) -> torch.Tensor:
        sizes = self.geometry
        draw = torch.Generator().manual_seed(5)
        shape = (1, sizes.latent_frames, 16, sizes.latent_height, sizes.latent_width)
        latents, control, image = (torch.randn(shape, generator=draw) for _ in range(3))
        predictor = LocalPredictor(self.ready.use(settings), settings)
        with torch.no_grad():
            likeness = self.transformer.embed_identity(torch.randn(1, 4, 32, generator=draw))
        predictor.begin(Conditions(image, likeness, 0 * likeness, rope(sizes, 16)))
        seen = []
        self.evaluations = 0
        for step, timestep in enumerate(self.timesteps[settings.steps]):
            seen.append(predictor(latents, control, step, timestep))
            latents = latents - 0.1 * seen[-1]
        predictor.end()
        return torch.stack(seen)


@pytest.mark.parametrize("quantize", ["none", "int8"])
@pytest.mark.parametrize(
    "order", [(EXACT, FAST, DRAFT, EXACT), (FAST, EXACT, FAST)], ids=["exact", "fast"]
)
def test_offloaded_blocks_compute_what_blocks_in_place_do(
    gpu: list[int],
    tiny: Path,
    quantize: str,
    order: tuple[SamplingSettings, ...],
) -> None:
    layout = find_layout(tiny)
    in_place = Runner(layout, quantize, offloaded=False)
    offloaded = Runner(layout, quantize, offloaded=True)
    for settings in order:
        assert torch.equal(offloaded.steps(settings), in_place.steps(settings))
        assert offloaded.evaluations == in_place.evaluations == forwards(settings)


@pytest.mark.parametrize("quantize", ["none", "int8"])
def test_each_block_is_pinned_as_one_piece(gpu: list[int], tiny: Path, quantize: str) -> None:
    offloaded = Runner(find_layout(tiny), quantize, offloaded=True)
    for block, size in zip(offloaded.transformer.transformer_blocks, gpu, strict=True):
        kept = block._diffusers_hook.get_hook("group_offloading").group.cpu_param_dict
        assert all(source is not values for values, source in kept.items())
        parts = [part for source in kept.values() for part in _parts(source)]
        assert len({part.untyped_storage().data_ptr() for part in parts}) == 1
        assert sum(part.nbytes for part in parts) <= size == parts[0].untyped_storage().nbytes()
        assert all(torch.isfinite(part).all() for part in parts)


def _parts(tensor: Any) -> list[torch.Tensor]:
    names = getattr(tensor, "tensor_data_names", None)
    return [tensor] if names is None else [getattr(tensor, name) for name in names]


def test_the_next_block_is_fetched_while_one_computes(gpu: list[int], tiny: Path) -> None:
    offloaded = Runner(find_layout(tiny), "none", offloaded=True)
    first, second = offloaded.transformer.transformer_blocks
    here: list[bool] = []
    first.attn1.register_forward_hook(
        lambda *_: here.append(bool(second.attn1.to_q.weight.isfinite().all()))
    )
    offloaded.steps(DRAFT)
    assert here == [True] * forwards(DRAFT)
    assert not any(
        parameter.isfinite().any() for block in (first, second) for parameter in block.parameters()
    )
