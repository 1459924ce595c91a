"""Several processes with one transformer's work, on the CPU through gloo."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Timer

import pytest
import torch
from a1sdk_dit.acceleration import Ready, load_ready
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.model.geometry import Geometry, rope
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.parallel import devices as devices_module
from a1sdk_dit.parallel.context import context_parallel
from a1sdk_dit.parallel.crew import Crew
from a1sdk_dit.parallel.devices import check_devices, devices_from
from a1sdk_dit.parallel.predictor import ParallelPredictor
from a1sdk_dit.parallel.rank import Load
from a1sdk_dit.parallel.split import Split
from a1sdk_dit.planning.placement import Placement
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor, Predictor
from a1sdk_dit.sampling.settings import CacheSettings, SamplingSettings
from a1sdk_dit.tiny import make_tiny_checkpoint
from diffusers.hooks import TaylorSeerCacheConfig
from diffusers.models.attention_dispatch import AttentionBackendName

from a1sdk.plugin import (
    A1Error,
    Cancelled,
    CapabilityError,
    DeviceUnavailableError,
    ResourceError,
)

CPU = torch.device("cpu")
SETTINGS = SamplingSettings(steps=3, guidance=3.0, guided_share=0.6)  # the last step is not guided
UNGUIDED = replace(SETTINGS, guidance=1.0)
SKIPPING = replace(SETTINGS, steps=6, cache=CacheSettings(first=3, interval=2))


@dataclass
class Together:
    """A crew of two processes, and the first one's transformer."""

    crew: Crew
    ready: Ready
    worker: BaseProcess

    def predictor(self, settings: SamplingSettings = SETTINGS) -> ParallelPredictor:
        return ParallelPredictor(self.ready, settings, self.crew)

    def clips(self, settings: SamplingSettings = SETTINGS) -> list[torch.Tensor]:
        return clips(self.predictor(settings), self.ready.transformer, settings)


@dataclass
class Starting:
    """A crew whose worker loads."""

    crew: Crew
    worker: BaseProcess
    scratch: Path

    def join(self, load: Load) -> Together:
        ready = load(CPU)
        self.crew.join(ready.transformer, lambda: None)
        return Together(self.crew, ready, self.worker)

    def is_gone(self) -> bool:
        left = list(self.scratch.iterdir())
        return self.worker not in multiprocessing.active_children() and not left


def loader(checkpoint: Path) -> Load:
    steps = (SETTINGS.steps, SKIPPING.steps)
    return partial(load_ready, find_layout(checkpoint), Placement(precision="fp32"), steps)


