"""What a user may choose, through the renderer, with a checkpoint that draws noise."""

from __future__ import annotations

import gc
import json
import multiprocessing
import weakref
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from a1sdk_dit import IDENTITY, acceleration
from a1sdk_dit import engine as engine_module
from a1sdk_dit import renderer as renderer_module
from a1sdk_dit.checkpoint import loading
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_transformer
from a1sdk_dit.encoder import SiglipFace
from a1sdk_dit.options import EncoderOptions, RendererOptions
from a1sdk_dit.renderer import SkyReelsA1
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.predictor import LocalPredictor
from a1sdk_dit.sampling.vae import StreamingDecoder
from a1sdk_dit.tiny import make_tiny_checkpoint
from safetensors.torch import save_file

from a1sdk.plugin import (
    A1Error,
    Cancelled,
    CapabilityError,
    ConfigError,
    Identity,
    OutOfMemoryError,
    ResourceError,
    StreamInfo,
    VideoFrame,
)
from a1sdk.testing import faces

SIZE = (96, 128)
COUNT = 17
"""Frames to deliver, at the model's own rate: two windows."""


class Context:
    """Of a run; remembers what is recorded."""

    device, seed, threads = "cpu", 3, 1

    def __init__(self, scratch: Path) -> None:
        self.scratch, self.facts, self.steps = scratch, dict[str, Any](), 0
        self.stop_after: int | None = None

    def check(self) -> None: ...

    def warn(self, text: str) -> None: ...

    def record(self, name: str, value: Any) -> None:
        self.facts[name] = value

    def track(self, items: Iterator[int], total: int | None) -> Iterator[int]:
        for item in items:
            if self.steps == self.stop_after:
                raise Cancelled("The run was cancelled.")
            self.steps += 1
            yield item


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of still smaller pictures."""
    return make_tiny_checkpoint(tmp_path_factory.mktemp("small") / "t", height=32, width=48)


@pytest.fixture
def ctx(tmp_path: Path) -> Any:
    return Context(tmp_path)


class Film:
    """A renderer with the frames of one shot."""

    def __init__(self, checkpoint: Path, ctx: Any, **options: Any) -> None:
        self.ctx = ctx
        given = {"checkpoint": checkpoint, "steps": 2, **options}
        self.renderer = SkyReelsA1(RendererOptions(**given))

    def frames(self, count: int = COUNT, rate: int = 12) -> list[VideoFrame]:
        portrait = faces.portrait(*SIZE)
        tokens = np.random.default_rng(1).normal(size=(4, 32)).astype(np.float32)
        likeness = {IDENTITY: Identity(IDENTITY, {"tokens": tokens})}
        targets = faces.targets_of(portrait, [faces.performing(n / count) for n in range(count)])
        self.renderer.setup(self.ctx)
        try:
            info = StreamInfo(Fraction(rate), count)
            return list(self.renderer.render(portrait, likeness, targets, info, self.ctx))
        finally:
            self.renderer.close()


def write_adapter(checkpoint: Path, path: Path) -> Path:
    """Write an adapter as peft trains and diffusers saves one."""
    from peft import LoraConfig, get_peft_model_state_dict

    model = load_transformer(find_layout(checkpoint), torch.float32, "cpu")
    model.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    tensors = get_peft_model_state_dict(model)
    save_file({f"transformer.{k}": v.contiguous() for k, v in tensors.items()}, path)
    return path


def write_dpm(checkpoint: Path, path: Path) -> Path:
    config = json.loads((checkpoint / "scheduler" / "scheduler_config.json").read_text())
    path.write_text(json.dumps({**config, "_class_name": "CogVideoXDPMScheduler"}))
    return path


WRITERS: dict[str, Callable[[Path, Path], Path]] = {
    "adapter.safetensors": write_adapter,
    "dpm.json": write_dpm,
}


@pytest.fixture(scope="module")
def plain(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    return pixels(Film(tiny, Context(tmp_path_factory.mktemp("plain"))).frames())


def pixels(frames: list[VideoFrame]) -> np.ndarray:
    return np.stack([frame.pixels for frame in frames])


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({"sampling": "reference"}, False),
        ({"windows_at_once": 2}, True),
        ({"windows_at_once": 4}, True),
        ({"tiling": "on"}, False),
        ({"memory": "resident"}, True),
        ({"memory": "offload"}, True),
        ({"steps": 1}, False),
        ({"guidance": 1.0}, False),
        ({"scheduler": "dpm.json"}, False),
        ({"lora": "adapter.safetensors"}, False),
        ({"lora": "adapter.safetensors", "lora_scale": 0.0}, True),
        ({"quantize": "int8"}, False),
        ({"anchor": False}, False),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else "",
)
def test_every_option_draws_a_whole_film(
    tiny: Path, plain: np.ndarray, ctx: Any, tmp_path: Path, options: dict[str, Any], same: bool
) -> None:
    files = {name: WRITERS[v](tiny, tmp_path / v) for name, v in options.items() if v in WRITERS}
    frames = Film(tiny, ctx, **{**options, **files}).frames()
    drawn = pixels(frames)
    assert [frame.pts for frame in frames] == list(range(COUNT))
    assert drawn.shape == (COUNT, SIZE[1], SIZE[0], 3)
    assert ctx.steps == 2 * options.get("steps", 2)  # of two windows
    off = np.abs(drawn.astype(int) - plain.astype(int)).max()
    assert off <= 3 if same else off > 3, off  # batches may round otherwise


@pytest.mark.parametrize("between", ["landmarks", "blend"])
def test_frames_in_between_are_made(tiny: Path, ctx: Any, between: str) -> None:
    frames = Film(tiny, ctx, between=between, steps=1).frames(9, rate=24)
    assert [frame.pts for frame in frames] == list(range(9))
    assert ctx.steps == 1


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"between": "network"}, ConfigError, "no network is named"),
        ({"gpus": 2, "memory": "offload"}, ConfigError, "cannot be offloaded"),
        ({"gpus": 2, "guidance": 1, "compile": True}, CapabilityError, "Compiled blocks"),
        ({"gpus": 2, "guidance": 1, "attention": "math"}, CapabilityError, "'math' cannot share"),
        ({"gpus": 16}, CapabilityError, "8 devices cannot share"),
        ({"attention": "cudnn"}, CapabilityError, "does not work on cpu"),
        ({"quantize": "fp8"}, CapabilityError, "fp8"),
    ],
)
def test_what_cannot_be_is_refused(
    tiny: Path, ctx: Any, options: dict[str, Any], error: type[A1Error], says: str
) -> None:
    with pytest.raises(error, match=says) as refused:
        Film(tiny, ctx, **options).frames()
    assert refused.value.hint and ctx.steps == 0


def test_fewer_bits_draw_nearly_the_same(tiny: Path, plain: np.ndarray, ctx: Any) -> None:
    drawn = pixels(Film(tiny, ctx, precision="bf16").frames())
    error = np.mean((drawn.astype(float) - plain.astype(float)) ** 2)
    assert 10 * np.log10(255**2 / error) > 30


# Memory that runs out


FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
NO_HANDLE = RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`")


@pytest.mark.parametrize(
    ("where", "name", "error", "steps"),
    [
        (engine_module, "load_vae", FULL, 0),
        (LocalPredictor, "_look", NO_HANDLE, 0),
        (StreamingDecoder, "_decode", FULL, 2),
    ],
    ids=["load", "step", "decode"],
)
def test_memory_that_runs_out_is_one_error_and_all_is_let_go(
    tiny: Path,
    ctx: Any,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    name: str,
    error: Exception,
    steps: int,
) -> None:
    held: list[weakref.ref[Any]] = []
    load = acceleration.load_ready

    def watched(*args: Any, **kwargs: Any) -> Any:
        ready = load(*args, **kwargs)
        held.append(weakref.ref(ready.transformer))
        return ready

    def full(*_: Any, **__: Any) -> Any:
        activation = torch.empty(8)
        held.append(weakref.ref(activation))
        raise error.with_traceback(None)

    monkeypatch.setattr(engine_module, "load_ready", watched)
    monkeypatch.setattr(where, name, full)
    with pytest.raises(OutOfMemoryError, match=r"The memory of cpu is full\.") as ran_out:
        Film(tiny, ctx).frames()
    assert ran_out.value.__cause__ is error and ran_out.value.hint
    assert ctx.steps == steps
    assert len(held) == 2 and [one() for one in held] == [None, None]  # the error is still there


@pytest.mark.parametrize("broken", ["load_siglip", "forward"])
def test_memory_that_runs_out_for_the_likeness(
    tiny: Path, ctx: Any, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise FULL

    encoder = SiglipFace(EncoderOptions(checkpoint=tiny))
    if broken == "load_siglip":
        monkeypatch.setattr(loading, "load_siglip", full)
        with pytest.raises(OutOfMemoryError, match="vision tower does not fit"):
            encoder.setup(ctx)
        encoder.close()
        return
    encoder.setup(ctx)
    vars(encoder._tower)["forward"] = full  # a patch would hold the tower
    with pytest.raises(OutOfMemoryError, match="vision tower does not fit") as ran_out:
        encoder.encode([faces.portrait(*SIZE)], ctx)
    assert ran_out.value.hint
    tower = weakref.ref(encoder._tower)
    encoder.close()
    assert tower() is None


def test_a_film_leaves_no_network_behind(
    tiny: Path, ctx: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hooks make networks refer to themselves: they would stay until cycles are collected."""
    networks: list[weakref.ref[Any]] = []
    models = Models

    def watched(**fields: Any) -> Any:
        networks.extend(weakref.ref(fields[name]) for name in ("transformer", "vae"))
        return models(**fields)

    monkeypatch.setattr(engine_module, "Models", watched)
    gc.disable()
    try:
        Film(tiny, ctx, memory="offload").frames(2)
        assert [one() for one in networks] == [None, None]
    finally:
        gc.enable()


