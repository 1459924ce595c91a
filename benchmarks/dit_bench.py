"""What `benchmarks/dit.py` measures with: sizes, rows, and networks with random weights."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from a1sdk_dit.model.geometry import Geometry
from a1sdk_dit.planning import vae as coder
from a1sdk_dit.planning.costs import (
    RELEASE_TRANSFORMER,
    RELEASE_VAE,
    ForwardFlops,
    Transformer,
)
from a1sdk_dit.planning.memory import Networks
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler

from a1sdk.plugin import CapabilityError

PARTS = ("ceilings", "reference", "step", "coder", "clip")
STEPS = 10
GIB = 1 << 30

TINY_TRANSFORMER = {
    **RELEASE_TRANSFORMER,
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "num_layers": 2,
    "sample_width": 12,
    "sample_height": 8,
    "sample_frames": 17,
    "text_embed_dim": 40,
    "time_embed_dim": 24,
}
TINY_VAE = {
    **RELEASE_VAE,
    "block_out_channels": (4, 4, 4, 4),
    "layers_per_block": 1,
    "sample_height": 64,
    "sample_width": 96,
}


@dataclass(frozen=True)
class Scale:
    """What is measured: sizes of the networks, numbers, device, and how often.

    Attributes:
        transformer: configuration of the transformer.
        vae: configuration of the autoencoders.
        identity: number and width of the likeness tokens.
        groups: of the autoencoders' norms.
        precision: numbers of the networks.
        device: where.
        repeats: how often short work is timed; whole clips are drawn once.
    """

    transformer: dict[str, Any]
    vae: dict[str, Any]
    identity: tuple[int, int]
    groups: int
    precision: Any
    device: torch.device
    repeats: int

    @classmethod
    def of(cls, device: torch.device, *, tiny: bool) -> Scale:
        """Return the release's sizes in bf16, or tiny ones in fp32."""
        if tiny:
            return cls(TINY_TRANSFORMER, TINY_VAE, (4, 32), 2, "fp32", device, 1)
        full = dict(RELEASE_TRANSFORMER), dict(RELEASE_VAE)
        return cls(*full, (729, 1152), 32, "bf16", device, 5)

    @property
    def dtype(self) -> torch.dtype:
        """Numbers of the networks."""
        return torch.bfloat16 if self.precision == "bf16" else torch.float32

    @cached_property
    def networks(self) -> Networks:
        """Sizes of the networks, for counting operations."""
        return Networks(
            transformer=Transformer.of(self.transformer, *self.identity),
            geometry=Geometry.of(self.transformer),
            vae=self.vae,
            pose_guider=self.vae,
        )

    def random(self, *shape: int) -> torch.Tensor:
        """Return random numbers on the device."""
        return torch.randn(shape, device=self.device, dtype=self.dtype)


@dataclass(frozen=True)
class Work:
    """Operations of a row, by the ceiling that holds for them."""

    linear: float = 0
    attention: float = 0
    convolution: float = 0

    @classmethod
    def of(cls, flops: ForwardFlops, times: float = 1) -> Work:
        """Return the operations of evaluations of the transformer."""
        return cls(times * (flops.linear + flops.edges), times * flops.attention)

    @property
    def total(self) -> float:
        """All of them."""
        return self.linear + self.attention + self.convolution

    def __add__(self, other: Work) -> Work:
        return Work(
            self.linear + other.linear,
            self.attention + other.attention,
            self.convolution + other.convolution,
        )


@dataclass
class Row:
    """One measurement, or why there is none."""

    part: str
    name: str
    work: Work
    times: list[float] = field(default_factory=list)
    peak: int = 0
    failure: str = ""

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(self.times)


