"""From noise to latents: guidance, seams, schedulers and noise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_scheduler, load_transformer
from a1sdk_dit.model.geometry import rope
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.sampling.denoise import Denoiser, Scheduler
from a1sdk_dit.sampling.noise import RunningNoise, SeededNoise
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor
from a1sdk_dit.sampling.settings import Compat, SamplingSettings
from diffusers import CogVideoXDDIMScheduler, CogVideoXDPMScheduler
from torch.utils._python_dispatch import TorchDispatchMode

WINDOW = (1, 5, 16, 8, 12)  # of the tiny checkpoint
SHARED = 2


@pytest.fixture(scope="module")
def scheduler(tiny: Path) -> CogVideoXDDIMScheduler:
    found = load_scheduler(find_layout(tiny))
    assert isinstance(found, CogVideoXDDIMScheduler)
    return found


@pytest.fixture(scope="module")
def transformer(tiny: Path) -> A1Transformer3DModel:
    return load_transformer(find_layout(tiny), torch.float32, "cpu")


@pytest.fixture(scope="module")
def conditions(tiny: Path, transformer: A1Transformer3DModel) -> Conditions:
    image = numbers(1, seed=1)
    image[:, 1:] = 0
    tokens = torch.randn(1, 4, 32, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        return Conditions(
            image,
            transformer.embed_identity(tokens),
            transformer.embed_identity(torch.zeros_like(tokens)),
            rope(find_layout(tiny).geometry, transformer.config.attention_head_dim),
        )


@pytest.fixture
def forwards(transformer: A1Transformer3DModel) -> Iterator[list[int]]:
    """Size of the batch of each of the transformer's forwards."""
    sizes: list[int] = []
    handle = transformer.register_forward_hook(lambda module, args, out: sizes.append(len(out[0])))
    yield sizes
    handle.remove()


