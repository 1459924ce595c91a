from __future__ import annotations

import pytest
from a1sdk_insightface.providers import COREML, CPU, CUDA, TENSORRT, device_here, providers_for

from a1sdk.plugin import CapabilityError


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("cpu", {CPU: {}}),
        ("cuda", {CUDA: {"device_id": "0"}, CPU: {}}),
        ("cuda:3", {CUDA: {"device_id": "3"}, CPU: {}}),
        ("mps", {COREML: {}, CPU: {}}),
    ],
)
def test_a_device_is_given_its_provider_and_the_processor_for_the_rest(
    device: str, expected: dict[str, dict[str, str]]
) -> None:
    found = providers_for(device, [TENSORRT, CUDA, COREML, CPU])
    assert found == expected
    assert list(found) == list(expected)


def test_tensorrt_comes_first_where_it_is_asked_for() -> None:
    found = providers_for("cuda:1", [TENSORRT, CUDA, CPU], tensorrt=True)
    assert list(found) == [TENSORRT, CUDA, CPU]
    assert found[TENSORRT] == found[CUDA] == {"device_id": "1"}


@pytest.mark.parametrize(
    ("device", "available", "tensorrt", "missing"),
    [
        ("cuda", [CPU], False, CUDA),
        ("mps", [CPU], False, COREML),
        ("cuda", [CUDA, CPU], True, TENSORRT),
        ("cpu", [TENSORRT, CUDA, CPU], True, "TensorRT"),
    ],
)
def test_what_onnxruntime_lacks_is_said(
    device: str, available: list[str], tensorrt: bool, missing: str
) -> None:
    with pytest.raises(CapabilityError, match=missing) as caught:
        providers_for(device, available, tensorrt=tensorrt)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("device", "available", "expected"),
    [
        ("auto", [CUDA, CPU], "cuda"),
        ("auto", [COREML, CPU], "mps"),
        ("auto", [CPU], "cpu"),
        ("cuda:2", [CPU], "cuda:2"),
    ],
)
def test_auto_is_the_first_device_that_is_here(
    device: str, available: list[str], expected: str
) -> None:
    assert device_here(device, available) == expected
