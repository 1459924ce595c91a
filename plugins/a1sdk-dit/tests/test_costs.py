"""What plans are computed from, against torch's own counters on networks of the release's size."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.planning import costs, vae
from a1sdk_dit.planning.costs import RELEASE_TRANSFORMER, RELEASE_VAE
from a1sdk_dit.planning.memory import Networks
from a1sdk_dit.sampling.vae import StreamingDecoder
from diffusers import AutoencoderKLCogVideoX
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

RELEASE = Networks()
SIZES = RELEASE.transformer


class Held(TorchDispatchMode):
    """Counts the bytes of tensors that are alive, those that were there before not counted."""

    def __init__(self, *before: torch.Tensor) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known = {tensor.untyped_storage()._cdata for tensor in before}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self._see(leaf.untyped_storage())
        return out

    def _see(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


@contextmanager
def flops() -> Iterator[FlopCounterMode]:
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        yield counter


def empty(*shape: int) -> torch.Tensor:
    return torch.empty(*shape, dtype=torch.bfloat16, device="meta")


def meta(kind: Any, **config: Any) -> Any:
    with torch.device("meta"):
        model = kind(**config)
    for parameter in (*model.parameters(), *model.buffers()):
        parameter.data = parameter.data.to(torch.bfloat16)
    return model.eval()


@pytest.fixture(scope="module")
def transformer() -> Any:
    return meta(
        A1Transformer3DModel,
        **RELEASE_TRANSFORMER,
        use_rotary_positional_embeddings=True,
        use_learned_positional_embeddings=True,
    )


@pytest.fixture(scope="module")
def coder() -> Any:
    blocks = {
        f"{way}_block_types": (f"CogVideoX{way.title()}Block3D",) * 4 for way in ("down", "up")
    }
    return meta(AutoencoderKLCogVideoX, **RELEASE_VAE, **blocks)


def forward(transformer: Any) -> None:
    angles = torch.empty(SIZES.picture_tokens, 64, device="meta")
    transformer(
        empty(1, 13, 48, 60, 90),
        empty(1, SIZES.identity, SIZES.width),
        empty(1),
        (angles, angles),
    )


def test_parameters_of_the_transformer(transformer: Any) -> None:
    counts = costs.transformer_parameters(SIZES)
    named = dict(transformer.named_parameters())
    assert counts.total == sum(p.numel() for p in named.values()) == 5_588_820_928
    assert counts.positions == transformer.patch_embed.pos_embedding.numel()
    of_modulation = sum(
        p.numel() for name, p in named.items() if ".norm1.linear" in name or ".norm2.linear" in name
    )
    assert counts.modulation == of_modulation
    block = sum(p.numel() for p in transformer.transformer_blocks[0].parameters())
    assert costs.block_parameters(SIZES, tabled=False) == block


def test_operations_of_a_forward(transformer: Any) -> None:
    with flops() as counter:
        forward(transformer)
    assert costs.forward_flops(SIZES).total == counter.get_total_flops()
    assert round(counter.get_total_flops() / 1e12, 1) == 346.4


def test_memory_of_a_forward(transformer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fused kernel holds its result alone; the meta device would take the one that is not."""
    monkeypatch.setattr(
        torch.nn.functional,
        "scaled_dot_product_attention",
        lambda *, query, **_: torch.empty_like(query),
    )
    weights = [*transformer.parameters(), *transformer.buffers()]
    with torch.no_grad(), Held(*weights) as held:
        forward(transformer)
    assert costs.working_bytes(SIZES, 2) == pytest.approx(held.peak, rel=0.02)


def test_parameters_of_the_autoencoder(coder: Any) -> None:
    assert vae.encoder_parameters(RELEASE_VAE) == sum(p.numel() for p in coder.encoder.parameters())
    assert vae.decoder_parameters(RELEASE_VAE) == sum(p.numel() for p in coder.decoder.parameters())


def test_operations_of_decoding(coder: Any) -> None:
    coder.use_tiling = False
    with flops() as counter:
        coder.decode(empty(1, 16, 5, 60, 90))
    chunks = vae.decoding(RELEASE_VAE, vae.Extent(5, 60, 90), tiled=False)
    assert vae.flops(chunks) == counter.get_total_flops()


@pytest.mark.parametrize(("tiled", "tera"), [(False, 315.0), (True, 441.0)])
def test_operations_of_decoding_a_window(tiled: bool, tera: float) -> None:
    """Counted once on the released network with torch's counter; in tiles that takes a minute."""
    whole = vae.flops(vae.decoding(RELEASE_VAE, RELEASE.latents, tiled=tiled))
    assert round(whole / 1e12, 1) == tera


@pytest.mark.parametrize(("frames", "tiled"), [(17, False), (1, True)])
def test_operations_of_encoding(coder: Any, frames: int, tiled: bool) -> None:
    coder.use_tiling = tiled
    with flops() as counter:
        coder.encode(empty(1, 3, frames, 480, 720))
    chunks = vae.encoding(RELEASE_VAE, vae.Extent(frames, 480, 720), tiled=tiled)
    assert vae.flops(chunks) == counter.get_total_flops()


def test_memory_of_decoding(coder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a1sdk_dit.sampling.vae._to_pictures", lambda pixels: iter(()))
    decoder = StreamingDecoder(coder, tiled=False)
    with torch.no_grad(), Held(*coder.parameters()) as held:
        assert not list(decoder.decode(empty(1, 13, 16, 60, 90)))
        kept = held.now
        assert not list(decoder.decode(empty(1, 10, 16, 60, 90)))
    chunks = vae.decoding(RELEASE_VAE, RELEASE.latents, tiled=False)
    assert 2 * vae.peak_numbers(chunks) == pytest.approx(held.peak, rel=0.02)
    waiting = 2 * vae.waiting_numbers(RELEASE_VAE, RELEASE.latents, tiled=False)
    assert waiting == pytest.approx(kept, rel=0.02)


def test_memory_of_encoding(coder: Any) -> None:
    coder.use_tiling = False
    with torch.no_grad(), Held(*coder.parameters()) as held:
        coder.encode(empty(1, 3, 25, 480, 720))
    chunks = vae.encoding(RELEASE_VAE, RELEASE.pictures, tiled=False)
    assert 2 * vae.peak_numbers(chunks) == pytest.approx(held.peak, rel=0.03)
