"""Packs with the files of insightface's own: their names, inputs, outputs; and small networks."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from a1sdk_insightface.encoder import ArcFace
from a1sdk_insightface.options import EncoderOptions, TrackerOptions
from a1sdk_insightface.packs import Pack
from a1sdk_insightface.tracker import Scrfd
from onnx import TensorProto, helper, numpy_helper

from a1sdk.plugin import ConfigError, ResourceError
from a1sdk.testing import portrait
from a1sdk.testing.doubles import WatchedContext

LANDMARKS = {"1k3d68.onnx": (192, 3309), "2d106det.onnx": (192, 212), "genderage.onnx": (96, 3)}

CONTENTS = {
    "buffalo_l": ("det_10g.onnx", "w600k_r50.onnx", True),
    "buffalo_m": ("det_2.5g.onnx", "w600k_r50.onnx", True),
    "buffalo_s": ("det_500m.onnx", "w600k_mbf.onnx", True),
    "buffalo_sc": ("det_500m.onnx", "w600k_mbf.onnx", False),
    "antelopev2": ("scrfd_10g_bnkps.onnx", "glintr100.onnx", True),
}
"""Detector and recogniser of each pack, and whether it has other networks too."""


def tensor(name: str, values: np.ndarray) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(values))


def made(
    nodes: list[onnx.NodeProto],
    picture: Sequence[int | str],
    outputs: dict[str, list[int | str]],
    *,
    takes: int = TensorProto.FLOAT,
    gives: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    start = helper.make_tensor_value_info("input.1", takes, list(picture))
    ends = [helper.make_tensor_value_info(name, gives, shape) for name, shape in outputs.items()]
    graph = helper.make_graph(nodes, "small", [start], ends)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def vector_network(
    side: int | str, length: int, *, half: bool = False, takes: int = TensorProto.FLOAT
) -> onnx.ModelProto:
    """Mean colours, times random weights: of a recogniser, a landmark or an age network."""
    weights = np.random.default_rng(length).normal(size=(3, length)).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["input.1"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("GlobalAveragePool", ["floats"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        tensor("weights", weights),
        helper.make_node("MatMul", ["flat", "weights"], ["whole"]),
    ]
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    nodes.append(helper.make_node("Cast", ["whole"], ["683"], to=kind))
    return made(nodes, ["None", 3, side, side], {"683": [1, length]}, takes=takes, gives=kind)


def scrfd(*, points: bool = True, half: bool = False) -> onnx.ModelProto:
    """A SCRFD of any size, with random weights: no face has a score of one half."""
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    random = np.random.default_rng(0)
    nodes, outputs = [], {}
    for width in (1, 4, 10) if points else (1, 4):
        for stride in (8, 16, 32):
            at = f"{width}_{stride}"
            weights = random.normal(size=(2 * width, 3, 1, 1)).astype(np.float32)
            bias = np.full(2 * width, -9 if width == 1 else 1, np.float32)
            nodes += [
                helper.make_node(
                    "AveragePool",
                    ["input.1"],
                    [f"pool{at}"],
                    kernel_shape=[stride, stride],
                    strides=[stride, stride],
                ),
                tensor(f"w{at}", weights),
                tensor(f"b{at}", bias),
                helper.make_node("Conv", [f"pool{at}", f"w{at}", f"b{at}"], [f"conv{at}"]),
                helper.make_node("Transpose", [f"conv{at}"], [f"last{at}"], perm=[0, 2, 3, 1]),
                tensor(f"shape{at}", np.array([-1, width])),
                helper.make_node("Reshape", [f"last{at}", f"shape{at}"], [f"rows{at}"]),
                helper.make_node("Sigmoid" if width == 1 else "Relu", [f"rows{at}"], [f"all{at}"]),
                helper.make_node("Cast", [f"all{at}"], [at], to=kind),
            ]
            outputs[at] = [f"rows of {stride}", width]
    return made(nodes, [1, 3, "?", "?"], outputs, gives=kind)


@pytest.fixture
def unpacked(tmp_path: Path) -> Callable[..., Path]:
    """Makes a pack as insightface gives it out; antelopev2 in a folder of its own name."""

    def make(name: str, *, half: bool = False) -> Path:
        folder = tmp_path / "models" / name
        if name == "antelopev2":
            folder /= name
        folder.mkdir(parents=True)
        detector, recognizer, whole = CONTENTS[name]
        onnx.save_model(scrfd(half=half), folder / detector)
        onnx.save_model(vector_network(112, 512, half=half), folder / recognizer)
        for other, (side, length) in LANDMARKS.items() if whole else ():
            onnx.save_model(vector_network(side, length), folder / other)
        return folder

    return make


def facts_of(host: WatchedContext) -> dict[str, Any]:
    (facts,) = host.facts.values()
    return facts


@pytest.mark.parametrize("half", [False, True], ids=["float32", "float16 out"])
@pytest.mark.parametrize("name", CONTENTS)
def test_the_right_two_files_of_a_pack_are_used_and_named(
    name: str, half: bool, unpacked: Callable[..., Path], lend: Callable[..., Any]
) -> None:
    folder = unpacked(name, half=half)
    detector, recognizer, _ = CONTENTS[name]
    seen = portrait(256, 256)
    host, view = lend("arcface")
    with closing(ArcFace(EncoderOptions(pack=name))) as encoder:
        encoder.setup(view)
        vector = encoder.encode([seen], view).arrays["embedding"]
    assert vector.shape == (512,) and vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
    }
    used = {"detector": detector, "recognizer": recognizer}
    facts = facts_of(host)
    assert facts.pop("libraries")["insightface"].startswith("2.")
    assert facts == {
        what: {"file": file, "sha256": digests[file], "provider": "CPUExecutionProvider"}
        for what, file in used.items()
    }
    host, view = lend("scrfd")
    with closing(Scrfd(TrackerOptions(pack=name))) as tracker:
        tracker.setup(view)
        assert tracker.detect(np.zeros((480, 640, 3), np.uint8), view) == []
    assert facts_of(host)["detector"]["file"] == detector


def test_two_recognisers_are_refused_and_both_are_named(
    unpacked: Callable[..., Path], ctx: Any
) -> None:
    folder = unpacked("buffalo_l")
    shutil.copy(folder / "w600k_r50.onnx", folder / "glintr100.onnx")
    found = Pack.of(EncoderOptions(folder=folder), ctx)
    with pytest.raises(ConfigError, match=r"glintr100\.onnx, w600k_r50\.onnx"):
        found.open("recognition")
    assert found.open("detection").path.name == "det_10g.onnx"


def test_of_two_detectors_that_with_points_is_used(unpacked: Callable[..., Path], ctx: Any) -> None:
    folder = unpacked("buffalo_s")
    onnx.save_model(scrfd(points=False), folder / "a_scrfd_500m.onnx")
    found = Pack.of(EncoderOptions(folder=folder), ctx)
    assert found.open("detection").path.name == "det_500m.onnx"
    (folder / "det_500m.onnx").unlink()
    with pytest.raises(ConfigError, match=r"a_scrfd_500m\.onnx gives boxes") as caught:
        found.open("detection")
    assert "kps" in caught.value.hint


@pytest.mark.parametrize("outputs", [5, 12])
def test_what_has_many_outputs_and_is_no_scrfd_is_not_taken_for_one(
    outputs: int, tmp_path: Path, ctx: Any
) -> None:
    """OpenCV's YuNet has 12."""
    nodes = [helper.make_node("Identity", ["input.1"], [f"out{at}"]) for at in range(outputs)]
    shape: list[int | str] = [1, 3, 640, 640]
    model = made(nodes, shape, {f"out{at}": shape for at in range(outputs)})
    onnx.save_model(model, tmp_path / "yunet.onnx")
    with pytest.raises(ConfigError, match=r"no network for detection; there are yunet\.onnx"):
        Pack.of(EncoderOptions(folder=tmp_path), ctx).open("detection")


