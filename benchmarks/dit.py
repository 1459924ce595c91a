"""Seconds and memory of `dit/skyreels-a1` at full size, step by step, against what the chip can do.

    python benchmarks/dit.py [--tiny] [--device cuda:0] [--only PART ...] [--write FILE]

Weights are random, so no checkpoint is needed; times do not depend on them. Parts:

- ceilings: the chip on the real shapes: matrix product, attention by kernel, convolution by layout
- reference: the released scripts' way, with diffusers' own classes: both branches of the guidance
  in one batch, no choice of kernel, pictures decoded in tiles
- step: one guided step of ours, one change after the other
- coder: the autoencoders, one change after the other
- clip: a window from landmark pictures to pictures, by profile

`floor` is how long the operations of a row would take at the best ceilings of its kinds, `x floor`
how many times that it takes, `x reference` how many times as quick as the reference it is. What a
row cannot do here is said in its place. `--tiny` does the same on the CPU with tiny networks: it
shows that all rows run, and nothing about speed.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from a1sdk_dit.acceleration import loads_on, prepare_transformer, prepare_vae
from a1sdk_dit.kernels import attention_backend
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.planning.costs import forward_flops
from a1sdk_dit.planning.placement import Placement
from a1sdk_dit.profiles import PROFILES, forwards, sampling
from a1sdk_dit.sampling.generator import FrameGenerator
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor
from a1sdk_dit.sampling.settings import SamplingSettings
from a1sdk_dit.sampling.vae import StreamingDecoder, encode_pictures
from diffusers.models.attention_dispatch import dispatch_attention_fn
from dit_bench import (
    PARTS,
    STEPS,
    Bench,
    Scale,
    Work,
    build,
    build_vae,
    coding,
    positions,
    schedule,
)
from dit_reference import Reference
from torch import nn
from torch.nn import functional

KERNELS = ("native", "flash", "efficient", "cudnn", "math")


def ceilings(bench: Bench) -> None:
    """Measure the chip on the shapes that matter most."""
    scale, sizes = bench.scale, bench.scale.networks.transformer
    rows, weight = (
        scale.random(sizes.tokens, sizes.width),
        scale.random(4 * sizes.width, sizes.width),
    )
    operations = 8 * sizes.tokens * sizes.width**2
    name = f"matrix product {sizes.tokens} x {sizes.width} x {4 * sizes.width}"
    bench.row("ceilings", name, Work(linear=operations), lambda: functional.linear(rows, weight))
    head = sizes.width // sizes.heads
    tokens = scale.random(1, sizes.tokens, sizes.heads, head)
    whole = Work(attention=4 * sizes.tokens**2 * sizes.width)
    for kernel in KERNELS:

        def attend(kernel: Any = kernel) -> None:
            backend = attention_backend(kernel, scale.device, scale.dtype, head)
            dispatch_attention_fn(tokens, tokens, tokens, backend=backend)

        bench.row("ceilings", f"attention of {sizes.tokens} tokens, {kernel}", whole, attend)
    convolutions(bench)


def convolutions(bench: Bench) -> None:
    """Measure the convolution that takes most of decoding, in both layouts."""
    scale, at = bench.scale, bench.scale.networks.pictures
    inputs, outputs = scale.vae["block_out_channels"][1::-1]
    pictures = scale.random(1, inputs, 10, at.height, at.width)
    kernel = scale.random(outputs, inputs, 3, 3, 3)
    work = Work(convolution=2 * 27 * inputs * outputs * 8 * at.height * at.width)
    for layout in (torch.contiguous_format, torch.channels_last_3d):
        seen, weight = (tensor.to(memory_format=layout) for tensor in (pictures, kernel))
        name = f"convolution {inputs} to {outputs}, {str(layout).removeprefix('torch.')}"

        def convolve(seen: torch.Tensor = seen, weight: torch.Tensor = weight) -> torch.Tensor:
            return functional.conv3d(seen, weight, padding=(0, 1, 1))

        bench.row("ceilings", name, work, convolve)


def reference(bench: Bench) -> None:
    """Measure the released scripts' way."""
    scale = bench.scale
    way = Reference(scale)
    latents = scale.random(*way.shape)
    conditions = torch.cat([latents, latents], dim=2)
    first = way.scheduler.timesteps[0]
    guided = Work.of(forward_flops(scale.networks.transformer), 2)
    decoding = coding(scale, decode=True, tiled=True)
    encoding = coding(scale, decode=False, tiled=False)
    part = "reference"
    bench.row(part, "guided step", guided, lambda: way.step(latents, conditions, first))
    bench.row(part, "encode landmark pictures", encoding, way.encode)
    bench.row(part, "decode in tiles", decoding, lambda: way.decode(latents))
    whole = Work.of(forward_flops(scale.networks.transformer), 2 * STEPS) + encoding + decoding
    bench.row(part, f"clip, {STEPS} steps", whole, way.clip, warm=way.encode)