def numbers(windows: int, seed: int) -> torch.Tensor:
    shape = (windows, *WINDOW[1:])
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class Half:
    """A predictor without a network, that writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[torch.Tensor] = []

    def begin(self, conditions: Conditions) -> None: ...

    def end(self) -> None: ...

    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        self.seen.append(latents.clone())
        return latents.float() / 2 + control * (step + 1)


def denoiser(scheduler: Scheduler, predictor: Any, settings: SamplingSettings) -> Denoiser:
    return Denoiser(scheduler, predictor, settings, SHARED, lambda windows: None)


def denoised(
    transformer: A1Transformer3DModel,
    conditions: Conditions,
    scheduler: Scheduler,
    settings: SamplingSettings,
    windows: int = 1,
) -> torch.Tensor:
    predictor = LocalPredictor(transformer, settings)
    predictor.begin(conditions)
    generators = [torch.Generator().manual_seed(w) for w in range(windows)]
    denoise = denoiser(scheduler, predictor, settings)
    return denoise(numbers(windows, seed=3), numbers(windows, seed=4), generators)


# Guidance


@pytest.mark.parametrize(
    ("guidance", "share", "expected"),
    [(1.0, 1.0, 5), (3.0, 1.0, 10), (3.0, 0.6, 8), (3.0, 0.5, 8), (3.0, 0.1, 6), (3.0, 0.0, 5)],
)
def test_a_share_of_the_steps_is_guided(
    transformer: A1Transformer3DModel,
    conditions: Conditions,
    scheduler: Scheduler,
    forwards: list[int],
    guidance: float,
    share: float,
    expected: int,
) -> None:
    settings = SamplingSettings(steps=5, guidance=guidance, guided_share=share)
    denoised(transformer, conditions, scheduler, settings)
    assert forwards == [1] * expected
    assert settings.guided_steps == expected - 5


@pytest.mark.parametrize("windows", [1, 3])
def test_both_branches_may_be_one_batch(
    transformer: A1Transformer3DModel,
    conditions: Conditions,
    scheduler: Scheduler,
    forwards: list[int],
    windows: int,
) -> None:
    apart = SamplingSettings(steps=5, guided_share=0.6)
    expected = denoised(transformer, conditions, scheduler, apart, windows)
    assert forwards == [windows] * 8
    batched = SamplingSettings(steps=5, guided_share=0.6, batched_guidance=True)
    found = denoised(transformer, conditions, scheduler, batched, windows)
    assert forwards[8:] == [2 * windows] * 3 + [windows] * 2
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_guidance_goes_past_the_likeness(
    transformer: A1Transformer3DModel, conditions: Conditions
) -> None:
    v = {}
    for guidance in (1.0, 2.0, 5.0):
        predict = LocalPredictor(transformer, SamplingSettings(guidance=guidance))
        predict.begin(conditions)
        v[guidance] = predict(numbers(1, 3), numbers(1, 4), step=0, timestep=999)
    direction = v[2.0] - v[1.0]
    assert direction.abs().max() > 1e-4
    torch.testing.assert_close(v[5.0], v[1.0] + 4 * direction, rtol=0, atol=1e-5)


def test_the_transformer_sees_noise_then_landmarks_then_the_portrait(
    transformer: A1Transformer3DModel, conditions: Conditions
) -> None:
    seen: dict[str, Any] = {}
    handle = transformer.register_forward_pre_hook(
        lambda module, args, named: seen.update(named), with_kwargs=True
    )
    predict = LocalPredictor(transformer, SamplingSettings(guidance=1.0))
    predict.begin(conditions)
    noise, landmarks = numbers(2, 3), numbers(2, 4)
    predict(noise, landmarks, step=0, timestep=999)
    handle.remove()
    parts = seen["hidden_states"].chunk(3, dim=2)
    for part, expected in zip(parts, (noise, landmarks, conditions.image), strict=True):
        torch.testing.assert_close(part, expected.expand_as(part))
    assert seen["timestep"].tolist() == [999, 999]


# Seams


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(1, []), (2, [1]), (4, [2, 3]), (5, [2, 3]), (10, [4, 5, 6, 7]), (20, [*range(8, 16)])],
)
def test_windows_meet_in_the_same_share_of_any_steps(steps: int, expected: list[int]) -> None:
    assert [*SamplingSettings(steps=steps).seam_steps] == expected


@pytest.mark.parametrize("late", [False, True])
def test_a_window_takes_over_what_the_one_before_has_in_the_same_step(
    scheduler: Scheduler, late: bool
) -> None:
    settings = SamplingSettings(steps=5, compat=Compat(late_seams=late))
    predictor = Half()
    denoise = denoiser(scheduler, predictor, settings)
    for window in range(2):
        generator = torch.Generator()
        denoise(numbers(1, seed=window), numbers(1, seed=10 + window), [generator])
    first, second = predictor.seen[:5], predictor.seen[5:]
    alone = Half()
    denoiser(scheduler, alone, settings)(numbers(1, 1), numbers(1, 11), [torch.Generator()])
    for step in range(2):
        torch.testing.assert_close(second[step], alone.seen[step])
    for step in (2, 3):
        before = first[step + late]
        torch.testing.assert_close(second[step][:, 1], before[:, -2])
    halfway = (first[2 + late][:, -1] + alone.seen[2][:, 2]) / 2
    torch.testing.assert_close(second[2][:, 2], halfway)
    for place in (0, 3, 4):  # this predictor does not look at other frames
        torch.testing.assert_close(second[4][:, place], alone.seen[4][:, place])


def test_what_a_window_takes_over_begins_as_the_same_noise() -> None:
    source = SeededNoise(5, SHARED, torch.float32)
    windows = [source.window(WINDOW)[0] for _ in range(3)]
    for before, after in pairwise(windows):
        assert torch.equal(after[:, 1 : 1 + SHARED], before[:, -SHARED:])
        assert not torch.equal(after[:, 0], before[:, 0])
        assert not torch.equal(after[:, -SHARED:], before[:, -SHARED:])
    assert abs(torch.cat(windows).std() - 1) < 0.02


def test_noise_is_of_the_seed_and_the_window_alone() -> None:
    for seed in (0, 5, 2**40):
        one, other = (SeededNoise(seed, SHARED, torch.float32) for _ in range(2))
        torch.manual_seed(seed)
        drawn = [torch.randn(3, generator=other.portrait())]
        for _ in range(2):
            noise, generator = one.window(WINDOW)
            torch.randn(100, generator=generator)  # more or fewer steps change nothing
            again, generator = other.window(WINDOW)
            assert torch.equal(noise, again)
            drawn.append(torch.randn(3, generator=generator))
        assert len({tuple(values.tolist()) for values in drawn}) == 3
    assert not torch.equal(
        *(SeededNoise(seed, SHARED, torch.float32).window(WINDOW)[0] for seed in (0, 2**40))
    )


def test_running_noise_is_one_stream() -> None:
    source, expected = RunningNoise(43, torch.float32), torch.Generator().manual_seed(43)
    for _ in range(2):
        drawn = torch.randn(7, generator=source.portrait())
        assert torch.equal(drawn, torch.randn(7, generator=expected))
        noise, generator = source.window(WINDOW)
        assert torch.equal(noise, torch.randn(WINDOW, generator=expected))
        assert torch.equal(torch.randn(7, generator=generator), torch.randn(7, generator=expected))


# Schedulers


def test_the_stochastic_scheduler_steps_as_in_its_own_pipeline(scheduler: Scheduler) -> None:
    dpm = CogVideoXDPMScheduler.from_config(scheduler.config)
    denoise = denoiser(dpm, Half(), SamplingSettings(steps=4))
    noise, control = numbers(1, 3), numbers(1, 4)
    found = denoise(noise, control, [torch.Generator().manual_seed(0)])

    expected, clean, generator = noise, None, torch.Generator().manual_seed(0)
    for step, timestep in enumerate(dpm.timesteps):
        v = expected / 2 + control * (step + 1)
        expected, clean = dpm.step(
            v,
            clean,
            timestep,
            dpm.timesteps[step - 1] if step > 0 else None,
            expected,
            generator=generator,
            return_dict=False,
        )
    torch.testing.assert_close(found, expected)
    assert found.isfinite().all()


class Waits(TorchDispatchMode):
    """Counts what would wait for a device: numbers that Python wants to see."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func is torch.ops.aten._local_scalar_dense.default
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("kind", [CogVideoXDDIMScheduler, CogVideoXDPMScheduler])
def test_no_step_waits_for_the_device(
    transformer: A1Transformer3DModel, conditions: Conditions, scheduler: Scheduler, kind: Any
) -> None:
    with Waits() as waits:
        torch.ones(1).item()
        assert waits.count == 1
        settings = SamplingSettings(steps=3)
        predictor = LocalPredictor(transformer, settings)
        predictor.begin(conditions)
        denoise = denoiser(kind.from_config(scheduler.config), predictor, settings)
        before = waits.count
        generators = [torch.Generator(), torch.Generator()]
        denoise(numbers(2, seed=3), numbers(2, seed=4), generators)
        assert waits.count == before
