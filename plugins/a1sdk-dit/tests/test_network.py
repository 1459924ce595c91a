"""Interpolation networks, on ONNX files written by hand: a cross-fade, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_dit.interpolation.network import Network

from a1sdk.plugin import AssetMissingError, CapabilityError, ConfigError, DeviceUnavailableError

pytest.importorskip("onnxruntime")

POINTS = np.zeros((478, 3), np.float32)
FLOAT, HALF = 1, 10
OPEN = (1, 3, "height", "width")
FADE = (("Sub", "x1 x0", "way"), ("Mul", "way dt", "part"), ("Add", "x0 part", "y"))


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def port(name: str, shape: Sequence[int | str], kind: int = FLOAT) -> bytes:
    sizes = (field(1, field(1 if isinstance(size, int) else 2, size)) for size in shape)
    tensor = field(1, kind) + field(2, b"".join(sizes))
    return field(1, name) + field(2, field(1, tensor))


def node(operator: str, inputs: str, output: str, domain: str = "") -> bytes:
    taken = b"".join(field(1, name) for name in inputs.split())
    return taken + field(2, output) + field(4, operator) + field(7, domain)


def model(
    inputs: Sequence[bytes],
    nodes: Sequence[tuple[str, ...]] = FADE,
    output: bytes | None = None,
    initializers: Sequence[bytes] = (),
) -> bytes:
    """A model of the ONNX format, version 8, operators of set 13."""
    graph = b"".join(field(1, node(*each)) for each in nodes) + field(2, "graph")
    graph += b"".join(field(5, each) for each in initializers)
    graph += b"".join(field(11, each) for each in inputs)
    graph += field(12, output or port("y", OPEN))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def fading(shape: Sequence[int | str] = OPEN) -> bytes:
    inputs = port("x0", shape), port("x1", shape), port("dt", (1, 1))
    return model(inputs, output=port("y", shape))


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "between.onnx"
    path.write_bytes(data)
    return path


def asked(network: Network, a: np.ndarray, b: np.ndarray, weight: float) -> np.ndarray:
    return network(a, b, POINTS, POINTS, POINTS, weight)


def pictures(height: int = 50, width: int = 70) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, height, width, 3), np.uint8)


@pytest.mark.parametrize("weight", [0.2, 0.5])
def test_a_cross_fade(tmp_path: Path, weight: float) -> None:
    a, b = pictures()
    made = asked(Network(saved(tmp_path, fading()), "cpu"), a, b, weight)
    exact = a + (b.astype(np.float64) - a) * weight
    assert made.dtype == np.uint8
    assert made.shape == a.shape
    assert np.abs(made - exact).max() <= 0.501


def test_pictures_are_named_or_in_order(tmp_path: Path) -> None:
    a, b = pictures()
    inputs = [port("dt", ("batch", 1)), port("x1", OPEN), port("x0", OPEN)]
    named = asked(Network(saved(tmp_path, model(inputs)), "cpu"), a, b, 0.25)
    nodes = [tuple(part.replace("x0", "u").replace("x1", "v") for part in each) for each in FADE]
    inputs = [port("u", OPEN), port("dt", (1, 1)), port("v", OPEN)]
    ordered = asked(Network(saved(tmp_path, model(inputs, nodes)), "cpu"), a, b, 0.25)
    assert np.array_equal(named, ordered)
    assert np.abs(named - (a + (b.astype(np.float64) - a) * 0.25)).max() <= 0.501


def test_pictures_are_brought_to_multiples_of_64(tmp_path: Path) -> None:
    network = Network(saved(tmp_path, fading((1, 3, 64, 128))), "cpu")
    a, b = pictures(50, 70)
    assert asked(network, a, b, 0.5).shape == a.shape
    a, b = pictures(64, 128)
    assert asked(network, a, b, 0.5).shape == a.shape


@pytest.mark.parametrize("size", [(65, 128), (64, 40)])
def test_another_fixed_size(tmp_path: Path, size: tuple[int, int]) -> None:
    network = Network(saved(tmp_path, fading((1, 3, 64, 128))), "cpu")
    with pytest.raises(ConfigError, match="takes pictures of 128x64, and the model draws"):
        asked(network, *pictures(*size), 0.5)


GRAY = (1, 1, "height", "width")


@pytest.mark.parametrize(
    "inputs",
    [
        [port("x0", OPEN), port("x1", OPEN)],
        [port("x0", OPEN), port("x1", OPEN), port("dt", (1,))],
        [port("x0", GRAY), port("x1", GRAY), port("dt", (1, 1))],
        [port("x0", (2, 3, 64, 64)), port("x1", (2, 3, 64, 64)), port("dt", (1, 1))],
        [port("x0", OPEN), port("x1", OPEN), port("dt", (1, 1)), port("more", (1, 1))],
    ],
)
def test_other_inputs(tmp_path: Path, inputs: list[bytes]) -> None:
    nodes = [("Add", "x0 x1", "y")]
    output = port("y", ("a", "b", "c", "d"))
    with pytest.raises(ConfigError, match="no network for pictures in between") as caught:
        Network(saved(tmp_path, model(inputs, nodes, output)), "cpu")
    assert caught.value.hint is not None
    assert "x0 and x1, float32" in caught.value.hint


def test_half_precision_at_the_door(tmp_path: Path) -> None:
    inputs = [port("x0", OPEN, HALF), port("x1", OPEN, HALF), port("dt", (1, 1), HALF)]
    with pytest.raises(ConfigError, match="float16"):
        Network(saved(tmp_path, model(inputs, output=port("y", OPEN, HALF))), "cpu")


def test_a_network_that_gives_another_size(tmp_path: Path) -> None:
    nodes = [("Add", "x0 x1", "sum"), ("Mul", "sum dt", "even"), ("GlobalAveragePool", "even", "y")]
    inputs = [port("x0", OPEN), port("x1", OPEN), port("dt", (1, 1))]
    data = model(inputs, nodes, port("y", (1, 3, "h", "w")))
    with pytest.raises(ConfigError, match="The network gave"):
        asked(Network(saved(tmp_path, data), "cpu"), *pictures(), 0.5)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 TorchScript is a zip archive", fading()[:-9]])
def test_what_is_no_onnx_file(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"between\.onnx cannot be loaded as a network"):
        Network(saved(tmp_path, data), "cpu")


def test_operators_of_others(tmp_path: Path) -> None:
    nodes = [("Add", "x0 x1", "z"), ("RunsCode", "z", "y", "somebody")]
    inputs = [port("x0", OPEN), port("x1", OPEN), port("dt", (1, 1))]
    with pytest.raises(ConfigError, match="cannot be loaded"):
        Network(saved(tmp_path, model(inputs, nodes)), "cpu")


def weights_at(where: str, path: Path) -> bytes:
    """A cross-fade that is multiplied by a number in another file; the number is 1."""
    path.write_bytes(np.float32(1).tobytes())
    location = field(1, "location") + field(2, where)
    tensor = field(1, 1) + field(2, FLOAT) + field(8, "w") + field(13, location) + field(14, 1)
    nodes = [*FADE[:2], ("Add", "x0 part", "z"), ("Mul", "z w", "y")]
    inputs = [port("x0", OPEN), port("x1", OPEN), port("dt", (1, 1))]
    return model(inputs, nodes, initializers=[tensor])


def test_weights_beside_the_file(tmp_path: Path) -> None:
    data = weights_at("weights.bin", tmp_path / "weights.bin")
    a, b = pictures()
    plain = asked(Network(saved(tmp_path, fading()), "cpu"), a, b, 0.5)
    assert np.array_equal(asked(Network(saved(tmp_path, data), "cpu"), a, b, 0.5), plain)


def test_weights_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    elsewhere = tmp_path / "weights.bin"
    for where in ("../weights.bin", str(elsewhere)):
        path = saved(folder, weights_at(where, elsewhere))
        with pytest.raises(ConfigError, match="cannot be loaded"):
            Network(path, "cpu")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AssetMissingError, match="There is no interpolation network"):
        Network(tmp_path / "none.onnx", "cpu")


def test_a_device_that_is_not_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(DeviceUnavailableError, match="on cuda:1"):
        Network(saved(tmp_path, fading()), "cuda:1")


def test_a_gpu_is_asked_for_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    real, asked_for = onnxruntime.InferenceSession, []

    def session(data: bytes, settings: Any, providers: list[Any]) -> Any:
        asked_for.extend(providers)
        return real(data, settings, providers=["CPUExecutionProvider"])

    available = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    Network(saved(tmp_path, fading()), "cuda:1")
    assert asked_for == [("CUDAExecutionProvider", {"device_id": 1}), "CPUExecutionProvider"]


def test_without_onnxruntime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(CapabilityError, match="onnxruntime, which is not installed"):
        Network(saved(tmp_path, fading()), "cpu")