def ready(scale: Scale, placement: Placement, steps: tuple[int, ...] = (STEPS,)) -> Any:
    """Return a transformer of ours, prepared for some numbers of steps."""
    width = {"identity_width": scale.identity[1], "max_text_seq_length": scale.identity[0]}
    where = loads_on(placement, scale.device)
    config = {**scale.transformer, **positions(), **width}
    transformer = build(A1Transformer3DModel, scale.dtype, where, **config)
    scheduler, timesteps = schedule(), {}
    for count in dict.fromkeys(steps):
        scheduler.set_timesteps(count)
        timesteps[count] = scheduler.timesteps.tolist()
    return prepare_transformer(transformer, placement, timesteps, scale.device)


def placements(scale: Scale) -> dict[str, Placement]:
    """Return what is changed in a step, one thing after the other; the last two are lossy."""
    plain = Placement(precision=scale.precision, memory="resident", attention="native")
    tabled = replace(plain, memory="tabled")
    kernel = replace(tabled, attention="auto")
    compiled = replace(kernel, compile=True)
    return {
        "branches one after the other": plain,
        "+ tables in place of layers": tabled,
        "+ kernel chosen for the device": kernel,
        "+ compiled blocks": compiled,
        "+ int8": replace(compiled, quantize="int8"),
        "+ fp8 in place of int8": replace(compiled, quantize="fp8"),
        "kernel chosen, offloaded": replace(kernel, memory="offload"),
    }


def step(bench: Bench, *, compiled: bool) -> None:
    """Measure a guided step of ours."""
    for name, placement in placements(bench.scale).items():
        if compiled or not placement.compile:
            _step(bench, name, placement)
            release(bench.scale.device)


def _step(bench: Bench, name: str, placement: Placement) -> None:
    scale, at = bench.scale, bench.scale.networks.latents
    latents, control = (scale.random(1, at.frames, 16, at.height, at.width) for _ in range(2))
    work = Work.of(forward_flops(scale.networks.transformer, tabled=True), 2)
    once = cached(lambda: _predictor(scale, placement, SamplingSettings(steps=STEPS)))
    bench.row("step", name, work, lambda: once()(latents, control, 0, 999))


