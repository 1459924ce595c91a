"""Every way to lay networks out gives the same pictures, and profiles do the work they say."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from a1sdk_dit.acceleration import load_ready, loads_on, prepare_vae
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_scheduler, load_vae
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.planning.placement import Placement
from a1sdk_dit.profiles import PROFILES, computed_steps, forwards, losses, sampling
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor
from a1sdk_dit.sampling.settings import CacheSettings, SamplingSettings

from a1sdk.plugin import CapabilityError

CPU = torch.device("cpu")
SETTINGS = SamplingSettings(steps=3)
PLAIN = Placement(precision="fp32", memory="resident", attention="native")


class Looking(LocalPredictor):
    """Remembers what each branch predicted."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.looks: dict[str, list[torch.Tensor]] = {"cond": [], "uncond": []}

    def _look(self, name: str, *args: Any) -> torch.Tensor:
        self.looks[name].append(super()._look(name, *args))
        return self.looks[name][-1]


@dataclass
class Denoiser:
    """Takes steps from the same noise, and counts how often a block is computed."""

    models: Models
    settings: SamplingSettings
    identity: tuple[int, int]
    evaluations: int = 0
    looks: dict[str, list[torch.Tensor]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, placement: Placement, settings: SamplingSettings) -> Denoiser:
        layout = find_layout(folder)
        transformer = load_ready(layout, placement, [settings.steps], CPU).use(settings)
        coder: Any = None  # latents are not decoded here
        steps = load_scheduler(layout)
        steps.set_timesteps(settings.steps)
        models = Models(transformer, coder, coder, steps, layout.geometry, CPU, torch.float32)
        one = cls(models, settings, (layout.identity_tokens, layout.identity_width))
        transformer.transformer_blocks[0].attn1.register_forward_hook(one._count)
        return one

    def _count(self, *_: Any) -> None:
        self.evaluations += 1

    def predictions(self, windows: slice = slice(1)) -> torch.Tensor:
        """Return v of every step, [steps, W, F, 16, h, w], of some of two windows.

        What a step sees depends on what the one before predicted.
        """
        geometry = self.models.geometry
        cells = geometry.latent_height, geometry.latent_width
        rng = torch.Generator().manual_seed(3)
        portrait = torch.randn(1, 1, 16, *cells, generator=rng)
        tokens = torch.randn(self.identity, generator=rng)
        shape = (2, geometry.latent_frames, 16, *cells)
        latents, control = (torch.randn(shape, generator=rng)[windows] for _ in range(2))
        predictor = Looking(self.models.transformer, self.settings)
        predictor.begin(Conditions.of(self.models, portrait, tokens.numpy()))
        seen = []
        for step, timestep in enumerate(self.models.scheduler.timesteps.tolist()):
            seen.append(predictor(latents, control, step, timestep))
            latents = latents - 0.1 * seen[-1]
        predictor.end()
        self.looks = predictor.looks
        return torch.stack(seen)


