from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from a1sdk_insightface import a1_register_face_trackers, a1_register_identity_encoders
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageOps

from a1sdk.plugin import RunContext
from a1sdk.testing.doubles import WatchedContext

FRAME = 256
"""Side of the pictures that the made-up detector takes."""


@pytest.fixture
def ctx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RunContext]:
    """What a run lends to a component, on a machine without model packs."""
    monkeypatch.setenv("A1_ASSET_PATH", str(tmp_path / "models"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    host = WatchedContext(device="cpu")
    yield host.lend(a1_register_identity_encoders()[0])
    host.close()


@pytest.fixture
def lend(ctx: RunContext) -> Iterator[Callable[[str], tuple[WatchedContext, RunContext]]]:
    """Returns a run of its own, and what it lends to the component of a name."""
    specs = {
        spec.name: spec for spec in (*a1_register_identity_encoders(), *a1_register_face_trackers())
    }
    with ExitStack() as stack:
        hosts = (stack.enter_context(WatchedContext(device="cpu")) for _ in count())
        yield lambda name: (host := next(hosts), host.lend(specs[name]))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks up an address or opens a connection fails."""

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("something reached for the network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, forbidden)
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, forbidden)


@pytest.fixture(scope="session")
def real_pack(shared: Path) -> Path:
    """The pack of small networks among the shared test data."""
    folder = shared / "models" / "insightface_root" / "models" / "a1_test"
    if not folder.is_dir():
        pytest.skip(f"no test pack in {folder}")
    return folder


@pytest.fixture(scope="session")
def load(shared: Path) -> Callable[[str], np.ndarray]:
    """Reads a portrait of the shared data as RGB of 8 bits, upright."""

    def read(name: str) -> np.ndarray:
        path = next((shared / "data" / "portraits").glob(f"{name}*"))
        with Image.open(path) as opened:
            return np.array(ImageOps.exif_transpose(opened).convert("RGB"))

    return read


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with a made-up detector and a made-up recogniser."""

    def make(name: str = "models/buffalo_l", points: np.ndarray | None = None) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        onnx.save_model(detector(points), folder / "det_1k.onnx")
        onnx.save_model(recognizer(), folder / "w_colors.onnx")
        onnx.save_model(network([1, 3, 192, 192], [1, 212]), folder / "a_landmarks.onnx")
        onnx.save_model(network([1, 3, 96, 96], [1, 3]), folder / "genderage.onnx")
        return folder

    return make


def recognizer(side: int = 112) -> onnx.ModelProto:
    """A recogniser whose vector is the mean red, green and blue of the crop, -1..1."""
    pooled = helper.make_node("GlobalAveragePool", ["crop"], ["mean"])
    flat = helper.make_node("Flatten", ["mean"], ["vector"])
    crop = helper.make_tensor_value_info("crop", TensorProto.FLOAT, [1, 3, side, side])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 3])
    return _model([pooled, flat], [crop], [vector])


def network(shape: list[int], output: list[int], outputs: int = 1) -> onnx.ModelProto:
    """A network that says the same whatever it sees."""
    crop = helper.make_tensor_value_info("crop", TensorProto.FLOAT, shape)
    names = [f"out{number}" for number in range(outputs)]
    nodes = [_constant(name, np.zeros(output, np.float32)) for name in names]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, output) for name in names]
    return _model(nodes, [crop], ends)


def detector(points: np.ndarray | None) -> onnx.ModelProto:
    """A SCRFD that sees one face, with five points [5, 2], in every picture; or never any."""
    nodes, ends = [], []
    for kind, width in (("score", 1), ("box", 4), ("points", 10)):
        for stride in (8, 16, 32):
            cells = FRAME // stride
            values = np.zeros((cells * cells * 2, width), np.float32)
            if points is not None and stride == 8:
                values[_CELL] = _seen(kind, points)
            name = f"{kind}{stride}"
            nodes.append(_constant(name, values))
            ends.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape))
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, FRAME, FRAME])
    return _model(nodes, [picture], ends)


_CELL = (16 * FRAME // 8 + 16) * 2  # the anchor at (128, 128)


def _seen(kind: str, points: np.ndarray) -> np.ndarray:
    """What the anchor at (128, 128) says: a score, distances to the sides, offsets of points."""
    if kind == "score":
        return np.array([0.9], np.float32)
    if kind == "box":
        return np.full(4, 8, np.float32)
    return ((points - 128) / 8).astype(np.float32).ravel()


def _constant(name: str, values: np.ndarray) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(values))


def _model(nodes: list[Any], inputs: list[Any], outputs: list[Any]) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "made-up", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
