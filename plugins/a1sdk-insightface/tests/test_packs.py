"""Which files of which folder are loaded, and what is said where that fails."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import onnx
import pytest
from a1sdk_insightface import a1_doctor, a1_register_identity_encoders, library
from a1sdk_insightface.assets import ASSETS, NAMES, PACKS, materials
from a1sdk_insightface.contents import Task
from a1sdk_insightface.options import EncoderOptions, PackName
from a1sdk_insightface.packs import Pack
from a1sdk_insightface.providers import CPU, CUDA, providers_for
from pydantic import ValidationError

from a1sdk.plugin import (
    AssetMissingError,
    CapabilityError,
    ConfigError,
    DeviceUnavailableError,
    ResourceError,
    RunContext,
)
from a1sdk.testing.doubles import WatchedContext

MakePack = Callable[..., Path]


def test_networks_are_told_apart_by_their_shapes(pack: MakePack, ctx: RunContext) -> None:
    found = Pack.of(EncoderOptions(folder=pack("mine")), ctx)
    assert found.name == "mine"
    assert found.open("detection").path.name == "det_1k.onnx"
    recognizer = found.open("recognition")
    assert recognizer.path.name == "w_colors.onnx"
    assert recognizer.sha256 == hashlib.sha256(recognizer.path.read_bytes()).hexdigest()


def test_packs_are_found_by_name_and_the_best_one_without(pack: MakePack, ctx: RunContext) -> None:
    pack("models/deep/down/buffalo_sc")
    assert Pack.of(EncoderOptions(), ctx).name == "buffalo_sc"
    pack("models/antelopev2/antelopev2")  # as its archive unpacks
    with WatchedContext(device="cpu") as host:  # another run, which looks anew
        view = host.lend(a1_register_identity_encoders()[0])
        assert Pack.of(EncoderOptions(), view).folder.parent.name == "antelopev2"
        assert Pack.of(EncoderOptions(pack="buffalo_sc"), view).name == "buffalo_sc"


@pytest.mark.parametrize(
    "options", [EncoderOptions(), EncoderOptions(pack="buffalo_l"), EncoderOptions(folder="gone")]
)
def test_a_missing_pack_is_an_error_and_is_never_fetched(
    options: EncoderOptions, ctx: RunContext, no_network: None, tmp_path: Path
) -> None:
    with pytest.raises(AssetMissingError) as caught:
        Pack.of(options, ctx)
    assert "A1_ASSET_PATH" in caught.value.hint or "folder" in caught.value.hint
    assert not list(tmp_path.rglob("*"))


def test_the_library_itself_would_have_fetched_it(ctx: RunContext, no_network: None) -> None:
    """Shows that the test above can fail."""
    from insightface.app import FaceAnalysis

    with pytest.raises(AssertionError, match="reached for the network"):
        FaceAnalysis(name="buffalo_l", providers=["CPUExecutionProvider"])


def test_the_library_fetches_what_it_is_given_the_name_of(
    ctx: RunContext, no_network: None, tmp_path: Path
) -> None:
    """And so would the function that is used here, were it given a name and leave."""
    with pytest.raises(AssertionError, match="reached for the network"):
        library.model_zoo().get_model(str(tmp_path / "scrfd.onnx"), download=True)


@pytest.mark.parametrize("task", ["detection", "recognition"])
def test_the_library_is_given_files_that_are_here_and_no_leave_to_fetch(
    task: Task, pack: MakePack, ctx: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo, get_model, asked = library.model_zoo(), library.model_zoo().get_model, []

    def noted(**given: Any) -> Any:
        asked.append(given)
        return get_model(**given)

    monkeypatch.setattr(zoo, "get_model", noted)
    Pack.of(EncoderOptions(folder=pack("mine")), ctx).open(task)
    (given,) = asked
    assert Path(given["name"]).is_absolute() and Path(given["name"]).is_file()
    assert not {"download", "download_zip", "root"} & given.keys()


def test_onnxruntime_is_told_to_send_nothing(
    pack: MakePack, ctx: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    told = []
    monkeypatch.setattr(onnxruntime, "disable_telemetry_events", lambda: told.append(True))
    Pack.of(EncoderOptions(folder=pack("mine")), ctx)
    assert told


def test_a_pack_that_lacks_a_network_is_refused(pack: MakePack, ctx: RunContext) -> None:
    folder = pack("mine")
    (folder / "w_colors.onnx").unlink()
    with pytest.raises(ConfigError, match="no network for recognition"):
        Pack.of(EncoderOptions(folder=folder), ctx).open("recognition")


def test_a_detector_without_points_is_refused(pack: MakePack, ctx: RunContext) -> None:
    folder = pack("mine")
    model = onnx.load_model(folder / "det_1k.onnx")
    del model.graph.output[6:], model.graph.node[6:]
    onnx.save_model(model, folder / "det_1k.onnx")
    with pytest.raises(ConfigError, match="no five points"):
        Pack.of(EncoderOptions(folder=folder), ctx).open("detection")


@pytest.mark.parametrize("keep", [100, 4000])
def test_damaged_files_are_named(keep: int, pack: MakePack, ctx: RunContext) -> None:
    folder = pack("mine")
    path = folder / "det_1k.onnx"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ResourceError, match=r"det_1k\.onnx of model pack") as caught:
        Pack.of(EncoderOptions(folder=folder), ctx).open("detection")
    assert caught.value.hint


def test_a_manifest_decides_where_there_is_one(pack: MakePack, ctx: RunContext) -> None:
    folder = pack("mine")
    (folder / "w_colors.onnx").rename(folder / "eyes.onnx")
    tasks = {
        "detection": {"file": "det_1k.onnx"},
        "recognition": {"file": "eyes.onnx", "embedding_dimension": 3},
    }
    about = {
        "manifest_version": 2,
        "model_id": "mine",
        "license": "MODEL.LICENSE",
        "tasks": tasks,
    }
    (folder / "manifest.json").write_text(json.dumps(about))
    found = Pack.of(EncoderOptions(folder=folder), ctx)
    assert found.open("recognition").path.name == "eyes.onnx"
    (folder / "manifest.json").write_text(json.dumps(about | {"tasks": {}}))
    with pytest.raises(ConfigError, match="manifest"):
        found.open("recognition")


@pytest.mark.parametrize(("version", "said"), [(None, "not installed"), ("0.7.3", "0.7.3")])
def test_the_library_is_asked_for_where_it_is_not_here(
    version: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stated(name: str) -> str:
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(library.metadata, "version", stated)
    with pytest.raises(CapabilityError, match=said) as caught:
        library.model_zoo()
    assert caught.value.hint == library.INSTALL


@pytest.mark.parametrize(("broken", "mended"), [("cv2", "opencv"), ("scipy", "--upgrade")])
def test_doctor_says_what_mends_an_import_that_fails(
    broken: str, mended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert a1_doctor() == []

    def imported(name: str) -> Any:
        if name == "insightface.model_zoo" or name == broken:
            raise ImportError(f"{broken}: cannot open shared object file")
        return import_module(name)

    monkeypatch.setattr(library, "import_module", imported)
    (error,) = a1_doctor()
    assert broken in str(error) and error.hint is not None and mended in error.hint


@pytest.mark.parametrize("strict", [True, False])
def test_a_device_that_does_not_start_is_an_error_where_it_was_asked_for(
    strict: bool, pack: MakePack, ctx: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An onnxruntime for GPUs, where there is none, starts on the processor and says nothing."""
    zoo, get_model = library.model_zoo(), library.model_zoo().get_model

    def on_the_processor(**asked: Any) -> Any:
        return get_model(**asked | {"providers": [CPU], "provider_options": [{}]})

    monkeypatch.setattr(zoo, "get_model", on_the_processor)
    found = replace(
        Pack.of(EncoderOptions(folder=pack("mine")), ctx),
        providers=providers_for("cuda", [CUDA, CPU]),
        strict=strict,
    )
    if strict:
        with pytest.raises(DeviceUnavailableError, match="could not start"):
            found.open("recognition")
    else:
        assert found.open("recognition").provider == CPU


