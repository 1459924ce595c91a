"""The checkpoint that the GPU renderer declares, against the layout that it loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from a1sdk.assets import AssetStore
from a1sdk.assets.snapshots import SnapshotStatus, is_needed
from a1sdk.components.registry import Registry
from a1sdk.render.context import HostContext

pytestmark = pytest.mark.slow  # it makes a checkpoint, with the libraries that takes

dit = pytest.importorskip("a1sdk_dit.assets")
tiny = pytest.importorskip("a1sdk_dit.tiny")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint in the release's layout, with what else the release holds."""
    folder = tmp_path_factory.mktemp("models") / "SkyReels-A1"
    tiny.make_tiny_checkpoint(folder)
    (folder / "text_encoder").mkdir()
    (folder / "text_encoder" / "model.safetensors").write_bytes(b"T5")
    (folder / "text_encoder" / "config.json").write_bytes(b"{}")
    return folder


def test_every_file_that_is_loaded_is_declared_and_the_text_encoder_is_not(
    checkpoint: Path, tmp_path: Path
) -> None:
    status = AssetStore(tmp_path, search=[checkpoint.parent]).status(dit.SNAPSHOT)
    assert isinstance(status, SnapshotStatus)
    assert (status.state, status.path) == ("found", checkpoint)
    files = {path.relative_to(checkpoint).as_posix() for path in checkpoint.rglob("*.*")}
    assert set(status.sizes) == {path for path in files if not path.startswith("text_encoder/")}
    for other in ("tokenizer/tokenizer.json", "extra_models/FLAME/generic_model.pkl"):
        assert not is_needed(other, dit.SNAPSHOT)


@pytest.mark.parametrize(
    ("kind", "ref"), [("renderer", "dit/skyreels-a1"), ("identity_encoder", "dit/siglip-face")]
)
def test_both_components_are_lent_the_checkpoint_and_the_report_says_so(
    checkpoint: Path, tmp_path: Path, kind: str, ref: str
) -> None:
    context = HostContext(store=AssetStore(tmp_path, search=[checkpoint.parent]))
    view = context.lend(Registry().choose(kind, ref).spec, label=ref)  # type: ignore[arg-type]
    assert view.asset("skyreels-a1") == checkpoint
    used = context.used[ref]
    assert used["skyreels-a1"] == "Skywork/SkyReels-A1, unpinned"
    assert len(used["skyreels-a1/vae/diffusion_pytorch_model.safetensors"]) == 64