def test_a_compiler_that_is_missing_is_named(
    tiny: Path, ctx: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compiler(*_: Any) -> Any:
        raise FileNotFoundError("No working C++ compiler found")

    real = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, **how: real(f, backend=compiler, **how))
    with pytest.raises(CapabilityError, match=r"cannot be compiled here: .*No working C\+\+") as no:
        Film(tiny, ctx, compile=True).frames(2)
    assert "compile to false" in (no.value.hint or "")


# Several devices


@pytest.mark.slow
def test_two_devices_draw_what_one_draws_and_leave_nothing(
    tiny: Path, plain: np.ndarray, ctx: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert np.array_equal(pixels(Film(tiny, ctx, gpus=2).frames()), plain)
    assert not multiprocessing.active_children() and not list(tmp_path.iterdir())

    ctx.stop_after = ctx.steps + 3
    with pytest.raises(Cancelled):
        Film(tiny, ctx, gpus=2).frames()
    assert not multiprocessing.active_children() and not list(tmp_path.iterdir())

    def killed(done: int, total: int | None) -> None:
        for worker in multiprocessing.active_children():
            worker.kill()

    ctx.stop_after = None
    monkeypatch.setattr(renderer_module.Drawing, "_step", lambda _, *done: killed(*done))
    with pytest.raises(ResourceError, match=r"part on cpu \(rank 1\) ended by SIGKILL") as death:
        Film(tiny, ctx, gpus=2).frames()
    assert death.value.exit_code == ResourceError.exit_code and death.value.hint
    assert not multiprocessing.active_children() and not list(tmp_path.iterdir())