def test_packs_are_declared_and_not_for_commerce() -> None:
    assert set(NAMES) == set(PACKS) == set(PackName.__args__)
    assert [pack.name for (pack,) in ASSETS.alternatives] == list(NAMES)
    for pack in PACKS.values():
        assert pack.use == "no" and pack.license.startswith("LicenseRef-")


def test_what_is_loaded_follows_the_options() -> None:
    assert materials(EncoderOptions()).assets == ASSETS
    asked = materials(EncoderOptions(pack="buffalo_s")).assets
    assert asked is not None and asked.alternatives == ((PACKS["buffalo_s"],),)
    own = materials(EncoderOptions(folder="/somewhere"))
    assert own.assets is None and own.own == {"folder": Path("/somewhere")}


def test_a_pack_and_a_folder_are_one_too_many() -> None:
    with pytest.raises(ValidationError, match="either pack or folder"):
        EncoderOptions(pack="buffalo_l", folder="/somewhere")


def test_the_headless_opencv_is_the_one_that_is_imported() -> None:
    """Insightface asks for opencv-python, which would lie over it in the same folder."""
    import cv2

    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("opencv-python")
    (gui,) = (line for line in cv2.getBuildInformation().splitlines() if "GUI:" in line)
    assert gui.split() == ["GUI:", "NONE"]