def test_a_damaged_file_that_is_not_needed_stops_nothing(
    unpacked: Callable[..., Path], ctx: Any
) -> None:
    folder = unpacked("buffalo_l")
    (folder / "1k3d68.onnx").write_bytes(b"cut off")
    (folder / "genderage.onnx").write_bytes(b"")
    found = Pack.of(EncoderOptions(folder=folder), ctx)
    assert found.open("recognition").path.name == "w600k_r50.onnx"
    (folder / "w600k_r50.onnx").unlink()
    with pytest.raises(ResourceError, match=r"1k3d68\.onnx"):
        found.open("recognition")


def test_networks_that_take_half_precision_are_refused_before_they_run(
    unpacked: Callable[..., Path], ctx: Any
) -> None:
    folder = unpacked("buffalo_sc")
    half = vector_network(112, 512, takes=TensorProto.FLOAT16)
    onnx.save_model(half, folder / "w600k_mbf.onnx")
    with pytest.raises(ConfigError, match=r"w600k_mbf\.onnx takes pictures as tensor\(float16\)"):
        Pack.of(EncoderOptions(folder=folder), ctx).open("recognition")


def test_a_recogniser_of_any_size_is_refused_for_it_does_not_say_which(
    unpacked: Callable[..., Path], ctx: Any
) -> None:
    folder = unpacked("buffalo_sc")
    onnx.save_model(vector_network("?", 512), folder / "w600k_mbf.onnx")
    with pytest.raises(ConfigError, match=r"no network for recognition; there are .*w600k_mbf"):
        Pack.of(EncoderOptions(folder=folder), ctx).open("recognition")


def test_a_manifest_tells_two_recognisers_apart_and_holds_files_to_their_digests(
    unpacked: Callable[..., Path], ctx: Any
) -> None:
    folder = unpacked("buffalo_l")
    shutil.copy(folder / "w600k_r50.onnx", folder / "second.onnx")
    digest = hashlib.sha256((folder / "second.onnx").read_bytes()).hexdigest()
    tasks = {
        "detection": {"file": "det_10g.onnx"},
        "recognition": {"file": "second.onnx", "embedding_dimension": 512, "sha256": digest},
    }
    about = {"manifest_version": 2, "model_id": "x", "license": "MODEL.LICENSE", "tasks": tasks}
    (folder / "manifest.json").write_text(json.dumps(about))
    found = Pack.of(EncoderOptions(folder=folder), ctx)
    assert found.open("recognition").path.name == "second.onnx"
    onnx.save_model(vector_network(112, 256), folder / "second.onnx")
    with pytest.raises(ResourceError, match=r"second\.onnx"):
        found.open("recognition")
    (folder / "second.onnx").unlink()
    with pytest.raises((ConfigError, ResourceError), match="second"):
        found.open("recognition")


@pytest.mark.parametrize(
    ("there", "hint"),
    [
        ("inside/det.onnx", "inside"),
        ("pack.zip", "unpack 'pack.zip'"),
        ("notes.txt", "*.onnx files"),
    ],
)
def test_a_folder_without_networks_says_where_they_may_be(
    there: str, hint: str, tmp_path: Path, ctx: Any
) -> None:
    folder = tmp_path / "mine"
    (folder / there).parent.mkdir(parents=True)
    (folder / there).write_bytes(b"something")
    with pytest.raises(ConfigError, match="no networks") as caught:
        Pack.of(EncoderOptions(folder=folder), ctx).open("detection")
    assert hint in caught.value.hint