def cached(make: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that makes something once, where its errors belong to a row."""
    made: list[Any] = []

    def once() -> Any:
        if not made:
            made.append(make())
        return made[0]

    return once


def _predictor(scale: Scale, placement: Placement, settings: SamplingSettings) -> LocalPredictor:
    transformer = ready(scale, placement).use(settings)
    at = scale.networks.latents
    nothing: Any = None
    models = Models(
        transformer,
        nothing,
        nothing,
        nothing,
        scale.networks.geometry,
        scale.device,
        scale.dtype,
    )
    predictor = LocalPredictor(transformer, settings)
    portrait = scale.random(1, 1, 16, at.height, at.width)
    predictor.begin(Conditions.of(models, portrait, _tokens(scale)))
    return predictor


def _tokens(scale: Scale) -> Any:
    return np.random.default_rng(0).standard_normal(scale.identity).astype(np.float32)


def _pictures(scale: Scale, count: int) -> list[Any]:
    at = scale.networks.pictures
    shape = (count, at.height, at.width, 3)
    return list(np.random.default_rng(1).integers(0, 256, shape, np.uint8))


def autoencoders(bench: Bench) -> None:
    """Measure how landmark pictures are encoded and pictures decoded."""
    scale = bench.scale
    vae, at = build_vae(scale), scale.networks.latents
    latents = scale.random(1, at.frames, 16, at.height, at.width)
    pictures = _pictures(scale, scale.networks.pictures.frames)

    def decode(*, tiled: bool) -> None:
        decoder = StreamingDecoder(vae, tiled=tiled)
        for _ in decoder.decode(latents):
            pass
        decoder.close()

    encoding = coding(scale, decode=False, tiled=False)
    for layout in ("", ", channels_last_3d"):
        if layout:
            for module in vae.modules():
                if isinstance(module, nn.Conv3d):
                    module.to(memory_format=torch.channels_last_3d)
        bench.row(
            "coder", f"encode in a stream{layout}", encoding, lambda: encode_pictures(vae, pictures)
        )
        for tiled in (True, False):
            name = f"decode {'in tiles' if tiled else 'whole'}, in a stream{layout}"
            work = coding(scale, decode=True, tiled=tiled)
            bench.row("coder", name, work, lambda tiled=tiled: decode(tiled=tiled))


def clips(bench: Bench, *, compiled: bool) -> None:
    """Draw a window with each profile, from landmark pictures to pictures."""
    plain = Placement(precision=bench.scale.precision, compile=compiled)
    for name, placement in {"": plain, ", fp8": replace(plain, quantize="fp8")}.items():
        _clips(bench, name, placement)
        release(bench.scale.device)


def _clips(bench: Bench, name: str, placement: Placement) -> None:
    scale = bench.scale
    flops = forward_flops(scale.networks.transformer, tabled=True)
    coders = coding(scale, decode=True, tiled=False) + coding(scale, decode=False, tiled=False)
    once = cached(lambda: _studio(scale, placement))
    for profile in PROFILES:
        options = RendererOptions(profile=profile)
        settings = sampling(options, profile, windows_at_once=1, tiled=False)
        work = Work.of(flops, forwards(settings)) + coders
        short = replace(settings, steps=PROFILES["draft"].steps, cache=None)
        bench.row(
            "clip",
            f"{profile}{name}",
            work,
            lambda s=settings: _draw(once(), s),
            warm=lambda s=short: _draw(once(), s),
        )


def release(device: torch.device) -> None:
    """Give memory back after a network is no longer needed."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


@dataclass
class Studio:
    """Networks of a clip, and what it is drawn from."""

    scale: Scale
    ready: Any
    vae: Any
    guider: Any
    pictures: list[Any]


def _studio(scale: Scale, placement: Placement) -> Studio:
    steps = tuple(profile.steps for profile in PROFILES.values())
    pictures = _pictures(scale, scale.networks.geometry.frames + 1)
    coders = build_vae(scale), build_vae(scale)
    made = Studio(scale, ready(scale, placement, steps), *coders, pictures)
    for vae in (made.vae, made.guider):
        prepare_vae(vae, scale.device)
    return made


def _draw(studio: Studio, settings: SamplingSettings) -> None:
    scale = studio.scale
    models = Models(
        studio.ready.use(settings),
        studio.vae,
        studio.guider,
        schedule(),
        scale.networks.geometry,
        scale.device,
        scale.dtype,
    )
    pictures = studio.pictures
    generator = FrameGenerator(models, pictures[0], _tokens(scale), pictures[1], settings, seed=0)
    drawn = sum(1 for _ in generator.frames(pictures[2:]))
    if drawn != scale.networks.geometry.frames - 1:
        raise RuntimeError(f"{drawn} pictures were drawn")


def measure(scale: Scale, parts: list[str], *, compiled: bool) -> Bench:
    """Measure some parts, in the order in which they need each other."""
    bench = Bench(scale)
    todo: dict[str, Callable[[], None]] = {
        "ceilings": lambda: ceilings(bench),
        "reference": lambda: reference(bench),
        "step": lambda: step(bench, compiled=compiled),
        "coder": lambda: autoencoders(bench),
        "clip": lambda: clips(bench, compiled=compiled),
    }
    for part in PARTS:
        if part in parts:
            todo[part]()
            release(scale.device)
    return bench


def heading(device: torch.device, arguments: list[str]) -> str:
    """Return what was measured on what, with the command."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = f"a CPU ({platform.machine()}, threads: {torch.get_num_threads()})"
    return (
        f"`python benchmarks/dit.py {' '.join(arguments)}`, on {name},"
        f" PyTorch {torch.__version__}.\n"
    )


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="tiny networks, to see that all runs")
    parser.add_argument("--device", help="cuda:0, or cpu with --tiny, if absent")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--no-compile", action="store_true", help="leave out what is compiled")
    parser.add_argument("--write", type=Path, help="file for the table; it is printed if absent")
    asked = parser.parse_args()
    device = torch.device(asked.device or ("cpu" if asked.tiny else "cuda:0"))
    if asked.tiny:
        torch.set_num_threads(1)  # what is so small only waits for threads
    scale = Scale.of(device, tiny=asked.tiny)
    bench = measure(scale, asked.only, compiled=not asked.no_compile)
    text = f"{heading(device, sys.argv[1:])}\n{bench.table()}\n"
    if asked.write is None:
        sys.stdout.write(text)
    else:
        asked.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
