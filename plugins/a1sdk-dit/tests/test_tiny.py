"""Tiny checkpoints are small, the same every time, and stand for the release."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_transformer, load_vae, verify
from a1sdk_dit.tiny import make_tiny_checkpoint


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_is_the_same_every_time(tiny: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    state = torch.get_rng_state()
    again = _contents(make_tiny_checkpoint(tmp_path / "again"))
    assert again == _contents(tiny)
    assert torch.equal(torch.get_rng_state(), state)


def test_is_small_and_in_shards(tiny: Path) -> None:
    contents = _contents(tiny)
    assert sum(map(len, contents.values())) < 2_000_000
    assert sum(name.startswith("transformer/") for name in contents) > 3
    assert not any(name.startswith("text_encoder") for name in contents)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sizes_and_numbers_are_those_asked_for(dtype: str, tmp_path: Path) -> None:
    layout = find_layout(
        make_tiny_checkpoint(tmp_path / "c", frames=13, height=32, width=48, dtype=dtype)
    )
    verify(layout)
    geometry = layout.geometry
    assert (geometry.frames, geometry.height, geometry.width) == (13, 32, 48)
    stored = {
        s.numbers
        for part in (layout.transformer, layout.vae, layout.siglip)
        for s in part.weights.values()
    }
    assert stored == {{"bfloat16": "BF16", "float16": "F16"}[dtype]}


def test_pictures_are_noise_but_not_flat(tiny: Path) -> None:
    vae = load_vae(find_layout(tiny).vae, torch.float32, "cpu", decoder=True)
    latents = torch.randn((1, 16, 3, 8, 12), generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        pictures = vae.decode(latents).sample / 2 + 0.5
    assert pictures.shape == (1, 3, 9, 64, 96)
    assert 0.05 < pictures.clamp(0, 1).std() < 0.45


def test_likeness_and_step_change_what_is_drawn(tiny: Path) -> None:
    from a1sdk_dit.model.geometry import rope

    layout = find_layout(tiny)
    model = load_transformer(layout, torch.float32, "cpu")
    generator = torch.Generator().manual_seed(5)
    latents = torch.randn((1, 5, 48, 8, 12), generator=generator)
    tokens = torch.randn((1, 4, 32), generator=generator)
    rotary = rope(layout.geometry, 16)

    @torch.no_grad()
    def draw(likeness: torch.Tensor, step: int) -> torch.Tensor:
        return model(latents, model.embed_identity(likeness), torch.tensor([step]), rotary)[0]

    plain = draw(tokens, 500)
    assert (draw(torch.zeros_like(tokens), 500) - plain).abs().max() > 1e-2
    assert (draw(tokens, 900) - plain).abs().max() > 1e-2