@pytest.fixture(scope="module")
def plain(tiny: Path) -> torch.Tensor:
    return Denoiser.of(tiny, PLAIN, SETTINGS).predictions()


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile without making code: blocks still have to be traced whole, in a second."""
    compiled = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, **how: compiled(f, backend="eager", **how))
    torch._dynamo.reset()


@pytest.mark.parametrize("memory", ["tabled", "offload"])
def test_places_of_weights_change_nothing(tiny: Path, plain: torch.Tensor, memory: Any) -> None:
    one = Denoiser.of(tiny, replace(PLAIN, memory=memory), SETTINGS)
    assert torch.equal(one.predictions(), plain)


def test_offloaded_blocks_wait_on_the_host(tiny: Path) -> None:
    """Only what is outside the blocks is moved to the device, where the likeness is embedded."""
    layout = find_layout(tiny)
    placement = replace(PLAIN, memory="offload")
    assert loads_on(placement, torch.device("cuda")) == CPU
    transformer = load_ready(layout, placement, [3], CPU).transformer
    group = transformer.transformer_blocks[0]._diffusers_hook.get_hook("group_offloading").group
    assert group.onload_leader is group.offload_leader is transformer.transformer_blocks[0]


@pytest.mark.parametrize("attention", ["math", "flash", "auto"])
def test_kernels_agree(tiny: Path, plain: torch.Tensor, attention: Any) -> None:
    one = Denoiser.of(tiny, replace(PLAIN, attention=attention), SETTINGS)
    torch.testing.assert_close(one.predictions(), plain, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("memory", ["tabled", "offload"])
def test_compiled_blocks_agree(tiny: Path, plain: torch.Tensor, memory: Any) -> None:
    one = Denoiser.of(tiny, replace(PLAIN, memory=memory, compile=True), SETTINGS)
    torch.testing.assert_close(one.predictions(), plain, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("traced")
def test_compiled_blocks_can_be_offloaded_and_skipped(tiny: Path) -> None:
    settings = SamplingSettings(steps=6, cache=CacheSettings(first=2, interval=2))
    eager = Denoiser.of(tiny, PLAIN, settings).predictions()
    one = Denoiser.of(tiny, replace(PLAIN, compile=True, memory="offload"), settings)
    torch.testing.assert_close(one.predictions(), eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("profile", list(PROFILES))
def test_profiles_compute_what_they_say(tiny: Path, profile: Any) -> None:
    settings = sampling(RendererOptions(), profile, windows_at_once=1, tiled=False)
    one = Denoiser.of(tiny, PLAIN, settings)
    first = one.predictions()
    assert one.evaluations == forwards(settings)
    assert torch.equal(one.predictions(), first)  # nothing is left over from the clip before


def test_profiles_in_numbers() -> None:
    settings = {
        name: sampling(RendererOptions(), name, windows_at_once=1, tiled=False) for name in PROFILES
    }
    assert [forwards(one) for one in settings.values()] == [20, 11, 7]
    assert computed_steps(settings["fast"]) == [0, 1, 2, 4, 6, 8, 9]
    assert losses(settings["exact"]) == []
    assert len(losses(settings["fast"], "fp8")) == 3


def test_few_steps_are_not_extrapolated() -> None:
    settings = sampling(RendererOptions(steps=4), "fast", windows_at_once=1, tiled=False)
    assert settings.cache is None
    assert forwards(settings) == 4 + 3


def test_windows_together_are_extrapolated_each_by_itself(tiny: Path) -> None:
    settings = sampling(RendererOptions(), "fast", windows_at_once=2, tiled=False)
    one = Denoiser.of(tiny, PLAIN, settings)
    together = one.predictions(slice(2))
    assert one.evaluations == forwards(settings)
    alone = torch.cat([one.predictions(slice(n, n + 1)) for n in range(2)], dim=1)
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_skipped_steps_continue_the_computed_ones(tiny: Path, guidance: float) -> None:
    """Step 3 lies on the line through steps 1 and 2; step 5 through steps 2 and 4."""
    cache = CacheSettings(first=3, interval=2)
    settings = SamplingSettings(steps=8, guidance=guidance, cache=cache)
    v = Denoiser.of(tiny, PLAIN, settings).predictions()
    torch.testing.assert_close(v[3], 2 * v[2] - v[1], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(v[5], v[4] + (v[4] - v[2]) / 2, rtol=1e-4, atol=1e-5)


def test_extrapolation_goes_on_where_guidance_ends(tiny: Path) -> None:
    """Step 5, the first without guidance, continues the branch with the likeness alone."""
    cache = CacheSettings(first=3, interval=2)
    settings = SamplingSettings(steps=9, guidance=3.0, guided_share=5 / 9, cache=cache)
    one = Denoiser.of(tiny, PLAIN, settings)
    v = one.predictions()
    assert one.evaluations == forwards(settings) == 4 * 2 + 2
    seen = one.looks["cond"]
    torch.testing.assert_close(v[5], seen[4] + (seen[4] - seen[2]) / 2, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(v[5], v[4] + (v[4] - v[2]) / 2, rtol=1e-2)


@pytest.mark.parametrize("memory", ["resident", "tabled", "offload"])
def test_settings_take_turns(tiny: Path, memory: Any) -> None:
    """As where a profile is probed: the same network draws with other steps, and as before."""
    placement = replace(PLAIN, memory=memory)
    exact, draft = SamplingSettings(steps=8), SamplingSettings(steps=3, guided_share=0.4)
    fast = replace(exact, cache=CacheSettings(first=2, interval=2))
    ready = load_ready(find_layout(tiny), placement, [8, 3], CPU)
    for settings in (exact, fast, draft, exact):
        expected = Denoiser.of(tiny, placement, settings)
        one = replace(expected, models=replace(expected.models, transformer=ready.use(settings)))
        assert torch.equal(one.predictions(), expected.predictions())


def test_quantized_layers(tiny: Path, plain: torch.Tensor) -> None:
    one = Denoiser.of(tiny, replace(PLAIN, memory="tabled", quantize="int8"), SETTINGS)
    block = one.models.transformer.transformer_blocks[1]
    quantized = {
        name
        for name, module in block.named_modules()
        if isinstance(module, torch.nn.Linear) and "Int8" in type(module.weight).__name__
    }
    layers = ("to_q", "to_k", "to_v", "to_out.0")
    assert quantized == {*(f"attn1.{n}" for n in layers), "ff.net.0.proj", "ff.net.2"}
    off = (one.predictions() - plain).std() / plain.std()
    assert 0 < off < 0.05


def test_fp8_needs_a_gpu(tiny: Path) -> None:
    with pytest.raises(CapabilityError, match="does not compute in fp8") as caught:
        Denoiser.of(tiny, replace(PLAIN, quantize="fp8"), SETTINGS)
    assert "int8" in (caught.value.hint or "")


def test_quantization_is_an_extra(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchao.quantization", None)
    with pytest.raises(CapabilityError, match="torchao") as caught:
        Denoiser.of(tiny, replace(PLAIN, quantize="int8"), SETTINGS)
    assert "a1sdk-dit[quantize]" in (caught.value.hint or "")


def test_kernels_are_tried_first(tiny: Path) -> None:
    with pytest.raises(CapabilityError, match="'cudnn' does not work on cpu") as caught:
        Denoiser.of(tiny, replace(PLAIN, attention="cudnn"), SETTINGS)
    assert caught.value.hint == "set attention to auto"


def test_layout_of_convolutions_changes_nothing(tiny: Path) -> None:
    """The layout is a matter of strides, which the CPU follows too."""
    layout = find_layout(tiny)
    latents = torch.randn(1, 16, 3, 8, 12, generator=torch.Generator().manual_seed(1))
    decode: Callable[[Any], torch.Tensor] = lambda vae: vae.decode(latents).sample  # noqa: E731
    vae = load_vae(layout.vae, torch.float32, CPU, decoder=True)
    with torch.no_grad():
        before = decode(vae)
        prepare_vae(vae, torch.device("cuda"))
        after = decode(vae)
    weight = vae.decoder.conv_in.conv.weight
    assert weight.is_contiguous(memory_format=torch.channels_last_3d)
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)
