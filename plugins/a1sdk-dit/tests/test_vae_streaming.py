"""Encoding and decoding in chunks, against the autoencoder's own functions for whole videos."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from a1sdk_dit.sampling.vae import StreamingDecoder, encode_pictures, encode_portrait
from diffusers import AutoencoderKLCogVideoX

HEIGHT, WIDTH = 96, 80  # tiles of 48 x 40 that overlap by whole latents


@pytest.fixture(scope="module")
def vae() -> AutoencoderKLCogVideoX:
    torch.manual_seed(5)
    return AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        norm_num_groups=2,
        sample_height=HEIGHT,
        sample_width=WIDTH,
        scaling_factor=0.7,
    ).eval()


def noise_pictures(count: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, HEIGHT, WIDTH, 3), np.uint8)


def video(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(3, 0, 1, 2)[None] / 255 * 2 - 1


def whole(vae: AutoencoderKLCogVideoX, latents: torch.Tensor, *, tiled: bool) -> np.ndarray:
    """Pictures of all latents at once, decoded by the library."""
    scaled = latents.transpose(1, 2) / 0.7
    with torch.no_grad():
        pixels = (vae.tiled_decode(scaled) if tiled else vae.decode(scaled)).sample[0]
    return ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().permute(1, 2, 3, 0).numpy()


def latents_of(count: int) -> torch.Tensor:
    return torch.randn(1, count, 16, 12, 10, generator=torch.Generator().manual_seed(9))


def tensors(kept: object) -> Iterator[tuple[str, torch.Tensor]]:
    for name, value in kept.items():  # type: ignore[attr-defined]
        if isinstance(value, dict):
            yield from tensors(value)
        else:
            yield name, value


@pytest.mark.parametrize("count", [1, 9, 17, 25])
def test_pictures_encode_as_the_whole_video(vae: AutoencoderKLCogVideoX, count: int) -> None:
    pictures = noise_pictures(count)
    with torch.no_grad():
        expected = vae.encode(video(pictures)).latent_dist.mode().transpose(1, 2) * 0.7
    torch.testing.assert_close(encode_pictures(vae, pictures), expected)


def test_encoding_takes_pictures_as_it_goes(
    vae: AutoencoderKLCogVideoX, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, at_chunks = [], []
    monkeypatch.setattr(
        vae.encoder,
        "forward",
        lambda pixels, conv_cache: (at_chunks.append(len(taken)), (pixels[:, :2], {}))[1],
    )
    encode_pictures(vae, (taken.append(0) or picture for picture in noise_pictures(33)))
    assert at_chunks == [9, 17, 25, 33]


@pytest.mark.parametrize("tiled", [False, True])
def test_a_portrait_is_a_sample_of_its_latents(vae: AutoencoderKLCogVideoX, tiled: bool) -> None:
    picture = noise_pictures(1)
    with torch.no_grad():
        moments = (vae.tiled_encode if tiled else vae._encode)(video(picture))
    mean, spread = moments.chunk(2, dim=1)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(1))
    expected = (mean + (spread / 2).exp() * noise) * 0.7
    generator = torch.Generator().manual_seed(1)
    found = encode_portrait(vae, picture[0], generator, tiled=tiled, rounded=True)
    torch.testing.assert_close(found, expected.transpose(1, 2))


@pytest.mark.parametrize("tiled", [False, True])
def test_latents_of_several_windows_decode_as_one_video(
    vae: AutoencoderKLCogVideoX, tiled: bool
) -> None:
    latents, decoder = latents_of(9), StreamingDecoder(vae, tiled=tiled)
    parts = torch.split(latents, [5, 2, 2], dim=1)
    found = np.stack([picture for part in parts for picture in decoder.decode(part)])
    assert found.shape == (33, HEIGHT, WIDTH, 3)
    assert np.abs(found - whole(vae, latents, tiled=tiled)).max() <= 1
    alone = whole(vae, parts[1], tiled=tiled)
    assert np.abs(found[17:25] - alone).max() > 20  # so that it does matter what was before


def test_a_decoder_starts_anew_when_closed(vae: AutoencoderKLCogVideoX) -> None:
    decoder = StreamingDecoder(vae, tiled=False)
    first = np.stack(list(decoder.decode(latents_of(3))))
    decoder.close()
    assert not decoder._kept
    np.testing.assert_array_equal(np.stack(list(decoder.decode(latents_of(3)))), first)


def test_pictures_come_chunk_by_chunk(
    vae: AutoencoderKLCogVideoX, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, calls = vae.decoder.forward, []
    monkeypatch.setattr(
        vae.decoder, "forward", lambda *a, **k: (calls.append(0), forward(*a, **k))[1]
    )
    decoded = StreamingDecoder(vae, tiled=False).decode(latents_of(7))
    calls_at = [len(calls) for _ in decoded]
    assert calls_at == [1] * 9 + [2] * 8 + [3] * 8


@pytest.mark.parametrize("tiled", [False, True])
def test_only_what_the_next_chunk_reads_is_kept(vae: AutoencoderKLCogVideoX, tiled: bool) -> None:
    decoder = StreamingDecoder(vae, tiled=tiled)
    list(decoder.decode(latents_of(5)))
    kept = [pair for place in decoder._kept.values() for pair in tensors(place)]
    assert kept
    assert all(value.shape[2] == 2 for _, value in kept)  # a kernel of 3 frames reads 2 before
    assert not {name for name, _ in kept} & {"conv_y", "conv_b"}
    assert len(decoder._kept) == (9 if tiled else 1)


@pytest.mark.parametrize(("height", "width"), [(64, 96), (48, 112), (32, 32)])
def test_tiles_cover_pictures_of_any_size(height: int, width: int) -> None:
    torch.manual_seed(5)
    vae = AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(2, 2, 2, 2),
        layers_per_block=1,
        norm_num_groups=1,
        sample_height=height,
        sample_width=width,
    )
    latents = torch.zeros(1, 3, 16, height // 8, width // 8)
    pictures = np.stack(list(StreamingDecoder(vae, tiled=True).decode(latents)))
    assert pictures.shape == (9, height, width, 3)