class Bench:
    """Measures rows and keeps them."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.rows: list[Row] = []

    def row(
        self,
        part: str,
        name: str,
        work: Work,
        call: Callable[[], object],
        *,
        warm: Callable[[], object] | None = None,
    ) -> None:
        """Time a call, and say what came out at once, since the rest may take long or fail.

        Args:
            part: of the table.
            name: of the row.
            work: operations of the call.
            call: what is timed, several times after once that does not count.
            warm: what is done before instead; the call is then timed once.
        """
        row = Row(part, name, work)
        try:
            with torch.no_grad():
                (warm or call)()
                self._reset()
                for _ in range(1 if warm else self.scale.repeats):
                    start = self._now()
                    call()
                    row.times.append(self._now() - start)
            row.peak = self._peak()
        except (RuntimeError, ValueError, NotImplementedError, CapabilityError) as error:
            row.failure = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        self.rows.append(row)
        sys.stderr.write(f"{part}: {name}: {row.failure or f'{row.seconds:.3g} s'}\n")

    @property
    def _cuda(self) -> bool:
        return self.scale.device.type == "cuda"

    def _now(self) -> float:
        if self._cuda:
            torch.cuda.synchronize(self.scale.device)
        return time.perf_counter()

    def _reset(self) -> None:
        if self._cuda:
            torch.cuda.reset_peak_memory_stats(self.scale.device)

    def _peak(self) -> int:
        return torch.cuda.max_memory_allocated(self.scale.device) if self._cuda else 0

    def floor(self, work: Work) -> float | None:
        """Return how long work takes at the best ceilings; None where they are not known."""
        seconds = 0.0
        for kind in ("linear", "attention", "convolution"):
            if operations := getattr(work, kind):
                ceilings = [
                    getattr(row.work, kind) / row.seconds
                    for row in self.rows
                    if row.part == "ceilings" and row.times and getattr(row.work, kind)
                ]
                if not ceilings:
                    return None
                seconds += operations / max(ceilings)
        return seconds or None

    def baseline(self, row: Row) -> Row | None:
        """Return the row of the reference that does the same work."""
        names = {"step": "guided step", "clip": "clip"}
        name = names.get(row.part) or ("decode" if "decode" in row.name else "encode")
        found = (r for r in self.rows if r.part == "reference" and r.name.startswith(name))
        return next((r for r in found if r.times), None) if row.part in PARTS[2:] else None

    def table(self) -> str:
        """Return all rows in Markdown."""
        lines = [
            "| part | what | seconds | TFLOP/s | peak GiB | floor | x floor | x reference |",
            "|---|---|---|---|---|---|---|---|",
            *(f"| {' | '.join(self._cells(row))} |" for row in self.rows),
        ]
        return "\n".join(lines)

    def _cells(self, row: Row) -> list[str]:
        if not row.times:
            return [row.part, row.name, row.failure, "", "", "", "", ""]
        floor, base = self.floor(row.work), self.baseline(row)
        spread = f" ({min(row.times):.3g} to {max(row.times):.3g})" if row.times[1:] else ""
        return [
            row.part,
            row.name,
            f"{row.seconds:.3g}{spread}",
            f"{row.work.total / row.seconds / 1e12:.3g}" if row.work.total else "",
            f"{row.peak / GIB:.1f}" if row.peak else "",
            f"{floor:.3g}" if floor else "",
            f"{row.seconds / floor:.2f}" if floor else "",
            f"{base.seconds / row.seconds:.2f}" if base else "",
        ]


def filled(module: Any, device: torch.device) -> Any:
    """Give a network built without memory small random weights; norms scale by one."""
    module = module.to_empty(device=device)
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for name, values in (*module.named_parameters(), *module.named_buffers()):
            if values.ndim > 1:
                values.normal_(0, 0.02, generator=generator)
            else:
                values.fill_(1.0 if "norm" in name and name.endswith("weight") else 0.0)
    return module.requires_grad_(False).eval()


def build(kind: Any, dtype: torch.dtype, device: torch.device, **config: Any) -> Any:
    """Return a network with random weights."""
    with torch.device("meta"):
        module = kind(**config)
    for values in (*module.parameters(), *module.buffers()):
        values.data = values.data.to(dtype)
    return filled(module, device)


def positions() -> dict[str, bool]:
    """Return what the release says of positions."""
    names = ("use_rotary_positional_embeddings", "use_learned_positional_embeddings")
    return dict.fromkeys(names, True)


def build_vae(scale: Scale) -> Any:
    """Return an autoencoder as the release has two."""
    blocks = {
        f"{way}_block_types": (f"CogVideoX{way.title()}Block3D",) * 4 for way in ("down", "up")
    }
    more = {"norm_num_groups": scale.groups, "scaling_factor": 0.7}
    kind = AutoencoderKLCogVideoX
    return build(kind, scale.dtype, scale.device, **scale.vae, **blocks, **more)


def schedule() -> CogVideoXDDIMScheduler:
    """Return the release's scheduler."""
    return CogVideoXDDIMScheduler(
        beta_schedule="scaled_linear",
        clip_sample=False,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        snr_shift_scale=1.0,
        timestep_spacing="trailing",
    )


def coding(scale: Scale, *, decode: bool, tiled: bool) -> Work:
    """Return the operations of encoding or decoding a window."""
    networks = scale.networks
    chunks = (
        coder.decoding(scale.vae, networks.latents, tiled=tiled)
        if decode
        else coder.encoding(scale.vae, networks.pictures, tiled=tiled)
    )
    return Work(convolution=coder.flops(chunks))
