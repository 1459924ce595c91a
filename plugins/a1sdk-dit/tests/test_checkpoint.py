"""Checkpoints are loaded whole and strictly, or refused in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from a1sdk_dit.checkpoint import weights
from a1sdk_dit.checkpoint.layout import SIGLIP, find_layout
from a1sdk_dit.checkpoint.loading import (
    load_scheduler,
    load_siglip,
    load_transformer,
    load_vae,
    verify,
)
from a1sdk_dit.checkpoint.locate import checkpoint_folder
from a1sdk_dit.options import EncoderOptions
from safetensors.torch import load_file, save_file

from a1sdk.plugin import A1Error, AssetMissingError, ConfigError, ResourceError

STEM = "diffusion_pytorch_model"
SHARD = f"{STEM}-00002-of-00005.safetensors"
INDEX = f"{STEM}.safetensors.index.json"
SINGLE = f"transformer/{STEM}.safetensors"
BIAS = "transformer_blocks.1.ff.net.2.bias"
PATCHES = "patch_embed.proj.weight"

Tensors = dict[str, torch.Tensor]
Copy = Callable[[Path], Path]


def _load(folder: Path) -> None:
    verify(find_layout(folder, "fp32"))


def _edit(path: Path, change: Callable[[Tensors], object]) -> None:
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def _set(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def _cut(path: Path, left: float) -> None:
    os.truncate(path, int(path.stat().st_size * left))


def _list(index: Path, tensor: str, shard: str) -> None:
    listed = json.loads(index.read_text())
    listed["weight_map"][tensor] = shard
    index.write_text(json.dumps(listed))


def _pickles_only(folder: Path) -> None:
    (folder / SINGLE).rename(folder / "transformer" / f"{STEM}.bin")


def _sdxl(folder: Path) -> None:
    (folder / "transformer").rename(folder / "unet")
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline"}')


def _other_siglip(folder: Path) -> None:
    config = json.loads((folder / SIGLIP / "config.json").read_text())
    _set(
        folder / SIGLIP / "config.json", vision_config={**config["vision_config"], "patch_size": 7}
    )


FAULTS: dict[str, tuple[Callable[[Path], object], type[A1Error], tuple[str, ...]]] = {
    "missing key": (
        lambda f: _edit(f / SINGLE, lambda t: t.pop(BIAS)),
        ConfigError,
        (BIAS, SINGLE, "missing"),
    ),
    "extra key": (
        lambda f: _edit(f / SINGLE, lambda t: t.update(extra=torch.zeros(2))),
        ConfigError,
        ("'extra'", SINGLE, "no place"),
    ),
    "wrong shape": (
        lambda f: _edit(f / SINGLE, lambda t: t.update({BIAS: torch.zeros(31)})),
        ConfigError,
        (BIAS, SINGLE, "[31]", "[32]"),
    ),
    "weights of 32 channels": (
        lambda f: _edit(f / SINGLE, lambda t: t.update({PATCHES: torch.zeros(32, 32, 2, 2)})),
        ConfigError,
        (PATCHES, SINGLE, "[32, 32, 2, 2]"),
    ),
    "quantized": (
        lambda f: _edit(f / SINGLE, lambda t: t.update({BIAS: t[BIAS].to(torch.float8_e4m3fn)})),
        ConfigError,
        (BIAS, SINGLE, "F8_E4M3"),
    ),
    "truncated": (lambda f: _cut(f / SINGLE, 0.7), ResourceError, (SINGLE, "cut short", "tensor")),
    "truncated header": (lambda f: _cut(f / SINGLE, 0.01), ResourceError, (SINGLE, "header")),
    "a page of a web server": (
        lambda f: (f / SINGLE).write_text("<html>Not found</html>"),
        ResourceError,
        (SINGLE, "no safetensors"),
    ),
    "longer than it says": (
        lambda f: (f / SINGLE).write_bytes((f / SINGLE).read_bytes() + b"\0" * 10),
        ResourceError,
        (SINGLE, "10 bytes"),
    ),
    "pickles only": (_pickles_only, ConfigError, (f"transformer/{STEM}.bin", "pickle")),
    "no weights": (lambda f: (f / SINGLE).unlink(), AssetMissingError, (SINGLE, "missing")),
    "no folder": (shutil.rmtree, AssetMissingError, ("There is no folder",)),
    "SDXL": (_sdxl, ConfigError, ("StableDiffusionXLPipeline",)),
    "some folder": (
        lambda f: shutil.rmtree(f / "transformer"),
        ConfigError,
        ("no folder 'transformer'",),
    ),
    "a part of the release": (
        lambda f: (
            (f / "model_index.json").write_text('{"_class_name": "CogVideoXImageToVideoPipeline"}'),
            shutil.rmtree(f / "transformer"),
        ),
        ConfigError,
        ("no folder 'transformer'", "a part of one"),
    ),
    "plain CogVideoX": (
        lambda f: _set(f / "transformer" / "config.json", in_channels=32),
        ConfigError,
        ("transformer/config.json", "32", "48"),
    ),
    "CogVideoX 1.5": (
        lambda f: _set(f / "transformer" / "config.json", patch_size_t=2),
        ConfigError,
        ("transformer/config.json", "1.5"),
    ),
    "another transformer": (
        lambda f: _set(f / "transformer" / "config.json", _class_name="FluxTransformer2DModel"),
        ConfigError,
        ("transformer/config.json", "FluxTransformer2DModel"),
    ),
    "no likeness": (
        lambda f: _edit(f / SINGLE, lambda t: t.pop("patch_embed.pose_proj.0.weight")),
        ConfigError,
        ("patch_embed.pose_proj.0.weight", SINGLE),
    ),
    "an unknown field": (
        lambda f: _set(f / "transformer" / "config.json", new_attention=True),
        ConfigError,
        ("transformer/config.json", "'new_attention'"),
    ),
    "a configuration without sizes": (
        lambda f: _set(f / "transformer" / "config.json", sample_frames=None),
        ConfigError,
        ("transformer/config.json", "sizes"),
    ),
    "a configuration of nothing": (
        lambda f: _set(f / "vae" / "config.json", block_out_channels=[7, 8, 8, 8]),
        ConfigError,
        ("vae/config.json",),
    ),
    "a scheduler of nothing": (
        lambda f: _set(f / "scheduler" / "scheduler_config.json", beta_schedule="steep"),
        ConfigError,
        ("scheduler/scheduler_config.json", "steep"),
    ),
    "damaged configuration": (
        lambda f: (f / "vae" / "config.json").write_text('{"_class'),
        ResourceError,
        ("vae/config.json",),
    ),
    "no configuration": (
        lambda f: (f / "vae" / "config.json").unlink(),
        AssetMissingError,
        ("vae/config.json",),
    ),
    "no pose guider": (
        lambda f: shutil.rmtree(f / "pose_guider"),
        AssetMissingError,
        ("'pose_guider'",),
    ),
    "another VAE": (
        lambda f: _set(f / "vae" / "config.json", latent_channels=4),
        ConfigError,
        ("vae/config.json", "4 latent channels"),
    ),
    "missing key of the VAE": (
        lambda f: _edit(
            f / f"vae/{STEM}.safetensors", lambda t: t.pop("decoder.conv_in.conv.bias")
        ),
        ConfigError,
        ("decoder.conv_in.conv.bias", f"vae/{STEM}.safetensors"),
    ),
    "missing key of the unused decoder": (
        lambda f: _edit(
            f / f"pose_guider/{STEM}.safetensors", lambda t: t.pop("decoder.conv_in.conv.bias")
        ),
        ConfigError,
        ("decoder.conv_in.conv.bias", f"pose_guider/{STEM}.safetensors"),
    ),
    "missing key of SigLIP": (
        lambda f: _edit(
            f / SIGLIP / "model.safetensors", lambda t: t.pop("vision_model.post_layernorm.bias")
        ),
        ConfigError,
        ("post_layernorm.bias", f"{SIGLIP}/model.safetensors"),
    ),
    "another SigLIP": (_other_siglip, ConfigError, (SIGLIP, "16 tokens", "4 of width 32")),
    "another scheduler": (
        lambda f: _set(f / "scheduler" / "scheduler_config.json", _class_name="EulerScheduler"),
        ConfigError,
        ("scheduler/scheduler_config.json", "EulerScheduler"),
    ),
}

SHARD_FAULTS: dict[str, tuple[Callable[[Path], object], type[A1Error], tuple[str, ...]]] = {
    "missing shard": (lambda f: (f / SHARD).unlink(), AssetMissingError, (SHARD,)),
    "truncated shard": (lambda f: _cut(f / SHARD, 0.9), ResourceError, (SHARD, "cut short")),
    "a tensor less than listed": (
        lambda f: _list(f / INDEX, "ghost", SHARD),
        ResourceError,
        ("'ghost'", SHARD),
    ),
    "a tensor that is not listed": (
        lambda f: _edit(f / SHARD, lambda t: t.update(ghost=torch.zeros(1))),
        ResourceError,
        ("'ghost'", SHARD),
    ),
    "damaged index": (
        lambda f: (f / INDEX).write_text('{"weight_map": [1]}'),
        ResourceError,
        (INDEX,),
    ),
} | {
    f"shard outside, {name}": (
        lambda f, name=name: _list(f / INDEX, "ghost", name),
        ConfigError,
        (INDEX, repr(name)),
    )
    for name in (
        "../vae/x.safetensors",
        "/etc/x.safetensors",
        "a/x.safetensors",
        "..\\x.safetensors",
    )
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(fault: str, whole: Path, copy_of: Copy) -> None:
    spoil, error, words = FAULTS[fault]
    folder = copy_of(whole)
    spoil(folder)
    with pytest.raises(error) as caught:
        _load(folder)
    assert [word for word in words if word not in str(caught.value)] == [], caught.value
    assert caught.value.hint


@pytest.mark.parametrize("fault", SHARD_FAULTS)
def test_faults_of_shards_are_named(fault: str, tiny: Path, copy_of: Copy) -> None:
    spoil, error, words = SHARD_FAULTS[fault]
    folder = copy_of(tiny)
    spoil(folder / "transformer")
    with pytest.raises(error) as caught:
        _load(folder)
    assert [word for word in words if word not in str(caught.value)] == [], caught.value
    assert caught.value.hint


def test_faults_are_found_before_weights_are_read(
    whole: Path, copy_of: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(whole)
    _edit(folder / SINGLE, lambda t: t.pop(BIAS))
    monkeypatch.setattr(weights, "read_tensor", lambda stored: pytest.fail("a weight was read"))
    with pytest.raises(ConfigError):
        load_transformer(find_layout(folder), torch.float32, "cpu")


def test_layouts_are_read_without_torch(tiny: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from a1sdk_dit.checkpoint.layout import find_layout;"
        "find_layout(Path(sys.argv[1])); print('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny)], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_file_that_cannot_be_read(whole: Path, copy_of: Copy) -> None:
    folder = copy_of(whole)
    (folder / SINGLE).unlink()
    shard = folder / "transformer" / "a.safetensors"
    shard.mkdir()
    (folder / "transformer" / INDEX).write_text('{"weight_map": {"x": "a.safetensors"}}')
    with pytest.raises(ResourceError, match="cannot be read"):
        _load(folder)


def test_file_that_shrinks_while_it_is_read(whole: Path, copy_of: Copy) -> None:
    layout = find_layout(copy_of(whole))
    _cut(layout.root / SINGLE, 0.8)
    with pytest.raises(ResourceError, match="shorter"):
        load_transformer(layout, torch.float32, "cpu")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_weight_arrives(tiny: Path, dtype: torch.dtype) -> None:
    model = load_transformer(find_layout(tiny), dtype, "cpu")
    stored: Tensors = {}
    for file in (tiny / "transformer").glob("*.safetensors"):
        stored |= load_file(file)
    assert stored.keys() == model.state_dict().keys()
    for name, values in model.state_dict().items():
        assert torch.equal(values, stored[name].to(dtype)), name
    assert not model.training and not any(p.requires_grad for p in model.parameters())


def test_number_of_likeness_tokens_is_that_of_the_positions(tiny: Path) -> None:
    layout = find_layout(tiny)
    assert layout.transformer.config["max_text_seq_length"] == 226
    assert (layout.identity_tokens, layout.identity_width) == (4, 32)


@pytest.mark.parametrize(
    ("precision", "taken"), [("bf16", "bf16"), ("fp32", "plain"), ("fp16", "plain")]
)
def test_variant_of_the_wanted_precision_comes_first(
    precision: str, taken: str, whole: Path, copy_of: Copy
) -> None:
    folder = copy_of(whole)
    plain, variant = folder / SINGLE, folder / "transformer" / f"{STEM}.bf16.safetensors"
    save_file({k: v.bfloat16() for k, v in load_file(plain).items()}, variant)
    expected = {"bf16": variant, "plain": plain}[taken]
    found = find_layout(folder, precision).transformer.weights
    assert {stored.file for stored in found.values()} == {expected}


def test_other_variant_where_there_is_nothing_else(whole: Path, copy_of: Copy) -> None:
    folder = copy_of(whole)
    (folder / SINGLE).rename(folder / "transformer" / f"{STEM}.fp32.safetensors")
    model = load_transformer(find_layout(folder, "bf16"), torch.bfloat16, "cpu")
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}


def test_variant_in_shards(tiny: Path, copy_of: Copy) -> None:
    folder = copy_of(tiny)
    index = folder / "transformer" / INDEX
    index.rename(index.with_name(f"{STEM}.safetensors.index.bf16.json"))
    _load(folder)


def test_links_of_a_hub_are_followed(whole: Path, copy_of: Copy, tmp_path: Path) -> None:
    folder = copy_of(whole)
    blob = (folder / SINGLE).rename(tmp_path / "blob")
    (folder / SINGLE).symlink_to(blob)
    _load(folder)


def test_text_encoder_is_not_opened(tiny: Path, copy_of: Copy) -> None:
    folder = copy_of(tiny)
    for name in ("text_encoder/config.json", "text_encoder/model.safetensors", "tokenizer"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).mkdir()  # opening it as a file or reading weights from it fails
    layout = find_layout(folder)
    verify(layout)
    load_transformer(layout, torch.float32, "cpu")
    load_siglip(layout, torch.float32, "cpu")


def test_unused_decoder_is_neither_read_nor_kept(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = find_layout(tiny).pose_guider
    full = load_vae(part, torch.float32, "cpu", decoder=True)
    read: list[Any] = []
    real = weights.read_tensor
    monkeypatch.setattr(weights, "read_tensor", lambda s: (read.append(s), real(s))[1])
    half = load_vae(part, torch.float32, "cpu", decoder=False)
    names = {id(stored): name for name, stored in part.weights.items()}
    assert read and not [names[id(s)] for s in read if names[id(s)].startswith("decoder.")]
    assert half.decoder is None
    assert not any(name.startswith("decoder") for name, _ in half.named_parameters())
    video = torch.rand(1, 3, 9, 64, 96) * 2 - 1
    with torch.no_grad():
        wanted, given = (vae.encode(video).latent_dist.mean for vae in (full, half))
    assert torch.equal(given, wanted)


def test_vision_tower_alone_gives_the_same(tiny: Path, copy_of: Copy) -> None:
    folder = copy_of(tiny)
    both = load_siglip(find_layout(tiny), torch.float32, "cpu")
    path = folder / SIGLIP / "config.json"
    vision = json.loads(path.read_text())["vision_config"]
    path.write_text(json.dumps(vision))
    tensors = load_file(folder / SIGLIP / "model.safetensors")
    named = {k.removeprefix("vision_model."): v for k, v in tensors.items() if "text" not in k}
    save_file(named, folder / SIGLIP / "model.safetensors")
    alone = load_siglip(find_layout(folder), torch.float32, "cpu")
    picture = torch.rand(1, 3, 28, 28)
    with torch.no_grad():
        wanted, given = (tower(picture).last_hidden_state for tower in (both, alone))
    assert torch.equal(given, wanted)


def test_scheduler_of_another_file(tiny: Path, tmp_path: Path) -> None:
    layout = find_layout(tiny)
    assert type(load_scheduler(layout)).__name__ == "CogVideoXDDIMScheduler"
    other = tmp_path / "dpm.json"
    shutil.copy(layout.scheduler, other)
    _set(other, _class_name="CogVideoXDPMScheduler", snr_shift_scale=3.0)
    made = load_scheduler(layout, other)
    assert type(made).__name__ == "CogVideoXDPMScheduler"
    assert made.config.snr_shift_scale == 3.0
    _set(other, unheard_of=1)
    with pytest.raises(ConfigError, match="unheard_of"):
        load_scheduler(layout, other)


def test_configuration_chooses_no_kernel(tiny: Path, copy_of: Copy) -> None:
    folder = copy_of(tiny)
    path = folder / SIGLIP / "config.json"
    vision = json.loads(path.read_text())["vision_config"]
    _set(path, vision_config={**vision, "_attn_implementation": "somebody/kernels", "x": 1})
    tower = load_siglip(find_layout(folder), torch.float32, "cpu")
    assert tower.config._attn_implementation == "sdpa"


@pytest.mark.shared
def test_released_layout_has_every_key(shared: Path) -> None:
    layout = find_layout(shared / "parity" / "pipeline_tiny" / "model", "fp32")
    verify(layout)
    assert (layout.identity_tokens, layout.identity_width) == (729, 48)
    models = (
        load_transformer(layout, torch.float32, "cpu"),
        load_vae(layout.vae, torch.float32, "cpu", decoder=True),
        load_vae(layout.pose_guider, torch.float32, "cpu", decoder=False),
        load_siglip(layout, torch.float32, "cpu"),
    )
    for model in models:
        assert not any(t.is_meta for t in (*model.parameters(), *model.buffers()))


def test_named_folder_comes_before_the_pulled_one(tiny: Path) -> None:
    def absent(name: str) -> Path:
        raise AssetMissingError(f"Asset {name!r} is not here.")

    pulled: Any = SimpleNamespace(asset=lambda name: tiny)
    nothing: Any = SimpleNamespace(asset=absent)
    assert checkpoint_folder(EncoderOptions(checkpoint=tiny), nothing).root == tiny
    assert checkpoint_folder(EncoderOptions(), pulled).root == tiny
    with pytest.raises(AssetMissingError) as caught:
        checkpoint_folder(EncoderOptions(), nothing)
    assert "a1 assets pull dit/skyreels-a1" in str(caught.value.hint)