@contextmanager
def starting(load: Load, scratch: Path, *, guided: bool = True) -> Iterator[Starting]:
    scratch.mkdir()
    before = set(multiprocessing.active_children())
    with Crew(["cpu"] * 2, load, guided=guided, scratch=scratch) as crew:
        (worker,) = set(multiprocessing.active_children()) - before
        yield Starting(crew, worker, scratch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parallel")


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Path:
    return make_tiny_checkpoint(folder / "checkpoint")


@pytest.fixture(scope="module")
def load(checkpoint: Path) -> Load:
    return loader(checkpoint)


@pytest.fixture(scope="module")
def crews(load: Load, folder: Path) -> Iterator[dict[str, Starting]]:
    """Crews that load at the same time, which is most of what these tests wait for."""
    cannot_load = loader(make_tiny_checkpoint(folder / "broken"))
    shard = next((folder / "broken" / "transformer").glob("*.safetensors"))
    os.truncate(shard, shard.stat().st_size // 2)
    with (
        starting(load, folder / "a") as branches,
        starting(load, folder / "b", guided=False) as tokens,
        starting(cannot_load, folder / "c") as broken,
    ):
        yield {"branches": branches, "tokens": tokens, "broken": broken}


@pytest.fixture(scope="module")
def sharing_branches(crews: dict[str, Starting], load: Load) -> Together:
    return crews["branches"].join(load)


@pytest.fixture(scope="module")
def sharing_tokens(crews: dict[str, Starting], load: Load) -> Together:
    crews["branches"].crew.close()  # a process is in one group at a time
    return crews["tokens"].join(load)


def conditions_of(transformer: A1Transformer3DModel, seed: int) -> Conditions:
    draw = torch.Generator().manual_seed(seed)
    geometry = Geometry.of(transformer.config)
    shape = (1, geometry.latent_frames, 16, geometry.latent_height, geometry.latent_width)
    tokens = torch.randn(1, 4, 32, generator=draw)
    with torch.no_grad():
        return Conditions(
            image=torch.randn(shape, generator=draw),
            likeness=transformer.embed_identity(tokens),
            blank=transformer.embed_identity(torch.zeros_like(tokens)),
            rope=rope(geometry, transformer.config.attention_head_dim),
        )


def clips(
    predictor: Predictor, transformer: A1Transformer3DModel, settings: SamplingSettings
) -> list[torch.Tensor]:
    """Return what is predicted in each step of two clips; the first has two groups of windows."""
    first, second = conditions_of(transformer, 1), conditions_of(transformer, 2)
    predicted = group_of(predictor, first, 2, settings.steps)
    predicted += group_of(predictor, first, 1, settings.steps)
    predictor.end()
    predicted += group_of(predictor, second, 1, settings.steps)
    predictor.end()
    return predicted


def group_of(
    predictor: Predictor, conditions: Conditions, windows: int, steps: int
) -> list[torch.Tensor]:
    draw = torch.Generator().manual_seed(windows)
    shape = (windows, *conditions.image.shape[1:])
    predicted = []
    predictor.begin(conditions)
    for step in range(steps):
        latents, control = (torch.randn(shape, generator=draw) for _ in range(2))
        predicted.append(predictor(latents, control, step, 999 - 100 * step))
    return predicted


def on_one_device(ready: Ready, settings: SamplingSettings) -> list[torch.Tensor]:
    transformer = ready.use(settings)
    return clips(LocalPredictor(transformer, settings), transformer, settings)


def deviation(predicted: list[torch.Tensor], expected: list[torch.Tensor]) -> float:
    """Return the largest deviation of a step, relative to its size."""
    norm = torch.linalg.vector_norm
    pairs = zip(predicted, expected, strict=True)
    return max(float(norm(one - other) / norm(other)) for one, other in pairs)


@pytest.mark.parametrize("settings", [SETTINGS, SKIPPING], ids=["exact", "skipping"])
def test_branches_on_two_devices_give_what_one_gives(
    load: Load, sharing_branches: Together, settings: SamplingSettings
):
    os.kill(sharing_branches.worker.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
    shared = sharing_branches.clips(settings)
    assert all(map(torch.equal, shared, on_one_device(load(CPU), settings)))


def test_clips_take_turns_on_two_devices(load: Load, sharing_branches: Together):
    """Windows of two clips, under settings of their own; each begins as if it were alone."""
    alone = load(CPU)
    both = [SETTINGS, SKIPPING]
    conditions = [conditions_of(alone.transformer, seed) for seed in (3, 4)]
    expected = []
    for settings, one in zip(both, conditions, strict=True):
        predictor = LocalPredictor(alone.use(settings), settings)
        expected.append(group_of(predictor, one, 1, settings.steps))
    predictors = [sharing_branches.predictor(settings) for settings in both]

    def window(clip: int) -> bool:
        got = group_of(predictors[clip], conditions[clip], 1, both[clip].steps)
        return all(map(torch.equal, got, expected[clip]))

    assert window(0) and window(1) and window(0) and window(0)
    predictors[1].end()
    assert window(0)


def test_a_worker_that_raises_within_a_step_ends_the_run(sharing_branches: Together):
    conditions = conditions_of(sharing_branches.ready.transformer, 1)
    misshaped = replace(conditions, blank=conditions.blank[:, :, 1:])  # which the worker looks at
    predictor = sharing_branches.predictor()
    with pytest.raises(ResourceError, match=r"part on cpu \(rank 1\) failed: Runtime") as failed:
        group_of(predictor, misshaped, 1, SETTINGS.steps)
    assert "rank.py" in "".join(failed.value.__notes__)  # the worker's traceback
    predictor.end()
    with pytest.raises(ResourceError, match="out of step"):
        predictor.begin(conditions)


def test_a_second_group_in_one_process_is_refused(sharing_branches: Together, load: Load, tmp_path):
    with pytest.raises(CapabilityError, match="other distributed work"):
        Crew(["cpu"] * 2, load, guided=True, scratch=tmp_path)


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, SKIPPING, UNGUIDED],
    ids=["exact", "skipping", "unguided"],
)
def test_tokens_on_two_devices_give_what_one_gives(
    load: Load, sharing_tokens: Together, settings: SamplingSettings
):
    shared = sharing_tokens.clips(settings)
    assert deviation(shared, on_one_device(load(CPU), settings)) < 1e-6


def test_a_worker_that_is_killed_within_a_step_ends_the_run(sharing_tokens: Together):
    conditions = conditions_of(sharing_tokens.ready.transformer, 1)
    predictor = sharing_tokens.predictor(SKIPPING)
    group_of(predictor, conditions, 1, SKIPPING.steps)
    os.kill(sharing_tokens.worker.pid, signal.SIGSTOP)  # so that the first rank waits for it
    Timer(0.5, sharing_tokens.worker.kill).start()
    with pytest.raises(ResourceError, match=r"part on cpu \(rank 1\) ended by SIGKILL"):
        group_of(predictor, conditions, 1, SKIPPING.steps)


def test_what_was_set_up_is_undone(crews: dict[str, Starting], sharing_tokens, load: Load):
    for _ in range(2):
        sharing_tokens.crew.close()
    assert crews["tokens"].is_gone() and not torch.distributed.is_initialized()
    for settings in (SKIPPING, SETTINGS):
        after = on_one_device(sharing_tokens.ready, settings)
        fresh = on_one_device(load(CPU), settings)
        assert all(map(torch.equal, after, fresh))


def test_a_worker_that_cannot_load_ends_the_run(crews: dict[str, Starting], load: Load):
    with pytest.raises(A1Error, match=r"part on cpu \(rank 1\) failed: .*safetensors") as failed:
        crews["broken"].join(load)
    assert failed.value.hint
    crews["broken"].crew.close()
    assert crews["broken"].is_gone()


@pytest.mark.slow
def test_four_devices_give_what_one_gives_and_leave_no_trace(
    crews: dict[str, Starting], load: Load, tmp_path: Path, capfd
):
    for other in crews.values():
        other.crew.close()
    ready = load(CPU)
    expected = on_one_device(ready, SETTINGS)
    environment, drawn = dict(os.environ), (random.getstate(), torch.get_rng_state())
    hook = sys.excepthook
    with Crew(["cpu"] * 4, load, guided=True, scratch=tmp_path) as crew:
        crew.join(ready.transformer, lambda: None)
        shared = clips(ParallelPredictor(ready, SETTINGS, crew), ready.transformer, SETTINGS)
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == environment and sys.excepthook is hook
    assert random.getstate() == drawn[0] and torch.equal(torch.get_rng_state(), drawn[1])
    assert not multiprocessing.active_children() and not list(tmp_path.iterdir())
    assert deviation(shared, expected) < 1e-6


def test_a_cancelled_start_leaves_nothing(load: Load, tmp_path: Path):
    def cancel() -> None:
        raise Cancelled("The run was cancelled.")

    transformer = load(CPU).transformer
    with pytest.raises(Cancelled), starting(load, tmp_path / "scratch") as started:
        started.crew.join(transformer, cancel)
    assert started.is_gone()


def test_workers_end_with_the_process_that_started_them(load: Load, tmp_path: Path):
    with starting(load, tmp_path / "scratch") as started:
        started.crew._members[0]._pipe.close()  # as the system does when a process ends
        started.worker.join()
        assert started.worker.exitcode == 1


def test_branches_come_first():
    assert Split.of(1, guided=True) == Split(branches=1, context=1)
    assert Split.of(2, guided=True) == Split(branches=2, context=1)
    assert Split.of(2, guided=False) == Split(branches=1, context=2)
    assert Split.of(3, guided=True) == Split(branches=1, context=3)
    assert Split.of(8, guided=True) == Split(branches=2, context=4)


def test_every_device_needs_heads_and_tokens():
    Split(1, 16).check(48, 729)
    for split, heads, tokens in ((Split(1, 13), 48, 729), (Split(1, 3), 2, 4), (Split(1, 8), 8, 4)):
        with pytest.raises(CapabilityError, match=f"{split.context} devices cannot share"):
            split.check(heads, tokens)


def test_devices_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(devices_module, "_gpus", lambda: 2)
    assert devices_from("cuda", 2) == ("cuda:0", "cuda:1")
    assert devices_from("cuda:1", 2) == ("cuda:1", "cuda:0")
    assert devices_from("cpu", 3) == ("cpu",) * 3
    with pytest.raises(DeviceUnavailableError, match="3 GPUs were asked for, 2 are there"):
        devices_from("cuda:0", 3)
    with pytest.raises(CapabilityError, match="'mps'"):
        devices_from("mps", 2)


def test_listed_devices_are_checked(monkeypatch: pytest.MonkeyPatch, load: Load, tmp_path: Path):
    monkeypatch.setattr(devices_module, "_gpus", lambda: 2)
    check_devices(["cuda:1", "cuda:0"])
    with pytest.raises(DeviceUnavailableError, match="cuda:2 is not there"):
        Crew(["cuda:0", "cuda:2"], load, guided=True, scratch=tmp_path)
    for listed in (["cuda:0", "cuda:0"], ["cuda:0", "cpu"]):
        with pytest.raises(CapabilityError, match="cannot share the work"):
            check_devices(listed)


def test_a_kernel_that_cannot_share_is_refused(load: Load):
    transformer = load(CPU).transformer
    transformer.use_attention(AttentionBackendName._NATIVE_MATH)
    with (
        pytest.raises(CapabilityError, match="'native_math' cannot share"),
        context_parallel(transformer, None, CPU),
    ):
        pytest.fail("it was shared")


def test_compiled_blocks_are_refused(load: Load):
    transformer = load(CPU).transformer
    for block in transformer.transformer_blocks:
        block.forward = torch.compile(block.forward, fullgraph=True)
    transformer.enable_cache(TaylorSeerCacheConfig(use_lite_mode=True))
    with (
        pytest.raises(CapabilityError, match="Compiled blocks"),
        context_parallel(transformer, None, CPU),
    ):
        pytest.fail("it was shared")
